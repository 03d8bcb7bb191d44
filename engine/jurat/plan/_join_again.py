"""Joins that were made before: what the tables say of one combination of ids is put together once.

Callers send the same few combinations of account, key, project, endpoint and model again and again.
Remembered are ids alone that the bundle's tables list, so nothing is kept that the bundle does not
hold, and only requests whose every word agrees with the tables: any other is joined anew.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from jurat.canon import tokens
from jurat.model import View, alike

from ._facts import FactSet

MOST_KEPT = 4096  # combinations
_OTHERS = frozenset({"prompt", "vendor", "model_info"})
_BY_ID = frozenset({"id"})
_OF_ACTOR = frozenset({"id", "kind", "credential"})

Ids = Collection[str] | None
"""The ids that a table lists; None where there is no such table."""
Key = tuple[Any, ...]


class _Made:
    """What came of joining one combination of ids."""

    __slots__ = ("actor", "added", "credential", "keeps_credential", "project", "request", "told")

    def __init__(self, request: View, added: dict[str, Any], told: Mapping[str, Any]) -> None:
        self.request = request
        self.added = added
        """The fields of the request that rows or assumptions answer for."""
        self.told = told
        # what the caller says beside the ids has to agree with these
        self.project: Mapping[str, Any] | None = None
        self.actor: tuple[tuple[str, Any], ...] = ()
        self.credential: Mapping[str, Any] | None = None
        self.keeps_credential = False
        """Whether the actor's credential is the caller's own."""


class JoinedBefore:
    """The combinations of ids that were joined, and what came of it.

    The arguments are the ids of the bundle's tables, and the pointers of what it assumes.
    """

    def __init__(
        self,
        *,
        projects: Ids,
        accounts: Ids,
        users: Ids,
        credentials: Ids,
        endpoints: Ids,
        models: Ids,
        vendors: Ids,
        assumed: Iterable[str],
    ) -> None:
        # where one of these is sent, joins are made anew: what comes of it depends on its fields
        paths = [tokens(pointer) for pointer in assumed]
        odd = _OTHERS | {path[0] for path in paths if len(path) > 1}
        # of what rows answer for, only what is in the key matters
        answered = {"project": projects, "endpoint": endpoints, "actor": credentials}
        odd -= {name for name, ids in answered.items() if ids is not None}
        if all(path[:2] != ["actor", "credential"] for path in paths):
            odd -= {"actor"}
        self._odd = odd
        self._accounts = accounts
        self._users = users
        self._credentials = credentials
        # of the ids in a key, those that a table may list
        self._by_credential = credentials is not None
        self._by_endpoint = endpoints is not None
        self._by_model = models is not None
        self._by_provider = vendors is not None
        self._by_project = projects is not None
        self._listed = (projects, credentials, endpoints, models, vendors)
        self._kept: dict[Key, _Made] = {}

    def key(self, sent: View) -> Key | None:
        """What the joins of a request go by; None for an odd one."""
        fields = sent.__dict__
        project, actor, endpoint = (
            fields.get("project"),
            fields.get("actor"),
            fields.get("endpoint"),
        )
        if project is None or actor is None or not self._odd.isdisjoint(fields):
            return None
        if endpoint is not None and endpoint.__dict__.keys() != _BY_ID:
            return None  # it may name a deployment
        known = actor.__dict__
        credential = known.get("credential")
        return (
            project.__dict__.get("id") if self._by_project else None,
            credential.__dict__.get("id") if self._by_credential and credential else None,
            endpoint.__dict__.get("id") if self._by_endpoint and endpoint else None,
            fields.get("model") if self._by_model else None,
            fields.get("provider") if self._by_provider else None,
            known.get("id"),
            known.get("kind"),
            # classes tell which fields there are
            sent.__class__,
            project.__class__,
            actor.__class__,
            credential.__class__,
        )

    def join(self, key: Key, facts: FactSet) -> bool:
        """Join `facts.request`, whose key this is, as before; False where that can't be."""
        made = self._kept.get(key)
        if made is None:
            return False
        data = dict(facts.request.__dict__)
        actor = data["actor"].__dict__
        if made.project is not None and not (
            data["project"].__dict__.items() <= made.project.items()
        ):
            return False
        for name, value in made.actor:
            if actor[name] != value:
                return False
        if made.credential is not None and not (
            actor["credential"].__dict__.items() <= made.credential.items()
        ):
            return False
        data |= made.added
        if made.keeps_credential:
            joined = data["actor"]
            own = {**joined.__dict__, "credential": actor["credential"]}
            data["actor"] = alike(joined, own)
        facts.assumed = made.told
        facts.request = request = alike(made.request, data)
        facts.project = request.project
        return True

    def keep(self, key: Key, sent: View, facts: FactSet) -> None:
        """Remember how a request with this key was joined, if all that it says agrees with the
        tables, and they list all that it names."""
        if facts.notes or not self._lists(key) or any(map(_whole, key[7:])):
            return
        before, after = sent.__dict__, facts.request.__dict__
        added = {
            name: value for name, value in after.items() if before.get(name, self) is not value
        }
        made = _Made(facts.request, added, facts.assumed)
        project, actor = before["project"].__dict__, before["actor"].__dict__
        joined = after["actor"].__dict__
        if project.keys() != _BY_ID and self._by_project:
            made.project = after["project"].__dict__
        made.actor = tuple((name, joined.get(name)) for name in actor.keys() - _OF_ACTOR)
        if self._credentials is None:
            made.keeps_credential = "credential" in actor
        elif "credential" in actor and actor["credential"].__dict__.keys() != _BY_ID:
            made.credential = joined["credential"].__dict__
        if len(self._kept) < MOST_KEPT:
            self._kept[key] = made

    def _lists(self, key: Key) -> bool:
        """Whether the tables list all that a key names."""
        for id_, ids in zip(key, self._listed, strict=False):
            if id_ is not None and ids is not None and id_ not in ids:
                return False
        actor, kind = key[5:7]
        if self._accounts is not None and (actor in self._accounts or kind == "service_account"):
            return actor in self._accounts
        return kind != "service_account" and self._users is not None and actor in self._users


def _whole(cls: Any) -> bool:
    """Whether a class is that of views with any fields."""
    return getattr(cls, "whole", None) is cls
