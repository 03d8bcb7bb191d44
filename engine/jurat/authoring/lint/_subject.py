"""The bundle that is looked over, as lint rules see it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any

from jurat.bundle import Bundle, BundleError
from jurat.bundle import source as tree
from jurat.engine import plan_of, run_cases, versions_of
from jurat.plan import Plan
from jurat.plugin import Comment, Place, Registry

from .._catalogues import catalogues_for
from ._comments import comments_of
from ._logic import Case, cases_of

_LARGEST = 2**20  # bytes of a file beside the YAML that is still looked over
_FIRED = ("fired", "waived")


class Subject:
    """One bundle, its files and trees, and what else may be asked for; each made once.

    `texts` has the files that are UTF-8. `plan` is None for a bundle that is not whole. What is the
    same in another subject, `like`, is not made again.
    """

    def __init__(
        self,
        bundle: Bundle | None,
        files: Mapping[str, bytes],
        *,
        plan: Plan | None,
        registry: Registry,
        now: datetime,
        alone: bool,
        limits: Mapping[str, timedelta],
        like: "Subject | None" = None,
        unsigned: str = "",
    ) -> None:
        self.bundle: Any = bundle
        self.plan = plan
        self.registry: Any = registry
        self.now = now
        self.alone = alone
        self.unsigned = unsigned
        self._limits = limits
        self._like = like
        same = {} if like is None else {n: d for n, d in like.files.items() if files.get(n) is d}
        self.files: Mapping[str, bytes] = files
        self._files: dict[str, tree.SourceFile] = {
            name: source
            for name, data in files.items()
            if (source := like._files.get(name) if like and name in same else _source(name, data))
        }
        self.texts = MappingProxyType({name: file.text for name, file in self._files.items()})
        self._roots: dict[str, tree.Node | None] = {}
        self._items: dict[str, dict[tuple[int, int], tree.Node]] = {}
        self._comments: dict[str, tuple[Comment, ...]] = {}
        self._starts: dict[str, list[int]] = {}
        self._cases: dict[int, tuple[Case, ...] | None] = {}

    # -- places ----------------------------------------------------------------------------------

    def file(self, name: str) -> tree.SourceFile | None:
        return self._files.get(name)

    def root(self, file: str) -> tree.Node | None:
        if file not in self._roots and self._like and self.file(file) is self._like.file(file):
            self._roots[file] = self._like.root(file)
        if file not in self._roots:
            source = self._files.get(file) if file.endswith(".yaml") else None
            self._roots[file] = tree.parse(source)[0] if source else None
        return self._roots[file]

    def node(self, item: Any, *path: str | int) -> tree.Node | None:
        node = self._item(item)
        for step in path:
            if isinstance(node, tree.Mapping) and isinstance(step, str):
                node = node.get(step)
            elif isinstance(node, tree.Sequence) and isinstance(step, int):
                node = node.items[step] if 0 <= step < len(node.items) else None
            else:
                return None
        return node

    def at(self, item: Any, *path: str | int, message: str = "") -> Place:
        node = self._item(item)
        if node is None:
            return Place(item.file, item.line, item.column, 1, message)
        return self.of(node.at(path) if path else node, message)

    def of(self, node: tree.Node, message: str = "") -> Place:
        return Place(node.file.path, node.line, node.column, max(1, node.length), message)

    def in_condition(self, item: Any, offset: int, length: int = 1, key: str = "when") -> Place:
        node = self.node(item, key)
        if not isinstance(node, tree.Scalar):
            return self.at(item, key)
        before = node.text[:offset]
        line = before.count("\n") + 1
        column = offset - (before.rfind("\n") + 1) + 1
        row, col = tree.place_in(node, line, column)
        end = node.text.find("\n", offset)
        room = (end if end >= 0 else len(node.text)) - offset
        return Place(item.file, row, col, max(1, min(length, room)))

    def span(self, file: str, start: int, length: int = 1) -> Place:
        text = self.texts[file]
        line = len((text[:start] + "x").splitlines())
        return Place(file, line, start - self._starts_of(file)[line - 1] + 1, max(1, length))

    def offset(self, file: str, line: int, column: int) -> int:
        starts = self._starts_of(file)
        return starts[min(line, len(starts)) - 1] + column - 1

    def comments(self, file: str) -> tuple[Comment, ...]:
        if file not in self._comments:
            source = self._files.get(file)
            made = comments_of(source, self.root(file)) if source and "#" in source.text else ()
            self._comments[file] = made
        return self._comments[file]

    def line(self, place: Place) -> str:
        source = self._files.get(place.file)
        return source.line(place.line) if source else ""

    def _starts_of(self, file: str) -> list[int]:
        if file not in self._starts:
            starts = [0]
            for line in self.texts[file].splitlines(keepends=True):
                starts.append(starts[-1] + len(line))
            self._starts[file] = starts
        return self._starts[file]

    def _item(self, item: Any) -> tree.Node | None:
        if isinstance(item, tree.Node):
            return item
        if item.file not in self._items:
            root = self.root(item.file)
            items = root.items if isinstance(root, tree.Sequence) else []
            self._items[item.file] = {(node.line, node.column): node for node in items}
        return self._items[item.file].get((item.line, item.column))

    # -- what else there is ----------------------------------------------------------------------

    @cached_property
    def controls(self) -> frozenset[str]:
        found = self._catalogues.values()
        return frozenset(id_ for catalogue in found for id_ in catalogue.controls)

    @cached_property
    def frameworks(self) -> frozenset[str]:
        return frozenset(self._catalogues)

    @cached_property
    def _catalogues(self) -> dict[str, Any]:
        if self._like is not None:
            return self._like._catalogues
        try:
            return dict(catalogues_for(self.bundle))
        except BundleError:  # an installed catalogue is broken: `jurat report` says so
            return {}

    @cached_property
    def fired(self) -> frozenset[str] | None:
        if self.plan is None:
            return None
        found: set[str] = set()
        for result in run_cases(self.plan):
            decision = result.decision
            if decision is None:
                continue
            if decision.rules is not None:
                found |= {rule for rule, counts in decision.rules.items() if _seen(counts)}
            else:
                found |= {rule for rule, outcome, _ in decision.outcomes if outcome in _FIRED}
        return frozenset(found)

    def cases(self, condition: Any) -> tuple[Case, ...] | None:
        if condition is None:
            return ({},)
        if id(condition) not in self._cases:  # conditions live as long as the bundle
            self._cases[id(condition)] = cases_of(condition)
        return self._cases[id(condition)]

    def limit(self, name: str) -> timedelta:
        return self._limits[name]


def _seen(counts: Mapping[str, int]) -> bool:
    return any(counts.get(outcome) for outcome in _FIRED)


def planned(bundle: Bundle, registry: Registry) -> Plan:
    """`bundle` compiled. Raises BundleError with what its rule kinds say against it."""
    return plan_of(bundle, registry, versions_of(registry))


def _source(name: str, data: bytes) -> tree.SourceFile | None:
    if not name.endswith(".yaml") and len(data) > _LARGEST:
        return None
    try:
        return tree.SourceFile(name, data.decode().removeprefix("\ufeff"))
    except UnicodeDecodeError:
        return None
