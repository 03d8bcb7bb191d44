"""What principals may do: their roles, by whatever way they have them, and the permissions of these.

In a snapshot a principal has roles itself, by assignments and by its groups: a collection that was
not collected is unknown, and an empty one says that there are none. In a request it has those that
it carries.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple

from jurat.model import View
from jurat.plugin import Facts, MissingFact

EVERYTHING = ("*", "all")
_REMEMBERED = 4096


class Grant(NamedTuple):
    """A role given on the whole organisation (`project` None) or on one project.

    With `missing` a part of it is unknown: the project, or where `role` is None the role.
    """

    role: str | None
    project: str | None
    missing: MissingFact | None = None


class Roles(NamedTuple):
    """The roles of one principal that are known, and the first thing that is not, beside what the
    grants themselves miss."""

    grants: tuple[Grant, ...]
    missing: MissingFact | None


Permissions = tuple[frozenset[str], MissingFact | None]


class _Directory:
    """The assignments and groups of a snapshot, arranged for looking up, and what was looked up:
    several rules ask for the same principals, and many keys have one owner."""

    def __init__(self, facts: Facts) -> None:
        self.roles: dict[View, Roles] = {}
        self.permissions: dict[tuple[View, str | None, bool], Permissions] = {}
        self.assigned: dict[str, list[Grant]] = {}
        self.of_group: dict[str, list[Grant]] = {}
        self.groups_of: dict[str, list[str]] = {}
        self.missing: MissingFact | None = None  # may concern any principal
        self.memberless: MissingFact | None = None  # a group that matters, its members unknown
        try:
            for assignment in facts.table("assignments").values():
                self._assign(assignment)
            self.has_assignments = True
        except MissingFact as unknown:  # not collected, or too old
            self.has_assignments = False
            self.missing = unknown
        try:
            for id_, group in facts.table("groups").items():
                self._group(id_, group)
        except MissingFact as unknown:
            self.missing = first(self.missing, unknown)

    def _assign(self, assignment: Any) -> None:
        fields = assignment.__dict__
        if "principal" not in fields:
            self.missing = first(self.missing, missing_of(assignment, "principal"))
            return
        grant = Grant(
            fields.get("role"),
            fields.get("project"),
            missing_of(assignment, "role") or missing_of(assignment, "project"),
        )
        holder = fields["principal"]
        if holder is None or fields.get("role", "") is None:
            return
        kind = fields.get("principal_kind")
        if kind != "group":
            self.assigned.setdefault(holder, []).append(grant)
        if kind is None or kind == "group":
            self.of_group.setdefault(holder, []).append(grant)

    def _group(self, id_: str, group: Any) -> None:
        grants = self.of_group.setdefault(id_, [])
        if missing := missing_of(group, "roles"):
            grants.append(Grant(None, None, missing))
        grants += (Grant(role, None) for role in group.__dict__.get("roles") or ())
        if grants and (missing := missing_of(group, "members")):
            self.memberless = first(self.memberless, missing)
        for member in group.__dict__.get("members") or ():
            self.groups_of.setdefault(member, []).append(id_)


def roles_of(principal: Any, facts: Facts, *, on_request: bool) -> Roles:
    """The roles of a principal. Nothing is raised: what is unknown is in `missing`."""
    if on_request:
        return Roles(_own(principal), missing_of(principal, "roles"))
    directory = facts.once(_Directory)
    found = directory.roles.get(principal)
    if found is None:
        found = directory.roles[principal] = _looked_up(principal, directory)
    return found


def _own(principal: Any) -> tuple[Grant, ...]:
    return tuple(Grant(role, None) for role in principal.__dict__.get("roles") or ())


def _looked_up(principal: Any, directory: _Directory) -> Roles:
    fields = principal.__dict__
    missing = missing_of(principal, "roles")
    if missing is not None and directory.has_assignments:
        missing = None  # where roles are assignments, they are all the roles there are
    id_ = fields.get("id", "")
    grants = [*_own(principal), *directory.assigned.get(id_, ())]
    groups = {*(fields.get("groups") or ()), *directory.groups_of.get(id_, ())}
    for group in sorted(groups):
        grants += directory.of_group.get(group, ())
    missing = first(missing, directory.missing)
    if "groups" not in fields:
        missing = first(missing, directory.memberless)
    return Roles(tuple(grants), missing)


def permissions_of(
    principal: Any,
    facts: Facts,
    *,
    on_request: bool,
    project: str | None = None,
    anywhere: bool = False,
) -> Permissions:
    """What a principal may do in `project`: its own permissions and those of the roles that it
    has there or on the whole organisation, or `anywhere`. With it the first thing that is unknown.

    A role that is not listed gives no permissions.
    """
    if on_request:
        roles = roles_of(principal, facts, on_request=True)
        return _permitted(principal, roles, facts, project, anywhere=anywhere)
    kept = facts.once(_Directory).permissions
    found = kept.get((principal, project, anywhere))
    if found is None:
        roles = roles_of(principal, facts, on_request=False)
        # where no role is given on a project, it is the same in each
        place = project if any(grant.project is not None for grant in roles.grants) else None
        found = kept.get((principal, place, anywhere))
        if found is None:
            found = _permitted(principal, roles, facts, place, anywhere=anywhere)
        kept[principal, project, anywhere] = kept[principal, place, anywhere] = found
    return found


def _permitted(
    principal: Any, roles: Roles, facts: Facts, project: str | None, *, anywhere: bool
) -> Permissions:
    found = set(principal.__dict__.get("permissions") or ())
    missing = first(missing_of(principal, "permissions"), roles.missing)
    for grant in roles.grants:
        if grant.missing is not None and (grant.role is None or not anywhere):
            missing = first(missing, grant.missing)
        elif grant.role is not None and (anywhere or grant.project in (None, project)):
            try:
                role: Any = facts.row("roles", grant.role)
                if role is not None:
                    found.update(role.permissions or ())
            except MissingFact as unknown:
                missing = first(missing, unknown)
    return frozenset(found), missing


def covers(permissions: Iterable[str], name: str, *, wildcards: bool) -> bool:
    """Whether `permissions` have what is called `name`. With `wildcards`, `chat.*` stands for all
    under `chat`, and `*` and `all` for everything."""
    if name in permissions:
        return True
    return wildcards and any(
        permission in EVERYTHING
        or (permission.endswith(".*") and name.startswith(permission[:-1]))
        for permission in permissions
    )


class Passed:
    """Remembers what passed: some 4,096 keys, made of all that a verdict rests on. For requests,
    where the same few actors come again and again."""

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        self._keys: set[Any] = set()

    def has(self, key: Any) -> bool:
        try:
            return key in self._keys
        except TypeError:  # a list in it
            return False

    def add(self, key: Any) -> None:
        if len(self._keys) >= _REMEMBERED:
            self._keys.clear()
        with suppress(TypeError):
            self._keys.add(key)


def missing_of(view: View, column: str) -> MissingFact | None:
    """The fact to ask for if `column` of `view` is unknown."""
    if column in view.__dict__:
        return None
    try:
        getattr(view, column)
    except MissingFact as missing:
        return missing
    return None


def first(one: MissingFact | None, other: MissingFact | None) -> MissingFact | None:
    """Always the same of two, whatever the order they are met in."""
    if one is None or other is None:
        return one or other
    return min(one, other, key=lambda missing: missing.pointer)
