"""`jurat eval` from end to end."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from jurat.cli._eval import SUPPORTS
from jurat.plan._obligations import HINTS

NOW = "2026-05-25T12:00:00Z"
CASES = Path(__file__).parents[1] / "cases"

Run = Callable[..., Result]


def body(name: str) -> str:
    """A body that a real SDK sent."""
    captured = json.loads((CASES / "sdk" / f"{name}.json").read_text())["request"]["body"]
    return captured if isinstance(captured, str) else json.dumps(captured)


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def codes(decision: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in decision.get("reasons", ())]


# -- one request


def test_the_worked_request_is_allowed_with_its_redaction(
    run: Run, bundle: str, request_file: str
) -> None:
    result = run("eval", bundle, request_file, "--now", NOW, "--supports", "redact")
    assert result.exit_code == 0
    first, *rest = result.stdout.splitlines()
    assert first == "allow (Permit)"
    told = "\n".join(rest)
    assert "high      pii: pii-found at /messages/0/content" in told
    assert "o1 redact /messages/0/content: 32-43 as '[US_SSN]', 49-68 as '[CREDIT_CARD]'" in told
    assert "123-45-6789" not in result.output
    assert result.stderr == ""


def test_json_is_one_decision_per_line(run: Run, bundle: str, request_file: str) -> None:
    result = run(
        "eval", bundle, request_file, "--now", NOW, "--supports", "redact", "--format", "json"
    )
    (decision,) = lines(result)
    assert (decision["effect"], decision["value"], decision["now"]) == ("allow", "Permit", NOW)
    assert decision["obligations"][0]["spans"] == [[32, 43, "[US_SSN]"], [49, 68, "[CREDIT_CARD]"]]
    assert "explain" not in decision


def test_without_supports_it_is_a_deny(run: Run, bundle: str, request_file: str) -> None:
    result = run("eval", bundle, request_file, "--now", NOW, "--format", "json")
    assert result.exit_code == 0
    (decision,) = lines(result)
    assert decision["effect"] == "deny"
    assert "obligation-unsupported" in codes(decision)


@pytest.mark.parametrize(("supports", "code"), [((), 10), (("--supports", "redact"), 0)])
def test_exit_code_tells_a_deny(
    run: Run, bundle: str, request_file: str, supports: tuple[str, ...], code: int
) -> None:
    result = run("eval", bundle, request_file, "--now", NOW, "--exit-code", *supports)
    assert result.exit_code == code


@pytest.mark.parametrize("how", [("redact,route",), ("redact", "route"), (" redact , route,",)])
def test_supports_is_repeated_or_has_commas(
    run: Run, bundle: str, request_file: str, how: tuple[str, ...]
) -> None:
    options = [word for one in how for word in ("--supports", one)]
    result = run("eval", bundle, request_file, "--now", NOW, "--exit-code", *options)
    assert result.exit_code == 0


def test_every_obligation_can_be_supported() -> None:
    assert set(SUPPORTS) == set(HINTS)


def test_explain_tells_every_rule(run: Run, bundle: str, request_file: str) -> None:
    args = ("eval", bundle, request_file, "--now", NOW, "--supports", "redact", "--explain")
    text = run(*args).stdout
    for rule in ("callers", "models", "networks", "key-age", "eu-residency", "pii"):
        assert f" {rule} (" in text
    (decision,) = lines(run(*args, "--format", "json"))
    assert {rule["id"] for rule in decision["explain"]["rules"]} >= {"callers", "pii"}


def test_a_snapshot_is_judged(run: Run, bundle: str, snapshot_file: str) -> None:
    result = run("eval", bundle, snapshot_file, "--now", NOW, "--exit-code")
    assert result.exit_code == 10
    assert "at /credentials/items/key-dev-001\n" in result.stdout
    assert "key-age: 3 evaluated, 1 passed, 1 fired, 1 unknown" in result.stdout


def test_several_bundles_must_all_allow(run: Run, bundle: str, request_file: str) -> None:
    result = run(
        "eval", bundle, "starter", request_file, "--now", NOW, "--supports", "redact",
        "--format", "json",
    )  # fmt: skip
    (decision,) = lines(result)
    assert decision["permits"] == ["acme-ai/callers", "starter/callers"]
    assert set(decision["bundle"]) == {"acme-ai", "starter"}


# -- documents


def test_jsonl_from_stdin_has_a_heading_each(run: Run, bundle: str, request_file: str) -> None:
    one = json.dumps(json.loads(Path(request_file).read_text()))
    result = run(
        "eval", bundle, "-", "--now", NOW, "--supports", "redact", stdin=f"{one}\n\n{{}}\n"
    )
    assert result.stdout.startswith("== stdin:1\nallow (Permit)\n")
    assert "\n== stdin:3\ndeny (Indeterminate{DP})\n" in result.stdout


def test_no_file_is_stdin(run: Run, bundle: str, request_file: str) -> None:
    whole = Path(request_file).read_bytes()
    result = run("eval", bundle, "--now", NOW, "--supports", "redact", stdin=whole)
    assert result.stdout.startswith("allow (Permit)\n")


LINES = {
    "one object over lines": ('{"model":\n "gpt-4.1"}', 1),
    "two lines": ('{"model": "a"}\n{"model": "b"}\n', 2),
    "empty lines between": ('\n\n{"model": "a"}\n \n{"model": "b"}', 2),
    "no line feed at the end": ('{"model": "a"}\n{"model": "b"}', 2),
    "carriage returns": ('{"model": "a"}\r\n{"model": "b"}\r\n', 2),
    "a byte order mark": ('\ufeff{"model": "a"}', 1),
    "a broken first line": ('{"model": "a\n{"model": "b"}\n{"model": "c"}\n', 3),
    "a broken second line": ('{"model": "a"}\n{"model"\n{"model": "c"}\n', 3),
    "a broken object over lines": ('{\n "messages": [\n  {"role": "user"}\n', 1),
    "a list": ('[{"model": "a"},\n{"model": "b"}]', 1),
}


@pytest.mark.parametrize(("text", "count"), LINES.values(), ids=LINES)
def test_documents(run: Run, bundle: str, text: str, count: int) -> None:
    result = run("eval", bundle, "--format", "json", stdin=text)
    assert result.exit_code == 0
    assert len(lines(result)) == count


UNREADABLE = {
    "truncated": b'{"model": "gpt',
    "a list": b"[1]",
    "a number": b"7",
    "unknown key": b'{"modell": "x"}',
    "wrong type": b'{"model": 5}',
    "NaN": b'{"params": {"temperature": NaN}}',
    "not UTF-8": b'{"model": "\xff"}',
    "a key twice": b'{"model": "a", "model": "b"}',
    "deep": b'{"messages": [{"content": ' + b"[" * 5000 + b"]" * 5000 + b"}]}",
    "naive time": b'{"time": "2026-05-25T12:00:00"}',
    "lone surrogate": b'{"model": "\\ud800"}',
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("more", [(), ("--with", "actor.id=x")], ids=["plain", "with"])
def test_an_unreadable_input_is_a_deny(
    run: Run, bundle: str, data: bytes, more: tuple[str, ...]
) -> None:
    result = run("eval", bundle, "--exit-code", "--format", "json", *more, stdin=data)
    assert result.exit_code == 10, result.output
    (decision,) = lines(result)
    assert codes(decision) == ["invalid-input"]


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf\n"])
def test_nothing_to_evaluate_is_no_success(run: Run, bundle: str, data: bytes) -> None:
    result = run("eval", bundle, stdin=data)
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == "Error: nothing to evaluate: stdin is empty\n"


# -- providers' bodies and facts beside them

CALLER = (
    "--with", "actor.id=svc-chatbot-prod", "--with", "project.id=proj-prod",
    "--with", "source.ip=10.0.1.50", "--with", "endpoint.id=azure-weu",
    "--with", "action=chat.completions",
    "--with", 'actor.credential={"created_at":"2026-05-01T00:00:00Z"}',
)  # fmt: skip


@pytest.mark.parametrize("name", ["openai-chat-plain", "anthropic-messages-plain"])
def test_a_provider_body_is_judged_with_the_callers_word(run: Run, bundle: str, name: str) -> None:
    form = "openai.chat" if name.startswith("openai") else "anthropic.messages"
    args = ("eval", bundle, "--as", form, "--now", NOW, "--supports", "redact", "--format", "json")
    (bare,) = lines(run(*args, stdin=body(name)))
    assert bare["value"] in ("Indeterminate{DP}", "Deny")
    assert "/actor/id" in {reason.get("at") for reason in bare["reasons"]}
    (told,) = lines(run(*args, *CALLER, stdin=body(name)))
    assert "missing-fact" not in codes(told)
    assert "callers" in told["permits"]


def test_an_unreadable_body_is_a_deny(run: Run, bundle: str) -> None:
    result = run("eval", bundle, "--as", "openai.chat", "--format", "json", stdin='{"model": ')
    (decision,) = lines(result)
    assert codes(decision) == ["invalid-input"]


def test_with_wins_over_what_the_document_claims(run: Run, bundle: str, request_file: str) -> None:
    document = json.loads(Path(request_file).read_text())
    args = ("eval", bundle, "--now", NOW, "--supports", "redact", "--exit-code")
    assert run(*args, stdin=json.dumps(document)).exit_code == 0
    refused = run(*args, "--with", "source.ip=203.0.113.1", stdin=json.dumps(document))
    assert refused.exit_code == 10
    assert "networks: address-not-allowed at /source/ip" in refused.stdout


def test_a_number_is_text_where_the_field_is_text(run: Run, bundle: str) -> None:
    result = run("eval", bundle, "--with", "project.id=42", "--format", "json", stdin="{}")
    (decision,) = lines(result)
    assert "invalid-input" not in codes(decision)


def test_state_answers_for_requests(
    run: Run, bundle: str, request_file: str, snapshot_file: str
) -> None:
    document = json.loads(Path(request_file).read_text())
    del document["actor"]["credential"]["created_at"]
    args = ("eval", bundle, "--now", NOW, "--supports", "redact", "--format", "json")
    (without,) = lines(run(*args, stdin=json.dumps(document)))
    assert "missing-fact" in codes(without)
    (armed,) = lines(run(*args, "--state", snapshot_file, stdin=json.dumps(document)))
    assert armed["effect"] == "allow"


# -- what a terminal and a reader must not be harmed by


def test_text_of_an_input_cannot_steer_the_terminal(run: Run, bundle: str) -> None:
    hostile = json.dumps({"model": "\x1b[2Jgpt", "actor": {"id": "\x1b]0;x\x07\u202e"}})
    for args in (("--explain",), ()):
        result = run("eval", bundle, *args, stdin=hostile)
        assert not {"\x1b", "\x07", "\u202e"} & set(result.output)


def test_the_text_of_messages_is_never_shown(run: Run, bundle: str) -> None:
    secret = "canary-7d1f"
    document = json.dumps({"messages": [{"role": "user", "content": secret, "secret": secret}]})
    for args in (("--explain",), ("--format", "json", "--explain"), ("--as", "openai.chat")):
        assert secret not in run("eval", bundle, *args, stdin=document).output
