"""Keys belong to the right kind of owner, and to one who is still there."""

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
    RuleParams,
    RuleSpec,
)

from ._credentials import unusable
from ._kinds import KINDS, ActorKind, must_be_kinds
from ._principals import Owners, owner_absent, owner_not_listed


class CredentialOwner(RuleKind):
    """A key belongs to the kinds of actor that its project names, and its owner is active.

    ## What it does
    Looks at the owner of the credential of a request, and of every credential of a snapshot, and
    reports each thing that is wrong: the owner is of a kind that may not hold keys of the
    credential's project (`project.holders`, or `kinds`); the owner is not active; there is no
    owner, or nobody knows the one that is named.

    What the credential itself carries (`owner_kind`, `owner_status`) counts. Where it carries
    none, the owner is looked up: for a request the actor if it is the owner, else the tables
    `service_accounts` and `users`, else the principals of the armed state; in a snapshot its
    principals. Whoever the provider or a row of the tables says is not active is not.

    ## Why
    A production key in a person's name stops the service on the day the person leaves, and works
    for the person until somebody thinks of it. Keys outlive their owners unless someone looks.

    ## Example
    ```yaml
    - id: key-owner
      title: Production keys are held by service accounts that are alive
      kind: credential.owner
      on: [request, org_state]
      effect: deny
      severity: high
      when: project.environment == "production"
      params: {kinds: [service_account]}
    ```

    ## Options
    - `kinds`: the kinds of actor that may own keys (`user`, `service_account`, `workload`), in
      place of those that the project names as `holders`.
    - `active`: whether the owner has to be active (default true).

    ## Limits
    Only the status `active` is active: one that is suspended, deactivated, or known to have no
    status is not. Give the rows of the tables a `status`, or say `active: false`. A row of `users`
    that names no kind is a user. Revoked credentials are not counted on a snapshot and always fire
    on a request; the status is looked at where it was supplied. Of a credential that carries
    `owner_kind` and `owner_status` it need not be known who the owner is; of one that carries
    only one of them, or none, an owner that was not sent is unknown.

    ## Codes
    | code | meaning |
    |---|---|
    | `owner-absent` | the credential is known to have no owner |
    | `owner-not-listed` | the owner named is not among those who are known |
    | `owner-kind-not-allowed` | this kind of actor may not own keys of the project |
    | `holders-absent` | the project is known to name no holders |
    | `owner-not-active` | the owner is suspended, deactivated, or of no known status |
    | `credential-revoked` | the request uses a revoked credential |
    | `credential-absent` | the request was made without a credential |
    """

    name = "credential.owner"
    judges = Credential
    effects = {"deny", "advise"}
    optional = ("/owner", "/owner_kind", "/owner_status", "/status", "request.actor.id")

    class Params(RuleParams):
        kinds: tuple[ActorKind, ...] | None = None
        """The kinds of actor that may own keys; those that the project names where left out."""
        active: bool = True
        """Whether the owner has to be active."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        kinds: tuple[ActorKind, ...] | None = rule.params.kinds
        active: bool = rule.params.active
        if kinds is not None:
            must_be_kinds(kinds, "kinds")
        on_request = rule.input == "request"
        owners = Owners(context, on_request=on_request)
        sendable: tuple[str, ...] = ()
        if on_request:
            sendable = ("owner_kind", "owner_status") if active else ("owner_kind",)

        def check(credential: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            fields = credential.__dict__
            kind, status = fields.get("owner_kind"), fields.get("owner_status")
            owner = fields.get("owner", "")
            if on_request and owner and (kind is None or status is None):
                actor = facts.request.actor.__dict__
                if actor.get("id") == owner:  # as in most calls: what is known of it counts
                    kind = actor.get("kind") if kind is None else kind
                    status = actor.get("status") if status is None else status
            if (
                kind is not None
                and (not active or status == "active")
                and owner is not None
                and fields.get("status") != "revoked"
            ):
                holders = facts.project.holders if kinds is None else kinds
                if holders is not None and kind in holders:
                    return ()
            return judge(credential, facts)

        def judge(credential: Any, facts: Facts) -> tuple[Finding, ...]:
            verdict = unusable(credential, on_request)
            if verdict is not None:
                return verdict
            fields = credential.__dict__
            if fields.get("owner", "") is None:
                return owner_absent()
            kind, status = fields.get("owner_kind"), fields.get("owner_status")
            found: tuple[Finding, ...] = ()
            missing: MissingFact | None = None
            principal: Any = credential
            if kind is None or (active and status is None):
                try:
                    principal = owners.find(credential.owner, facts)
                except MissingFact as unknown:
                    missing = _ask_for(credential, unknown, facts, sendable)
                else:
                    if principal is None:
                        return owner_not_listed()
            try:
                if kind is not None:
                    found += of_kind(kind, "/owner_kind", facts)
                elif missing is None:
                    found += of_kind(owners.kind_of(principal), "/owner", facts)
            except MissingFact as unknown:
                missing = missing or unknown
            try:
                if active and status is not None:
                    found += _of_status(status, "/owner_status")
                elif active and missing is None:
                    found += _of_status(owners.status_of(credential.owner, principal), "/owner")
            except MissingFact as unknown:
                missing = missing or unknown
            if missing is not None and not found:  # what is known to be wrong stands
                raise missing
            return found

        def of_kind(kind: str | None, at: str, facts: Facts) -> tuple[Finding, ...]:
            holders = facts.project.holders if kinds is None else kinds
            if holders is None:
                return (
                    Finding(
                        "holders-absent",
                        "the project names no kinds of actor that may hold its keys",
                        remediation="Name the project's holders.",
                    ),
                )
            if kind in holders:
                return ()
            what = "an owner of no known kind" if kind is None else "a {kind}"
            return (
                Finding(
                    "owner-kind-not-allowed",
                    f"{what} may not own keys of this project",
                    at=at,
                    evidence={"holders": ", ".join(sorted(holders))},
                    quote={} if kind is None else {"kind": kind},
                    remediation="Make a key of an account of an allowed kind, then revoke this one.",
                ),
            )

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        return (
            "/owner",
            "/owner_kind",
            *(() if params.kinds is not None else ("project.holders",)),
            *(("/owner_status",) if params.active else ()),
            "org.principals",
        )

    def examples(self, params: Any) -> Examples:
        allowed = params.kinds or ("service_account",)

        def made(note: str, **fields: Any) -> Example:
            credential = {"id": "key-1", "owner": "owner-1", "owner_kind": allowed[0]}
            credential |= {"owner_status": "active", **fields}
            project = {"id": "proj-a", "holders": list(allowed)}
            return Example(
                {"actor": {"id": "caller-1", "credential": credential}, "project": project},
                note=note,
            )

        def listed(note: str, items: dict[str, Any]) -> Example:
            """A snapshot whose key carries nothing of its owner but the id."""
            at = {"source": "openai-admin", "observed_at": "2026-05-25T11:50:00Z"}
            key = {"project": "proj-a", "owner": "owner-1", "status": "active"}
            given = {
                "type": "org_state",
                "projects": {**at, "items": {"proj-a": {"holders": list(allowed)}}},
                "principals": {**at, "items": items},
                "credentials": {**at, "items": {"key-1": key}},
            }
            return Example(given, note=note)

        good = {"kind": allowed[0], "status": "active"}
        left = {"kind": allowed[0], "status": "deactivated"}
        others = [kind for kind in KINDS if kind not in allowed]
        fires = [
            made("a key without an owner", owner=None),
            listed("the owner is not among the principals", {}),
            *(made(f"a key of a {kind}", owner_kind=kind) for kind in others),
        ]
        if params.active:
            fires.append(made("the owner was deactivated", owner_status="deactivated"))
            fires.append(listed("the owner has left", {"owner-1": left}))
        return Examples(
            fires=tuple(fires),
            passes=(
                made(f"a key of an active {allowed[0]}"),
                listed(f"the owner is an active {allowed[0]}", {"owner-1": good}),
            ),
        )


def _of_status(status: str | None, at: str) -> tuple[Finding, ...]:
    if status == "active":
        return ()
    what = "has no known status" if status is None else "is {status}"
    return (
        Finding(
            "owner-not-active",
            f"the owner of the credential {what}",
            at=at,
            quote={} if status is None else {"status": status},
            remediation="Revoke the key, and make one of an active account if it is needed.",
        ),
    )


def _ask_for(
    credential: Any, unknown: MissingFact, facts: Facts, columns: tuple[str, ...]
) -> MissingFact:
    """What to ask for where an owner can't be looked up. A caller can send the `columns` of the
    credential, where nobody lists principals at all."""
    if not facts.has("principals"):
        for column in columns:
            try:
                getattr(credential, column)
            except MissingFact as missing:
                return missing
    return unknown
