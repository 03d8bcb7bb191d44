"""An OrgState as a source of facts: its collections, and how old they are."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from jurat.canon import format_duration, format_time
from jurat.model import PLACE, MissingFact, View, make, nothing, to_plain

# The collections of an OrgState, by the name of the resource that each holds.
COLLECTIONS = {
    "principal": "principals",
    "invite": "invites",
    "group": "groups",
    "role": "roles",
    "assignment": "assignments",
    "project": "projects",
    "credential": "credentials",
    "model_permission": "model_permissions",
    "tool_permission": "tool_permissions",
    "limit": "limits",
    "data_control": "data_controls",
    "network_control": "network_controls",
    "vendor": "vendors",
    "endpoint": "endpoints",
}

# The tables that hold the rows of a collection, where that is not the table of its own name;
# the later one wins.
_TABLES = {"principals": ("users", "service_accounts")}

# What only who was asked can know: a row adds it where it was not collected, and hides none of it.
_OBSERVED = {
    "principals": frozenset({"status", "roles", "created_at", "last_active_at"}),
    "credentials": frozenset({"status", "created_at", "expires_at", "last_used_at"}),
}


class CollectionState:
    """One collection: its items as views that know their place, and when each was observed."""

    __slots__ = ("items", "max_age", "name", "observed_at", "source")

    def __init__(
        self, name: str, view: View, inherited: datetime | None, max_age: timedelta
    ) -> None:
        fields = view.__dict__
        self.name = name
        self.source: str | None = fields.get("source")
        self.observed_at: datetime | None = fields.get("observed_at") or inherited
        self.max_age = max_age
        # by id: what a check meets first must not hang on the order in which a source told of it
        self.items: Mapping[str, View] = dict(sorted((fields.get("items") or {}).items()))

    def age(self, now: datetime) -> timedelta | None:
        """How old the collection is at `now`; None if nobody said when it was observed."""
        return None if self.observed_at is None else now - self.observed_at

    def stale(self, now: datetime) -> str:
        """Why the collection no longer counts at `now`; empty while it does."""
        age = self.age(now)
        if age is None:
            return f"{self.name} have no observed_at, so their age is unknown"
        if age > self.max_age:
            return (
                f"{self.name} were observed {_age(age)} ago, more than the "
                f"{format_duration(self.max_age)} that max_staleness allows"
            )
        return ""

    def fresh(self, now: datetime) -> None:
        """Raises MissingFact if the collection is stale."""
        if why := self.stale(now):
            raise MissingFact(f"/{self.name}", why)

    def note(self, now: datetime) -> tuple[str, str, str] | None:
        """Advice from half of the allowed age on."""
        age = self.age(now)
        if age is None or not self.max_age / 2 <= age <= self.max_age:
            return None
        message = (
            f"{self.name} were observed {_age(age)} ago; after "
            f"{format_duration(self.max_age)} they no longer count"
        )
        return ("state-ageing", f"/{self.name}", message)


class State:
    """A snapshot with its collections at hand. Made once, when armed or judged.

    `tables` are those of the bundle that judges it: the snapshot is what is judged, so a row adds
    to the item of its id and corrects it, but for what the provider saw (`_OBSERVED`); what
    neither has of a listed one is absent.
    """

    def __init__(self, view: View, max_age: Mapping[str, timedelta], tables: Any = None) -> None:
        self.view = view
        inherited = view.__dict__.get("observed_at")
        self._collections = {
            name: CollectionState(name, view.__dict__[name], inherited, max_age[name])
            for name in COLLECTIONS.values()
            if name in view.__dict__
        }
        if tables is not None:
            for name, collection in self._collections.items():
                collection.items = _corrected(collection.items, tables, name)

    def has(self, name: str) -> bool:
        return name in self._collections

    def collection(self, name: str) -> CollectionState:
        """The collection `name`. Raises MissingFact if the snapshot has none."""
        try:
            return self._collections[name]
        except KeyError:
            why = "the state has no such collection; send it, as {items: {}} where there is none"
            raise MissingFact(f"/{name}", why) from None

    def extract(self, used: Mapping[str, set[str] | None]) -> dict[str, Any]:
        """The part of the state that was read, as the JSON of a smaller OrgState."""
        part: dict[str, Any] = {}
        for name in sorted(used):
            if name not in self._collections:
                continue
            collection, ids = self._collections[name], used[name]
            chosen = collection.items if ids is None else ids & collection.items.keys()
            part[name] = {
                "items": {id_: to_plain(collection.items[id_]) for id_ in sorted(chosen)}
            }
            if collection.observed_at is not None:
                part[name]["observed_at"] = format_time(collection.observed_at)
            if collection.source is not None:
                part[name]["source"] = collection.source
        return part


def _corrected(items: Mapping[str, View], tables: Any, name: str) -> Mapping[str, View]:
    """The items with the columns that the bundle's tables have for them."""
    rows: dict[str, View] = {}
    for table in _TABLES.get(name, (name,)):
        rows |= getattr(tables, table, None) or {}
    corrected = {}
    observed = _OBSERVED.get(name, frozenset())
    for id_, row in rows.items():
        item = items.get(id_)
        if item is not None:
            seen = {k for k in observed if item.__dict__.get(k) is not None}
            stated = {
                k: v
                for k, v in row.__dict__.items()
                if v is not None and k != PLACE and k not in seen
            }
            cls = type(item)
            corrected[id_] = make(cls, {**nothing(cls).__dict__, **item.__dict__, **stated})
    return {**items, **corrected} if corrected else items


def _age(age: timedelta) -> str:
    return format_duration(timedelta(seconds=int(age.total_seconds())))
