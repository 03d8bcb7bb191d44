"""What the kinds that judge a credential's times share."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator

from jurat.canon import format_duration
from jurat.model import Duration, View
from jurat.plugin import Finding, ParamError

ROTATE = "Create a new key, move the callers to it, then revoke this one."


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta():
        raise ParamError("must be longer than nothing", help="write it with its unit, like 60d")
    return value


PositiveDuration = Annotated[Duration, AfterValidator(_positive)]


def rough(value: timedelta) -> str:
    """`value` to the second: people read it."""
    return format_duration(timedelta(days=value.days, seconds=value.seconds))


def unusable(credential: View, on_request: bool) -> tuple[Finding, ...] | None:
    """The verdict on a credential whose times no longer matter; None where they do.

    That is one known to be revoked, or a request known to be made without any. The status is
    looked at only where it was supplied: who authenticated a caller need not repeat that the key
    is alive.
    """
    fields: dict[str, Any] = credential.__dict__
    if fields.get("status") == "revoked":
        if not on_request:
            return ()
        return (
            Finding(
                "credential-revoked",
                "the credential in use is revoked",
                at="/status",
                remediation="Refuse the key where callers are authenticated, and find who uses it.",
            ),
        )
    if on_request and fields.get("id", "") is None and fields.get("fingerprint", "") is None:
        return (Finding("credential-absent", "the request was made without a credential"),)
    return None
