"""Redaction asked for by a kind that reads no detector: a third party's, that knows the place."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from harness import engine, registry

from jurat.model import Request
from jurat.plugin import Facts, Finding, Redact, RuleKind, RuleParams


class FirstWord(RuleKind):
    """Redacts the first five characters of a place. What it does, why, and so on."""

    name = "acme.first_word"
    judges = Request
    effects = {"redact"}

    class Params(RuleParams):
        at: str
        """Where."""
        operator: str
        """How."""

    def compile(self, rule: Any, context: Any) -> Any:
        params = rule.params

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            wanted = Redact(params.at, ((0, 5, "WORD"),), params.operator)
            return (Finding("first-word", "it is redacted", at=params.at, obligation=wanted),)

        return check


def files(at: str, operator: str) -> dict[str, str]:
    return {
        "bundle.yaml": "{name: b, version: 1.0.0, revision: 1}",
        "rules/r.yaml": f"""
- {{id: all, title: All, kind: expression, effect: permit, severity: info, when: has(request.model)}}
- {{id: word, title: Word, kind: acme.first_word, effect: redact, severity: low,
   params: {{at: {at}, operator: {operator}}}}}
""",
    }


GIVEN = {"model": "m", "messages": [{"role": "user", "content": "hello there"}]}
KINDS = replace(registry(), kinds={**registry().kinds, FirstWord.name: FirstWord()})


@pytest.mark.parametrize("operator", ["label", "mask", "hash", "encrypt", "pseudonym", "remove"])
def test_every_operator_is_performed(operator: str) -> None:
    with engine(files("/messages/0/content", operator), registry=KINDS) as loaded:
        decision = loaded.evaluate(GIVEN, supports="redact")
    assert decision.allowed
    content = decision.apply(GIVEN)["messages"][0]["content"]
    assert content.endswith(" there")
    assert "hello" not in content


@pytest.mark.parametrize("at", ["/messages/1/content", "/model"])
def test_a_place_without_text_denies(at: str) -> None:
    with engine(files(at, "hash"), registry=KINDS) as loaded:
        decision = loaded.evaluate(GIVEN, supports="redact")
    assert (decision.effect, decision.value) == ("deny", "Permit")
    assert [reason.code for reason in decision.reasons if reason.effect == "deny"] == [
        "obligation-conflict"
    ]


def test_a_span_beyond_the_text_denies() -> None:
    given = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    with engine(files("/messages/0/content", "mask"), registry=KINDS) as loaded:
        assert not loaded.evaluate(given, supports="redact").allowed
