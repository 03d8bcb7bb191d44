"""A bench for one rule kind: its check, run on views made from plain data, without an engine."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from jurat.limits import MemoryLimits
from jurat.model import (
    Credential,
    Endpoint,
    Model,
    ModelInfo,
    OrgState,
    Place,
    Principal,
    Project,
    Prompt,
    Request,
    Response,
    Role,
    Stop,
    Vendor,
    build,
    build_at,
    view_class,
)
from jurat.plan import Counters
from jurat.plugin import (
    Detections,
    Effect,
    FactRef,
    Finding,
    MissingFact,
    ParamError,
    RuleKind,
    RuleSpec,
)

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
COLUMNS: dict[str, type[Model]] = {
    "projects": Project,
    "service_accounts": Principal,
    "users": Principal,
    "credentials": Credential,
    "endpoints": Endpoint,
    "models": ModelInfo,
    "vendors": Vendor,
    "roles": Role,
    "stops": Stop,
    "prompts": Prompt,
}
Rows = Mapping[str, Mapping[str, Any]]


def view(model: type[Model], given: Mapping[str, Any]) -> Any:
    """A view as the engine makes it: what is not in `given` is unknown."""
    dumped = model.model_validate(given).model_dump(exclude_unset=True, by_alias=True)
    return build(view_class(model), dumped)


def table(name: str, rows: Rows) -> dict[str, Any]:
    """A bundle's table: a column that a row doesn't have is absent."""
    cls = view_class(COLUMNS[name])
    full = {id_: dict.fromkeys(cls.fields) | {"id": id_} | dict(row) for id_, row in rows.items()}
    return {id_: build_at(cls, row, Place(f"/data/{name}/{id_}")) for id_, row in full.items()}


def state(rows: Rows, model: type[Model] = Endpoint) -> dict[str, Any]:
    """Things as a snapshot has them: a key that an item doesn't have is unknown."""
    cls = view_class(model)
    return {id_: build_at(cls, dict(row), Place(f"/items/{id_}")) for id_, row in rows.items()}


@dataclass
class FakeContext:
    data: Any
    vocabularies: Mapping[str, set[str]]

    def words(self, vocabulary: str) -> frozenset[str]:
        return frozenset(self.vocabularies.get(vocabulary, ()))

    def fact(self, ref: FactRef) -> Callable[[Any, Any], Any]:
        first, *path = ref.fact.split(".")
        assert first == "request"

        def read(target: Any, facts: Any) -> Any:
            value = target
            for name in path:
                value = getattr(value, name)
            return value

        return read


@dataclass
class FakeFacts:
    data: Any
    detections: Detections = field(default_factory=Detections)
    collections: Mapping[str, Any] = field(default_factory=dict)
    org: Any = None
    counters: Any = field(default_factory=Counters)

    def table(self, name: str) -> Any:
        rows = getattr(self.data, name, None)
        if rows is None and name not in self.collections:
            raise MissingFact(f"/{name}")
        return self.collections[name] if rows is None else rows


@dataclass
class Compiled:
    """A compiled rule. Called with what is judged, as plain data, it gives the findings."""

    check: Any
    model: type[Model]
    data: Any
    uses: Any = None

    def __call__(
        self,
        given: Mapping[str, Any],
        *,
        now: datetime = NOW,
        detections: Detections | None = None,
        collections: Mapping[str, Any] | None = None,
        org: Mapping[str, Any] | None = None,
        held: Mapping[str, int] | None = None,
    ) -> tuple[Finding, ...]:
        """`held` is what counters hold before, by key; without it they are unknown."""
        whole = view(OrgState, {} if org is None else {"org": org})
        facts = FakeFacts(self.data, detections or Detections(), collections or {}, whole)
        target = view(self.model, given)
        if held is not None:
            reserved = MemoryLimits(held=held).reserve(self.uses(target, facts, now), now)
            facts.counters = Counters(dict(reserved.counted))
        found: tuple[Finding, ...] = self.check(target, facts, now)
        assert isinstance(found, tuple)
        return found

    def codes(self, given: Mapping[str, Any], **more: Any) -> list[str]:
        """The codes of the findings; advice is marked so, what fails is told as the engine would."""
        try:
            found = self(given, **more)
        except MissingFact as missing:
            return [f"unknown {missing.pointer}"]
        return [f"advice {f.code}" if f.advice else f.code for f in found]


@dataclass
class Bench:
    kind: type[RuleKind]

    def __call__(
        self,
        params: Mapping[str, Any] | None = None,
        *,
        effect: Effect = "deny",
        on: str = "request",
        tables: Mapping[str, Rows] | None = None,
        words: Mapping[str, set[str]] | None = None,
    ) -> Compiled:
        """The rule compiled, as the loader does it. Raises ValidationError or ParamError."""
        assert effect in self.kind.effects
        judged = self.kind.judges if isinstance(self.kind.judges, tuple) else (self.kind.judges,)
        resources = [model for model in judged if model not in (Request, Response)]
        inputs: dict[str, type[Model]] = {"request": Request, "response": Response}
        model = inputs[on] if inputs.get(on) in judged else resources[0]
        data = SimpleNamespace(**{n: table(n, rows) for n, rows in (tables or {}).items()})
        spec = RuleSpec(
            id="rule",
            kind=self.kind.name,
            params=self.kind.Params.model_validate(params or {}),
            effect=effect,
            severity="high",
            input=on,
            target=model,
            bundle="bundle",
        )
        context = FakeContext(data, words or {})
        kind = self.kind()
        return Compiled(kind.compile(spec, context), model, data, kind.counters(spec, context))

    def refuses(self, params: Mapping[str, Any], **more: Any) -> ParamError:
        """How the params are refused: by our own error, alone or inside pydantic's."""
        with pytest.raises(ValueError) as caught:  # noqa: PT011  (what is raised is looked at below)
            self(params, **more)
        if isinstance(caught.value, ParamError):
            return caught.value
        first = caught.value.errors()[0]  # type: ignore[attr-defined]  # pydantic's ValidationError
        error = first["ctx"]["error"]
        assert isinstance(error, ParamError)
        return error


@pytest.fixture(scope="session")  # so that properties may use it
def bench() -> Callable[[type[RuleKind]], Bench]:
    return Bench


@pytest.fixture(scope="session")  # so that properties may use it
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")  # so that properties may use it
def endpoints_of_state() -> Callable[[Rows], dict[str, Any]]:
    return state


@pytest.fixture(scope="session")  # so that properties may use it
def items_of_state() -> Callable[[Rows, type[Model]], dict[str, Any]]:
    return state


def unsent(given: Any, names: Collection[str]) -> Any:
    """`given` without the keys `names`, wherever they stand in it."""
    if isinstance(given, Mapping):
        return {k: unsent(v, names) for k, v in given.items() if k not in names}
    return [unsent(item, names) for item in given] if isinstance(given, list) else given


@pytest.fixture(scope="session")  # so that properties may use it
def without() -> Callable[[Any, Collection[str]], Any]:
    return unsent
