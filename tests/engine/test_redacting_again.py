"""What was redacted as the obligations say holds nothing more that the rule would redact."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from harness import engine, registry

from jurat.engine import Engine, Replayer
from jurat.log import LogReader
from jurat.scan import OPERATORS, Scanner

NOW = "2026-05-25T12:00:00Z"
BETWEEN = (" ", ", ", "\n", " and ", ". The other: ", "; ", " - ")
# the word stands too far from the number, until the key between them has gone
FAR = f"ssn AKIA{'Q3J7WZ5K2MXB6RTN'} {'x' * 62} 212345678"


def bundle(*rules: str, name: str = "redact") -> dict[str, str]:
    return {
        "bundle.yaml": f"{{name: {name}, version: 1.0.0, revision: 1}}",
        "rules/r.yaml": "".join(
            f"- {{{rule}}}\n"
            for rule in (
                "id: in, title: All, kind: expression, effect: permit, severity: info, when: 'true'",
                *rules,
            )
        ),
    }


def redacts(params: str, effect: str = "redact", id: str = "pii") -> str:
    return (
        f"id: {id}, title: PII, kind: pii.patterns, effect: {effect}, severity: high, "
        f"params: {{{params}}}"
    )


def body(text: str, escaped: bool = False) -> dict[str, Any]:
    call = {"name": "t", "arguments": json.dumps({"a": text, "n": 4}, ensure_ascii=escaped)}
    return {
        "messages": [
            {"role": "user", "content": text},
            {"role": "assistant", "tool_calls": [call]},
        ]
    }


def texts_of(sent: dict[str, Any]) -> tuple[str, str]:
    first, second = sent["messages"]
    return first["content"], second["tool_calls"][0]["arguments"]


def mixtures(count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    texts = [text for detector in registry().detectors for text in detector.examples]
    return [
        "".join(
            part for text in chance.sample(texts, 4) for part in (text, chance.choice(BETWEEN))
        )
        for _ in range(count)
    ]


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner(registry().detectors)


@pytest.mark.parametrize("operator", OPERATORS)
def test_nothing_is_found_in_what_is_sent(operator: str, scanner: Scanner) -> None:
    loaded = engine(bundle(redacts(f"operator: {operator}")))
    # of 15,600 mixtures these two leave something after one look
    seldom = [
        (
            "curl -s -u app:slhT6hTW7RTEcfCnszX3WruU https://api.inner.net; ENV SERVICE_TOKEN"
            " slhT6hTW7RTEcfCnszX3WruUzw3rn6Ke Website: www.stadtwerke-nord.de."
        ),
        "führerschein: B072RRE2I55, telefon 06-5/861 5789 - 8 (495) 174-45-29.",
    ]
    for number, text in enumerate([*seldom, FAR, *mixtures(40, OPERATORS.index(operator))]):
        sent = body(text, escaped=bool(number % 2))
        decision = loaded.evaluate(sent, supports={"redact"}, now=NOW)
        assert decision.allowed
        applied = decision.apply(sent)
        json.loads(texts_of(applied)[1])
        for left in texts_of(applied):
            assert scanner.scan(left) == []
        again = loaded.evaluate(applied, supports={"redact"}, now=NOW)
        assert again.obligations == ()


def spans(decision: Any) -> list[tuple[int, int, str]]:
    return [span for one in decision.obligations for span in one.spans]


def ask(loaded: Engine, text: str = FAR) -> Any:
    sent = {"messages": [{"role": "user", "content": text}]}
    return loaded.evaluate(sent, supports={"redact"}, now=NOW)


def test_spans_are_those_of_the_text_that_was_sent() -> None:
    decision = ask(engine(bundle(redacts("operator: label"))))
    assert spans(decision) == [(4, 24, "SECRET"), (88, 97, "US_SSN")]
    assert [reason.evidence for reason in decision.reasons] == [{"SECRET": 1, "US_SSN": 1}]
    # what is masked keeps its length: the word is as far as it was
    assert spans(ask(engine(bundle(redacts("operator: mask"))))) == [(4, 24, "SECRET")]
    # a rule redacts what it asks for, and no more
    assert spans(ask(engine(bundle(redacts("entities: [SECRET]"))))) == [(4, 24, "SECRET")]
    assert spans(ask(engine(bundle(redacts("entities: [US_SSN]"))))) == []


def test_what_is_found_when_others_go_is_judged_by_every_rule() -> None:
    secrets = redacts("entities: [SECRET]", id="secrets")
    loaded = engine(bundle(secrets, redacts("entities: [US_SSN]", "deny", "ssn")))
    assert not ask(loaded).allowed
    assert ask(loaded, FAR.replace("ssn", "key")).allowed
    org = bundle(secrets, name="org")
    team = bundle(redacts("entities: [US_SSN]", id="ssn"), name="team")
    both = ask(engine(org, team))
    assert spans(both) == [(4, 24, "SECRET"), (88, 97, "US_SSN")]


def test_where_there_is_no_end_to_it_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    import jurat.engine._again as module

    monkeypatch.setattr(module, "LOOKS", 1)
    decision = ask(engine(bundle(redacts("operator: label"))))
    assert not decision.allowed
    assert "obligation-conflict" in {reason.code for reason in decision.reasons}
    assert decision.value == "Permit"


def test_its_record_replays(tmp_path: Path) -> None:
    files = bundle(redacts("operator: pseudonym"))
    with engine(files, log=tmp_path / "log") as loaded:
        assert len(spans(ask(loaded))) == 1  # a token is longer than the key was
        assert len(spans(ask(loaded, FAR.replace("xx", "", 7)))) == 2
    files = bundle(redacts("operator: remove"))
    with engine(files, log=tmp_path / "other") as loaded:
        assert len(spans(ask(loaded))) == 2
    for name in ("log", "other"):
        reader = LogReader(tmp_path / name)
        for replayed in Replayer(reader, registry=registry()).replay(reader.records()):
            assert replayed.verdict == "agrees", replayed.why


def test_a_bundle_s_own_test_sees_the_same() -> None:
    case = {
        "name": "far",
        "now": NOW,
        "given": {"messages": [{"role": "user", "content": FAR}]},
        "supports": ["redact"],
        "expect": {
            "obligations": [
                {
                    "type": "redact",
                    "spans": [[4, 24, "[SECRET]"], [88, 97, "[US_SSN]"]],
                }
            ]
        },
    }
    files = bundle(redacts("operator: label"))
    assert ask(engine({**files, "tests/far.yaml": json.dumps([case])})).allowed
