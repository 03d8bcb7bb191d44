"""An actor does what it has a permission for."""

from datetime import datetime
from typing import Any

from pydantic import Field

from jurat.model import Request
from jurat.plugin import (
    Check,
    CompileContext,
    Example,
    Examples,
    Facts,
    Finding,
    RuleKind,
    RuleParams,
    RuleSpec,
)

from ._words import VOCABULARY, must_know


class ActorPermission(RuleKind):
    """The actor has the permission for what the request does.

    ## What it does
    Fires where the request's action is not among the actor's permissions. The permission for an
    action has the action's own name, unless `needs` names another.

    ## Why
    An account that answers chats has no business with fine-tuning jobs or files. Least privilege
    turns a stolen key into a small problem.

    ## Example
    ```yaml
    - id: permissions
      title: Accounts do what they are for
      kind: actor.permission
      effect: deny
      severity: high
      params: {needs: {responses: chat.completions}}
    ```

    ## Options
    - `needs`: the permission that an action needs, where it is not the action's own name.
    - `wildcards`: whether `chat.*` among an actor's permissions stands for every action under
      `chat`, and `*` for all (default: they are names like any other).

    ## Limits
    Names are compared exactly. Roles are not looked into: give the actor its permissions.
    Permissions that are known to be absent are none.

    ## Codes
    | code | meaning |
    |---|---|
    | `permission-missing` | the actor lacks the permission |
    | `action-absent` | the request is known to have no action |
    """

    name = "actor.permission"
    judges = Request
    effects = {"deny", "advise"}

    class Params(RuleParams):
        needs: dict[str, str] = Field(default_factory=dict)
        """The permission that an action needs, where it is not the action's own name."""
        wildcards: bool = False
        """Whether `chat.*` and `*` among an actor's permissions stand for many."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        needs: dict[str, str] = dict(rule.params.needs)
        wildcards: bool = rule.params.wildcards
        for action in needs:
            must_know(
                "action", action, context.words("action"), ("needs", action), extend=VOCABULARY
            )

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            action = request.action
            permissions = request.actor.permissions
            if action is None:
                return (Finding("action-absent", "the request has no action", at="/action"),)
            needed = needs.get(action, action)
            if permissions is not None and needed in permissions:
                return ()
            if wildcards and permissions and _covered(needed, permissions):
                return ()
            return (
                Finding(
                    "permission-missing",
                    "the actor has no permission {permission}",
                    at="/action",
                    quote={"permission": needed},
                    remediation="Use an account that has it, or have the permission reviewed.",
                ),
            )

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        return ("/action", "/actor/permissions")

    def examples(self, params: Any) -> Examples:
        action = "embeddings"
        needed = params.needs.get(action, action)

        def made(permissions: list[str]) -> Example:
            return Example(
                {"action": action, "actor": {"id": "svc-1", "permissions": permissions}},
                note=f"permissions: {', '.join(permissions) or 'none'}",
            )

        return Examples(
            fires=(made([]), made([needed + ".other"])),
            passes=(made(["other", needed]), *([made(["*"])] if params.wildcards else [])),
        )


def _covered(needed: str, permissions: tuple[str, ...]) -> bool:
    for permission in permissions:
        if permission == "*":
            return True
        if permission.endswith(".*") and needed.startswith(permission[:-1]):
            return True
    return False
