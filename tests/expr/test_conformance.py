"""The public conformance cases of CEL: what lies in our types and functions passes, fast and slow.

What is left out is left out by rule, and counted, so that nothing moves silently.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from jurat.expr import ConditionError, Schema
from jurat.expr._check import check
from jurat.expr._condition import Condition, Roots
from jurat.expr._fast import Fast
from jurat.expr._judge import Failure, evaluate
from jurat.expr._values import equal, to_duration, to_timestamp

SHARED = Path(__file__).parents[2].parent / "shared" / "cel-conformance"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/cel-conformance is absent")

# reason -> how a case is recognised: whole files, then patterns over the text and the data
_FILES = {
    "string_ext": "extension library we don't have",
    "math_ext": "extension library we don't have",
    "encoders_ext": "extension library we don't have",
    "bindings_ext": "extension library we don't have",
    "network_ext": "extension library we don't have",
    "optionals": "optionals",
    "macros2": "macros with two variables",
}
_TEXT = [
    ("messages are not built", re.compile(r"google\.protobuf\.\w+\s*\{|\bjurat\w*\{")),
    ("uint", re.compile(r"\b(0x[0-9a-fA-F]+|\d+)[uU]\b|\buint\b")),
    ("bytes", re.compile(r"\b(?:[rR]?[bB][rR]?)(?=[\"'])|\bbytes\b")),
    ("dyn", re.compile(r"\bdyn\(")),
    ("types as values", re.compile(r"\btype\(|\b(bool|int|double|string|list|map|null_type|type)\b(?!\()")),
    ("optionals", re.compile(r"\boptional\.")),
    ("nanoseconds", re.compile(r"\.\d{7,9}Z|\dns'")),
]  # fmt: skip
COUNTS = {
    "in scope": 604,
    "extension library we don't have": 493,
    "uint": 176,
    "bytes": 113,
    "dyn": 85,
    "unchecked": 66,
    "optionals": 62,
    "macros with two variables": 46,
    "messages are not built": 28,
    "types as values": 28,
    "lists and maps of mixed types": 19,
    "containers and qualified names": 13,
    "nanoseconds": 6,
    "functions of the test": 5,
    "variable of another type": 2,
}


def _native(value: Mapping[str, Any]) -> Any:
    ((kind, inner),) = value.items()
    match kind:
        case "null":
            return None
        case "double":
            return float(inner)
        case "list":
            return tuple(map(_native, inner))
        case "map":
            return {_native(key): _native(item) for key, item in inner}
        case "timestamp":
            return to_timestamp(inner)
        case "duration":
            return to_duration(inner)
        case "bool" | "int" | "string":
            return inner
    raise ValueError(kind)


def _cases() -> Iterator[dict[str, Any]]:
    for path in sorted(SHARED.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            yield json.loads(line)


def _without_strings(text: str) -> str:
    return re.sub(r"""(?<![\w])[rR]?("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""", "''", text)


def reason(case: Mapping[str, Any]) -> str | None:
    """Why a case is out of scope; None for one that must pass."""
    if case["file"] in _FILES:
        return _FILES[case["file"]]
    if case.get("disable_check"):
        return "unchecked"
    if case.get("container") or any("." in entry["name"] for entry in case.get("type_env", ())):
        return "containers and qualified names"
    if any("overloads" in entry for entry in case.get("type_env", ())):
        return "functions of the test"
    text = case["expr"]
    for why, pattern in _TEXT:
        subject = text if why in ("bytes", "nanoseconds") else _without_strings(text)
        if pattern.search(subject):
            return why
    declared = " ".join(entry["type"] for entry in case.get("type_env", ()))
    if re.search(r"uint|bytes|dyn|type|null|google|wrapper|[A-Z]", declared):
        return "variable of another type"
    if _mixes_types(case):
        return "lists and maps of mixed types"
    return None


def _mixes_types(case: Mapping[str, Any]) -> bool:
    try:
        check(case["expr"], Schema(_roots(case)))
    except ConditionError as error:
        return any("values of type dyn" in problem.message for problem in error.problems)
    return False


def _roots(case: Mapping[str, Any]) -> dict[str, str]:
    return {e["name"]: e["type"].replace("int64", "int") for e in case.get("type_env", ())}


def outcome(case: Mapping[str, Any]) -> str:
    """`pass`, `refused` or what went wrong."""
    try:
        tree = check(case["expr"], Schema(_roots(case)))
    except ConditionError as error:
        return "pass" if "eval_error" in case else f"refused: {error.problems[0].message}"
    if case.get("check_only"):
        return "pass"
    values = {name: _native(value) for name, value in case.get("bindings", {}).items()}
    known = {**values, **{f".{name}": value for name, value in values.items()}}
    slow = evaluate(tree, {name: partial(known.__getitem__, name) for name in known})
    if "eval_error" in case:
        if not isinstance(slow, Failure):
            return f"no error but {slow!r}"
    else:
        wanted = _native(case["value"])
        same = type(slow) is type(wanted) and (equal(slow, wanted) or _nan(slow))
        if not same:
            return f"{slow!r} is not {wanted!r}"
    try:
        fast = run_fast(tree, known)
    except Exception:  # noqa: BLE001 - whatever fast code raises sends the caller to the judge
        return "pass"
    if isinstance(slow, Failure) or not (equal(fast, slow) or _nan(fast)):
        return f"fast {fast!r} is not {slow!r}"
    return "pass"


def _nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def run_fast(tree: Any, values: Mapping[str, Any]) -> Any:
    namespace: dict[str, Any] = {"values": values}

    def keep(value: Any) -> str:
        namespace[name := f"K{len(namespace)}"] = value
        return name

    fast = Fast({n: f"values[{n!r}]" for n in values}, keep, lambda n, f: keep(f))
    exec("\n".join(fast.value(tree, "result")), namespace)  # noqa: S102 - our own generated code
    return namespace["result"]


def test_every_case_in_scope_passes() -> None:
    wrong = []
    for case in _cases():
        if reason(case) is None and (what := outcome(case)) != "pass":
            wrong.append(
                f"{case['file']}/{case['section']}/{case['name']}: {case['expr']}: {what}"
            )
    assert wrong == []


def test_no_case_moves_silently() -> None:
    counts = Counter(reason(case) or "in scope" for case in _cases())
    assert counts == COUNTS


def test_roots_reach_a_condition() -> None:
    schema = Schema({"x": "int"})
    condition = Condition("x > 1", check("x > 1", schema), schema, Roots({"x": "target"}))
    assert condition.function([0])(2, None, None) is True
