from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.engine import Engine
from jurat_rules.prompt_registry import PromptRegistry

# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    {},
    {"required": False, "digests": False},
    {"statuses": ["deprecated"], "environments": False},
]
WORDS = {"approval_status": {"proposed", "approved", "deprecated", "retired", "blocked"}}
DIGEST = sha256(b"Answer in one sentence.").hexdigest()
OTHER = sha256(b"Answer at length.").hexdigest()
ROW = {"status": "approved", "environments": ("production", "staging"), "sha256": DIGEST}


def tables(**columns: Any) -> dict[str, Any]:
    row = {"id": "greet", "version": "1", **ROW, **columns}
    return {"prompts": {"greet@1": row}}


def use(
    sha256: Any = DIGEST, environment: str | None = "production", **row: Any
) -> dict[str, Any]:
    """A request as the join leaves it, for a prompt whose row has these columns."""
    prompt = {"id": "greet", "version": "1", **ROW, **row, "sha256": sha256}
    return {"prompt": prompt, "project": {"environment": environment}}


def test_the_registered_prompt(bench: Any) -> None:
    rule = bench(PromptRegistry)(tables=tables())
    assert rule.codes(use()) == []
    assert rule.codes(use(environment="staging")) == []


@pytest.mark.parametrize(
    ("sent", "codes"),
    [
        (DIGEST, []),
        (DIGEST.upper(), []),
        (f"sha256:{DIGEST}", []),
        (f"SHA256:{DIGEST.upper()}", []),
        (OTHER, ["prompt-changed"]),
        (DIGEST[:-1] + "x", ["prompt-digest-invalid"]),
        (DIGEST[:-1], ["prompt-digest-invalid"]),
        (DIGEST + "\n", ["prompt-digest-invalid"]),
        (f"sha1:{DIGEST}", ["prompt-digest-invalid"]),
        ("", ["prompt-digest-invalid"]),
        (None, ["prompt-digest-absent"]),
    ],
)
def test_digest_sent(bench: Any, sent: str | None, codes: list[str]) -> None:
    for registered in (DIGEST, DIGEST.upper(), f"sha256:{DIGEST}"):
        rule = bench(PromptRegistry)(tables=tables(sha256=registered))
        assert rule.codes(use(sent)) == codes
        lenient = bench(PromptRegistry)({"digests": False}, tables=tables(sha256=registered))
        assert lenient.codes(use(sent)) == codes  # a digest that is registered always counts


def test_digest_not_registered(bench: Any) -> None:
    unregistered = tables(sha256=None)
    assert bench(PromptRegistry)(tables=unregistered).codes(use()) == [
        "prompt-digest-unregistered"
    ]
    lenient = bench(PromptRegistry)({"digests": False}, tables=unregistered)
    assert lenient.codes(use()) == []
    assert lenient.codes(use(None)) == []


@pytest.mark.parametrize(
    ("columns", "environment", "codes"),
    [
        ({"status": "proposed"}, "production", ["prompt-not-approved"]),
        ({"status": "retired"}, "production", ["prompt-not-approved"]),
        ({"status": None}, "production", ["prompt-not-approved"]),
        ({}, "development", ["prompt-environment"]),
        ({}, "Production", ["prompt-environment"]),
        ({}, None, ["prompt-environment"]),
        ({"environments": ()}, "production", ["prompt-environment"]),
        ({"environments": None}, "production", ["prompt-environment"]),
        ({"environments": None}, None, ["prompt-environment"]),
        (
            {"status": "blocked", "environments": ("staging",)},
            "production",
            ["prompt-not-approved", "prompt-environment"],
        ),
    ],
)
def test_rows(
    bench: Any, columns: dict[str, Any], environment: str | None, codes: list[str]
) -> None:
    rule = bench(PromptRegistry)(tables=tables(**columns))
    assert rule.codes(use(environment=environment, **columns)) == codes
    everything = rule.codes(use(OTHER, environment=environment, **columns))
    assert everything == [*codes, "prompt-changed"]


def test_environments_off(bench: Any) -> None:
    rule = bench(PromptRegistry)({"environments": False}, tables=tables(environments=None))
    request = use(environments=None)
    del request["project"]
    assert rule.codes(request) == []


@pytest.mark.parametrize(
    ("prompt", "codes"),
    [
        ({"id": "greet", "version": "2"}, ["prompt-not-registered"]),
        ({"id": "Greet", "version": "1"}, ["prompt-not-registered"]),
        ({"id": "greet@1", "version": "1"}, ["prompt-not-registered"]),
        ({"id": "greet", "version": None}, ["prompt-version-absent"]),
        ({"id": None, "version": None}, ["prompt-absent"]),
        ({"id": None, "version": "1"}, ["prompt-absent"]),
    ],
)
def test_which_prompt(bench: Any, prompt: dict[str, Any], codes: list[str]) -> None:
    absent = dict.fromkeys(("status", "environments", "sha256"))
    request = {"prompt": {**absent, **prompt}, "project": {"environment": "production"}}
    assert bench(PromptRegistry)(tables=tables()).codes(request) == codes


def test_an_id_and_version_are_not_one_text(bench: Any) -> None:
    rows = {"a@b@c": {"id": "a@b", "version": "c", **ROW}}
    rule = bench(PromptRegistry)(tables={"prompts": rows})
    assert rule.codes(use(id="a@b", version="c")) == []
    assert rule.codes(use(id="a", version="b@c")) == ["prompt-not-registered"]


def test_without_a_prompt(bench: Any) -> None:
    optional = bench(PromptRegistry)({"required": False}, tables=tables())
    assert optional.codes({"prompt": None}) == []
    assert bench(PromptRegistry)(tables=tables()).codes({"prompt": None}) == ["prompt-absent"]
    assert optional.codes({}) == ["unknown /prompt/id"]
    assert optional.codes(use(OTHER)) == ["prompt-changed"]  # one that is used is still judged


@pytest.mark.parametrize(
    ("field", "missing"),
    [
        ("id", "/prompt/id"),
        ("version", "/prompt/version"),
        ("sha256", "/prompt/sha256"),
        ("status", "/prompt/status"),
        ("environments", "/prompt/environments"),
    ],
)
def test_what_nobody_said_is_unknown(bench: Any, field: str, missing: str) -> None:
    request = use()
    del request["prompt"][field]
    calm = bench(PromptRegistry)(tables=tables())
    listed = {"id", "version", "sha256"}
    assert calm.codes(request) == ([f"unknown {missing}"] if field in listed else [])
    if field in ("status", "environments"):  # the row says it; the caller's word is needed else
        word = bench(PromptRegistry)({"digests": False})
        assert word.codes(request) == [f"unknown {missing}"]


def test_environment_not_sent_is_unknown(bench: Any) -> None:
    request = use()
    del request["project"]
    rule = bench(PromptRegistry)(tables=tables())
    assert rule.codes(request) == ["unknown /project/environment"]
    request["prompt"]["sha256"] = OTHER
    assert rule.codes(request) == ["prompt-changed"]  # what is known to be wrong stands


def test_nothing_of_the_prompt_is_told(bench: Any) -> None:
    for finding in (
        *bench(PromptRegistry)(tables=tables())(use(OTHER, environment="development")),
        *bench(PromptRegistry)(tables=tables())(use("secret", status="x")),
        *bench(PromptRegistry)(tables=tables())(use(version="2")),
    ):
        assert "greet" not in finding.message
        assert OTHER not in str(finding)
        assert "secret" not in str(finding)


@pytest.mark.parametrize(
    ("params", "rows", "at"),
    [
        ({"statuses": []}, tables(), ("statuses",)),
        ({"statuses": ["aproved"]}, tables(), ("statuses", 0)),
        ({}, tables(sha256="0" * 63), ()),
        ({}, tables(sha256="md5:" + "0" * 32), ()),
        ({}, None, ()),
    ],
)
def test_refused(bench: Any, params: dict[str, Any], rows: Any, at: tuple[str, ...]) -> None:
    error = bench(PromptRegistry).refuses(params, tables=rows, words=WORDS)
    assert error.at == at
    assert error.help


@given(text=st.binary(max_size=8), edited=st.binary(max_size=8))
def test_passes_exactly_where_the_text_is_the_same(bench: Any, text: bytes, edited: bytes) -> None:
    rule = bench(PromptRegistry)(tables=tables(sha256=sha256(text).hexdigest()))
    passes = rule.codes(use(sha256(edited).hexdigest())) == []
    assert passes == (text == edited)


def test_in_an_engine() -> None:
    rules = """
- {id: anyone, title: Anyone, kind: expression, effect: permit, severity: info, when: "true"}
- {id: prompts, title: Prompts, kind: prompt.registry, effect: deny, severity: high}
"""
    engine = Engine.load(
        {
            "bundle.yaml": "{name: sample, version: 1.0.0, revision: 1}",
            "rules/sample.yaml": rules,
            "data/prompts.yaml": (
                f"greet@1: {{status: approved, environments: [production], sha256: {DIGEST}}}"
            ),
            "data/projects.yaml": "{prod: {environment: production}, dev: {environment: development}}",
        }
    )

    def codes(prompt: Any, project: str = "prod") -> list[str]:
        given = {"prompt": prompt, "project": {"id": project}}
        decision = engine.evaluate(given, now="2026-05-25T12:00:00Z")
        assert decision.allowed is (not decision.reasons)
        return [reason.code for reason in decision.reasons]

    greet = {"id": "greet", "version": "1"}
    assert codes({**greet, "sha256": DIGEST}) == []
    assert codes({**greet, "sha256": OTHER}) == ["prompt-changed"]
    assert codes({**greet, "sha256": DIGEST}, "dev") == ["prompt-environment"]
    assert codes({**greet, "sha256": None}) == ["prompt-digest-absent"]
    assert codes({**greet, "version": "2", "sha256": DIGEST}) == ["prompt-not-registered"]
    assert codes(None) == ["prompt-absent"]
    # a caller can't approve its own prompt, nor leave the digest to the register
    brought = {"id": "new", "version": "1", "sha256": OTHER, "status": "approved"}
    assert codes({**brought, "environments": ["production"]}) == ["prompt-not-registered"]
    assert codes(greet) == ["missing-fact"]
