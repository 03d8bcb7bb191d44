"""From an instance of a model to a view, without a document between them.

An instance was checked when it was made, so nothing is checked again; its dicts are copied, for
whoever made it may change them.
"""

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any, get_origin

from pydantic import BaseModel

from jurat.canon import join

from ._inputs import OrgState, Request, Response
from ._narrow import DoubtError
from ._presence import (
    PLACE,
    Place,
    View,
    build,
    build_at,
    mapped_model,
    nested_model,
    nothing,
    places_in,
    shape_of,
    view_class,
)

MOST_FORMS = 64  # of one model, for which there is a function

Reader = Callable[[Any], Any]


def sent_fields(value: BaseModel, names: frozenset[str] | None = None) -> dict[str, Any]:
    """The fields of a model instance that were set (of these `names`, if given), as a fresh dict
    like that of `validate`."""
    include = None if names is None else set(names & value.model_fields_set)
    return value.model_dump(include=include, exclude_unset=True, by_alias=True)


def view_of(value: Request | Response | OrgState) -> Any:
    """The view of a model instance: fields that were not set raise MissingFact when read."""
    try:
        return _reader(type(value), "")(value)
    except DoubtError:  # made without a check, of other things than its model says
        return build(view_class(type(value)), sent_fields(value))


@cache
def _reader(model: Any, at: str) -> Reader:
    """A function from an instance of `model`, at the pointer `at`, to its view."""
    steps = _steps(model, at)
    forms: dict[tuple[str, ...], Reader] = {}
    known = forms.get

    def reader(instance: Any) -> Any:
        if instance.__class__ is not model:
            raise DoubtError
        names = tuple(instance.__pydantic_fields_set__)
        form = known(names)
        if form is None:
            form = _form(view_class(model, at), names, steps)
            if len(forms) < MOST_FORMS:
                forms[names] = form
        return form(instance.__dict__)

    return reader


def _steps(model: Any, at: str) -> dict[str, tuple[str, Reader | None, Any]]:
    """By attribute: the name of the field, what makes its value, and what stands for a null."""
    steps: dict[str, tuple[str, Reader | None, Any]] = {}
    for attribute, field in model.model_fields.items():
        name = field.alias or attribute
        here = join(at, name)
        nested, repeated = nested_model(field.annotation)
        how: Reader | None = None
        null = None
        if nested is not None and repeated:
            how = _items(nested, here)
        elif nested is not None:
            how, null = _reader(nested, here), nothing(view_class(nested, here))
        elif mapped := mapped_model(field.annotation):
            how = _by_id(mapped, here)
        elif _may_be_changed(field.annotation):
            how = _copied
        steps[attribute] = (name, how, null)
    return steps


def _form(
    cls: type[View], names: tuple[str, ...], steps: dict[str, tuple[str, Reader | None, Any]]
) -> Reader:
    """A function, generated, from what an instance holds to its view, where just the attributes
    `names` were set. Callers set the same few again and again."""
    namespace: dict[str, Any] = {"new": object.__new__, "assign": object.__setattr__}
    namespace["shape"] = shape_of(cls, tuple(steps[attribute][0] for attribute in names))
    values = []
    for number, attribute in enumerate(names):
        name, how, null = steps[attribute]
        value = f"held[{attribute!r}]"
        if how is not None:
            namespace[f"make{number}"], namespace[f"null{number}"] = how, null
            value = f"null{number} if (value := {value}) is None else make{number}(value)"
        values.append(f"{name!r}: {value}")
    lines = [
        "def form(held):",
        "    view = new(shape)",
        f"    assign(view, '__dict__', {{{', '.join(values)}}})",
        "    return view",
    ]
    code = compile("\n".join(lines), "<form>", "exec")
    exec(code, namespace)  # noqa: S102  # generated from the models, never from an input
    made: Reader = namespace["form"]
    return made


def _items(model: Any, at: str) -> Reader:
    item = _item(model, at)
    places = places_in(at)

    def items(values: Any) -> Any:
        if not values:
            return values
        told = zip(values, places(len(values)), strict=False)
        return tuple([item(value, place) for value, place in told])

    return items


def _by_id(model: Any, at: str) -> Reader:
    item = _item(model, at)

    def by_id(values: Any) -> Any:
        views = {}
        for key, value in values.items():
            views[key] = view = item(value, Place(join(at, key)))
            view.__dict__.setdefault("id", key)
        return views

    return by_id


def _item(model: Any, at: str) -> Callable[[Any, Place], Any]:
    """A function from an instance in a list or map, and its place, to its view."""
    reader, cls = _reader(model, at), view_class(model, at)
    deeper = frozenset((*cls.children, *cls.lists))

    def item(value: Any, place: Place) -> Any:
        if value.__class__ is not model:
            raise DoubtError
        if not deeper.isdisjoint(value.__pydantic_fields_set__):
            # what a class knows of places ends at a list or map
            return build_at(cls, sent_fields(value), place)
        view = reader(value)
        view.__dict__[PLACE] = place
        return view

    return item


def _may_be_changed(annotation: Any) -> bool:
    """True for a type whose values, or parts of them, are dicts."""
    if annotation is dict or get_origin(annotation) is dict:
        return True
    return any(_may_be_changed(argument) for argument in getattr(annotation, "__args__", ()))


def _copied(value: Any) -> Any:
    if value.__class__ is dict and all(item.__class__ is str for item in value.values()):
        return dict(value)
    return value if value.__class__ is str else deepcopy(value)
