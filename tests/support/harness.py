"""Worlds through the real engine."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from reference import Decided, Duty
from worlds import NOW, World, files

from jurat import Decision, Engine
from jurat.bundle import Bundle
from jurat.plugin import GROUP, Registry, load_plugins

MOMENT = datetime(2026, 5, 25, 12, 0, tzinfo=UTC)


@cache
def registry() -> Registry:
    """The built-in rules and the scripted kind."""
    script = EntryPoint("lawkinds", "lawkinds", GROUP)
    built_in = [point for point in entry_points(group=GROUP) if point.name == "rules"]
    loaded = load_plugins(entry_points=[*built_in, script], environ={})
    assert not loaded.broken
    return loaded


def engine(*bundles: World | Mapping[str, str] | Bundle, **options: Any) -> Engine:
    """An engine with these bundles armed, its clock standing at NOW."""
    sources = [files(one) if isinstance(one, World) else one for one in bundles]
    options.setdefault("registry", registry())
    options.setdefault("clock", lambda: MOMENT)
    return Engine.load(sources, **options)


def evaluate(
    worlds: World | Sequence[World], given: Any, supports: Iterable[str] = (), now: str = NOW
) -> Decision:
    """The decision of these worlds on one input."""
    loaded = engine(*([worlds] if isinstance(worlds, World) else worlds))
    return loaded.evaluate(given, supports=supports, now=now)


def duties(decision: Decision) -> frozenset[Duty]:
    """The obligations in the reference's words: which rules ask for them left aside."""
    made: set[Duty] = set()
    for obligation in decision.obligations:
        if obligation.type == "redact":
            made |= {
                Duty("redact", (obligation.at, start, end), operator)
                for (start, end, _), operator in zip(
                    obligation.spans, obligation.operators, strict=True
                )
            }
        elif obligation.type == "header":
            made.add(Duty("header", obligation.name, obligation.value))
        else:
            made.add(Duty(obligation.type, None, frozenset(obligation.endpoints)))
    return frozenset(made)


def disagreement(decision: Decision, expected: Decided) -> str:
    """What the engine says otherwise than the reference; empty where they agree."""
    told: list[tuple[str, object, object]] = [
        ("effect", decision.effect, expected.effect),
        ("value", decision.value, expected.value),
        ("would_allow", decision.would_allow, expected.would_allow),
        ("obligations", duties(decision), frozenset(expected.duties)),
    ]
    would = expected.would and {"effect": expected.would[0], "value": expected.would[1]}
    told.append(("would", decision.would, would))
    shown = {
        rule: outcome
        for rule, outcome in expected.outcomes.items()
        if outcome not in ("passed", "not_applicable")
    }
    told.append(("outcomes", {rule: outcome for rule, outcome, _ in decision.outcomes}, shown))
    counts: dict[str, int] = {}
    for outcome in expected.outcomes.values():
        counts[outcome] = counts.get(outcome, 0) + 1
    told.append(("counts", decision.counts, dict(sorted(counts.items()))))
    codes = {reason.code for reason in decision.reasons}
    told.append(("codes", expected.codes, expected.codes & codes))
    return "; ".join(
        f"{what}: {got!r}, not {wanted!r}" for what, got, wanted in told if got != wanted
    )
