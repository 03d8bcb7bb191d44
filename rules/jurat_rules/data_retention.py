"""Nothing is kept at the provider where zero data retention holds."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from jurat.model import Project, Request
from jurat.plugin import (
    Check,
    CompileContext,
    Example,
    Examples,
    Facts,
    Finding,
    ParamError,
    RuleKind,
    RuleParams,
    RuleSpec,
)

from ._tools import CALLS, OFFERS, TOOLLESS
from ._words import VOCABULARY, must_know

ZERO = "zero"
Holder = Literal["project", "org"]

# What is looked at depends on the action alone, so that leaving a fact out never helps.
_KNOWN = OFFERS | CALLS | TOOLLESS
_STORE = frozenset({"chat.completions", "responses"})  # that have the parameter `store`
_STORED_BY_DEFAULT = frozenset({"responses"})
_RESUMABLE = frozenset({"responses"})  # that have background mode, and conversations
_PARAMS = ("store", "background", "conversation")
_KEEPING = """
    assistants.create assistants.update threads.create threads.update runs.create
    conversations.create conversations.update files.create uploads.create vector_stores.create
    vector_stores.update batches.create fine_tuning.create fine_tuning.resume containers.create
    evals.create evals.run videos.create
"""


class DataRetention(RuleKind):
    """Under zero data retention nothing is asked for that a provider has to keep.

    ## What it does
    Zero data retention is a state: `/project/retention` is `zero`. No header and no parameter of
    a call turns it on. Where it holds, the rule fires for a call that keeps something: one that
    stores its answer, by `store: true` or because the provider stores unless told not to; one in
    background mode, or in a conversation that the provider keeps; an action that leaves state
    behind, such as files, threads, batches and fine-tuning; and one to an endpoint that isn't
    known to keep nothing. On a snapshot it fires for each project that declares zero retention
    and of which the provider's data controls say something else.

    ## Why
    A contract about zero retention covers the calls that keep nothing. A stored response or an
    uploaded file stays until somebody deletes it, whatever the contract says, and a project
    whose switch was never turned on at the provider is covered by nothing.

    ## Example
    ```yaml
    - id: zero-retention
      title: Nothing is kept of projects with zero retention
      kind: data.retention
      on: [request, org_state]
      effect: deny
      severity: critical
    ```

    ## Options
    - `of`: whose retention counts: `[project]` (default), `[org]`, or both, where either is
      enough.
    - `stores_by_default`: actions, beside `responses`, whose answers the provider stores unless
      `store` is false.
    - `keeps_state`: actions that leave state at the provider, beside those that jurat knows:
      creating and changing assistants, threads, runs, conversations, files, uploads, vector
      stores, batches, fine-tuning jobs, containers, evals and videos.
    - `endpoint`: `required` (default): the endpoint must be known to keep nothing; `ignore`: it
      isn't looked at.

    ## Limits
    A project whose retention is absent requires nothing. Reading and deleting what was kept
    before isn't refused. Of the actions that jurat knows, `store` is looked at for
    `chat.completions` and `responses`, background mode and conversations for `responses`; for any
    other action all of them must be sent. An earlier response that a call continues isn't in its
    header. Tool calls of their own go to no provider and aren't judged. On a snapshot a project's
    own data control counts, else the organisation's.

    ## Codes
    | code | meaning |
    |---|---|
    | `response-stored` | the call asks the provider to store the answer |
    | `response-stored-by-default` | the provider stores the answer unless `store` is false |
    | `background-mode` | the provider keeps the answer until it is fetched |
    | `conversation-kept` | the call is part of a conversation kept at the provider |
    | `state-kept` | the action leaves state at the provider |
    | `endpoint-retains` | the endpoint isn't known to keep nothing |
    | `retention-not-zero` | the provider's data control isn't zero retention |
    """

    name = "data.retention"
    judges = (Request, Project)
    effects = {"deny", "advise"}

    class Params(RuleParams):
        of: tuple[Holder, ...] = ("project",)
        """Whose retention counts: project, org, or both."""
        stores_by_default: tuple[str, ...] = ()
        """More actions whose answers are stored unless `store` is false."""
        keeps_state: tuple[str, ...] = ()
        """More actions that leave state at the provider."""
        endpoint: Literal["required", "ignore"] = "required"
        """Whether the endpoint must be known to keep nothing."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        if not params.of:
            raise ParamError("of is empty, so the rule would never fire", at=("of",))
        known = context.words("action")
        for name in ("stores_by_default", "keeps_state"):
            for index, action in enumerate(getattr(params, name)):
                must_know("action", action, known, (name, index), extend=VOCABULARY)
        if rule.target is Project:
            return _judge_project(params.of)
        return _judge_request(params)

    def reads(self, params: Any) -> tuple[str, ...]:
        read = ["project.retention"] if "project" in params.of else []
        if "org" in params.of:
            read += ["request.org.retention", "org.org.retention"]
        read += ["request.action", *(f"request.params.{name}" for name in _PARAMS)]
        if params.endpoint == "required":
            read.append("request.endpoint.retention")
        return (*read, "org.data_controls")

    def examples(self, params: Any) -> Examples:
        holder = params.of[0]

        def made(
            note: str, *, action: str = "responses", retention: str = ZERO, **call: Any
        ) -> Any:
            given: dict[str, Any] = {
                "action": action,
                "project": {"id": "proj-a", "retention": None},
                "org": {"id": "acme", "retention": None},
                "endpoint": {"retention": ZERO},
                "params": {"store": False, "background": False, "conversation": None} | call,
            }
            given[holder]["retention"] = retention
            return Example(given, note=note)

        return Examples(
            fires=(
                made("a response is stored", store=True),
                made("a response is stored, since nobody said not to", store=None),
                made("a file is uploaded", action="files.create"),
            ),
            passes=(
                made("a response that isn't stored"),
                made("no zero retention is required", retention="default", store=True),
            ),
        )


def _judge_request(params: Any) -> Check:
    demanded = _demanded(params.of)
    stored_by_default = _STORED_BY_DEFAULT | set(params.stores_by_default)
    keeping = frozenset(_KEEPING.split()) | set(params.keeps_state)
    # the actions for which each is looked at; those that jurat doesn't know are in none
    without_store = _KNOWN - _STORE - stored_by_default
    not_resumable = _KNOWN - _RESUMABLE
    looks_at_endpoint = params.endpoint == "required"

    def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        if not demanded(request.project, request):
            return ()
        action = request.action
        found: tuple[Finding, ...] = ()
        if action in keeping:
            found = (_kept(action),)
        else:
            if action not in without_store:
                store = request.params.store
                if store:
                    found = _STORED
                elif store is None and action in stored_by_default:
                    found = _STORED_UNASKED
            if action not in not_resumable:
                if request.params.background:
                    found += _IN_BACKGROUND
                if request.params.conversation is not None:
                    found += _IN_CONVERSATION
        if looks_at_endpoint and action not in CALLS:
            retention = request.endpoint.retention
            if retention != ZERO:
                found += (_endpoint(retention),)
        return found

    return check


def _demanded(of: tuple[Holder, ...]) -> Callable[[Any, Any], bool]:
    """Whether zero retention holds, of (a project, what has the organisation as `org`)."""
    by_project, by_org = "project" in of, "org" in of

    def demanded(project: Any, whole: Any) -> bool:
        if by_project and project.retention == ZERO:
            return True
        return by_org and whole.org.retention == ZERO

    return demanded


def _judge_project(of: tuple[Holder, ...]) -> Check:
    demanded = _demanded(of)
    # the controls of the last snapshot by project: a snapshot has many projects
    last: tuple[Any, Mapping[str | None, list[Any]]] = (None, {})

    def controls_of(rows: Mapping[str, Any]) -> Mapping[str | None, list[Any]]:
        nonlocal last
        of_rows, made = last
        if of_rows is not rows:
            made = {}
            for row in rows.values():
                made.setdefault(row.project, []).append(row)
            last = (rows, made)
        return made

    def check(project: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        if not demanded(project, facts.org):
            return ()
        controls = controls_of(facts.table("data_controls"))
        own = controls.get(project.id) or controls.get(None) or ()
        if own and all(control.retention == ZERO for control in own):
            return ()
        return _NOT_ZERO if own else _NO_CONTROL

    return check


def _kept(action: str) -> Finding:
    return Finding(
        "state-kept",
        "{action} leaves state at the provider, and zero retention is required",
        at="/action",
        quote={"action": action},
        remediation="Keep the state yourself, or use a project without zero retention.",
    )


def _endpoint(retention: str | None) -> Finding:
    return Finding(
        "endpoint-retains",
        "nobody says that the endpoint keeps nothing, and zero retention is required"
        if retention is None
        else "the endpoint's retention is {retention}, and zero retention is required",
        at="/endpoint/retention",
        quote={} if retention is None else {"retention": retention},
        remediation="Send the call to an endpoint with retention zero.",
    )


_DONT_STORE = "Send `store: false`."
_STORED = (
    Finding(
        "response-stored",
        "the call asks to store the answer, and zero retention is required",
        at="/params/store",
        remediation=_DONT_STORE,
    ),
)
_STORED_UNASKED = (
    Finding(
        "response-stored-by-default",
        "the provider stores the answer unless told not to, and zero retention is required",
        at="/params/store",
        remediation=_DONT_STORE,
    ),
)
_IN_BACKGROUND = (
    Finding(
        "background-mode",
        "in background mode the provider keeps the answer, and zero retention is required",
        at="/params/background",
        remediation="Make the call in the foreground, or stream it.",
    ),
)
_IN_CONVERSATION = (
    Finding(
        "conversation-kept",
        "the provider keeps the conversation, and zero retention is required",
        at="/params/conversation",
        remediation="Send the earlier messages with the call, and leave the conversation out.",
    ),
)
_TURN_ON = "Turn zero data retention on at the provider, or correct what the project declares."
_NOT_ZERO = (
    Finding(
        "retention-not-zero",
        "zero retention is declared, and the provider's data control says something else",
        at="/retention",
        remediation=_TURN_ON,
    ),
)
_NO_CONTROL = (
    Finding(
        "retention-not-zero",
        "zero retention is declared, and the provider has no data control for it",
        at="/retention",
        remediation=_TURN_ON,
    ),
)
