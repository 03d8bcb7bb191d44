"""What a provider enforces on a project, held against what is declared for it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jurat.model import PLACE
from jurat.plugin import Facts, Finding, MissingFact

Items = Mapping[str | None, tuple[Any, ...]]
Found = Iterable[Finding]


def by_project(name: str) -> Callable[[Facts], Items]:
    """A look-up over the collection `name`: its items by project, None for the organisation's."""

    def build(facts: Facts) -> Items:
        found: dict[str | None, tuple[Any, ...]] = {}
        items: Iterable[Any] = facts.collected(name).values()
        for item in items:
            found[item.project] = (*found.get(item.project, ()), item)
        return found

    return build


data_controls = by_project("data_controls")
model_permissions = by_project("model_permissions")
tool_permissions = by_project("tool_permissions")
limits = by_project("limits")


def pointer_of(view: Any, *names: str) -> str:
    """Where `view` stands in the snapshot, or a field of it."""
    at: str = view.__dict__[PLACE].pointer
    return "/".join((at, *names))


def control_of(project: Any, field: str, declared: str, facts: Facts) -> Found:
    """Retention or residency: the project's own control, else the organisation's."""
    items = facts.once(data_controls)
    own = [item for item in items.get(project.id, ()) if getattr(item, field) is not None]
    ruling = own or [item for item in items.get(None, ()) if getattr(item, field) is not None]
    for item in ruling:
        actual = getattr(item, field)
        if actual != declared:
            yield Finding(
                "control-differs",
                f"{field} of project {{project}} is {{actual}}, and declared is {declared}",
                at=pointer_of(item, field),
                absolute=True,
                evidence={"declared": declared},
                quote={"project": project.id, "actual": actual},
                remediation="Set it as declared, or change what is declared for the project.",
            )
    if not ruling:
        yield Finding(
            "control-absent",
            f"{field} of project {{project}} is not set, and declared is {declared}",
            at=pointer_of(project),
            absolute=True,
            evidence={"declared": declared},
            quote={"project": project.id},
            remediation="Set it as declared, or change what is declared for the project.",
        )


def limit_of(raw: Any, metric: str, declared: int | None, facts: Facts) -> Found:
    """A limit is set on the project, and is no higher than declared. `raw` is the project as it
    was collected: what the bundle's table says of limits is not what the provider enforces."""
    values: list[tuple[int, str]] = []
    own = raw.__dict__.get("limits")
    stated = None if own is None else own.__dict__.get(metric)
    if stated is not None:
        values.append((stated, pointer_of(raw, "limits", metric)))
    try:
        items = facts.once(limits).get(raw.id, ())
    except MissingFact:
        if stated is None:
            raise
        items = ()
    read = [(item.model, getattr(item, metric), item) for item in items]
    values += [(value, pointer_of(item, metric)) for _, value, item in read if value is not None]
    # a limit on some models bounds the project only if all of its limits are of that kind
    whole = stated is not None or any(m is None and value is not None for m, value, _ in read)
    if not whole and (not read or any(value is None for _, value, _ in read)):
        yield Finding(
            "limit-absent",
            f"project {{project}} has no limit of {metric}",
            at=pointer_of(raw),
            absolute=True,
            quote={"project": raw.id},
            remediation="Set the limit where the provider enforces it.",
        )
    for value, at in values:
        if declared is not None and value > declared:
            yield Finding(
                "limit-too-high",
                f"{metric} of project {{project}} is {value:,}, and declared are {declared:,}",
                at=at,
                absolute=True,
                evidence={"declared": declared, "actual": value},
                quote={"project": raw.id},
                remediation="Lower the limit where the provider enforces it.",
            )


def models_of(project: Any, admits: Callable[[str], bool], facts: Facts) -> Found:
    """The provider lets the project call models of a list only, and none that `admits` refuses."""
    items = facts.once(model_permissions)
    ruling = items.get(project.id) or items.get(None) or ()
    for item in ruling:
        if item.mode != "allowlist":
            yield _open(pointer_of(item, "mode"), project)
            continue
        extra = tuple(name for name in item.models or () if not admits(name))
        if extra:
            yield Finding(
                "model-permitted",
                "project {project} may call {models}, which are not on the list of models",
                at=pointer_of(item, "models"),
                absolute=True,
                evidence={"models": len(extra)},
                quote={"project": project.id, "models": extra},
                remediation="Take them out of the project's models at the provider.",
            )
    if not ruling:
        yield _open(pointer_of(project), project)


def _open(at: str, project: Any) -> Finding:
    return Finding(
        "models-open",
        "the provider lets project {project} call any model",
        at=at,
        absolute=True,
        quote={"project": project.id},
        remediation="Restrict the project's models to a list at the provider.",
    )


def tool_off(project: Any, tool: str, facts: Facts) -> Found:
    """The provider has switched the tool off for the project."""
    items = facts.once(tool_permissions)
    ruling = items.get(project.id) or items.get(None) or ()
    on = [item for item in ruling if (item.tools or {}).get(tool) is not False]
    for at in [pointer_of(item, "tools") for item in on] or (
        [] if ruling else [pointer_of(project)]
    ):
        yield Finding(
            "tool-on",
            f"the tool {tool} is not switched off for project {{project}}",
            at=at,
            absolute=True,
            evidence={"tool": tool},
            quote={"project": project.id},
            remediation="Switch it off at the provider.",
        )
