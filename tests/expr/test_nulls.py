"""Fields that are null, against Google's evaluator over protobuf wrappers."""

import itertools
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from jurat.expr import Condition, Schema, compile_condition
from jurat.expr._schema import _pool
from jurat.model import Model, build, view_class

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)


class Row(Model):
    n: int | None = None
    s: str | None = None
    b: bool | None = None
    at: datetime | None = None


# No null time: Google's evaluator reads one as 1970, where ours is null (a null is known to be absent).
VALUES: dict[str, tuple[Any, ...]] = {
    "n": (None, 0, 5), "s": (None, "", "a"), "b": (None, False, True),
    "at": (datetime(2026, 1, 1, tzinfo=UTC),),
}  # fmt: skip
TEXTS = (
    "r.n == 0", "r.n != 5", "r.n > 3", "r.n <= 0", "r.n in [0, 5]", "r.n + 1 == 6", "r.n == null",
    "r.n != null", '"" == r.s', 'r.s != "a"', 'r.s < "b"', 'r.s in ["a", ""]', 'r.s + "b" == "ab"',
    'r.s.startsWith("a")', "size(r.s) == 1", "r.s == null", "null != r.s", "r.at == null",
    'r.at > timestamp("2025-01-01T00:00:00Z")', 'now - r.at > duration("24h")', "r.b == true",
    "r.b != false", "r.b == null", "-r.n < 0", "10 / r.n == 2", 'r.s.matches("a")',
    'r.b == null || r.n == 5', 'r.n > 3 && r.s == "a"', "[1].exists(x, x == r.n)",
    '{"a": 1, "": 2}[r.s] == 1', "r.n == 5 ? r.s == null : r.b == null",
)  # fmt: skip


@cache
def world() -> tuple[Schema, Any, Any]:
    from cel_expr_python import cel  # type: ignore[import-untyped]  # no py.typed
    from google.protobuf import message_factory

    schema = Schema({"r": Row})
    pool = _pool(schema.objects)
    made = message_factory.GetMessageClass(pool.FindMessageTypeByName("jurat.Row"))
    variables = {"r": cel.Type("jurat.Row"), "now": cel.Type.TIMESTAMP}
    return schema, cel.NewEnv(descriptor_pool=pool, variables=variables), made


def google(text: str, values: dict[str, Any]) -> Any:
    _, env, made = world()
    message = made()
    for name, value in values.items():
        if isinstance(value, datetime):
            message.at.FromDatetime(value)
        elif value is not None:
            getattr(message, name).value = value
            getattr(message, name).SetInParent()
    found = env.compile(text).eval(data={"r": message, "now": NOW})
    return "error" if repr(found.type()) == "ERROR" else found.plain_value()


@pytest.mark.parametrize("text", TEXTS)
def test_null_is_what_google_says(text: str) -> None:
    condition = compile_condition(text, world()[0], where={"r": "target"})
    used = [name for name in VALUES if f"r.{name}" in text]
    for chosen in itertools.product(*(VALUES[name] for name in used)):
        values = dict(zip(used, chosen, strict=True))
        wanted = google(text, values)
        view = build(view_class(Row), {**dict.fromkeys(VALUES), **values})
        which = range(len(condition.conjuncts))
        truth = condition.judge(which, view, None, NOW)
        assert ("error" if truth.error else truth.value) == wanted, values
        assert fast(condition, view) in (wanted, "raised"), values


def fast(condition: Condition, view: Any) -> Any:
    try:
        return condition.function(range(len(condition.conjuncts)))(view, None, NOW)
    except Exception:  # noqa: BLE001 - whatever fast code raises sends the caller to the judge
        return "raised"
