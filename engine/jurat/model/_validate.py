"""Bytes or mappings in, dicts ready for views out; what is wrong is told without its values.

The models say what is allowed. The fast way checks against TypedDicts derived from them (a key
that was not sent is simply not in the dict), which costs half of what model instances do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from types import UnionType
from typing import (
    Annotated,
    Any,
    ForwardRef,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import orjson
from pydantic import BaseModel, ConfigDict, PlainValidator, TypeAdapter, ValidationError
from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

from jurat.canon import is_plain_name, join, parse_time, utc

from ._fields import Model
from ._inputs import OrgState, Request, Response

MAX_BYTES = 16 * 2**20
"""The largest document that is read, in bytes."""

MAX_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input: where (JSON Pointer), what, and how to mend it."""

    at: str
    message: str
    help: str = ""


class InvalidInput(ValueError):
    """An input that can't be judged. Holds no value that came with it.

    `problems` names everything that is wrong, in the order of the document.
    """

    code = "invalid-input"

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("; ".join(map(_line, problems)))

    @property
    def at(self) -> str:
        """The JSON Pointer of the first problem."""
        return self.problems[0].at if self.problems else ""


def _line(problem: Problem) -> str:
    where = f"{problem.at}: " if problem.at else ""
    return f"{where}{problem.message}" + (f"; {problem.help}" if problem.help else "")


def validate(
    kind: type[Request | Response | OrgState],
    data: bytes | str | Mapping[str, Any],
    *,
    max_bytes: int = MAX_BYTES,
) -> dict[str, Any]:
    """`data` checked against the model `kind`, as a fresh dict of what was sent.

    `build(view_class(kind), …)` makes the view of it. Times are aware datetimes in UTC. Raises
    InvalidInput with every problem: a pointer, what is wrong, how to mend it; never the value.
    """
    adapter = _adapter(kind)
    try:
        if isinstance(data, bytes | str):
            if len(data) > max_bytes:
                raise InvalidInput(too_large(max_bytes))
            checked = cast(dict[str, Any], adapter.validate_json(data))
            if not _may_hold_nan(data) or _is_json(data):
                return checked
            raise InvalidInput(syntax_problem(data))
        return cast(dict[str, Any], adapter.validate_python(data))
    except ValidationError as error:
        problems = _problems(kind, data, error)
    except RecursionError:
        problems = (Problem("", "nested too deep"),)
    raise InvalidInput(*problems)


def too_large(max_bytes: int) -> Problem:
    """The problem of a document beyond the limit."""
    return Problem("", f"larger than {max_bytes} bytes", "send less, or raise the limit")


def syntax_problem(data: bytes | str) -> Problem:
    """Where `data` stops being JSON (1-based line and column), without quoting it."""
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError as error:
        reason, line, column = error.msg, error.lineno, error.colno
    else:
        return Problem("", "not JSON as RFC 8259 defines it", "NaN and Infinity have no JSON form")
    if "UTF-8" in reason:
        return Problem("", "not valid UTF-8", "send JSON encoded as UTF-8")
    return Problem("", f"not JSON: {reason} at line {line}, column {column}")


def _may_hold_nan(data: bytes | str) -> bool:
    # pydantic's parser takes both in a free-form value, like a content part.
    if isinstance(data, bytes):
        return b"NaN" in data or b"Infinity" in data
    return "NaN" in data or "Infinity" in data


def _is_json(data: bytes | str) -> bool:
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return True


# -- the TypedDicts ----------------------------------------------------------------------------

_CONFIG = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)


def _time(value: Any) -> datetime:
    if isinstance(value, str):
        # The usual spelling goes straight to C; the marks keep ISO week dates out.
        if len(value) == 20 and value[7::3] == "-T::Z":
            try:
                return datetime.fromisoformat(value)
            except ValueError:
                pass
        return parse_time(value)
    if isinstance(value, datetime):
        return utc(value)
    raise ValueError("write the time as RFC 3339 with its zone, like 2026-05-25T12:00:00Z")


@cache
def _adapter(kind: type[BaseModel]) -> TypeAdapter[Any]:
    return TypeAdapter(_typed_dict(kind))


@cache
def _typed_dict(model: type[BaseModel]) -> Any:
    hints = get_type_hints(model, include_extras=True)
    fields = {
        field.alias or name: _derived(hints[name]) for name, field in model.model_fields.items()
    }
    typed_dict: Any = TypedDict  # made at run time, which a type checker cannot follow
    made = typed_dict(model.__name__, fields, total=False)
    made.__pydantic_config__ = _CONFIG
    return made


def _derived(hint: Any) -> Any:
    """`hint` with every model in it replaced by its TypedDict."""
    if isinstance(hint, type) and issubclass(hint, Model):
        return _typed_dict(hint)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        if args[0] is datetime:
            return Annotated[datetime, PlainValidator(_time)]
        return Annotated[(_derived(args[0]), *args[1:])]
    if origin in (Union, UnionType):
        return Union[tuple(_derived(arg) for arg in args)]  # noqa: UP007 # made at run time
    if origin in (tuple, dict):
        return origin[tuple(arg if arg is Ellipsis else _derived(arg) for arg in args)]
    return hint


# -- what is wrong -----------------------------------------------------------------------------

_SAID = {
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "is too large a number",
    "bool_type": "must be true or false",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "dict_type": "must be an object",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "recursion_loop": "refers to itself",
}


def _problems(
    kind: type[BaseModel], data: bytes | str | Mapping[str, Any], error: ValidationError
) -> tuple[Problem, ...]:
    errors = error.errors(include_url=False, include_context=True, include_input=False)
    if errors[0]["type"] == "json_invalid":
        return (syntax_problem(cast(bytes | str, data)),)
    document = data
    if isinstance(data, bytes | str):
        try:
            document = orjson.loads(data)
        except orjson.JSONDecodeError:
            return (syntax_problem(data),)
    found: dict[str, list[tuple[str, str]]] = {}
    for item in errors[:MAX_PROBLEMS]:
        at, hidden = _pointer(document, item["loc"])
        text, help_ = _said(kind, item, at, hidden)
        found.setdefault(at, []).append((text, help_))
    problems = []
    for at, said in found.items():
        # A value that fits no branch of "a or b" fails each of them.
        text = " or ".join(dict.fromkeys(text for text, _ in said)).replace(" or must be", " or")
        problems.append(Problem(at, text, next((help_ for _, help_ in said if help_), "")))
    return tuple(problems)


def _said(kind: type[BaseModel], item: Any, at: str, hidden: bool) -> tuple[str, str]:
    what, context = item["type"], item.get("ctx", {})
    if what == "extra_forbidden":
        if hidden:
            return "has a key that is not known and that is not shown", ""
        name = str(item["loc"][-1])
        names = _names(kind, item["loc"][:-1])
        close = get_close_matches(name, names, 1, 0.6)
        return "no such field", f"did you mean {close[0]}?" if close else ""
    if what == "value_error":
        text, _, help_ = str(context["error"]).partition("; ")
        return (text, help_) if not text.startswith("write ") else ("not valid", str(text))
    if what == "literal_error":
        return f"must be {context['expected']}", ""
    if what in ("greater_than_equal", "less_than_equal"):
        bound = context.get("ge", context.get("le"))
        return f"must be {'at least' if 'ge' in context else 'at most'} {bound}", ""
    return _SAID.get(what, "is not valid here"), ""


def _pointer(document: Any, loc: tuple[int | str, ...]) -> tuple[str, bool]:
    """The pointer of a pydantic location, its union branches left out; True if a key is hidden."""
    at, value = "", document
    for token in loc:
        if isinstance(value, Mapping) and token in value:
            if not is_plain_name(str(token)):
                return at, True
            value = value[str(token)]
        elif isinstance(value, list | tuple) and isinstance(token, int) and token < len(value):
            value = value[token]
        else:
            continue
        at = join(at, token)
    return at, False


def _names(kind: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The fields that may stand at `loc`."""
    current: Any = _typed_dict(kind)
    for token in loc:
        hints = getattr(current, "__annotations__", {})
        inner = _inner(hints.get(token)) if token in hints else None
        current = inner or current
    return list(getattr(current, "__annotations__", {}))


def _inner(hint: Any) -> Any:
    if isinstance(hint, ForwardRef) or hint is None:
        return None
    if hasattr(hint, "__pydantic_config__") and hasattr(hint, "__total__"):
        return hint
    return next((found for arg in get_args(hint) if (found := _inner(arg))), None)
