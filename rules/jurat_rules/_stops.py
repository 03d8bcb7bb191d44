"""The table `stops`, made ready: which stops a request falls under, at the cost of a look-up."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jurat.canon import format_time
from jurat.model import PLACE, MissingFact, make, nothing
from jurat.plugin import CompileContext

from ._models import aliases, undated
from ._tools import CALLS, OFFERS, TOOLLESS

# What a request is known by in one respect: (word, its pointer) each, and what of it is missing.
Known = tuple[tuple[tuple[str, str], ...], MissingFact | None]
Read = Callable[[Any], Known]
Targets = tuple[tuple[str, str], ...]  # (field, word)


@dataclass(frozen=True, slots=True)
class Stop:
    """One row: its targets by field, and what is said of it."""

    id: str
    targets: Targets
    since: datetime | None
    until: datetime | None
    who: str
    why: str

    def in_force(self, now: datetime) -> bool:
        return (self.since is None or self.since <= now) and (
            self.until is None or now < self.until
        )

    def told(self) -> str:
        """The stop in one line: what, by whom, why, until when. All of it is the bundle's."""
        what = ", ".join(f"{field} {word}" for field, word in self.targets) or "everything"
        ends = "it is lifted" if self.until is None else format_time(self.until)
        return f"stop {self.id} ({what}) by {self.who}: {self.why}; until {ends}"


class Stops:
    """All stops of a table.

    A stop is filed under the most selective of its targets, so that a request meets only those
    that name something of its own.
    """

    __slots__ = ("_everything", "_filed", "_of_endpoints", "_readers")

    def __init__(
        self, rows: Mapping[str, Any], models: Mapping[str, str], serving: "Serving"
    ) -> None:
        self._readers = readers(models, serving)
        self._everything: list[Stop] = []
        filed: dict[str, dict[str, list[Stop]]] = {}
        for id_ in sorted(rows):
            stop = _stop(id_, rows[id_].__dict__, models)
            if stop.targets:
                field, word = min(stop.targets, key=lambda target: _SELECTIVE.index(target[0]))
                filed.setdefault(field, {}).setdefault(word, []).append(stop)
            elif rows[id_].__dict__.get("everything"):
                self._everything.append(stop)
        self._filed = tuple((field, filed[field]) for field in _SELECTIVE if field in filed)
        self._of_endpoints = any(
            row.__dict__.get(field) is not None for row in rows.values() for field in _ENDPOINT
        )

    def open_to(
        self, request: Any, ids: tuple[str, ...], endpoints: Mapping[str, Any], now: datetime
    ) -> tuple[str, ...]:
        """Those of the endpoints `ids` that no stop in force keeps from serving `request`. Of one
        that a stop may mean it is not known, so it is left out; what stops the request wherever
        it is served leaves out none.
        """
        if not self._of_endpoints:
            return ids
        anywhere = self._stopped(request, nothing(type(request).children["endpoint"]), now)

        def is_open(id_: str) -> bool:
            row = endpoints[id_]
            endpoint = make(type(row).whole, {**row.__dict__, "id": id_})
            return self._stopped(request, endpoint, now) <= anywhere

        return tuple(filter(is_open, ids))

    def _stopped(self, request: Any, endpoint: Any, now: datetime) -> frozenset[str]:
        """The stops of `request` where `endpoint` serves it; "" where that is not known."""
        served = make(type(request).whole, {**request.__dict__, "endpoint": endpoint})
        try:
            return frozenset(stop.id for stop, _ in self.hit(served, now))
        except MissingFact:
            return _DOUBT

    def hit(self, request: Any, now: datetime) -> list[tuple[Stop, str]]:
        """The stops in force that `request` falls under, with the pointer of what each hit, by id.

        Raises MissingFact where none does, and whether one would is not known.
        """
        found = {stop.id: (stop, "") for stop in self._everything if stop.in_force(now)}
        doubt: MissingFact | None = None
        seen: dict[str, Known] = {}

        def known(field: str) -> Known:
            if field not in seen:
                seen[field] = self._readers[field](request)
            return seen[field]

        for field, by_word in self._filed:
            words, missing = known(field)
            for word, at in words:
                for stop in by_word.get(word, ()):
                    if stop.id not in found and stop.in_force(now):
                        verdict = _matches(stop, known)
                        if verdict is True:
                            found[stop.id] = stop, at
                        elif verdict is not False:
                            doubt = doubt or verdict
            if missing is not None and doubt is None and not found:
                doubt = _doubtful(by_word.values(), known, missing, now)
        if doubt is not None and not found:
            raise doubt
        return [found[id_] for id_ in sorted(found)]


def stops_of(context: CompileContext) -> Callable[[Any], Stops | None]:
    """Gives the stops of the tables of a decision, None where there are none. They are the
    bundle's, made once; a test case may bring some along, so they are looked at anew."""
    own_data = context.data
    models = aliases(getattr(own_data, "models", None) or {})
    serving = Serving.of(getattr(own_data, "endpoints", None))

    def ready(data: Any) -> Stops | None:
        rows = getattr(data, "stops", None)
        return Stops(rows, models, serving) if rows else None

    own = ready(own_data)
    return lambda data: own if data is own_data else ready(data)


def _matches(stop: Stop, known: Callable[[str], Known]) -> bool | MissingFact:
    """Whether every target matches. One that is known not to settles it, whatever is missing."""
    doubt: MissingFact | None = None
    for field, word in stop.targets:
        words, missing = known(field)
        if any(word == one for one, _ in words):
            continue
        if missing is None:
            return False
        doubt = doubt or missing
    return True if doubt is None else doubt


def _doubtful(
    filed: Iterable[Iterable[Stop]],
    known: Callable[[str], Known],
    missing: MissingFact,
    now: datetime,
) -> MissingFact | None:
    """`missing`, if a stop in force may be meant by what is not known."""
    for stops in filed:
        for stop in stops:
            if stop.in_force(now) and _matches(stop, known) is not False:
                return missing
    return None


# The fields that a stop may name, those first that fewest requests share.
_ENDPOINT = ("endpoint", "provider", "model")  # those that hang on where it is served
_DOUBT = frozenset({""})
_SELECTIVE = ("credential", "actor", "endpoint", "tool", "project", "model", "provider")


def _stop(id_: str, row: Mapping[str, Any], models: Mapping[str, str]) -> Stop:
    targets = []
    for field in ("project", "model", "actor", "credential", "provider", "endpoint", "tool"):
        word = row.get(field)
        if word is not None:
            targets.append((field, models.get(word, word) if field == "model" else word))
    who, why = row.get("who") or "(nobody named)", row.get("why") or "(no reason given)"
    return Stop(id_, tuple(targets), row.get("since"), row.get("until"), who, why)


# -- what a request is known by


@dataclass(frozen=True, slots=True)
class Serving:
    """What the bundle's table of endpoints answers for: None without such a table."""

    model: bool | None
    """Whether an endpoint of it serves one model, so that it matters which endpoint it is."""

    @classmethod
    def of(cls, endpoints: Mapping[str, Any] | None) -> "Serving":
        if endpoints is None:
            return cls(None)
        return cls(any(row.__dict__.get("model") is not None for row in endpoints.values()))


def readers(models: Mapping[str, str], serving: Serving) -> dict[str, Read]:
    """How each field is read from a request. `models` are the models that aliases stand for."""
    return {
        "project": _plain(lambda request: request.project.id, "/project/id"),
        "actor": _plain(lambda request: request.actor.id, "/actor/id"),
        "endpoint": _plain(lambda request: request.endpoint.id, "/endpoint/id"),
        "credential": _credential,
        "provider": _provider,
        "model": _model(models, serving),
        "tool": _tools,
    }


def _plain(get: Callable[[Any], str | None], at: str) -> Read:
    def read(request: Any) -> Known:
        try:
            word = get(request)
        except MissingFact as missing:
            return (), missing
        return (() if word is None else ((word, at),)), None

    return read


def _credential(request: Any) -> Known:
    """By its id and, where it was sent, by its fingerprint."""
    credential = request.actor.credential
    known = []
    missing = None
    fingerprint = credential.__dict__.get("fingerprint")
    if fingerprint is not None:
        known.append((fingerprint, "/actor/credential/fingerprint"))
    try:
        if credential.id is not None:
            known.append((credential.id, "/actor/credential/id"))
    except MissingFact as error:
        missing = error
    return tuple(known), missing


def _provider(request: Any) -> Known:
    """The provider that the request names, and that of its endpoint."""
    known = []
    fields = request.__dict__
    named = fields.get("provider")
    if named is not None:
        known.append((named, "/provider"))
    of_endpoint, missing = _of_endpoint(request, "provider")
    if of_endpoint is not None:
        known.append((of_endpoint, "/endpoint/provider"))
    if missing is None and "provider" not in fields and of_endpoint is None:
        return _plain(lambda one: one.provider, "/provider")(request)  # which says that it misses
    return tuple(known), missing


def _model(models: Mapping[str, str], serving: Serving) -> Read:
    """The model that the request names, and the one that its endpoint serves."""

    def read(request: Any) -> Known:
        known: list[tuple[str, str]] = []
        fields = request.__dict__
        served: str | None = None
        missing: MissingFact | None = None
        if serving.model is True:
            try:
                served = request.endpoint.model
            except MissingFact as error:
                missing = error
        elif serving.model is None:
            served, missing = _of_endpoint(request, "model")
        if fields.get("model") is not None:
            known += [(name, "/model") for name in _names(fields["model"], models)]
        if served is not None:
            known += [(name, "/endpoint/model") for name in _names(served, models)]
        elif "model" not in fields and missing is None:
            try:
                _ = request.model
            except MissingFact as error:
                missing = error
        return tuple(known), missing

    return read


def _of_endpoint(request: Any, name: str) -> tuple[str | None, MissingFact | None]:
    """What the endpoint says of itself. One that was not described can't matter; of one that a
    table or the armed state answers for, or that names a deployment, it must be known."""
    endpoint = request.__dict__.get("endpoint")
    if endpoint is None:
        return None, None
    fields = endpoint.__dict__
    if name not in fields and (
        PLACE in fields or (name == "model" and fields.get("deployment") is not None)
    ):
        try:
            getattr(endpoint, name)
        except MissingFact as missing:
            return None, missing
    return fields.get(name), None


def _names(model: str, models: Mapping[str, str]) -> list[str]:
    """What stops `model`: a stop of it, of what it is an alias of, of the model that it is a
    dated snapshot or a fine-tune of (`ft:gpt-4.1-2025-04-14:acme::1`)."""
    names = [models.get(model, model)]
    if names[0].startswith("ft:"):
        base = names[0].split(":", 2)[1]
        names.append(models.get(base, base))
    for name in tuple(names):
        if (plain := undated(name)) is not None:
            names.append(models.get(plain, plain))
    return names


def _tools(request: Any) -> Known:
    """Every tool that the request offers or calls: by its name, server or host, and as lists of
    tools write it. Which of the two must be known depends on the action."""
    fields = request.__dict__
    known: list[tuple[str, str]] = []
    missing: MissingFact | None = None
    used = [(tool, f"/tools/{n}") for n, tool in enumerate(fields.get("tools") or ())]
    if "tool" in fields:
        used.append((fields["tool"], "/tool"))
    for tool, at in used:
        said = tool.__dict__
        known += [(word, at) for word in _called(said) if word is not None]
        served = at == "/tool" or said.get("kind", "mcp") == "mcp"
        for field in ("name", "server") if served else ("name",):
            if field not in said:
                missing = missing or _missing(tool, field)
    action = fields.get("action")
    if "tools" not in fields and (
        action in OFFERS or (action not in CALLS | TOOLLESS and "tool" not in fields)
    ):
        missing = missing or _missing(request, "tools")
    if "tool" not in fields and action in CALLS:
        missing = missing or _missing(request.tool, "name")
    return tuple(known), missing


def _called(tool: Mapping[str, Any]) -> Iterable[str | None]:
    """All that a stop may call the tool."""
    name, server, host = tool.get("name"), tool.get("server"), tool.get("host")
    yield from (name, server, host)
    if server is not None:
        yield from (f"{server}/{name}", f"mcp:{server}/{name}", f"mcp:{server}/*")
    elif name is not None:
        yield f"{tool.get('kind') or 'function'}:{name}"


def _missing(view: Any, field: str) -> MissingFact | None:
    try:
        getattr(view, field)
    except MissingFact as missing:
        return missing
    return None
