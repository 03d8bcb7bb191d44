"""Text to checked tree, or everything that is wrong with it. The only caller of the checker."""

import re
from collections.abc import Callable
from difflib import get_close_matches

from ._functions import ADDED, PREPARED
from ._problem import ConditionError, Problem, problem
from ._schema import Schema
from ._tree import Reader
from ._types import Call, Const, Fold, Items, Node, Pairs, Select, Type, children
from ._values import FUNCTIONS, EvalError
from ._wire import parse

MAX_TEXT = 4096
_BLOCK = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*?)(?=\n \||\nERROR:|\Z)", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_FIELD = re.compile(r"undefined field '(.*?)' not found in struct '(.*?)'")
_NAME = re.compile(r"undeclared reference to '(.*?)'")
_OVERLOAD = re.compile(r"found no matching overload for '(.*?)' applied to '\((.*)\)'")
_FUNCTIONS = sorted({*(name for name in FUNCTIONS if name.isalpha()), *ADDED, "age", "exists", "all",
                     "exists_one", "map", "filter", "has"})  # fmt: skip
_LOGIC = frozenset({"_&&_", "_||_", "!_", "_?_:_", "age"})

Words = Callable[[str], frozenset[str] | None]


def check(text: str, schema: Schema) -> Node:
    """The checked tree of `text`, literal calls folded. Raises ConditionError."""
    key = (text,)
    if key not in schema.cache:
        try:
            schema.cache[key] = _check(text, schema)
        except ConditionError as error:
            schema.cache[key] = error.problems
    found = schema.cache[key]
    if isinstance(found, tuple):
        raise ConditionError(found)
    node: Node = found
    return node


def _check(text: str, schema: Schema) -> Node:
    if len(text) > MAX_TEXT:
        raise ConditionError([Problem(1, 1, 1, f"a condition has at most {MAX_TEXT} characters",
                                      "split the rule, or move lists to a table")])  # fmt: skip
    if not text.strip():
        raise ConditionError(
            [
                Problem(
                    1,
                    1,
                    1,
                    "the condition is empty",
                    "leave `when` out for a rule that always applies",
                )
            ]
        )
    if not text.isascii() and _SURROGATE.search(text):
        raise ConditionError([Problem(1, 1, 1, "the condition holds a lone surrogate")])
    try:
        compiled = schema.env.compile(text)
    except RuntimeError as error:
        raise ConditionError(_placed(text, str(error), schema)) from None
    try:
        reader = Reader(text, parse(compiled.serialize()))
        node = reader.read()
    except (RecursionError, ValueError, RuntimeError):
        deep = Problem(1, 1, 1, "the condition is nested too deep")
        raise ConditionError([deep]) from None
    except Exception as error:
        if type(error).__name__ != "DecodeError":
            raise
        raise ConditionError([Problem(1, 1, 1, "the condition is nested too deep")]) from None
    if not reader.problems:
        node = _Refuse(reader).visit(node)
    if reader.problems:
        raise ConditionError(reader.problems)
    return node


def _placed(text: str, error: str, schema: Schema) -> list[Problem]:
    lines = text.split("\n")
    found = []
    for line, column, message in _BLOCK.findall(error):
        at = sum(len(part) + 1 for part in lines[: int(line) - 1]) + int(column) - 1
        found.append(_told(text, at, message, schema))
    # what only follows from another mistake is none of its own
    found = [one for one in found if "*error*" not in one.message] or found
    return found or [Problem(1, 1, 1, "the condition can't be parsed", "is it nested too deep?")]


def suggest(word: str, words: object) -> str:
    """The "did you mean" of `word`, or some of the words that there are."""
    known = sorted(words)  # type: ignore[call-overload]  # any iterable of str
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"known: {', '.join(known[:12])}{', …' if len(known) > 12 else ''}" if known else ""


def _told(text: str, at: int, message: str, schema: Schema) -> Problem:
    if match := _FIELD.search(message):
        name, struct = match.groups()
        made = schema.objects.get(struct)
        start = text.find(name, at)
        start = start if start >= 0 else at
        if made and name in made.text:
            return problem(
                text,
                start,
                len(name),
                f"rules read no text: {name}",
                "what reads text is a detector; use a rule kind like pii.patterns",
            )
        title = made.title if made else "this"
        help = suggest(name, made.fields if made else ())
        return problem(text, start, len(name), f"unknown field {name} of {title}", help)
    if match := _NAME.search(message):
        return _unknown_name(text, at, match[1], schema)
    if match := _OVERLOAD.search(message):
        return _overload(text, at, match[1], match[2].replace("jurat.", ""))
    message = message.replace("jurat.", "").replace("Syntax error: ", "syntax: ").strip()
    message = re.sub(r" expecting \{?.*", "", message, flags=re.DOTALL)
    return problem(text, at, 1, message)


def _unknown_name(text: str, at: int, name: str, schema: Schema) -> Problem:
    head = name.split(".")[0]
    if at < len(text) and text[at] == "(" and text[:at].rstrip().endswith(name):
        start = text.rfind(name, 0, at)
        if name in ("exists", "all", "exists_one", "map", "filter", "has"):
            return problem(
                text,
                start,
                len(name),
                f"{name} is not used like this",
                f"write list.{name}(x, …)" if name != "has" else "write has(a.b)",
            )
        return problem(
            text, start, len(name), f"unknown function {name}", suggest(name, _FUNCTIONS)
        )
    start = at
    if not text.startswith(head, at):
        start = max(text.rfind(head, 0, at), 0)
    return problem(text, start, len(head), f"unknown variable {head}", suggest(head, schema.roots))


def _overload(text: str, at: int, function: str, types: str) -> Problem:
    shown = re.sub(r"wrapper\((\w+)\)", r"\1", types)
    shown = shown.replace("google.protobuf.", "").lower().replace("null_type", "null")
    kinds = set(shown.split(", "))
    symbol = function.strip("@_!").replace("_", " ") or function
    help = ""
    if {"int", "double"} <= kinds:
        help = "write a whole number: the field holds whole numbers"
    elif "timestamp" in kinds and "string" in kinds:
        help = 'write the time as timestamp("2026-05-25T12:00:00Z")'
    elif "duration" in kinds and kinds & {"string", "int"}:
        help = 'write the duration as duration("90d")'
    elif "null" in kinds and any(k.startswith(("list", "map")) for k in kinds):
        help = "an absent list reads as empty: test it with size(…) == 0"
    elif {"int", "string"} <= kinds or {"bool", "string"} <= kinds:
        help = "put text in quotes, and numbers, true and false without"
    return problem(text, at, max(1, len(symbol)), f"{symbol} does not work on {shown}", help)


class _Refuse:
    """Walks a tree: refuses what we don't compile, folds literal calls."""

    def __init__(self, reader: Reader) -> None:
        self.refuse = reader.refuse

    def visit(self, node: Node, dyn: bool = False) -> Node:
        match node:
            case Select():
                node = Select(node.type, node.at, self.visit(node.operand), node.field, node.test)
            case Call():
                mixed = node.function == "@in"
                args = tuple(self.visit(a, mixed and n == 1) for n, a in enumerate(node.args))
                node = self._call(Call(node.type, node.at, node.function, args))
            case Items():
                constant = all(isinstance(item, Const) for item in node.items)
                allowed = (dyn and constant) or not node.items
                node = Items(node.type, node.at, tuple(self.visit(i) for i in node.items))
                if allowed:
                    return node
            case Pairs():
                pairs = tuple((self.visit(k), self.visit(v)) for k, v in node.items)
                node = Pairs(node.type, node.at, pairs)
                if not pairs:
                    return node
                if pairs[0][0].type.kind not in ("string", "int", "bool"):
                    self.refuse(node.at, "a map's keys are strings, ints or bools")
            case Fold():
                keep = None if node.keep is None else self.visit(node.keep)
                node = Fold(
                    node.type,
                    node.at,
                    node.macro,
                    node.var,
                    self.visit(node.over),
                    self.visit(node.body),
                    keep,
                )
        self._typed(node)
        return node

    def _typed(self, node: Node) -> None:
        stack = [node.type]
        while stack:
            type = stack.pop()
            if type.kind in ("dyn", "uint", "bytes", "type"):
                if not any(c.type == node.type for c in children(node)):  # told where it begins
                    self.refuse(
                        node.at,
                        f"values of type {type.kind} are not supported",
                        "lists and maps hold values of one type, keys are strings"
                        if type.kind == "dyn"
                        else "",
                    )
                return
            stack += type.args

    def _call(self, node: Call) -> Node:
        name, args = node.function, node.args
        if name not in FUNCTIONS and name not in ADDED and name not in _LOGIC:
            self.refuse(node.at, f"{name} is not supported in conditions")
            return node
        if name in ("_==_", "_!=_", "@in") and all(_message(a.type) for a in args):
            self.refuse(node.at, "objects can't be compared", "compare a field, like their id")
        if name == "matches" and not isinstance(args[1], Const):
            self.refuse(node.at, "matches takes a literal pattern only")
            return node
        if name in PREPARED and (literal := _literal(args[-1])) is not None:
            try:
                PREPARED[name](literal)
            except EvalError as error:
                self.refuse(args[-1].at, str(error))
        if name not in _LOGIC and name != "@in" and all(isinstance(a, Const) for a in args):
            return self._folded(node)
        return node

    def _folded(self, node: Call) -> Node:
        function = FUNCTIONS.get(node.function) or ADDED[node.function]
        try:
            value = function(*(a.value for a in node.args if isinstance(a, Const)))
        except EvalError as error:
            if node.function.isalpha():  # arithmetic that fails may be absorbed
                self.refuse(node.args[0].at, str(error))
            return node
        except (TypeError, AttributeError):
            return node
        return Const(node.type, node.at, value)


def _message(type: Type) -> bool:
    return type.kind == "message" or any(_message(arg) for arg in type.args)


def _literal(node: Node) -> object:
    if isinstance(node, Const):
        return node.value
    if isinstance(node, Items) and all(isinstance(i, Const) for i in node.items):
        return tuple(i.value for i in node.items if isinstance(i, Const))
    return None
