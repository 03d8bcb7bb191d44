"""What a bundle is once it has been read and checked: nothing in it changes any more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from jurat.model import Model, View
from jurat.plugin import Detector, Effect, Mode, Obligation, RuleKind, Severity

from ._diagnostic import Diagnostic
from ._nodes import Node, Sequence, SourceFile
from ._yaml import parse

if TYPE_CHECKING:
    from jurat.expr import Condition

Input = Literal["request", "response", "org_state"]


class Origin:
    """An item of a list in a file: where a rule, a waiver or a case came from."""

    __slots__ = ("_file", "_index")

    def __init__(self, file: SourceFile, index: int) -> None:
        self._file = file
        self._index = index

    def node(self) -> Node | None:
        """The item, read again: nodes are too many to keep for a diagnostic that rarely comes."""
        root = tree(self._file)
        if isinstance(root, Sequence) and self._index < len(root.items):
            return root.items[self._index]
        return None

    def diagnostic(
        self, code: str, message: str, at: tuple[str | int, ...], help: str
    ) -> Diagnostic:
        node = self.node()
        if node is None:
            return self._file.problem(code, message, 1, 1, help=help)
        return node.at(at).problem(code, message, help)


def tree(file: SourceFile) -> Node | None:
    """The tree of a file, parsed once while the file is at hand."""
    cached: Node | None = file.__dict__.get("_tree")
    if cached is None:
        cached, _ = parse(file)
        file.__dict__["_tree"] = cached
    return cached


@dataclass(frozen=True, slots=True)
class _Item:
    """An item of a file: it can say what is wrong with it later, at its place."""

    file: str
    line: int
    column: int
    _origin: Origin = field(repr=False, compare=False)

    def diagnostic(
        self, code: str, message: str, *, at: tuple[str | int, ...] = (), help: str = ""
    ) -> Diagnostic:
        """A diagnostic at the path `at` inside this item, like `("params", "models", 0)`.

        Where the path leads on to what the file does not have, at the last that it has.
        """
        return self._origin.diagnostic(code, message, at, help)


@dataclass(frozen=True, slots=True)
class Judged:
    """One type that a rule judges in one input, with its condition compiled for it."""

    input: Input
    target: type[Model]
    """Request, Response or a resource."""
    resource: str
    """`request`, `response`, or the name of the resource: `credential`, `project`, …"""
    condition: "Condition | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(_Item):
    """One rule of a bundle."""

    id: str
    title: str
    kind: str
    implementation: RuleKind | None
    """None for kind `expression`, whose condition is the rule."""
    params: Any
    effect: Effect
    severity: Severity
    judges: tuple[Judged, ...]
    when: str | None = None
    mode: Mode = "enforce"
    on_error: Literal["deny", "ignore"] = "deny"
    waivable: bool = True
    obligation: Obligation | None = None
    controls: tuple[str, ...] = ()
    remediation: str = ""
    owner: str = ""
    description: str = ""

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        """The rule's own obligation, as a tuple of none or one."""
        return () if self.obligation is None else (self.obligation,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver(_Item):
    """A recorded exception to one rule."""

    rule: str
    scope: str
    conditions: "tuple[Condition, ...]"
    """The scope, compiled for each of the rule's `judges`, in their order."""
    owner: str
    reason: str
    expires: datetime
    ticket: str = ""
    granted: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What a case expects of its decision. None: not asked."""

    effect: Literal["allow", "deny"] | None = None
    value: str | None = None
    fired: tuple[str, ...] | None = None
    passed: tuple[str, ...] | None = None
    not_applicable: tuple[str, ...] | None = None
    unknown: tuple[str, ...] | None = None
    error: tuple[str, ...] | None = None
    waived: tuple[str, ...] | None = None
    reasons: tuple[str, ...] | None = None
    """The codes of all reasons."""
    obligations: tuple[Any, ...] | None = None
    """One for each obligation: its type (`redact`), or a mapping of fields that it must have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(_Item):
    """One test of a bundle."""

    name: str
    now: datetime
    given: Any
    """The input as JSON, or a text that stands for its bytes."""
    expect: Expect
    type: Input = "request"
    supports: frozenset[str] = frozenset()
    state: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    stops: Mapping[str, View] = field(default_factory=dict)
    """The rows of the table `stops` in this case, in place of the bundle's."""


class Tables:
    """The tables of a bundle: an attribute each, a mapping of id to row.

    A standard table that the bundle lacks is no attribute.
    """

    names: tuple[str, ...]

    def __init__(self, tables: Mapping[str, Mapping[str, View]]) -> None:
        self.__dict__.update(tables)
        self.__dict__["names"] = tuple(sorted(tables))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("the tables of a bundle are read only")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("the tables of a bundle are read only")

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __getitem__(self, name: str) -> Mapping[str, View]:
        if name not in self.names:
            raise KeyError(name)
        table: Mapping[str, View] = self.__dict__[name]
        return table

    def with_table(self, name: str, rows: Mapping[str, View]) -> "Tables":
        """These tables with another table `name`."""
        return Tables({**{each: self[each] for each in self.names}, name: rows})

    def __repr__(self) -> str:
        return f"<Tables {', '.join(self.names)}>"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter: its type, its value as it stands in the bundle, what it is for."""

    type: str
    value: Any
    description: str = ""


@dataclass(frozen=True, slots=True)
class Requires:
    """What a bundle needs to be installed."""

    jurat: str = ""
    """Versions, like `>=0.1,<2`."""
    plugins: Mapping[str, str] = field(default_factory=dict)
    """Versions by plugin name, "" for any."""


@dataclass(frozen=True, repr=False)
class Bundle:
    """A checked bundle: rules with compiled conditions, tables as views, all immutable."""

    name: str
    version: str
    revision: int
    rules: tuple[Rule, ...]
    """By id."""
    tables: Tables
    models: Mapping[str, type[Model]]
    """By table, the model whose fields are its columns."""
    vocabulary: Mapping[str, frozenset[str]]
    digest: str
    files: Mapping[str, bytes] = field(repr=False)
    max_staleness: Mapping[str, timedelta]
    """By collection of the state, all of them."""
    mode: Mode = "enforce"
    requires: Requires = field(default_factory=Requires)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    assume: Mapping[str, Any] = field(default_factory=dict)
    """By JSON Pointer, the value that stands in for an unsent fact."""
    currency: str = ""
    description: str = ""
    owner: str = ""
    waivers: tuple[Waiver, ...] = ()
    tests: tuple[Case, ...] = ()
    unused_fixtures: tuple[str, ...] = ()
    """Names of fixtures of the tests that no case is laid over."""
    detectors: tuple[Detector, ...] = ()

    def __repr__(self) -> str:
        return f"<Bundle {self.name} {self.version}, revision {self.revision}, {self.digest}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """As above in notebooks and counterexamples, which else would list every field."""
        printer.text(repr(self))

    @cached_property
    def rule_by_id(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    def words(self, vocabulary: str) -> frozenset[str]:
        """The words of a vocabulary; empty for one that does not exist."""
        return self.vocabulary.get(vocabulary, frozenset())
