"""bundle.yaml."""

import re
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pydantic import ValidationError

from jurat.canon import parse_duration
from jurat.model import Collection, OrgState, nested_model
from jurat.plugin import Mode

from ._assume import read_assume
from ._bundle import Parameter, Requires
from ._diagnostic import Diagnostic, did_you_mean, mend
from ._keys import LINT, MANIFEST, MODES, PARAMETER, REQUIRES
from ._nodes import Mapping, Node, Scalar, Sequence, described
from ._registry import Registry
from ._shape import Fields, mapping_of, parsed, shown, text_of
from ._types import RESERVED, TYPES, adapter, guess, normal

DEFAULT_STALENESS = timedelta(hours=24)

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
WORD = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_NUMBER = r"(?:0|[1-9][0-9]*)"
_PRE = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = re.compile(  # Semantic Versioning 2.0.0
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_PRE}(?:\.{_PRE})*)?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_CONSTRAINT = re.compile(r"(>=|<=|==|!=|>|<)\s*([0-9]+(?:\.[0-9]+)*)", re.ASCII)
_COLUMN_HELP = "a column is named in lower case, with digits and `_`, and not as a word of CEL is"


@dataclass(slots=True)
class Manifest:
    """bundle.yaml, read. What could not be read has its default, a parameter None."""

    name: str = ""
    version: str = ""
    revision: int = 0
    mode: Mode = "enforce"
    description: str = ""
    owner: str = ""
    currency: str = ""
    requires: Requires = field(default_factory=Requires)
    parameters: dict[str, Parameter | None] = field(default_factory=dict)
    tables: dict[str, dict[str, str]] = field(default_factory=dict)
    assume: dict[str, Any] = field(default_factory=dict)
    max_staleness: dict[str, timedelta] = field(default_factory=dict)


def collections() -> tuple[str, ...]:
    """The names of an OrgState's collections."""
    names = []
    for name, spec in OrgState.model_fields.items():
        model, _ = nested_model(spec.annotation)
        if model is not None and issubclass(model, Collection):
            names.append(name)
    return tuple(names)


def read_manifest(
    root: Node,
    registry: Registry,
    standard: frozenset[str],
    words: MappingABC[str, frozenset[str]],
    problems: list[Diagnostic],
) -> Manifest:
    """The manifest at `root`. `standard` are the names of the tables that need no columns."""
    manifest = Manifest(max_staleness=dict.fromkeys(collections(), DEFAULT_STALENESS))
    node = mapping_of(root, "bundle.yaml", problems)
    if node is None:
        return manifest
    fields = Fields(node, MANIFEST, "bundle.yaml", problems)
    name_help = "a name has letters, digits, `.`, `_` and `-`, like acme-ai"
    manifest.name = fields.text("name", NAME, name_help) or ""
    manifest.version = _version(fields) or ""
    manifest.revision = fields.number("revision", 0) or 0
    manifest.mode = fields.word("mode", MODES) or "enforce"  # type: ignore[assignment]  # checked
    manifest.description = fields.text("description", limit=100_000) or ""
    manifest.owner = fields.text("owner") or ""
    manifest.currency = fields.text("currency", _CURRENCY, "three letters, like USD") or ""
    if (requires := fields.mapping("requires")) is not None:
        manifest.requires = _requires(requires, registry, problems)
    if (parameters := fields.mapping("parameters")) is not None:
        manifest.parameters = _parameters(parameters, problems)
    if (tables := fields.mapping("tables")) is not None:
        manifest.tables = _tables(tables, standard, problems)
    if (staleness := fields.get("max_staleness")) is not None:
        _staleness(staleness, manifest.max_staleness, problems)
    if (assume := fields.mapping("assume")) is not None:
        manifest.assume = read_assume(assume, words, problems)
    if (lint := fields.mapping("lint")) is not None:
        _lint(lint, problems)
    return manifest


def _lint(node: Mapping, problems: list[Diagnostic]) -> None:
    """Its shape; which rules there are is known where they look."""
    fields = Fields(node, LINT, "`lint`", problems)
    fields.texts("select")
    fields.texts("ignore")
    for name in ("shadow", "waiver", "rotation"):
        if (age := fields.get(name)) is not None:
            parsed(age, f"`{name}`", parse_duration, problems)


def _version(fields: Fields) -> str | None:
    help = "a semantic version has three numbers, like 1.0.0"
    node = fields.get("version")
    if isinstance(node, Scalar) and isinstance(node.value, int | float):
        fields.refuse("JB024", f"`version` cannot be {shown(node)}", node, help)
        return None
    return fields.text("version", _SEMVER, help)


def _requires(node: Mapping, registry: Registry, problems: list[Diagnostic]) -> Requires:
    fields = Fields(node, REQUIRES, "`requires`", problems)
    wanted = fields.text("jurat") or ""
    if wanted:
        _check_version("jurat", wanted, _own_version(), fields.get("jurat") or node, problems)
    plugins: dict[str, str] = {}
    listed = fields.get("plugins")
    if isinstance(listed, Sequence):
        for item in listed.items:
            if (name := text_of(item, "a plugin", problems)) is not None:
                plugins[name] = ""
                _check_plugin(name, "", item, registry, problems)
    elif isinstance(listed, Mapping):
        for name, (key, value) in listed.entries.items():
            spec = text_of(value, f"the version of {name}", problems)
            plugins[name] = spec or ""
            _check_plugin(name, spec or "", key, registry, problems)
    elif listed is not None:
        fields.refuse("JB022", f"`plugins` is a list, not {described(listed)}", listed)
    return Requires(wanted, plugins)


def _check_plugin(
    name: str, spec: str, node: Node, registry: Registry, problems: list[Diagnostic]
) -> None:
    for broken in registry.broken:
        if broken.name == name:
            message = f"plugin {name} is broken: {broken.error}"
            problems.append(node.problem("JB032", message, "`jurat plugins` says more"))
            return
    versions = {plugin.name: plugin.version for plugin in registry.plugins}
    if name not in versions:
        help = did_you_mean(name, versions) or "install it, or see `jurat plugins`"
        problems.append(node.problem("JB090", f"plugin {name} is not installed", help))
    elif spec and spec != "*":
        _check_version(f"plugin {name}", spec, versions[name], node, problems)


def _own_version() -> str:
    try:
        return version("jurat")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return ""


def _check_version(
    what: str, spec: str, installed: str, node: Node, problems: list[Diagnostic]
) -> None:
    constraints = [_CONSTRAINT.fullmatch(part.strip()) for part in spec.split(",")]
    if not all(constraints):
        help = "write versions like `>=0.1` or `>=0.1,<2`"
        problems.append(node.problem("JB024", f"`{spec[:60]}` is no range of versions", help))
        return
    have = _numbers(installed)
    for constraint in constraints:
        if constraint and have and not _holds(have, constraint[1], _numbers(constraint[2])):
            message = f"{what} {spec} is needed, {installed} is installed"
            problems.append(node.problem("JB090", message))
            return


def _numbers(text: str) -> tuple[int, ...]:
    found = re.match(r"[0-9]+(?:\.[0-9]+)*", text)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def _holds(have: tuple[int, ...], operator: str, wanted: tuple[int, ...]) -> bool:
    width = max(len(have), len(wanted))
    left, right = (side + (0,) * (width - len(side)) for side in (have, wanted))
    return {
        ">=": left >= right,
        "<=": left <= right,
        ">": left > right,
        "<": left < right,
        "==": left == right,
        "!=": left != right,
    }[operator]


def _parameters(node: Mapping, problems: list[Diagnostic]) -> dict[str, Parameter | None]:
    found: dict[str, Parameter | None] = {}
    for name, (key, value) in node.entries.items():
        if not NAME.fullmatch(name):
            help = "a name has letters, digits, `.`, `_` and `-`"
            problems.append(key.problem("JB024", f"`{name[:60]}` cannot name a parameter", help))
            continue
        found[name] = _parameter(name, key, value, problems)
    return found


def _parameter(name: str, key: Scalar, node: Node, problems: list[Diagnostic]) -> Parameter | None:
    if not isinstance(node, Mapping):
        help = f"write {name}: {{type: {guess(node)}, value: {shown(node).strip('`')}}}"
        message = f"parameter {name} needs a type and a value"
        problems.append(node.problem("JB022", message, help))
        return None
    fields = Fields(node, PARAMETER, "a parameter", problems)
    type_name = _type(fields.get("type"), problems) if fields.has("type") else None
    value = fields.get("value") or fields.get("default")
    description = fields.text("description") or ""
    if value is None:
        problems.append(key.problem("JB021", f"parameter {name} needs `value`"))
    if fields.has("value") and fields.has("default"):
        fields.refuse("JB035", "`value` and `default` are two spellings of one thing", "default")
    if value is None or type_name is None:
        return None
    plain = value.plain()
    try:
        adapter(type_name).validate_python(plain)
    except ValidationError:
        message = f"parameter {name} is of type {type_name}, which {shown(value)} is not"
        problems.append(value.problem("JB022", message))
        return None
    return Parameter(type_name, plain, description)


def _type(node: Node | None, problems: list[Diagnostic]) -> str | None:
    if node is None or (text := text_of(node, "a type", problems)) is None:
        return None
    if (found := normal(text)) not in TYPES:
        problems.append(node.problem("JB023", f"{shown(node)} is no type", mend(text, TYPES)))
        return None
    return found


def _tables(
    node: Mapping, standard: frozenset[str], problems: list[Diagnostic]
) -> dict[str, dict[str, str]]:
    tables: dict[str, dict[str, str]] = {}
    for name, (key, value) in node.entries.items():
        if name in standard:
            message = f"{name} is a standard table; its columns are jurat's own"
            problems.append(key.problem("JB024", message, "take it out of `tables`"))
        elif not WORD.fullmatch(name) or name in RESERVED or name in ("names", "vocabulary"):
            help = "a table is named in lower case, with digits and `_`"
            problems.append(key.problem("JB024", f"`{name[:60]}` cannot name a table", help))
        elif (columns := mapping_of(value, f"table {name}", problems)) is not None:
            tables[name] = _columns(columns, problems)
    return tables


def _columns(node: Mapping, problems: list[Diagnostic]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for name, (key, value) in node.entries.items():
        if not WORD.fullmatch(name) or name in RESERVED:
            message = f"`{name[:60]}` cannot name a column"
            problems.append(key.problem("JB024", message, _COLUMN_HELP))
        elif name == "id":
            message = "every table has the column `id`, its key"
            problems.append(key.problem("JB024", message, "take it out"))
        elif (type_name := _type(value, problems)) is not None:
            columns[name] = type_name
    return columns


def _staleness(node: Node, into: dict[str, timedelta], problems: list[Diagnostic]) -> None:
    if not isinstance(node, Mapping):
        if (age := parsed(node, "`max_staleness`", parse_duration, problems)) is not None:
            into.update(dict.fromkeys(into, age))
        return
    for name, (key, value) in node.entries.items():
        if name not in into:
            message = f"`{name[:60]}` is no collection of the state"
            problems.append(key.problem("JB020", message, mend(name, into)))
        elif (age := parsed(value, f"the age of {name}", parse_duration, problems)) is not None:
            into[name] = age
