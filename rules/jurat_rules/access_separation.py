"""What one principal must not hold together."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from jurat.model import Principal
from jurat.plugin import (
    Check,
    CompileContext,
    Example,
    Examples,
    Facts,
    Finding,
    MissingFact,
    ParamError,
    RuleKind,
    RuleParams,
    RuleSpec,
)

from ._roles import Grant, Passed, covers, first, permissions_of, roles_of
from ._words import VOCABULARY, must_know

Sets = tuple[tuple[str, ...], ...]
_TABLES = ("roles", "users", "service_accounts")  # whose rows have permissions


class AccessSeparation(RuleKind):
    """No principal holds together what is to be kept apart.

    ## What it does
    Fires where a principal holds two or more roles of one of the sets under `roles`, or two or
    more permissions of one of the sets under `permissions`. It judges the actor of a request and
    every principal of a snapshot. Permissions are the principal's own and those of its roles
    (table or collection `roles`).

    In a snapshot a principal's roles are its own, those of its groups and those assigned to it or
    to its groups; in a request those that came with the actor or that its row names.

    ## Why
    Who may both ask for a change and approve it needs nobody else. Keeping the two apart is what
    turns one person's mistake, or one stolen account, into something that a second one sees.

    ## Example
    ```yaml
    - id: separation
      title: Who administers keys does not call models
      kind: access.separation
      on: [request, org_state]
      effect: deny
      severity: high
      params: {roles: [[org-owner, project-member]], permissions: [[fine_tuning.create, files.delete]]}
    ```

    ## Options
    - `roles`: sets of two or more roles, by id; of each set a principal holds at most one.
    - `permissions`: sets of two or more permissions, likewise.
    - `by_project`: whether roles that are given on different projects count as held apart (default
      false: held anywhere is held). A role on the whole organisation is held on every project.
    - `wildcards`: whether a principal with `chat.*` holds everything under `chat`, and one with `*`
      or `all` everything (default true, the careful reading here).

    ## Limits
    Principals are looked at one by one: two accounts of one person are two principals. Those that
    are suspended or deactivated are looked at, too; they may come back. Where a snapshot has
    assignments, they are all there is of roles that a principal itself does not tell. A snapshot
    without the collection `assignments` or `groups` does not say who has which role, which is
    unknown; an empty one says that there are none.

    ## Codes
    | code | meaning |
    |---|---|
    | `roles-not-separate` | the principal holds roles that are to be kept apart |
    | `permissions-not-separate` | the principal holds permissions that are to be kept apart |
    """

    name = "access.separation"
    judges = Principal
    effects = {"deny", "advise"}
    optional = ("/roles",)  # of a snapshot: then the assignments are all there are

    class Params(RuleParams):
        roles: Sets = ()
        """Sets of two or more roles, by id; of each a principal holds at most one."""
        permissions: Sets = ()
        """Sets of two or more permissions; of each a principal holds at most one."""
        by_project: bool = False
        """Whether roles that are given on different projects count as held apart."""
        wildcards: bool = True
        """Whether `chat.*` holds everything under `chat`, and `*` or `all` everything."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        _validate(rule.params, context)
        on_request = rule.input == "request"
        by_project: bool = rule.params.by_project and not on_request
        wildcards: bool = rule.params.wildcards
        role_sets: tuple[frozenset[str], ...] = tuple(map(frozenset, rule.params.roles))
        permission_sets: Sets = tuple(tuple(sorted(one)) for one in rule.params.permissions)

        # an actor's verdict rests on what came with it and the bundle: not on the armed state
        settled = not permission_sets or getattr(context.data, "roles", None) is not None
        passed = Passed()

        def check(principal: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            if not on_request or not settled:
                return judge(principal, facts)
            fields = principal.__dict__
            if "roles" not in fields or "permissions" not in fields:
                return judge(principal, facts)
            key = (fields["roles"], fields["permissions"])
            if passed.has(key):
                return ()
            found = judge(principal, facts)
            if not found:
                passed.add(key)
            return found

        def judge(principal: Any, facts: Facts) -> tuple[Finding, ...]:
            found: list[Finding] = []
            missing: MissingFact | None = None
            grants, unsaid = roles_of(principal, facts, on_request=on_request)
            places = _places(grants) if by_project else (None,)
            if role_sets:
                missing = unsaid
                for grant in grants:
                    if grant.missing is not None and (by_project or grant.role is None):
                        missing = first(missing, grant.missing)
                held = [_held(grants, place, anywhere=not by_project) for place in places]
                for apart in role_sets:
                    for roles in held:
                        both = apart.intersection(roles)
                        if len(both) > 1:
                            found.append(_together("roles", both))
                            break
            if permission_sets:
                may = []
                for place in places:
                    permissions, unknown = permissions_of(
                        principal,
                        facts,
                        on_request=on_request,
                        project=place,
                        anywhere=not by_project,
                    )
                    may.append(permissions)
                    missing = first(missing, unknown)
                for wanted in permission_sets:
                    for permissions in may:
                        may_both = [
                            p for p in wanted if covers(permissions, p, wildcards=wildcards)
                        ]
                        if len(may_both) > 1:
                            found.append(_together("permissions", may_both))
                            break
            if missing is not None and not found:  # what is known to be wrong stands
                raise missing
            return tuple(found)

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        read = ["/roles", "org.groups", "org.assignments"]
        if params.permissions:
            read += ["/permissions", "org.roles"]
        return tuple(read)

    def examples(self, params: Any) -> Examples:
        def made(note: str, roles: Iterable[str], permissions: Iterable[str]) -> Example:
            actor = {"id": "user-1", "roles": list(roles), "permissions": list(permissions)}
            # each of the roles is listed, and gives nothing of itself
            named: dict[str, Any] = {
                role: {"permissions": []} for one in params.roles for role in one
            }
            return Example({"actor": actor}, data={"roles": named}, note=note)

        def listed(note: str, roles: list[str]) -> Example:
            """A snapshot with the roles given by assignments."""
            at = {"source": "openai-admin", "observed_at": "2026-05-25T11:50:00Z"}
            given = {
                "type": "org_state",
                "groups": {**at, "items": {}},
                "principals": {**at, "items": {"user-1": {"permissions": None}}},
                "roles": {**at, "items": {role: {"permissions": []} for role in roles}},
                "assignments": {
                    **at,
                    "items": {
                        f"a-{number}": {"principal": "user-1", "role": role, "project": None}
                        for number, role in enumerate(roles)
                    },
                },
            }
            return Example(given, note=note)

        fires, passes = [], [made("neither roles nor permissions", (), ())]
        for one in params.roles:
            fires.append(made(f"holds {one[0]} and {one[1]}", one[:2], ()))
            fires.append(listed(f"was assigned {one[0]} and {one[1]}", list(one[:2])))
            passes.append(made(f"holds {one[0]} alone", one[:1], ()))
            passes.append(listed(f"was assigned {one[0]} alone", [one[0]]))
        for one in params.permissions:
            fires.append(made(f"may {one[0]} and {one[1]}", (), one[:2]))
            passes.append(made(f"may {one[0]} alone", (), one[:1]))
        return Examples(fires=tuple(fires), passes=tuple(passes))


def _places(grants: tuple[Grant, ...]) -> tuple[str | None, ...]:
    """The whole organisation, and each project that a role is known to be given on."""
    projects = {g.project for g in grants if g.project is not None and g.missing is None}
    return (None, *sorted(projects))


def _held(grants: tuple[Grant, ...], place: str | None, *, anywhere: bool) -> set[str | None]:
    if anywhere:
        return {grant.role for grant in grants}
    return {
        grant.role for grant in grants if grant.missing is None and grant.project in (None, place)
    }


def _together(what: Literal["roles", "permissions"], held: Iterable[str]) -> Finding:
    # the words are the bundle's own: they stand in its params
    names = sorted(held)
    told = f"{', '.join(names[:-1])} and {names[-1]}"
    if what == "roles":
        return Finding(
            "roles-not-separate",
            f"holds the roles {told}, which are to be kept apart",
            at="/roles",
            evidence={"roles": ", ".join(names)},
            remediation="Take all but one of the roles away.",
        )
    return Finding(
        "permissions-not-separate",
        f"holds the permissions {told}, which are to be kept apart",
        at="/permissions",
        evidence={"permissions": ", ".join(names)},
        remediation="Take the permissions, or the roles that give them, away until one is left.",
    )


def _validate(params: Any, context: CompileContext) -> None:
    if not params.roles and not params.permissions:
        raise ParamError(
            "nothing is to be kept apart",
            help="name sets of roles, of permissions, or both: `roles: [[requester, approver]]`",
        )
    roles = frozenset(getattr(context.data, "roles", None) or ())
    permissions = _known_permissions(context)
    for name, known in (("roles", roles), ("permissions", permissions)):
        seen: dict[frozenset[str], int] = {}
        for index, one in enumerate(getattr(params, name)):
            at = (name, index)
            if len(set(one)) < len(one):
                twice = next(word for word in one if one.count(word) > 1)
                raise ParamError(
                    f"{twice} stands twice in one set", at=at, help="take one of them out"
                )
            if len(one) < 2:
                raise ParamError(
                    "one alone cannot be kept apart", at=at, help="name two or more in each set"
                )
            if frozenset(one) in seen:
                raise ParamError(
                    f"the same set stands at {seen[frozenset(one)]} already",
                    at=at,
                    help="take one of them out",
                )
            seen[frozenset(one)] = index
            for number, word in enumerate(one):
                extend = "roles stand in data/roles.yaml" if name == "roles" else VOCABULARY
                must_know(name[:-1], word, known, (*at, number), extend=extend)


def _known_permissions(context: CompileContext) -> frozenset[str]:
    """The actions, and whatever else the bundle's tables give somebody."""
    words = context.words("action")
    rows = [
        row for table in _TABLES for row in (getattr(context.data, table, None) or {}).values()
    ]
    given = {word for row in rows for word in row.__dict__.get("permissions") or ()}
    return words | given if words else words
