"""From JSON of a form that was seen before to views, with what comes again and again not read
again.

For each form (see `_straight`) a type is made that a decoder fills in one pass, also as a part of
a larger document, and a function, generated, that makes the view of what was filled in. Small
objects of plain values are filled in whole; of larger ones the bytes alone are taken, and what
stands for bytes that were read before is taken as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as made_by
from typing import Any, get_origin

from pydantic import BaseModel

from jurat.canon import join

from ._narrow import comes_again, converter, field_type
from ._presence import nested_model, shape, view_class
from ._straight import Form

MOST = 4096  # values that are remembered of one field
_SMALL = 4  # so many plain values are as soon read as looked up

Piece = Callable[[Any, str], tuple[Callable[[Any], Any], dict[bytes, Any] | None]]
"""Gives, of a model's field at a pointer, what reads its JSON, and the values that are remembered
of it by their bytes."""


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """`type` is what msgspec decodes JSON of one form to, `view` makes the view of an instance.

    Both refuse what is not plainly valid: with msgspec's errors, DoubtError, ValueError, OSError.
    """

    type: Any
    view: Callable[[Any], Any]


@dataclass(slots=True)
class _Code:
    """The function in the making."""

    lines: list[str] = made_by(default_factory=list)
    names: dict[str, Any] = made_by(
        default_factory=lambda: {"new": object.__new__, "assign": object.__setattr__}
    )

    def name(self, value: Any) -> str:
        name = f"x{len(self.names)}"
        self.names[name] = value
        return name


def slots(model: type[BaseModel], form: Form, piece: Piece) -> Slots:
    """For documents of `form`."""
    code = _Code()
    made, result = _object(model, form, "", "slots", code, piece)
    lines = ["def view(slots):", *(f"    {line}" for line in code.lines), f"    return {result}"]
    exec(compile("\n".join(lines), "<slots>", "exec"), code.names)  # noqa: S102  # of models alone
    return Slots(made, code.names["view"])


def _object(
    model: Any, form: Form, at: str, source: str, code: _Code, piece: Piece
) -> tuple[Any, str]:
    """The type of an object's slots, and the name of the view that is made of those in the
    variable `source`."""
    import msgspec

    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    types: list[tuple[str, Any]] = []
    values = []
    for number, (name, inner) in enumerate(form):
        field, here, value = fields[name], join(at, name), f"{source}.f{number}"
        nested, repeated = nested_model(field.annotation)
        kind: Any = msgspec.Raw
        if nested is None:
            kind = field_type(field)
            convert = converter(field)
            if convert is not None and comes_again(convert):
                value = _known(convert, {}, value, code)
            elif convert is not None:
                value = f"{code.name(convert)}({value})"
        elif repeated:
            how, _ = piece(field, here)
            value = f"{code.name(how)}({value})"
        elif _looked_up(nested, inner):
            how, seen = piece(field, here)
            value = _known(how, seen, f"bytes({value})", code)
        else:
            below = f"s{len(code.lines)}"
            code.lines.append(f"{below} = {value}")
            kind, value = _object(nested, inner, here, below, code, piece)
        types.append((f"f{number}", kind))
        values.append(f"{name!r}: {value}")
    names = tuple(name for name, _ in form)
    made = msgspec.defstruct(
        model.__name__,
        types,
        rename={f"f{number}": name for number, name in enumerate(names)},
        forbid_unknown_fields=True,
        gc=False,  # nothing in it refers to it
    )
    cls = view_class(model, at)
    view = f"v{len(code.lines)}"
    code.lines += [
        f"{view} = new({code.name(cls.shapes.get(names) or shape(cls, names))})",
        f"assign({view}, '__dict__', {{{', '.join(values)}}})",
    ]
    return made, view


def _known(how: Callable[[Any], Any], seen: dict[Any, Any] | None, value: str, code: _Code) -> str:
    """The name of what stands for `value`."""
    if seen is None:
        return f"{code.name(how)}({value})"
    key, found = f"k{len(code.lines)}", f"v{len(code.lines)}"
    code.lines += [
        f"{key} = {value}",
        f"{found} = {code.name(seen.get)}({key})",
        f"if {found} is None:",
        f"    {found} = {code.name(remembered(how, seen))}({key})",
    ]
    return found


def _looked_up(model: Any, form: Form) -> bool:
    """Whether a nested object is looked up by its bytes: one of some size, but none that holds
    objects with objects in them, for such a one comes but once."""
    inner = [below for _, below in form if below is not None]
    if inner:
        return not any(below is not None for form in inner for _, below in form)
    return len(form) > _SMALL or any(
        (field.alias or name) in dict(form) and not _is_plain(field)
        for name, field in model.model_fields.items()
    )


def _is_plain(field: Any) -> bool:
    nested, _ = nested_model(field.annotation)
    return nested is None and get_origin(field_type(field).__args__[0]) not in (tuple, dict)


def remembered(how: Callable[[Any], Any], seen: dict[Any, Any]) -> Callable[[Any], Any]:
    """What reads by `how` and remembers it."""

    def read(piece: Any) -> Any:
        value = how(piece)
        if len(seen) >= MOST:
            seen.clear()
        seen[piece] = value
        return value

    return read
