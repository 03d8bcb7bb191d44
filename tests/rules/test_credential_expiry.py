from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat_rules.credential_expiry import CredentialExpiry

# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [{}, {"allow_never": True, "warn_before": "7d"}]


def key(expires_at: Any, **fields: Any) -> dict[str, Any]:
    return {"id": "key-1", "expires_at": expires_at, "status": "active", **fields}


@pytest.mark.parametrize("on", ["request", "org_state"])
@pytest.mark.parametrize(
    ("expires_at", "codes"),
    [
        ("2026-05-25T12:00:01Z", []),
        ("2026-05-25T12:00:00Z", ["credential-expired"]),  # at exactly now
        ("2026-05-25T14:00:00+02:00", ["credential-expired"]),  # the same moment
        ("2026-05-25T11:59:59Z", ["credential-expired"]),
        (None, ["credential-never-expires"]),
    ],
)
def test_boundary(bench: Any, expires_at: str | None, codes: list[str], on: str) -> None:
    assert bench(CredentialExpiry)(on=on).codes(key(expires_at)) == codes


def test_allow_never(bench: Any) -> None:
    rule = bench(CredentialExpiry)({"allow_never": True})
    assert rule.codes(key(None)) == []
    assert rule.codes(key("2026-05-25T12:00:00Z")) == ["credential-expired"]
    # never sent is not never: nobody said that there is no expiry
    assert rule.codes({"id": "key-1"}) == ["unknown /expires_at"]
    nothing = dict.fromkeys(["id", "fingerprint", "expires_at", "status"])
    assert rule.codes(nothing) == ["credential-absent"]


def test_revoked(bench: Any) -> None:
    for expires_at in (None, "2026-05-25T11:00:00Z", "2030-01-01T00:00:00Z"):
        revoked = key(expires_at, status="revoked")
        assert bench(CredentialExpiry)().codes(revoked) == ["credential-revoked"]
        assert bench(CredentialExpiry)(on="org_state").codes(revoked) == []


@pytest.mark.parametrize(
    ("expires_at", "codes"),
    [
        ("2026-06-01T12:00:01Z", []),
        ("2026-06-01T12:00:00Z", ["advice credential-expiring"]),
        ("2026-05-25T12:00:01Z", ["advice credential-expiring"]),
        ("2026-05-25T12:00:00Z", ["credential-expired"]),
    ],
)
def test_warn_before(bench: Any, expires_at: str, codes: list[str]) -> None:
    assert bench(CredentialExpiry)({"warn_before": "7d"}).codes(key(expires_at)) == codes


def test_messages(bench: Any) -> None:
    rule = bench(CredentialExpiry)({"warn_before": "7d"})
    assert rule(key("2026-05-25T12:00:00Z"))[0].message == "expires at this very moment"
    assert rule(key("2026-05-24T11:00:00Z"))[0].message == "expired 1d1h ago"
    assert rule(key("2026-05-26T12:00:00Z"))[0].message == "expires in 1d"


def test_refused_params(bench: Any) -> None:
    assert bench(CredentialExpiry).refuses({"warn_before": "0d"}).help


@given(st.timedeltas(timedelta(), timedelta(days=4000)))
def test_once_expired_always_expired(bench: Any, later: timedelta) -> None:
    end = datetime(2026, 5, 25, tzinfo=UTC)
    rule = bench(CredentialExpiry)()
    assert rule.codes(key(end), now=end + later) == ["credential-expired"]
