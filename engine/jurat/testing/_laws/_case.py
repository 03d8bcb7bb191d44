"""One input with all that is decided about it, and how it is written as a case of tests/*.yaml."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from jurat.canon import format_duration, format_time
from jurat.engine._selftest import COUNTERS
from jurat.model import View, known

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_NOT_WORDS = frozenset({"null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE"})
_SHORT = 60  # characters of a value that stands on the line of its key
# what YAML does not print, and what it takes for the end of a line
_ESCAPED = re.compile(
    "[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


@dataclass(frozen=True, slots=True)
class Trial:
    """An input as it would be sent, when it is judged, and what the caller can do."""

    given: Mapping[str, Any]
    """The document; `type` says whether it is a response or an org_state."""
    now: datetime
    supports: frozenset[str] = frozenset()
    state: Mapping[str, Any] | None = None
    """The armed snapshot, where the input comes from a test case that has one."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """By pointer, facts that the input does not tell; `/counters` are what counters hold."""
    stops: Mapping[str, Any] = field(default_factory=dict)
    """Rows of the table `stops`."""

    @property
    def kind(self) -> str:
        """request, response or org_state."""
        return str(self.given.get("type") or "request")

    def sending(self, given: Mapping[str, Any]) -> "Trial":
        """This trial of another input."""
        return replace(self, given=given)

    def counting(self, held: Mapping[str, int] | None) -> "Trial":
        """This trial with counters that hold `held`, None for ones that can't be read."""
        return replace(self, facts={**self.facts, COUNTERS: held})


def as_case(name: str, trial: Trial, expect: Mapping[str, Any], note: str = "") -> str:
    """The trial as an item of tests/*.yaml, with what it should come to and a remark on that."""
    given = {key: value for key, value in trial.given.items() if key != "type"}
    lines = [f"- name: {_flow(name)}", f"  now: {format_time(trial.now)}"]
    if trial.kind != "request":
        lines.append(f"  type: {trial.kind}")
    if trial.supports:
        lines.append(f"  supports: {_flow(sorted(trial.supports))}")
    lines += _entry("given", given, 2)
    for key, value in (("state", trial.state), ("facts", trial.facts), ("stops", trial.stops)):
        if value:
            lines += _entry(key, _sent(value), 2)
    if note:
        lines += [f"  # {line}" for line in note.split("\n")]
    lines.append(f"  expect: {_flow(expect)}")
    return "\n".join(lines) + "\n"


def _sent(value: Any) -> Any:
    """A value as it stands in YAML; of a row, the columns that it has."""
    match value:
        case View():
            return {k: v for k, v in _sent(known(value)).items() if v is not None and k != "id"}
        case Mapping():
            return {key: _sent(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_sent(item) for item in value]
        case datetime():
            return format_time(value)
        case timedelta():
            return format_duration(value)
    return value


def _entry(key: str, value: Any, depth: int) -> Iterator[str]:
    """`key: value`, a mapping that is too long for a line as a block."""
    start = f"{' ' * depth}{_key(key)}:"
    flow = _flow(value)
    if isinstance(value, Mapping) and value and len(flow) > _SHORT:
        yield start
        for inner, below in value.items():
            yield from _entry(str(inner), below, depth + 2)
    elif isinstance(value, list | tuple) and value and len(flow) > _SHORT:
        yield start
        for item in value:
            yield f"{' ' * depth}  - {_flow(item)}"
    else:
        yield f"{start} {flow}"


def _flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(str(k))}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, str):
        return value if _plain(value) else _quoted(value)
    return json.dumps(value)


def _key(key: str) -> str:
    return key if _plain(key) else _quoted(key)


def _plain(text: str) -> bool:
    return _WORD.fullmatch(text) is not None and text not in _NOT_WORDS


def _quoted(text: str) -> str:
    # of a character beyond 16 bits JSON writes two escapes, which YAML reads as two characters
    return _ESCAPED.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\U{number:08x}" if number > 0xFFFF else f"\\u{number:04x}"
