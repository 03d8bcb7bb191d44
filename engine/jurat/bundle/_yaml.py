"""YAML to nodes: the part of YAML that means what it looks like, and nothing of the rest.

Scalars follow the core schema of YAML 1.2 (section 10.3.2), keys too: `NO` is a text and `on` a
key. PyYAML (its C parser where there is one) splits the text into nodes; it neither resolves nor
constructs anything here.
"""

import math
import re
from functools import cache
from typing import Any

from ._diagnostic import Diagnostic
from ._nodes import Mapping, Node, Scalar, Sequence, SourceFile

MAX_DEPTH = 64

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)"
    r"|\.(?:nan|NaN|NAN)",
    re.ASCII,
)
_NUMERIC = frozenset("+-.0123456789")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# YAML 1.2 section 5.1, c-printable, without the tab
_FORBIDDEN = re.compile(
    "[^\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
# Where an anchor, alias or bare tag might stand; a parse then tells whether it is one.
_SUSPECT = re.compile(r"(?:^|[\s\[{,:])(?:[&*][0-9A-Za-z_-]|!(?=[\s,\[\]{}]|$))", re.MULTILINE)
_MAX_DIGITS = 400


class _TooDeep(Exception):
    def __init__(self, mark: Any) -> None:
        self.mark = mark


def parse(file: SourceFile) -> tuple[Node | None, list[Diagnostic]]:
    """The tree of a file (None if it is empty or no YAML), and everything wrong with its form."""
    _, tree, problems = composed(file)
    return tree, problems


def composed(file: SourceFile) -> tuple[Any, Node | None, list[Diagnostic]]:
    """As `parse`, with PyYAML's node of the root before it: that knows where each part ends, and
    how a collection is written."""
    if found := _FORBIDDEN.search(file.text):
        return None, None, [_forbidden(file, found)]
    import yaml

    try:
        root = _compose(file.text)
        suspect = root is not None and _SUSPECT.search(file.text)
        if suspect and (problems := _references(file)):
            return None, None, problems
    except _TooDeep as error:
        line, column = error.mark.line + 1, error.mark.column + 1
        message = f"nested more than {MAX_DEPTH} deep"
        return None, None, [file.problem("JB010", message, line, column)]
    except yaml.MarkedYAMLError as error:
        return None, None, [_syntax(file, error)]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return None, None, [file.problem("JB005", f"no YAML: {_first_line(error)}", 1, 1)]
    if root is None:
        return None, None, []
    converter = _Converter(file)
    return root, converter.convert(root), converter.problems


def _compose(text: str) -> Any:
    loader = _loader_class()(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


@cache
def _loader_class() -> Any:
    import yaml
    from yaml.composer import Composer
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class Plain:
        """In place of PyYAML's resolver: gives no node a tag, and bounds the depth."""

        depth = 0

        def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
            return ""

        def descend_resolver(self, parent: Any, index: Any) -> None:
            self.depth += 1
            if self.depth > MAX_DEPTH + 1:
                raise _TooDeep(parent.start_mark)

        def ascend_resolver(self) -> None:
            self.depth -= 1

    if hasattr(yaml, "CSafeLoader"):
        from yaml._yaml import CParser

        class Fast(Plain, CParser):
            def __init__(self, text: str) -> None:
                CParser.__init__(self, text)

        return Fast

    class Slow(Plain, Reader, Scanner, Parser, Composer):
        def __init__(self, text: str) -> None:
            Reader.__init__(self, text)
            Scanner.__init__(self)
            Parser.__init__(self)
            Composer.__init__(self)

    return Slow


def _references(file: SourceFile) -> list[Diagnostic]:
    """The anchors, aliases and bare tags of a text that may have some."""
    import yaml

    problems = []
    loader = yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader
    for event in yaml.parse(file.text, Loader=loader):
        if isinstance(event, yaml.AliasEvent):
            what = f"*{event.anchor} is an alias"
        elif isinstance(event, yaml.NodeEvent) and event.anchor:
            what = f"&{event.anchor} is an anchor"
        elif getattr(event, "tag", None) == "!":
            what = "! is a tag"
        else:
            continue
        mark: Any = event.start_mark
        problems.append(_feature(file, what, mark.line + 1, mark.column + 1))
    return problems


def _feature(file: SourceFile, what: str, line: int, column: int) -> Diagnostic:
    help = (
        "write the value out, in quotes if it is a text; what is needed often can be a parameter"
    )
    return file.problem("JB009", f"{what}, which a bundle may not have", line, column, help=help)


def _forbidden(file: SourceFile, found: re.Match[str]) -> Diagnostic:
    before = file.text[: found.start()].splitlines(keepends=True) or [""]
    last = before[-1]
    if last.endswith(("\n", "\r", "\x85", "\u2028", "\u2029")):
        line, column = len(before) + 1, 1
    else:
        line, column = len(before), len(last) + 1
    if found.group() == "\t":
        help = 'indent with spaces; inside a text write "\\t" in double quotes'
        return file.problem("JB006", "a tab character", line, column, help=help)
    message = f"the character U+{ord(found.group()):04X}, which YAML does not allow"
    return file.problem("JB007", message, line, column)


def _syntax(file: SourceFile, error: Any) -> Diagnostic:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    text = error.problem or error.context or "cannot be read"
    if "single document" in (error.context or ""):
        line, column = (mark.line + 1, 1) if mark else (1, 1)
        return _feature(file, "another document starts here", line, column)
    if "undefined alias" in text:
        return _feature(file, f"{text.replace('found undefined ', '')} is none", line, column)
    help = f"{error.context} at line {error.context_mark.line + 1}" if error.context_mark else ""
    if "cannot start any token" in text or "mapping values are not allowed" in text:
        help = "write the value in quotes" + (f"; {help}" if help else "")
    return file.problem("JB005", f"no YAML: {text}", line, column, help=help)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or ["cannot be read"])[0]


class _Converter:
    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.problems: list[Diagnostic] = []

    def convert(self, node: Any) -> Node:
        start = node.start_mark
        line, column = start.line + 1, start.column + 1
        end = node.end_mark
        length = end.column - start.column if end.line == start.line else 1
        if node.tag:
            self.problems.append(_feature(self.file, f"{_tag(node.tag)} is a tag", line, column))
        value = node.value
        if isinstance(value, str):
            return self._scalar(value, node.style or "", line, column, length)
        if node.id == "sequence":
            sequence = Sequence(self.file, line, column, length)
            sequence.items = [self.convert(item) for item in value]
            return sequence
        mapping = Mapping(self.file, line, column, length)
        entries = mapping.entries
        for key_node, value_node in value:
            if (key := self._key(key_node)) is None:
                continue
            if key.text in entries:
                first = entries[key.text][0].line
                help = f"it stands first in line {first}; remove one of the two"
                message = f"the key `{key.text[:100]}` stands twice"
                self.problems.append(key.problem("JB008", message, help))
                continue
            entries[key.text] = (key, self.convert(value_node))
        return mapping

    def _key(self, node: Any) -> Scalar | None:
        key = self.convert(node)
        if not isinstance(key, Scalar):
            self.problems.append(key.problem("JB012", f"a key is a text, not {key.what}"))
            return None
        if key.text == "<<" and not key.style:
            self.problems.append(_feature(self.file, "<< is a merge key", key.line, key.column))
            return None
        if not isinstance(key.value, str):
            message = f"the key {key.text[:40] or 'that is empty'} is no text"
            help = f'write it in quotes: "{key.text[:40]}"' if key.text else ""
            self.problems.append(key.problem("JB012", message, help))
            return None
        return key

    def _scalar(self, text: str, style: str, line: int, column: int, length: int) -> Scalar:
        value: Any = text
        if not style:
            if text in _WORDS:
                value = _WORDS[text]
            elif text[0] in _NUMERIC:
                value = _number(text)
        scalar = Scalar(self.file, line, column, length, value, text, style)
        if value is _OUT_OF_RANGE:
            scalar.value = text
            message = f"{text[:40]} is out of range"
            help = "whole numbers have 64 bits and numbers are finite; a text stands in quotes"
            self.problems.append(scalar.problem("JB013", message, help))
        elif style == '"' and not text.isascii() and _has_surrogate(text):
            scalar.value = scalar.text = "?"
            message = "an escape for half a character (a lone surrogate)"
            self.problems.append(scalar.problem("JB007", message))
        return scalar


_OUT_OF_RANGE = object()


def _number(text: str) -> Any:
    if _INT.fullmatch(text):
        if len(text) > _MAX_DIGITS:
            return _OUT_OF_RANGE
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        whole = int(text[2:] if base != 10 else text, base)
        return whole if -(2**63) <= whole < 2**63 else _OUT_OF_RANGE
    if _FLOAT.fullmatch(text):
        if text[-1].isalpha():  # an infinity or not a number
            return _OUT_OF_RANGE
        real = float(text)
        return real if math.isfinite(real) else _OUT_OF_RANGE
    return text


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def _tag(tag: str) -> str:
    return "!" + tag.removeprefix("!").removeprefix("tag:yaml.org,2002:")[:40]
