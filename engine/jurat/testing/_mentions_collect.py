"""What a bundle says of each field of an input: by its rules, tables, tests and kinds' examples."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from jurat.bundle import Bundle, Case, Judged, Rule
from jurat.canon import parse_time
from jurat.model import InvalidInput, to_plain, validate
from jurat.plan import COLLECTIONS, POINTERS
from jurat.plugin import Example, Examples

from ._mentions_fields import ANY, MODELS, Field, fields_of
from ._mentions_words import Words, words_in

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)  # for a bundle whose tests name no time

# whose ids a field holds, by the last two names of its path, else by the last
_IDS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("project", "id"): ("projects",),
    ("project",): ("projects",),
    ("projects",): ("projects",),
    ("actor", "id"): ("service_accounts", "users"),
    ("owner",): ("service_accounts", "users"),
    ("principal",): ("service_accounts", "users"),
    ("members",): ("service_accounts", "users"),
    ("credential", "id"): ("credentials",),
    ("rotated_from",): ("credentials",),
    ("endpoint", "id"): ("endpoints",),
    ("model",): ("models",),
    ("models",): ("models",),
    ("model_info", "id"): ("models",),
    ("prompt", "id"): ("prompts",),
    ("provider",): ("vendors",),
    ("vendor", "id"): ("vendors",),
    ("role",): ("roles",),
    ("roles",): ("roles",),
}
# the tables whose ids are those of a collection, where it is not the table of its own name
_TABLES = {"principals": ("users", "service_accounts")}


@dataclass(frozen=True, slots=True)
class Base:
    """A whole input that the bundle's tests or a kind's examples give, with its clock."""

    given: Mapping[str, Any]
    now: datetime
    case: Case | None = None
    rule: str = ""
    """The rule whose kind gives it as an example."""


class Said:
    """What one bundle says of the fields of one input."""

    def __init__(self, bundle: Bundle, input: str) -> None:
        self.input = input
        self.fields = fields_of(input)
        self.read: dict[str, Words] = {}
        """By pointer of a field that a rule reads, the words that stand beside it there."""
        self.read_by: dict[str, dict[str, Words]] = {}
        """By rule, the same for the fields that it reads."""
        self.times: dict[datetime, None] = {}
        """Moments that params name: clocks to try."""
        self._within: dict[str, list[str]] = {}
        self._bundle = bundle
        self._columns = _columns(bundle)
        self._networks = Words()
        for rule in bundle.rules:
            for judged in rule.judges:
                if judged.input == input:
                    self._rule(rule, judged)
        for words in (*self.read.values(), *self._columns.values()):
            self._networks.networks.update(words.networks)

    def of(self, field: Field) -> Words:
        """All words for a field."""
        found = Words().take(self.read.get(field.pointer, Words()))
        name = field.path[-1]
        found.take(self._columns.get(name, Words()))
        for table in _IDS.get(field.path[-2:], _IDS.get(field.path[-1:], ())):
            found.add(self.ids(table))
        if field.vocabulary:
            for column, words in self._columns.items():
                if column in _VOCABULARIES.get(field.vocabulary, ()):
                    found.take(words)
        if field.sort == "ip" or name == "forwarded_for":
            found.take(self._networks)
        if field.sort == "number" and not found.numbers:
            found.take(self._columns.get("", Words()))
        return found

    def ids(self, table: str) -> tuple[str, ...]:
        """The ids of a table, and the other names of its rows."""
        if table not in self._bundle.tables.names:
            return ()
        rows = self._bundle.tables[table]
        names = dict.fromkeys(rows)
        for row in rows.values():
            names.update(dict.fromkeys(row.__dict__.get("aliases") or ()))
        return tuple(names)

    def ids_of(self, collection: str) -> tuple[str, ...]:
        """Ids that an item of a collection may have: those of the tables, and one of nobody's."""
        known = (id for table in _TABLES.get(collection, (collection,)) for id in self.ids(table))
        return (*known, f"unlisted-{collection.replace('_', '-')}")

    def _rule(self, rule: Rule, judged: Judged) -> None:
        for condition in (judged.condition, *self._scopes(rule, judged)):
            for conjunct in () if condition is None else condition.conjuncts:
                words = words_in(conjunct.node)
                for path in conjunct.paths:
                    self._note(rule, _pointer(path, judged), words)
        words = Words().add(rule.params)
        self.times.update(words.times)
        if rule.implementation is not None:
            for read in rule.implementation.reads(rule.params):
                self._note(rule, _pointer(read, judged), words)
            for example in examples(rule):
                for pointer, _ in leaves(self.input, example.given):
                    self._note(rule, pointer, words)

    def _scopes(self, rule: Rule, judged: Judged) -> Iterator[Any]:
        for waiver in self._bundle.waivers:
            if waiver.rule == rule.id:
                yield waiver.conditions[rule.judges.index(judged)]

    def _note(self, rule: Rule, pointer: str | None, words: Words) -> None:
        if pointer is None:
            return
        if pointer not in self._within:
            self._within[pointer] = [
                each for each in self.fields if each == pointer or each.startswith(f"{pointer}/")
            ]
        for each in self._within[pointer]:
            self.read_by.setdefault(rule.id, {}).setdefault(each, Words()).take(words)
            self.read.setdefault(each, Words()).take(words)


def bases(bundle: Bundle, input: str) -> Iterator[Base]:
    """The valid inputs of the bundle's tests, those that are let through first, and then those
    of the examples of its rules' kinds."""
    cases = [case for case in bundle.tests if case.type == input]
    for case in sorted(cases, key=lambda case: case.expect.effect != "allow"):
        if (given := _valid(input, case.given)) is not None:
            yield Base(given, case.now, case)
    for rule in bundle.rules:
        for example in examples(rule):
            if (example.given.get("type") or "request") == input:
                given = _valid(input, example.given)
                if given is not None:
                    yield Base(given, parse_time(example.now), rule=rule.id)


def clock(bundle: Bundle) -> datetime:
    """The time that most of the bundle's tests are made for, else one of its own."""
    times = Counter(case.now for case in bundle.tests)
    return times.most_common(1)[0][0] if times else NOW


def examples(rule: Rule) -> tuple[Example, ...]:
    """The examples of a rule's kind for its params; none where the plugin can't say."""
    made = _examples(rule)
    return () if made is None else (*made.fires, *made.passes)


def _examples(rule: Rule) -> Examples | None:
    if rule.implementation is None:
        return None
    try:
        return rule.implementation.examples(rule.params)
    except Exception:  # noqa: BLE001  # a third party's; what is wrong with it, a law tells
        return None


def passing(bundle: Bundle, input: str) -> Iterator[Base]:
    """For each rule, the first input of its kind's examples in which it passes."""
    for rule in bundle.rules:
        found = _examples(rule)
        for example in found.passes[:1] if found is not None else ():
            if (example.given.get("type") or "request") == input:
                given = _valid(input, example.given)
                if given is not None:
                    yield Base(given, parse_time(example.now), rule=rule.id)


def leaves(input: str, given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of a document with their values, ids of collections told as `*`."""
    fields = fields_of(input)
    todo: list[tuple[str, Any]] = [("", given)]
    while todo:
        at, value = todo.pop(0)
        if at in fields:
            yield at, value
        elif isinstance(value, Mapping):
            items = at.count("/") == 2 and at.endswith("/items")
            todo = [
                (f"{at}/{ANY if items else key}", inner) for key, inner in value.items()
            ] + todo


def _valid(input: str, given: Any) -> dict[str, Any] | None:
    if not isinstance(given, Mapping):
        return None
    document = {name: value for name, value in given.items() if name != "type"}
    try:
        validate(MODELS[input], document)
    except InvalidInput:
        return None
    return document


def _pointer(path: str, judged: Judged) -> str | None:
    """Where in the input stands what a rule reads: a pointer from its target, or a path."""
    collection = COLLECTIONS.get(judged.resource)
    if judged.input == "org_state":
        target = f"/{collection}/items/{ANY}" if collection else "/org"
    else:
        target = POINTERS.get(judged.resource, "")
    if path.startswith("/"):
        return target + path
    root, _, rest = path.partition(".")
    rest = rest.replace(".", "/")
    if root in (judged.resource, "target"):
        at = target
    elif root == "request":
        at = "/request" if judged.input == "response" else ""
    elif root == "project":
        at = f"/projects/items/{ANY}" if judged.input == "org_state" else "/project"
    elif root == "org" and judged.input == "org_state":
        name, _, inner = rest.partition("/")
        if name in COLLECTIONS.values():
            return f"/{name}/items/{ANY}/{inner}".removesuffix("/")
        return f"/org/{rest}"
    else:
        return None
    return f"{at}/{rest}" if rest else at


def _columns(bundle: Bundle) -> dict[str, Words]:
    """The words of the tables by the column that holds them; all numbers under ""."""
    found: dict[str, Words] = {"": Words()}

    def take(row: Mapping[str, Any]) -> None:
        for name, value in row.items():
            if isinstance(value, Mapping):
                take(value)
            elif value is not None:
                found.setdefault(name, Words()).add(value)
                if isinstance(value, int):
                    found[""].add(value)

    for table in bundle.tables.names:
        if table != "controls":
            for row in bundle.tables[table].values():
                take(to_plain(row))
    return found


_VOCABULARIES = {
    "action": ("permissions",),
    "classification": ("classes",),
    "model": ("models", "model"),
}


def nearby(now: datetime, moments: Mapping[datetime, None]) -> Iterator[datetime]:
    """Clocks within the moments that params name: half a day after each, in ten years around."""
    for moment in moments:
        if abs(moment - now) < timedelta(days=3650):
            yield moment + timedelta(hours=12)


def hours(now: datetime) -> Iterator[datetime]:
    """Clocks for rules that ask for the hour or the day of the week: around the clock, and two
    days of a weekend."""
    for hour in (0, 3, 6, 9, 15, 18, 21, 23):
        yield now.replace(hour=hour)
    for day in (5, 6):
        yield now + timedelta(days=(day - now.weekday()) % 7)
