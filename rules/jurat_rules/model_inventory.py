"""Models that are called stand in the register, approved and within their time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from jurat.canon import format_time
from jurat.model import Request
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
from ._models import ModelList, ModelPattern, is_glob
from ._parts import Part, judged
from ._snapshots import is_snapshot
from ._words import VOCABULARY, must_know

Dates = Literal["released", "retires"]
_EVER, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_NAMES = 4096  # names of models remembered per rule


class ModelInventory(RuleKind):
    """The model to be called is in the register, approved, released and not retired.

    ## What it does
    Looks up the model that would be served (the one that the endpoint's deployment serves, if it
    serves just one; else the one that the request names) in the bundle's table `models`, by id or
    alias, and reports each of these that is wrong: the register has it; its `status` is one of
    `statuses`; now is not before `released`; now is before `retires`; with `pinned`, its name is
    that of a dated snapshot. `now` is the clock of the decision.

    ## Why
    A model that the provider retires stops answering, or is replaced by another under its name.
    A model that nobody reviewed has no owner when it answers wrongly. And what was tested was one
    snapshot; an undated name is another model next month.

    ## Example
    ```yaml
    - id: model-register
      title: Production calls approved models, pinned to a snapshot
      kind: model.inventory
      effect: deny
      severity: high
      when: request.project.environment == "production"
      params: {pinned: true, warn_before: 30d}
    ```

    ## Options
    - `statuses`: the statuses that may be called (default: `approved`).
    - `pinned`: whether the name must be that of a dated snapshot (`gpt-4.1-2025-04-14`,
      `claude-sonnet-4-20250514`, `gpt-4-0613`), not one that the provider moves on.
    - `never_moves`: with `pinned`, names without a date that never move, like those of models
      that you host yourself; `*` stands for any characters.
    - `demand`: dates that a row must have, of `released` and `retires`. Without it, a model with
      no release date counts as released, and one with no retirement date goes on.
    - `warn_before`: how long before `retires` an advice appears.

    ## Limits
    The name judged by `pinned` is the one that is called, before aliases are followed: the
    register can say what an alias stands for, but not what the provider will answer with. Where
    a bundle has no table of models, the caller's own word about the model (`model_info`) is
    judged, and what it leaves out is unknown, which denies.

    ## Codes
    | code | meaning |
    |---|---|
    | `model-absent` | the request is known to name no model |
    | `model-not-registered` | the register doesn't have the model |
    | `model-not-approved` | the model has no status, or one that may not be called |
    | `model-not-released` | its release is still to come |
    | `model-release-unknown` | it has no release date, and one is demanded |
    | `model-retired` | it is past its retirement date |
    | `model-retirement-unknown` | it has no retirement date, and one is demanded |
    | `model-not-pinned` | its name is not that of a dated snapshot |
    | `model-retiring` | advice: it retires within `warn_before` |
    """

    name = "model.inventory"
    judges = Request
    effects = {"deny", "advise"}

    class Params(RuleParams):
        statuses: tuple[str, ...] = ("approved",)
        """The statuses that may be called: of vocabulary `approval_status`."""
        pinned: bool = False
        """Whether the name must be that of a dated snapshot."""
        never_moves: tuple[ModelPattern, ...] = ()
        """With `pinned`, names without a date that never move. `*` stands for any characters."""
        demand: tuple[Dates, ...] = ()
        """Dates that a row must have: `released`, `retires`."""
        warn_before: PositiveDuration | None = Field(None)
        """How long before `retires` an advice appears."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        _validate(params, context)
        table = getattr(context.data, "models", None)
        parts: list[Part] = [
            _approved(frozenset(params.statuses)),
            _released(demanded="released" in params.demand),
            _in_time(params.warn_before, demanded="retires" in params.demand),
        ]
        pinned: Callable[[str], bool] | None = None
        if params.pinned:
            pinned = _pins(params.never_moves)
            parts.append(_pinned(pinned))
        if table is None:
            return _by_word(parts)
        calm = _calm(table, params)

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            id_ = request.model_info.id
            span = calm.get(id_)
            if (
                span is not None
                and span[0] <= now < span[1]
                and (pinned is None or pinned(_called(request) or ""))
            ):
                return ()
            if id_ is None:
                return (_absent(request),)
            if id_ not in table:
                return (_unregistered(request),)
            return judged(parts, request, now)

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        columns = ("id", "status", "released", "retires")
        return ("/model", "/endpoint/model", *(f"/model_info/{column}" for column in columns))

    def examples(self, params: Any) -> Examples:
        now = datetime.fromisoformat("2026-05-25T12:00:00+00:00")
        good = {
            "status": params.statuses[0],
            "released": "2025-04-14T00:00:00Z",
            "retires": format_time(now + (params.warn_before or timedelta()) + timedelta(days=30)),
        }
        dated = "gpt-4.1-2025-04-14"

        def made(note: str, model: str = dated, **columns: str) -> Example:
            given = {"model": model, "endpoint": {"model": None}}
            return Example(given, data={"models": {dated: {**good, **columns}}}, note=note)

        fires = [
            made("a model that the register doesn't have", model="unreviewed-1"),
            made("retired at exactly now", retires=format_time(now)),
            made("released a second from now", released="2026-05-25T12:00:01Z"),
        ]
        return Examples(fires=tuple(fires), passes=(made("approved, released and not retired"),))


def _validate(params: Any, context: CompileContext) -> None:
    if not params.statuses:
        raise ParamError(
            "no status may be called, so every model fires",
            at=("statuses",),
            help="name one or more, like approved",
        )
    for index, status in enumerate(params.statuses):
        known = context.words("approval_status")
        must_know("approval status", status, known, ("statuses", index), extend=VOCABULARY)
    for index, pattern in enumerate(params.never_moves):
        if not is_glob(pattern):
            at = ("never_moves", index)
            must_know("model", pattern, context.words("model"), at, extend=VOCABULARY)
    if params.never_moves and not params.pinned:
        raise ParamError(
            "never_moves says what counts as pinned, and nothing has to be pinned",
            at=("never_moves",),
            help="add `pinned: true`, or take never_moves out",
        )


def _by_word(parts: Sequence[Part]) -> Check:
    """Without a register, what the caller says about the model is judged."""

    def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        if _called(request) is None:
            return (_absent(request),)
        return judged(parts, request, now)

    return check


def _calm(table: Mapping[str, Any], params: Any) -> dict[str, tuple[datetime, datetime]]:
    """From when until when a row has nothing to report, for the rows that ever have that."""
    calm = {}
    for id_, row in table.items():
        released, retires = row.released, row.retires
        if row.status not in params.statuses:
            continue
        if any(getattr(row, name) is None for name in params.demand):
            continue
        until = retires or _NEVER
        if retires is not None and params.warn_before is not None:
            margin: timedelta = params.warn_before
            until = retires - margin if retires - _EVER > margin else _EVER
        calm[id_] = (released or _EVER, until)
    return calm


def _pins(never_moves: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether a name stands for one snapshot. Remembers some 4,096 names."""
    unmoving = ModelList(never_moves, {}, dated=False)
    verdicts: dict[str, bool] = {}

    def pinned(name: str) -> bool:
        verdict = verdicts.get(name)
        if verdict is None:
            verdict = is_snapshot(name) or unmoving.admits(name)
            if len(verdicts) >= _NAMES:
                verdicts.clear()
            if len(name) <= 256:
                verdicts[name] = verdict
        return verdict

    return pinned


def _called(request: Any) -> str | None:
    """The name of the model to be served, as it was joined on: the endpoint's, else the named."""
    endpoint = request.__dict__.get("endpoint")
    served = None if endpoint is None else endpoint.__dict__.get("model")
    name: str | None = request.model if served is None else served
    return name


def _where(request: Any) -> str:
    endpoint = request.__dict__.get("endpoint")
    served = None if endpoint is None else endpoint.__dict__.get("model")
    return "/model" if served is None else "/endpoint/model"


def _absent(request: Any) -> Finding:
    return Finding("model-absent", "the request names no model", at=_where(request))


def _unregistered(request: Any) -> Finding:
    return Finding(
        "model-not-registered",
        "the register of models does not have {model}",
        at=_where(request),
        quote={"model": _called(request)},
        remediation="Call a registered model, or have this one reviewed and registered.",
    )


def _approved(statuses: frozenset[str]) -> Part:
    allowed = ", ".join(sorted(statuses))

    def part(request: Any, now: datetime) -> tuple[Finding, ...]:
        status = request.model_info.status
        if status in statuses:
            return ()
        return (
            Finding(
                "model-not-approved",
                "the model has no status in the register"
                if status is None
                else "the model is {status}",
                at="/model_info/status",
                evidence={"allowed": allowed},
                quote={"status": status} if status is not None else {},
                remediation="Call an approved model, or have this one reviewed.",
            ),
        )

    return part


def _released(*, demanded: bool) -> Part:
    def part(request: Any, now: datetime) -> tuple[Finding, ...]:
        released = request.model_info.released
        at = "/model_info/released"
        if released is None:
            if not demanded:
                return ()
            return (
                Finding(
                    "model-release-unknown",
                    "the register has no release date of the model",
                    at=at,
                    remediation="Enter the date in the register.",
                ),
            )
        if released <= now:
            return ()
        return (
            Finding(
                "model-not-released",
                f"the model is released in {rough(released - now)}",
                at=at,
                remediation="Call a released model until then.",
            ),
        )

    return part


def _in_time(warn_before: timedelta | None, *, demanded: bool) -> Part:
    at = "/model_info/retires"
    mend = "Move the callers to a model that stays, and test it first."

    def part(request: Any, now: datetime) -> tuple[Finding, ...]:
        retires = request.model_info.retires
        if retires is None:
            if not demanded:
                return ()
            return (
                Finding(
                    "model-retirement-unknown",
                    "the register has no retirement date of the model",
                    at=at,
                    remediation="Enter the date that the provider gives in the register.",
                ),
            )
        left = retires - now
        if left <= timedelta():
            message = f"the model retired {rough(-left)} ago" if left else "the model retires now"
            return (Finding("model-retired", message, at=at, remediation=mend),)
        if warn_before is None or left > warn_before:
            return ()
        return (
            Finding(
                "model-retiring",
                f"the model retires in {rough(left)}",
                at=at,
                evidence={"retires_in": rough(left)},
                remediation=mend,
                advice=True,
            ),
        )

    return part


def _pinned(pinned: Callable[[str], bool]) -> Part:
    def part(request: Any, now: datetime) -> tuple[Finding, ...]:
        name = _called(request)
        if name is not None and pinned(name):
            return ()
        return (
            Finding(
                "model-not-pinned",
                "{model} is not the name of a dated snapshot, so it may become another model",
                at=_where(request),
                quote={"model": name},
                remediation="Name the snapshot that was reviewed, like gpt-4.1-2025-04-14.",
            ),
        )

    return part
