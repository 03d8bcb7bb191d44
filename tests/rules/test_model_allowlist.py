from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat_rules._models import undated
from jurat_rules.model_allowlist import ModelAllowlist

DENIED = ["model-not-allowed"]
REVIEWED = {"models": ["gpt-4.1", "gpt-4.1-mini"]}


# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    REVIEWED,
    {"models": ["o*", "gpt-4.1"], "projects": {"p": ["gpt-4.1"]}, "roles": {"r": ["gpt*"]}},
    {"actors": {"svc-9": ["o4-mini"]}},
]


@pytest.mark.parametrize(
    ("model", "codes"),
    [
        ("gpt-4.1", []),
        ("gpt-4.1-mini", []),
        ("gpt-3.5-turbo", DENIED),
        ("gpt-4.1-nano", DENIED),  # a longer name is another model
        ("gpt-4", DENIED),
        ("GPT-4.1", DENIED),
        ("gpt-4.1 ", DENIED),
        (" gpt-4.1", DENIED),
        ("gpt-4.1\n", DENIED),
        ("gpt-4.1\u200b", DENIED),
        ("", DENIED),
        ("*", DENIED),
        ("gpt-4.1-2025-04-14", []),
        ("gpt-4.1-20250414", []),
        ("gpt-4.1-2025-13-14", DENIED),  # no date of the calendar
        ("gpt-4.1-2025-0414", DENIED),
        ("gpt-4.1-2025-04-14\n", DENIED),
        ("gpt-4.1-٢٠٢٥-04-14", DENIED),
        ("ft:gpt-4.1:acme::abc", DENIED),
        (None, ["model-absent"]),
    ],
)
def test_names(bench: Any, model: str | None, codes: list[str]) -> None:
    rule = bench(ModelAllowlist)(REVIEWED)
    for _ in range(2):  # the second verdict is the remembered one
        assert rule.codes({"model": model}) == codes


def test_no_model_sent(bench: Any) -> None:
    assert bench(ModelAllowlist)(REVIEWED).codes({}) == ["unknown /model"]


def test_snapshots(bench: Any) -> None:
    strict = bench(ModelAllowlist)({**REVIEWED, "dated": False})
    assert strict.codes({"model": "gpt-4.1-2025-04-14"}) == DENIED
    pinned = bench(ModelAllowlist)({"models": ["gpt-4.1-2025-04-14"]})
    assert pinned.codes({"model": "gpt-4.1-2025-04-14"}) == []
    assert pinned.codes({"model": "gpt-4.1"}) == DENIED
    assert pinned.codes({"model": "gpt-4.1-2024-01-01"}) == DENIED


@pytest.mark.parametrize(
    ("pattern", "admitted", "refused"),
    [
        ("gpt-4.1*", ["gpt-4.1", "gpt-4.1-mini"], ["gpt-4", "xgpt-4.1"]),
        ("*-mini", ["gpt-4.1-mini", "-mini"], ["gpt-4.1-mini-x", "mini"]),
        ("ft:gpt-4.1:acme:*", ["ft:gpt-4.1:acme::1"], ["ft:gpt-4.1:other::1"]),
        ("a*b*c", ["abc", "axbyc", "abbc"], ["ab", "ac", "acb", "abcx"]),
        ("ab*ba", ["abba", "abxba"], ["aba"]),  # ends may not overlap
        ("*", ["anything", ""], []),
    ],
)
def test_globs(bench: Any, pattern: str, admitted: list[str], refused: list[str]) -> None:
    rule = bench(ModelAllowlist)({"models": [pattern]})
    for model in admitted:
        assert rule.codes({"model": model}) == []
    for model in refused:
        assert rule.codes({"model": model}) == DENIED


REGISTER = {
    "gpt-4.1": {"aliases": ["chat-default", "gpt-4-turbo"]},
    "gpt-4o": {"aliases": ["chat-cheap"]},
    "gpt-4.1-mini": {},
}


@pytest.mark.parametrize(
    ("listed", "admitted", "refused"),
    [
        (["gpt-4.1"], ["gpt-4.1", "chat-default", "gpt-4-turbo"], ["chat-cheap", "gpt-4o"]),
        (["chat-cheap"], ["chat-cheap", "gpt-4o", "gpt-4o-2024-05-13"], ["gpt-4.1"]),
        # an alias wins over what its spelling suggests
        (["gpt-4-*"], [], ["gpt-4-turbo"]),
        (["gpt-4.1*"], ["gpt-4-turbo", "gpt-4.1-mini"], ["gpt-4o"]),
    ],
)
def test_aliases(bench: Any, listed: list[str], admitted: list[str], refused: list[str]) -> None:
    rule = bench(ModelAllowlist)({"models": listed}, tables={"models": REGISTER})
    for model in admitted:
        assert rule.codes({"model": model}) == []
    for model in refused:
        assert rule.codes({"model": model}) == DENIED


TABLE = {"plain": {"provider": "openai"}, "prod": {"deployment": "d1", "model": "gpt-4.1"}}


@pytest.mark.parametrize(
    ("endpoint", "model", "codes", "at"),
    [
        ({"model": "gpt-4.1", "deployment": "d1"}, "whatever", [], ""),
        ({"model": "gpt-3.5-turbo", "deployment": "d1"}, "gpt-4.1", DENIED, "/endpoint/model"),
        ({"model": "gpt-3.5-turbo"}, "gpt-4.1", DENIED, "/endpoint/model"),
        ({"model": None, "deployment": "d1"}, "gpt-4.1", [], ""),
        ({"model": None}, "gpt-3.5-turbo", DENIED, "/model"),
        # a deployment serves its own model: which one is needed to judge
        ({"deployment": "d1"}, "gpt-4.1", ["unknown /endpoint/model"], ""),
        ({"id": "somewhere"}, "gpt-4.1", [], ""),
        (None, "gpt-4.1", [], ""),
    ],
)
def test_model_that_the_endpoint_serves(
    bench: Any, endpoint: Any, model: str, codes: list[str], at: str
) -> None:
    rule = bench(ModelAllowlist)(REVIEWED)
    request = {"model": model, "endpoint": endpoint}
    assert rule.codes(request) == codes
    if codes == DENIED:
        assert rule(request)[0].at == at


def test_table_of_endpoints_says_what_is_served(bench: Any) -> None:
    rule = bench(ModelAllowlist)(REVIEWED, tables={"endpoints": TABLE})
    assert rule.codes({"model": "gpt-4.1"}) == ["unknown /endpoint/model"]
    assert rule.codes({"model": "gpt-4.1", "endpoint": {"model": None}}) == []
    # where no endpoint of the table serves one model, only the name counts
    plain = {"endpoints": {"plain": TABLE["plain"]}}
    assert bench(ModelAllowlist)(REVIEWED, tables=plain).codes({"model": "gpt-4.1"}) == []


LISTS = {
    "projects": {"proj-a": ["gpt-4.1", "o4-mini"], "proj-none": []},
    "actors": {"svc-1": ["gpt-4.1"]},
    "roles": {"researcher": ["o*"], "writer": ["gpt-4.1"]},
}


@pytest.mark.parametrize(
    ("model", "project", "actor", "roles", "codes"),
    [
        ("gpt-4.1", "proj-a", "svc-1", ["writer"], []),
        ("o4-mini", "proj-a", "svc-2", ["researcher"], []),
        ("o4-mini", "proj-a", "svc-1", ["researcher"], DENIED),  # the actor's list narrows
        ("o4-mini", "proj-a", "svc-2", ["writer"], DENIED),
        ("o4-mini", "proj-a", "svc-2", ["writer", "researcher"], []),  # what any role may
        ("gpt-4.1", "proj-none", "svc-1", [], DENIED),  # an empty list has nothing on it
        ("gpt-4.1", "proj-x", "svc-1", None, []),
        ("gpt-4.1", "proj-x", "svc-2", ["other"], DENIED),  # no list applies
        ("gpt-4.1", None, None, None, DENIED),
    ],
)
def test_lists_narrow_each_other(
    bench: Any, model: str, project: Any, actor: Any, roles: Any, codes: list[str]
) -> None:
    request = {"model": model, "project": {"id": project}, "actor": {"id": actor, "roles": roles}}
    assert bench(ModelAllowlist)(LISTS).codes(request) == codes


def test_list_for_everyone_holds_beside_the_others(bench: Any) -> None:
    rule = bench(ModelAllowlist)({"models": ["gpt-4.1"], "projects": {"proj-a": ["*"]}})
    assert rule.codes({"model": "o4-mini", "project": {"id": "proj-a"}}) == DENIED
    assert rule.codes({"model": "gpt-4.1", "project": {"id": "proj-x"}}) == []
    assert rule.codes({"model": "gpt-4.1"}) == ["unknown /project/id"]


@pytest.mark.parametrize(
    ("params", "words", "at", "text"),
    [
        ({"models": ["gpt-4.1 "]}, {}, (), "write gpt-4.1"),
        ({"models": [""]}, {}, (), "write the name"),
        ({"projects": {"p": ["a b"]}}, {}, (), "write ab"),
        ({}, {}, (), "give models"),
        ({"models": ["gpt-4.1", "gtp-4.1"]}, {"gpt-4.1"}, ("models", 1), "did you mean gpt-4.1?"),
        ({"roles": {"r": ["o5"]}}, {"gpt-4.1"}, ("roles", "r", 0), "known are gpt-4.1"),
    ],
)
def test_refused_params(bench: Any, params: Any, words: set[str], at: Any, text: str) -> None:
    error = bench(ModelAllowlist).refuses(params, words={"model": words})
    assert error.at == at
    assert text in error.help


def test_words_that_the_vocabulary_covers(bench: Any) -> None:
    words = {"model": {"gpt-4.1", "gpt-4o", "chat-cheap"}}
    listed = {"models": ["gpt-4.1-2025-04-14", "o*", "gpt-4.1", "chat-cheap", "gpt-4o"]}
    bench(ModelAllowlist)(listed, words=words)


def test_the_model_is_quoted_not_written(bench: Any) -> None:
    (finding,) = bench(ModelAllowlist)(REVIEWED)({"model": "sk-canary"})
    assert "canary" not in finding.message
    assert finding.quote == {"model": "sk-canary"}
    assert finding.at == "/model"


NAMES = st.sampled_from(
    ["gpt-4.1", "gpt-4.1-mini", "gpt-4.1-2025-04-14", "o4-mini", "o*", "*mini", "*", "gpt*4*"]
)


@given(patterns=st.lists(NAMES, max_size=5), drop=st.integers(0, 4), model=NAMES)
def test_shrinking_a_list_never_widens(
    bench: Any, patterns: list[str], drop: int, model: str
) -> None:
    fewer = patterns[:drop] + patterns[drop + 1 :]
    before = bench(ModelAllowlist)({"models": patterns}).codes({"model": model})
    after = bench(ModelAllowlist)({"models": fewer}).codes({"model": model})
    assert before == [] or after == DENIED


def test_many_names_are_forgotten_again(bench: Any) -> None:
    rule = bench(ModelAllowlist)({"models": ["x-*"]})
    for n in range(5000):
        assert rule.codes({"model": f"{'xy'[n % 2]}-{n}"}) == ([] if n % 2 == 0 else DENIED)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("claude-sonnet-4-20250514", "claude-sonnet-4"),
        ("m-2024-02-29", "m"),
        ("m-2023-02-29", None),
        ("-2024-02-29", None),
        ("m", None),
    ],
)
def test_undated(name: str, model: str | None) -> None:
    assert undated(name) == model
