"""No credential outlives its owner or its project."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jurat.model import Credential
from jurat.plugin import (
    Check,
    CompileContext,
    Example,
    Examples,
    Facts,
    Finding,
    MissingFact,
    RuleKind,
    RuleSpec,
)

from ._left import who_left
from ._parts import judged

REVOKE = "Revoke the credential, or hand it to an owner who answers for it."


class OrgOrphanCredentials(RuleKind):
    """Every credential has an owner and a project that are there and in use.

    ## What it does
    Judges every credential of a snapshot. Fires where its `owner` is not among the snapshot's
    principals, or is there and not `active`; where it is known to have no owner; where its
    `project` is not among the snapshot's projects, or is not `active`. The bundle's tables add to
    what the snapshot says of a person or project that it lists; they can't bring back one that
    it doesn't list, nor one that the provider says is not active. Who is not active in the table
    `users` or `service_accounts` is not, whatever the provider says.

    ## Why
    People leave, projects end, and their keys go on working: nobody misses them, nobody rotates
    them, and nobody notices who uses them.

    ## Example
    ```yaml
    - id: orphan-keys
      title: No key outlives its owner or its project
      kind: org.orphan_credentials
      effect: deny
      severity: high
    ```

    ## Options
    There are none.

    ## Limits
    It judges snapshots only. Revoked credentials are not counted; the status is looked at where
    it was collected, and so is `owner_status`, beside the owner's own. A credential known to belong to no project (an administrator's) needs none.
    An owner or a project whose status is known to be absent counts as active: it is listed, and
    whoever lists it has no such status. A collection or a field that was not collected is
    unknown, which denies.

    ## Codes
    | code | meaning |
    |---|---|
    | `owner-gone` | the owner is not among the principals |
    | `owner-inactive` | the owner is suspended, deactivated or otherwise not active |
    | `owner-absent` | the credential is known to have no owner |
    | `project-gone` | the project is not among the projects |
    | `project-inactive` | the project is archived or otherwise not active |
    """

    name = "org.orphan_credentials"
    judges = Credential
    effects = {"deny", "advise"}
    inputs = {"org_state"}
    optional = ("/owner_status",)

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        left = who_left(context.data)

        def of_owner(case: _Case, now: datetime) -> tuple[Finding, ...]:
            return _of_owner(case, left)

        def check(credential: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            fields = credential.__dict__
            if fields.get("status") == "revoked":
                return ()
            try:  # the ordinary one of some hundred thousand
                owner = facts.once(_principals)[fields["owner"]].__dict__["status"]
                project = facts.once(_projects)[fields["project"]].__dict__["status"]
                if (
                    owner == project == fields.get("owner_status", "active") == "active"
                    and fields["owner"] not in left
                ):
                    return ()
            except (KeyError, MissingFact):
                pass
            return judged((of_owner, _of_project), (credential, facts), now)

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        return ("/owner", "/project", "org.principals", "org.projects")

    def examples(self, params: Any) -> Examples:
        def holds(owner: str, note: str) -> Example:
            key = {"owner": owner, "project": "proj-a", "status": "active"}
            collections = {
                "credentials": {"key-1": key},
                "principals": {"ann": {"status": "active"}, "ben": {"status": "deactivated"}},
                "projects": {"proj-a": {"status": "active"}},
            }
            given: dict[str, Any] = {"type": "org_state", "org": {"id": "acme"}}
            for name, items in collections.items():
                given[name] = {"observed_at": "2026-05-25T11:50:00Z", "items": items}
            return Example(given, note=note)

        return Examples(
            fires=(
                holds("cleo", "the owner is no longer there"),
                holds("ben", "the owner is deactivated"),
            ),
            passes=(holds("ann", "the owner is active"),),
        )


_Case = tuple[Any, Facts]  # the credential, and what is known beside it


def _of_owner(case: _Case, left: Mapping[str, str]) -> tuple[Finding, ...]:
    credential, facts = case
    id_ = credential.owner
    if id_ is None:
        return (
            Finding(
                "owner-absent",
                "nobody owns the credential",
                at="/owner",
                remediation=REVOKE,
            ),
        )
    owner = facts.once(_principals).get(id_)
    if owner is None:
        return (
            Finding(
                "owner-gone",
                "the owner of the credential, {owner}, is no principal of the organisation",
                at="/owner",
                quote={"owner": id_},
                remediation=REVOKE,
            ),
        )
    told = credential.__dict__.get("owner_status")
    status = told if told not in _IN_USE else left.get(id_) or owner.status
    if status in _IN_USE:
        return ()
    return (
        Finding(
            "owner-inactive",
            "the owner of the credential, {owner}, is {status}",
            at="/owner",
            quote={"owner": id_, "status": status},
            remediation=REVOKE,
        ),
    )


def _of_project(case: _Case, now: datetime) -> tuple[Finding, ...]:
    credential, facts = case
    id_ = credential.project
    if id_ is None:
        return ()
    project = facts.once(_projects).get(id_)
    if project is None:
        return (
            Finding(
                "project-gone",
                "the project of the credential, {project}, is not there",
                at="/project",
                quote={"project": id_},
                remediation=REVOKE,
            ),
        )
    status = project.status
    if status in _IN_USE:
        return ()
    return (
        Finding(
            "project-inactive",
            "the project of the credential, {project}, is {status}",
            at="/project",
            quote={"project": id_, "status": status},
            remediation=REVOKE,
        ),
    )


_IN_USE = ("active", None)


def _principals(facts: Facts) -> Mapping[str, Any]:
    return facts.collected("principals")


def _projects(facts: Facts) -> Mapping[str, Any]:
    return facts.collected("projects")
