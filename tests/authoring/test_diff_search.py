"""Inputs on which two bundles decide differently are found, made small, and told apart."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jurat.authoring.diff import Searched, text_and_behaviour
from jurat.authoring.diff._near import certified
from jurat.authoring.diff._trial import Trial, tried
from jurat.engine import compile_bundles, resolve, versions_of
from jurat.plugin import load_plugins
from jurat.testing import Certificate, Witness
from jurat.testing._liveness import FILE

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
RULES = """\
- {id: let-in, title: T, kind: expression, effect: permit, severity: info, when: "true"}
- {id: models, title: T, kind: model.allowlist, effect: deny, severity: high,
   params: {models: [gpt-4.1, o3]}}
- {id: age, title: T, kind: credential.age, effect: deny, severity: high, params: {max_age: 60d}}
- {id: pii, title: T, kind: pii.patterns, effect: redact, severity: high,
   params: {entities: [US_SSN, CREDIT_CARD]}}
- {id: big, title: T, kind: expression, effect: deny, severity: low,
   when: request.estimated_tokens > 100}
"""
TESTS = """\
- name: an ordinary call
  now: 2026-05-25T12:00:00Z
  given:
    model: gpt-4.1
    actor: {credential: {id: k, created_at: 2026-05-01T12:00:00Z, status: active}}
    estimated_tokens: 5
    endpoint: {model: null}
    messages: [{role: user, content: hello}]
  expect: {effect: allow}
"""


def files(rules: str = RULES, **more: str) -> dict[str, str]:
    return {
        "bundle.yaml": "{name: acme, version: 1.0.0, revision: 1}",
        "rules/r.yaml": rules,
        "tests/t.yaml": TESTS,
        **more,
    }


def searched(old: Any, new: Any, tries: int = 600, seed: int = 0) -> Searched | None:
    registry = load_plugins()
    both = [compile_bundles([one], registry, versions_of(registry)) for one in (old, new)]
    ((was,), (was_plan,)), ((now,), (now_plan,)) = both
    _, found = text_and_behaviour(
        (was, now), (was_plan, now_plan), registry, tries=tries, seed=seed
    )
    return found


def change(was: str, now: str) -> Searched:
    assert was in RULES
    found = searched(files(), files(RULES.replace(was, now)))
    assert found is not None
    return found


def sorts(found: Searched) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [
        (one.compared, one.was, one.now, one.rules)
        for one in found.differences
        if one.trial.kind == "request"
    ]


@pytest.mark.parametrize(
    ("was", "now", "rule", "compared"),
    [
        ("max_age: 60d", "max_age: 90d", "age", "looser"),
        ("max_age: 60d", "max_age: 45d", "age", "stricter"),
        ("[gpt-4.1, o3]", "[gpt-4.1]", "models", "stricter"),
        ("[gpt-4.1, o3]", "[gpt-4.1, o3, o1]", "models", "looser"),
        ("> 100", "> 101", "big", "looser"),
        ("> 100", ">= 100", "big", "stricter"),
        ("[US_SSN, CREDIT_CARD]", "[US_SSN]", "pii", "looser"),
        ("[US_SSN, CREDIT_CARD]", "[US_SSN, CREDIT_CARD, IBAN_CODE]", "pii", "stricter"),
        ('severity: info, when: "true"', "severity: info, when: request.model != \"o3\"", "let-in",
         "stricter"),
        ("effect: deny, severity: low", "effect: deny, mode: shadow, severity: low", "big",
         "looser"),
    ],
)  # fmt: skip
def test_a_change_of_one_line_is_found(was: str, now: str, rule: str, compared: str) -> None:
    found = change(was, now)
    told = sorts(found)
    assert told
    assert {(one[0], one[3]) for one in told} == {(compared, (rule,))}
    if rule != "pii":
        effects = ("deny", "allow") if compared == "looser" else ("allow", "deny")
        assert {one[1:3] for one in told} == {effects}


def test_an_exchange_is_both_and_what_opens_stands_first() -> None:
    told = sorts(change("[gpt-4.1, o3]", "[gpt-4.1, o1]"))
    assert [one[:3] for one in told] == [
        ("looser", "deny", "allow"),
        ("stricter", "allow", "deny"),
    ]


def smaller_by_one(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {k: v for k, v in value.items() if k != key}
            for less in smaller_by_one(inner):
                yield {**value, key: less}


def test_the_input_is_the_least_and_its_verdicts_are_what_is_told() -> None:
    new = files(RULES.replace("max_age: 60d", "max_age: 90d"))
    found = searched(files(), new)
    assert found is not None
    registry = load_plugins()
    plans = tuple(
        compile_bundles([one], registry, versions_of(registry))[1][0] for one in (files(), new)
    )
    for one in found.differences:
        decided = [one.trial.decide(plan).effect for plan in plans]
        assert decided == [one.was, one.now]
        for less in smaller_by_one(one.trial.given):
            trial = Trial(one.trial.kind, less, one.trial.now, one.trial.state, one.trial.facts)
            outcome = tried(trial, plans)  # type: ignore[arg-type]  # there are two
            assert (outcome.was, outcome.now) != (one.was, one.now)


def test_the_mode_of_the_bundle_is_blamed_for_what_it_does() -> None:
    manifest = {"bundle.yaml": files()["bundle.yaml"].replace("}", ", mode: shadow}")}
    found = searched(files(), files() | manifest)
    assert found is not None
    told = sorts(found)
    assert ("looser", "deny", "allow", ("(mode of the bundle)",)) in told
    assert {one[0] for one in told} == {"looser"}


def test_the_same_seed_finds_the_same() -> None:
    other = files(RULES.replace("max_age: 60d", "max_age: 90d"))
    assert searched(files(), other) == searched(files(), other)


def test_a_table_a_stop_and_a_waiver_are_searched_too() -> None:
    rule = """\
- {id: owners, title: T, kind: expression, effect: deny, severity: high,
   when: request.project.environment == "production"}
- {id: stops, title: T, kind: kill.switch, effect: deny, severity: critical}
"""
    case = TESTS.replace("given:\n", "given:\n    project: {id: p}\n    actor: {id: a}\n").replace(
        "actor: {credential", "actor: {id: a, credential"
    )
    case = case.replace("    actor: {id: a}\n", "", 1)
    data = {
        "data/projects.yaml": "p: {environment: staging}\n",
        "tests/t.yaml": case,
        "data/stops.yaml": "{}\n",
    }
    old = files(RULES + rule, **data)
    for new, by in (
        (old | {"data/projects.yaml": "p: {environment: production}\n"}, "owners"),
        (
            old
            | {
                "data/stops.yaml": "s: {model: gpt-4.1, who: w, why: y, "
                "since: 2026-05-01T00:00:00Z, until: 2027-01-01T00:00:00Z}\n"
            },
            "stops",
        ),
    ):
        found = searched(old, new)
        assert found is not None
        assert ("stricter", "allow", "deny", (by,)) in sorts(found)
    waived = old | {
        "waivers.yaml": "- {rule: models, scope: 'request.model == \"o1\"', owner: o, reason: r, "
        "expires: 2026-06-01T00:00:00Z}\n"
    }
    found = searched(old, waived)
    assert found is not None
    assert ("looser", "deny", "allow", ("models",)) in sorts(found)


def test_one_policy_is_not_searched_and_nothing_found_is_said_so() -> None:
    assert searched(files(), {**files(), "rules/r.yaml": "# a comment\n" + RULES}) is None
    same = RULES.replace("> 100", "> 100 && request.estimated_tokens > 50")
    found = searched(files(), files(same), tries=200)
    assert found is not None
    assert found.differences == ()
    assert found.tries >= 200
    assert found.unseen == ("big",)


def test_a_shipped_bundle_with_one_line_changed(tmp_path: Path) -> None:
    shipped = resolve("openai-enterprise")
    texts = {
        path.relative_to(shipped).as_posix(): path.read_text()
        for path in shipped.rglob("*.yaml")
        if path.parent.name in ("rules", "data", "tests") or path.parent == shipped
    }
    keys = texts["rules/keys.yaml"]
    assert "max_age: 60d, warn_before: 7d" in keys
    new = {**texts, "rules/keys.yaml": keys.replace("max_age: 60d, w", "max_age: 59d, w")}
    found = searched(texts, new, tries=400)
    assert found is not None
    first = found.differences[0]
    assert (first.was, first.now, first.rules) == ("allow", "deny", ("key-age-production",))
    assert first.trial.kind == "request"
    assert "at most 59d are allowed" in first.why[0]


BESIDE = """\
- {id: listed, title: T, kind: expression, 'on': [org_state], over: project, effect: deny,
   severity: high, when: '!(project.id in data.projects)'}
- {id: kept, title: T, kind: expression, 'on': [org_state], over: project, effect: deny,
   severity: high, when: 'project.retention != "zero"'}
- {id: owned, title: T, kind: expression, 'on': [org_state], over: project, effect: deny,
   severity: high, when: '!has(project.owner)'}
- {id: in-use, title: T, kind: expression, 'on': [org_state], over: project, effect: deny,
   severity: high, when: 'project.status in ["archived", "active"]'}
- {id: far, title: T, kind: expression, 'on': [org_state], over: project, effect: deny,
   severity: high, when: 'project.residency != "eu"'}
"""
SHADOW = """\
- name: a project that is not listed
  now: 2026-05-25T12:00:00Z
  type: org_state
  given: {observed_at: 2026-05-25T12:00:00Z, projects: {items: {p2: {}}}}
  expect: {effect: deny}
"""


@pytest.mark.parametrize("seed", range(3))
def test_what_else_stands_against_an_input_is_taken_out_of_the_way(seed: int) -> None:
    old = files(BESIDE, **{"tests/t.yaml": SHADOW, "data/projects.yaml": "p1: {team: a}"})
    new = {**old, "rules/r.yaml": BESIDE.partition("- {id: kept")[2]}
    new["rules/r.yaml"] = "- {id: kept" + new["rules/r.yaml"]
    found = searched(old, new, tries=30, seed=seed)
    assert found is not None
    (one,) = found.differences
    assert (one.was, one.now, one.rules) == ("deny", "allow", ("listed",))


FROZEN = """\
- {id: let-in, title: T, kind: expression, effect: permit, severity: info,
   when: 'request.action == "chat.completions" || request.action == "files.create"'}
- {id: freeze, title: T, kind: access.window, effect: deny, severity: high,
   when: 'request.action == "files.create"',
   params: {zone: UTC, freezes: [{from: 2026-12-19, to: 2027-01-03, why: the end of the year}]}}
- {id: age, title: T, kind: credential.age, effect: deny, severity: high, params: {max_age: 60d}}
"""
UPLOADS = """\
- name: an upload
  now: 2026-05-25T12:00:00Z
  given:
    action: files.create
    actor: {credential: {id: k, created_at: 2026-05-01T12:00:00Z, status: active}}
  expect: {effect: allow}
"""


@pytest.mark.parametrize("seed", range(3))
def test_a_clock_that_one_bundle_names_is_tried(seed: int) -> None:
    old = files(FROZEN, **{"tests/t.yaml": UPLOADS})
    found = searched(old, {**old, "rules/r.yaml": FROZEN.replace("12-19", "12-20")}, 60, seed)
    assert found is not None
    assert ("looser", "deny", "allow", ("freeze",)) in sorts(found)
    (one,) = found.differences
    assert one.trial.now.date().isoformat() == "2026-12-19"


def test_what_a_certificate_shows_of_a_changed_rule_is_tried() -> None:
    shown = Witness({"estimated_tokens": 101}, "2026-05-25T12:00:00Z", supports=("header",))
    answer = Witness({"status": 500}, "2026-05-25T12:00:00Z", "response")
    rules: dict[str, Any] = {
        "big": {"decides": shown, "fires": answer, "passes": 7},
        "age": {"fires": shown},
    }
    kept = Certificate("acme", rules, {})
    registry = load_plugins()

    def given(changed: set[str], certificate: bytes) -> list[Any]:
        old: Any = {**files(), FILE: certificate}
        _, (plan,) = compile_bundles([old], registry, versions_of(registry))
        return [(trial.kind, trial.given) for trial in certified(plan, changed, "request")]

    assert given({"big"}, kept.to_bytes()) == [("request", shown.given)]
    assert given({"big", "age"}, kept.to_bytes()) == [("request", shown.given)] * 2
    assert given({"models"}, kept.to_bytes()) == []
    assert given({"big"}, b"{}") == []  # one that is none is no harm
    new = files(RULES.partition("- {id: big")[0])
    shown_first = searched({**files(), FILE: kept.to_bytes()}, new, tries=2)
    assert shown_first is not None
    assert [one.rules for one in shown_first.differences] == [("big",)]
