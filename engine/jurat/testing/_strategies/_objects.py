"""Strategies over the models: requests, responses, snapshots, and the resources in them."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

from jurat.model import (
    Credential,
    Model,
    OrgState,
    Request,
    Response,
    mapped_model,
    nested_model,
)

from .._mentions_fields import Field, fields_in
from .._options import fields_checked, fields_set, plain
from .._unsent import UNSENT
from .._validated import validated
from ._messages import messages
from ._pools import values_for

M = TypeVar("M", bound=Model)

# What most requests and responses say.
_CORE = frozenset(
    {
        "/action",
        "/model",
        "/provider",
        "/actor/id",
        "/actor/kind",
        "/actor/project",
        "/actor/credential/id",
        "/actor/credential/created_at",
        "/actor/credential/expires_at",
        "/actor/credential/status",
        "/source/ip",
        "/project/id",
        "/project/environment",
        "/endpoint/id",
        "/endpoint/region",
        "/messages",
        "/estimated_tokens",
        "/finish_reason",
        "/status",
        "/usage/input_tokens",
        "/usage/output_tokens",
        "/request/action",
        "/request/model",
        "/request/actor/id",
    }
)
# Of 256: from where a byte means that a field is sent,
_SENT = 40
_NULL = 250  # that it is known to be absent,
_WILD = 248  # that it holds any text in place of an ordinary value.
_MORE = (0, 0, 0, 1, 1, 2, 3, 6)  # how many other fields are sent, each as likely


def requests(**fields: Any) -> st.SearchStrategy[Request]:
    """Requests of all sorts: fields sent, null and not sent.

    Each field of `Request` may be given by name: as a strategy, as a value, or as `UNSENT`; what
    is not given is drawn. Ages are measured from 2026-05-25T12:00:00Z, or from `time` where that
    is sent. Raises TypeError for a name that is no field.
    """
    return _inputs(Request, fields, "requests")


def responses(**fields: Any) -> st.SearchStrategy[Response]:
    """Responses of all sorts, as `requests`."""
    return _inputs(Response, fields, "responses")


def credentials(**fields: Any) -> st.SearchStrategy[Credential]:
    """Credentials, as `resources(Credential, …)`."""
    return resources(Credential, **fields)


def resources(model: type[M], /, **fields: Any) -> st.SearchStrategy[M]:
    """Objects of a model of `jurat.model` (Project, Endpoint, Principal, …): fields sent, null and
    not sent, each to be given by name as in `requests`."""
    given = fields_checked(model, fields, "resources")
    return validated(model, _documents(model, given))


def org_states(**fields: Any) -> st.SearchStrategy[OrgState]:
    """Snapshots of an organisation with some of their collections, observed within the hour
    before 2026-05-25T12:00:00Z or long before; fields to be given as in `requests`."""
    given = fields_checked(OrgState, fields, "org_states")

    @st.composite
    def documents(draw: st.DrawFn) -> dict[str, Any]:
        known = {name for name in fields if name in _collections()}
        document: dict[str, Any] = {"observed_at": draw(_OBSERVED)}
        for name in draw(_SOME_COLLECTIONS):
            if name not in known:
                document[name] = draw(_collection(name))
        if draw(_ONE_IN_FOUR) == 1:
            document["org"] = draw(_documents(nested_model_of(OrgState, "org"), st.just({})))
        return fields_set(document, draw(given))

    return validated(OrgState, documents())


_ONE_IN_FOUR = st.integers(0, 3)
_AGES = ("2026-05-25T11:50:00Z", "2026-05-25T12:00:00Z", "2026-05-23T12:00:00Z", None)
_OBSERVED = st.sampled_from(_AGES)


def _inputs(model: type[M], fields: Mapping[str, Any], who: str) -> st.SearchStrategy[M]:
    return validated(model, _documents(model, fields_checked(model, fields, who)))


@st.composite
def _documents(
    draw: st.DrawFn, model: type[Model], given: st.SearchStrategy[dict[str, Any]]
) -> dict[str, Any]:
    """Documents of a model. One string of bytes says what is sent, for it is drawn in one step."""
    form = _form(model)
    document, wild = form.document(draw(form.data))
    for path in wild:
        _set(document, path, plain(draw(_ANYTHING.get(path[-1], _ANY_TEXT))))
    return fields_set(document, draw(given))


_ANY_TEXT = st.text(max_size=20)
_ANYTHING: Mapping[str, st.SearchStrategy[Any]] = {"messages": messages()}


class _Form:
    """What bytes mean for a model: two for each of the fields that most objects have, so that each
    shrinks by itself, then two for each of some others."""

    def __init__(self, model: type[Model]) -> None:
        fields = fields_in(model)
        large = model in (Request, Response)
        core = [field for field in fields if not large or field.pointer in _CORE]
        self._core = [_sending(field, model.__name__) for field in core]
        self._rest = [_sending(field, model.__name__) for field in fields if field not in core]
        size = 2 * len(self._core) + (1 + 2 * max(_MORE) if large else 0)
        self.data = st.binary(min_size=size, max_size=size)

    def document(self, data: bytes) -> tuple[dict[str, Any], list[tuple[str, ...]]]:
        """The document that bytes stand for, and the fields in it that hold anything at all."""
        made: dict[str, Any] = {}
        wild: list[tuple[str, ...]] = []
        places = iter(data)
        for send in self._core:
            send(made, wild, next(places), next(places))
        if self._rest:
            for _ in range(_MORE[next(places) * len(_MORE) >> 8]):
                number = next(places) * len(self._rest) >> 8
                value = next(places)
                self._rest[number](made, wild, 255 if value >= _NULL else _SENT, value)
        return made, wild


def _sending(
    field: Field, owner: str
) -> Callable[[dict[str, Any], list[tuple[str, ...]], int, int], None]:
    """What sets a field as two bytes say."""
    path, values = field.path, values_for(field, owner)
    free = path[-1] == "messages" or (field.sort == "text" and not field.words)

    def send(
        document: dict[str, Any], wild: list[tuple[str, ...]], state: int, number: int
    ) -> None:
        if state < _SENT:
            return
        if free and number >= _WILD and state < _NULL:
            wild.append(path)
        _set(document, path, None if state >= _NULL else values[number * len(values) >> 8])

    return send


@cache
def _form(model: type[Model]) -> _Form:
    return _Form(model)


def _set(document: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for step in path[:-1]:
        document = document.setdefault(step, {})
    document[path[-1]] = value


# -- collections -------------------------------------------------------------------------------


@cache
def _collections() -> Mapping[str, type[Model]]:
    """The collections of a snapshot with the models of their items."""
    found = {}
    for name in OrgState.model_fields:
        collection, _ = nested_model(OrgState.model_fields[name].annotation)
        items = None if collection is None else collection.model_fields.get("items")
        if items is not None:
            found[name] = mapped_model(items.annotation)
    return found  # type: ignore[return-value]  # all of ours are Models


def nested_model_of(model: type[Model], name: str) -> type[Model]:
    """The model of a field that holds an object."""
    found, _ = nested_model(model.model_fields[name].annotation)
    return found  # type: ignore[return-value]  # all of ours are Models


_SOME_COLLECTIONS = st.deferred(
    lambda: st.lists(st.sampled_from(tuple(_collections())), unique=True, max_size=4)
)


@cache
def _collection(name: str) -> st.SearchStrategy[dict[str, Any]]:
    item = _documents(_collections()[name], st.just({"id": UNSENT}))  # its key is its id
    ids = st.sampled_from(tuple(f"{name[:4]}-{letter}" for letter in "abc"))
    return st.fixed_dictionaries(
        {"items": st.dictionaries(ids, item, max_size=3)}, optional={"observed_at": _OBSERVED}
    )
