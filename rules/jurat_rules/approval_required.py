"""A person approves first."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from jurat.canon import format_time
from jurat.model import MissingFact, Request
from jurat.plugin import (
    Approve,
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

from ._durations import PositiveDuration


class ApprovalRequired(RuleKind):
    """A request that the rule's condition picks out is approved by somebody else first.

    ## What it does
    Asks for an approval, as an `approval` obligation, unless a valid one is among the recorded
    approvals of the request (`/approvals`). One is valid where its `rule` is this rule's id, its
    `approver` is one of `approvers` and not the actor itself, it was granted and no more than
    `max_age` ago, and it has not expired. So the caller either sends a valid approval along, or
    performs the obligation: passes `supports={"approval"}`, gets it, and records it. Without
    either, the request is denied.

    ## Why
    Some calls should not happen because one account can make them: a fine-tune on customer
    data, a tool that pays, a model outside its review. A second pair of eyes is only one if it
    is not the first, and an approval that never ends is a permission.

    ## Example
    ```yaml
    - id: fine-tunes-approved
      title: A fine-tune is approved by the model board
      kind: approval.required
      effect: require
      severity: high
      when: request.action == "fine_tuning.create"
      params: {approvers: [ann, ben], max_age: 7d}
    ```

    ## Options
    - `approvers`: the ids of those who may approve; without it, anyone but the actor may.
    - `max_age`: how long an approval lasts after it was granted, with its unit. Without it, an
      approval that has no `expires_at` is refused.
    - `rule`: the id that approvals are recorded under, where it is not this rule's own: an older
      id, or one that several rules share.

    ## Limits
    An approval is the enforcement point's word: it vouches for who approved, and that it was
    this use that was approved. An actor is known by its id and, where that is known, its e-mail
    address, capitals not counted; an approver by a third name is not seen through. An approval granted
    later than now doesn't count. Approvals that were not sent are unknown, which denies; null
    and an empty list are none. Of an approval with a part missing nobody knows whether it
    holds: unknown, unless another one is valid.

    ## Codes
    | code | meaning |
    |---|---|
    | `approval-needed` | no valid approval is among the request's |
    """

    name = "approval.required"
    judges = Request
    effects = {"require"}

    class Params(RuleParams):
        approvers: tuple[str, ...] | None = None
        """The ids of those who may approve; without it, anyone but the actor."""
        max_age: PositiveDuration | None = None
        """How long an approval lasts after it was granted, with its unit: `7d`."""
        rule: str | None = None
        """The id that approvals are recorded under, where it is not this rule's own."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        _must_name(params)
        wanted: str = rule.id if params.rule is None else params.rule
        approvers = None if params.approvers is None else frozenset(params.approvers)
        max_age: timedelta | None = params.max_age
        obligation = Approve(tuple(sorted(approvers or ())))
        who = "anyone but the actor" if approvers is None else ", ".join(obligation.approvers)
        needs = f"an approval recorded under {wanted} is needed, by {who}"
        remediation = f"Get the approval, record it under {wanted}, and send it in /approvals."

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            refused: dict[str, int] = {}
            doubt: MissingFact | None = None
            for approval in request.approvals or ():
                try:
                    if approval.rule != wanted:
                        continue
                    why = _refusal(approval, request.actor, approvers, max_age, now)
                except MissingFact as missing:
                    doubt = doubt or missing
                    continue
                if not why:
                    return ()
                refused[why] = refused.get(why, 0) + 1
            if doubt is not None:
                raise doubt
            return (
                Finding(
                    "approval-needed",
                    needs + _told(refused),
                    at="/approvals",
                    evidence={why.replace(" ", "_"): count for why, count in refused.items()},
                    remediation=remediation,
                    obligation=obligation,
                ),
            )

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        return ("/approvals", "/actor/id")

    def examples(self, params: Any) -> Examples:
        now = datetime.fromisoformat("2026-05-25T12:00:00+00:00")
        lasts = timedelta(hours=1) if params.max_age is None else params.max_age
        approver = params.approvers[0] if params.approvers else "ann"
        valid = {
            "rule": "rule" if params.rule is None else params.rule,
            "approver": approver,
            "granted_at": format_time(now - lasts / 2),
            "expires_at": format_time(now + lasts / 2),
        }

        def sent(note: str, *approvals: Mapping[str, Any]) -> Example:
            given = {"actor": {"id": f"not-{approver}"}, "approvals": list(approvals)}
            return Example(given, now=format_time(now), note=note)

        expired = {**valid, "expires_at": format_time(now)}
        return Examples(
            fires=(sent("no approval", *()), sent("an approval that has expired", expired)),
            passes=(sent("a valid approval, of a rule with the id `rule`", valid),),
        )


def _must_name(params: Any) -> None:
    if params.approvers is not None and not params.approvers:
        raise ParamError(
            "approvers names nobody, so that no approval could be valid",
            at=("approvers",),
            help="list who may approve, or leave it out for anyone but the actor",
        )
    for index, approver in enumerate(params.approvers or ()):
        if not approver or approver != approver.strip():
            help = f"write {approver.strip()}" if approver.strip() else "write who may approve"
            raise ParamError(
                "an approver is empty or has blanks", at=("approvers", index), help=help
            )
    if params.rule is not None and not params.rule.strip():
        raise ParamError(
            "the id is empty", at=("rule",), help="leave it out for the rule's own id"
        )


def _refusal(
    approval: Any,
    actor: Any,
    approvers: frozenset[str] | None,
    max_age: timedelta | None,
    now: datetime,
) -> str:
    """Why the approval is none; empty for a valid one."""
    approver, granted, expires = approval.approver, approval.granted_at, approval.expires_at
    if approver is None or (approvers is not None and approver not in approvers):
        return "by nobody who may"
    named = approver.casefold()
    own_address = actor.__dict__.get("email")
    if named in ((actor.id or "").casefold(), (own_address or "").casefold()):
        return "by the actor itself"
    if granted is None or granted > now:
        return "not yet granted"
    if expires is None and max_age is None:
        return "without an end"
    if (expires is not None and expires <= now) or (
        max_age is not None and now - granted > max_age
    ):
        return "no longer valid"
    return ""


def _told(refused: Mapping[str, int]) -> str:
    if not refused:
        return ""
    return "; of those sent: " + ", ".join(f"{n} {why}" for why, n in sorted(refused.items()))
