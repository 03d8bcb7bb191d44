"""What is certain about a condition, whatever an input says: by folding constants, and by sets
and intervals of the values that each fact may have.

A condition becomes a disjunction of `Case`s; a case gives for each term (a fact, or any other
expression that is compared with literals) the values with which it is true. All of it is exact or
it is nothing: what cannot be told that way is a term of its own, and a condition with too many
cases is given up. Null takes part in `==`, `!=` and `in` as the value that it is; everything else
on null is an error and so not true.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jurat.expr import Condition, Conjunct, Schema
from jurat.expr.tree import (
    Call,
    Const,
    Failure,
    Ident,
    Items,
    Node,
    Pairs,
    Select,
    Unknown,
    children,
    evaluate,
    field_path,
)

MOST_CASES = 64
_FLIPPED = {"_<_": "_>_", "_<=_": "_>=_", "_>_": "_<_", "_>=_": "_<=_"}
_OPPOSITE = {"_<_": "_>=_", "_<=_": "_>_", "_>_": "_<=_", "_>=_": "_<_"}
_ORDERS = frozenset(_FLIPPED)


class GivenUp(Exception):
    """The condition has too many cases."""


@dataclass(frozen=True, slots=True)
class Values:
    """A set of values: those `listed` (or all others, with `inverted`), within an interval.

    `null` says whether null is among them. An interval has no null and is for one ordered type.
    """

    null: bool = True
    listed: frozenset[Any] = frozenset()
    inverted: bool = True
    low: Any = None
    low_open: bool = False
    high: Any = None
    high_open: bool = False

    def meet(self, other: "Values") -> "Values":
        if self.inverted and other.inverted:
            listed, inverted = self.listed | other.listed, True
        elif self.inverted:
            listed, inverted = other.listed - self.listed, False
        elif other.inverted:
            listed, inverted = self.listed - other.listed, False
        else:
            listed, inverted = self.listed & other.listed, False
        low, low_open = _tighter(self.low, self.low_open, other.low, other.low_open, 1)
        high, high_open = _tighter(self.high, self.high_open, other.high, other.high_open, -1)
        made = Values(self.null and other.null, listed, inverted, low, low_open, high, high_open)
        if not inverted and (low is not None or high is not None):
            kept = frozenset(value for value in listed if made.within(value))
            return Values(made.null, kept, False)
        return made

    def within(self, value: Any) -> bool:
        """Whether a value that is not null lies in the interval."""
        if self.low is not None and (value < self.low or (self.low_open and value == self.low)):
            return False
        return self.high is None or not (
            value > self.high or (self.high_open and value == self.high)
        )

    @property
    def empty(self) -> bool:
        if self.null:
            return False
        if not self.inverted:
            return not self.listed
        if self.low is None or self.high is None:
            return False
        if self.low == self.high:
            return self.low_open or self.high_open or self.low in self.listed
        return bool(self.low > self.high)

    def covers(self, other: "Values") -> bool:
        """Whether every value of `other` is one of these. False where that is not certain."""
        if other.null and not self.null:
            return False
        if not other.inverted:
            return all(self.has(value) for value in other.listed)
        if not self.inverted:
            return other.empty
        if not all(not other.has(value) for value in self.listed):
            return False
        return _no_tighter(self.low, self.low_open, other.low, other.low_open, 1) and (
            _no_tighter(self.high, self.high_open, other.high, other.high_open, -1)
        )

    def has(self, value: Any) -> bool:
        return (value in self.listed) is not self.inverted and self.within(value)


def _tighter(one: Any, one_open: bool, two: Any, two_open: bool, sign: int) -> tuple[Any, bool]:
    if one is None or two is None:
        return (two, two_open) if one is None else (one, one_open)
    if one == two:
        return one, one_open or two_open
    return (one, one_open) if (one > two) is (sign > 0) else (two, two_open)


def _no_tighter(one: Any, one_open: bool, two: Any, two_open: bool, sign: int) -> bool:
    """Whether the bound `one` excludes nothing that `two` admits."""
    if one is None:
        return True
    if two is None:
        return False
    if one == two:
        return two_open or not one_open
    return bool(one < two) if sign > 0 else bool(one > two)


Case = Mapping[str, Values]  # by term, the values with which it is true


class Reading:
    """A condition, ready to be asked."""

    def __init__(self, condition: Condition) -> None:
        self.schema: Schema = condition.schema
        self.condition = condition

    def true(self) -> tuple[Case, ...]:
        """The cases in which all conjuncts are true. Raises GivenUp."""
        made: list[dict[str, Values]] = [{}]
        for conjunct in self.condition.conjuncts:
            made = self._both(made, self.cases(conjunct.node, True))
        return tuple(made)

    def cases(self, node: Node, wanted: bool) -> list[dict[str, Values]]:
        """The cases in which `node` is `wanted`. None: it never is. Raises GivenUp."""
        if isinstance(node, Const):
            return [{}] if node.value is wanted else []
        if isinstance(node, Call):
            args = node.args
            match node.function:
                case "!_":
                    return self.cases(args[0], not wanted)
                case "_&&_" | "_||_":
                    parts = [self.cases(arg, wanted) for arg in args]
                    if (node.function == "_&&_") is wanted:
                        return self._both(*parts)
                    return self._either(*parts)
                case "_?_:_":
                    return self._either(
                        self._both(self.cases(args[0], True), self.cases(args[1], wanted)),
                        self._both(self.cases(args[0], False), self.cases(args[2], wanted)),
                    )
                case "_==_" | "_!=_":
                    return self._equal(node, (node.function == "_==_") is wanted)
                case "@in":
                    return self._listed(node, wanted)
                case name if name in _ORDERS:
                    return self._ordered(node, name, wanted)
        if isinstance(node, Select) and node.test and node.operand.type.kind == "message":
            return self._there(node, wanted)
        value = folded(node)
        if isinstance(value, bool):
            return [{}] if value is wanted else []
        return self._one(node, Values(False, frozenset({_told(wanted)}), False))

    # -- atoms -----------------------------------------------------------------------------------

    def _equal(self, node: Call, equal: bool) -> list[dict[str, Values]]:
        one, other = node.args
        if _is_literal(one):
            one, other = other, one
        if not _is_literal(other) or one.type.kind in ("message", "list", "map"):
            return self._opaque(node, equal)
        value = other.value if isinstance(other, Const) else folded(other)
        if value is None:
            return self._one(one, Values(True, frozenset(), False) if equal else Values(False))
        told = frozenset({_told(value)})
        return self._one(one, Values(False, told, False) if equal else Values(True, told))

    def _opaque(self, node: Call, equal: bool) -> list[dict[str, Values]]:
        """`a == b` of two facts: a term of its own, the same for `!=`."""
        one, other = sorted(map(named, node.args))
        told = frozenset({_told(equal)})
        return [{f"({one} == {other})": Values(False, told, False)}]

    def _listed(self, node: Call, wanted: bool) -> list[dict[str, Values]]:
        one, other = node.args
        literals = [folded(item) for item in other.items] if isinstance(other, Items) else []
        fit = isinstance(other, Items) and all(map(_is_literal, other.items))
        if not fit or one.type.kind in ("message", "list", "map"):
            return self._one(node, Values(False, frozenset({_told(wanted)}), False))
        told = frozenset(_told(value) for value in literals if value is not None)
        null = None in literals
        return self._one(one, Values(null, told, False) if wanted else Values(not null, told))

    def _ordered(self, node: Call, name: str, wanted: bool) -> list[dict[str, Values]]:
        one, other = node.args
        if _is_literal(one):
            one, other, name = other, one, _FLIPPED[name]
        value = folded(other) if _is_literal(other) else None
        if value is None or isinstance(value, bool):
            return self._one(node, Values(False, frozenset({_told(wanted)}), False))
        name = name if wanted else _OPPOSITE[name]
        is_open = name in ("_<_", "_>_")
        if name in ("_<_", "_<=_"):
            return self._one(one, Values(False, high=value, high_open=is_open))
        return self._one(one, Values(False, low=value, low_open=is_open))

    def _there(self, node: Select, wanted: bool) -> list[dict[str, Values]]:
        spec = self.schema.field(node.operand.type, node.field)
        type_ = spec.type if spec is not None else node.type  # that of `has` itself is bool
        field = Select(type_, node.at, node.operand, node.field, False)
        if spec is None or field.type.kind in ("message", "list", "map"):
            told = frozenset({_told(wanted)})
            return [{f"has({named(field)})": Values(False, told, False)}]
        return self._one(field, Values(False) if wanted else Values(True, frozenset(), False))

    def _one(self, node: Node, values: Values) -> list[dict[str, Values]]:
        """The case that the term `node` has one of `values`, of those that it can have at all."""
        values = values.meet(self._all(node))
        return [] if values.empty else [{named(node): values}]

    def _all(self, node: Node) -> Values:
        if isinstance(node, Select) and node.operand.type.kind == "message":
            spec = self.schema.field(node.operand.type, node.field)
            if spec is not None and spec.words:
                return Values(True, frozenset(spec.words), False)
            if node.type.kind == "bool":
                return Values(True, frozenset({_told(True), _told(False)}), False)
            return Values()
        if isinstance(node, Call):
            if node.function == "size":
                return Values(False, low=0)
            if node.type.kind == "bool":
                return Values(False, frozenset({_told(True), _told(False)}), False)
        return Values()

    # -- combining -------------------------------------------------------------------------------

    def _both(
        self, one: list[dict[str, Values]], other: list[dict[str, Values]]
    ) -> list[dict[str, Values]]:
        made = []
        for a in one:
            for b in other:
                if (case := _meet(a, b)) is not None:
                    made.append(case)
        return _few(made)

    def _either(
        self, one: list[dict[str, Values]], other: list[dict[str, Values]]
    ) -> list[dict[str, Values]]:
        return _few([*one, *other])


def _few(cases: list[dict[str, Values]]) -> list[dict[str, Values]]:
    if any(not case for case in cases):
        return [{}]
    cases = _joined(cases)
    if len(cases) > MOST_CASES:
        raise GivenUp
    return cases


def _joined(cases: list[dict[str, Values]]) -> list[dict[str, Values]]:
    """The same with cases made one that list values of one term and are equal in all others."""
    if len(cases) < 2:
        return cases
    for term in sorted({term for case in cases for term in case}):
        groups: dict[Any, dict[str, Values]] = {}
        made = []
        for case in cases:
            values = case.get(term)
            if values is None or values.inverted:
                made.append(case)
                continue
            rest = frozenset((key, value) for key, value in case.items() if key != term)
            if (other := groups.get(rest)) is None:
                groups[rest] = joined = dict(case)
                made.append(joined)
            else:
                held = other[term]
                null = held.null or values.null
                other[term] = Values(null, held.listed | values.listed, False)
        cases = made
    return cases


def _meet(one: Mapping[str, Values], other: Mapping[str, Values]) -> dict[str, Values] | None:
    """Both cases at once, None where they exclude each other."""
    made = dict(one)
    for term, values in other.items():
        met = values.meet(made[term]) if term in made else values
        if met.empty:
            return None
        made[term] = met
    return made


def covers(wide: Case, narrow: Case) -> bool:
    """Whether the case `wide` is true wherever `narrow` is."""
    return all(term in narrow and values.covers(narrow[term]) for term, values in wide.items())


def implies(narrow: tuple[Case, ...], wide: tuple[Case, ...]) -> bool:
    """Whether one of the cases `wide` is true wherever any of `narrow` is."""
    return all(any(covers(w, n) for w in wide) for n in narrow)


def meet_ever(one: tuple[Case, ...], other: tuple[Case, ...]) -> bool:
    """Whether, by what is known here, both can be true at once."""
    return any(_meet(a, b) is not None for a in one for b in other)


def _told(value: Any) -> Any:
    """True and 1 are different values, though Python finds them equal."""
    return ("bool", value) if isinstance(value, bool) else value


def _is_literal(node: Node) -> bool:
    return isinstance(node, Const) or (
        not isinstance(node, Items | Pairs) and not _reads(node) and folded(node) is not None
    )


def _reads(node: Node) -> bool:
    if isinstance(node, Ident) or (isinstance(node, Call) and node.function == "age"):
        return True
    return any(map(_reads, children(node)))


def folded(node: Node) -> Any:
    """The value of an expression that reads nothing; None where it reads, fails or is null."""
    if isinstance(node, Const):
        return node.value
    if _reads(node):
        return None
    value = evaluate(node, {})
    return None if isinstance(value, Unknown | Failure) else value


def named(node: Node) -> str:
    """A term, named alike wherever it is written alike."""
    path = field_path(node)
    if path is not None:
        return path
    match node:
        case Const():
            return repr(node.value)
        case Ident():
            return node.name.removeprefix(".")
        case Select():
            return f"{'has' if node.test else ''}({named(node.operand)}.{node.field})"
    label = getattr(node, "function", "") or type(node).__name__
    extra = "".join(f" {getattr(node, key)}" for key in ("macro", "var") if hasattr(node, key))
    return f"{label}{extra}({', '.join(map(named, children(node)))})"


def cases_of(condition: Condition) -> tuple[Case, ...] | None:
    """The cases in which a condition is true; None where there are too many to be certain."""
    try:
        return Reading(condition).true()
    except (GivenUp, RecursionError):
        return None


def constant(condition: Condition, node: Node) -> bool | None:
    """What a yes-or-no part of a condition always is where its facts are known; None: it varies,
    or that is not certain."""
    reading = Reading(condition)
    try:
        if not reading.cases(node, True):
            return False
        if not reading.cases(node, False):
            return True
    except (GivenUp, RecursionError):
        pass
    return None


def part_cases(condition: Condition, part: Conjunct) -> tuple[Case, ...] | None:
    """The cases in which one conjunct is true; None where that is not certain."""
    try:
        return tuple(Reading(condition).cases(part.node, True))
    except (GivenUp, RecursionError):
        return None
