"""What a model refused, told at the place in the file and without names of our classes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from jurat.model import mapped_model, nested_model
from jurat.plugin import ParamError

from ._diagnostic import Diagnostic, mend, nearest
from ._nodes import Mapping, Node, Scalar, Sequence, described
from ._shape import shown

_WANTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "none_required": "null",
}
_KEYS = ("extra_forbidden", "missing")  # about the keys of what is right otherwise
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}


@dataclass(slots=True)
class _Refusal:
    node: Node
    depth: int
    branch: tuple[Node, str] | None
    """The node that a union stands at, and which alternative this is about."""
    kind: str
    message: str
    help: str
    wanted: str
    means: tuple[str, ...]
    """The way to the key that is missing, or that a misspelt one means."""


def refusals(
    root: Node, error: ValidationError, code: str, model: type[BaseModel], what: str
) -> Iterator[Diagnostic]:
    """The diagnostics for what `model` refused of the value at `root`.

    `what` names the whole in messages. Of a value that may be one of several things, only what
    comes nearest is told.
    """
    unions: dict[int, list[_Refusal]] = {}
    found = [_refusal(root, detail, model, what) for detail in error.errors(include_url=False)]
    meant = {refusal.means for refusal in found if refusal.kind == "extra_forbidden"}
    for refusal in found:
        if refusal.kind == "missing" and refusal.means in meant:
            continue  # a misspelt key is not missing, too
        if refusal.branch is None:
            yield refusal.node.problem(code, refusal.message, refusal.help)
        else:
            unions.setdefault(id(refusal.branch[0]), []).append(refusal)
    for alternatives in unions.values():
        yield from _nearest(alternatives, code)


def _nearest(alternatives: list[_Refusal], code: str) -> Iterator[Diagnostic]:
    deepest = max(alternatives, key=lambda refusal: (refusal.depth, refusal.kind in _KEYS))
    union, branch = deepest.branch or (deepest.node, "")
    if deepest.node is not union or deepest.kind in _KEYS:
        for refusal in alternatives:
            if refusal.branch == (union, branch):
                yield refusal.node.problem(code, refusal.message, refusal.help)
        return
    wanted = list(dict.fromkeys(refusal.wanted for refusal in alternatives if refusal.wanted))
    if len(wanted) > 1:
        message = f"{' or '.join(wanted)} is needed here, not {described(union)}"
        yield union.problem(code, message, next((r.help for r in alternatives if r.help), ""))
    else:
        yield union.problem(code, alternatives[0].message, alternatives[0].help)


def _refusal(root: Node, detail: Any, model: type[BaseModel], what: str) -> _Refusal:
    node, depth, branch = root, 0, None
    kind = detail["type"]
    loc = detail["loc"]
    level: _Level = model
    name = ""
    key: Scalar | None = None
    for position, step in enumerate(loc):
        last = position == len(loc) - 1
        if isinstance(node, Mapping) and step in node.entries:
            if last and kind == "extra_forbidden":
                key, name = node.entries[step][0], str(step)
                break
            key, node = node.entries[str(step)]
            level = _below(level, str(step))
            depth += 1
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            depth += 1
        elif last and kind == "missing":
            name = str(step)
        elif step == "[key]":
            node = key or node
        else:  # the name of an alternative
            branch = branch or (node, str(step))
            level = _alternative(model, loc, str(step)) or level
    here = level if isinstance(level, type) else None
    message, help, wanted = _worded(detail, kind, node, name, what, here)
    at = key if kind == "extra_forbidden" and key is not None else node
    key_meant = nearest(name, _names(here)) if kind == "extra_forbidden" else name
    means = (*map(str, loc[:-1]), key_meant or "")
    return _Refusal(at, depth, branch, kind, message, help, wanted, means)


# The model whose keys stand at a node; in a list of one, the model of a map's values.
_Level = type[BaseModel] | list[type[BaseModel]] | None


def _below(level: _Level, step: str) -> _Level:
    if isinstance(level, list):
        return level[0]
    for attribute, field in (level.model_fields if level else {}).items():
        if step == (field.alias or attribute):
            mapped = mapped_model(field.annotation)
            return [mapped] if mapped else nested_model(field.annotation)[0]
    return None


def _alternative(model: type[BaseModel], loc: Any, label: str) -> type[BaseModel] | None:
    """The model among a field's alternatives that an error's location names."""
    field = model.model_fields.get(str(loc[0]))
    return _named(field.annotation, label) if field else None


def _named(annotation: Any, label: str) -> type[BaseModel] | None:
    if isinstance(annotation, type) and get_origin(annotation) is None:
        is_it = issubclass(annotation, BaseModel) and annotation.__name__ == label
        return annotation if is_it else None
    found = (_named(arg, label) for arg in get_args(annotation))
    return next((model for model in found if model), None)


def _worded(
    detail: Any, kind: str, node: Node, name: str, what: str, level: type[BaseModel] | None
) -> tuple[str, str, str]:
    """Message, help, and what would have been right there."""
    context = detail.get("ctx") or {}
    if kind == "extra_forbidden":
        return f"`{name[:100]}` is no key of {what}", mend(name, _names(level)), ""
    if kind == "missing":
        return f"`{name}` is missing from {what}", _about(level, name), ""
    if kind in _WANTED:
        wanted = _WANTED[kind]
        return f"{wanted} is needed here, not {described(node)}", _quoted(kind, node), wanted
    if kind in ("literal_error", "enum"):
        words = _words(level, context)
        wanted = f"one of {context.get('expected', '')}"
        return f"{shown(node)} cannot stand here", mend(_text(node), words) or wanted, wanted
    if kind in ("value_error", "assertion_error"):
        error = context.get("error")
        if isinstance(error, ParamError) and error.help:
            return f"{shown(node)} cannot stand here: {error.message}", error.help, "another value"
        why = str(error or detail["msg"].partition(", ")[2])
        return f"{shown(node)} cannot stand here", why, "another value"
    if kind in _BOUNDS:
        limit, words_ = _BOUNDS[kind]
        return f"the number is {words_} {context.get(limit)}", "", "another number"
    if kind in ("too_short", "string_too_short"):
        least = context.get("min_length", 1)
        return f"at least {least} is needed here", "", ""
    if kind in ("too_long", "string_too_long"):
        return f"at most {context.get('max_length')} may stand here", "", ""
    if kind == "string_pattern_mismatch":
        help = f"it has the form {context.get('pattern')}"
        return f"{shown(node)} cannot stand here", help, "another text"
    return f"{shown(node)} cannot stand here: {_plain(detail['msg'])}", "", ""


def _quoted(kind: str, node: Node) -> str:
    if kind == "string_type" and isinstance(node, Scalar) and node.value is not None:
        return f'write it in quotes: "{node.text[:60]}"'
    if kind in ("list_type", "tuple_type") and isinstance(node, Scalar) and node.text:
        return f"write [{node.text[:60]}]"
    return ""


def _words(level: type[BaseModel] | None, context: Any) -> list[str]:
    expected = str(context.get("expected", ""))
    return [word.strip().strip("'") for word in expected.replace(" or ", ",").split(",") if word]


def _names(level: type[BaseModel] | None) -> list[str]:
    if level is None:
        return []
    return [field.alias or name for name, field in level.model_fields.items()]


def _about(level: type[BaseModel] | None, name: str) -> str:
    for attribute, field in (level.model_fields if level else {}).items():
        if name == (field.alias or attribute):
            return field.description or ""
    return ""


def _text(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _plain(message: str) -> str:
    return message.removeprefix("Input should be ").removeprefix("Value error, ")
