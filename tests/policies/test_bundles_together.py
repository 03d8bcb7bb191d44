"""A bundle for one subject beside the enterprise's: each must allow, so a subject only narrows."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

import jurat_policies
from jurat.bundle import read_bundle
from jurat.engine import Engine
from jurat.plugin import load_plugins

BASE = "openai-enterprise"
SUBJECTS = (
    "agents-and-tools",
    "cardholder-data",
    "eu-data-residency",
    "healthcare-phi",
    "secrets-hygiene",
)
EXAMPLES = jurat_policies.path(BASE) / "examples"
NOW = "2026-05-25T12:00:00Z"
SUPPORTS = frozenset({"redact", "header", "route", "approval", "hold_stream"})


def example(name: str, **changes: Any) -> dict[str, Any]:
    """A sample of the enterprise's bundle, with changes by path (`project__id="proj-dev"`)."""
    given: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text())
    for path, value in changes.items():
        *way, last = path.split("__")
        inner = given
        for step in way:
            inner = inner[step]
        inner[last] = value
    return given


def says(content: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": content}]


@pytest.fixture(scope="module")
def engines() -> Iterator[dict[str, Engine]]:
    """The enterprise alone, beside each subject, and beside all of them; each subject alone."""
    made = {BASE: Engine.load(BASE), "all": Engine.load([BASE, *SUBJECTS])}
    for subject in SUBJECTS:
        made[subject] = Engine.load(subject)
        made[f"+{subject}"] = Engine.load([BASE, subject])
    yield made
    for engine in made.values():
        engine.close()


@pytest.mark.parametrize("beside", [*(f"+{subject}" for subject in SUBJECTS), "all"])
def test_ordinary_calls_go_on(beside: str, engines: dict[str, Engine]) -> None:
    """What the enterprise's gateway says is enough, and the scopes of each key."""
    chatbot = engines[beside].evaluate(example("chatbot"), now=NOW, supports=SUPPORTS)
    assert chatbot.effect == "allow"
    wanted = {"header", "route"} if beside in ("+eu-data-residency", "all") else {"header"}
    assert {one.type for one in chatbot.obligations} == wanted
    scopes = ["chat.completions"]
    engineer = example("engineer", actor__credential__scopes=scopes)
    assert engines[beside].evaluate(engineer, now=NOW, supports=SUPPORTS).effect == "allow"
    answer = {"type": "response", "messages": says("Your parcel is on its way."), "tool_calls": []}
    assert engines[beside].evaluate(answer, now=NOW, supports=SUPPORTS).effect == "allow"


@pytest.mark.parametrize("beside", [*(f"+{subject}" for subject in SUBJECTS), "all"])
def test_the_snapshot_in_order_stays_in_order(beside: str, engines: dict[str, Engine]) -> None:
    snapshot = example("snapshot")
    if beside in ("+eu-data-residency", "all"):  # it asks for these two, beside
        snapshot["vendors"] = {"items": {"azure": {}, "openai": {}}}
        snapshot["endpoints"] = {"items": {"azure-weu": {}, "openai-global": {}}}
    decision = engines[beside].evaluate(snapshot, now=NOW)
    assert (decision.effect, decision.reasons) == ("allow", ())


@pytest.mark.parametrize(
    ("subject", "given", "reasons"),
    [
        pytest.param(
            "agents-and-tools",
            example(
                "chatbot",
                tools=[
                    {
                        "kind": "mcp",
                        "server": "crm",
                        "name": "get_customer",
                        "host": "x.tools.example.com",
                    }
                ],
            ),
            {"agents-and-tools/servers"},
            id="a server under another's name",
        ),
        pytest.param(
            "cardholder-data",
            example("chatbot", messages=says("My card, CVV is 907.")),
            {"cardholder-data/authentication-data"},
            id="a security code",
        ),
        pytest.param(
            "eu-data-residency",
            example(
                "chatbot",
                tools=[
                    {
                        "kind": "hosted",
                        "server": None,
                        "name": "web_search",
                        "host": None,
                    }
                ],
            ),
            {"eu-data-residency/hosted-tools", "openai-enterprise/tools"},
            id="a tool that searches elsewhere",
        ),
        pytest.param(
            "healthcare-phi",
            example("chatbot", messages=says("What is wrong with MRN 48291370?")),
            {"healthcare-phi/patients-elsewhere"},
            id="a patient's number",
        ),
        pytest.param(
            "secrets-hygiene",
            example(
                "chatbot",
                messages=[
                    {
                        "role": "assistant",
                        "tool_calls": [
                            {
                                "id": "c",
                                "name": "lookup_order",
                                "arguments": '{"k": "AKIAIOSFODNN7EXAMPLE"}',
                            }
                        ],
                    }
                ],
            ),
            {"secrets-hygiene/tool-calls", "openai-enterprise/secrets"},
            id="a secret in a call",
        ),
    ],
)
def test_a_subject_takes_away_what_is_its_own(
    subject: str, given: dict[str, Any], reasons: set[str], engines: dict[str, Engine]
) -> None:
    for beside in (f"+{subject}", "all"):
        decision = engines[beside].evaluate(deepcopy(given), now=NOW, supports=SUPPORTS)
        assert decision.effect == "deny"
        told = {reason.rule for reason in decision.reasons if reason.effect == "deny"}
        assert told >= reasons
    alone = engines[BASE].evaluate(deepcopy(given), now=NOW, supports=SUPPORTS)
    only_the_subject = not any(rule.startswith(BASE) for rule in reasons)
    assert (alone.effect == "allow") == only_the_subject


@pytest.mark.parametrize("subject", SUBJECTS)
def test_together_they_allow_what_both_allow(subject: str, engines: dict[str, Engine]) -> None:
    """On the cases of both bundles, with whatever else in their inputs."""
    registry = load_plugins()
    allowed = denied = 0
    for name in (BASE, subject):
        for case in read_bundle(jurat_policies.path(name), registry).tests:
            if case.facts or case.stops or case.state:
                continue
            given = {"type": case.type, **case.given}

            def effect(engine: str, given: Any = given, now: Any = case.now) -> str:
                return engines[engine].evaluate(given, now=now, supports=SUPPORTS).effect

            each = {effect(BASE), effect(subject)}
            expected = "allow" if each == {"allow"} else "deny"
            assert effect(f"+{subject}") == expected, case.name
            allowed += expected == "allow"
            denied += expected == "deny"
    assert allowed
    assert denied > 100


def test_obligations_are_united(engines: dict[str, Engine]) -> None:
    given = example("chatbot", messages=says("IBAN DE89 3704 0044 0532 0130 00, please."))
    decision = engines["all"].evaluate(given, now=NOW, supports=SUPPORTS)
    assert decision.effect == "allow"
    assert {one.type for one in decision.obligations} == {"redact", "route", "header"}
    sent = decision.apply(given)["messages"][0]["content"]  # labels outweigh pseudonyms
    assert sent == "IBAN [IBAN_CODE], please."
    assert len([one for one in decision.obligations if one.type == "header"]) == 1


def test_every_subject_is_tried() -> None:
    assert set(SUBJECTS) == set(jurat_policies.names()) - {BASE, "starter"}
    assert Path(EXAMPLES).is_dir()
