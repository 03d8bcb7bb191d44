"""Principals that nobody uses any more are found."""

from datetime import datetime, timedelta
from typing import Any

from jurat.canon import format_duration
from jurat.model import Principal
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

from ._durations import PositiveDuration, rough
from ._kinds import KINDS, ActorKind, must_be_kinds

_REVIEW = "Ask whether the account is still needed, and suspend or remove it."
_GONE = frozenset({"suspended", "deactivated"})


class OrgStalePrincipals(RuleKind):
    """No principal has been idle for longer than a given time.

    ## What it does
    Fires for each principal of a snapshot whose `last_active_at` is longer ago than `max_idle`. A
    principal that was never active is counted from its creation, and has `grace`. `now` is the
    clock of the decision. A time later than now is an error, so it is denied: one of the two
    clocks is wrong.

    ## Why
    An account that nobody uses is one whose misuse nobody notices. Accounts of people who moved on
    stay behind like this, and so do those that were made for a trial.

    ## Example
    ```yaml
    - id: stale
      title: Accounts that are idle for 90 days are taken back
      kind: org.stale_principals
      effect: deny
      severity: medium
      params: {max_idle: 90d, grace: 30d, warn_before: 14d}
    ```

    ## Options
    - `max_idle`: the longest time without activity, with its unit (`90d`). Exactly as long still
      passes.
    - `grace`: how long after its creation a principal may stay without any activity (default:
      `max_idle`).
    - `kinds`: the kinds of principal that are looked at (default: all). One of no known kind is
      looked at.
    - `warn_before`: how long before the end of either time an advice appears.

    ## Limits
    Principals that are suspended or deactivated are left alone; the status is looked at where it
    was supplied. Where neither a last activity nor a creation is known to be there, it fires: an
    idleness that nobody knows is not a short one.

    ## Codes
    | code | meaning |
    |---|---|
    | `principal-stale` | idle for longer than `max_idle` |
    | `principal-never-active` | never active, and created longer ago than `grace` |
    | `principal-idleness-unknown` | last activity and creation are known to be absent |
    | `principal-idling` | advice: one of the two within `warn_before` |
    """

    name = "org.stale_principals"
    judges = Principal
    effects = {"deny", "advise"}
    inputs = {"org_state"}
    ages = True

    class Params(RuleParams):
        max_idle: PositiveDuration
        """The longest time without activity, with its unit: `90d`."""
        grace: PositiveDuration | None = None
        """How long after its creation a principal may stay without any activity."""
        kinds: tuple[ActorKind, ...] = KINDS
        """The kinds of principal that are looked at."""
        warn_before: PositiveDuration | None = None
        """How long before the end of either time an advice appears."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        max_idle: timedelta = params.max_idle
        grace: timedelta = params.grace or max_idle
        ahead: timedelta = params.warn_before or timedelta()
        must_be_kinds(params.kinds, "kinds")
        if ahead >= min(max_idle, grace):
            shortest = format_duration(min(max_idle, grace))
            raise ParamError(
                "warn_before is not shorter than the time before it, so everybody would be "
                "advised of",
                at=("warn_before",),
                help=f"choose less than {shortest}",
            )
        others = frozenset(KINDS) - frozenset(params.kinds)
        none = timedelta()
        calm = max_idle - ahead

        def check(principal: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            fields = principal.__dict__
            last = fields.get("last_active_at")
            if last is not None and none <= now - last <= calm:
                return ()
            if fields.get("status") in _GONE or fields.get("kind") in others:
                return ()
            last = principal.last_active_at
            created = principal.created_at if last is None else None
            found = judge(last, created, now)
            if found and others:
                principal.kind  # noqa: B018  (one of another kind is left alone: raises if unknown)
            return found

        def judge(
            last: datetime | None, created: datetime | None, now: datetime
        ) -> tuple[Finding, ...]:
            since, limit = (created, grace) if last is None else (last, max_idle)
            if since is None:
                return (
                    Finding(
                        "principal-idleness-unknown",
                        "nobody knows when the principal was last active or created",
                        remediation=_REVIEW,
                    ),
                )
            idle = now - since
            if idle < none:
                raise ValueError("a time is later than now: one of the two clocks is wrong")
            evidence = {"idle": rough(idle), "allowed": format_duration(limit)}
            if idle > limit and last is None:
                return (
                    Finding(
                        "principal-never-active",
                        f"never active since it was created {rough(idle)} ago",
                        at="/created_at",
                        evidence=evidence,
                        remediation=_REVIEW,
                    ),
                )
            if idle > limit:
                return (
                    Finding(
                        "principal-stale",
                        f"idle for {rough(idle)}, at most {format_duration(limit)} are allowed",
                        at="/last_active_at",
                        evidence=evidence,
                        remediation=_REVIEW,
                    ),
                )
            if idle <= limit - ahead:
                return ()
            return (
                Finding(
                    "principal-idling",
                    f"idle for {rough(idle)}, too long in {rough(limit - idle)}",
                    at="/created_at" if last is None else "/last_active_at",
                    evidence=evidence,
                    remediation=_REVIEW,
                    advice=True,
                ),
            )

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        kind = ("/kind",) if len(params.kinds) < len(KINDS) else ()
        return ("/last_active_at", "/created_at", "/status", *kind)

    def examples(self, params: Any) -> Examples:
        now = datetime.fromisoformat("2026-05-25T12:00:00+00:00")
        second = timedelta(seconds=1)
        grace: timedelta = params.grace or params.max_idle

        def made(note: str, **fields: Any) -> Example:
            row = {"kind": params.kinds[0], "status": "active", **fields}
            row = {
                name: value.isoformat().replace("+00:00", "Z")
                if isinstance(value, datetime)
                else value
                for name, value in row.items()
            }
            at = {"source": "openai-admin", "observed_at": "2026-05-25T11:50:00Z"}
            given = {"type": "org_state", "principals": {**at, "items": {"user-1": row}}}
            return Example(given, note=note)

        late = now - params.max_idle - second
        return Examples(
            fires=(
                made("idle for a second too long", last_active_at=late),
                made(
                    "never active, and not new",
                    last_active_at=None,
                    created_at=now - grace - second,
                ),
                made("nobody knows since when", last_active_at=None, created_at=None),
            ),
            passes=(
                made("active when it had to be", last_active_at=now - params.max_idle),
                made("new, and not active yet", last_active_at=None, created_at=now - grace),
                made("idle, and suspended", last_active_at=late, status="suspended"),
            ),
        )
