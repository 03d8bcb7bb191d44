"""What the kinds that judge a credential's times share."""

from typing import Any

from jurat.model import View
from jurat.plugin import Finding

ROTATE = "Create a new key, move the callers to it, then revoke this one."


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
