"""How two decisions on the same input compare."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from jurat.canon import canonical
from jurat.plan import Decision, Plan

Class = Literal["looser", "stricter", "incomparable"]

Did = tuple[str, str, str, str]  # rule, outcome, mode, effect


def compared(old: Decision, new: Decision) -> Class | None:
    """Whether `new` lets more through than `old`, less, or neither; None where they are the same
    in effect and in what is to be done. Of a bundle that only watches, what it would do counts."""
    was, now = _effects(old), _effects(new)
    if was != now:
        opens = any(a == "deny" and b == "allow" for a, b in zip(was, now, strict=True))
        closes = any(a == "allow" and b == "deny" for a, b in zip(was, now, strict=True))
        return "incomparable" if opens and closes else "looser" if opens else "stricter"
    if not old.obligations and not new.obligations:
        return None
    before, after = demands(old).keys(), demands(new).keys()
    wide, narrow = _route(old), _route(new)
    if before == after and wide == narrow:
        return None
    more = before <= after and _narrower(wide, narrow)
    less = after <= before and _narrower(narrow, wide)
    return "stricter" if more else "looser" if less else "incomparable"


BECAME = ("DENY -> ALLOW", "ALLOW -> DENY", "asks less", "asks more", "asks otherwise")
"""What may become of a verdict; the last three of an allow, or of what a bundle that only watches
would do."""


def became(difference: Class, was: str, now: str) -> str:
    """What became of a verdict, in one of the words of `BECAME`."""
    if was != now:
        return BECAME[0] if now == "allow" else BECAME[1]
    return {"looser": BECAME[2], "stricter": BECAME[3], "incomparable": BECAME[4]}[difference]


def _effects(decision: Decision) -> tuple[str, str]:
    would = decision.would or {}
    return decision.effect, would.get("effect", decision.effect)


@dataclass(frozen=True, slots=True)
class Demand:
    """Something to be done for an allow to stand: in words, and for which rules."""

    words: str
    rules: tuple[str, ...]


def demands(decision: Decision) -> dict[Any, Demand]:
    """What must be done for an allow to stand, but where it may be sent: the more, the stricter.
    Of redactions each span with its operator."""
    found: dict[Any, Demand] = {}
    for one in decision.obligations:
        if one.type == "redact":
            for (start, end, entity), operator in zip(one.spans, one.operators, strict=True):
                words = f"{operator} {entity} at {one.at}, {start}-{end}"
                found["redact", one.at, start, end, operator] = Demand(words, one.rules)
        elif one.type != "route":
            told = one.to_dict(canonical=True)
            kept = {name: told[name] for name in told if name not in ("id", "rule", "rules")}
            rest = {name: value for name, value in kept.items() if name != "type"}
            words = f"{one.type} {canonical(rest).decode()}" if rest else one.type
            found[one.type, canonical(kept)] = Demand(words, one.rules)
    return found


def asked_otherwise(old: Decision, new: Decision) -> Iterator[tuple[str, Demand]]:
    """What is asked for by one of the two alone, with which."""
    before, after = demands(old), demands(new)
    yield from (("no longer asked", before[key]) for key in before if key not in after)
    yield from (("newly asked", after[key]) for key in after if key not in before)
    if (wide := _route(old)) != (narrow := _route(new)):
        for how, decision, route in (("no longer", old, wide), ("now", new, narrow)):
            for one in decision.obligations:
                if one.type == "route":
                    words = f"route to {', '.join(sorted(route or ()))}"
                    yield f"{how} asked", Demand(words, one.rules)


def _route(decision: Decision) -> frozenset[str] | None:
    for one in decision.obligations:
        if one.type == "route":
            return frozenset(one.endpoints)
    return None


def _narrower(wide: frozenset[str] | None, narrow: frozenset[str] | None) -> bool:
    """Whether a route leaves no more endpoints than another; None: any."""
    return wide is None or (narrow is not None and narrow <= wide)


def blamed(old: Decision, new: Decision, plans: tuple[Plan, Plan]) -> tuple[str, ...]:
    """The rules that did something else, sorted: what a difference comes from. Where all did the
    same, those whose obligations are not the same, or else the bundles' modes."""
    modes = plans[0].bundle.mode != plans[1].bundle.mode  # then every rule has another
    was, now = did(old, plans[0], modes=not modes), did(new, plans[1], modes=not modes)
    if was != now:
        return tuple(sorted({rule for rule, *_ in was ^ now}))
    if modes and old.effect != new.effect:
        return ("(mode of the bundle)",)
    rules = {rule for _, demand in asked_otherwise(old, new) for rule in demand.rules}
    return tuple(sorted(rules)) or ("(mode of the bundle)",)


def did(decision: Decision, plan: Plan, *, modes: bool = True) -> frozenset[Did]:
    """What the rules did that did not just pass, with or without the modes in which: an advice
    decides nothing and is left out."""
    rules = plan.bundle.rule_by_id
    found = {
        (rule, outcome, mode if modes else "", rules[rule].effect)
        for rule, outcome, mode in decision.outcomes
        if rules[rule].effect != "advise"
    }
    return frozenset(found | {(rule, "fired", "", "permit") for rule in decision.permits})
