"""Projects are kept apart: who calls, and with what, belongs to the project called for."""

from datetime import datetime
from typing import Any, Literal

from jurat.model import Request
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

Part = Literal["actor", "credential", "holders"]


class ProjectIsolation(RuleKind):
    """Actor and credential belong to the project that the request is made for.

    ## What it does
    Looks at three things and reports each that is wrong: the actor belongs to the project
    (`/actor/project` is the project, or `/actor/projects` has it); the credential was made for
    the project; the project may be used by this kind of actor (`/project/holders` has
    `/actor/kind`), so that a production project's keys are held by service accounts alone.

    ## Why
    Projects are where limits, residency, retention and cost are set. A key of a sandbox that
    works in production takes production's data out of all of them.

    ## Example
    ```yaml
    - id: isolation
      title: Projects are kept apart
      kind: project.isolation
      effect: deny
      severity: critical
    ```

    ## Options
    - `parts`: which of `actor`, `credential` and `holders` are looked at (default: all three).

    ## Limits
    What is known to be absent fires: a credential of no project, a project that names no holders,
    a request for no project. Leave a part out where the organisation doesn't keep that data.

    ## Codes
    | code | meaning |
    |---|---|
    | `actor-outside-project` | the actor doesn't belong to the project |
    | `credential-outside-project` | the credential was made for another project, or for none |
    | `actor-kind-not-allowed` | this kind of actor may not use the project |
    | `project-absent` | the request is known to be for no project |
    """

    name = "project.isolation"
    judges = Request
    effects = {"deny", "advise"}

    class Params(RuleParams):
        parts: tuple[Part, ...] = ("actor", "credential", "holders")
        """Which of `actor`, `credential` and `holders` are looked at."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        parts = frozenset(rule.params.parts)
        if not parts:
            raise ParamError(
                "no part is left to look at",
                at=("parts",),
                help="name one or more of actor, credential, holders",
            )
        look_at_actor = "actor" in parts
        look_at_credential = "credential" in parts
        look_at_holders = "holders" in parts

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            project = request.project
            actor = request.actor
            id_ = project.id
            findings: tuple[Finding, ...] = ()
            if id_ is None:
                return (
                    Finding("project-absent", "the request is for no project", at="/project/id"),
                )
            try:
                if (
                    look_at_actor
                    and actor.__dict__.get("project") != id_  # the common case, without a call
                    and not _belongs(actor, id_)
                ):
                    findings += (_ACTOR,)
                if look_at_credential and actor.credential.project != id_:
                    findings += (_CREDENTIAL,)
                if look_at_holders:
                    holders = project.holders
                    if holders is None or actor.kind not in holders:
                        findings += (_holders(actor.kind, holders),)
            except MissingFact:
                if not findings:  # what is known to be wrong stands, whatever else is unknown
                    raise
            return findings

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        read = ["/project/id"]
        if "actor" in params.parts:
            read += ["/actor/project", "/actor/projects"]
        if "credential" in params.parts:
            read.append("/actor/credential/project")
        if "holders" in params.parts:
            read += ["/actor/kind", "/project/holders"]
        return tuple(read)

    def examples(self, params: Any) -> Examples:
        def made(note: str, home: str, key: str, holders: list[str]) -> Example:
            given = {
                "actor": {
                    "id": "svc-1",
                    "kind": "service_account",
                    "project": home,
                    "projects": None,
                    "credential": {"id": "key-1", "project": key},
                },
                "project": {"id": "proj-a", "holders": holders},
            }
            return Example(given, note=note)

        fires = {
            "actor": made("an actor of proj-b", "proj-b", "proj-a", ["service_account"]),
            "credential": made("a key of proj-b", "proj-a", "proj-b", ["service_account"]),
            "holders": made("a project for users", "proj-a", "proj-a", ["user"]),
        }
        return Examples(
            fires=tuple(fires[part] for part in params.parts),
            passes=(made("all of proj-a", "proj-a", "proj-a", ["service_account"]),),
        )


_ACTOR = Finding(
    "actor-outside-project",
    "the actor doesn't belong to the project it calls for",
    at="/actor/project",
    remediation="Call for the actor's own project, or have the actor added to this one.",
)
_CREDENTIAL = Finding(
    "credential-outside-project",
    "the credential wasn't made for the project it is used for",
    at="/actor/credential/project",
    remediation="Use a key of this project.",
)


def _belongs(actor: Any, project: str) -> bool:
    """Whether `actor` is of `project`. One home that is another settles it without the list."""
    fields: dict[str, Any] = actor.__dict__
    home = fields.get("project")
    if home == project:
        return True
    if home is not None and "projects" not in fields:
        return False
    if project in (actor.projects or ()):
        return True
    actor.project  # noqa: B018  (raises MissingFact where the home is what is missing)
    return False


def _holders(kind: str | None, holders: tuple[str, ...] | None) -> Finding:
    if holders is None:
        message = "the project names no kinds of actor that may use it"
    elif kind is None:
        message = "the kind of actor is absent, and the project is for some kinds only"
    else:
        message = "a {kind} may not use this project"
    return Finding(
        "actor-kind-not-allowed",
        message,
        at="/actor/kind" if holders is not None else "/project/holders",
        evidence={"holders": ", ".join(sorted(holders or ()))},
        quote={"kind": kind} if kind is not None else {},
        remediation="Use an account of an allowed kind.",
    )
