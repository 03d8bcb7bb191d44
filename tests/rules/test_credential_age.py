from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat_rules.credential_age import CredentialAge

CREATED = "2026-03-31T12:00:00Z"  # 55 days before the bench's now


# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [{"max_age": "60d"}, {"max_age": "12h", "warn_before": "1h"}]


def key(**fields: Any) -> dict[str, Any]:
    return {"id": "key-1", "created_at": CREATED, "status": "active", **fields}


@pytest.mark.parametrize(
    ("max_age", "codes"),
    [
        ("60d", []),
        ("55d", []),  # exactly max_age is allowed
        ("54d23h59m59s", ["credential-too-old"]),
        ("30d", ["credential-too-old"]),
    ],
)
@pytest.mark.parametrize("on", ["request", "org_state"])
def test_boundary(bench: Any, max_age: str, codes: list[str], on: str) -> None:
    assert bench(CredentialAge)({"max_age": max_age}, on=on).codes(key()) == codes


@pytest.mark.parametrize(
    ("credential", "on_request", "on_snapshot"),
    [
        (key(status="revoked"), ["credential-revoked"], []),
        (key(status="rotating"), [], []),
        (key(status="revoked", created_at="2020-01-01T00:00:00Z"), ["credential-revoked"], []),
        (key(created_at=None), ["credential-age-unknown"], ["credential-age-unknown"]),
        ({"id": "key-1", "status": "active"}, ["unknown /created_at"], ["unknown /created_at"]),
        ({"id": "key-1", "created_at": CREATED}, [], []),  # the status was not supplied
        ({"created_at": CREATED}, [], []),
    ],
)
def test_absent_and_revoked(
    bench: Any, credential: dict[str, Any], on_request: list[str], on_snapshot: list[str]
) -> None:
    params = {"max_age": "60d"}
    assert bench(CredentialAge)(params).codes(credential) == on_request
    assert bench(CredentialAge)(params, on="org_state").codes(credential) == on_snapshot


def test_request_without_credential(bench: Any) -> None:
    nothing = dict.fromkeys(["id", "fingerprint", "created_at", "expires_at", "status"])
    assert bench(CredentialAge)({"max_age": "60d"}).codes(nothing) == ["credential-absent"]


def test_created_later_than_now_is_an_error(bench: Any) -> None:
    rule = bench(CredentialAge)({"max_age": "60d"})
    with pytest.raises(ValueError, match="clocks"):
        rule(key(created_at="2026-05-25T12:00:01Z"))
    assert rule.codes(key(created_at="2026-05-25T12:00:00Z")) == []


@pytest.mark.parametrize(
    ("warn_before", "codes"),
    [("4d", []), ("5d", []), ("6d", ["advice credential-ageing"])],
)
def test_warn_before(bench: Any, warn_before: str, codes: list[str]) -> None:
    rule = bench(CredentialAge)({"max_age": "60d", "warn_before": warn_before})
    assert rule.codes(key()) == codes
    assert rule.codes(key(created_at="2026-01-01T00:00:00Z")) == ["credential-too-old"]


def test_finding(bench: Any) -> None:
    (finding,) = bench(CredentialAge)({"max_age": "50d"})(key())
    assert finding.at == ""  # the credential itself
    assert finding.message == "55d old, at most 50d are allowed"
    assert finding.evidence == {"age": "55d", "max_age": "50d"}
    assert finding.remediation


@pytest.mark.parametrize(
    ("params", "at"),
    [
        ({"max_age": "0d"}, ()),
        ({"max_age": "60d", "warn_before": "60d"}, ("warn_before",)),
    ],
)
def test_refused_params(bench: Any, params: dict[str, str], at: tuple[str, ...]) -> None:
    error = bench(CredentialAge).refuses(params)
    assert error.at == at
    assert error.help


@given(
    age=st.timedeltas(timedelta(), timedelta(days=400)),
    later=st.timedeltas(timedelta(), timedelta(days=400)),
)
def test_once_too_old_always_too_old(bench: Any, age: timedelta, later: timedelta) -> None:
    rule = bench(CredentialAge)({"max_age": "60d"})
    now = datetime(2026, 1, 1, tzinfo=UTC)
    credential = key(created_at=now - age)
    if rule.codes(credential, now=now) == ["credential-too-old"]:
        assert rule.codes(credential, now=now + later) == ["credential-too-old"]
