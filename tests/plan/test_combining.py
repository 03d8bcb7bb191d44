"""The combining table, whole: every list of up to four rules, every input, two bundles."""

from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement, product
from typing import Any

import pytest
from harness import engine
from hypothesis import settings
from reference import Decided, Policy, Rule, Truth, decide, table

from jurat import Decision
from jurat.plan import Plan

ANSWERS = ("true", "false", "error", "unknown")
PAIRS = tuple(product(("permit", "deny"), ANSWERS))
DENIES = tuple(("deny", answer) for answer in ANSWERS)
Rules = Sequence[tuple[str, str]]

# deny fired, deny undecided, permit fired, permit undecided -> effect, value
TABLE = {
    (True, True, True, True): ("deny", "Deny"),
    (True, True, True, False): ("deny", "Deny"),
    (True, True, False, True): ("deny", "Deny"),
    (True, True, False, False): ("deny", "Deny"),
    (True, False, True, True): ("deny", "Deny"),
    (True, False, True, False): ("deny", "Deny"),
    (True, False, False, True): ("deny", "Deny"),
    (True, False, False, False): ("deny", "Deny"),
    (False, True, True, True): ("deny", "Indeterminate{DP}"),
    (False, True, True, False): ("deny", "Indeterminate{DP}"),
    (False, True, False, True): ("deny", "Indeterminate{DP}"),
    (False, True, False, False): ("deny", "Indeterminate{D}"),
    (False, False, True, True): ("allow", "Permit"),
    (False, False, True, False): ("allow", "Permit"),
    (False, False, False, True): ("deny", "Indeterminate{P}"),
    (False, False, False, False): ("deny", "NotApplicable"),
}

REQUEST = {"estimated_tokens": 0}
REQUEST_WHEN = {
    "true": "request.estimated_tokens < 1",
    "false": "request.estimated_tokens > 0",
    "error": "1 / request.estimated_tokens > 0",
    "unknown": "request.params.max_tokens > 0",
}
RESPONSE = {"type": "response", "usage": {"input_tokens": 0}}
RESPONSE_WHEN = {
    "true": "response.usage.input_tokens < 1",
    "false": "response.usage.input_tokens > 0",
    "error": "1 / response.usage.input_tokens > 0",
    "unknown": "response.latency_us > 0",
}
SNAPSHOT = {
    "type": "org_state",
    "limits": {
        "source": "made",
        "observed_at": "2026-05-25T11:59:00Z",
        "items": {"l1": {"rpm": 0}},
    },
}
SNAPSHOT_WHEN = {
    "true": "limit.rpm < 1",
    "false": "limit.rpm > 0",
    "error": "1 / limit.rpm > 0",
    "unknown": "limit.tpm > 0",
}
NOW = "2026-05-25T12:00:00Z"


def bundle(rules: Rules, when: dict[str, str], extra: str = "", name: str = "t") -> dict[str, str]:
    files = {"bundle.yaml": f"{{name: {name}, version: 1.0.0, revision: 1}}"}
    if rules:
        files["rules/t.yaml"] = "\n".join(
            f"- {{id: r{number}, title: R, kind: expression, effect: {effect}, severity: low, "
            f"{extra}when: '{when[answer]}'}}"
            for number, (effect, answer) in enumerate(rules)
        )
    return files


def row(rules: Rules) -> tuple[str, str]:
    """What the table says of these rules."""
    said = set(rules)
    return TABLE[
        ("deny", "true") in said,
        bool(said & {("deny", "error"), ("deny", "unknown")}),
        ("permit", "true") in said,
        bool(said & {("permit", "error"), ("permit", "unknown")}),
    ]


def abstract(rules: Rules, name: str = "") -> Policy:
    """The same rules for the reference."""
    return Policy(
        tuple(
            Rule(f"r{number}", effect, rest=Truth(answer))  # type: ignore[arg-type]  # a literal
            for number, (effect, answer) in enumerate(rules)
        ),
        has_permit=any(effect == "permit" for effect, _ in rules),
        name=name,
    )


def lists(of: Rules, longest: int) -> Iterator[Rules]:
    """Every list up to `longest`; for quick work, those that differ beyond order."""
    whole = settings.get_current_profile_name() != "quick"
    for length in range(longest + 1):
        yield from (
            product(of, repeat=length) if whole else combinations_with_replacement(of, length)
        )


def told(decision: Decision) -> tuple[str, str | None]:
    return decision.effect, decision.value


def agrees(decision: Decision, expected: Decided) -> bool:
    return (decision.effect, decision.value, decision.would_allow) == (
        expected.effect,
        expected.value,
        expected.would_allow,
    )


def test_the_reference_holds_the_same_table() -> None:
    for (deny, deny_open, permit, permit_open), expected in TABLE.items():
        assert expected == table(
            deny=deny, deny_open=deny_open, permit=permit, permit_open=permit_open
        )


def test_requests() -> None:
    for rules in lists(PAIRS, 4):
        decision = engine(bundle(rules, REQUEST_WHEN)).evaluate(REQUEST, now=NOW)
        assert told(decision) == row(rules), rules
        assert agrees(decision, decide((abstract(rules),))), rules
        if decision.value == "NotApplicable":
            assert [reason.code for reason in decision.reasons] == ["no-rule"]


def test_every_fired_deny_is_a_reason() -> None:
    rules = [("permit", "true"), ("deny", "true"), ("deny", "unknown"), ("deny", "true")]
    decision = engine(bundle(rules, REQUEST_WHEN)).evaluate(REQUEST, now=NOW)
    assert {reason.rule for reason in decision.reasons if reason.outcome == "fired"} == {
        "r1",
        "r3",
    }


@pytest.mark.parametrize(
    ("given", "when", "extra"),
    [
        (RESPONSE, RESPONSE_WHEN, "on: [response], "),
        (SNAPSHOT, SNAPSHOT_WHEN, "on: [org_state], over: limit, "),
    ],
    ids=["response", "org_state"],
)
def test_answers_and_snapshots(given: Any, when: dict[str, str], extra: str) -> None:
    for rules in lists(DENIES, 4):
        decision = engine(bundle(rules, when, extra)).evaluate(given, now=NOW)
        if rules:  # the same table, a permit taken as fired
            assert told(decision) == row([*rules, ("permit", "true")]), rules
        elif given is RESPONSE:
            assert told(decision) == ("allow", "NotApplicable")
        else:
            assert told(decision) == ("deny", "NotApplicable")
            assert [reason.code for reason in decision.reasons] == ["no-rule"]
        kind = given["type"]
        assert agrees(decision, decide((abstract(rules),), input=kind)), rules


def test_two_bundles() -> None:
    choices = [rules for n in range(3) for rules in combinations_with_replacement(PAIRS, n)]
    org, team = (
        [compiled(bundle(rules, REQUEST_WHEN, name=name)) for rules in choices]
        for name in ("org", "team")
    )
    for (ours, first), (theirs, second) in product(zip(choices, org), zip(choices, team)):  # noqa: B905  # each made from choices
        decision = engine(first.bundle, second.bundle).evaluate(REQUEST, now=NOW)
        policies = (abstract(ours, "org/"), abstract(theirs, "team/"))
        assert agrees(decision, decide(policies)), (ours, theirs)
        # allow only if all allow; a bundle with no permit abstains where the other has one
        permits = [any(effect == "permit" for effect, _ in one) for one in (ours, theirs)]
        silent = [
            not has and any(permits) and row(one)[1] == "NotApplicable"
            for has, one in zip(permits, (ours, theirs), strict=True)
        ]
        heard = [row(one) for one, quiet in zip((ours, theirs), silent, strict=True) if not quiet]
        assert decision.allowed == all(effect == "allow" for effect, _ in heard), (ours, theirs)
        assert decision.allowed or decision.reasons, (ours, theirs)


def compiled(files: dict[str, str]) -> Plan:
    return engine(files).plans[0]


def test_nothing_armed_denies() -> None:
    from harness import MOMENT, registry

    from jurat import Engine

    bare = Engine(
        registry=registry(),
        clock=lambda: MOMENT,
        entropy=bytes,
        max_input=1000,
        redaction_key=bytes(32),
    )
    decision = bare.evaluate(REQUEST)
    assert told(decision) == ("deny", None)
    assert [reason.code for reason in decision.reasons] == ["not-armed"]
