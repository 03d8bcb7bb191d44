"""Law: what is not known never lets more through."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Unpack

from jurat.canon import join, tokens
from jurat.model import to_plain
from jurat.plan import FactSet, Outcome

from .._mentions_fields import fields_of
from ._bench import OPEN, Bench, Subject, benches, outcomes
from ._broken import Breach
from ._case import Trial
from ._options import How
from ._search import Law, hold

LAW = Law(
    "missing-never-widens",
    "Making a known fact unknown never lets more through: what fired is then unknown, or fires.",
)
_TEXT = frozenset({"messages", "tool", "tool_calls"})  # what detectors read: no text is no hit
_NO_FACTS = frozenset({"items", "observed_at", "source"})  # what says where facts come from
_MOST_ITEMS = 3  # of a collection


def assert_missing_never_widens(subject: Subject, **how: Unpack[How]) -> None:
    """Hold a bundle to the law that a fact which is not sent never lets more through than one
    that is: for each input, and each field of it by itself, every rule that fired, was unknown or
    erred with the field still does without it; and no permit fires for the want of one.

    Facts that the bundle assumes are left alone, and so are text, facts that a kind declares
    `optional`, and keys without which another row is found. Raises LawBroken.
    """
    for bench in benches(subject, how.get("registry")):
        hold(LAW, bench, partial(_breach, bench), how, share=0.3)


def _breach(bench: Bench, trial: Trial) -> Breach | None:
    assumed = tuple(bench.bundle.assume)
    facts = bench.facts(trial)
    known_before = to_plain(facts.request)
    before = outcomes(bench.decide(trial, facts=facts))
    for path in _fields(trial):
        pointer = join("", *path)
        if path[0] in _TEXT or any(_same_branch(pointer, one) for one in assumed):
            continue
        less = trial.sending(_without(trial.given, path))
        facts = bench.facts(less)
        if not _less(facts.request, known_before) or _answered(facts, path):
            continue  # another fact came in its place
        decision = bench.decide(less, facts=facts)
        after = outcomes(decision)
        if bench.plan.counts and not decision.allowed:  # then nothing is counted
            after = {at: did for at, did in after.items() if did.entry.uses is None}
        found = _wider(before, after, pointer)
        if found is not None:
            rule, was, now = found
            what = f"{was} with {pointer}, {now} where {pointer} is not sent"
            expect = {"not_applicable": [rule]} if now == "fired" else {"unknown": [rule]}
            return Breach(what, less, rule, expect)
    return None


def _wider(
    before: Mapping[tuple[str, str], Outcome],
    after: Mapping[tuple[str, str], Outcome],
    pointer: str,
) -> tuple[str, str, str] | None:
    """The first rule that lets through what it did not, with what it did before and after."""
    opened = {rule for (rule, _), outcome in after.items() if outcome.status in OPEN}
    for where, was in before.items():
        rule = where[0]
        if _optional(was, pointer):
            continue
        now = after.get(where)
        if was.entry.permits:
            if was.status != "fired" and now is not None and now.status == "fired":
                return rule, was.status, "fired"
        elif was.status in OPEN:
            if now is None and (rule in opened or was.entry.uses is not None):
                continue  # the whole collection is unknown, or nothing was counted
            if now is None or now.status not in OPEN:
                return rule, was.status, "passed" if now is None else now.status
    return None


def _less(view: Any, known: Any) -> bool:
    """Whether everything that is known in `view` is what it is in `known`."""
    plain = to_plain(view)

    def within(value: Any, other: Any) -> bool:
        if isinstance(value, Mapping) and isinstance(other, Mapping):
            return all(key in other and within(v, other[key]) for key, v in value.items())
        return bool(value == other)

    return within(plain, known)


def _answered(facts: FactSet, path: tuple[str, ...]) -> bool:
    """Whether a row of the bundle says of a snapshot's item what the item itself no longer does:
    what neither has of a listed one is absent."""
    if facts.kind != "org_state" or len(path) < 4 or facts.state is None:
        return False
    collection, _, id_, field = path[:4]
    item = facts.state.collection(collection).items.get(id_)
    return item is not None and field in item.__dict__


def _optional(outcome: Outcome, pointer: str) -> bool:
    """Whether the rule's kind can do without the fact, and says so."""
    kind = outcome.entry.rule.implementation
    if kind is None:
        return False
    steps = tokens(pointer)
    if steps[1:2] == ["items"]:  # in `reads` a field of a collection's items stands under its name
        del steps[1:3]
    in_items = join("", *steps)
    for read in kind.optional:
        if read.startswith("/"):
            optional = _same_branch(pointer, outcome.at + read)
        else:
            path = read.removeprefix("request.").removeprefix("org.")
            optional = _same_branch(in_items, join("", *path.split(".")))
        if optional:
            return True
    return False


def _fields(trial: Trial) -> Iterator[tuple[str, ...]]:
    """The paths of the fields that the input has, and of the objects that hold them."""
    seen: dict[tuple[str, ...], None] = {}
    for pointer in fields_of(trial.kind):
        for path in _present(trial.given, tokens(pointer)):
            seen[path] = None
            for end in range(1, len(path)):
                above = path[:end]
                # a collection's items are a whole: one that is not listed is known not to be there
                if trial.kind != "org_state" or end == 1:
                    seen[above] = None
    for path in seen:
        key_of_item = path[1:2] == ("items",) and path[3:] == ("id",)
        if path[-1] not in _NO_FACTS and not key_of_item:
            yield path


def _present(value: Any, steps: list[str], at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if not steps or (value is None and at):  # below a null there is nothing more to leave out
        yield at
    elif isinstance(value, Mapping):
        wanted = list(value)[:_MOST_ITEMS] if steps[0] == "*" else [steps[0]]
        for step in wanted:
            if step in value:
                yield from _present(value[step], steps[1:], (*at, step))


def _without(value: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    first, *rest = path
    if not rest:
        return {key: inner for key, inner in value.items() if key != first}
    return {**value, first: _without(value[first], tuple(rest))}


def _same_branch(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
