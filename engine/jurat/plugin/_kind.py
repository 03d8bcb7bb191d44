"""What a rule kind is: the class behind the rules of a bundle that name it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from jurat.model import Model, View

from ._data import Detections, Effect, Finding, Severity
from ._limits import Counted, Uses

T = TypeVar("T")

# A compiled rule: (target, facts, now) -> findings; an empty tuple means passed.
Check = Callable[[Any, "Facts", datetime], tuple[Finding, ...]]


class RuleParams(BaseModel):
    """Base of a kind's `Params`: frozen, no unknown keys, each field with a description."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, protected_namespaces=()
    )


class FactRef(RuleParams):
    """`{fact: request.actor.networks}`: the value comes from a fact, not from the bundle."""

    fact: str


class Facts(Protocol):
    """What a check may read beside its target. Reading what is unknown raises MissingFact."""

    request: Any
    """The request with its joins; for a response the header of its request."""
    project: Any
    """The project of the target, joined."""
    org: Any
    """On a snapshot, the OrgState view with its collections."""
    data: Any
    """The bundle's tables: an attribute each, a mapping of id to row."""
    detections: Detections
    """What the detectors found in the text of the input."""
    counters: Mapping[str, Counted]
    """What the counters of the rule held before this request, by key: for the checks of kinds
    that declare `counters` alone. One that could not be read raises MissingFact."""

    def table(self, name: str) -> Mapping[str, View]:
        """The bundle's table `name`, else the armed state's collection of that name.

        Raises MissingFact where neither is there, or the collection is too old. A snapshot's
        `principals` carry what the tables users and service_accounts say of them.
        """
        ...

    def row(self, name: str, id_: str) -> View | None:
        """The row `id_` of `table(name)`; None if it is not listed.

        The way to look one up for a request: the record of a decision holds the collections of
        the armed state that were read, and so one row in place of all.
        """
        ...

    def collected(self, name: str) -> Mapping[str, View]:
        """The collection `name` of the snapshot or the armed state, for a check that asks what
        there really is: a table of the bundle does not stand in for it.

        Raises MissingFact as `table` does.
        """
        ...

    def has(self, name: str) -> bool:
        """Whether `table` has a source for `name`, however old."""
        ...

    def once(self, build: Callable[[Any], T]) -> T:
        """What `build(facts)` makes, made once per input and kept under that function.

        For look-ups over a snapshot's collections, which a check of each resource would else
        make again. `build` reads tables and `org` alone, nothing of one resource (`project`).
        A MissingFact that it raises is raised each time.
        """
        ...


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """The rule that `RuleKind.compile` compiles, for one type that it judges."""

    id: str
    kind: str
    params: Any
    effect: Effect
    severity: Severity
    input: str
    """request, response or org_state."""
    target: type[Model]
    """The model judged: Request, Response or a resource."""
    bundle: str = ""
    """The name of the rule's bundle."""

    @property
    def counter(self) -> str:
        """What the keys of the rule's own counters begin with."""
        return f"{self.bundle}/{self.id}"


class CompileContext(Protocol):
    """What a kind may use while it compiles a rule."""

    data: Any
    """The bundle's tables, as in `Facts.data`."""

    def words(self, vocabulary: str) -> frozenset[str]:
        """The words of a vocabulary: environment, residency, region, model, action, …

        Of detectors there are `entity` and `pack`, and for each of their words the ids of its
        detectors: `entity US_SSN`, `pack secrets`.
        """
        ...

    def fact(self, ref: FactRef) -> Callable[[Any, Facts], Any]:
        """A reader (target, facts) -> value of the fact that `ref` names."""
        ...


class ParamError(ValueError):
    """Raised by `RuleKind.compile` for params that are valid one by one but not together.

    `at` is the path inside `params` of what is wrong; `help` says how to mend it.
    """

    def __init__(self, message: str, *, at: tuple[str | int, ...] = (), help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.help = help


@dataclass(frozen=True, slots=True)
class Example:
    """A whole input for which a rule fires or passes.

    `given` is an input as `jurat eval` takes it (a mapping with `type`, text included), `data`
    are tables that the example needs, `now` an RFC 3339 time.
    """

    given: Mapping[str, Any]
    now: str = "2026-05-25T12:00:00Z"
    data: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Examples:
    """Inputs for which a rule with given params fires, and for which it passes."""

    fires: tuple[Example, ...]
    passes: tuple[Example, ...]


class RuleKind:
    """Base of every rule kind.

    A subclass is one file: its docstring is its documentation (What it does, Why, Example,
    Options, Limits), `Params` its options, `compile` makes the check that runs per input. An
    instance has no state of its own.
    """

    name: ClassVar[str]
    """`model.allowlist`; a third party's is `vendor.kind`."""
    judges: ClassVar[type[Model] | tuple[type[Model], ...]]
    """Request, Response or resources. A resource is judged in requests and in snapshots."""
    effects: ClassVar[set[Effect]]
    """The effects that a rule of this kind may have."""
    inputs: ClassVar[set[str] | None] = None
    """Restricts the inputs: `{"org_state"}` for a kind that judges snapshots only."""
    Params: ClassVar[type[RuleParams]] = RuleParams
    allowlists: ClassVar[tuple[str, ...]] = ()
    """The params that list what may pass, as lists or mappings of lists: an entry less never lets
    more through. `jurat laws` holds the kind to it."""
    optional: ClassVar[tuple[str, ...]] = ()
    """Facts, as in `reads`, that are looked at only where they were sent, or that another source
    stands in for, as the documentation says. Of all others, one that is not sent lets nothing
    through: `jurat laws` holds the kind to it."""
    ages: ClassVar[bool] = False
    """True where a violation stays one as time goes by: what fires now fires at any later time.
    `jurat laws` holds the kind to it."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        """The check of one rule. Raises ParamError."""
        raise NotImplementedError

    def examples(self, params: Any) -> Examples | None:
        """Inputs that fire and that pass for `params`; None where a kind offers none."""
        return None

    def reads(self, params: Any) -> tuple[str, ...]:
        """The facts that the check may read: JSON Pointers, relative to the target (`/scopes`).

        What stands beside the target is written as in a condition: `request.action` (read on
        requests), `project.holders`, `org.principals` (read on snapshots).
        """
        return ()

    def counters(self, rule: RuleSpec, context: CompileContext) -> Uses | None:
        """The counters that a request uses by this rule; None for a kind that counts nothing.

        Only kinds that judge `Request` count. The rule is first taken as passed; if that allows
        the request, what this gives is reserved in one step, and the check reads in
        `facts.counters` what each counter held before. Called with the same request and facts as
        the check, where the rule's condition holds.
        """
        return None

    def entities(self, params: Any) -> frozenset[str] | None:
        """The detector entities whose outcome the check reads; None for a kind that reads none.

        An empty set asks for all.
        """
        return None

    def allowed(self, params: Any) -> frozenset[str]:
        """The keyed hashes of values (`hmac:…`, see `jurat.scan.KnownValues`) that the rule lets
        pass: a detection of such a value names the hash in `known`."""
        return frozenset()
