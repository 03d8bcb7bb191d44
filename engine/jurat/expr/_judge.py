"""The meaning of record: a checked tree evaluated as CEL says, with unknowns and errors absorbed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jurat.model import MissingFact, View

from ._functions import ADDED
from ._types import Call, Const, Fold, Ident, Items, Node, Pairs, Select, Type
from ._values import FUNCTIONS, EvalError, boolean, make_map, subtract


@dataclass(frozen=True, slots=True)
class Unknown:
    missing: tuple[MissingFact, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    error: str


@dataclass(frozen=True, slots=True)
class Truth:
    """What a condition says: `value` None with `missing` = unknown, with `error` = error."""

    value: bool | None
    missing: tuple[MissingFact, ...] = ()
    error: str = ""


Scope = Mapping[str, Callable[[], Any]]  # a variable -> what reads it


def truth(value: Any) -> Truth:
    """A value of `evaluate` as the truth of a condition."""
    if isinstance(value, Unknown):
        return Truth(None, value.missing)
    if isinstance(value, Failure):
        return Truth(None, (), value.error)
    if value is True or value is False:
        return Truth(value)
    return Truth(None, (), "null where true or false is needed")


def guard(function: Callable[..., Any], *args: Any) -> Any:
    """What `function` gives, a raise turned into the value that stands for it."""
    try:
        return function(*args)
    except MissingFact as missing:
        return Unknown((missing,))
    except EvalError as error:
        return Failure(str(error))
    except Exception:  # noqa: BLE001 - native errors are errors of the condition, without their text
        return Failure("the condition can't be evaluated on this input")


def evaluate(node: Node, scope: Scope) -> Any:
    """The value of `node`: native, Unknown or Failure. Never raises."""
    return _EVALUATE[type(node)](node, scope)


def _ident(node: Ident, scope: Scope) -> Any:
    return _filled(node.type, guard(scope[node.name]))


def _items(node: Items, scope: Scope) -> Any:
    return _strict(lambda *items: items, [evaluate(item, scope) for item in node.items])


def _pairs(node: Pairs, scope: Scope) -> Any:
    flat = [evaluate(part, scope) for pair in node.items for part in pair]
    return _strict(lambda *f: make_map(tuple(zip(f[::2], f[1::2], strict=True))), flat)


def _filled(type: Type, value: Any) -> Any:
    """An absent list or map reads as empty."""
    if value is None:
        return () if type.kind == "list" else {} if type.kind == "map" else None
    return value


def read(owner: Any, name: str) -> Any:
    """A field of a view, or a column of a row kept as a mapping (no column = absent)."""
    if owner is None:
        return None
    return owner.get(name) if isinstance(owner, Mapping) else getattr(owner, name)


def _bad(*values: Any) -> Unknown | Failure | None:
    """What absorbs a strict call: all that is unknown, else the first error."""
    unknown = [v for v in values if isinstance(v, Unknown)]
    if unknown:
        missing = {m.pointer: m for u in reversed(unknown) for m in reversed(u.missing)}
        return Unknown(tuple(reversed(missing.values())))
    return next((v for v in values if isinstance(v, Failure)), None)


def _strict(function: Callable[..., Any], args: list[Any]) -> Any:
    return _bad(*args) or guard(function, *args)


def _select(node: Select, scope: Scope) -> Any:
    owner = evaluate(node.operand, scope)
    if isinstance(owner, Unknown | Failure):
        return owner
    if node.operand.type.kind == "map":
        if node.test:
            return guard(lambda: node.field in owner)
        return guard(FUNCTIONS["_[_]"], owner, node.field)
    if node.test:
        return guard(lambda: has(read(owner, node.field)))
    return _filled(node.type, guard(read, owner, node.field))


def has(value: Any) -> bool:
    """has(): an object is there if any leaf is, absent if every leaf is known to be."""
    if not isinstance(value, View):
        return value is not None
    missing: list[MissingFact] = []
    for name in value.fields:
        try:
            if has(getattr(value, name)):
                return True
        except MissingFact as fact:
            missing.append(fact)
    if missing:
        raise missing[0]
    return False


def _call(node: Call, scope: Scope) -> Any:
    args = node.args
    match node.function:
        case "_&&_":
            return combine((evaluate(arg, scope) for arg in args), False)
        case "_||_":
            return combine((evaluate(arg, scope) for arg in args), True)
        case "_?_:_":
            test = _boolean(evaluate(args[0], scope))
            if isinstance(test, Unknown | Failure):
                return test
            return evaluate(args[1] if test else args[2], scope)
        case "!_":
            value = _boolean(evaluate(args[0], scope))
            return value if isinstance(value, Unknown | Failure) else not value
        case "age":
            return _strict(subtract, [guard(scope["now"]), evaluate(args[0], scope)])
        case "_==_" | "_!=_" if any(arg.type.kind == "message" for arg in args):
            return _null_test(node, scope)
    function = ADDED.get(node.function) or FUNCTIONS[node.function]
    return _strict(function, [evaluate(arg, scope) for arg in args])


def _null_test(node: Call, scope: Scope) -> Any:
    value = next(evaluate(arg, scope) for arg in node.args if arg.type.kind == "message")
    there = value if isinstance(value, Unknown | Failure) else guard(has, value)
    if isinstance(there, Unknown | Failure):
        return there
    return there == (node.function == "_!=_")


def _boolean(value: Any) -> Any:
    return value if isinstance(value, Unknown | Failure) else guard(boolean, value)


def combine(values: Any, decisive: bool) -> Any:
    """&& (decisive False) or || (True): a decisive value wins over unknowns and errors."""
    seen = []
    for value in values:
        value = _boolean(value)
        if value is decisive:
            return decisive
        seen.append(value)
    bad = _bad(*seen)
    return bad if bad is not None else not decisive


def _fold(node: Fold, scope: Scope) -> Any:
    over = evaluate(node.over, scope)
    if isinstance(over, Unknown | Failure):
        return over

    def each(body: Node, item: Any) -> Any:
        return evaluate(body, {**scope, node.var: lambda: item})

    if node.macro in ("all", "exists"):
        return combine((each(node.body, item) for item in over), node.macro == "exists")
    kept = list(over)
    if node.macro == "exists_one" or node.keep is not None:
        test = node.body if node.macro == "exists_one" else node.keep
        assert test is not None
        tests = [_boolean(each(test, item)) for item in kept]
        bad = _bad(*tests)
        if bad is not None:
            return bad
        if node.macro == "exists_one":
            return sum(tests) == 1
        kept = [item for item, keep in zip(kept, tests, strict=True) if keep]
    return _strict(lambda *items: items, [each(node.body, item) for item in kept])


_EVALUATE: Mapping[type, Callable[[Any, Scope], Any]] = {
    Const: lambda node, scope: node.value,
    Ident: _ident,
    Select: _select,
    Call: _call,
    Items: _items,
    Pairs: _pairs,
    Fold: _fold,
}
