"""How a text, number, boolean or null is written."""

import re
from typing import Any

# A text that needs no quotes in any reader of YAML, 1.1 or 1.2, wherever it stands: the rest keeps
# the quotes that its author gave it.
_PLAIN = re.compile(r"[A-Za-z_/](?:[A-Za-z0-9_/.()$+=~;<>^ -]|:(?! |$)|[^\x00-\x7f])*(?<! )")
_PLAIN_IN_FLOW = re.compile(r"[A-Za-z_/](?:[A-Za-z0-9_/.()$+=~;<>^ -]|[^\x00-\x7f])*(?<! )")
_WORDS = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n"])
_UNQUOTABLE = re.compile(r"[\"\\\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff]")
_HEADER = re.compile(r"[|>]([1-9]?)([+-]?)([1-9]?)")


def inline(node: Any, raw: str, *, flow: bool) -> str:
    """A scalar of one line. `raw` is what stands in the file."""
    style = node.style
    if style not in ("'", '"'):
        return raw
    value: str = node.value
    plain = _PLAIN_IN_FLOW if flow else _PLAIN
    if plain.fullmatch(value) and value.casefold() not in _WORDS and value.isprintable():
        return value
    if style == "'" and not _UNQUOTABLE.search(value):
        return f'"{value}"'
    return raw


def folded(raw: str, indent: int) -> list[str]:
    """A plain or quoted scalar of several lines: the first line, and the others at `indent`."""
    first, *rest = raw.split("\n")
    lines = [line.strip(" ") for line in rest]
    return [first.rstrip(" "), *(" " * indent + line if line else "" for line in lines)]


def block(node: Any, source: list[str], indent: int) -> tuple[list[str], int]:
    """A literal or folded scalar: its header, its lines at `indent`; and the number of the source
    line (from 0) after its last. `source` are the lines of the file."""
    start, end = node.start_mark, node.end_mark
    header = _HEADER.match(source[start.line], start.column)
    assert header is not None
    last = end.line if end.column == 0 else end.line + 1
    last = min(last, len(source))
    lines = source[start.line + 1 : last]
    keep = header[2] == "+"
    while lines and not keep and not lines[-1].strip(" "):
        lines.pop()
    after = start.line + 1 + len(lines)
    pad = " " * indent
    if header[1] or header[3] or not any(line.strip(" ") for line in lines):
        return _from_value(node.value, pad), after
    margin = next(len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" "))
    cut = [line[margin:] for line in lines]
    return [header[0], *(pad + line if line else "" for line in cut)], after


def _from_value(value: str, pad: str) -> list[str]:
    """A literal scalar made anew, for one that told its indentation, or that is blank."""
    body = value.rstrip("\n")
    if not body:
        return ['"' + "\\n" * len(value) + '"']
    ends = len(value) - len(body)
    sign = "-" if ends == 0 else "" if ends == 1 else "+"
    told = str(len(pad) - _parent(pad)) if body.startswith((" ", "\n")) else ""
    lines = body.split("\n") + [""] * max(0, ends - 1)
    return [f"|{told}{sign}", *(pad + line if line else "" for line in lines)]


def _parent(pad: str) -> int:
    return max(0, len(pad) - 2)
