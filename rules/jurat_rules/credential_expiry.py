"""Credentials have an end, and it has not come yet."""

from datetime import datetime, timedelta
from typing import Any

from jurat.model import Credential
from jurat.plugin import (
    Check,
    CompileContext,
    Example,
    Examples,
    Facts,
    Finding,
    RuleKind,
    RuleParams,
    RuleSpec,
)

from ._credentials import ROTATE, unusable
from ._durations import PositiveDuration, rough


class CredentialExpiry(RuleKind):
    """A credential has an expiry, and it lies ahead.

    ## What it does
    Fires where `expires_at` has come: a credential that expires at exactly now is expired. Fires
    also for one that never expires, unless `allow_never` is set. It judges the credential of a
    request, and every credential of a snapshot.

    ## Why
    A provider may go on accepting a key past the date that its owner gave it. And a key without
    an end outlives the person, the service and the reason it was made for.

    ## Example
    ```yaml
    - id: key-expiry
      title: Expired keys open nothing
      kind: credential.expiry
      on: [request, org_state]
      effect: deny
      severity: critical
      params: {warn_before: 14d}
    ```

    ## Options
    - `allow_never`: whether a credential may have no expiry (default: it may not).
    - `warn_before`: how long before `expires_at` an advice appears.

    ## Limits
    An `expires_at` that was not supplied is unknown, and unknown denies; only a null says that
    the credential never expires. Revoked credentials are not counted on a snapshot and always
    fire on a request; the status is looked at where it was supplied.

    ## Codes
    | code | meaning |
    |---|---|
    | `credential-expired` | `expires_at` has come |
    | `credential-never-expires` | there is no expiry, and `allow_never` is not set |
    | `credential-expiring` | advice: expires within `warn_before` |
    | `credential-revoked` | the request uses a revoked credential |
    | `credential-absent` | the request was made without a credential |
    """

    name = "credential.expiry"
    judges = Credential
    effects = {"deny", "advise"}
    ages = True
    optional = ("/status",)

    class Params(RuleParams):
        allow_never: bool = False
        """Whether a credential may have no expiry."""
        warn_before: PositiveDuration | None = None
        """How long before `expires_at` an advice appears."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        allow_never: bool = rule.params.allow_never
        margin: timedelta = rule.params.warn_before or timedelta()
        none = timedelta()
        on_request = rule.input == "request"

        def check(credential: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            expires = credential.expires_at
            if (
                expires is not None
                and expires - now > margin
                and credential.__dict__.get("status") != "revoked"
            ):
                return ()
            return judge(credential, expires, now)

        def judge(credential: Any, expires: datetime | None, now: datetime) -> tuple[Finding, ...]:
            verdict = unusable(credential, on_request)
            if verdict is not None:
                return verdict
            if expires is None:
                if allow_never:
                    return ()
                return (
                    Finding(
                        "credential-never-expires",
                        "the credential has no expiry",
                        at="/expires_at",
                        remediation="Give the key an end, or replace it by one that has an end.",
                    ),
                )
            left = expires - now
            if left <= none:
                return (
                    Finding(
                        "credential-expired",
                        f"expired {rough(-left)} ago" if left else "expires at this very moment",
                        evidence={"expired_for": rough(-left)},
                        remediation=ROTATE,
                    ),
                )
            return (
                Finding(
                    "credential-expiring",
                    f"expires in {rough(left)}",
                    evidence={"expires_in": rough(left)},
                    remediation=ROTATE,
                    advice=True,
                ),
            )

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        return ("/expires_at",)

    def examples(self, params: Any) -> Examples:
        def made(expires_at: str | None, note: str) -> Example:
            credential = {"id": "key-1", "expires_at": expires_at, "status": "active"}
            return Example({"actor": {"id": "svc-chatbot", "credential": credential}}, note=note)

        never = made(None, "the key never expires")
        expired = made("2026-05-25T12:00:00Z", "the key expires at exactly now")
        lasting = made("9000-01-01T00:00:00Z", "the key expires much later")
        if params.allow_never:
            return Examples(fires=(expired,), passes=(lasting, never))
        return Examples(fires=(expired, never), passes=(lasting,))
