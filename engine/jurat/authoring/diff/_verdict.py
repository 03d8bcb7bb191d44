"""How two decisions on the same input compare."""

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
    before, after = _demands(old), _demands(new)
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


def _demands(decision: Decision) -> frozenset[Any]:
    """What must be done for an allow to stand, but where it may be sent: the more, the stricter.
    Of redactions each span with its operator."""
    found: set[Any] = set()
    for one in decision.obligations:
        if one.type == "redact":
            found |= {
                ("redact", one.at, start, end, operator)
                for (start, end, _), operator in zip(one.spans, one.operators, strict=True)
            }
        elif one.type != "route":
            told = one.to_dict(canonical=True)
            kept = {name: told[name] for name in told if name not in ("id", "rule", "rules")}
            found.add((one.type, canonical(kept)))
    return frozenset(found)


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
    was, now = did(old, plans[0]), did(new, plans[1])
    if was != now:
        return tuple(sorted({rule for rule, *_ in was ^ now}))
    rules = {rule for decision in (old, new) for one in decision.obligations for rule in one.rules}
    return tuple(sorted(rules)) or ("(mode of the bundle)",)


def did(decision: Decision, plan: Plan) -> frozenset[Did]:
    """What the rules did that did not just pass: an advice decides nothing and is left out."""
    rules = plan.bundle.rule_by_id
    found = {
        (rule, outcome, mode, rules[rule].effect)
        for rule, outcome, mode in decision.outcomes
        if rules[rule].effect != "advise"
    }
    return frozenset(found | {(rule, "fired", "enforce", "permit") for rule in decision.permits})
