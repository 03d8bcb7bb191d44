from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat_rules.limits_rate import LimitsRate

# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    {},
    {"by": ["model"]},
    {"by": ["actor", "project", "model"], "counter": "shared"},
    {"tpm": 1000, "by": ["project"]},
    {"rpm": 5, "tpm": 0},
]
ABSENT = ["limit-absent"]
EXCEEDED = ["rate-exceeded"]
RPM = "rule/rpm/actor/svc-1"
TPM = "rule/tpm/actor/svc-1"
TABLES = {
    "actor": {"id": "svc-1", "limits": {"rpm": 10, "tpm": 1000}},
    "project": {"id": "proj-a", "limits": {"rpm": 100, "tpm": None}},
    "estimated_tokens": 50,
}


def request(**fields: Any) -> dict[str, Any]:
    return {**TABLES, **fields}


@pytest.mark.parametrize(
    ("held", "codes"),
    [
        ({}, []),
        ({RPM: 9, TPM: 950}, []),  # exactly the limit is allowed
        ({RPM: 10}, EXCEEDED),
        ({TPM: 951}, EXCEEDED),
        ({RPM: 10, TPM: 951}, EXCEEDED * 2),
        ({"rule/rpm/project/proj-a": 99}, []),
        ({"rule/rpm/project/proj-a": 100}, EXCEEDED),
        ({"rule/tpm/project/proj-a": 10**9}, []),  # the project has no limit of tokens
    ],
)
def test_limits_from_the_tables(bench: Any, held: dict[str, int], codes: list[str]) -> None:
    assert bench(LimitsRate)().codes(request(), held=held) == codes


@pytest.mark.parametrize(
    ("params", "held", "codes"),
    [
        ({"rpm": 2}, {RPM: 1}, []),
        ({"rpm": 2}, {RPM: 2}, EXCEEDED),
        ({"rpm": 2}, {TPM: 10**9}, []),
        ({"rpm": 2, "by": ["project"]}, {RPM: 2}, []),
        ({"tpm": 60}, {TPM: 11}, EXCEEDED),
        ({"rpm": 0}, {}, EXCEEDED * 2),  # of the actor and of the project
        ({"rpm": 2, "counter": "calls"}, {"calls/rpm/actor/svc-1": 2}, EXCEEDED),
    ],
)
def test_limits_from_the_rule(
    bench: Any, params: dict[str, Any], held: dict[str, int], codes: list[str]
) -> None:
    bare = {"actor": {"id": "svc-1"}, "project": {"id": "proj-a"}, "estimated_tokens": 50}
    assert bench(LimitsRate)(params).codes(bare, held=held) == codes


@pytest.mark.parametrize(
    ("params", "given", "codes"),
    [
        ({}, request(actor={"limits": {"rpm": 1, "tpm": 1}}), ["unknown /actor/id"]),
        ({}, request(actor={"id": "svc-1"}), ["unknown /actor/limits/rpm"]),
        ({}, request(actor={"id": "svc-1", "limits": {"rpm": 1}}), ["unknown /actor/limits/tpm"]),
        ({}, request(actor={"id": "svc-1", "limits": None}), []),  # the project's holds
        ({}, request(actor=None), []),
        ({}, request(actor=None, project=None), ABSENT),
        ({"by": ["actor"]}, request(actor={"id": "svc-1", "limits": None}), ABSENT),
        ({"by": ["actor"], "rpm": 5}, request(actor={"id": None}), ["limit-subject-absent"]),
        ({}, request(estimated_tokens=None), ["tokens-not-estimated"]),
        ({"tpm": 5}, request(estimated_tokens=None), ["tokens-not-estimated"]),
        ({"rpm": 5}, request(estimated_tokens=None), []),
        ({"by": ["model"], "rpm": 5}, {"model": "gpt-4.1"}, []),
        ({"by": ["model"], "rpm": 5}, {"model": None}, ["limit-subject-absent"]),
        ({"by": ["model"], "rpm": 5}, {}, ["unknown /model"]),
        ({"by": ["model"]}, {"model": "gpt-4.1"}, ["unknown /model_info/limits/rpm"]),
    ],
)
def test_absent_and_unknown(
    bench: Any, params: dict[str, Any], given: dict[str, Any], codes: list[str]
) -> None:
    assert bench(LimitsRate)(params).codes(given, held={}) == codes


def test_without_an_estimate_requests_are_counted_none_the_less(bench: Any) -> None:
    rule = bench(LimitsRate)({"rpm": 5, "tpm": 5, "by": ["actor"]})
    given = {"actor": {"id": "svc-1"}}
    assert rule.codes(given, held={}) == ["unknown /estimated_tokens"]
    assert rule.codes(given, held={RPM: 4}) == ["unknown /estimated_tokens"]


def test_counters_that_can_not_be_read_are_unknown(bench: Any) -> None:
    assert bench(LimitsRate)().codes(request()) == ["unknown /counters"]


def test_an_alias_has_no_counter_of_its_own(bench: Any) -> None:
    rule = bench(LimitsRate)({"by": ["model"], "rpm": 1})
    given = {"model": "gpt-main", "model_info": {"id": "gpt-4.1"}}
    assert rule.codes(given, held={"rule/rpm/model/gpt-4.1": 1}) == EXCEEDED


def test_finding(bench: Any) -> None:
    rule = bench(LimitsRate)({"by": ["actor"]})
    (finding,) = rule(request(estimated_tokens=60), held={TPM: 1000})
    assert finding.at == "/actor/id"
    assert finding.message == (
        "1,060 tokens in a minute for this actor, at most 1,000 are allowed"
    )
    assert finding.evidence == {
        "by": "actor",
        "measure": "tpm",
        "used": 1000,
        "asked": 60,
        "limit": 1000,
        "retry_after": 61,
    }
    assert finding.remediation
    (never,) = rule(request(estimated_tokens=1001), held={})
    assert "retry_after" not in never.evidence
    assert never.remediation


@pytest.mark.parametrize(
    "params",
    [
        {"rpm": -1},
        {"tpm": 2**60},
        {"rpm": "5"},
        {"rpm": True},
        {"by": []},
        {"by": ["actor", "actor"]},
        {"counter": "a/b"},
        {"counter": ""},
    ],
)
def test_refused_params(bench: Any, params: dict[str, Any]) -> None:
    assert bench(LimitsRate).refuses(params).help


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_a_lower_limit_and_more_use_never_allow(
    bench: Any, used: int, more: int, limit: int
) -> None:
    def passes(used: int, limit: int) -> bool:
        rule = bench(LimitsRate)({"rpm": limit, "by": ["actor"]})
        return rule.codes(request(), held={RPM: used}) == []  # type: ignore[no-any-return]  # a bench

    if not passes(used, limit):
        assert not passes(used + more, limit)
        assert not passes(used, max(0, limit - more))
