"""A key may do what it is used for, and no more than its owner."""

from datetime import datetime
from typing import Any, Literal

from jurat.model import Credential
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

from ._credentials import unusable
from ._principals import Owners, owner_absent, owner_not_listed
from ._roles import Passed, covers, permissions_of
from ._words import VOCABULARY, must_know

Part = Literal["action", "width"]
_NARROW = "Replace the key by one with the scopes that its work needs."


class CredentialScope(RuleKind):
    """The scopes of a key cover what it is used for, and are no wider than its owner may go.

    ## What it does
    Looks at the scopes of the credential of a request, and of every credential of a snapshot.
    Part `action`, on requests: the action is among the scopes. Part `width`: each scope is among
    the permissions of the owner, which are its own and those of its roles (table or collection
    `roles`). For a request the owner is the actor, unless the credential names another.

    In a snapshot the owner's roles are its own, those of its groups, and those assigned to it on
    the whole organisation or on the key's project. A snapshot without the collection `assignments`
    or `groups` does not say which these are, which is unknown; an empty one says that there are
    none.

    ## Why
    A key that may do everything turns one leak into all of them. A key that may do more than the
    person who made it is a way around that person's role.

    ## Example
    ```yaml
    - id: key-scopes
      title: Keys do what they are for
      kind: credential.scope
      on: [request, org_state]
      effect: deny
      severity: high
      params: {needs: {responses: chat.completions}}
    ```

    ## Options
    - `parts`: which of `action` and `width` are looked at (default: both; on a snapshot there is
      no action).
    - `needs`: the scope that an action needs, where it is not the action's own name.
    - `wildcards`: whether `chat.*` among scopes and permissions stands for all under `chat`, and
      `*` and `all` for everything (default: they are names like any other).

    ## Limits
    Names are compared exactly. The scopes `*` and `all` are wider than every role that has not
    got one of them itself. A credential known to have no scopes may do all that its owner may, so
    it fires; one whose list is empty may do nothing. A role that is not listed gives nothing. In a
    request the actor's roles are those that came with it or that its row names. Revoked
    credentials are not counted on a snapshot and always fire on a request; the status is looked at
    where it was supplied. In a request an owner that was not sent is the actor.

    ## Codes
    | code | meaning |
    |---|---|
    | `scope-missing` | the scopes do not cover the action |
    | `scope-too-wide` | a scope goes beyond what the owner may do |
    | `scopes-absent` | the credential is known to have no list of scopes |
    | `action-absent` | the request is known to have no action |
    | `owner-absent` | the credential is known to have no owner |
    | `owner-not-listed` | the owner named is not among those who are known |
    | `credential-revoked` | the request uses a revoked credential |
    | `credential-absent` | the request was made without a credential |
    """

    name = "credential.scope"
    judges = Credential
    effects = {"deny", "advise"}
    optional = ("/owner", "/status")

    class Params(RuleParams):
        parts: tuple[Part, ...] = ("action", "width")
        """Which of `action` and `width` are looked at."""
        needs: dict[str, str] = {}
        """The scope that an action needs, where it is not the action's own name."""
        wildcards: bool = False
        """Whether `chat.*` stands for all under `chat`, and `*` and `all` for everything."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        on_request = rule.input == "request"
        needs: dict[str, str] = dict(rule.params.needs)
        wildcards: bool = rule.params.wildcards
        _validate(rule.params, context, on_request)
        look_at_action = on_request and "action" in rule.params.parts
        look_at_width = "width" in rule.params.parts
        owners = Owners(context, on_request=on_request)
        # an actor's verdict rests on what came with it and the bundle: not on the armed state
        settled = not look_at_width or getattr(context.data, "roles", None) is not None
        passed = Passed()

        def check(credential: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            if not on_request or not settled:
                return judge(credential, facts)
            fields = credential.__dict__
            request = facts.request
            actor = request.actor.__dict__
            owner = fields.get("owner")
            if (
                (owner is not None and owner != actor.get("id"))
                or fields.get("status") == "revoked"
                or fields.get("id", "") is None
            ):
                return judge(credential, facts)
            known = request.__dict__
            key = (
                fields.get("scopes"),
                known.get("action"),
                actor.get("roles"),
                actor.get("permissions"),
            )
            if passed.has(key):
                return ()
            found = judge(credential, facts)
            if not found:
                passed.add(key)
            return found

        def judge(credential: Any, facts: Facts) -> tuple[Finding, ...]:
            verdict = unusable(credential, on_request)
            if verdict is not None:
                return verdict
            scopes = credential.scopes
            if scopes is None:
                return (
                    Finding(
                        "scopes-absent",
                        "the credential has no list of scopes: it may do all that its owner may",
                        at="/scopes",
                        remediation=_NARROW,
                    ),
                )
            found: tuple[Finding, ...] = ()
            missing: MissingFact | None = None
            if look_at_action:
                try:
                    found = action(facts.request, scopes)
                except MissingFact as unknown:
                    missing = unknown
            if look_at_width and scopes:
                try:
                    found += width(credential, scopes, facts)
                except MissingFact as unknown:
                    missing = missing or unknown
            if missing is not None and not found:  # what is known to be wrong stands
                raise missing
            return found

        def action(request: Any, scopes: tuple[str, ...]) -> tuple[Finding, ...]:
            wanted = request.action
            if wanted is None:
                return (Finding("action-absent", "the request has no action", at="/scopes"),)
            needed = needs.get(wanted, wanted)
            if needed in scopes or covers(scopes, needed, wildcards=wildcards):
                return ()
            return (
                Finding(
                    "scope-missing",
                    "the credential has no scope {scope}",
                    at="/scopes",
                    quote={"scope": needed},
                    remediation="Use a key that has it, or have the scopes of this one reviewed.",
                ),
            )

        def width(credential: Any, scopes: tuple[str, ...], facts: Facts) -> tuple[Finding, ...]:
            owner = credential.__dict__.get("owner")
            if owner is not None:
                holder = owners.find(owner, facts)
                if holder is None:
                    return owner_not_listed()
            elif on_request:
                holder = facts.request.actor
            else:
                credential.owner  # noqa: B018  (raises MissingFact where nobody told it)
                return owner_absent()
            own = holder.__dict__.get("permissions") or ()
            if all(scope in own for scope in scopes):  # the common case: no role is asked
                return ()
            project = credential.__dict__.get("project")
            may, missing = permissions_of(holder, facts, on_request=on_request, project=project)
            if all(scope in may for scope in scopes):
                return ()
            wider = sorted(s for s in set(scopes) if not covers(may, s, wildcards=wildcards))
            if not wider:
                return ()
            if missing is not None:  # it may be what gives the rest
                raise missing
            if not on_request:
                credential.project  # noqa: B018  (roles there may give the rest: raises if unknown)
            more = f" and {len(wider) - 1} more are" if len(wider) > 1 else " is"
            return (
                Finding(
                    "scope-too-wide",
                    f"the scope {{scope}}{more} wider than what the owner may do",
                    at="/scopes",
                    evidence={"wider": len(wider), "scopes": len(set(scopes))},
                    quote={"scope": wider[0]},
                    remediation=_NARROW,
                ),
            )

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        read = ["/scopes"]
        if "action" in params.parts:
            read.append("request.action")
        if "width" in params.parts:
            read += ["/owner", "request.actor.permissions", "request.actor.roles"]
            read += ["/project", "org.principals", "org.roles"]
        return tuple(read)

    def examples(self, params: Any) -> Examples:
        action = "embeddings"
        scope = params.needs.get(action, action)

        def made(note: str, scopes: list[str] | None, may: list[str]) -> Example:
            credential = {"id": "key-1", "owner": "svc-1", "scopes": scopes}
            actor = {"id": "svc-1", "permissions": may, "roles": [], "credential": credential}
            return Example({"action": action, "actor": actor}, note=note)

        fires = [made("a key without a list of scopes", None, [scope])]
        passes = [made("the scope that the action needs, which the owner has", [scope], [scope])]
        if "action" in params.parts:
            fires.append(made("no scope for the action", ["other"], ["other"]))
        if "width" in params.parts:
            fires.append(made("a scope that the owner has not got", [scope, "other"], [scope]))
            fires.append(made("the scope of everything", [scope, "*"], [scope]))
        if params.wildcards:
            passes.append(made("everything, for an owner who may do all", ["*"], ["all"]))
        return Examples(fires=tuple(fires), passes=tuple(passes))


def _validate(params: Any, context: CompileContext, on_request: bool) -> None:
    if not params.parts:
        raise ParamError(
            "no part is left to look at", at=("parts",), help="name action, width, or both"
        )
    if not on_request and "width" not in params.parts:
        raise ParamError(
            "a snapshot has no action, so nothing is left to look at on org_state",
            at=("parts",),
            help="name width too, or write `on: [request]`",
        )
    if params.needs and "action" not in params.parts:
        raise ParamError(
            "`needs` says what actions need, and part action is not looked at",
            at=("needs",),
            help="name action among the parts, or leave `needs` out",
        )
    for action in params.needs:
        must_know("action", action, context.words("action"), ("needs", action), extend=VOCABULARY)
