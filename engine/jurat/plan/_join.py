"""Joins: what is known of the things that a request names.

The bundle's table beats the armed state, which beats the PEP's word. Where a bundle has the
table, or the state the collection, it alone answers for every column: an id that is not listed
is absent, and so is a column that a table's row leaves out; what a state's item leaves out, or
what is too old, is unknown. The keys joined on stay as sent.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

from jurat.canon import join, tokens
from jurat.model import (
    PLACE,
    Actor,
    Credential,
    Endpoint,
    Model,
    ModelInfo,
    Place,
    Project,
    Prompt,
    Vendor,
    View,
    alike,
    make,
    nothing,
    place_of,
    to_plain,
    view_class,
)

from ._assumed import REQUEST, assumed
from ._facts import FactSet
from ._join_again import JoinedBefore
from ._rows import Rows, Source, StateRows, aliases_of, index_by
from ._state import State

ACTOR = REQUEST.children["actor"]
DEPLOYMENT = ("provider", "region", "deployment")
_NO_PROMPT = {"id": None, "version": None}

# What joins go by: assumed before them, everything else where they left it unknown.
_KEYS = frozenset(
    {
        "/actor/id",
        "/actor/kind",
        "/actor/credential/id",
        "/actor/credential/fingerprint",
        "/project/id",
        "/endpoint/id",
        "/model",
        "/provider",
        "/prompt/id",
        "/prompt/version",
    }
)


class Joins:
    """The joins of one bundle, compiled. `collect` makes the facts of a request."""

    def __init__(self, tables: Any, assume: Mapping[str, Any]) -> None:
        self._tables = tables
        of_endpoint = {at: value for at, value in assume.items() if tokens(at)[0] == "endpoint"}
        self._assumes = bool(assume)
        self._assumed_keys = assumed({at: assume[at] for at in _KEYS & assume.keys()})
        self._assumed_endpoint = assumed(of_endpoint)
        self._assumed_deployment = assumed(
            {at: value for at, value in of_endpoint.items() if tokens(at)[-1] in DEPLOYMENT}
        )
        self._assumed_rest = assumed(
            {at: assume[at] for at in assume.keys() - _KEYS - of_endpoint.keys()}
        )
        self._project: Source | None = self._table(Project, "/project", "projects")
        self._service_accounts = self._table(Actor, "/actor", "service_accounts")
        self._row_kinds = frozenset(map(_kind_of, self._rows("service_accounts").values()))
        self._users: Source | None = self._table(Actor, "/actor", "users")
        # one collection of a state holds actors of every kind
        self._principals: Source | None = None
        self._credential: Source | None = self._table(
            Credential, "/actor/credential", "credentials"
        )
        self._fingerprints = index_by(self._rows("credentials"), "fingerprint")
        self._endpoint: Source | None = self._table(Endpoint, "/endpoint", "endpoints")
        self._deployments = index_by(self._rows("endpoints"), *DEPLOYMENT)
        self._models = self._table(ModelInfo, "/model_info", "models")
        self._aliases = aliases_of(self._rows("models"))
        self._prompt = self._table(Prompt, "/prompt", "prompts")
        self._vendor: Source | None = self._table(Vendor, "/vendor", "vendors")
        self._no_prompt = _no_prompt()
        # an actor's row does not answer for its credential, and its key is not what to ask for
        self._unsent = make(view_class(Credential, "/actor/credential"), {})
        self._from_state: tuple[str, ...] = ()
        # whether the model to be served may be another than the one named, if we can't tell which
        self._serving = any(
            row.__dict__.get("model") is not None for row in self._rows("endpoints").values()
        )
        self._idle = self._answers_nothing()
        self._before: JoinedBefore | None = self._remembering(assume)

    def with_state(self, state: State) -> "Joins":
        """These joins, with the armed state to answer where the bundle has no table."""
        made = copy(self)
        if state.has("principals"):
            made._principals = StateRows(Actor, "/actor", "principals")
            made._users = self._users or made._principals
        if self._project is None and state.has("projects"):
            made._project = StateRows(Project, "/project", "projects")
        if self._credential is None and state.has("credentials"):
            made._credential = StateRows(Credential, "/actor/credential", "credentials")
            made._fingerprints = index_by(state.collection("credentials").items, "fingerprint")
        if self._endpoint is None and state.has("endpoints"):
            made._endpoint = StateRows(Endpoint, "/endpoint", "endpoints")
            made._serving = True
            made._deployments = index_by(state.collection("endpoints").items, *DEPLOYMENT)
        if self._vendor is None and state.has("vendors"):
            made._vendor = StateRows(Vendor, "/vendor", "vendors")
        answering = {
            source.name
            for source in (
                made._principals,
                made._project,
                made._credential,
                made._endpoint,
                made._vendor,
            )
            if isinstance(source, StateRows)
        }
        made._from_state = tuple(sorted(answering))
        made._idle = made._answers_nothing()
        if made._from_state:
            made._before = None  # a state's item may become too old, and is recorded when used
        return made

    def collect(self, facts: FactSet) -> None:
        """Join `facts.request`: replace the objects that rows answer for."""
        if self._idle:
            return
        sent = facts.request
        before = self._before
        key = None if before is None else before.key(sent)
        if before is None or key is None:
            self._collect(sent, facts)
        elif not before.join(key, facts):
            self._collect(sent, facts)
            before.keep(key, sent, facts)

    def _collect(self, sent: Any, facts: FactSet) -> None:
        data = dict(sent.__dict__)
        count = len(data)
        for name in self._from_state:
            facts.used.setdefault(name, set())  # that it answers is a fact, whatever is asked
        told: dict[str, Any] = {}
        if self._assumed_keys is not None:
            self._assumed_keys.fill(data, told)
        if self._assumed_deployment is not None and not _has_id(data.get("endpoint")):
            self._assumed_deployment.fill(data, told)
        if self._project is not None:
            data["project"] = self._simple("project", data, self._project, facts)
        actor = data.get("actor")
        if self._service_accounts is not None or self._users is not None:
            data["actor"] = self._actor(actor, facts)
        if self._credential is not None:
            found = data.get("actor")
            credential = self._credential_of(found, facts)
            if found is None or found is actor:  # the caller's own is left as it was sent
                fields = {} if found is None else found.__dict__
                data["actor"] = make(ACTOR, {**fields, "credential": credential})
            else:
                found.__dict__["credential"] = credential
        if self._endpoint is not None:
            data["endpoint"] = self._join_endpoint(data.get("endpoint"), facts)
        if self._assumed_endpoint is not None:
            self._assumed_endpoint.fill(data, told)
        if self._models is not None:
            data["model_info"] = self._model(data, facts)
        if self._prompt is not None and "prompt" in data:
            data["prompt"] = self._join_prompt(data["prompt"], facts)
        if self._vendor is not None:
            data["vendor"] = self._join_vendor(data, facts)
        if self._assumed_rest is not None:
            self._assumed_rest.fill(data, told)
        if self._assumes:
            facts.assumed = told
        # what was sent is all replaced, or something was added
        request = alike(sent, data) if len(data) == count else make(REQUEST, data)
        facts.request = request
        facts.project = request.project

    def _answers_nothing(self) -> bool:
        """True where no table, no state and no assumption answers for anything."""
        sources = (
            self._project,
            self._service_accounts,
            self._users,
            self._credential,
            self._endpoint,
            self._models,
            self._prompt,
            self._vendor,
        )
        return not self._assumes and not self._from_state and sources == (None,) * len(sources)

    def _remembering(self, assumed: Iterable[str]) -> JoinedBefore | None:
        if self._service_accounts is None and self._users is None:
            return None  # the joined actor would be the caller's own
        tables = {
            "projects": self._project,
            "accounts": self._service_accounts,
            "users": self._users,
            "credentials": self._credential,
            "endpoints": self._endpoint,
            "vendors": self._vendor,
        }
        ids = {name: rows.rows for name, rows in tables.items() if isinstance(rows, Rows)}
        models = None if self._models is None else self._aliases.keys() | self._models.rows.keys()
        known = {name: ids.get(name) for name in tables}
        return JoinedBefore(models=models, assumed=assumed, **known)

    # -- sources

    def _table(self, model: type[Model], at: str, name: str) -> Rows | None:
        table = getattr(self._tables, name, None)
        return None if table is None else Rows(model, at, table)

    def _rows(self, name: str) -> Mapping[str, View]:
        return getattr(self._tables, name, {})

    # -- one join each

    def _simple(self, name: str, data: dict[str, Any], source: Source, facts: FactSet) -> Any:
        sent = data.get(name)
        id_ = None if sent is None else sent.__dict__.get("id", facts)
        if sent is None or id_ is facts:
            return _keyless(REQUEST.children[name], sent, f"/{name}/id", ())
        if id_ is None:
            return nothing(REQUEST.children[name])
        row = source.find(id_, facts)
        if len(sent.__dict__) > 1:
            _compare(sent, row, ("id",), facts)
        return row

    def _actor(self, sent: View | None, facts: FactSet) -> Any:
        cls = ACTOR
        if sent is None or "id" not in sent.__dict__:
            kind = None if sent is None else sent.__dict__.get("kind")
            # the row of whoever it is may say another kind
            kept = ("kind", "credential") if self._row_kinds <= {kind} else ("credential",)
            view = _keyless(cls, sent, "/actor/id", kept)
            view.__dict__.setdefault("credential", self._unsent)
            return view
        fields = sent.__dict__
        id_, kind = fields["id"], fields.get("kind")
        accounts = self._service_accounts
        if accounts is not None and (id_ in accounts.rows or kind == "service_account"):
            source: Source | None = accounts
        elif kind == "service_account":
            source = self._principals
        else:
            source = self._users
            if "kind" not in fields and not self._same_for_any_kind(id_):
                return _keyless(cls, sent, "/actor/kind", ("id", "credential"))
        if source is None:
            return sent
        row = nothing(cls) if id_ is None else source.find(id_, facts)
        joined = dict(row.__dict__)
        count = len(joined)
        joined["id"] = id_
        if source is accounts and id_ in accounts.rows:
            joined["kind"] = _kind_of(row)
        elif "kind" in fields:
            joined["kind"] = kind
        elif joined.get("kind") is None:
            count -= joined.pop("kind", facts) is not facts
            joined.setdefault(PLACE, Place("/actor"))
        joined["credential"] = fields.get("credential", self._unsent)
        view = alike(row, joined) if len(joined) == count else make(cls, joined)
        _compare(sent, view, ("id", "credential"), facts)
        return view

    def _same_for_any_kind(self, id_: str | None) -> bool:
        """Whether an actor that no service account's row names is known by the same columns,
        whatever kind it turns out to be."""
        accounts = self._service_accounts or self._principals
        if accounts is self._users:
            return True
        tables = (accounts, self._users)
        return all(isinstance(table, Rows) and id_ not in table.rows for table in tables)

    def _credential_of(self, actor: View | None, facts: FactSet) -> Any:
        assert self._credential is not None  # the caller looked
        sent = None if actor is None else actor.__dict__.get("credential")
        cls = ACTOR.children["credential"]
        fields = {} if sent is None else sent.__dict__
        id_ = fields.get("id")
        if id_ is None and fields.get("fingerprint") is not None:
            fingerprint = fields["fingerprint"]
            id_ = self._fingerprints.get((fingerprint,))
            if id_ is None:  # known by fingerprint, and not listed
                joined = make(cls, {**nothing(cls).__dict__, "fingerprint": fingerprint})
            else:
                joined = self._credential.find(id_, facts)
        elif id_ is not None:
            joined = self._credential.find(id_, facts)
        elif sent is not None and "id" in fields:
            joined = nothing(cls)
        else:
            joined = _keyless(cls, sent, "/actor/credential/id", ())
        if sent is not None and len(fields) > 1 and joined.__dict__:
            _compare(sent, joined, ("id", "fingerprint"), facts)
        return joined

    def _join_endpoint(self, sent: View | None, facts: FactSet) -> Any:
        assert self._endpoint is not None  # the caller looked
        cls = REQUEST.children["endpoint"]
        fields = {} if sent is None else sent.__dict__
        id_ = fields.get("id")
        if id_ is None:
            named = tuple(fields.get(key) for key in DEPLOYMENT)
            if None not in named:
                id_ = self._deployments.get(named)
                if id_ is None:
                    absent = {**nothing(cls).__dict__, **dict(zip(DEPLOYMENT, named, strict=True))}
                    return make(cls, absent)
            elif sent is not None and "id" in fields:
                return nothing(cls)
            else:
                return _keyless(cls, sent, "/endpoint/id", DEPLOYMENT)
        row = self._endpoint.find(id_, facts)
        if sent is not None and len(fields) > 1:
            _compare(sent, row, ("id",), facts)
            asked = fields.get("deployment")
            if asked is not None and row.__dict__.get("deployment", asked) not in (None, asked):
                # the row is of another deployment (on Azure the caller's body may name one)
                return make(cls, {**nothing(cls).__dict__, "id": id_, "deployment": asked})
        return row

    def _model(self, data: dict[str, Any], facts: FactSet) -> Any:
        assert self._models is not None  # the caller looked
        cls = REQUEST.children["model_info"]
        endpoint = data.get("endpoint")
        described = {} if endpoint is None else endpoint.__dict__
        served = described.get("model")
        if "model" not in described and (self._serving or described.get("deployment") is not None):
            place = REQUEST.children["endpoint"].place if endpoint is None else place_of(endpoint)
            missing = place.missing("model")
            return make(cls, {PLACE: Place(cls.place.pointer, key=missing.pointer, why=place.why)})
        if served is None:
            if "model" not in data:
                return _keyless(cls, None, "/model", ())
            served = data["model"]
        if served is None:
            return nothing(cls)
        row = self._models.find(self._aliases.get(served, served), facts)
        if sent := data.get("model_info"):
            _compare(sent, row, ("id",), facts)
        return row

    def _join_prompt(self, sent: View, facts: FactSet) -> Any:
        assert self._prompt is not None  # the caller looked
        cls = REQUEST.children["prompt"]
        fields = sent.__dict__
        if fields == _NO_PROMPT:  # as in every call of a bundle that assumes there is none
            return self._no_prompt
        if "id" not in fields or "version" not in fields:
            missing = "/prompt/version" if "id" in fields else "/prompt/id"
            return _keyless(cls, sent, missing, ("id", "version"))
        row = self._prompt.find(f"{fields['id']}@{fields['version']}", facts)
        joined_fields = {**row.__dict__, "id": fields["id"], "version": fields["version"]}
        # the digest of what is sent: the register has another, to compare it with, and none to
        # stand in for it
        joined_fields.pop("sha256", None)
        if "sha256" in fields:
            joined_fields["sha256"] = fields["sha256"]
        joined = make(cls, joined_fields)
        _compare(sent, joined, ("id", "version", "sha256"), facts)
        return joined

    def _join_vendor(self, data: dict[str, Any], facts: FactSet) -> Any:
        assert self._vendor is not None  # the caller looked
        cls = REQUEST.children["vendor"]
        provider = data.get("provider", facts)
        if provider is facts:
            endpoint = data.get("endpoint")
            provider = facts if endpoint is None else endpoint.__dict__.get("provider", facts)
        if provider is facts:
            return _keyless(cls, data.get("vendor"), "/provider", ())
        if provider is None:
            return nothing(cls)
        row = self._vendor.find(provider, facts)
        if sent := data.get("vendor"):
            _compare(sent, row, ("id",), facts)
        return row


def _kind_of(account: View) -> str:
    """The kind of an actor that has this row among the service accounts."""
    return "workload" if account.__dict__.get("kind") == "workload" else "service_account"


def _no_prompt() -> Any:
    """The prompt of a request that uses no registered one. What it sends has a digest none the
    less, so that is unknown."""
    cls = REQUEST.children["prompt"]
    return make(cls, {n: v for n, v in nothing(cls).__dict__.items() if n != "sha256"})


def _has_id(endpoint: View | None) -> bool:
    return endpoint is not None and endpoint.__dict__.get("id") is not None


def _keyless(cls: type[View], sent: View | None, key: str, kept: tuple[str, ...]) -> Any:
    """A joined object whose key was not sent: its columns are unknown, told as the key."""
    fields = {} if sent is None else {n: sent.__dict__[n] for n in kept if n in sent.__dict__}
    place = cls.place
    return make(cls, {**fields, PLACE: Place(place.pointer, key=key)})


def _compare(sent: View, joined: View, kept: tuple[str, ...], facts: FactSet) -> None:
    """Advise of every word of the PEP that a table or the state overrode and that differs."""
    known = joined.__dict__
    if sent.__dict__.items() <= known.items():
        return  # the ordinary case: nothing differs
    for name, value in sent.__dict__.items():
        if name in kept or name == PLACE or name not in known:
            continue
        on_record = known[name]
        if on_record is value or on_record == value:
            continue
        if not isinstance(value, View) or to_plain(on_record) != to_plain(value):
            pointer = join(type(sent).place.pointer, name)
            facts.notes.append(
                ("fact-overridden", pointer, f"{pointer} as sent differs from what is on record")
            )
