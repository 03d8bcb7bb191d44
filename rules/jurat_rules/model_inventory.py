"""Models that are called stand in the register, approved and within their time."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from jurat.canon import format_time
from jurat.model import Endpoint, ModelPermission, Request
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

from ._durations import PositiveDuration
from ._models import ModelList, ModelPattern, aliases, is_glob
from ._parts import judged
from ._register import Part, Registered, approved, in_time, pinned, released, unregistered
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
    that of a dated snapshot. `now` is the clock of the decision. On a snapshot it judges the same
    way every model that an endpoint serves, and every model that the provider lets a project call.

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
    judged, and what it leaves out is unknown, which denies. On a snapshot the table is needed.

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
    | `models-open` | on a snapshot: the provider lets a project call models of no list |
    | `model-retiring` | advice: it retires within `warn_before` |
    """

    name = "model.inventory"
    judges = (Request, Endpoint, ModelPermission)
    effects = {"deny", "advise"}
    allowlists = ("statuses", "never_moves")
    optional = ("/endpoint/model",)

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
            approved(frozenset(params.statuses)),
            released(demanded="released" in params.demand),
            in_time(params.warn_before, demanded="retires" in params.demand),
        ]
        stands_still = _pins(params.never_moves) if params.pinned else None
        if stands_still is not None:
            parts.append(pinned(stands_still))
        if rule.target is not Request:
            return _of_snapshot(table, parts)
        if table is None:
            return _by_word(parts)
        calm = _calm(table, params)

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            id_ = request.model_info.id
            span = calm.get(id_)
            if (
                span is not None
                and span[0] <= now < span[1]
                and (stands_still is None or stands_still(_called(request) or ""))
            ):
                return ()
            if id_ is None:
                return (_absent(request),)
            if id_ not in table:
                return (unregistered(_called(request), _where(request)),)
            return judged(parts, _registered(request), now)

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
        return judged(parts, _registered(request), now)

    return check


def _of_snapshot(table: Mapping[str, Any] | None, parts: Sequence[Part]) -> Check:
    """The models that an endpoint serves, or that the provider lets a project call."""
    if table is None:
        raise ParamError(
            "models of a snapshot are looked up in the table models, which the bundle lacks",
            help="add data/models.yaml, or take org_state out of `on`",
        )
    alias_of = aliases(table)

    def judge(names: Iterable[tuple[str, str]], now: datetime) -> Iterator[Finding]:
        for at, name in names:
            row = table.get(alias_of.get(name, name))
            if row is None:
                yield unregistered(name, at)
            else:
                yield from judged(parts, Registered(name, at, row, None), now)

    def one(resource: Any, now: datetime) -> tuple[Finding, ...]:
        name = resource.model
        return () if name is None else tuple(judge([("/model", name)], now))

    def several(resource: Any, now: datetime) -> tuple[Finding, ...]:
        names = enumerate(resource.models or ())
        return tuple(judge(((f"/models/{index}", name) for index, name in names), now))

    def permitted(resource: Any, now: datetime) -> tuple[Finding, ...]:
        return several(resource, now) if resource.mode == "allowlist" else (_OPEN,)

    def check(resource: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        if "mode" in type(resource).fields:
            return permitted(resource, now)
        return judged((one, several), resource, now)

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


def _registered(request: Any) -> Registered:
    return Registered(_called(request) or "", _where(request), request.model_info, "/model_info")


_OPEN = Finding(
    "models-open",
    "the provider lets the project call any model, registered or not",
    at="/mode",
    remediation="Set an allowlist of registered models at the provider.",
)


def _absent(request: Any) -> Finding:
    return Finding("model-absent", "the request names no model", at=_where(request))
