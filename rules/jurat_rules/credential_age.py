"""Credentials are rotated before they are too old."""

from datetime import datetime, timedelta
from typing import Any

from jurat.canon import format_duration
from jurat.model import Credential
from jurat.plugin import (
    Check,
    CompileContext,
    Example,
    Examples,
    Facts,
    Finding,
    ParamError,
    RuleKind,
    RuleParams,
    RuleSpec,
)

from ._credentials import ROTATE, unusable
from ._durations import PositiveDuration, rough


class CredentialAge(RuleKind):
    """A credential is no older than a given age.

    ## What it does
    Fires where `now - created_at` is more than `max_age`; a credential of exactly `max_age` still
    passes. It judges the credential of a request, and every credential of a snapshot. `now` is
    the clock of the decision, never the time that a request claims. A credential created later
    than now is an error, so it is denied: one of the two clocks is wrong.

    ## Why
    A key that leaked is worth what is left of its life. Rotation within a bounded time is asked
    for by most security standards, and the keys that break the rule are the ones nobody watches.

    ## Example
    ```yaml
    - id: key-age
      title: Keys are rotated within 60 days
      kind: credential.age
      on: [request, org_state]
      effect: deny
      severity: high
      params: {max_age: 60d, warn_before: 7d}
    ```

    ## Options
    - `max_age`: the greatest age allowed, with its unit (`60d`, `12h`).
    - `warn_before`: how long before the end of `max_age` an advice appears.

    ## Limits
    Revoked credentials are not counted on a snapshot and always fire on a request; the status is
    looked at where it was supplied. A creation time that is known to be absent fires: an age that
    nobody knows is not a young one.

    ## Codes
    | code | meaning |
    |---|---|
    | `credential-too-old` | older than `max_age` |
    | `credential-age-unknown` | the creation time is known to be absent |
    | `credential-ageing` | advice: will be too old within `warn_before` |
    | `credential-revoked` | the request uses a revoked credential |
    | `credential-absent` | the request was made without a credential |
    """

    name = "credential.age"
    judges = Credential
    effects = {"deny", "advise"}
    ages = True
    optional = ("/status",)

    class Params(RuleParams):
        max_age: PositiveDuration
        """The greatest age allowed, with its unit: `60d`, `12h`."""
        warn_before: PositiveDuration | None = None
        """How long before the end of `max_age` an advice appears."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        max_age: timedelta = rule.params.max_age
        warn_before: timedelta | None = rule.params.warn_before
        if warn_before is not None and warn_before >= max_age:
            raise ParamError(
                "warn_before is not shorter than max_age, so every credential would be advised of",
                at=("warn_before",),
                help=f"choose less than {format_duration(max_age)}",
            )
        calm = max_age - (warn_before or timedelta())
        none = timedelta()
        on_request = rule.input == "request"

        def check(credential: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            created = credential.created_at
            if (
                created is not None
                and none <= now - created <= calm
                and credential.__dict__.get("status") != "revoked"
            ):
                return ()
            return judge(credential, created, now)

        def judge(credential: Any, created: datetime | None, now: datetime) -> tuple[Finding, ...]:
            verdict = unusable(credential, on_request)
            if verdict is not None:
                return verdict
            if created is None:
                return (
                    Finding(
                        "credential-age-unknown",
                        "nobody knows when the credential was created",
                        at="/created_at",
                        remediation=ROTATE,
                    ),
                )
            age = now - created
            if age < none:
                raise ValueError("created_at is later than now: one of the two clocks is wrong")
            limit = format_duration(max_age)
            if age > max_age:
                return (
                    Finding(
                        "credential-too-old",
                        f"{rough(age)} old, at most {limit} are allowed",
                        evidence={"age": rough(age), "max_age": limit},
                        remediation=ROTATE,
                    ),
                )
            return (
                Finding(
                    "credential-ageing",
                    f"{rough(age)} old, too old in {rough(max_age - age)}",
                    evidence={"age": rough(age), "max_age": limit},
                    remediation=ROTATE,
                    advice=True,
                ),
            )

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        return ("/created_at",)

    def examples(self, params: Any) -> Examples:
        now = datetime.fromisoformat("2026-05-25T12:00:00+00:00")

        def made(age: timedelta) -> Example:
            created = (now - age).isoformat().replace("+00:00", "Z")
            credential = {"id": "key-1", "created_at": created, "status": "active"}
            return Example(
                {"actor": {"id": "svc-chatbot", "credential": credential}},
                note=f"the key is {format_duration(age)} old",
            )

        return Examples(
            fires=(made(params.max_age + timedelta(seconds=1)),),
            passes=(made(params.max_age), made(params.max_age / 2)),
        )
