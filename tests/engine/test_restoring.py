"""What a decision replaced by pseudonyms comes back in the answer, in whatever shape it comes."""

import asyncio
import json
from typing import Any

import pytest
from harness import engine

from jurat import Decision, from_body
from jurat.scan import Vault

NOW = "2026-05-25T12:00:00Z"
SSN, IBAN = "123-45-6789", "DE89370400440532013000"
BUNDLE = {
    "bundle.yaml": "{name: back, version: 1.0.0, revision: 1}",
    "rules/r.yaml": """
- {id: let-in, title: T, kind: expression, effect: permit, severity: info, when: 'true'}
- {id: pii, title: T, kind: pii.patterns, effect: redact, severity: high,
   params: {entities: [US_SSN, IBAN_CODE], operator: pseudonym, unscanned: advise}}
""",
}
BODY: dict[str, Any] = {
    "model": "gpt-4.1",
    "messages": [
        {"role": "user", "content": f"My ssn is {SSN}, my IBAN {IBAN}."},
        {
            "role": "assistant",
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "pay", "arguments": json.dumps({"to": IBAN, "n": 1})},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": SSN}]},
    ],
    "tools": [
        {"type": "function", "function": {"name": "pay", "description": f"like {SSN}"}},
    ],
    "metadata": {"about": SSN},
}


@pytest.fixture(scope="module")
def decision() -> Decision:
    given = from_body("openai.chat", BODY)
    made = engine(BUNDLE).evaluate(given, supports={"redact"}, now=NOW)
    assert made.allowed, made.to_dict()
    return made


def tokens(decision: Decision) -> tuple[str, str]:
    return decision.vault.token("US_SSN", SSN), decision.vault.token("IBAN_CODE", IBAN)


def test_the_whole_request_is_redacted_and_comes_back(decision: Decision) -> None:
    for body in (BODY, json.dumps(BODY), json.dumps(BODY).encode()):
        sent: Any = decision.apply(body)
        text = sent.decode() if isinstance(sent, bytes) else json.dumps(sent)
        assert SSN not in text
        assert IBAN not in text
        assert decision.restore(sent) == body
    arguments = decision.apply(BODY)["messages"][1]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(arguments) == {"to": tokens(decision)[1], "n": 1}


def test_answers_come_back_in_their_shape(decision: Decision) -> None:
    ssn, iban = tokens(decision)
    answer = {
        "choices": [
            {
                "index": 0,
                "message": {
                    "content": f"It is {ssn.lower()}, or **{ssn[1:-1]}**.",
                    "tool_calls": [{"function": {"arguments": json.dumps({iban: [ssn]})}}],
                },
            }
        ],
        "usage": {"total_tokens": 12},
    }
    restored = decision.restore(answer)
    message = restored["choices"][0]["message"]
    assert message["content"] == f"It is {SSN}, or **{SSN}**."
    assert json.loads(message["tool_calls"][0]["function"]["arguments"]) == {IBAN: [SSN]}
    assert restored["usage"] is answer["usage"]
    assert ssn.lower() in str(answer), "what was given is not changed"
    assert json.loads(decision.restore(json.dumps(answer, indent=1))) == restored
    assert decision.restore(f"Dear {ssn}") == f"Dear {SSN}"
    assert (
        decision.restore(f"\u00e9 {ssn} ".encode() + b"\xff")
        == f"\u00e9 {SSN} ".encode() + b"\xff"
    )
    assert decision.restore([iban, 1, None]) == [IBAN, 1, None]
    unchanged = {"a": ["b"]}
    assert decision.restore(unchanged) is unchanged


def test_a_stream_comes_back(decision: Decision) -> None:
    ssn, iban = tokens(decision)
    restorer = decision.restorer()
    out = [restorer.feed(piece) for piece in (f"It is {ssn[:9]}", ssn[9:-2], ssn[-2:], ". ")]
    assert "".join(out) + str(restorer.flush()) == f"It is {SSN}. "
    arguments = decision.restorer(holds_json=True)
    pieces = [arguments.feed(letter) for letter in json.dumps({"to": iban})]
    assert json.loads("".join(pieces) + str(arguments.flush())) == {"to": IBAN}


def test_values_that_need_escapes_stay_within_their_strings() -> None:
    given = {"messages": [{"role": "user", "content": f"ssn {SSN}"}]}
    made = engine(BUNDLE).evaluate(given, supports={"redact"}, now=NOW)
    token = made.vault.token("US_SSN", 'a "b" \\c')
    nested = {
        "arguments": json.dumps({"x": token}),
        "content": f'["{token}"]',
        "text": f"[{token}",
    }
    restored = made.restore(nested)
    assert json.loads(restored["arguments"]) == {"x": 'a "b" \\c'}
    assert json.loads(restored["content"]) == ['a "b" \\c']
    assert restored["text"] == '[a "b" \\c'
    assert json.loads(made.restore(json.dumps(nested))) == restored


def test_without_pseudonyms_there_is_nothing_to_restore() -> None:
    made = engine(BUNDLE).evaluate({"messages": []}, supports={"redact"}, now=NOW)
    assert made.vault is None
    answer = {"content": "<US_SSN_abcdefghijklmnopaaaa>"}
    assert made.restore(answer) is answer
    assert made.restorer().feed("<US_SSN_") == "<US_SSN_"


def test_another_decision_restores_nothing(decision: Decision) -> None:
    given = from_body("openai.chat", BODY)
    other = engine(BUNDLE).evaluate(given, supports={"redact"}, now=NOW)
    for token in tokens(decision):
        assert other.restore(token) == token
        assert token not in repr(other.vault) + repr(other) + str(other.to_dict())


def test_a_conversation_may_share_a_vault_and_nobody_else_does() -> None:
    loaded = engine(BUNDLE)
    given = from_body("openai.chat", BODY)
    vault = Vault()
    first = loaded.evaluate(given, supports={"redact"}, now=NOW, vault=vault)
    second = asyncio.run(loaded.aevaluate(given, supports={"redact"}, now=NOW, vault=vault))
    assert first.vault is second.vault is vault
    assert first.apply(BODY) == second.apply(BODY)
    assert second.restore(first.apply(BODY)) == BODY
    plain = loaded.evaluate({"messages": []}, supports={"redact"}, now=NOW, vault=vault)
    assert plain.restore(tokens(first)[0]) == SSN
    alone = loaded.evaluate(given, supports={"redact"}, now=NOW)
    assert alone.vault is not vault
    assert alone.apply(BODY) != first.apply(BODY)
