"""Loads the installed plugins, each by itself: a broken one is named, the others go on."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.metadata import EntryPoint
from types import MappingProxyType, ModuleType
from typing import Any, TypeVar

import pluggy

from . import _hooks
from ._admission import (
    detector_problems,
    kind_problems,
    lint_problems,
    source_problems,
    store_problems,
)
from ._detector import Detector
from ._hooks import GROUP
from ._kind import RuleKind
from ._limits import LimitStore
from ._lint import LintRule
from ._source import FactSource

OWN_DISTRIBUTION = "jurat"
PINS = "JURAT_PLUGINS"

_T = TypeVar("_T")
_PLUGIN, _KIND, _DETECTOR = "plugin", "kind", "detector"
_SOURCE, _STORE = "fact source", "limit store"
_LINT, _LINT_NAME = "lint rule", "lint rule's name"
_IMPORTING = "importing it"


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """A plugin that is in use, and the names of what it added."""

    name: str
    """The name of its entry point."""
    distribution: str
    version: str
    kinds: tuple[str, ...] = ()
    detectors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    lint_rules: tuple[str, ...] = ()
    """Their codes."""


@dataclass(frozen=True, slots=True)
class BrokenPlugin:
    """A plugin of which nothing is in use, why, and how to mend it."""

    name: str
    distribution: str
    version: str
    error: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Registry:
    """What the plugins of one load added. Nothing in it changes after the load."""

    kinds: Mapping[str, RuleKind]
    detectors: tuple[Detector, ...]
    fact_sources: tuple[FactSource, ...]
    plugins: tuple[LoadedPlugin, ...]
    broken: tuple[BrokenPlugin, ...] = ()
    left_out: tuple[str, ...] = ()
    """Plugins that are installed and that the pinned set does not name."""
    limit_stores: Mapping[str, LimitStore] = field(default_factory=dict)
    lint_rules: tuple[LintRule, ...] = ()
    """By code; those of plugins, beside jurat's own."""

    @property
    def versions(self) -> dict[str, str]:
        """The version of each plugin in use, by name: part of what makes a plan's digest."""
        return {plugin.name: plugin.version for plugin in self.plugins}


def load_plugins(
    *,
    pins: Sequence[str] | None = None,
    environ: Mapping[str, str] = os.environ,
    entry_points: Iterable[EntryPoint] | None = None,
) -> Registry:
    """Loads the plugins that are installed, or the pinned ones alone.

    `pins` are names of entry points; None takes them from `environ`, where `JURAT_PLUGINS` is a
    list with commas (`rules,acme`; set but empty, it pins the empty set). A pinned plugin that is
    not installed is reported as broken. `entry_points` is what is installed: those of the group
    `jurat` by default.

    Plugins are taken in the order of their names, jurat's own first, so the order of installation
    decides nothing. A plugin counts whole or not at all: one that can't be imported, raises,
    registers something unfit, or takes a name that an earlier one has, is in `broken` and adds
    nothing. Never raises for a plugin.
    """
    if entry_points is None:
        from importlib.metadata import entry_points as installed

        entry_points = installed(group=GROUP)
    if pins is None and PINS in environ:
        pins = [name.strip() for name in environ[PINS].split(",") if name.strip()]
    points = sorted(entry_points, key=_order)
    if pins is None:
        wanted, left_out = points, []
    else:
        wanted = [point for point in points if point.name in pins]
        left_out = [point.name for point in points if point.name not in pins]
    hall = _Hall()
    for point in wanted:
        hall.admit(point)
    for name in sorted(set(pins or ()) - {point.name for point in points}):
        hall.broken.append(_not_installed(name, [point.name for point in points]))
    return Registry(
        kinds=MappingProxyType(hall.kinds),
        detectors=tuple(hall.detectors.values()),
        fact_sources=tuple(hall.sources.values()),
        plugins=tuple(hall.plugins),
        broken=tuple(hall.broken),
        left_out=tuple(left_out),
        limit_stores=MappingProxyType(hall.stores),
        lint_rules=tuple(hall.lint_rules[code] for code in sorted(hall.lint_rules)),
    )


def _order(point: EntryPoint) -> tuple[bool, str, str, str]:
    return (not _is_own(point), point.name, _distribution(point)[0], point.value)


def _is_own(point: EntryPoint) -> bool:
    return _distribution(point)[0].lower() == OWN_DISTRIBUTION


def _distribution(point: EntryPoint) -> tuple[str, str]:
    # a damaged installation may lack either
    return (point.dist.name or "", point.dist.version or "") if point.dist else ("", "")


def _not_installed(name: str, names: Sequence[str]) -> BrokenPlugin:
    close = get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]}?" if close else f"install it, or take it out of {PINS}"
    return BrokenPlugin(name, "", "", f"{PINS} names {name}, which is not installed", hint)


class _Unfit(Exception):
    """What a plugin registered can't be used, in the words that its user reads."""

    def __init__(self, error: str, hint: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.hint = hint


@dataclass(slots=True)
class _Hall:
    """What has been let in so far, in one load."""

    kinds: dict[str, RuleKind] = field(default_factory=dict)
    detectors: dict[str, Detector] = field(default_factory=dict)
    sources: dict[str, FactSource] = field(default_factory=dict)
    stores: dict[str, LimitStore] = field(default_factory=dict)
    lint_rules: dict[str, LintRule] = field(default_factory=dict)
    plugins: list[LoadedPlugin] = field(default_factory=list)
    broken: list[BrokenPlugin] = field(default_factory=list)
    owners: dict[tuple[str, str], str] = field(default_factory=dict)
    """The plugin that a (sort, name) belongs to."""

    def admit(self, point: EntryPoint) -> None:
        distribution, version = _distribution(point)
        try:
            plugin, kinds, detectors, sources, stores, lint_rules = self._collect(point)
        except _Unfit as unfit:
            error, hint = unfit.error, unfit.hint
            self.broken.append(BrokenPlugin(point.name, distribution, version, error, hint))
            return
        self.plugins.append(plugin)
        self.kinds |= kinds
        self.detectors |= detectors
        self.sources |= sources
        self.stores |= stores
        self.lint_rules |= lint_rules
        self.owners[_PLUGIN, point.name] = point.name
        for sort, names in (
            (_KIND, kinds),
            (_DETECTOR, detectors),
            (_SOURCE, sources),
            (_STORE, stores),
            (_LINT, lint_rules),
            (_LINT_NAME, [rule.name for rule in lint_rules.values()]),
        ):
            self.owners |= dict.fromkeys(((sort, name) for name in names), point.name)

    def _collect(
        self, point: EntryPoint
    ) -> tuple[
        LoadedPlugin,
        dict[str, RuleKind],
        dict[str, Detector],
        dict[str, FactSource],
        dict[str, LimitStore],
        dict[str, LintRule],
    ]:
        if (_PLUGIN, point.name) in self.owners:
            holder = next(p for p in self.plugins if p.name == point.name)
            raise _Unfit(
                f"the plugin name {point.name} is taken by {holder.distribution or 'another'}",
                "uninstall one of the two",
            )
        hooks = _Hooks(point)
        kinds = hooks.call("jurat_rule_kinds")
        detectors = hooks.call("jurat_detectors")
        sources = hooks.call("jurat_fact_sources")
        stores = hooks.call("jurat_limit_stores")
        lint_rules = hooks.call("jurat_lint_rules")
        own = _is_own(point)
        with _Isolated(point, "looking at what it registers"):  # properties are its code too
            problems = [p for kind in kinds for p in kind_problems(kind, own=own)]
            problems += [p for detector in detectors for p in detector_problems(detector)]
            problems += [p for source in sources for p in source_problems(source)]
            problems += [p for store in stores for p in store_problems(store)]
            problems += [p for rule in lint_rules for p in lint_problems(rule)]
        if problems:
            raise _Unfit("; ".join(problems))
        problems = [
            *self._taken(_KIND, [kind.name for kind in kinds]),
            *self._taken(_DETECTOR, [detector.id for detector in detectors]),
            *self._taken(_SOURCE, [source.name for source in sources]),
            *self._taken(_STORE, [store.name for store in stores]),
            *self._taken(_LINT, [rule.code for rule in lint_rules]),
            *self._taken(_LINT_NAME, [rule.name for rule in lint_rules]),
            *self._told_twice(sources),
        ]
        if problems:
            raise _Unfit("; ".join(problems), "rename it, or pin the plugins to use in " + PINS)
        instances = {}
        for kind in kinds:
            with _Isolated(point, f"making kind {kind.name}"):
                instances[kind.name] = kind()
        rules_by_code = {}
        for rule in lint_rules:
            with _Isolated(point, f"making lint rule {rule.code}"):
                rules_by_code[rule.code] = rule()
        detectors_by_id = {detector.id: detector for detector in detectors}
        sources_by_name = {source.name: source for source in sources}
        stores_by_name = {store.name: store for store in stores}
        distribution, version = _distribution(point)
        plugin = LoadedPlugin(
            point.name,
            distribution,
            version,
            kinds=tuple(sorted(instances)),
            detectors=tuple(sorted(detectors_by_id)),
            sources=tuple(sorted(sources_by_name)),
            stores=tuple(sorted(stores_by_name)),
            lint_rules=tuple(sorted(rules_by_code)),
        )
        return (
            plugin,
            _sorted(instances),
            _sorted(detectors_by_id),
            _sorted(sources_by_name),
            _sorted(stores_by_name),
            _sorted(rules_by_code),
        )

    def _taken(self, sort: str, names: Iterable[str]) -> Iterator[str]:
        seen: set[str] = set()
        for name in names:
            if owner := self.owners.get((sort, name)):
                yield f"{sort} {name}: the name is taken by plugin {owner}"
            elif name in seen:
                yield f"{sort} {name} is registered twice"
            seen.add(name)

    def _told_twice(self, sources: Iterable[FactSource]) -> Iterator[str]:
        """Two sources for one fact would make the order of plugins decide what is true."""
        told = {at: source.name for source in self.sources.values() for at in source.provides}
        for source in sources:
            for at in source.provides:
                for other, name in told.items():
                    if f"{at}/".startswith(f"{other}/") or f"{other}/".startswith(f"{at}/"):
                        yield f"{_SOURCE} {source.name}: {other} comes from {_SOURCE} {name}"
            told |= dict.fromkeys(source.provides, source.name)


def _sorted(things: dict[str, _T]) -> dict[str, _T]:
    return dict(sorted(things.items()))


class _Hooks:
    """The hooks of one plugin. A manager of its own each, so that none can disturb another."""

    def __init__(self, point: EntryPoint) -> None:
        self.point = point
        self.manager = pluggy.PluginManager(GROUP)
        self.manager.add_hookspecs(_hooks)
        with _Isolated(point, _IMPORTING):
            plugin = point.load()
        with _Isolated(point, "reading its hooks"):
            self._register(plugin)

    def _register(self, plugin: Any) -> None:
        name = plugin.__name__ if isinstance(plugin, ModuleType) else self.point.value
        try:
            self.manager.register(plugin, self.point.name)
            self.manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise _Unfit(self._unknown_hook(plugin) or str(error).partition("\n")[0]) from None
        if not self.manager.get_hookcallers(plugin):
            raise _Unfit(f"{name} has no hook", "mark a function jurat_… with @hookimpl")

    def _unknown_hook(self, plugin: Any) -> str:
        known = [name for name in vars(_hooks) if name.startswith(f"{GROUP}_")]
        for caller in self.manager.get_hookcallers(plugin) or ():
            if caller.name not in known:
                close = get_close_matches(caller.name, known, n=1)
                mend = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
                return f"there is no hook {caller.name}; {mend}"
        return ""

    def call(self, name: str) -> list[Any]:
        caller = getattr(self.manager.hook, name)
        if not caller.get_hookimpls():
            return []
        with _Isolated(self.point, f"calling {name}"):
            answers = caller()
            if not answers:
                raise _Unfit(f"{name} gave nothing back", "return a list")
            if isinstance(answers[0], str | bytes) or not isinstance(answers[0], Iterable):
                raise _Unfit(f"{name} gave a {type(answers[0]).__name__}", "return a list")
            return list(answers[0])


class _Isolated:
    """Turns whatever a plugin's code raises into _Unfit with its type and place.

    The text of a foreign exception is not shown: it may hold anything the plugin read, its
    environment included.
    """

    def __init__(self, point: EntryPoint, doing: str) -> None:
        self.point = point
        self.doing = doing

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        # KeyboardInterrupt is the user's, not the plugin's
        if error is None or isinstance(error, _Unfit | KeyboardInterrupt):
            return
        module = self.point.module
        raise _Unfit(
            f"{type(error).__name__} while {self.doing}{_what(error)}{_place(error, module)}",
            f'python -c "import {module}" shows all of it' if self.doing == _IMPORTING else "",
        ) from None


def _what(error: BaseException) -> str:
    """The part of an exception that is about code and not about values."""
    match error:
        case ModuleNotFoundError(name=str(name)):
            return f": no module {name}"
        case SyntaxError(filename=str(file), lineno=int(line)):
            return f": {os.path.basename(file)}, line {line}"
    return ""


def _place(error: BaseException, module: str) -> str:
    """The innermost line of the plugin's own code that the exception went through."""
    top = module.partition(".")[0]
    place = ""
    trace = error.__traceback__
    while trace:
        name = str(trace.tb_frame.f_globals.get("__name__", ""))
        if name.partition(".")[0] == top:
            place = f" ({name}, line {trace.tb_lineno})"
        trace = trace.tb_next
    return place
