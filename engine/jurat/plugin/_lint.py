"""Lint rules: what looks over a bundle for mistakes that loading it does not refuse."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, Protocol

from ._data import Confidence

LintSeverity = Literal["error", "warning", "info"]
LintNeeds = Literal["files", "rules", "whole"]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file of a bundle: line and column from 1, in code points.

    `length` is how many characters of the line to underline, `message` what a related place is.
    """

    file: str
    line: int = 0
    column: int = 0
    length: int = 1
    message: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces [start, end) of a file's text, counted in code points, by `text`."""

    file: str
    start: int
    end: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that mend a finding.

    A `safe` fix changes no decision and is made by `--fix`; any other needs `--unsafe-fixes`.
    `keeps_digest` says that the bundle's digest stays what it was.
    """

    title: str
    edits: tuple[Edit, ...]
    safe: bool = False
    keeps_digest: bool = False


@dataclass(frozen=True, slots=True)
class LintFinding:
    """What a lint rule found: one mistake, where it stands and how to mend it."""

    message: str
    place: Place
    help: str = ""
    related: tuple[Place, ...] = ()
    fix: Fix | None = None
    hidden: bool = False
    """Whether what stands at the place is a secret, which is shown in no finding."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of a YAML file. `text` begins after the `#`, without blanks around it."""

    file: str
    line: int
    column: int
    start: int
    """The offset of the `#` in the file's text, in code points."""
    text: str
    alone: bool
    """Whether nothing else stands in its line."""


class LintSubject(Protocol):
    """The bundle that is looked over."""

    @property
    def bundle(self) -> Any:
        """The Bundle, as far as it is fit."""

    @property
    def now(self) -> datetime: ...
    @property
    def alone(self) -> bool:
        """Whether no other bundle is looked over beside it."""

    @property
    def texts(self) -> Mapping[str, str]:
        """The text of each file that is UTF-8, by its name: the YAML, and a README beside it."""

    @property
    def registry(self) -> Any:
        """The installed plugins, a Registry."""

    @property
    def controls(self) -> frozenset[str]:
        """The ids of all controls that a catalogue has, the bundle's own among them."""

    @property
    def frameworks(self) -> frozenset[str]:
        """The frameworks that have a catalogue."""

    @property
    def fired(self) -> frozenset[str] | None:
        """The rules that fire in a test of the bundle, or are waived there; None where the tests
        can't be run."""

    def root(self, file: str) -> Any:
        """The tree of a file, None where it is none."""

    def node(self, item: Any, *path: str | int) -> Any:
        """The node at `path` inside a rule, waiver or case; None where there is none."""

    def at(self, item: Any, *path: str | int, message: str = "") -> Place:
        """The place of that node, or of the last on the way that exists."""

    def of(self, node: Any, message: str = "") -> Place:
        """The place of a node."""

    def in_condition(self, item: Any, offset: int, length: int = 1, key: str = "when") -> Place:
        """The place in the file of an offset in a condition's text."""

    def span(self, file: str, start: int, length: int = 1) -> Place:
        """The place of an offset in a file's text."""

    def offset(self, file: str, line: int, column: int) -> int:
        """The offset in a file's text of a place."""

    def comments(self, file: str) -> tuple[Comment, ...]: ...
    def cases(self, condition: Any) -> tuple[Mapping[str, Any], ...] | None:
        """The cases in which a condition is true: by term, the values it has. None where there
        are too many to be certain; no condition is one case without terms."""

    def limit(self, name: str) -> timedelta:
        """A setting that is a duration, like `shadow`."""

    @property
    def unsigned(self) -> str:
        """What is wrong with the signatures of the archive that is looked over; "" where nothing
        is, none are required, or it is no archive."""


LEAST: Mapping[str, str] = {"bundle.yaml": "name: acme\nversion: 1.0.0\nrevision: 1\n"}
"""What the examples of lint rules are laid over."""


@dataclass(frozen=True, slots=True)
class LintExample:
    """Files of a bundle, by name, laid over the least manifest; and the time it is looked at.

    `plugin` is the code of a plugin that the bundle needs, `settings` are those of
    [tool.jurat.lint], and with `packed` it is an archive that is looked at.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    now: str = "2026-05-25T12:00:00Z"
    plugin: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    packed: bool = False


class LintRule:
    """Base of every lint rule.

    A subclass is one file: its docstring is its documentation, `fires` and `passes` are examples
    that are tested and shown by `jurat explain CODE`. An instance has no state of its own.
    """

    code: ClassVar[str]
    """Two or more capital letters and three digits, like `JL101`; `JB` and `JL` are jurat's."""
    name: ClassVar[str]
    """In lower case with hyphens, like `dead-rule`."""
    severity: ClassVar[LintSeverity] = "warning"
    confidence: ClassVar[Confidence] = "high"
    needs: ClassVar[LintNeeds] = "rules"
    """What must be fit: `files` looks at texts alone, `rules` at each rule that could be read,
    `whole` at a bundle that can be loaded."""
    apart: ClassVar[bool] = False
    """Whether what it finds in one item of a list file (a rule, a waiver, a case, a detector), or
    in any other file, depends on no other item: then an editor asks it about what changed, with
    the bundle's tables beside it, and not about the whole bundle."""
    fires: ClassVar[LintExample]
    passes: ClassVar[LintExample]

    def check(self, subject: LintSubject) -> Iterable[LintFinding]:
        """Every mistake of this sort."""
        raise NotImplementedError
