"""The organisation is set up as declared."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from jurat.canon import join
from jurat.model import Org
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

from ._declared import control_of, limit_of, models_of, pointer_of, tool_off
from ._models import ModelList, ModelPattern, aliases, is_glob, undated
from ._parts import judged
from ._words import VOCABULARY, must_know


def _named(text: str) -> str:
    if not text or text != text.strip():
        raise ParamError(
            "a name is empty or has blanks around it", help="write it as it is called"
        )
    return text


Name = Annotated[str, AfterValidator(_named)]
Metric = Literal["rpm", "tpm", "spend"]

# what a rule demands of one project: (project, the same as it was collected, facts) -> findings
_Demand = Callable[[Any, Any, Facts], Iterable[Finding]]


class OrgRequiredSettings(RuleKind):
    """What is declared is what the provider enforces.

    ## What it does
    Judges a snapshot as a whole, and reports each deviation at its place: a setting of the
    organisation that differs from `settings`; and for each project that is in use, as far as the
    options ask for it, a limit that is not set or higher than the bundle's table `projects`
    declares, a retention or residency other than declared there, models open to the project that
    are not on a list, a tool that is not switched off. Where a project has no control or
    permission of its own, the organisation's hold for it.

    ## Why
    A gateway can only judge what passes through it. What the provider itself enforces holds for
    every key, the forgotten ones too; and a setting that somebody changed by hand shows
    nowhere else.

    ## Example
    ```yaml
    - id: settings
      title: The organisation is set up as declared
      kind: org.required_settings
      effect: deny
      severity: high
      params:
        settings: {audit_log: enabled}
        limits: [rpm, tpm]
        retention: true
        residency: true
        models: [gpt-4.1, gpt-4.1-mini]
        tools_off: [web_search]
        environments: [production]
    ```

    ## Options
    - `settings`: values that settings of the organisation must have, by name.
    - `limits`: the limits (`rpm`, `tpm`, `spend`) that each project must have. Where the table
      `projects` declares a number of requests or tokens per minute, the limit is no higher.
    - `retention`: whether each project's retention must be as the table `projects` declares it.
    - `residency`: whether each project's residency must be. Declared as `global`, anything will
      do.
    - `models`: the only models that the provider may let a project call: it must have an
      allowlist, and nothing on it but these. `*` stands for any characters.
    - `tools_off`: the provider's tools that must be switched off.
    - `environments`: the environments whose projects are looked at; without it, all are.

    ## Limits
    It judges snapshots only. A project known to be archived or otherwise not active is passed
    over. A project that the table does not list has nothing declared, which fires where
    something declared is asked for. A column that a row leaves out asks for nothing. A limit on
    single models counts where each of the project's limits has it. Limits stand in the collection
    `limits` or on the project itself; where one was not collected, the other answers. The amount of `spend` is not
    compared: its currency is the provider's. What was not collected is unknown, which denies;
    what is known to be wrong is reported beside it.

    ## Codes
    | code | meaning |
    |---|---|
    | `setting-differs` | a setting has another value, or none |
    | `limit-absent` | a project has no such limit |
    | `limit-too-high` | a project's limit is higher than declared |
    | `control-differs` | retention or residency is not as declared |
    | `control-absent` | retention or residency is declared and not set |
    | `models-open` | the provider lets a project call any model |
    | `model-permitted` | a project's allowlist has a model that is not listed |
    | `tool-on` | a tool is not switched off |
    | `project-undeclared` | the table `projects` does not list the project |
    """

    name = "org.required_settings"
    judges = Org
    effects = {"deny", "advise"}
    inputs = {"org_state"}
    allowlists = ("models",)
    optional = ("org.projects.limits",)

    class Params(RuleParams):
        settings: dict[Name, str] = Field(default_factory=dict)
        """Values that settings of the organisation must have, by name."""
        limits: tuple[Metric, ...] = ()
        """The limits that each project must have."""
        retention: bool = False
        """Whether each project's retention must be as declared."""
        residency: bool = False
        """Whether each project's residency must be as declared."""
        models: tuple[ModelPattern, ...] | None = None
        """The only models that the provider may let a project call."""
        tools_off: tuple[Name, ...] = ()
        """The provider's tools that must be switched off."""
        environments: tuple[str, ...] | None = None
        """The environments whose projects are looked at."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        rows = getattr(context.data, "projects", None)
        _check(params, rows, context)
        demands = tuple(_demands(params, rows, context))
        wanted = None if params.environments is None else frozenset(params.environments)
        settings = tuple(params.settings.items())

        def check(org: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            def of_settings(org: Any, now: datetime) -> tuple[Finding, ...]:
                return tuple(_settings(org.settings or {}, settings))

            def of_projects(org: Any, now: datetime) -> tuple[Finding, ...]:
                return judged(_parts(demands, wanted, facts), org, now)

            parts = [of_settings] if settings else []
            return judged([*parts, of_projects] if demands else parts, org, now)

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        read = ["/settings"] if params.settings else []
        used = (
            ("projects", _of_projects(params)),
            ("limits", params.limits),
            ("data_controls", params.retention or params.residency),
            ("model_permissions", params.models is not None),
            ("tool_permissions", params.tools_off),
        )
        return (*read, *(f"org.{name}" for name, wanted in used if wanted))

    def examples(self, params: Any) -> Examples:
        environment = params.environments[0] if params.environments else "production"
        rows = {"proj-a": {"environment": environment, "retention": "zero", "residency": "eu"}}
        offered = [pattern.replace("*", "x") for pattern in params.models or ()]
        fit: dict[str, Any] = {
            "projects": {"proj-a": {"status": "active"}},
            "limits": {"all": {"project": "proj-a", "model": None, **_all(params.limits, 100)}},
            "data_controls": {
                "a": {"project": "proj-a", "retention": "zero", "residency": "eu"},
            },
            "model_permissions": {
                "a": {"project": "proj-a", "mode": "allowlist", "models": offered},
            },
            "tool_permissions": {
                "a": {"project": "proj-a", "tools": _all(params.tools_off, False)}
            },
        }

        def shows(note: str, settings: Mapping[str, str], **collections: Any) -> Example:
            given: dict[str, Any] = {"type": "org_state", "org": {"settings": dict(settings)}}
            for name, items in {**fit, **collections}.items():
                given[name] = {"observed_at": "2026-05-25T11:50:00Z", "items": items}
            return Example(given, data={"projects": rows}, note=note)

        fires = []
        if params.settings:
            fires.append(shows("the settings are not made", {}))
        for name, wanted in (
            ("limits", params.limits),
            ("data_controls", params.retention or params.residency),
            ("model_permissions", params.models is not None),
            ("tool_permissions", params.tools_off),
        ):
            if wanted:
                fires.append(shows(f"the provider has no {name}", params.settings, **{name: {}}))
        return Examples(fires=tuple(fires), passes=(shows("all is as declared", params.settings),))


def _all(names: Iterable[str], value: Any) -> dict[str, Any]:
    return dict.fromkeys(names, value)


def _of_projects(params: Any) -> bool:
    """Whether anything is demanded of projects."""
    demanded = params.limits or params.retention or params.residency or params.tools_off
    return bool(demanded) or params.models is not None


def _check(params: Any, rows: Any, context: CompileContext) -> None:
    if not params.settings and not _of_projects(params):
        raise ParamError(
            "nothing is required",
            help="give settings, limits, retention, residency, models or tools_off",
        )
    for name in ("retention", "residency"):
        if getattr(params, name) and rows is None:
            raise ParamError(
                f"{name} is compared with the table projects, which the bundle does not have",
                at=(name,),
                help="declare it in data/projects.yaml",
            )
    if params.environments is not None and not (params.environments and _of_projects(params)):
        raise ParamError(
            "environments narrows which projects are looked at, and so none are",
            at=("environments",),
            help="name one, or leave it out",
        )
    for index, word in enumerate(params.environments or ()):
        words = context.words("environment")
        must_know("environment", word, words, ("environments", index), extend=VOCABULARY)
    known = context.words("model")
    for index, pattern in enumerate(params.models or ()):
        if not is_glob(pattern) and undated(pattern) not in known:
            must_know("model", pattern, known, ("models", index), extend=VOCABULARY)


def _settings(actual: Mapping[str, str], wanted: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    for name, value in wanted:
        found = actual.get(name)
        if found != value:
            yield Finding(
                "setting-differs",
                f"the setting {name} is {{actual}}, and {value} is required",
                at=join("/settings", name),
                evidence={"required": value},
                quote={"actual": found},
                remediation=f"Set {name} to {value} at the provider.",
            )


def _parts(
    demands: Iterable[_Demand], environments: frozenset[str] | None, facts: Facts
) -> Iterator[Callable[[Any, datetime], tuple[Finding, ...]]]:
    """Each demand on each project as a part of its own, so that one unknown hides nothing."""
    projects = facts.collected("projects")
    # without what the bundle's table says of them
    collected = facts.org.projects.items or {}

    def part(
        project: Any, raw: Any, demand: _Demand, org: Any, now: datetime
    ) -> tuple[Finding, ...]:
        if environments is not None and project.environment not in environments:
            return ()
        return tuple(demand(project, raw, facts))

    for id_, project in projects.items():
        if project.__dict__.get("status") in ("active", None):
            for demand in demands:
                yield partial(part, project, collected[id_], demand)


def _demands(params: Any, rows: Any, context: CompileContext) -> Iterator[_Demand]:
    """What is demanded of each project. `rows` are what the bundle declares, None without table."""

    def of_row(column: str) -> _Demand:
        def demand(project: Any, raw: Any, facts: Facts) -> Iterable[Finding]:
            row = rows.get(project.id)
            wanted = None if row is None else getattr(row, column)
            if wanted is None or (column, wanted) == ("residency", "global"):
                return ()
            return control_of(project, column, wanted, facts)

        return demand

    def limit(metric: str) -> _Demand:
        def demand(project: Any, raw: Any, facts: Facts) -> Iterable[Finding]:
            row = None if rows is None else rows.get(project.id)
            ceiling = None
            if row is not None and metric != "spend":
                ceiling = getattr(row.limits, metric)
            return limit_of(raw, metric, ceiling, facts)

        return demand

    def off(tool: str) -> _Demand:
        return lambda project, raw, facts: tool_off(project, tool, facts)

    if rows is not None and (params.retention or params.residency or params.limits):
        yield lambda project, raw, facts: () if project.id in rows else _undeclared(project)
    for column in ("retention", "residency"):
        if getattr(params, column):
            yield of_row(column)
    for metric in params.limits:
        yield limit(metric)
    if params.models is not None:
        alias_of = aliases(getattr(context.data, "models", None) or {})
        admits = ModelList(params.models, alias_of, dated=True).admits
        yield lambda project, raw, facts: models_of(project, admits, facts)
    for tool in params.tools_off:
        yield off(tool)


def _undeclared(project: Any) -> Iterator[Finding]:
    yield Finding(
        "project-undeclared",
        "project {project} is not listed in the table of projects, so nothing is declared for it",
        at=pointer_of(project),
        absolute=True,
        quote={"project": project.id},
        remediation="List the project in data/projects.yaml, or archive it.",
    )
