"""An organisation has enough owners, and not too many."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from jurat.model import Org, View
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

from ._kinds import KINDS, ActorKind, must_be_kinds
from ._roles import first, missing_of, roles_of
from ._words import must_know

_TOLD = 10  # owners of other kinds that are named one by one
_UNTOLD = object()
Number = Annotated[int, Field(strict=True, ge=1)]


class OrgOwners(RuleKind):
    """An organisation has at least so many active owners, and at most so many.

    ## What it does
    Counts the principals of a snapshot that have the owner role on the whole organisation, by
    themselves, by assignment or by a group. Only active ones count, and only those of `kinds`.
    Fires where they are fewer than `least` or more than `most`, and, with `no_other_kinds`, for
    each active owner of another kind.

    ## Why
    With one owner, the organisation is lost when that person is; with none, it is lost already.
    With twenty, nobody knows who made the last change, and each is a way in. A key of a service
    account that owns the organisation is the worst key to lose.

    ## Example
    ```yaml
    - id: owners
      title: Two to four people own the organisation
      kind: org.owners
      effect: deny
      severity: high
      params: {least: 2, most: 4, no_other_kinds: true}
    ```

    ## Options
    - `least`: the fewest active owners allowed.
    - `most`: the most active owners allowed.
    - `role`: the id of the role that owns the organisation (default `owner`).
    - `kinds`: the kinds of principal that are counted (default `user` alone).
    - `no_other_kinds`: whether an active owner of another kind is a violation itself (default
      false).

    ## Limits
    A role on one project makes nobody an owner of the organisation. An owner that is known to have
    no status is not counted towards `least`, and is counted towards `most`; one of no known kind
    likewise, and it is another kind to `no_other_kinds`. What is unknown about somebody
    matters only where it could change the answer. A snapshot without the collection `assignments`
    or `groups` does not say who else owns, which is unknown; an empty one says that there are
    none. Invitations are not counted.

    ## Codes
    | code | meaning |
    |---|---|
    | `owners-too-few` | fewer active owners than `least` |
    | `owners-too-many` | more active owners than `most` |
    | `owner-of-other-kind` | an active owner is of a kind that is not in `kinds` |
    """

    name = "org.owners"
    judges = Org
    effects = {"deny", "advise"}
    inputs = {"org_state"}

    class Params(RuleParams):
        least: Number | None = None
        """The fewest active owners allowed."""
        most: Number | None = None
        """The most active owners allowed."""
        role: str = "owner"
        """The id of the role that owns the organisation."""
        kinds: tuple[ActorKind, ...] = ("user",)
        """The kinds of principal that are counted."""
        no_other_kinds: bool = False
        """Whether an active owner of another kind is a violation itself."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        _validate(params, context)
        kinds = frozenset(params.kinds)
        least: int | None = params.least
        most: int | None = params.most
        no_other_kinds: bool = params.no_other_kinds
        role: str = params.role

        def check(org: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            enough, many, others = _Tally(), _Tally(), _Tally()
            for id_, principal in facts.table("principals").items():
                status = principal.__dict__.get("status", _UNTOLD)
                if status != "active" and status is not None and status is not _UNTOLD:
                    continue
                owner, missing = _owns(principal, role, facts)
                if not owner and missing is None:
                    continue
                for column in ("status", "kind"):
                    missing = first(missing, missing_of(principal, column))
                kind = principal.__dict__.get("kind", _UNTOLD)
                if status is not None and (kind in kinds or kind is _UNTOLD):
                    enough.add(id_, missing)
                if kind in kinds or kind is None or kind is _UNTOLD:
                    many.add(id_, missing)
                if kind not in kinds:
                    others.add(id_, missing)
            return judge(enough, many, others)

        def judge(enough: _Tally, many: _Tally, others: _Tally) -> tuple[Finding, ...]:
            found: tuple[Finding, ...] = ()
            missing: MissingFact | None = None
            if least is not None and len(enough.known) < least:
                if len(enough.known) + enough.open < least:
                    found += (_too_few(enough, least),)
                else:
                    missing = enough.missing
            if most is not None and len(many.known) > most:
                found += (_too_many(many, most),)
            elif most is not None and len(many.known) + many.open > most:
                missing = first(missing, many.missing)
            if no_other_kinds:
                found += _others(others)
                missing = first(missing, others.missing)
            if missing is not None and not found:  # what is known to be wrong stands
                raise missing
            return found

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        return ("org.principals", "org.groups", "org.assignments")

    def examples(self, params: Any) -> Examples:
        counted, role = params.kinds[0], params.role
        others = [kind for kind in KINDS if kind not in params.kinds]
        enough = params.least or 1

        def made(note: str, owners: int, **more: Any) -> Example:
            items: dict[str, Any] = {
                f"owner-{number}": {"kind": counted, "status": "active", "roles": [role]}
                for number in range(owners)
            }
            items["someone"] = {"kind": counted, "status": "active", "roles": []}
            items["left"] = {"kind": counted, "status": "deactivated", "roles": [role]}
            at = {"source": "openai-admin", "observed_at": "2026-05-25T11:50:00Z"}
            given = {
                "type": "org_state",
                "principals": {**at, "items": items | more},
                "assignments": {**at, "items": {}},
                "groups": {**at, "items": {}},
            }
            return Example(given, data={"roles": {role: {}}}, note=note)

        fires = []
        if params.least is not None:
            fires.append(made(f"{params.least - 1} active owners", params.least - 1))
        if params.most is not None:
            fires.append(made(f"{params.most + 1} active owners", params.most + 1))
        if params.no_other_kinds:
            account = {"kind": others[0], "status": "active", "roles": [role]}
            fires.append(made(f"an owner that is a {others[0]}", enough, account=account))
        passes = [made(f"{enough} active owners", enough)]
        if params.most is not None:
            passes.append(made(f"{params.most} active owners", params.most))
        return Examples(fires=tuple(fires), passes=tuple(passes))


class _Tally:
    """Who is known to count, and how many more may: of whom something is unknown."""

    __slots__ = ("known", "missing", "open")

    def __init__(self) -> None:
        self.known: list[str] = []
        self.open = 0
        self.missing: MissingFact | None = None

    def add(self, id_: str, missing: MissingFact | None) -> None:
        if missing is None:
            self.known.append(id_)
        else:
            self.open += 1
            self.missing = first(self.missing, missing)


def _owns(principal: View, role: str, facts: Facts) -> tuple[bool, MissingFact | None]:
    """Whether a principal is known to have the role on the whole organisation; if it is not, what
    is unknown that could give it the role."""
    grants, missing = roles_of(principal, facts, on_request=False)
    for grant in grants:
        if grant.role == role and grant.project is None and grant.missing is None:
            return True, None
        if grant.missing is not None and grant.role in (role, None):
            missing = first(missing, grant.missing)
    return False, missing


def _too_few(tally: _Tally, least: int) -> Finding:
    owners = len(tally.known) + tally.open
    noun = "active owner" if owners == 1 else "active owners"
    return Finding(
        "owners-too-few",
        f"{owners} {noun}, at least {least} are asked for",
        evidence={"owners": owners, "least": least},
        remediation="Make another person an owner.",
    )


def _too_many(tally: _Tally, most: int) -> Finding:
    return Finding(
        "owners-too-many",
        f"{len(tally.known)} active owners, at most {most} are allowed",
        evidence={"owners": len(tally.known), "most": most},
        remediation="Give owners who need less a lesser role.",
    )


def _others(tally: _Tally) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            "owner-of-other-kind",
            "{owner} owns the organisation, and is of another kind than its owners have to be",
            evidence={"owners": len(tally.known)},
            quote={"owner": id_},
            remediation="Take the role away, and give the account what its work needs.",
        )
        for id_ in sorted(tally.known)[:_TOLD]
    )


def _validate(params: Any, context: CompileContext) -> None:
    least, most = params.least, params.most
    if least is None and most is None and not params.no_other_kinds:
        raise ParamError(
            "nothing is asked of the owners",
            help="say `least`, `most`, or both: `{least: 2, most: 4}`",
        )
    if least is not None and most is not None and least > most:
        raise ParamError(
            f"most is less than least, {least}, so no organisation could pass",
            at=("most",),
            help=f"choose {least} or more",
        )
    must_be_kinds(params.kinds, "kinds")
    if params.no_other_kinds and len(params.kinds) == len(KINDS):
        raise ParamError(
            "there is no other kind: `kinds` names them all",
            at=("no_other_kinds",),
            help="leave it out, or name fewer kinds",
        )
    if not params.role.strip():
        raise ParamError("the role is empty", at=("role",), help="write the id of the role")
    roles = frozenset(getattr(context.data, "roles", None) or ())
    must_know("role", params.role, roles, ("role",), extend="roles stand in data/roles.yaml")
