"""Generated policies and inputs, and in plain words what each comes to.

A `World` is a bundle as data: `files` writes it as YAML, `policy` works out, for one input, the
truth of every condition and what every check does, and hands that to the reference. Conditions
are a small tree of our own, so that what they mean is decided here and not by what is tested.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from json import dumps
from typing import Any

from lawkinds import SPANS
from reference import Checked, Duty, Policy, Rule, Truth, Violation

NOW = "2026-05-25T12:00:00Z"


class Unset:
    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset()

STRINGS: dict[str, tuple[str, ...]] = {
    "model": ("gpt-4.1", "gpt-4.1-mini", "gpt-3.5-turbo"),
    "action": ("chat.completions", "embeddings", "files.read"),
    "provider": ("openai", "azure"),
    "actor.id": ("svc-a", "svc-b", "u-1"),
    "actor.kind": ("service_account", "user", "workload"),
    "actor.team": ("red", "blue"),
    "project.id": ("p1", "p2", "p3"),
    "project.environment": ("production", "staging", "development"),
    "project.residency": ("eu", "us"),
    "endpoint.region": ("westeurope", "eastus"),
}
NUMBERS = {"estimated_tokens": (0, 1, 50), "params.max_tokens": (0, 10, 1000)}
FLAGS = {"params.store": (True, False)}
FIELDS: dict[str, tuple[Any, ...]] = {**STRINGS, **NUMBERS, **FLAGS}


# -- conditions


@dataclass(frozen=True)
class Compare:
    """field `==`, `!=` or `in` literals: what a scope is made of."""

    path: str
    op: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Order:
    path: str
    op: str
    value: int


@dataclass(frozen=True)
class IsNull:
    path: str


@dataclass(frozen=True)
class Has:
    path: str


@dataclass(frozen=True)
class Divide:
    """`100 / field > 0`: an error where the field is 0."""

    path: str


@dataclass(frozen=True)
class Not:
    part: "Condition"


@dataclass(frozen=True)
class And:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Or:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Choose:
    test: "Condition"
    then: "Condition"
    other: "Condition"


Condition = Compare | Order | IsNull | Has | Divide | Not | And | Or | Choose


def cel(condition: Condition) -> str:
    """The condition as CEL, compound parts in parentheses."""
    match condition:
        case Compare(path, "in", values):
            return f"request.{path} in [{', '.join(_literal(v) for v in values)}]"
        case Compare(path, op, values):
            return f"request.{path} {op} {_literal(values[0])}"
        case Order(path, op, value):
            return f"request.{path} {op} {value}"
        case IsNull(path):
            return f"request.{path} == null"
        case Has(path):
            return f"has(request.{path})"
        case Divide(path):
            return f"100 / request.{path} > 0"
        case Not(part):
            return f"!({cel(part)})"
        case And(parts):
            return " && ".join(f"({cel(part)})" for part in parts)
        case Or(parts):
            return " || ".join(f"({cel(part)})" for part in parts)
        case Choose(test, then, other):
            return f"({cel(test)}) ? ({cel(then)}) : ({cel(other)})"


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}'" if isinstance(value, str) else str(value)


def truth(condition: Condition, facts: Mapping[str, Any]) -> Truth:
    """What the condition comes to: missing is not absent, errors and unknowns are absorbed."""
    match condition:
        case Not(part):
            inner = truth(part, facts)
            flip = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE}
            return flip.get(inner, inner)
        case And(parts):
            return reduce(_and, [truth(part, facts) for part in parts])
        case Or(parts):
            return reduce(_or, [truth(part, facts) for part in parts])
        case Choose(test, then, other):
            chosen = truth(test, facts)
            if chosen in (Truth.UNKNOWN, Truth.ERROR):
                return chosen
            return truth(then if chosen is Truth.TRUE else other, facts)
    value = facts[condition.path]
    if value is UNSET:
        return Truth.UNKNOWN
    match condition:
        case Compare(_, "!=", values):
            return _truth(value != values[0])
        case Compare(_, _, values):
            return _truth(value in values)
        case IsNull():
            return _truth(value is None)
        case Has():
            return _truth(value is not None)
        case Order(_, op, limit):
            if value is None:
                return Truth.ERROR
            return _truth(value < limit if op == "<" else value > limit)
        case Divide():
            return Truth.ERROR if not value else _truth(100 // value > 0)


def _truth(value: bool) -> Truth:
    return Truth.TRUE if value else Truth.FALSE


def _and(one: Truth, other: Truth) -> Truth:
    for worst in (Truth.FALSE, Truth.UNKNOWN, Truth.ERROR):
        if worst in (one, other):
            return worst
    return Truth.TRUE


def _or(one: Truth, other: Truth) -> Truth:
    for best in (Truth.TRUE, Truth.UNKNOWN, Truth.ERROR):
        if best in (one, other):
            return best
    return Truth.FALSE


def conjuncts(condition: Condition | None) -> tuple[Condition, ...]:
    """The top-level conjuncts: what stands in parentheses is one of them."""
    match condition:
        case None:
            return ()
        case And(parts):
            return parts
        case _:
            return (condition,)


# -- policies


@dataclass(frozen=True)
class Script:
    """Params of the kind law.script."""

    field: str
    fires: tuple[str, ...] = ()
    advises: tuple[str, ...] = ()
    denies: tuple[str, ...] = ()
    raises: tuple[str, ...] = ()
    span: int | None = None
    operator: str = "label"
    header: str | None = None
    endpoints: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Count:
    """Params of the kind law.count."""

    field: str
    limit: int


@dataclass(frozen=True)
class WorldRule:
    id: str
    effect: Any
    when: Condition | None = None
    script: Script | None = None
    severity: str = "medium"
    mode: Any = "enforce"
    on_error: Any = "deny"
    header: str = "a"  # of an expression with effect require
    count: Count | None = None  # in place of a script


@dataclass(frozen=True)
class Waiver:
    rule: str
    scope: Condition | None = None
    expired: bool = False


@dataclass(frozen=True)
class World:
    rules: tuple[WorldRule, ...]
    name: str = "law"
    mode: Any = "enforce"
    assume: Mapping[str, Any] = field(default_factory=dict)  # by dotted path
    tables: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()

    def with_rules(self, *rules: WorldRule) -> "World":
        return replace(self, rules=rules)


def files(world: World) -> dict[str, str]:
    """The world as the files of a bundle, JSON being YAML."""
    manifest: dict[str, Any] = {"name": world.name, "version": "1.0.0", "revision": 1}
    if world.mode != "enforce":
        manifest["mode"] = world.mode
    if world.assume:
        manifest["assume"] = {f"/{p.replace('.', '/')}": v for p, v in world.assume.items()}
    made = {"bundle.yaml": dumps(manifest)}
    if world.rules:
        made["rules/law.yaml"] = "\n".join(f"- {dumps(_rule(rule))}" for rule in world.rules)
    for name, rows in world.tables.items():
        made[f"data/{name}.yaml"] = dumps(rows)
    if world.waivers:
        made["waivers.yaml"] = "\n".join(f"- {dumps(_waiver(w))}" for w in world.waivers)
    return made


def _rule(rule: WorldRule) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": rule.id,
        "title": f"Rule {rule.id}",
        "kind": _kind(rule),
        "effect": rule.effect,
        "severity": rule.severity,
    }
    if rule.when is not None:
        made["when"] = cel(rule.when)
    elif made["kind"] == "expression":
        made["when"] = "true"
    if rule.script is not None:
        script = {k: v for k, v in vars(rule.script).items() if v not in (None, ())}
        made["params"] = script
    elif rule.count is not None:
        made["params"] = vars(rule.count)
    elif rule.effect == "require":
        made["obligation"] = {"header": {"name": "x-law", "value": rule.header}}
    if rule.mode != "enforce":
        made["mode"] = rule.mode
    if rule.on_error != "deny":
        made["on_error"] = rule.on_error
    return made


def _kind(rule: WorldRule) -> str:
    if rule.count is not None:
        return "law.count"
    return "expression" if rule.script is None else "law.script"


def _waiver(waiver: Waiver) -> dict[str, Any]:
    made: dict[str, Any] = {
        "rule": waiver.rule,
        "owner": "security",
        "reason": "agreed",
        "ticket": "SEC-1",
        "granted": "2026-01-01T00:00:00Z",
        # an end at exactly now is an end
        "expires": NOW if waiver.expired else "2026-12-31T00:00:00Z",
    }
    made["scope"] = "true" if waiver.scope is None else cel(waiver.scope)
    return made


# -- what a world makes of an input


def facts_of(world: World, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every field after joins and assumptions: a value, None for absent, UNSET for unknown."""
    facts = {path: _read(given, path) for path in FIELDS}
    _assume(world, facts)
    if "projects" in world.tables:
        _join(facts, world.tables["projects"], "project", ("environment", "residency"))
    _join_actor(world, facts)
    _assume(world, facts)
    return facts


def _read(given: Mapping[str, Any], path: str) -> Any:
    value: Any = given
    for name in path.split("."):
        if value is None:
            return None
        if name not in value:
            return UNSET
        value = value[name]
    return value


def _assume(world: World, facts: dict[str, Any]) -> None:
    for path, value in world.assume.items():
        if facts[path] is UNSET:
            facts[path] = value


def _join(
    facts: dict[str, Any], rows: Mapping[str, Any], parent: str, columns: tuple[str, ...]
) -> None:
    """The table alone answers for every column."""
    key = facts[f"{parent}.id"]
    for column in columns:
        if key is UNSET:
            facts[f"{parent}.{column}"] = UNSET
        else:
            facts[f"{parent}.{column}"] = rows.get(key, {}).get(column)


def _join_actor(world: World, facts: dict[str, Any]) -> None:
    accounts = world.tables.get("service_accounts")
    users = world.tables.get("users")
    if accounts is None and users is None:
        return
    key, kind = facts["actor.id"], facts["actor.kind"]
    if key is UNSET:
        facts["actor.team"] = UNSET
        rows = (accounts or {}).values()
        if any(row.get("kind", "service_account") != kind for row in rows):
            facts["actor.kind"] = UNSET  # the row of whoever it is may say another kind
    elif accounts is not None and key in accounts:
        _join(facts, accounts, "actor", ("team",))
        facts["actor.kind"] = accounts[key].get("kind", "service_account")
    elif kind is UNSET:
        # a service account would be absent from its table, a user might be in the other: the
        # columns are known only where it makes no difference which of the two it is
        same = accounts is not None and users is not None and key not in users
        facts["actor.team"] = None if same else UNSET
    elif kind == "service_account":
        if accounts is not None:
            _join(facts, accounts, "actor", ("team",))
    elif users is not None:
        _join(facts, users, "actor", ("team",))


Held = dict[tuple[str, str, Any], int]  # requests let through, by bundle, rule and value


def policy(
    world: World, given: Mapping[str, Any], *, prefix: str = "", held: Held | None = None
) -> Policy:
    """The world as it meets one input, for the reference; its counters hold `held`."""
    facts = facts_of(world, given)
    waived = {
        waiver.rule
        for waiver in world.waivers
        if not waiver.expired
        and (waiver.scope is None or truth(waiver.scope, facts) is Truth.TRUE)
    }
    return Policy(
        rules=tuple(
            _counting_rule(world, rule, facts, rule.id in waived, held or {})
            if rule.count is not None
            else _reference_rule(rule, facts, rule.id in waived)
            for rule in world.rules
        ),
        mode=world.mode,
        has_permit=any(rule.effect == "permit" for rule in world.rules),
        name=prefix,
    )


def let_through(world: World, given: Mapping[str, Any], held: Held) -> None:
    """Count a request that was allowed, by every rule that applies and knows the value."""
    facts = facts_of(world, given)
    for rule in world.rules:
        if rule.count is None or facts[rule.count.field] is UNSET:
            continue
        if all(truth(part, facts) is Truth.TRUE for part in conjuncts(rule.when)):
            key = (world.name, rule.id, facts[rule.count.field])
            held[key] = held.get(key, 0) + 1


def _counting_rule(
    world: World, rule: WorldRule, facts: Mapping[str, Any], waived: bool, held: Held
) -> Rule:
    assert rule.count is not None
    value = facts[rule.count.field]
    plain = _reference_rule(rule, facts, waived)
    if value is UNSET:
        return replace(plain, counts=True, check=Checked(missing=True))
    # without a known condition nothing was counted, so what was is unknown
    if plain.scope is not Truth.TRUE or plain.rest is not Truth.TRUE:
        return replace(plain, counts=True, check=Checked(missing=True))
    full = held.get((world.name, rule.id, value), 0) >= rule.count.limit
    found = (Violation(),) if full else ()
    return replace(plain, counts=True, check=Checked(found))


def _reference_rule(rule: WorldRule, facts: Mapping[str, Any], waived: bool) -> Rule:
    parts = conjuncts(rule.when)
    scope = [truth(part, facts) for part in parts if isinstance(part, Compare)]
    rest = [truth(part, facts) for part in parts if not isinstance(part, Compare)]
    duty = None
    if rule.script is None and rule.effect == "require":
        duty = Duty("header", "x-law", rule.header)
    return Rule(
        id=rule.id,
        effect=rule.effect,
        scope=reduce(_and, scope, Truth.TRUE),
        rest=reduce(_and, rest, Truth.TRUE),
        check=None if rule.script is None else _checked(rule.effect, rule.script, facts),
        severity=rule.severity,
        mode=rule.mode,
        on_error=rule.on_error,
        waived=waived,
        duty=duty,
    )


def _checked(effect: str, script: Script, facts: Mapping[str, Any]) -> Checked:
    value = facts[script.field]
    at = "/" + script.field.replace(".", "/")
    if value is UNSET:
        return Checked(missing=True)
    if value in script.raises:
        return Checked(raises=True)
    if value in script.denies:
        return Checked((Violation(at, denies=effect != "advise"),))
    if value in script.fires:
        return Checked((Violation(at, duty=_duty(effect, script)),))
    if value in script.advises:
        return Checked((Violation(at, advice=True),))
    return Checked()


def _duty(effect: str, script: Script) -> Duty | None:
    if effect == "redact":
        assert script.span is not None
        start, end, _ = SPANS[script.span]
        return Duty("redact", ("/messages/0/content", start, end), script.operator)
    if effect == "require" and script.header is not None:
        return Duty("header", "x-law", script.header)
    if effect == "require":
        assert script.endpoints is not None
        return Duty("route", None, frozenset(script.endpoints))
    return None
