"""Secrets that came in come out nowhere: not in reasons, logs, exceptions, files, output."""

import json
import logging
import traceback
from pathlib import Path
from typing import Any

import pytest
from harness import engine

from jurat import Denied, Engine

# Made here from parts, so that no scanner of repositories takes this file for a leak.
OPENAI = "sk-" + "proj-" + "Zq7Lw3Rk9Tn2Vb8Xc4Mf6Hd1" + "T3Blbk" + "FJ" + "Yp5Sg0Ja7Ue3Io9Kq2Wr"
AWS = "AKIA" + "Q7ZL3WRK9TN2VB8X"
SSN = "512-" + "48-" + "7731"
CARD = "5312" + " 8401 " + "7755 " + "2032"
CANARIES = (OPENAI, AWS, SSN, CARD)

BUNDLE = {
    "bundle.yaml": "{name: canary, version: 1.0.0, revision: 1}",
    "rules/r.yaml": """\
- {id: let-in, title: All, kind: expression, effect: permit, severity: info, when: has(request.model)}
- {id: models, title: Models, kind: model.allowlist, effect: deny, severity: high, params: {models: [gpt-4.1]}}
- {id: networks, title: Networks, kind: network.allowlist, effect: deny, severity: high,
   params: {networks: {fact: request.actor.networks}}}
- {id: permissions, title: Permissions, kind: actor.permission, effect: deny, severity: high}
- {id: isolation, title: Isolation, kind: project.isolation, effect: deny, severity: high}
- {id: residency, title: Residency, kind: data.residency, effect: deny, severity: high}
- {id: age, title: Age, kind: credential.age, effect: deny, severity: high, params: {max_age: 60d}}
- {id: pii, title: PII, kind: pii.patterns, effect: deny, severity: high,
   params: {entities: [US_SSN, CREDIT_CARD, SECRET]}}
- {id: team, title: Team, kind: expression, effect: deny, severity: low, when: 'request.actor.team == "x" || 1 / request.estimated_tokens > 0'}
- {id: tell, title: Tell, kind: expression, effect: advise, severity: low, when: 'request.metadata["k"] != ""'}
""",
}
REDACT = {
    "bundle.yaml": "{name: redact, version: 1.0.0, revision: 1}",
    "rules/r.yaml": """\
- {id: let-in, title: All, kind: expression, effect: permit, severity: info, when: 'true'}
- {id: pii, title: PII, kind: pii.patterns, effect: redact, severity: high,
   params: {entities: [US_SSN, CREDIT_CARD, SECRET]}}
""",
}


def poisoned(canary: str) -> dict[str, Any]:
    """A request with the canary wherever a string may stand."""
    return {
        "id": canary,
        "action": canary,
        "model": canary,
        "provider": canary,
        "actor": {
            "id": canary,
            "email": canary,
            "team": canary,
            "roles": [canary],
            "groups": [canary],
            "permissions": [canary],
            "networks": [canary],
            "project": canary,
            "credential": {"id": canary, "project": canary, "status": canary},
        },
        "source": {"ip": "10.0.0.1"},
        "project": {"id": canary, "residency": canary, "environment": canary},
        "endpoint": {"id": canary, "provider": canary, "region": canary, "residency": canary},
        "messages": [
            {"role": canary, "name": canary, "content": f"my number is {canary}."},
            {"role": "user", "content": [{"type": "text", "text": canary}, {canary: canary}]},
            {"role": "assistant", "tool_calls": [{"name": canary, "arguments": f'"{canary}"'}]},
        ],
        "tools": [{"name": canary, "server": canary}],
        "tool": {"name": canary, "arguments": {canary: canary}},
        "estimated_tokens": 0,
        "tags": {canary: canary},
        "metadata": {"k": canary, canary: canary},
    }


def said_of(decision: Any) -> str:
    """Everything that a decision says, in every way it can be asked."""
    said = [
        repr(decision),
        str(decision.reasons),
        str(decision.advice),
        repr(decision.obligations),
        str(decision.explain()),
        json.dumps(decision.explain().to_dict()),
        json.dumps(decision.to_dict()),
        decision.canonical().decode(),
    ]
    try:
        decision.apply({})
    except Denied as error:
        said += [str(error), repr(error), "".join(traceback.format_exception(error))]
    except ValueError as error:
        said += [str(error), "".join(traceback.format_exception(error))]
    return "\n".join(said)


def files_in(root: Path) -> str:
    return "\n".join(
        path.read_bytes().decode("utf-8", "replace") + str(path)
        for path in sorted(root.rglob("*"))
        if path.is_file()
    )


@pytest.mark.parametrize("canary", CANARIES, ids=["openai", "aws", "ssn", "card"])
@pytest.mark.parametrize("files", [BUNDLE, REDACT], ids=["denied", "redacted"])
def test_no_secret_comes_out(
    canary: str,
    files: dict[str, str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    given = poisoned(canary)
    with engine(files, log=tmp_path / "log") as loaded:
        for one in (given, json.dumps(given).encode()):
            decision = loaded.evaluate(one, supports={"redact"})
            assert canary not in said_of(decision)
    assert canary not in files_in(tmp_path / "log")
    captured = capfd.readouterr()
    assert canary not in caplog.text + captured.out + captured.err


@pytest.mark.parametrize("canary", CANARIES, ids=["openai", "aws", "ssn", "card"])
@pytest.mark.parametrize(
    "shape",
    [
        '{{"model": 5, "actor": "{0}"}}',
        '{{"{0}": 1}}',
        '{{"model": {{"{0}": "{0}"}}}}',
        '{{"time": "{0}"}}',
        '{{"source": {{"ip": "{0}"}}}}',
        '{{"type": "{0}"}}',
        '{{"model": "{0}"',
        '"{0}"',
        '{{"metadata": {{"k": ["{0}"]}}}}',
    ],
)
def test_no_secret_comes_out_of_what_cannot_be_read(
    canary: str, shape: str, tmp_path: Path
) -> None:
    with engine(BUNDLE, log=tmp_path / "log") as loaded:
        decision = loaded.evaluate(shape.format(canary).encode())
        assert {reason.code for reason in decision.reasons} == {"invalid-input"}
        assert canary not in said_of(decision)
    assert canary not in files_in(tmp_path / "log")


def test_what_is_found_is_redacted_and_nothing_else(tmp_path: Path) -> None:
    body = {"messages": [{"role": "user", "content": f"{OPENAI} and {SSN}, café"}]}
    loaded: Engine = engine(REDACT)
    decision = loaded.evaluate(body, supports={"redact"})
    assert decision.allowed
    applied = decision.apply(body)
    text = applied["messages"][0]["content"]
    assert OPENAI not in text
    assert SSN not in text
    assert "café" in text
    again = loaded.evaluate(applied, supports={"redact"})
    assert again.allowed
    assert not again.obligations, "a rescan finds nothing more"
    assert again.apply(applied) == applied
