"""Objects that know what was not sent.

A fact that nobody supplied is *unknown*, which is not the same as a null, which is *known to be
absent*. The pydantic models at the boundary keep the two apart in `model_fields_set`; rules see
the cheap objects made here, whose fields that were not sent raise `MissingFact` when read. So
code that forgets about absence fails closed.

A view's fields are its `__dict__`, and what stands for an unset field is a non-data descriptor
of its class; a misspelt name stays an AttributeError. A descriptor slows the reading of a field
that is there, so views with the same fields share a class that has descriptors for the others
alone (a shape): a field that is there then costs one plain attribute load.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from jurat.canon import join

MOST_SHAPES = 64  # of one class
_SHARED_KEYS = 30  # the most that CPython keeps for a class
_PLACES = 16  # of a list's items, that are made once
PLACE = "@"  # the key under which a view's dict holds its Place: no field has that name


class MissingFact(LookupError):
    """A rule read a fact that was not supplied.

    `pointer` is the JSON Pointer of the fact to send; `why` says more where it was sent once
    but no longer counts, like state that has become too old.
    """

    def __init__(self, pointer: str, why: str = "") -> None:
        super().__init__(pointer)
        self.pointer = pointer
        self.why = why


class Place:
    """Where a view stands in its document, and what to ask for when a field of it is missing.

    `key` is set on a joined object whose key is unknown: then every missing field is told as
    the key, for that is what would supply them all.
    """

    __slots__ = ("key", "pointer", "why")

    def __init__(self, pointer: str, *, key: str | None = None, why: str = "") -> None:
        self.pointer = pointer
        self.key = key
        self.why = why

    def missing(self, name: str) -> MissingFact:
        return MissingFact(self.key or join(self.pointer, name), self.why)

    def child(self, name: str) -> "Place":
        return Place(join(self.pointer, name), key=self.key, why=self.why)


def places_in(at: str) -> Callable[[int], Iterable[Place]]:
    """A function from a number to the places of at least as many items of the list at `at`."""
    first = tuple(Place(f"{at}/{index}") for index in range(_PLACES))

    def places(count: int) -> Iterable[Place]:
        if count <= _PLACES:
            return first
        return chain(first, (Place(f"{at}/{index}") for index in range(_PLACES, count)))

    return places


class _Unset:
    """Stands for a scalar, list or map field that was not sent."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: "View | None", owner: type["View"]) -> Any:
        if instance is None:
            return self
        raise place_of(instance).missing(self.name)


class _UnsetParent(_Unset):
    """Stands for an object that was not sent: an object all of whose leaves are unset."""

    __slots__ = ("child",)

    def __init__(self, name: str, child: type["View"]) -> None:
        super().__init__(name)
        self.child = child

    def __get__(self, instance: "View | None", owner: type["View"]) -> Any:
        if instance is None:
            return self
        return make(self.child, {PLACE: place_of(instance).child(self.name)})


class View:
    """Base of the objects that rules read. Fields that were not sent raise MissingFact."""

    # none of these may be the name of a model's field: it would be read in place of the unset one
    fields: tuple[str, ...]
    children: Mapping[str, type["View"]]  # nested objects
    lists: Mapping[str, type["View"]]  # lists of objects
    maps: Mapping[str, type["View"]]  # objects by id
    place = Place("")
    whole: type["View"]  # the class with a descriptor for every field
    shapes: dict[tuple[str, ...], type["View"]]  # the classes for views with just these fields

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is read only")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is read only")

    def __repr__(self) -> str:  # no values: a repr ends up in logs
        return f"<{type(self).__name__} at {place_of(self).pointer or '/'}>"


_assign = object.__setattr__


def make(cls: type[View], fields: dict[str, Any]) -> Any:
    """A view of class `cls` over `fields`, which it takes over as they are."""
    names = tuple(fields)
    view = object.__new__(cls.shapes.get(names) or shape(cls, names))
    _assign(view, "__dict__", fields)
    return view


def shape_of(cls: type[View], names: tuple[str, ...]) -> type[View]:
    """The class of views of `cls` that have just the fields `names`, made where there is none."""
    return cls.shapes.get(names) or shape(cls, names)


def alike(view: View, fields: dict[str, Any]) -> Any:
    """A view over `fields`, which it takes over: by name just those that `view` was made with."""
    made = object.__new__(type(view))
    _assign(made, "__dict__", fields)
    return made


def forget(view: View, name: str) -> Any:
    """Take a field out of `view`, so that reading it raises MissingFact; its value, or None."""
    value = view.__dict__.pop(name, None)
    _assign(view, "__class__", type(view).whole)
    return value


def shape(cls: type[View], names: tuple[str, ...]) -> type[View]:
    """The class of views of `cls` that have just the fields `names`."""
    whole = cls.whole
    if len(whole.shapes) >= MOST_SHAPES:  # whoever sends odd mixtures of fields reads slower
        return whole
    made = whole.shapes[names] = _without(whole, names)
    return made


def record_class(cls: type[View], types: Mapping[str, Any]) -> type[View]:
    """A class for views of `cls` that have just the fields `types`, as a dataclass whose fields
    are all required, so that a decoder can make its instances.
    """
    made = _without(cls.whole, tuple(types))
    made.__annotations__ = dict(types)
    # Objects that a C library allocates get a dict that shares its keys with the class, of which
    # CPython 3.11 reads no field fast. A class whose room for shared keys is used up gives each
    # object a dict of its own, like `make` does.
    used_up = object.__new__(made)
    for number in range(_SHARED_KEYS + 1):
        _assign(used_up, str(number), None)
    return dataclass(init=False, repr=False, eq=False)(made)


def _without(whole: type[View], names: tuple[str, ...]) -> type[View]:
    """A class like `whole` that leaves the fields `names` to its instances."""
    members = {
        name: value
        for name, value in whole.__dict__.items()
        if name not in names and not name.startswith("__")
    }
    members["__doc__"], members["__module__"] = whole.__doc__, whole.__module__
    return type(whole.__name__, (View,), members)


def place_of(view: View) -> Place:
    """Where `view` stands."""
    place: Place = view.__dict__.get(PLACE) or type(view).place
    return place


def known(view: View) -> dict[str, Any]:
    """The fields of `view` that are known, as a new dict (views inside stay views)."""
    return {name: value for name, value in view.__dict__.items() if name != PLACE}


def is_known(view: View, *names: str) -> bool:
    """True if every name is a field of `view` that was sent (null counts as sent)."""
    return all(name in view.__dict__ for name in names)


def to_plain(value: Any) -> Any:
    """Views turned back to dicts, all the way down, known fields only."""
    if isinstance(value, View):
        return {k: to_plain(v) for k, v in value.__dict__.items() if k != PLACE}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, dict):
        return {k: to_plain(v) for k, v in value.items()}
    return value


def build(cls: type[View], data: dict[str, Any]) -> Any:
    """A view over a dict that was validated against the model of `cls`. Takes `data` over.

    A null parent becomes an object whose leaves are all null. Lists of objects become tuples of
    views, each knowing its index; objects by id are told their key as `id`.
    """
    children = cls.children
    lists = cls.lists
    for name, value in data.items():
        if name in children:
            child = children[name]
            data[name] = nothing(child) if value is None else build(child, value)
        elif name in lists and value:
            data[name] = _items(lists[name], value)
        elif name in cls.maps and value:
            data[name] = _map(cls.maps[name], value)
    return make(cls, data)


def build_at(cls: type[View], data: dict[str, Any], place: Place) -> Any:
    """`build` for an object whose place its class does not know: a table row, a resource."""
    for name in cls.children.keys() & data.keys():
        value, child = data[name], cls.children[name]
        data[name] = nothing(child) if value is None else build_at(child, value, place.child(name))
    for name in cls.lists.keys() & data.keys():
        data[name] = tuple(
            build_at(cls.lists[name], item, place.child(name).child(str(index)))
            for index, item in enumerate(data[name] or ())
        )
    data[PLACE] = place
    return make(cls, data)


def _items(cls: type[View], values: Any) -> tuple[Any, ...]:
    items = []
    for index, value in enumerate(values):
        items.append(item_at(cls, value, Place(f"{cls.place.pointer}/{index}")))
    return tuple(items)


def item_at(cls: type[View], value: dict[str, Any], place: Place) -> Any:
    """The view of an item of a list or map, that stands at `place`. Takes `value` over."""
    # What a class knows of places ends at a list or map: objects below an item need their own.
    if any(value.get(name) for name in cls.lists) or any(
        value.get(name) is not None for name in cls.children
    ):
        return build_at(cls, value, place)
    view = build(cls, value)
    value[PLACE] = place
    return view


def _map(cls: type[View], values: Mapping[str, Any]) -> dict[str, Any]:
    views = {}
    for key, value in values.items():
        views[key] = item_at(cls, value, Place(join(cls.place.pointer, key)))
        value.setdefault("id", key)
    return views


def nothing(cls: type[View]) -> Any:
    """The view of a null: every field is known to be absent."""
    return _nothing(cls)  # type: ignore[arg-type]  # mypy takes an instance's hash for the class's


@cache
def _nothing(cls: Any) -> Any:
    fields: dict[str, Any] = dict.fromkeys(cls.fields)
    fields.update({name: nothing(child) for name, child in cls.children.items()})
    return make(cls, fields)


@cache
def view_class(model: type[BaseModel], at: str = "") -> type[View]:
    """The class of views over `model` for objects that stand at the JSON Pointer `at`."""
    children: dict[str, type[View]] = {}
    lists: dict[str, type[View]] = {}
    maps: dict[str, type[View]] = {}
    members: dict[str, Any] = {}
    names = []
    for attribute, field in model.model_fields.items():
        name = field.alias or attribute
        names.append(name)
        nested, repeated = nested_model(field.annotation)
        if mapped := mapped_model(field.annotation):
            maps[name] = view_class(mapped, join(at, name))
            members[name] = _Unset(name)
        elif nested is None:
            members[name] = _Unset(name)
        elif repeated:
            lists[name] = view_class(nested, join(at, name))
            members[name] = _Unset(name)
        else:
            children[name] = view_class(nested, join(at, name))
            members[name] = _UnsetParent(name, children[name])
    members |= {
        "fields": tuple(names),
        "children": children,
        "lists": lists,
        "maps": maps,
        "place": Place(at),
        "__doc__": model.__doc__,
        "__module__": model.__module__,
    }
    made: type[View] = type(model.__name__, (View,), {**members, "shapes": {}})
    made.whole = made
    return made


def nested_model(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The model inside an annotation, and whether it is a sequence of it."""
    return _nested(annotation, _is_model)


def mapped_model(annotation: Any) -> type[BaseModel] | None:
    """The model of the values, where the annotation is a dict of id to model."""
    if get_origin(annotation) is dict and _is_model(get_args(annotation)[1]):
        return get_args(annotation)[1]  # type: ignore[no-any-return]  # just checked
    return None


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _nested(annotation: Any, wanted: Callable[[Any], bool]) -> tuple[Any, bool]:
    if wanted(annotation):
        return annotation, False
    origin = get_origin(annotation)
    if origin is Annotated:
        return _nested(get_args(annotation)[0], wanted)
    if origin in (Union, UnionType):
        for arg in get_args(annotation):
            found, repeated = _nested(arg, wanted)
            if found is not None:
                return found, repeated
    if origin is tuple:
        found, _ = _nested(get_args(annotation)[0], wanted)
        return found, True
    return None, False
