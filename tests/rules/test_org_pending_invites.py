from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from one_rule import STALE, load, snapshot, told

from jurat_rules.org_pending_invites import OrgPendingInvites

SAMPLES: list[dict[str, Any]] = [
    {},
    {"max_age": "7d", "domains": ["example.org", "Example.com"], "forbidden_roles": ["owner"]},
    {"forbidden_roles": ["reader"]},
]

KIND = "org.pending_invites"
NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ALL = {
    "max_age": "7d",
    "domains": ["example.com", "münchen.example"],
    "forbidden_roles": ["owner"],
}


def invite(**fields: Any) -> dict[str, Any]:
    return {
        "email": "ann@example.com",
        "role": "reader",
        "status": "pending",
        "accepted_at": None,
        "created_at": NOW - timedelta(days=1),
        "expires_at": NOW + timedelta(days=6),
        **fields,
    }


def without(*names: str, **fields: Any) -> dict[str, Any]:
    return {key: value for key, value in invite(**fields).items() if key not in names}


EXPIRED, TOO_OLD = ["invite-expired"], ["invite-too-old"]
DOMAIN, ROLE = ["invite-domain"], ["invite-role"]


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        (invite(), []),
        # expired ones that are still listed
        (invite(expires_at=NOW), EXPIRED),
        (invite(expires_at=NOW + SECOND), []),
        (invite(expires_at=None), []),
        (invite(status="expired"), EXPIRED),
        (without("expires_at", status="expired"), EXPIRED),
        (without("expires_at"), ["unknown /expires_at"]),
        # age
        (invite(created_at=NOW - timedelta(days=7)), []),
        (invite(created_at=NOW - timedelta(days=7) - SECOND), TOO_OLD),
        (invite(created_at=NOW), []),
        (invite(created_at=None), ["invite-age-unknown"]),
        (without("created_at"), ["unknown /created_at"]),
        # domain
        (invite(email="ann@EXAMPLE.com"), []),
        (invite(email="ann@example.com."), []),
        (invite(email="ann@münchen.example"), []),
        (invite(email="ann@MÜNCHEN.example"), []),
        (invite(email="ann@xn--mnchen-3ya.example"), []),
        (invite(email="ann@mail.example.com"), DOMAIN),
        (invite(email="ann@example.com.evil.example"), DOMAIN),
        (invite(email="ann@notexample.com"), DOMAIN),
        (invite(email="ann@example.com@evil.example"), DOMAIN),
        (invite(email="ann@example.com "), DOMAIN),
        (invite(email="example.com"), DOMAIN),
        (invite(email="@example.com"), DOMAIN),
        (invite(email="ann@" + "ü" * 300), DOMAIN),
        (invite(email=""), DOMAIN),
        (invite(email=None), DOMAIN),
        (without("email"), ["unknown /email"]),
        # role
        (invite(role="owner"), ROLE),
        (invite(role="Owner"), []),
        (invite(role=None), []),
        (without("role"), ["unknown /role"]),
        # settled
        (invite(status="accepted", expires_at=NOW, role="owner"), []),
        (invite(accepted_at=NOW, expires_at=NOW), []),
        (without("status", accepted_at=NOW, role="owner"), []),
        (without("accepted_at", status="revoked", role="owner"), []),
        (without("accepted_at", role="owner"), ROLE),  # pending, and so not accepted
        (without("status", role="owner"), ROLE),
        (invite(status=None, role="owner"), ROLE),
        (without("accepted_at", status=None), ["unknown /accepted_at"]),
        (without("accepted_at", "status"), ["unknown /status"]),
        # several at once; what is wrong stands, whatever else is missing
        (invite(role="owner", email=None, expires_at=NOW), EXPIRED + DOMAIN + ROLE),
        (without("created_at", role="owner"), ROLE),
    ],
)
def test_invites(bench: Any, given: dict[str, Any], codes: list[str]) -> None:
    assert bench(OrgPendingInvites)(ALL, on="org_state").codes(given) == codes


def test_what_is_not_asked_for_is_not_read(bench: Any) -> None:
    bare = {"status": "pending", "expires_at": None}
    assert bench(OrgPendingInvites)(on="org_state").codes(bare) == []
    nobody = bench(OrgPendingInvites)({"domains": []}, on="org_state")
    assert nobody.codes(invite()) == DOMAIN  # an empty list has no domain on it


def test_created_later_than_now_is_an_error(bench: Any) -> None:
    with pytest.raises(ValueError, match="clocks"):
        bench(OrgPendingInvites)(ALL, on="org_state")(invite(created_at=NOW + SECOND))


@pytest.mark.parametrize(
    ("params", "help"),
    [
        ({"max_age": "0d"}, "unit"),
        ({"domains": ["ann@example.com"]}, "write example.com"),
        ({"domains": ["*.example.com"]}, "a domain of its own"),
        ({"domains": [""]}, "like example.com"),
        ({"forbidden_roles": ["owner "]}, "like owner"),
    ],
)
def test_refused_params(bench: Any, params: Any, help: str) -> None:
    assert help in bench(OrgPendingInvites).refuses(params, on="org_state").help


def test_through_the_engine() -> None:
    items = {"i-1": {**invite(email="zoe@private.invalid", role="owner")}, "i-2": invite()}
    for item in items.values():
        item |= {k: item[k].isoformat() for k in ("created_at", "expires_at")}
    given = snapshot(invites=items)
    at = "/invites/items/i-1"
    assert told(KIND, ALL, given) == [f"invite-domain {at}/email", f"invite-role {at}/role"]
    decision = load(KIND, ALL, "org_state").evaluate(given, now=NOW)
    assert "zoe" not in repr([reason.to_dict() for reason in decision.reasons])
    assert "private" not in repr([reason.to_dict() for reason in decision.reasons])
    assert told(KIND, ALL, snapshot()) == ["unknown /invites"]
    assert told(KIND, ALL, snapshot(invites={})) == []
    assert told(KIND, ALL, snapshot(STALE, invites={})) == ["unknown /invites"]


@given(
    age=st.timedeltas(timedelta(), timedelta(30)), later=st.timedeltas(timedelta(), timedelta(30))
)
def test_an_open_invite_never_gets_better(bench: Any, age: timedelta, later: timedelta) -> None:
    rule = bench(OrgPendingInvites)(ALL, on="org_state")
    sent = invite(created_at=NOW - age)
    assert set(rule.codes(sent)) <= set(rule.codes(sent, now=NOW + later))


@given(
    domains=st.lists(st.sampled_from(["example.com", "b.example", "c.example"]), max_size=3),
    drop=st.integers(0, 2),
    email=st.sampled_from(["a@example.com", "a@b.example", "a@d.example"]),
)
def test_fewer_domains_never_widen(bench: Any, domains: list[str], drop: int, email: str) -> None:
    def codes(listed: list[str]) -> list[str]:
        found: list[str] = bench(OrgPendingInvites)({"domains": listed}, on="org_state").codes(
            invite(email=email)
        )
        return found

    if codes(domains) == DOMAIN:
        assert codes(domains[:drop] + domains[drop + 1 :]) == DOMAIN
