"""Looking for an input for which a law does not hold, and for the least such input."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from random import Random
from typing import Any

from jurat.canon import parse_time
from jurat.model import InvalidInput, Model, OrgState, Request, Response

from .._mentions import Scene, scenes
from .._profiles import examples
from ._bench import Bench
from ._broken import Breach, LawBroken, case_of
from ._case import Trial
from ._grown import Grower
from ._lessen import lessened
from ._options import How

_GROWN = 0.15  # the part of inputs that are
_BESIDE: tuple[Mapping[str, Any], ...] = (
    {"state": None},
    {"facts": {}},
    {"stops": {}},
    {"supports": frozenset()},
)
"""What stands beside an input, and may not be needed."""
_TYPES: Mapping[type[Model], str] = {Response: "response", OrgState: "org_state"}
EVERYTHING = frozenset(("redact", "route", "header", "hold_stream", "approval"))

Check = Callable[[tuple[Trial, ...]], Breach | None]
"""Whether a law holds for some inputs: a breach where it does not."""


@dataclass(frozen=True, slots=True)
class Law:
    """The name of a law, and what it says."""

    name: str
    words: str


def tries(how: How, share: float = 1.0) -> int:
    """How many inputs to try; at least one. Raises ValueError for a profile that is none."""
    wanted = how.get("max_examples")
    return (
        max(1, int(examples(how.get("profile") or "quick") * share)) if wanted is None else wanted
    )


def seed_of(how: How) -> int:
    """The seed of a search: the one that was given, or any."""
    given = how.get("seed")
    return secrets.randbits(32) if given is None else given


def seeded(how: How) -> How:
    """The options with a seed: all that a law draws at random hangs on the one that it tells."""
    return {**how, "seed": seed_of(how)}


def hold(
    law: Law,
    bench: Bench,
    check: Callable[[Trial], Breach | None],
    how: How,
    *,
    share: float = 1.0,
    kinds: Sequence[str] = (),
) -> None:
    """`hold_of_several` for a check of one input."""
    hold_of_several(
        law, bench, lambda trials: check(trials[0]), how, several=1, share=share, kinds=kinds
    )


def hold_of_several(
    law: Law,
    bench: Bench,
    check: Check,
    how: How,
    *,
    several: int,
    share: float = 1.0,
    kinds: Sequence[str] = (),
) -> None:
    """Try the law on inputs, `several` at a time. Raises LawBroken with the least that break it.

    `share` is how many of the profile's inputs are tried, for a law that does much with each;
    `kinds` (default: those that the bundle judges) which inputs.
    """
    seed = seed_of(how)
    told = _heard(check, how)
    wanted = [kind for kind in bench.kinds if not kinds or kind in kinds]
    if how.get("inputs") is None:
        drawn = drawn_for(bench, Random(seed), wanted) if wanted else iter(())
        for _ in range(tries(how, share)):
            trials = tuple(islice(drawn, several))
            if trials and (breach := told(trials)):
                raise _least(law, bench, told, trials, breach, seed)
        return
    from ._by_strategy import first_breach  # hypothesis is loaded where a strategy is given

    found = first_breach(how["inputs"], told, _trial_of(bench), several, tries(how, share), seed)
    if found is not None:
        raise _least(law, bench, told, *found, seed)


def _heard(check: Check, how: How) -> Check:
    """`check` where an input can be read, and of breaches those that are asked for."""
    only = how.get("rule")

    def told(trials: tuple[Trial, ...]) -> Breach | None:
        try:
            breach = check(trials)
        except InvalidInput:
            return None
        return None if breach is None or (only and breach.rule not in (only, "")) else breach

    return told


def drawn_for(bench: Bench, random: Random, kinds: Sequence[str]) -> Iterator[Trial]:
    """Endless inputs that the bundle's rules tell apart: drawn from what it mentions, and grown
    by what its rules miss."""
    drawn = {kind: scenes(bench.mentions, random, kind) for kind in kinds}
    grower = Grower(bench, random)
    for kind in cycle(kinds):
        if not bench.mentions.by_input[kind] or random.random() < _GROWN:
            yield replace(grower.grown(grower.bare(kind)), supports=EVERYTHING)
        else:
            yield _of_scene(kind, next(drawn[kind]), random)


def _of_scene(kind: str, scene: Scene, random: Random) -> Trial:
    given = scene.given if kind == "request" else {"type": kind, **scene.given}
    supports = EVERYTHING if random.random() < 0.9 else frozenset()
    if scene.case is None:
        return Trial(given, scene.now, supports)
    return Trial(given, scene.now, supports, scene.case.state, scene.case.facts, scene.case.stops)


def _trial_of(bench: Bench) -> Callable[[Any], Trial]:
    """What a user's strategy draws, as a trial."""

    def made(drawn: Any) -> Trial:
        match drawn:
            case Trial():
                return drawn
            case Request() | Response() | OrgState():
                given = drawn.model_dump(mode="json", exclude_unset=True, by_alias=True)
                if kind := _TYPES.get(type(drawn)):
                    given = {"type": kind, **given}
            case Mapping():
                given = dict(drawn)
            case _:
                raise TypeError(
                    "`inputs` draws requests, responses, snapshots or mappings, "
                    f"not {type(drawn).__name__}"
                )
        time = given.get("time")  # what `requests_for` draws is to be judged then
        now = parse_time(time) if isinstance(time, str) else bench.mentions.now
        return Trial(given, now, EVERYTHING)

    return made


def _least(
    law: Law, bench: Bench, told: Check, trials: tuple[Trial, ...], breach: Breach, seed: int
) -> LawBroken:
    """The breach by inputs that can lose nothing more, of the same rule."""

    def same(tried: tuple[Trial, ...]) -> Breach | None:
        found = told(tried)
        return found if found is not None and found.rule == breach.rule else None

    for number in range(len(trials) - 1, -1, -1):  # those that it takes at all
        fewer = trials[:number] + trials[number + 1 :]
        if fewer and same(fewer):
            trials = fewer
    for number in range(len(trials)):
        trials = _lessened_at(number, trials, lambda tried: same(tried) is not None)
    return told_as(law, bench, same(trials) or breach, seed)


def _lessened_at(
    number: int, trials: tuple[Trial, ...], still: Callable[[tuple[Trial, ...]], bool]
) -> tuple[Trial, ...]:
    """The trials, that of this number made as small as it can be."""

    def put(trial: Trial) -> tuple[Trial, ...]:
        return (*trials[:number], trial, *trials[number + 1 :])

    trial = trials[number]
    for less in _BESIDE:
        if still(put(replace(trial, **less))):
            trial = replace(trial, **less)
    kept = trial
    given = lessened(kept.given, lambda given: still(put(kept.sending(given))))
    return put(kept.sending(given))


def told_as(law: Law, bench: Bench, breach: Breach, seed: int | None = None) -> LawBroken:
    """What is raised for a breach."""
    rule = bench.bundle.rule_by_id.get(breach.rule)
    try:
        effect = bench.decide(breach.trial).effect
    except Exception:  # noqa: BLE001  # that it raises is what is told
        effect = "deny"
    return LawBroken(
        law.name,
        law.words,
        what=breach.what,
        rule=breach.rule,
        place=f"{rule.file}:{rule.line}" if rule is not None else "",
        where=breach.where,
        bundle=bench.bundle.name,
        case=case_of(law.name, breach, effect),
        seed=seed,
    )
