"""`jurat diff` on bundles and on logs that an engine wrote."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from jurat import Engine, Response
from jurat.log import Log, open_worker

Run = Callable[..., Result]
NOW = "2026-05-25T12:00:00Z"
FILES = {
    "bundle.yaml": "{name: acme, version: 1.0.0, revision: 1}\n",
    "rules/r.yaml": """\
- {id: let-in, title: Anyone, kind: expression, effect: permit, severity: info, when: "true"}
- {id: models, title: Reviewed models, kind: model.allowlist, effect: deny, severity: high,
   params: {models: [gpt-4.1, o3]}}
- {id: key-age, title: Young keys, kind: credential.age, on: [request, org_state], effect: deny,
   severity: high, params: {max_age: 60d}}
""",
    "tests/t.yaml": """\
- name: an ordinary call
  now: 2026-05-25T12:00:00Z
  given: {model: gpt-4.1, endpoint: {model: null},
          actor: {credential: {created_at: "2026-05-01T12:00:00Z", status: active}}}
  expect: {effect: allow}
""",
}
NARROW = FILES["rules/r.yaml"].replace("[gpt-4.1, o3]", "[gpt-4.1]")
SNAPSHOT = {
    "type": "org_state",
    "observed_at": NOW,
    "projects": {"items": {"p": {}}},
    "credentials": {
        "items": {
            "k-old": {"project": "p", "created_at": "2026-04-01T12:00:00Z", "status": "active"},
            "k-new": {"project": "p", "created_at": "2026-05-24T12:00:00Z", "status": "active"},
        }
    },
}


def written(place: Path, **changed: str) -> Path:
    names = {"rules": "rules/r.yaml", "waivers": "waivers.yaml", "bundle": "bundle.yaml"}
    for name, text in (FILES | {names[short]: text for short, text in changed.items()}).items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return place


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return written(tmp_path / "old")


@pytest.fixture
def narrow(tmp_path: Path) -> Path:
    return written(tmp_path / "narrow", rules=NARROW)


def request(model: str, who: str, project: str = "p", **more: Any) -> dict[str, Any]:
    credential = {"created_at": "2026-05-01T12:00:00Z", "status": "active"}
    return {
        "model": model,
        "endpoint": {"model": None},
        "actor": {"id": who, "kind": "user", "credential": credential},
        "project": {"id": project},
        **more,
    }


def filled(place: Path, bundle: Path, *, mask: tuple[str, ...] = ()) -> Path:
    """Records 2 to 8: o3 twice with an answer, once without, once erased; and three others."""
    with (
        Log.open(place, mask=list(mask)) as log,
        Engine.load(bundle, log=log) as engine,
    ):
        for project in ("p", "q"):
            made = engine.evaluate(request("o3", "ann", project), now=NOW)
            answer = Response.model_validate({"usage": {"input_tokens": 30, "output_tokens": 12}})
            engine.evaluate(answer, parent=made, now=NOW)
        engine.evaluate(request("o3", "ann", estimated_tokens=1000), now=NOW)
        engine.evaluate(request("o3", "bob"), now=NOW)
        engine.evaluate(request("gpt-4.1", "ann"), now=NOW)
        engine.evaluate(b"{", now=NOW)
        log.erase("bob")
    return place


@pytest.fixture
def log(run: Run, tmp_path: Path, old: Path) -> Path:
    return filled(tmp_path / "log", old)


def as_json(result: Result) -> Any:
    assert result.exit_code in (0, 1), result.output
    return json.loads(result.stdout)


def test_the_same_policy_is_no_difference(run: Run, old: Path, tmp_path: Path) -> None:
    copy = written(tmp_path / "copy", rules="# said elsewhere\n" + FILES["rules/r.yaml"])
    result = run("diff", old, copy)
    assert result.exit_code == 0
    assert "both are the same policy" in result.stdout
    assert as_json(run("diff", old, copy, "--format", "json"))["different"] is False


def test_what_it_says_and_what_it_decides(run: Run, old: Path, narrow: Path) -> None:
    result = run("diff", old, narrow, "--tries", 300)
    assert result.exit_code == 1
    assert "rule models changed: Reviewed models" in result.stdout
    assert "params.models: without o3" in result.stdout
    assert "ALLOW -> DENY  request, by models" in result.stdout
    assert 'the least input, at 2026-05-25T12:00:00Z:\n    {"model":"o3"' in result.stdout
    back = run("diff", narrow, old, "--tries", 300)
    assert "DENY -> ALLOW  request, by models" in back.stdout


def test_the_formats_tell_the_same(run: Run, old: Path, narrow: Path, tmp_path: Path) -> None:
    found = as_json(run("diff", old, narrow, "--tries", 300, "--format", "json"))
    (one,) = found["behaviour"]["differences"]
    assert (one["compared"], one["became"], one["rules"]) == (
        "stricter", "ALLOW -> DENY", ["models"],
    )  # fmt: skip
    assert one["input"]["given"]["model"] == "o3"
    assert found["changes"][0]["details"] == [
        {"key": "params.models", "was": ["o3"], "now": [], "leaning": "either"}
    ]
    out = tmp_path / "report.md"
    result = run("diff", old, narrow, "--tries", 300, "--format", "markdown", "-o", out)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "**ALLOW → DENY** request, by `models`" in out.read_text()
    assert '```json\n{"model":"o3"' in out.read_text()


def test_the_history_is_decided_by_both(run: Run, log: Path, old: Path, narrow: Path) -> None:
    args = ("diff", old, narrow, "--tries", 0, "--log", log)
    found = as_json(run(*args, "--format", "json"))["history"]
    assert found["verified"] is True
    assert found["standing"] == {"held": 6, "erased": 1, "not-decided": 1}
    assert found["recorded_otherwise"] == 0
    assert found["changed"]["became"] == {"ALLOW -> DENY": 3}
    assert found["changed"]["tokens_denied"] == {"used": 84, "estimated": 1000, "unknown": 0}
    (rule,) = found["by_rule"]
    assert rule["name"] == "models"
    assert [one["seq"] for one in rule["records"]] == [2, 4, 6]
    assert [(one["name"], one["count"]) for one in found["by_project"]] == [("p", 2), ("q", 1)]
    assert [(one["name"], one["count"]) for one in found["by_model"]] == [("o3", 3)]
    told = run(*args).stdout
    assert "8 decisions, 6 decided again; 1 erased; 1 had no decision to repeat" in told
    assert "tokens of what would be denied: 84 used, 1,000 estimated" in told
    assert "records 2, 4, 6" in told
    assert as_json(run(*args, "--jobs", 2, "--format", "json"))["history"] == found


def test_a_history_that_another_policy_decided_is_told(
    run: Run, log: Path, old: Path, narrow: Path
) -> None:
    found = as_json(run("diff", narrow, old, "--tries", 0, "--log", log, "--format", "json"))
    assert found["history"]["recorded_otherwise"] == 3
    assert found["history"]["changed"]["became"] == {"DENY -> ALLOW": 3}
    assert "3 were recorded with another effect" in run(
        "diff", narrow, old, "--tries", 0, "--log", log
    ).stdout  # fmt: skip


def test_masked_records_are_counted(run: Run, old: Path, narrow: Path, tmp_path: Path) -> None:
    log = filled(tmp_path / "log", old, mask=("/project/id",))
    found = as_json(run("diff", old, narrow, "--tries", 0, "--log", log, "--format", "json"))
    assert found["history"]["standing"]["masked"] == 6
    assert found["history"]["changed"]["count"] == 0


def test_a_set_of_logs_is_one_history(run: Run, old: Path, narrow: Path, tmp_path: Path) -> None:
    root = tmp_path / "set"
    for model in ("o3", "gpt-4.1"):
        first, second = open_worker(root), open_worker(root)
        for worker in (first, second):
            with worker, Engine.load(old, log=worker) as engine:
                engine.evaluate(request(model, "ann"), now=NOW)
    found = as_json(run("diff", old, narrow, "--tries", 0, "--log", root, "--format", "json"))
    assert found["history"]["standing"] == {"held": 4}
    assert {one["log"] for one in found["history"]["changed"]["records"]} == {"w0", "w1"}
    assert found["history"]["changed"]["tokens_denied"]["unknown"] == 2


def test_a_log_that_does_not_verify_is_refused(
    run: Run, log: Path, old: Path, narrow: Path
) -> None:
    (segment,) = (log / "seg").iterdir()
    held = segment.read_bytes()
    assert held.count(b'"project":"q"') == 2
    segment.write_bytes(held.replace(b'"project":"q"', b'"project":"p"'))
    args = ("diff", old, narrow, "--tries", 0, "--log", log)
    refused = run(*args)
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert "the log does not verify, so it is no evidence" in refused.stderr
    for output in ("text", "markdown"):
        taken = run(*args, "--unverified", "--format", output)
        assert taken.exit_code == 1
        assert "UNVERIFIED LOG" in taken.stdout.splitlines()[0]
    found = as_json(run(*args, "--unverified", "--format", "json"))["history"]
    assert found["verified"] is False
    assert "record" in found["broken"]


def test_a_log_that_verifies_is_not_called_unverified(
    run: Run, log: Path, old: Path, narrow: Path
) -> None:
    told = run("diff", old, narrow, "--tries", 0, "--log", log, "--unverified").stdout
    assert "UNVERIFIED" not in told


def test_time_alone_ends_waivers_and_keys(run: Run, tmp_path: Path) -> None:
    waived = written(
        tmp_path / "waived",
        waivers="- {rule: models, scope: 'request.model == \"o1\"', owner: o, reason: r,\n"
        "   expires: 2026-06-01T00:00:00Z}\n",
    )
    state = tmp_path / "state.json"
    state.write_text(json.dumps(SNAPSHOT))
    args = ("diff", waived, "--now", NOW, "--state", state)
    until = run(*args, "--as-of", "2026-06-20T00:00:00Z", "--format", "json")
    found = as_json(until)["forecast"]
    assert until.exit_code == 1
    (dated,) = found["dated"]
    assert (dated["when"], dated["what"], dated["name"]) == (
        "2026-06-01T00:00:00Z", "waiver", "models",
    )  # fmt: skip
    (event,) = found["events"]
    assert (event["when"], event["rule"], event["at"]) == (
        "2026-05-31T12:01:00Z", "key-age", "/credentials/items/k-old",
    )  # fmt: skip
    before = run(*args, "--as-of", "2026-05-30T00:00:00Z")
    assert before.exit_code == 0
    assert "nothing is denied that was not" in before.stdout


def test_a_change_is_held_against_a_snapshot(run: Run, old: Path, tmp_path: Path) -> None:
    younger = written(tmp_path / "y", rules=FILES["rules/r.yaml"].replace("60d", "30d"))
    state = json.dumps(SNAPSHOT)
    result = run("diff", old, younger, "--tries", 0, "--state", "-", "--now", NOW, stdin=state)
    assert "What it does to the snapshot" in result.stdout
    assert "at once  denied by key-age at /credentials/items/k-old" in result.stdout
    back = run("diff", younger, old, "--tries", 0, "--state", "-", "--now", NOW, stdin=state)
    assert "no longer denied by key-age" in back.stdout


def test_the_history_at_another_time(run: Run, log: Path, old: Path) -> None:
    args = ("diff", old, "--log", log, "--now", NOW, "--format", "json")
    found = as_json(run(*args, "--as-of", "2026-07-25T12:00:00Z"))["history"]
    assert found["changed"]["became"] == {"ALLOW -> DENY": 4}
    assert [one["name"] for one in found["by_rule"]] == ["key-age"]
    assert not as_json(run(*args, "--as-of", "2026-06-25T12:00:00Z"))["different"]


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["{old}"], 2, "name two bundles, or one with --as-of"),
        (["{old}", "{old}", "--unverified"], 2, "give --log"),
        (["{old}", "--as-of", "soon"], 2, "not a time with a zone"),
        (["{old}", "--as-of", "2020-01-01T00:00:00Z"], 2, "a time after now"),
        (["{old}", "{old}/nothing"], 3, "there is no such bundle"),
        (["{old}", "{old}", "--log", "{old}"], 3, "log"),
        (["{old}", "{old}", "--state", "{old}/bundle.yaml"], 3, "not JSON"),
        (["{old}", "{old}", "--tries", "-1"], 2, "-1"),
    ],
)
def test_what_is_wrong_is_told(run: Run, old: Path, args: list[str], code: int, told: str) -> None:
    result = run("diff", *[one.replace("{old}", str(old)) for one in args])
    assert result.exit_code == code
    assert told in result.stderr


def test_which_of_the_two_cannot_be_loaded(run: Run, old: Path, tmp_path: Path) -> None:
    broken = written(tmp_path / "broken", rules="- {id: x\n")
    result = run("diff", old, broken)
    assert result.exit_code == 3
    assert result.stderr.startswith(f"{broken}:\n")


def test_markdown_of_a_title_is_text(run: Run, old: Path, tmp_path: Path) -> None:
    rules: Mapping[str, str] = {
        "rules": FILES["rules/r.yaml"].replace("Reviewed models", '"@all <b>|*bold*`"')
    }
    odd = written(tmp_path / "odd", **rules)
    told = run("diff", old, odd, "--tries", 0, "--format", "markdown").stdout
    assert "\\@all \\<b\\>\\|\\*bold\\*\\`" in told


PII = """\
- {id: pii, title: T, kind: pii.patterns, effect: redact, severity: high,
   params: {entities: [US_SSN]}}
"""


def test_what_was_not_looked_for_in_texts_is_told(
    run: Run, log: Path, old: Path, tmp_path: Path
) -> None:
    looking = written(tmp_path / "looking", rules=FILES["rules/r.yaml"] + PII)
    args = ("diff", old, looking, "--tries", 0, "--log", log)
    assert "US_SSN was not looked for then" in run(*args).stdout
    assert as_json(run(*args, "--format", "json"))["history"]["unlooked"] == ["US_SSN"]
    back = as_json(run("diff", looking, old, "--tries", 0, "--log", log, "--format", "json"))
    assert back["history"]["unlooked"] == []


RATE = """\
- {id: rate, title: T, kind: limits.rate, effect: deny, severity: high, params: {by: [actor], rpm: 1}}
"""


def test_limits_that_were_not_counted_are_taken_as_kept_and_told(
    run: Run, log: Path, old: Path, tmp_path: Path
) -> None:
    limited = written(tmp_path / "limited", rules=FILES["rules/r.yaml"] + RATE)
    args = ("diff", old, limited, "--tries", 0, "--log", log)
    found = as_json(run(*args, "--format", "json"))["history"]
    assert found["changed"]["count"] == 0
    assert found["uncounted"] == 4
    assert "limits are taken as kept in 4" in run(*args).stdout
