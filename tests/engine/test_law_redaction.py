"""Redaction through the engine is complete and idempotent, and its record replays."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from harness import engine, registry
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import inputs, supports, worlds
from worlds import NOW, World

from jurat.engine import Replayer
from jurat.log import LogReader
from jurat.scan import Scanner

ENTITIES = ("US_SSN", "CREDIT_CARD", "IBAN_CODE", "EMAIL_ADDRESS")
OPERATORS = ("label", "remove", "mask", "hash")


def _card(digits: list[int]) -> str:
    """Sixteen digits that start with 4 and satisfy Luhn."""
    digits = [4, *digits]
    total = sum(d if n % 2 else (2 * d - 9 if d > 4 else 2 * d) for n, d in enumerate(digits))
    return "".join(map(str, [*digits, -total % 10]))


def _iban(account: str) -> str:
    check = 98 - int(account + "131400") % 97  # D and E as numbers, then 00
    return f"DE{check:02}{account}"


_values = st.one_of(
    st.builds(
        lambda area, group, serial: f"{area:03}-{group:02}-{serial:04}",
        st.integers(100, 665),
        st.integers(1, 99),
        st.integers(1, 9999),
    ),
    st.lists(st.integers(0, 9), min_size=14, max_size=14).map(_card),
    st.from_regex(r"[1-9][0-9]{17}", fullmatch=True, alphabet="0123456789").map(_iban),
    st.from_regex(r"[a-z]{3,8}@[a-z]{3,8}\.org", fullmatch=True, alphabet="abcdefgh@.org"),
)
_prose = st.sampled_from(
    (" and ", ", then ", "\n", " \u00e9t\u00e9 ", " \U0001f600 ", " ssn: ", " card ", "; ", " 7 ")
)
texts = st.lists(st.one_of(_values, _prose, _prose), min_size=1, max_size=8).map(" ".join)


def bundle(operator: str) -> dict[str, str]:
    return {
        "bundle.yaml": "{name: redact, version: 1.0.0, revision: 1}",
        "rules/r.yaml": (
            "- {id: let-in, title: All, kind: expression, effect: permit, severity: info, "
            "when: 'true'}\n"
            "- {id: pii, title: PII, kind: pii.patterns, effect: redact, severity: high, "
            f"params: {{entities: [{', '.join(ENTITIES)}], operator: {operator}}}}}\n"
        ),
    }


@pytest.mark.parametrize("operator", OPERATORS)
def test_redaction_is_complete_and_idempotent(operator: str) -> None:
    loaded = engine(bundle(operator))
    scanner = Scanner(registry().detectors)

    @settings(max_examples=40)
    @given(texts, texts)
    def holds(text: str, argument: str) -> None:
        call = {"name": "t", "arguments": json.dumps({"a": argument})}
        body: dict[str, Any] = {
            "messages": [
                {"role": "user", "content": text},
                {"role": "assistant", "tool_calls": [call]},
            ]
        }
        decision = loaded.evaluate(body, supports={"redact"}, now=NOW)
        assert decision.allowed
        applied = decision.apply(body)
        if not decision.obligations:
            assert applied == body
        told = applied["messages"][0]["content"]
        arguments = json.loads(applied["messages"][1]["tool_calls"][0]["arguments"])
        for part in (told, *arguments.values()):
            assert not [hit for hit in scanner.scan(part) if hit.entity in ENTITIES]
        again = loaded.evaluate(applied, supports={"redact"}, now=NOW)
        assert not again.obligations
        assert again.apply(applied) == applied

    holds()


@settings(max_examples=25)
@given(worlds(most=4, name="org"), st.none() | worlds(most=3, name="team"), inputs(), supports())
def test_a_record_replays_to_its_decision(
    org: World, team: World | None, given: dict[str, Any], supports: frozenset[str]
) -> None:
    with TemporaryDirectory() as root:
        bundles = [org] if team is None else [org, team]
        with engine(*bundles, log=Path(root) / "log", durability="buffered") as loaded:
            decision = loaded.evaluate(given, supports=supports, now=NOW)
            assert decision.receipt is not None
            decision.receipt.wait()
        reader = LogReader(Path(root) / "log")
        (replayed,) = Replayer(reader, registry=registry()).replay(reader.records())
        assert replayed.verdict == "agrees", replayed.why
        assert replayed.was == (decision.effect, decision.value)
