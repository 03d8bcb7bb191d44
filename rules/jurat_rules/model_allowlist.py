"""Only listed models are called."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from jurat.model import PLACE, Request
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

from ._models import ModelList, ModelPattern, aliases, is_glob, undated
from ._words import VOCABULARY, must_know

Lists = dict[str, tuple[ModelPattern, ...]]
_Served = Callable[[Any], tuple[str | None, str]]


class ModelAllowlist(RuleKind):
    """Only models on the list are called.

    ## What it does
    Fires where the model that would be served is not on every list that applies: `models` for
    everyone, and those of the request's project, actor and roles where these have one. Where no
    list applies, it fires. The model is the one that the endpoint's deployment serves, if it
    serves just one; else the one that the request names. Aliases in the bundle's table `models`
    are followed first, on both sides.

    ## Why
    A model is reviewed for quality, data handling and cost before people depend on it. One that
    nobody reviewed should not come in by a changed string, a typing error or a deployment that
    serves something else than its name says.

    ## Example
    ```yaml
    - id: models
      title: Reviewed models only
      kind: model.allowlist
      effect: deny
      severity: high
      params:
        models: [gpt-4.1, gpt-4.1-mini, "o4-*"]
        projects: {proj-prod: [gpt-4.1]}
    ```

    ## Options
    - `models`: what anyone may call. A name is matched exactly, case included; `*` stands for any
      characters.
    - `projects`: lists by project id.
    - `actors`: lists by actor id.
    - `roles`: lists by role. An actor with several listed roles may call what any of them may.
    - `dated`: whether a dated snapshot (`gpt-4.1-2025-04-14`, `claude-sonnet-4-20250514`) of a
      listed model is that model (default: it is). A listed snapshot never admits the undated
      name, which may move on.

    ## Limits
    Lists narrow each other: a project's list can't add to `models`, so leave `models` out where
    every project has its own. `gpt-4.1` doesn't admit `gpt-4.1-mini`. Where the bundle has no
    table of endpoints and the caller describes none, the name in the request is all there is to
    judge; an endpoint with a deployment must say which model that serves, and so must an armed
    state that lists endpoints.

    ## Codes
    | code | meaning |
    |---|---|
    | `model-not-allowed` | the model is not on a list that applies |
    | `model-absent` | the request is known to name no model |
    """

    name = "model.allowlist"
    judges = Request
    effects = {"deny", "advise"}
    allowlists = ("models", "projects", "actors", "roles")
    optional = ("/endpoint/model",)

    class Params(RuleParams):
        models: tuple[ModelPattern, ...] | None = None
        """What anyone may call. `*` stands for any characters."""
        projects: Lists = Field(default_factory=dict)
        """Lists by project id."""
        actors: Lists = Field(default_factory=dict)
        """Lists by actor id."""
        roles: Lists = Field(default_factory=dict)
        """Lists by role: an actor may call what any of its listed roles may."""
        dated: bool = True
        """Whether a dated snapshot of a listed model is that model."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        alias_of = aliases(getattr(context.data, "models", None) or {})
        known = context.words("model")  # with the ids and aliases of the register
        for at, patterns in _all_lists(params):
            _must_know(at, patterns, known)

        def ready(patterns: tuple[str, ...]) -> ModelList:
            return ModelList(patterns, alias_of, dated=params.dated)

        everyone = None if params.models is None else ready(params.models)
        served = _served(context)
        named = {
            group: {id_: ready(patterns) for id_, patterns in getattr(params, group).items()}
            for group in ("projects", "actors", "roles")
        }
        if everyone is not None and not any(named.values()):
            return _one_list(everyone, served)
        if everyone is None and not any(named.values()):
            raise ParamError(
                "there is no list", help="give models, or lists by projects, actors or roles"
            )
        return _many_lists(everyone, named, served)

    def reads(self, params: Any) -> tuple[str, ...]:
        read = ["/model", "/endpoint/model"]
        if params.projects:
            read.append("/project/id")
        if params.actors:
            read.append("/actor/id")
        if params.roles:
            read.append("/actor/roles")
        return tuple(read)

    def examples(self, params: Any) -> Examples:
        project = next(iter(params.projects), "proj-a")
        actor = next(iter(params.actors), "svc-1")
        role = next(iter(params.roles), "member")
        applying = [
            patterns
            for patterns in (
                params.models,
                params.projects.get(project),
                params.actors.get(actor),
                params.roles.get(role),
            )
            if patterns is not None
        ]
        lists = [ModelList(patterns, {}, dated=params.dated) for patterns in applying]

        def made(model: str) -> Example:
            given = {
                "model": model,
                "actor": {"id": actor, "roles": [role]},
                "project": {"id": project},
                "endpoint": {"model": None},
            }
            return Example(given, note=f"{actor} calls {model} in {project}")

        offered = (p.replace("*", "x") for patterns in applying for p in patterns)
        shared = next((name for name in offered if all(one.admits(name) for one in lists)), None)
        strangers = ["unreviewed-1", *([shared + " ", shared.upper()] if shared else [])]
        return Examples(
            fires=tuple(made(s) for s in strangers if not all(one.admits(s) for one in lists)),
            passes=(made(shared),) if shared else (),
        )


def _all_lists(params: Any) -> list[tuple[tuple[str | int, ...], tuple[str, ...]]]:
    lists: list[tuple[tuple[str | int, ...], tuple[str, ...]]] = []
    if params.models is not None:
        lists.append((("models",), params.models))
    for group in ("projects", "actors", "roles"):
        lists += [((group, id_), patterns) for id_, patterns in getattr(params, group).items()]
    return lists


def _must_know(
    at: tuple[str | int, ...], patterns: tuple[str, ...], known: frozenset[str]
) -> None:
    for index, pattern in enumerate(patterns):
        if not is_glob(pattern) and undated(pattern) not in known:
            must_know("model", pattern, known, (*at, index), extend=VOCABULARY)


def _by_name(request: Any) -> tuple[str | None, str]:
    """The model that the request names."""
    return request.model, "/model"


def _by_table(request: Any) -> tuple[str | None, str]:
    """The model of the endpoint's row, which is joined; the named one where it has none."""
    model = request.endpoint.model
    return (request.model, "/model") if model is None else (model, "/endpoint/model")


def _as_described(request: Any) -> tuple[str | None, str]:
    """The model of the endpoint as far as the caller describes one, else the named one."""
    endpoint = request.__dict__.get("endpoint")
    if endpoint is None:
        return request.model, "/model"
    fields = endpoint.__dict__
    model = fields.get("model")
    if "model" not in fields and (PLACE in fields or fields.get("deployment") is not None):
        model = endpoint.model  # raises: nobody said what it serves, the armed state included
    return (request.model, "/model") if model is None else (model, "/endpoint/model")


def _served(context: CompileContext) -> _Served:
    """A reader request -> (the model to be served, the pointer of where that is said).

    A bundle's table of endpoints alone says what its deployments serve: where no row names a
    model, the endpoint can't matter. Without a table, it matters as far as it is described.
    """
    endpoints = getattr(context.data, "endpoints", None)
    if endpoints is None:
        return _as_described
    serving = any(row.__dict__.get("model") is not None for row in endpoints.values())
    return _by_table if serving else _by_name


def _one_list(allowed: ModelList, served: _Served) -> Check:
    verdicts = allowed.verdicts

    def judge(request: Any) -> tuple[Finding, ...]:
        model, at = served(request)
        if model is not None and allowed.admits(model):
            return ()
        return _finding(model, at, "the list of models")

    def by_name(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        return () if verdicts.get(request.model) else judge(request)

    def judged(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        return judge(request)

    def as_described(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        fields = request.__dict__
        if verdicts.get(fields.get("model")):  # the ordinary case: an endpoint without deployment
            endpoint = fields.get("endpoint")
            if endpoint is None:
                return ()
            described = endpoint.__dict__
            if (
                described.get("model") is None
                and described.get("deployment") is None
                and PLACE not in described
            ):
                return ()
        return judge(request)

    if served is _by_name:
        return by_name
    return as_described if served is _as_described else judged


def _many_lists(
    everyone: ModelList | None, named: Mapping[str, dict[str, ModelList]], served: _Served
) -> Check:
    projects, actors, roles = named["projects"], named["actors"], named["roles"]

    def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        model, at = served(request)
        if model is None:
            return _finding(model, at, "")
        applied = everyone is not None
        if everyone is not None and not everyone.admits(model):
            return _finding(model, at, "the list of models")
        if projects and (of_project := projects.get(request.project.id)) is not None:
            applied = True
            if not of_project.admits(model):
                return _finding(model, at, "the project's list of models")
        if actors and (of_actor := actors.get(request.actor.id)) is not None:
            applied = True
            if not of_actor.admits(model):
                return _finding(model, at, "the actor's list of models")
        if roles:
            of_roles = [roles[role] for role in request.actor.roles or () if role in roles]
            applied = applied or bool(of_roles)
            if of_roles and not any(one.admits(model) for one in of_roles):
                return _finding(model, at, "any list of models of the actor's roles")
        if applied:
            return ()
        return _finding(model, at, "any list: none is for this project, actor or role")

    return check


def _finding(model: str | None, at: str, of: str) -> tuple[Finding, ...]:
    if model is None:
        return (Finding("model-absent", "the request names no model", at=at),)
    return (
        Finding(
            "model-not-allowed",
            f"{{model}} is not on {of}",
            at=at,
            quote={"model": model},
            remediation="Call a listed model, or have this one reviewed and listed.",
        ),
    )
