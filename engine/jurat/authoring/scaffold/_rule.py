"""A rule of a kind, begun from the example in the kind's own documentation."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from jurat.authoring.explain import documentation
from jurat.authoring.fmt import formatted
from jurat.bundle import Bundle, BundleError, Diagnostic, load_bundle
from jurat.bundle.source import SourceFile, parse
from jurat.engine import plan_of, run_cases, versions_of
from jurat.plugin import Registry

_EXAMPLE = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
_MOST_CASE = 1500  # characters: a case is there to be read
_OWNER = "nobody-yet"
_REMEDIATION = "Say here what someone who met this rule can do."


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule that was begun: its id, its text, a text of tests ("" where there are none that hold
    in this bundle), what is wrong with the bundle once it has the rule, and the names of the
    tests it had that come out otherwise then."""

    id: str
    rule: str
    tests: str
    problems: tuple[Diagnostic, ...]
    upset: tuple[str, ...] = ()


def added(there: str, text: str) -> str:
    """`text` after what is there already, a blank line between them."""
    return f"{there.rstrip()}\n\n{text}" if there.strip() else text


def new_rule(
    kind: str,
    files: Mapping[str, bytes],
    registry: Registry,
    *,
    id_: str | None = None,
    file: str | None = None,
    mode: str | None = None,
    today: date | None = None,
) -> NewRule:
    """A rule of `kind` for the bundle of `files`, with every param that the kind has: those of
    its example, and the others as comments. Its tests are the kind's own examples that come out
    in this bundle. `file` is the name, below rules/, of the file to add it to (default: one of
    its own), `mode` the rule's; in shadow it says since when, where `today` is given. Raises
    KeyError where there is no such kind.
    """
    found = registry.kinds[kind]
    example = _example(found, kind)
    bundle, before = load_bundle(files, registry)
    taken = set() if bundle is None else {rule.id for rule in bundle.rules}
    name = id_ or _free(str(example["id"]), taken)
    owner = bundle.owner if bundle is not None and bundle.owner else _OWNER
    if mode is not None:
        example["mode"] = mode
    text = _text({**example, "id": name}, found, owner)
    text = formatted(SourceFile("rules/r.yaml", text))
    if mode == "shadow" and today is not None:  # lint asks how long it is meant to watch
        text = text.replace("mode: shadow\n", f"mode: shadow  # since {today}\n", 1)
    path = f"rules/{file or name}.yaml"
    there = files.get(path, b"").decode("utf-8", "replace")
    with_rule = {**files, path: added(there, text).encode()}
    made, after = load_bundle(with_rule, registry)
    upset: tuple[str, ...] = ()
    if made is not None and not after:
        try:
            wrong = () if bundle is None or before else _failing(bundle, registry)
            upset = tuple(name for name in _failing(made, registry) if name not in wrong)
        except BundleError as error:
            after = [*error.diagnostics]
    problems = tuple(problem for problem in after if problem not in before)
    tests = "" if made is None or after else _tests(made, name, with_rule, registry)
    return NewRule(name, text, tests, problems, upset)


def _failing(bundle: Bundle, registry: Registry) -> tuple[str, ...]:
    """The names of a bundle's tests that fail. Raises BundleError."""
    results = run_cases(plan_of(bundle, registry, versions_of(registry)))
    return tuple(result.case.name for result in results if result.failures)


def _free(name: str, taken: set[str]) -> str:
    number = 1
    free = name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


def _example(kind: Any, name: str) -> dict[str, Any]:
    """The rule in the documentation of a kind; one made of its schema, where there is none."""
    for block in _EXAMPLE.findall(documentation(kind)):
        tree, problems = parse(SourceFile("rules/r.yaml", block))
        plain = None if tree is None or problems else tree.plain()
        if isinstance(plain, list) and plain and plain[0].get("kind") == name:
            first: dict[str, Any] = plain[0]
            return first
    schema = kind.Params.model_json_schema()
    needed = schema.get("required", ())
    params = {key: _placeholder(schema["properties"][key]) for key in needed}
    effect = "deny" if "deny" in kind.effects else min(kind.effects)
    title = documentation(kind).partition("\n")[0].rstrip(".") or name
    return {
        "id": name.replace(".", "-").replace("_", "-"),
        "title": title,
        "kind": name,
        "effect": effect,
        "severity": "medium",
        **({"params": params} if params else {}),
    }


def _placeholder(schema: Mapping[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    match schema.get("type"):
        case "integer" | "number":
            return least + 1
        case "boolean":
            return True
        case "array":
            return [_placeholder(schema.get("items", {}))]
        case "object":
            return {}
    return "value"


def _text(rule: dict[str, Any], kind: Any, owner: str) -> str:
    rule = {"owner": owner, "remediation": _REMEDIATION, **rule}
    params = rule.pop("params", None) or {}
    lines = [f"{key}: {_entry(value)}" for key, value in rule.items()]
    others = list(_others(kind, set(params)))
    if params:
        lines.append("params:")
        lines += [f"  {key}: {_value(value)}" for key, value in params.items()]
        lines += [f"  # {line}" for line in others]
    elif others:
        lines += ["# params: may have", *(f"#   {line}" for line in others)]
    return "- " + "\n  ".join(lines) + "\n"


def _others(kind: Any, given: set[str]) -> Iterator[str]:
    """A line for each param that is not given: its default, and what it is."""
    for name, field in kind.Params.model_fields.items():
        if name in given:
            continue
        default = field.get_default(call_default_factory=True)
        about = " ".join((field.description or "").split()).partition(". ")[0].rstrip(".")
        yield f"{name}: {_plain(default)}" + (f"   {about}." if about else "")


def _plain(value: Any) -> str:
    try:
        return orjson.dumps(value, default=_listed).decode()
    except TypeError:
        return "…"


def _listed(value: Any) -> Any:
    if isinstance(value, set | frozenset | tuple):
        return sorted(value) if all(isinstance(item, str) for item in value) else list(value)
    if hasattr(value, "total_seconds"):
        from jurat.canon import format_duration

        return format_duration(value)
    raise TypeError


def _value(value: Any) -> str:
    """A value in brackets and quotes where it has to be: YAML, on one line."""
    if isinstance(value, str) and "\n" not in value and not _special(value):
        return value
    return orjson.dumps(value).decode()


def _entry(value: Any) -> str:
    """The value of a key of a rule: as `_value`, a text of several lines as a literal one."""
    if isinstance(value, str) and "\n" in value.strip("\n"):
        return "|\n" + "\n".join(f"    {line}" for line in value.strip("\n").split("\n"))
    return _value(value)


def _special(text: str) -> bool:
    tree, problems = parse(SourceFile("x", f"a: {text}\n"))
    return bool(problems) or tree is None or tree.plain() != {"a": text}


def _tests(bundle: Bundle, rule: str, files: Mapping[str, bytes], registry: Registry) -> str:
    """The examples of the kind as cases, those that come out as they say."""
    loaded = bundle.rule_by_id[rule]
    made = registry.kinds[loaded.kind].examples(loaded.params)
    if made is None:
        return ""
    cases: dict[str, str] = {}
    for outcome, examples in (("fired", made.fires), ("passed", made.passes)):
        for number, example in enumerate(examples, 1):
            if example.data:
                continue  # it needs tables of its own
            does = "fires" if outcome == "fired" else "passes"
            name = f"{rule} {does}, {example.note or number}"
            case = _case(name, example, outcome, rule)
            if len(case) <= _MOST_CASE:
                cases[name] = case
    if not cases:
        return ""
    path = f"tests/{rule}.yaml"
    there = files.get(path, b"").decode("utf-8", "replace")
    all_of_them = added(there, "\n".join(cases.values()))
    trial, problems = load_bundle({**files, path: all_of_them.encode()}, registry)
    if trial is None or problems:
        return ""
    plan = plan_of(trial, registry, versions_of(registry))
    held = {result.case.name for result in run_cases(plan) if not result.failures}
    kept = "\n".join(text for name, text in cases.items() if name in held)
    return formatted(SourceFile(f"tests/{rule}.yaml", kept)) if kept else ""


def _case(name: str, example: Any, outcome: str, rule: str) -> str:
    given = dict(example.given)
    kind = given.pop("type", "request")
    lines = [f"- name: {_value(name)}", f"  now: {example.now}"]
    if kind != "request":
        lines.append(f"  type: {kind}")
    lines.append("  given:")
    lines += [f"    {_value(key)}: {_value(value)}" for key, value in given.items()] or ["    {}"]
    lines.append(f"  expect: {{{outcome}: [{rule}]}}")
    return "\n".join(lines) + "\n"
