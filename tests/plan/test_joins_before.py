"""What was joined before is joined again as if for the first time."""

import re
from collections.abc import Iterable
from copy import copy, deepcopy
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from harness import engine
from hypothesis import event, given, settings
from hypothesis import strategies as st

from jurat import Request
from jurat.engine._input import prepare
from jurat.model import View, known, place_of
from jurat.plan import FactSet, Plan
from jurat.plan._join import Joins

NOW = datetime(2026, 5, 25, 12, 0, tzinfo=UTC)
RULE = '- {id: in, title: T, kind: expression, effect: permit, severity: info, when: "true"}\n'
ALL_TABLES = {
    "data/projects.yaml": "p: {environment: production, residency: eu}\nq: {environment: staging}\n",
    "data/service_accounts.yaml": "svc: {project: p, team: care}\nbot: {kind: workload}\n",
    "data/users.yaml": "ann: {email: ann@example.com, team: care}\n",
    "data/credentials.yaml": 'k1: {project: p, owner: svc, fingerprint: "f1"}\nk2: {owner: ann}\n',
    "data/endpoints.yaml": "weu: {provider: azure, region: westeurope}\n"
    "dep: {provider: azure, region: westeurope, deployment: d, model: gpt-4.1}\n",
    "data/models.yaml": "gpt-4.1: {aliases: [tiny], class: chat}\nbig: {class: chat}\n",
    "data/vendors.yaml": "azure: {dpa: true}\n",
    "data/prompts.yaml": "hello@1: {status: approved}\n",
}
ASSUME = "assume: {/classification: null, /params/store: false, /prompt/id: null, /prompt/version: null}\n"
HEAD = "name: b\nversion: 1.0.0\nrevision: 1\n"


@cache
def plan(*left_out: str, assume: str = ASSUME) -> Plan:
    tables = {name: text for name, text in ALL_TABLES.items() if name[5:-5] not in left_out}
    return engine({"bundle.yaml": HEAD + assume, "rules/r.yaml": RULE, **tables}).plans[0]


SVC = {"id": "svc", "credential": {"id": "k1"}}
BASES: list[dict[str, Any]] = [
    {"actor": SVC, "project": {"id": "p"}},
    {"actor": SVC, "project": {"id": "p"}, "endpoint": {"id": "weu"}, "model": "tiny"},
    {"actor": {**SVC, "kind": "service_account"}, "project": {"id": "p"}, "provider": "azure"},
    {"actor": {**SVC, "team": "care"}, "project": {"id": "p", "environment": "production"}},
    {"actor": {"id": "svc", "credential": {"id": "k1", "owner": "svc"}}, "project": {"id": "p"}},
    {"actor": {"id": "ann", "kind": "user", "credential": {"id": "k2"}}, "project": {"id": "q"}},
    {"actor": {"id": "ann", "kind": "service_account"}, "project": {"id": "q"}},
    {"actor": {"id": "bot"}, "project": {"id": "q"}, "params": {"max_tokens": 1}},
    {"actor": {"id": "ann"}, "project": {"id": "q"}, "endpoint": {"id": "dep"}, "model": "big"},
]
WORDS: dict[str, list[Any]] = {
    "project": [{"id": "q"}, {"id": "r"}, {"id": None}, {}],
    "project.environment": ["production", "staging", None],
    "actor": [{"id": "svc"}, {"kind": "user"}, {}],
    "actor.id": ["svc", "ann", "bot", "nobody", None],
    "actor.kind": ["service_account", "user", "workload", None],
    "actor.team": ["care", "crime"],
    "actor.email": ["ann@example.com", "eve@example.com"],
    "actor.credential": [{"id": "k2"}, {"fingerprint": "f1"}, {"fingerprint": "f9"}, {}],
    "actor.credential.id": ["k1", "k2", "k9", None],
    "actor.credential.owner": ["svc", "eve"],
    "actor.credential.fingerprint": ["f1", "f9"],
    "endpoint": [{"id": "weu"}, {"id": "x"}, {}, {"id": None}],
    "endpoint.region": ["westeurope", "eastus"],
    "endpoint.deployment": ["d", "e"],
    "model": ["gpt-4.1", "tiny", "big", "none", None],
    "model_info": [{"class": "chat"}, {"class": "other"}],
    "provider": ["azure", "openai", None],
    "vendor": [{"dpa": True}, {"dpa": False}],
    "params": [{"store": True}, {"max_tokens": 2}, {}],
    "prompt": [{"id": "hello", "version": "1"}, {"id": None}, {}],
    "estimated_tokens": [1],
    "classification": [["pii"], None],
}
CHANGES = [(name, value) for name, values in WORDS.items() for value in values]
GONE = object()
LEFT_OUT: list[tuple[str, ...]] = [(), ("credentials",), ("users",), ("service_accounts",),
    ("models", "vendors"), ("projects", "endpoints"), ("prompts",)]  # fmt: skip


def changed(base: dict[str, Any], changes: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    request = deepcopy(base)
    for name, value in changes:
        *path, last = name.split(".")
        place = request
        for part in path:
            place = place.setdefault(part, {})
        if value is GONE:
            place.pop(last, None)
        else:
            place[last] = deepcopy(value)
    return request


def shown(value: Any) -> Any:
    """A view as its place, what to ask for, and its fields."""
    if isinstance(value, View):
        place = place_of(value)
        told = (place.pointer, place.key, place.why)
        return told, {name: shown(item) for name, item in known(value).items()}
    return value


def joined(joins: Joins, one: Plan, request: Request | dict[str, Any]) -> FactSet:
    given = prepare(request, max_bytes=2**20, reads_text=lambda kind: False)
    return one.facts("request", given.sent, NOW, joins=joins)


def check(one: Plan, sent: dict[str, Any]) -> bool:
    """Whether the request was joined as one before it. Fails where that gave another answer."""
    _same(one, Request.model_validate(sent))
    return _same(one, sent)


def _same(one: Plan, request: Request | dict[str, Any]) -> bool:
    anew = copy(one.joins)
    anew._before = None
    expected, facts = joined(anew, one, request), joined(one.joins, one, request)
    assert shown(facts.request) == shown(expected.request)
    assert facts.notes == expected.notes
    assert facts.assumed == expected.assumed
    assert facts.project is facts.request.project or shown(facts.project) == shown(
        expected.project
    )
    # the next like it may be joined as this one was
    again = joined(one.joins, one, request)
    assert shown(again.request) == shown(expected.request)
    assert again.notes == expected.notes
    return facts.assumed is again.assumed and bool(again.assumed)


@pytest.mark.parametrize("left_out", LEFT_OUT, ids=lambda out: "+".join(out) or "all")
def test_after_any_request_each_that_differs_in_a_word(left_out: tuple[str, ...]) -> None:
    one = plan(*left_out)
    words = [*CHANGES, *((name, GONE) for name in WORDS)]
    for base in BASES:
        for change in words:
            check(one, base)
            check(one, changed(base, [change]))
            for name, _ in (c for c in CHANGES if c[0].startswith(change[0] + ".")):
                check(one, changed(base, [change, (name, GONE)]))
    assert _strings(one) <= LISTED


@pytest.mark.parametrize(
    ("assume", "left_out", "name", "values"),
    [
        ("/endpoint/region: westeurope", "endpoints", "endpoint", [{"id": "weu"}, {"id": "x"}]),
        ("/project/residency: eu", "projects", "project", [{"id": "p"}, {"id": "q"}]),
        ("/project/id: p", "prompts", "project", [{"environment": e} for e in ("production", "x")]),
        ("/actor/credential/status: active", "credentials", "actor",
         [{"id": "svc", "credential": {"id": id_}} for id_ in ("k1", "k2")]),
        ("/actor/credential/id: k1", "prompts", "actor",
         [{"id": "svc", "credential": {"owner": owner}} for owner in ("svc", "eve")]),
        ("/actor/kind: service_account", "users", "actor", [{"id": "svc"}, {"id": "bot"}]),
    ],
)  # fmt: skip
def test_what_is_assumed_within_what_was_sent(
    assume: str, left_out: str, name: str, values: list[Any]
) -> None:
    one = plan(left_out, assume=f"assume: {{{assume}}}\n")
    for value in (*values, *values):
        check(one, {**BASES[0], name: value})


@settings(max_examples=300)
@given(
    st.sampled_from(LEFT_OUT),
    st.sampled_from(BASES),
    st.lists(st.lists(st.sampled_from(CHANGES), max_size=4), min_size=1, max_size=4),
)
def test_after_any_requests_any_others(left_out: Any, base: Any, sent: Any) -> None:
    one = plan(*left_out)
    for changes in sent:
        event(f"as before: {check(one, changed(base, changes))}")
    assert _strings(one) <= LISTED


def _kept(one: Plan) -> dict[tuple[Any, ...], Any]:
    before = one.joins._before
    return {} if before is None else before._kept


def _strings(one: Plan) -> set[str]:
    """What is kept of the words that callers sent."""
    kept = {part for key in _kept(one) for part in key if isinstance(part, str)}
    return kept | {value for made in _kept(one).values() for _, value in made.actor if value}


LISTED = set(re.findall(r"[\w@.-]+", "".join(ALL_TABLES.values()))) | {"service_account", "user"}
ORDINARY = BASES[0]


@pytest.mark.parametrize("base", [*BASES[:6], *BASES[8:]])
def test_an_ordinary_request_is_joined_as_before(base: dict[str, Any]) -> None:
    one = plan()
    check(one, base)
    assert check(one, base)


@pytest.mark.parametrize(
    "odd",
    [
        {"actor": {"id": "stranger", "credential": {"id": "k1"}}},
        {"actor": {"id": "svc", "credential": {"id": "k9"}}},
        {"project": {"id": "none"}},
        {"model": "unheard-of"},
        {"provider": "unheard-of"},
        {"endpoint": {"id": "weu", "deployment": "d"}},
    ],
)
def test_nothing_is_kept_that_the_tables_do_not_list(odd: dict[str, Any]) -> None:
    one = plan()
    before = len(_kept(one))
    assert not check(one, {**ORDINARY, **odd})
    assert len(_kept(one)) == before


def test_what_disagrees_with_the_tables_is_said_every_time() -> None:
    one = plan()
    check(one, {**ORDINARY, "project": {"id": "p", "environment": "production"}})
    facts = joined(one.joins, one, {**ORDINARY, "project": {"id": "p", "environment": "staging"}})
    assert [at for _, at, _ in facts.notes] == ["/project/environment"]


def test_a_bundle_of_many_accounts_keeps_a_bounded_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jurat.plan._join_again.MOST_KEPT", 3)
    count = 8
    accounts = "".join(f"a{number}: {{project: p}}\n" for number in range(count))
    files = {"bundle.yaml": HEAD, "rules/r.yaml": RULE, "data/service_accounts.yaml": accounts}
    one = engine(files).plans[0]
    for number in range(count):
        joined(one.joins, one, {"actor": {"id": f"a{number}"}, "project": {"id": "p"}})
    assert len(_kept(one)) == 3


def test_of_views_that_may_have_any_fields_nothing_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jurat.model._presence.MOST_SHAPES", 0)
    one = plan(assume="")
    odd = {
        "actor": {"id": "svc"},
        "project": {"id": "p"},
        "tags": {"a": "b"},
    }
    _same(one, Request.model_validate({**odd, "model": "gpt-4.1", "id": "r-1", "time": NOW}))
    assert not _kept(one)
