"""The rules of one input, arranged so that rules which can't apply cost nothing.

Rules that always may apply are generated into one function. A rule whose scope compares an indexed field
with literals stands in the bucket of each such value instead. The index is syntactic (DESIGN
2.5), so it can't change a result: `Arranged(..., indexed=False)` is the same without it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from jurat.expr import Condition
from jurat.model import MissingFact

from ._entry import NOTHING, RAISED, Entry, When
from ._facts import FactSet

# An index costs a look-up on every decision, so it must spare more than a few rules.
WORTHWHILE = 8

# Fields that scopes are indexed by, most selective first, with how they are read.
_READERS: dict[str, Callable[[FactSet], Any]] = {
    "project.id": lambda facts: facts.project.id,
    "actor.id": lambda facts: facts.request.actor.id,
    "model": lambda facts: facts.request.model,
    "action": lambda facts: facts.request.action,
    "project.environment": lambda facts: facts.project.environment,
    "project.residency": lambda facts: facts.project.residency,
    "actor.kind": lambda facts: facts.request.actor.kind,
}
# Where each target stands in a request, as a dotted path; empty: the input itself.
_TARGETS = {
    "request": "",
    "response": "",
    "credential": "actor.credential",
    "principal": "actor",
    "project": "project",
    "endpoint": "endpoint",
    "vendor": "vendor",
    "org": "org",
}
_REACH = {name: attrgetter(path) if path else None for name, path in _TARGETS.items()}
POINTERS = {
    "credential": "/actor/credential",
    "principal": "/actor",
    "project": "/project",
    "endpoint": "/endpoint",
    "vendor": "/vendor",
    "org": "/org",
}

# (entry, when or None for always, check: findings, or for an expression a bool)
Step = tuple[Entry, When | None, Callable[[Any, FactSet, datetime], Any]]
Hit = tuple[Entry, Any]
# permits that fired, hits, rules left to the careful way, how many were not applicable
Seen = tuple[list[Entry], list[Hit], list[Entry], int]
Run = Callable[[Any, FactSet, datetime], Seen]


def target_in(entry: Entry, subject: Any) -> tuple[Any, str]:
    """The target of `entry` in a request or response, and its JSON Pointer there."""
    reach = _REACH[entry.resource]
    if reach is None:
        return subject, ""
    return reach(subject), POINTERS[entry.resource]


class Bucket:
    """The rules that apply for one value of an indexed field."""

    __slots__ = ("count", "permits", "steps")

    def __init__(self) -> None:
        self.steps: list[tuple[Callable[[Any], Any] | None, Step]] = []
        self.permits: list[Step] = []
        self.count = 0

    def add(self, entry: Entry, made: Step) -> None:
        self.count += 1
        if entry.permits:
            self.permits.append(made)
        else:
            self.steps.append((_REACH[entry.resource], made))

    def run(
        self,
        subject: Any,
        facts: FactSet,
        now: datetime,
        permits: list[Entry],
        hits: list[Hit],
        slow: list[Entry],
    ) -> int:
        """Judge the bucket's rules; how many were not applicable."""
        passed_over = 0
        for reach, (entry, when, check) in self.steps:
            try:
                target = subject if reach is None else reach(subject)
                if when is None or when(target, facts, now):
                    found = check(target, facts, now)
                    if found is not NOTHING and found is not False:
                        hits.append((entry, found))
                else:
                    passed_over += 1
            except RAISED:
                slow.append(entry)
        for entry, when, check in self.permits:
            try:
                if (when is None or when(subject, facts, now)) and check(subject, facts, now):
                    permits.append(entry)
                else:
                    passed_over += 1
            except RAISED:
                slow.append(entry)
        return passed_over


class Index:
    """Buckets of rules by the values of one field."""

    __slots__ = ("buckets", "count", "entries", "read")

    def __init__(self, field: str, entries: Sequence[tuple[Entry, int, tuple[Any, ...]]]) -> None:
        self.read = _READERS[field]
        self.buckets: dict[Any, Bucket] = {}
        self.entries = tuple(entry for entry, _, _ in entries)
        self.count = len(entries)
        for entry, conjunct, values in entries:
            made = step(entry, decided=conjunct)
            for value in dict.fromkeys(values):
                self.buckets.setdefault(value, Bucket()).add(entry, made)

    def run(
        self,
        subject: Any,
        facts: FactSet,
        now: datetime,
        permits: list[Entry],
        hits: list[Hit],
        slow: list[Entry],
    ) -> int:
        try:
            bucket = self.buckets.get(self.read(facts))
        except MissingFact:
            slow.extend(self.entries)
            return 0
        if bucket is None:
            return self.count
        return self.count - bucket.count + bucket.run(subject, facts, now, permits, hits, slow)


class Arranged:
    """All rules of one input."""

    __slots__ = ("_always", "entries", "indexes", "run")

    def __init__(self, entries: Sequence[Entry], *, indexed: bool = True) -> None:
        self.entries = tuple(entries)
        placed: dict[str, list[tuple[Entry, int, tuple[Any, ...]]]] = {}
        always: dict[str, list[Entry]] = {}
        chosen = _choose(self.entries) if indexed else {}
        for entry in self.entries:
            if entry in chosen:
                field, conjunct, values = chosen[entry]
                placed.setdefault(field, []).append((entry, conjunct, values))
            else:
                always.setdefault(entry.resource, []).append(entry)
        self.indexes = tuple(Index(field, placed[field]) for field in _READERS if field in placed)
        self._always = generate(always)
        # Judge every rule the fast way.
        self.run: Run = self._with_indexes if self.indexes else self._always

    def _with_indexes(self, subject: Any, facts: FactSet, now: datetime) -> Seen:
        permits, hits, slow, passed_over = self._always(subject, facts, now)
        for index in self.indexes:
            passed_over += index.run(subject, facts, now, permits, hits, slow)
        return permits, hits, slow, passed_over


def step(entry: Entry, *, decided: int | None = None) -> Step:
    """`entry` as its fast functions. An expression's check is the rest of its condition.

    `decided` is the conjunct of its scope that an index has decided already.
    """
    condition = entry.condition
    scope = tuple(number for number in entry.scope if number != decided)
    if entry.check is not None:
        return entry, _function(condition, scope + entry.rest), entry.check
    return entry, _function(condition, scope), _function(condition, entry.rest) or _always


def generate(by_resource: Mapping[str, Sequence[Entry]]) -> Run:
    """One function that judges all these rules, by what they judge, each in a `try` of its own,
    which costs nothing while nothing is raised."""
    namespace: dict[str, Any] = {"RAISED": RAISED, "NOTHING": NOTHING}
    lines = [
        "def run(subject, facts, now):",
        "    permits = []; hits = []; slow = []",
        "    passed_over = 0",
    ]
    number = 0
    for resource in sorted(by_resource):
        path = _TARGETS[resource]
        lines.append(f"    target = subject.{path}" if path else "    target = subject")
        for entry in by_resource[resource]:
            namespace[f"E{number}"] = entry
            namespace[f"C{number}"] = entry.check
            body = _expression if entry.check is None else _checked
            lines += ["    try:", *body(entry, number, namespace)]
            lines += ["    except RAISED:", f"        slow.append(E{number})"]
            number += 1
    lines.append("    return permits, hits, slow, passed_over")
    code = compile("\n".join(lines), "<policy>", "exec")
    exec(code, namespace)  # noqa: S102  # generated from checked conditions, never from an input
    made: Run = namespace["run"]
    return made


def _checked(entry: Entry, number: int, namespace: dict[str, Any]) -> list[str]:
    """A kind's rule: its check, where its condition holds."""
    check = [
        f"found = C{number}(target, facts, now)",
        "if found is not NOTHING:",
        f"    hits.append((E{number}, found))",
    ]
    return _where(entry, entry.scope + entry.rest, namespace, check)


def _expression(entry: Entry, number: int, namespace: dict[str, Any]) -> list[str]:
    """An expression: where its scope holds, the rest is the rule."""
    name = f"E{number}"
    fired = [f"permits.append({name})" if entry.permits else f"hits.append(({name}, True))"]
    if entry.rest:
        fired = [
            *_lines(entry, entry.rest, namespace, "holds"),
            "if holds:",
            f"    {fired[0]}",
        ]
        if entry.permits:
            fired += ["else:", "    passed_over += 1"]
    return _where(entry, entry.scope, namespace, fired)


def _where(
    entry: Entry, which: tuple[int, ...], namespace: dict[str, Any], then: Sequence[str]
) -> list[str]:
    """`then` under the condition of these conjuncts, counted as not applicable otherwise."""
    if not which:
        return [" " * 8 + line for line in then]
    lines = [
        *_lines(entry, which, namespace, "applies"),
        "if applies:",
        *("    " + line for line in then),
        "else:",
        "    passed_over += 1",
    ]
    return [" " * 8 + line for line in lines]


def _lines(
    entry: Entry, which: tuple[int, ...], namespace: dict[str, Any], result: str
) -> list[str]:
    assert entry.condition is not None  # it has conjuncts
    return entry.condition.lines(which, namespace, result)


def _function(condition: Condition | None, which: tuple[int, ...]) -> When | None:
    return condition.function(which) if condition is not None and which else None


def _always(target: Any, facts: FactSet, now: datetime) -> bool:
    return True


def _choose(entries: Sequence[Entry]) -> dict[Entry, tuple[str, int, tuple[Any, ...]]]:
    """Which rules go under which index, by which conjunct."""
    options: dict[Entry, dict[str, tuple[int, tuple[Any, ...]]]] = {}
    for entry in entries:
        if entry.condition is not None:
            found = dict(_indexable(entry))
            if found:
                options[entry] = found
    chosen: dict[Entry, tuple[str, int, tuple[Any, ...]]] = {}
    for field in _READERS:
        under = [entry for entry, found in options.items() if field in found]
        if len(under) < WORTHWHILE:
            continue
        for entry in under:
            if entry not in chosen:
                chosen[entry] = (field, *options[entry][field])
    return chosen


def _indexable(entry: Entry) -> list[tuple[str, tuple[int, tuple[Any, ...]]]]:
    assert entry.condition is not None  # the caller looked
    found = []
    for number in entry.scope:
        term = entry.condition.conjuncts[number].scope
        if term is None or term.op == "!=":
            continue
        field = _field(entry.resource, term.path)
        if field in _READERS:
            found.append((field, (number, term.values)))
    return found


def _field(resource: str, path: str) -> str:
    """The indexed field that `path` reads, from whichever variable it starts."""
    root, _, rest = path.partition(".")
    match root:
        case "request":
            return rest
        case "principal":
            return f"actor.{rest}"
        case "project":
            return f"project.{rest}"
    return ""
