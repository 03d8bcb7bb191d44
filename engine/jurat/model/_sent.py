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
    build,
    build_at,
    make,
    mapped_model,
    nested_model,
    nothing,
    shape,
    view_class,
)

Reader = Callable[[Any], Any]


def sent_fields(value: BaseModel) -> dict[str, Any]:
    """The fields of a model instance that were set, as a fresh dict like that of `validate`."""
    return value.model_dump(exclude_unset=True, by_alias=True)


def view_of(value: Request | Response | OrgState) -> Any:
    """The view of a model instance: fields that were not set raise MissingFact when read."""
    try:
        return _reader(type(value), "")(value)
    except DoubtError:  # made without a check, of other things than its model says
        return build(view_class(type(value)), sent_fields(value))


@cache
def _reader(model: Any, at: str) -> Reader:
    """A function from an instance of `model`, at the pointer `at`, to its view."""
    cls = view_class(model, at)
    aliases = [(n, field.alias) for n, field in model.model_fields.items() if field.alias]
    special: dict[str, Reader] = {}
    for attribute, field in model.model_fields.items():
        name = field.alias or attribute
        nested, repeated = nested_model(field.annotation)
        if nested is not None:
            special[attribute] = (_items if repeated else _child)(nested, join(at, name))
        elif mapped := mapped_model(field.annotation):
            special[attribute] = _by_id(mapped, join(at, name))
        elif _may_be_changed(field.annotation):
            special[attribute] = _copied
    get, shaped = special.get, cls.shapes.get
    new, assign = object.__new__, object.__setattr__

    def plain(instance: Any) -> Any:
        if instance.__class__ is not model:
            raise DoubtError
        held = instance.__dict__
        fields = {name: held[name] for name in instance.__pydantic_fields_set__}
        names = tuple(fields)
        view = new(shaped(names) or shape(cls, names))
        assign(view, "__dict__", fields)
        return view

    def reader(instance: Any) -> Any:
        if instance.__class__ is not model:
            raise DoubtError
        held = instance.__dict__
        fields = {}
        for attribute in instance.__pydantic_fields_set__:
            convert = get(attribute)
            value = held[attribute]
            fields[attribute] = value if convert is None else convert(value)
        for attribute, name in aliases:
            if attribute in fields:
                fields[name] = fields.pop(attribute)
        return make(cls, fields)

    return reader if special or aliases else plain


def _child(model: Any, at: str) -> Reader:
    reader, absent = _reader(model, at), nothing(view_class(model, at))
    return lambda value: absent if value is None else reader(value)


def _items(model: Any, at: str) -> Reader:
    item = _item(model, at)

    def items(values: Any) -> Any:
        if not values:
            return values
        return tuple([item(value, Place(f"{at}/{index}")) for index, value in enumerate(values)])

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
