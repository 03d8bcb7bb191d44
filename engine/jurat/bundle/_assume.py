"""`assume`: values that stand in for facts that were not sent."""

from collections.abc import Mapping as MappingABC
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from jurat.canon import tokens
from jurat.model import Model, Request, Response, nested_model

from ._diagnostic import Diagnostic, mend
from ._nodes import Mapping, Node, Scalar
from ._shape import shown
from ._vocabulary import COLUMNS

_UNREAD = frozenset({"type", "content", "arguments"})  # never read by a rule


def read_assume(
    node: Mapping, words: MappingABC[str, frozenset[str]], problems: list[Diagnostic]
) -> dict[str, Any]:
    """The assumed values by pointer, each of the type of its fact."""
    assumed: dict[str, Any] = {}
    for pointer, (key, value) in node.entries.items():
        try:
            path = tokens(pointer)
        except ValueError:
            message = f"`{pointer[:100]}` is no JSON Pointer"
            help = f"write /{pointer.replace('.', '/')[:100]}"
            problems.append(key.problem("JB091", message, help))
            continue
        if not path:
            problems.append(key.problem("JB091", "the whole input cannot be assumed"))
            continue
        found, help = _find(Request, path)
        if isinstance(found, str):
            other, _ = _find(Response, path)
            found = found if isinstance(other, str) else other
        if isinstance(found, str):
            problems.append(key.problem("JB091", f"{pointer[:100]}: {found}", help))
            continue
        model, name, annotation = found
        try:
            assumed[pointer] = _adapter(annotation).validate_python(value.plain())
        except ValidationError as error:
            problems.append(_unfit(pointer, value, error))
            continue
        _check_words(model, name, value, words, problems)
    return assumed


_Found = tuple[str, str, Any]


def _find(model: type[Model], path: list[str]) -> tuple[_Found | str, str]:
    """(model, field, annotation) of a fact, or why there is none and help."""
    level: type[BaseModel] = model
    for position, name in enumerate(path):
        field = _field(level, name)
        if field is None or name in _UNREAD:
            names = [n for n in _names(level) if n not in _UNREAD]
            return f"there is no fact `{name[:60]}`", mend(name, names)
        last = position == len(path) - 1
        nested, repeated = nested_model(field.annotation)
        if nested is None:
            if last:
                return (level.__name__, name, field.annotation), ""
            if position == len(path) - 2 and (of := _map_of(field.annotation)) is not None:
                return (level.__name__, name, of), ""
            return f"`{name}` has no parts", ""
        if repeated:
            return f"`{name}` is a list, of which no part can be assumed", ""
        if last:
            return f"`{name}` has parts", "assume them one by one"
        level = nested
    return "no fact", ""


def _field(model: type[BaseModel], name: str) -> FieldInfo | None:
    for attribute, field in model.model_fields.items():
        if (field.alias or attribute) == name:
            return field
    return None


def _names(model: type[BaseModel]) -> list[str]:
    return [field.alias or attribute for attribute, field in model.model_fields.items()]


def _map_of(annotation: Any) -> Any:
    """The type of the values, where the annotation is a map or null."""
    for option in (annotation, *get_args(annotation)):
        if get_origin(option) is dict:
            return get_args(option)[1]
    return None


def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation, config=ConfigDict(strict=True))


def _unfit(pointer: str, value: Node, error: ValidationError) -> Diagnostic:
    detail = error.errors(include_url=False)[0]
    cause = (detail.get("ctx") or {}).get("error")
    expected = (detail.get("ctx") or {}).get("expected")
    help = str(cause) if cause else f"one of {expected}" if expected else ""
    return value.problem("JB091", f"{pointer[:100]} cannot be {shown(value)}", help)


def _check_words(
    model: str,
    name: str,
    value: Node,
    words: MappingABC[str, frozenset[str]],
    problems: list[Diagnostic],
) -> None:
    vocabulary = COLUMNS.get((model, name))
    if vocabulary is None or not isinstance(value, Scalar) or not isinstance(value.value, str):
        return
    if value.value not in words[vocabulary]:
        message = f"{shown(value)} is no {vocabulary.replace('_', ' ')}"
        problems.append(value.problem("JB023", message, mend(value.value, words[vocabulary])))
