"""The rules that Cedar can say too, against Cedar itself.

Shared are permit and forbid, who does what to which, `==`, `in`, `&&`, `||`, `!`, `has`, and what
a missing attribute does: Cedar's policy errs, our rule is unknown. All of it agrees, rule by rule,
but for one thing: Cedar passes over a policy that errs, and we deny where a deny rule does.

What the two mean by the same words differs in three places, which the generated rules keep out
of. CEL lets one side of `&&` and `||` decide where the other errs, whichever comes first; so here only
the last operand may err. And `has` asks about what is known to be absent, which is null with us and
no attribute with Cedar; so an attribute that may be absent is read behind its `has`, as Cedar's
validator demands. And a rule whose scope is unknown is unknown with us, whatever the rest of its
condition says; so what may be missing is scope here only where there is no rest.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cedarpy
import pytest
from harness import engine
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from jurat.engine import outcomes_by_rule

WHO, GROUPS, WHAT, WHERE = ("ann", "bob"), ("g1", "g2"), ("chat.completions", "embeddings"), "pq"
WORDS = ("red", "green", "blue")


@dataclass(frozen=True)
class Text:
    """One condition in both languages."""

    cel: str
    cedar: str


def compares(attribute: str, path: str) -> st.SearchStrategy[Text]:
    one = st.sampled_from(WORDS).map(json.dumps)
    some = st.lists(one, min_size=1, max_size=2, unique=True).map(", ".join)
    return one.map(
        lambda word: Text(f"{path} == {word}", f"context.{attribute} == {word}")
    ) | some.map(
        lambda words: Text(f"{path} in [{words}]", f"[{words}].contains(context.{attribute})")
    )


EMAIL = Text("has(request.actor.email)", "context has email")
SENT = compares("team", "request.actor.team") | compares("org", "request.org.id")
GROUP = st.sampled_from(GROUPS).map(
    lambda group: Text(f'"{group}" in request.actor.groups', f'principal in Group::"{group}"')
)
MISSED = compares("version", "request.prompt.version") | compares(
    "deployment", "request.endpoint.deployment"
)


def joined(sign: str) -> Any:
    return lambda pair: Text(
        f"({pair[0].cel} {sign} {pair[1].cel})", f"({pair[0].cedar} {sign} {pair[1].cedar})"
    )


def inverse(one: Text) -> Text:
    return Text(f"!({one.cel})", f"!({one.cedar})")


def no_scope(one: Text) -> Text:
    """The same, in a form that is not taken for a rule's scope."""
    return Text(f"!(!({one.cel}))", one.cedar)


def pairs(
    left: st.SearchStrategy[Text], right: st.SearchStrategy[Text]
) -> st.SearchStrategy[Text]:
    both = st.tuples(left, right)
    return both.map(joined("&&")) | both.map(joined("||"))


GUARDED = compares("email", "request.actor.email").map(lambda one: joined("&&")((EMAIL, one)))
# what never errs, and what may
SAFE = st.recursive(
    SENT | GROUP | st.just(EMAIL) | GUARDED,
    lambda inner: pairs(inner, inner) | inner.map(inverse),
    max_leaves=4,
)
ANY = st.recursive(
    SAFE | MISSED.map(no_scope),
    lambda inner: pairs(SAFE, inner) | inner.map(inverse),
    max_leaves=3,
)


@dataclass(frozen=True)
class Policy:
    effect: str
    who: Text | None
    what: tuple[str, ...]
    where: str | None
    when: Text | None

    def rule(self, id_: str) -> dict[str, Any]:
        conjuncts = [self.who.cel] if self.who else []
        if self.what:
            conjuncts.append(f"request.action in {json.dumps(self.what)}")
        if self.where:
            conjuncts.append(f'request.project.id == "{self.where}"')
        if self.when:
            conjuncts.append(self.when.cel)
        effect = "permit" if self.effect == "permit" else "deny"
        return {
            "id": id_,
            "title": id_,
            "kind": "expression",
            "effect": effect,
            "severity": "info",
            "when": " && ".join(conjuncts) or "true",
        }

    @property
    def cedar(self) -> str:
        who = self.who.cedar if self.who else "principal"
        actions = ", ".join(f'Action::"{action}"' for action in self.what)
        what = f"action in [{actions}]" if self.what else "action"
        where = f'resource == Project::"{self.where}"' if self.where else "resource"
        when = f" when {{ {self.when.cedar} }}" if self.when else ""
        return f"{self.effect}({who}, {what}, {where}){when};"


PERSON = st.sampled_from(WHO).map(
    lambda name: Text(f'request.actor.id == "{name}"', f'principal == User::"{name}"')
)
POLICIES = st.builds(
    Policy,
    st.sampled_from(("permit", "permit", "forbid")),
    st.none() | PERSON | GROUP,
    st.lists(st.sampled_from(WHAT), max_size=2, unique=True).map(tuple),
    st.none() | st.sampled_from(WHERE),
    st.none() | ANY,
) | st.builds(
    Policy,
    st.sampled_from(("permit", "forbid")),
    st.none() | PERSON,
    st.lists(st.sampled_from(WHAT), max_size=2, unique=True).map(tuple),
    st.none() | st.sampled_from(WHERE),
    MISSED,
)


@dataclass(frozen=True)
class Call:
    who: str
    what: str
    where: str
    groups: frozenset[str]
    team: str
    org: str
    email: str | None
    """None: known to be absent."""
    version: str | None
    """None: not sent; and so below."""
    deployment: str | None

    @property
    def ours(self) -> dict[str, Any]:
        request: dict[str, Any] = {
            "action": self.what,
            "project": {"id": self.where},
            "org": {"id": self.org},
            "actor": {
                "id": self.who,
                "groups": sorted(self.groups),
                "team": self.team,
                "email": self.email,
            },
        }
        if self.version:
            request["prompt"] = {"version": self.version}
        if self.deployment:
            request["endpoint"] = {"deployment": self.deployment}
        return request

    @property
    def theirs(self) -> dict[str, Any]:
        sent = {name: getattr(self, name) for name in ("team", "org", "email", "version")}
        sent["deployment"] = self.deployment
        return {
            "principal": f'User::"{self.who}"',
            "action": f'Action::"{self.what}"',
            "resource": f'Project::"{self.where}"',
            "context": {name: value for name, value in sent.items() if value is not None},
        }

    @property
    def entities(self) -> list[dict[str, Any]]:
        parents = [{"type": "Group", "id": group} for group in sorted(self.groups)]
        return [{"uid": {"type": "User", "id": self.who}, "attrs": {}, "parents": parents}]


CALLS = st.builds(
    Call,
    st.sampled_from(WHO),
    st.sampled_from(WHAT),
    st.sampled_from(WHERE),
    st.frozensets(st.sampled_from(GROUPS)),
    st.sampled_from(WORDS),
    st.sampled_from(WORDS),
    *[st.none() | st.sampled_from(WORDS)] * 3,
)
SETS = st.lists(POLICIES, min_size=1, max_size=5)
BATCHES = st.lists(CALLS, min_size=4, max_size=12, unique=True)


@dataclass(frozen=True)
class Answer:
    allows: bool
    decided: frozenset[str]
    """The rules that the answer rests on."""
    erred: frozenset[str]


def cedar(policies: list[Policy], call: Call) -> Answer:
    text = "\n".join(policy.cedar for policy in policies)
    result = cedarpy.is_authorized(call.theirs, text, call.entities)
    erred = [re.search(r"`policy(\d+)`", error) for error in result.diagnostics.errors]
    assert all(erred), result.diagnostics.errors
    return Answer(
        result.allowed,
        frozenset(f"r{name.removeprefix('policy')}" for name in result.diagnostics.reasons),
        frozenset(f"r{found[1]}" for found in erred if found),
    )


def load(policies: list[Policy]) -> Any:
    rules = [policy.rule(f"r{number}") for number, policy in enumerate(policies)]
    return engine(
        {
            "bundle.yaml": json.dumps({"name": "shared", "version": "1.0.0", "revision": 1}),
            "rules/shared.yaml": json.dumps(rules),
        }
    )


def ours(loaded: Any, policies: list[Policy], call: Call) -> Answer:
    decision = loaded.evaluate(call.ours)
    outcomes = outcomes_by_rule(decision)
    fired = {rule for rule, told in outcomes.items() if "fired" in told}
    forbids = {f"r{n}" for n, policy in enumerate(policies) if policy.effect == "forbid"}
    return Answer(
        decision.allowed,
        frozenset(fired & forbids or fired),
        frozenset(rule for rule, told in outcomes.items() if told & {"unknown", "error"}),
    )


def differs(policies: list[Policy], call: Call, them: Answer, us: Answer) -> str | None:
    """What is other than it should be: the same answer from the same rules, but that we deny
    where a forbid errs."""
    forbids = {f"r{n}" for n, policy in enumerate(policies) if policy.effect == "forbid"}
    wanted = them.allows and not them.erred & forbids
    if (us.allows, us.decided, us.erred) == (wanted, them.decided, them.erred):
        return None
    shown = "\n".join(f"{policy.rule('')['when']}  |  {policy.cedar}" for policy in policies)
    return f"{shown}\n{call}\nCedar: {them}\nwe: {us}"


@given(policies=SETS, calls=BATCHES)
def test_we_differ_from_cedar_exactly_where_a_forbid_errs(
    policies: list[Policy], calls: list[Call]
) -> None:
    loaded = load(policies)
    for call in calls:
        told = differs(policies, call, cedar(policies, call), ours(loaded, policies, call))
        assert told is None, told


def _errs(policies: list[Policy], them: Answer, effect: str) -> bool:
    return any(policies[int(rule[1:])].effect == effect for rule in them.erred)


# the first that is found will do
SEEK = settings(
    max_examples=3000, derandomize=True, deadline=None, database=None, phases=[Phase.generate]
)

REACHED: dict[str, Callable[[list[Policy], Answer], bool]] = {
    "a forbid errs, and Cedar allows": lambda policies, them: (
        them.allows and _errs(policies, them, "forbid")
    ),
    "a permit errs, and another lets in": lambda policies, them: (
        them.allows and _errs(policies, them, "permit")
    ),
    "a forbid errs, and another keeps out": lambda policies, them: (
        not them.allows and bool(them.decided) and _errs(policies, them, "forbid")
    ),
    "only a permit that errs": lambda policies, them: (
        not them.allows and not them.decided and _errs(policies, them, "permit")
    ),
    "two forbids keep out": lambda policies, them: not them.allows and len(them.decided) > 1,
    "a condition with has lets in": lambda policies, them: (
        them.allows and any(p.when and "has" in p.when.cel for p in policies)
    ),
}


@pytest.mark.parametrize("situation", REACHED)
def test_what_matters_is_generated(situation: str) -> None:
    """And so the law above is put to it: `find` fails where nothing of the kind is drawn."""
    found = find(
        st.tuples(SETS, CALLS),
        lambda drawn: bool(REACHED[situation](drawn[0], cedar(*drawn))),
        settings=SEEK,
    )
    policies, call = found
    assert differs(policies, call, cedar(*found), ours(load(policies), policies, call)) is None


CALL = Call("ann", "embeddings", "p", frozenset(), "red", "red", None, None, None)
LETS_IN = Policy("permit", None, (), None, None)
IS_RED = Text('request.prompt.version == "red"', 'context.version == "red"')
TRUE = Text("true", "true")


def both(*policies: Policy) -> tuple[Answer, Answer]:
    return cedar([*policies], CALL), ours(load([*policies]), [*policies], CALL)


def test_the_one_difference() -> None:
    them, us = both(LETS_IN, Policy("forbid", None, (), None, IS_RED))
    assert them == Answer(allows=True, decided=frozenset({"r0"}), erred=frozenset({"r1"}))
    assert us == Answer(allows=False, decided=frozenset({"r0"}), erred=frozenset({"r1"}))


def test_what_the_generated_rules_keep_out_of() -> None:
    """CEL's `||` lets the right side decide; `has` is unknown for what was not sent; and so is a
    rule whose scope is."""
    them, us = both(Policy("permit", None, (), None, joined("||")((IS_RED, TRUE))))
    assert (them.allows, us.allows) == (False, True)
    them, us = both(Policy("permit", None, (), None, joined("||")((TRUE, IS_RED))))
    assert them == us == Answer(allows=True, decided=frozenset({"r0"}), erred=frozenset())
    sent = Text("has(request.prompt.version)", "context has version")
    them, us = both(LETS_IN, Policy("forbid", None, (), None, sent))
    assert (them.allows, them.erred) == (True, frozenset())
    assert (us.allows, us.erred) == (False, frozenset({"r1"}))
    group = Text('"g1" in request.actor.groups', 'principal in Group::"g1"')
    them, us = both(LETS_IN, Policy("forbid", group, (), None, IS_RED))
    assert (them.allows, them.erred) == (True, frozenset())
    assert (us.allows, us.erred) == (False, frozenset({"r1"}))


@pytest.mark.parametrize(
    "fault",
    [
        lambda policy: Policy("permit", policy.who, policy.what, policy.where, policy.when),
        lambda policy: Policy(policy.effect, None, policy.what, policy.where, policy.when),
        lambda policy: Policy(policy.effect, policy.who, (), policy.where, policy.when),
        lambda policy: Policy(policy.effect, policy.who, policy.what, None, policy.when),
        lambda policy: Policy(policy.effect, policy.who, policy.what, policy.where, None),
    ],
    ids=["effect", "who", "what", "where", "when"],
)
def test_a_planted_fault_is_seen(fault: Any) -> None:
    """Of each set we are given the first policy without one of its parts."""

    def caught(drawn: tuple[list[Policy], Call]) -> bool:
        policies, call = drawn
        wrong = [fault(policies[0]), *policies[1:]]
        return cedar(policies, call) != cedar(wrong, call) and bool(
            differs(policies, call, cedar(policies, call), ours(load(wrong), policies, call))
        )

    find(
        st.tuples(SETS, CALLS),
        caught,
        settings=SEEK,
    )
