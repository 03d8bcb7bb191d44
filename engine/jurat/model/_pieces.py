"""Reading many documents of one kind, most of whose parts were seen before.

The inputs in a log differ in a few fields: the same actors, projects and endpoints come again and
again. So a document is split into its fields, and what stands for the bytes of a field that was
read before is taken as it is; views are read only. What is not plainly valid is left to
`validate`, as with `read`.
"""

from collections.abc import Callable
from typing import Any, get_origin

from pydantic import BaseModel

from jurat.canon import join

from ._narrow import DoubtError, converter, field_type, typed_dict
from ._presence import PLACE, Place, item_at, nested_model, nothing, shape, view_class
from ._read import MOST_FORMS, list_reader
from ._slots import MOST, Slots, slots
from ._straight import Form, form_of, is_map, members

_Read = Callable[[Any], Any]  # from bytes, or what has them
_Field = tuple[_Read, dict[bytes, Any] | None]
_Fields = dict[str, _Field]
"""By pointer, what reads a field's JSON, and where its values are remembered: None for a value
that whoever gets it could change, and for one that is as soon read."""


class Pieces:
    """Reads JSON of one model, one document after the other. Not to be shared by threads."""

    def __init__(self, model: type[BaseModel]) -> None:
        import msgspec

        self.refused = (
            msgspec.MsgspecError,
            DoubtError,
            KeyError,
            ValueError,
            OSError,
            RecursionError,
        )
        self._model = model
        self._fields: _Fields = {}
        self._read = _object(model, "", self._fields)
        self._slots: dict[Form, Slots] = {}

    def read(self, data: bytes) -> Any:
        """The view of the JSON `data`, equal to that of `validate` and `build`; None where these
        have to look at it."""
        try:
            return self._read(data)
        except self.refused:
            return None

    def slots(self, document: dict[str, Any]) -> Slots | None:
        """What reads JSON of the same form as the decoded `document`, raising one of `refused`
        where it does not; None where there is none."""
        form = form_of(self._model, document)
        if form is None:
            return None
        made = self._slots.get(form)
        if made is None and len(self._slots) < MOST_FORMS:
            made = self._slots[form] = slots(self._model, form, self._field)
        return made

    def _field(self, field: Any, at: str) -> _Field:
        return _field(field, at, self._fields)


def _object(model: Any, at: str, known: _Fields) -> _Read:
    """A function from an object's JSON to its view: an object that stands at `at`."""
    import msgspec

    split = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
    cls = view_class(model, at)
    shaped = cls.shapes.get
    readers: dict[str, _Field] = {}
    for attribute, field in model.model_fields.items():
        name = field.alias or attribute
        readers[name] = _field(field, join(at, name), known)

    def read(data: Any) -> Any:
        fields: dict[str, Any] = {}
        for name, raw in split(data).items():
            how, seen = readers[name]  # a KeyError for one that nobody knows
            if seen is None:
                fields[name] = how(raw)
                continue
            piece = bytes(raw)
            if piece in seen:
                fields[name] = seen[piece]
            else:
                if len(seen) >= MOST:
                    seen.clear()
                fields[name] = seen[piece] = how(piece)
        names = tuple(fields)
        view = new(shaped(names) or shape(cls, names))
        assign(view, "__dict__", fields)
        return view

    new, assign = object.__new__, object.__setattr__
    return read


def _field(field: Any, at: str, known: _Fields) -> _Field:
    """What reads the JSON of the field that stands at `at`: one for all who ask."""
    made = known.get(at)
    if made is None:
        made = known[at] = _make_field(field, at, known)
    return made


def _make_field(field: Any, at: str, known: _Fields) -> _Field:
    import msgspec

    nested, repeated = nested_model(field.annotation)
    if nested is not None:
        return (_list(nested, at), None) if repeated else (_child(nested, at, known), {})
    decode = msgspec.json.Decoder(field_type(field)).decode
    convert = converter(field)
    if convert is not None:
        return lambda piece: convert(decode(piece)), {}
    several = get_origin(field_type(field).__args__[0]) is tuple
    return decode, {} if several and not is_map(field) else None


def _child(model: Any, at: str, known: _Fields) -> _Read:
    read, absent = _object(model, at, known), nothing(view_class(model, at))
    return lambda piece: absent if piece == b"null" else read(piece)


def _list(model: Any, at: str) -> _Read:
    """A function from the JSON of a list of objects to a tuple of views, each of which knows
    where it stands."""
    import msgspec

    split = msgspec.json.Decoder(tuple[msgspec.Raw, ...] | None).decode
    decode = msgspec.json.Decoder(typed_dict(model)).decode
    to_views, cls = list_reader(model, at), view_class(model, at)
    deeper, straight = {*cls.children, *cls.lists}, not _converts(model)
    seen: dict[tuple[int, bytes], Any] = {}

    def item(index: int, piece: bytes) -> Any:
        document = decode(piece)
        if piece.count(b'":') != members(document):  # a key that is not known
            raise DoubtError
        place = Place(f"{at}/{index}")
        if straight and not deeper.isdisjoint(document):
            return item_at(cls, document, place)
        (view,) = to_views([document])
        view.__dict__[PLACE] = place
        return view

    def read(data: bytes) -> Any:
        pieces = split(data)
        if pieces is None:
            return None
        views = []
        for index, raw in enumerate(pieces):
            key = index, bytes(raw)
            view = seen.get(key)
            if view is None:
                if len(seen) >= MOST:
                    seen.clear()
                view = seen[key] = item(*key)
            views.append(view)
        return tuple(views)

    return read


def _converts(model: Any) -> bool:
    """True if the view of some field of `model`, however deep, is another than what is decoded."""
    for field in model.model_fields.values():
        nested, _ = nested_model(field.annotation)
        if _converts(nested) if nested is not None else converter(field) is not None:
            return True
    return False
