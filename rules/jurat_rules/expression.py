"""The kind whose whole judgement is its condition."""

from jurat.model import (
    Assignment,
    Credential,
    DataControl,
    Endpoint,
    Group,
    Invite,
    Limit,
    ModelPermission,
    NetworkControl,
    Org,
    Principal,
    Project,
    Request,
    Response,
    Role,
    ToolPermission,
    Vendor,
)
from jurat.plugin import RuleKind


class Expression(RuleKind):
    """The rule's condition (`when`) is its judgement.

    ## What it does
    Fires where `when` is true. With effect `permit` that lets the request in (if no other rule
    denies it); with any other effect it reports a violation. `when` is written in CEL and checked
    when the bundle is loaded: unknown fields, wrong types and conditions that are not true or
    false are errors with their place.

    ## Why
    Most policy is a sentence about a few fields, and a sentence needs no plugin. It is also the
    only kind that lets a request in, so that what a bundle allows stands in its permits, in the
    open. Without a permit that fires, every request is denied.

    ## Example
    ```yaml
    - id: callers
      title: Registered accounts act in their own project
      kind: expression
      effect: permit
      severity: info
      when: |
        request.actor.id in data.service_accounts
        && request.actor.project == request.project.id
    ```

    ## Options
    None in `params`. The rule key `over` names the resource that is judged on a snapshot
    (`over: credential`).

    ## Limits
    A condition sees the fields of the input, tables and facts, never the text of messages or of
    tool calls: use `pii.patterns` for those. A field that was not supplied makes the rule unknown,
    and unknown denies; `has(field)` asks for presence.

    ## Codes
    | code | meaning |
    |---|---|
    | `condition-met` | the condition of a constraint was true |
    | `obligation-required` | the condition of a rule with effect `require` was true |
    """

    # judged by the engine itself, which compiles `when`: there is nothing left to compile here
    name = "expression"
    judges = (
        Request,
        Response,
        Org,
        Principal,
        Invite,
        Group,
        Role,
        Assignment,
        Project,
        Credential,
        ModelPermission,
        ToolPermission,
        Limit,
        DataControl,
        NetworkControl,
        Vendor,
        Endpoint,
    )
    effects = {"permit", "deny", "require", "advise"}
