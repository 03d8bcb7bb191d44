"""Our evaluation, fast and slow, against Google's own evaluator; and faults that it must catch."""

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jurat.expr import Schema, _fast, _judge, _values
from jurat.expr._check import check
from jurat.expr._fast import Fast
from jurat.expr._judge import Failure, evaluate
from jurat.expr._values import FUNCTIONS, equal

ROOTS = {
    "i": "int", "j": "int", "s": "string", "t": "string", "b": "bool", "c": "bool", "d": "double",
    "at": "timestamp", "by": "timestamp", "p": "duration", "q": "duration", "xs": "list(int)",
    "ss": "list(string)", "m": "map(string, int)",
}  # fmt: skip
INTS = (0, 1, -1, 2, 3, 7, -7, 10, 2**31, 2**63 - 1, -(2**63))
TEXTS = ("", "a", "ab", "b", "AB", "äö", "🐱a", "10", "-7", "true", "x.y")
TIMES = (
    datetime(2026, 5, 25, 12, 30, 15, 250000, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 500000, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC),
)  # fmt: skip
SPANS = (timedelta(), timedelta(days=90), timedelta(seconds=-1), timedelta(milliseconds=1500))
DOUBLES = (0.0, 1.0, -1.5, 0.1, 1e18, -1e19, math.inf, math.nan)
DOMAIN: dict[str, tuple[Any, ...]] = {
    "int": INTS, "string": TEXTS, "bool": (True, False), "timestamp": TIMES, "duration": SPANS,
    "double": DOUBLES,
}  # fmt: skip
# what may stand in a template's place; errors are among them on purpose
ATOMS = {
    "int": ("i", "j", "1", "0", "-3", "size(s)", "xs[0]", "(i + 1)", 'm["a"]'),
    "str": ("s", "t", '"a"', '""', '(s + "b")', "ss[0]"),
    "bool": ("b", "c", "true", "false", "(i / j > 0)", "(xs[1] == 1)", '(s == "a")', "!b"),
    "time": ("at", "by", 'timestamp("2026-05-25T12:00:00Z")', "(at + p)"),
    "span": ("p", "q", 'duration("36h")', "(at - by)"),
    "dbl": ("d", "1.5", "0.0", "double(i)"),
    "ints": ("xs", "[1, 2, 3]", "[i, j]", "[1]"),
    "strs": ("ss", '["a", "ab"]', "[s, t]"),
}
TEMPLATES = (
    "{int} + {int}", "{int} - {int}", "{int} * {int}", "{int} / {int}", "{int} % {int}", "-({int})",
    "{int} == {int}", "{int} != {int}", "{int} < {int}", "{int} <= {int}", "{int} > {int}",
    "{int} >= {int}", "{str} + {str}", "{str} == {str}", "{str} != {str}", "{str} < {str}",
    "{str} <= {str}", "{str} > {str}", "{str} >= {str}", "{bool} && {bool}", "{bool} || {bool}",
    "!({bool})", "{bool} ? {int} : {int}", "{bool} ? {bool} : {bool}", "{bool} == {bool}",
    "{bool} < {bool}", "{dbl} < {dbl}", "{dbl} == {dbl}", "{dbl} >= {dbl}", "{dbl} + {dbl}",
    "{dbl} / {dbl}", "{time} < {time}", "{time} == {time}", "{time} - {time}", "{time} + {span}",
    "{time} - {span}", "{span} + {span}", "{span} - {span}", "{span} > {span}", "{span} == {span}",
    "{int} in {ints}", "{str} in {strs}", "{int} in [1, true, \"a\"]", "{bool} in [1, false]",
    "{str} in [\"a\", \"ab\", 1]", "{str} in m", "m[{str}]", "{ints}[{int}]", "size({ints})",
    "size({str})", "{str}.startsWith({str})", "{str}.endsWith({str})", "{str}.contains({str})",
    "{ints} == {ints}", "{strs} != {strs}", "{ints} + {ints}", "{str}.matches(\"^a.?$\")",
    "{ints}.exists(x, x == {int})", "{ints}.all(x, x > {int})", "{ints}.exists_one(x, x == {int})",
    "{ints}.filter(x, x > {int})", "{ints}.map(x, x + {int})", "{ints}.map(x, x > 1, x * 2)",
    "{ints}.exists(x, 6 / x == {int} || x > 2)", "{ints}.all(x, 6 / x > {int} && x < 2)",
    "m.exists(k, m[k] > {int})", "m.all(k, k == {str})", "{bool} && {ints}.exists(x, x > {int})",
    "{bool} || {ints}.all(x, x > {int})", "{bool} ? {ints}.exists(x, x == 1) : {bool}",
    "{ints}.exists(x, {ints}.all(y, y >= x))", "int({str})", "int({dbl})", "int({time})",
    "double({int})", "string({int})", "string({bool})", "string({span})", "string({time})", "bool({str})",
    "{time}.getFullYear()", "{time}.getMonth()", "{time}.getDate()", "{time}.getDayOfMonth()",
    "{time}.getDayOfWeek()", "{time}.getDayOfYear()", "{time}.getHours()", "{time}.getMinutes()",
    "{time}.getSeconds()", "{time}.getMilliseconds()", "{time}.getHours(\"Europe/Berlin\")",
    "{time}.getMinutes(\"-02:30\")", "{span}.getHours()", "{span}.getMinutes()",
    "{span}.getSeconds()", "{span}.getMilliseconds()", "timestamp({int})", "has(m.a)", "m.a",
)  # fmt: skip


@cache
def schema() -> Schema:
    return Schema(ROOTS)


def inputs(draw: random.Random) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, kind in ROOTS.items():
        if kind == "list(int)":
            values[name] = tuple(draw.choices(INTS, k=draw.randint(0, 3)))
        elif kind == "list(string)":
            values[name] = tuple(draw.choices(TEXTS, k=draw.randint(0, 3)))
        elif kind == "map(string, int)":
            values[name] = {k: draw.choice(INTS) for k in draw.sample(TEXTS, draw.randint(0, 3))}
        else:
            values[name] = draw.choice(DOMAIN[kind])
    return values


def expression(template: str, draw: random.Random) -> str:
    for kind, atoms in ATOMS.items():
        while (place := f"{{{kind}}}") in template:
            template = template.replace(place, draw.choice(atoms), 1)
    return template


ERROR = object()


def google(text: str, values: dict[str, Any]) -> Any:
    plain = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
    try:
        found = schema().env.compile(text).eval(data=plain)
        value = found.plain_value()
    except RuntimeError:
        return ERROR
    return ERROR if repr(found.type()) == "ERROR" else _frozen(value)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return value


def ours(text: str, values: dict[str, Any]) -> list[Any]:
    """What the judge says and, where it answers, what fast code says."""
    tree = check(text, schema())
    slow = evaluate(tree, {name: partial(values.__getitem__, name) for name in values})
    answers = [ERROR if isinstance(slow, Failure) else slow]
    namespace: dict[str, Any] = {"values": values}

    def keep(value: Any) -> str:
        namespace[name := f"K{len(namespace)}"] = value
        return name

    fast = Fast({n: f"values[{n!r}]" for n in values}, keep, lambda name, value: keep(value))
    lines = "\n".join(fast.value(tree, "result"))
    try:
        exec(lines, namespace)  # noqa: S102 - our own generated code
    except SyntaxError:
        raise
    except Exception:  # noqa: BLE001 - whatever fast code raises sends the caller to the judge
        return answers
    return [*answers, namespace["result"]]


def same(a: Any, b: Any) -> bool:
    if a is ERROR or b is ERROR:
        return a is b
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b):
        return True
    return type(a) is type(b) and equal(a, b)


def difference(template: str, seed: int) -> str | None:
    draw = random.Random(seed)
    text, values = expression(template, draw), inputs(draw)
    try:
        check(text, schema())
    except ValueError:
        return None  # a literal call that fails is refused at load
    wanted = google(text, values)
    for answer in ours(text, values):
        if not same(answer, wanted):
            return f"{text} with {values}: {answer!r}, Google says {wanted!r}"
    return None


@pytest.mark.parametrize("template", TEMPLATES)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_agrees_with_google(template: str, seed: int) -> None:
    assert difference(template, seed) is None


# -- planted faults ------------------------------------------------------------------------------


def _patched(owner: Any, name: str, value: Any) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(owner, name, value)


def _function(name: str, value: Any) -> Callable[[pytest.MonkeyPatch], None]:
    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setitem(FUNCTIONS, name, value)

    return plant


def _hasty(values: Any, decisive: bool) -> Any:
    for value in values:
        if value is not (not decisive):
            return value
    return not decisive


def _whole_in(self: Fast, item: Any, items: Any, out: list[str]) -> str:
    return f"({self._node(item, out)} in {self._node(items, out)})"


def _code(self: Fast, text: str) -> str:
    return f"({text})"


FAULTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "division rounds down": _function("_/_", lambda a, b: a // b),
    "modulo takes the divisor's sign": _function("_%_", lambda a, b: a % b),
    "no overflow, slow": _patched(_values, "whole", lambda v: v),
    "no overflow, fast": _patched(Fast, "_whole", _code),
    "less or equal, fast": _patched(_fast, "_COMPARE", {**_fast._COMPARE, "_<_": "<="}),
    "greater, slow": _function("_>_", lambda a, b: a >= b),
    "&& and || absorb nothing": _patched(_judge, "combine", _hasty),
    "true is 1": _patched(Fast, "_in", _whole_in),
    "size in bytes": _function("size", lambda v: len(v.encode() if isinstance(v, str) else v)),
    "startsWith is endsWith": _patched(
        _fast, "_METHODS", {**_fast._METHODS, "startsWith": "endswith"}
    ),
    "negative index": _function("_[_]", lambda a, b: a[b]),
    "months from one": _function("getMonth", lambda t, z="": t.month),
    "week from Monday": _function("getDayOfWeek", lambda t, z="": t.weekday()),
    "seconds of a duration wrap": _function(
        "getSeconds", lambda t, z="": t.second if isinstance(t, datetime) else t.seconds % 60
    ),
    "int rounds": _function("int", lambda v: round(v) if isinstance(v, float) else int(v)),
    "bool of any text": _function("bool", bool),
    "lists equal by length": _patched(_fast, "equal", lambda a, b: len(a) == len(b)),
    "contains either way": _function("contains", lambda a, b: b in a or a in b),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    schema().cache.clear()
    FAULTS[name](monkeypatch)
    try:
        found = next((d for seed in range(60) for t in TEMPLATES if (d := _broken(t, seed))), None)
    finally:
        schema().cache.clear()
    assert found, f"no generated case notices: {name}"


def _broken(template: str, seed: int) -> str | None:
    try:
        return difference(template, seed)
    except Exception as error:  # noqa: BLE001 - a fault may break more than a value
        return repr(error)
