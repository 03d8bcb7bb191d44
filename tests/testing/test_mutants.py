"""Mutants of the evaluator: each change of one operator, constant or condition in what combines
outcomes is seen, by the reference, on a few hundred small policies.

The mutants are made from the source itself, so that what is added to it is tried as well.
"""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from itertools import combinations_with_replacement, product
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from harness import disagreement, engine
from reference import Decided, decide
from worlds import (
    NOW,
    And,
    Compare,
    Condition,
    Count,
    Divide,
    IsNull,
    Or,
    Order,
    Script,
    Waiver,
    World,
    WorldRule,
    policy,
)

from jurat import Engine
from jurat.limits import MemoryLimits
from jurat.plan import _entry, _explain, _plan, _settle
from jurat.plugin import Finding, Header, Unfinished

GRANTED = "2026-01-01T00:00:00Z"  # from when on waivers count
ALL = frozenset(("redact", "route", "header"))
REQUEST: dict[str, Any] = {
    "model": "gpt-4.1",
    "action": "embeddings",
    "actor": {"id": "u-1", "kind": "user", "team": None},
    "estimated_tokens": 0,
    "messages": [{"role": "user", "content": "0123456789"}],
}
FIRES = Script("model", fires=("gpt-4.1",))
WHEN: dict[str, Condition] = {
    "true": Compare("model", "==", ("gpt-4.1",)),
    "false": Compare("model", "!=", ("gpt-4.1",)),
    "unknown scope": Compare("provider", "==", ("openai",)),
    "rest true": Order("estimated_tokens", "<", 10),
    "rest false": Order("estimated_tokens", ">", 10),
    "unknown": Order("params.max_tokens", ">", 0),
    "error": Divide("estimated_tokens"),
    # what the quick way leaves to the careful one, which knows better
    "error and false": And((Divide("estimated_tokens"), Order("estimated_tokens", ">", 10))),
    "unknown and false": And((Order("params.max_tokens", ">", 0), IsNull("model"))),
    "error or true": Or((Divide("estimated_tokens"), Order("estimated_tokens", "<", 10))),
}
SCRIPTS = {
    "fires": FIRES,
    "passes": Script("model"),
    "advises": Script("model", advises=("gpt-4.1",)),
    "raises": Script("model", raises=("gpt-4.1",)),
    "misses": Script("provider", fires=("openai",)),
}


# -- small policies


def single() -> Iterator[WorldRule]:
    """A rule of each effect, with each condition, each behaviour of a check, each mode."""
    for when in WHEN.values():
        yield WorldRule("p", "permit", when=when)
        for effect in ("deny", "advise", "require"):
            yield WorldRule("e", effect, when=when)
        yield WorldRule("i", "deny", when=when, on_error="ignore")
        yield WorldRule("w", "deny", when=when, mode="warn")
    conditions: tuple[Condition | None, ...] = (None, *WHEN.values())
    for condition, script in product(conditions, SCRIPTS.values()):
        yield WorldRule("c", "deny", when=condition, script=script)
        yield WorldRule("r", "redact", when=condition, script=replace(script, span=0))
    header = replace(FIRES, fires=(), denies=("gpt-4.1",), header="a")
    yield WorldRule("h", "require", script=header)
    yield WorldRule("h", "require", script=replace(header, denies=(), fires=("gpt-4.1",)))


def several() -> Iterator[tuple[WorldRule, ...]]:
    """Lists of two and three rules that answer each in its way."""
    answers = ("true", "rest false", "unknown", "error")
    choices = [(effect, answer) for effect in ("permit", "deny") for answer in answers]
    for size in (2, 3):
        for rules in combinations_with_replacement(choices, size):
            yield tuple(
                WorldRule(f"r{number}", effect, when=WHEN[answer])
                for number, (effect, answer) in enumerate(rules)
            )


def waived() -> Iterator[World]:
    """A deny that a waiver takes away, or does not."""
    deny = WorldRule("d", "deny", script=FIRES)
    for scope in (None, *WHEN.values()):
        for expired in (False, True):
            yield World((LET_IN, deny), waivers=(Waiver("d", scope, expired),))
    for rule in (
        WorldRule("d", "deny", when=WHEN["unknown"]),
        WorldRule("d", "deny", when=WHEN["error"]),
        WorldRule("d", "deny", when=WHEN["rest false"]),
        WorldRule("d", "deny", when=WHEN["false"]),
    ):
        yield World((LET_IN, rule), waivers=(Waiver("d"),))


LET_IN = WorldRule("let-in", "permit")


def counting() -> Iterator[World]:
    """Rules that count, and one that denies before anything is counted."""
    for count in (Count("model", 1), Count("model", 0), Count("provider", 1)):
        rule = WorldRule("n", "deny", count=count)
        yield World((LET_IN, rule))
        yield World((LET_IN, rule, WorldRule("d", "deny", script=FIRES)))


def worlds() -> Iterator[World]:
    for rule in single():
        yield World((rule,))
        yield World((LET_IN, rule))
    yield from (World(rules) for rules in several())
    yield from waived()
    yield from counting()
    advised = WorldRule("d", "deny", script=SCRIPTS["advises"])
    yield World((LET_IN, advised), waivers=(Waiver("d"),))


@dataclass(frozen=True, eq=False)  # each is itself
class Trial:
    loaded: Engine
    expected: Decided
    now: str = NOW


@cache
def trials() -> tuple[Trial, ...]:
    made = [
        Trial(engine(world, limits=Forgetful()), decide((policy(world, REQUEST),), supports=ALL))
        for world in worlds()
    ]
    deny = WorldRule("d", "deny", script=FIRES)
    world = World((LET_IN, deny), waivers=(Waiver("d"),))
    unwaived = decide((policy(World((LET_IN, deny)), REQUEST),), supports=ALL)
    made.append(Trial(engine(world), unwaived, "2025-12-31T23:59:59Z"))  # before it was granted
    made.append(Trial(engine(world), decide((policy(world, REQUEST),), supports=ALL), GRANTED))
    return tuple(made)


class Forgetful(MemoryLimits):
    """Counters that hold nothing before each decision."""

    def reserve(self, uses: Any, now: Any) -> Any:
        made = super().reserve(uses, now)
        self.give_back(made)
        return made


def seen() -> str:
    """The first disagreement with the reference; "" for none."""
    for trial in trials():
        try:
            decision = trial.loaded.evaluate(REQUEST, supports=ALL, now=trial.now)
            told = disagreement(decision, trial.expected) or outcomes(decision, trial.expected)
        except Exception as error:  # noqa: BLE001  # a mutant that breaks is seen
            return repr(error)
        if told:
            return told
    try:
        return by_hand()
    except Exception as error:  # noqa: BLE001  # as above
        return repr(error)


DENY = WorldRule("c", "deny", script=FIRES)
REDACT = WorldRule("r", "redact", script=replace(FIRES, span=0))


@cache
def entries() -> tuple[Any, Any]:
    plan = engine(World((DENY, REDACT))).plans[0]
    deny, redact = plan.entries("request")
    return deny, redact


def by_hand() -> str:
    """What no sound kind does: a check that returns nonsense, or whose detectors gave up."""
    deny, redact = entries()
    asks = Finding("x", "x", obligation=Header("a", "b"))
    plain, advice = Finding("x", "x"), Finding("x", "x", advice=True)
    for entry, found, status in (
        (deny, None, "error"),
        (deny, [plain], "error"),
        (deny, (plain, 1), "error"),
        (deny, (asks,), "error"),
        (deny, (plain,), "fired"),
        (deny, (advice, plain), "fired"),
        (deny, (advice,), "passed"),
        (deny, (), "passed"),
        (redact, (asks,), "fired"),
    ):
        did = _entry.checked(entry, found, "").status
        if did != status:
            return f"{found} is {did}, not {status}"
    facts = SimpleNamespace(detections=SimpleNamespace(undecided=("known",)))

    def gives_up(*given: Any) -> Any:
        raise Unfinished(["known", "made-up"])

    told = _entry._check(deny, gives_up, None, facts, datetime.now(UTC), "")  # type: ignore[arg-type]  # as much of facts as is read
    if told.status != "error" or "known" not in told.error or "made-up" in told.error:
        return f"{told.status}: {told.error}"
    return ""


def outcomes(decision: Any, expected: Decided) -> str:
    found = dict(decision.every_outcome())
    return "" if found == expected.outcomes else f"{found}, not {expected.outcomes}"


# -- mutants

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
WORDS = {"allow": "deny", "fired": "passed", "passed": "fired", "unknown": "passed"}
WORDS |= {"error": "passed", "not_applicable": "passed", "waived": "fired", "ignore": "deny"}
WORDS |= {"enforce": "warn", "redact": "advise", "require": "advise", "deny": "allow"}
WORDS |= {"Deny": "NotApplicable", "Permit": "NotApplicable", "NotApplicable": "Permit"}
WORDS |= {f"Indeterminate{{{one}}}": "NotApplicable" for one in ("D", "P", "DP")}


class Mutator(ast.NodeTransformer):
    """Makes the change of a number, and counts how many there are."""

    def __init__(self, wanted: int = -1) -> None:
        self.wanted = wanted
        self.count = 0
        self.what = ""

    def here(self, node: ast.AST, what: str) -> bool:
        self.count += 1
        if self.count - 1 != self.wanted:
            return False
        self.what = f"line {getattr(node, 'lineno', '?')}: {what}"
        return True

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        for number, operator in enumerate(node.ops):
            other = SWAPPED.get(type(operator))
            if other is not None and self.here(node, f"{type(operator).__name__} swapped"):
                node.ops[number] = other()  # type: ignore[call-overload]  # an operator of ast
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        if self.here(node, f"{type(node.op).__name__} swapped"):
            node.op = SWAPPED[type(node.op)]()  # type: ignore[assignment]  # an operator of ast
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Not) and self.here(node, "not left out"):
            return node.operand
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        if self.here(node, "condition turned round"):
            node.test = ast.UnaryOp(ast.Not(), node.test)
        if self.here(node, "branch left out"):
            node.test = ast.Constant(False)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bool) and self.here(node, f"{node.value} turned round"):
            return ast.Constant(not node.value)
        word = WORDS.get(node.value) if isinstance(node.value, str) else None
        if word is not None and self.here(node, f"{node.value!r} for {word!r}"):
            return ast.Constant(word)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = getattr(node.func, "id", "")
        if name in ("any", "all") and self.here(node, f"{name} swapped"):
            node.func = ast.Name("all" if name == "any" else "any", ast.Load())
        return node


FUNCTIONS = {
    "combine": _settle,
    "denies": _settle,
    "undecided": _settle,
    "waive": _settle,
    "outcomes": _settle,
    "judge": _entry,
    "checked": _entry,
    "_check": _entry,
    "_truth": _entry,
    "_undecided": _entry,
}
# Who calls them by a name of his own.
USERS: dict[str, tuple[ModuleType, ...]] = {
    "combine": (_plan,),
    "outcomes": (_plan,),
    "judge": (_settle, _explain),
    "checked": (_settle,),
}
SAME = {
    ("combine", "'fired' for 'passed'"): "permits that fired are not among what it is given",
    ("_truth", "Or swapped"): "of no conjuncts all are true",
}
"""Changes that change nothing, and why."""


def mutated(name: str, wanted: int) -> tuple[Any, str]:
    """The function with its change of that number, and what it is; None if there is none."""
    module = FUNCTIONS[name]
    tree = ast.parse(inspect.getsource(getattr(module, name)))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    mutator = Mutator(wanted)
    function.body = [mutator.visit(statement) for statement in function.body]
    if not mutator.what:
        return None, ""
    code = compile(ast.fix_missing_locations(tree), f"<mutant of {name}>", "exec")
    made: dict[str, Any] = {}
    exec(code, vars(module), made)  # noqa: S102  # our own source, with one change
    return made[name], mutator.what


def mutants() -> Iterator[tuple[str, int, str]]:
    for name in FUNCTIONS:
        number = 0
        while True:
            _, what = mutated(name, number)
            if not what:
                break
            yield name, number, what
            number += 1


MUTANTS = list(mutants())


def test_the_reference_agrees_without_a_change() -> None:
    assert not seen()
    assert len(trials()) > 250
    assert len(MUTANTS) >= 60


@pytest.mark.parametrize(
    ("name", "number", "what"), MUTANTS, ids=[f"{n}-{i}" for n, i, _ in MUTANTS]
)
def test_a_mutant_is_seen(
    name: str, number: int, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if (name, what.partition(": ")[2]) in SAME:
        return
    made, _ = mutated(name, number)
    for user in (FUNCTIONS[name], *USERS.get(name, ())):
        monkeypatch.setattr(user, name, made)
    assert seen(), f"nobody noticed {name}, {what}"
