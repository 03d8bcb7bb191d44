from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_rule import STALE, snapshot, told

from jurat_rules.credential_owner import CredentialOwner

KIND = "owner-kind-not-allowed"
STATUS = "owner-not-active"
ALL = ["user", "service_account", "workload"]
PROJECT = {"id": "proj-a", "holders": ["service_account"]}
KEY = {"id": "key-1", "owner": "svc-1", "owner_kind": "service_account", "owner_status": "active"}

# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    {},
    {"kinds": ["user"]},
    {"kinds": ALL},
    {"active": False},
    {"kinds": ["workload", "service_account"], "active": False},
]


def key(**changes: Any) -> dict[str, Any]:
    """The good key with fields changed, or left out where the value is `...`."""
    return {name: value for name, value in {**KEY, **changes}.items() if value is not ...}


def on_request(
    credential: dict[str, Any] | None, params: dict[str, Any] | None = None, **more: Any
) -> list[str]:
    """What the rule says of a request with this credential; pointers within the credential."""
    actor = {"id": "caller", "credential": credential, **more.pop("actor", {})}
    given = {"actor": actor, "project": more.pop("project", PROJECT)}
    found = told("credential.owner", params or {}, given, **more)
    return [one.replace("/actor/credential", "").rstrip() for one in found]


def on_snapshot(
    credential: dict[str, Any], params: dict[str, Any] | None = None, **collections: Any
) -> list[str]:
    credential = {"project": "proj-a", **credential}
    holders = {"holders": ["service_account"]}
    collections = {"projects": {"proj-a": holders}, "principals": {}} | collections
    given = snapshot(
        credentials={"key-1": credential},
        **{name: items for name, items in collections.items() if items is not ...},
    )
    found = told("credential.owner", params or {}, given)
    return [one.replace("/credentials/items/key-1", "").rstrip() for one in found]


@pytest.mark.parametrize(
    ("credential", "codes"),
    [
        (key(), []),
        (key(owner=...), []),  # what is asked about the owner was told
        (key(status="active"), []),
        (key(status="rotating"), []),
        (key(owner_kind="user"), [f"{KIND} /owner_kind"]),
        (key(owner_kind="workload"), [f"{KIND} /owner_kind"]),
        (key(owner_status="suspended"), [f"{STATUS} /owner_status"]),
        (key(owner_status="deactivated"), [f"{STATUS} /owner_status"]),
        (key(owner_status="on-leave"), [f"{STATUS} /owner_status"]),  # only active is active
        (
            key(owner_status="deactivated", owner_kind="user"),
            [f"{KIND} /owner_kind", f"{STATUS} /owner_status"],
        ),
        (key(owner=None), ["owner-absent /owner"]),
        (key(owner=None, owner_kind=None, owner_status=None), ["owner-absent /owner"]),
    ],
)
def test_what_the_credential_carries(credential: dict[str, Any], codes: list[str]) -> None:
    assert on_request(credential) == codes
    assert on_snapshot(credential) == codes


@pytest.mark.parametrize(
    ("credential", "codes"),
    [
        (key(owner_kind=...), ["unknown /owner_kind"]),
        (key(owner_status=...), ["unknown /owner_status"]),
        (key(owner_kind=..., owner_status=...), ["unknown /owner_kind"]),
        (key(owner=..., owner_kind=...), ["unknown /owner_kind"]),
        (key(owner_status=None), ["unknown /principals"]),  # nobody lists the owner
        (key(owner_kind="user", owner_status=...), [f"{KIND} /owner_kind"]),  # the wrong stands
        (key(owner_status="suspended", owner_kind=...), [f"{STATUS} /owner_status"]),
        (key(status="revoked"), ["credential-revoked /status"]),
        (key(status="revoked", owner=None), ["credential-revoked /status"]),
        ({"id": None, "fingerprint": None}, ["credential-absent"]),
        (None, ["credential-absent"]),
    ],
)
def test_a_request_where_nobody_lists_principals(
    credential: dict[str, Any], codes: list[str]
) -> None:
    assert on_request(credential) == codes


def test_a_request_without_a_word_on_its_credential() -> None:
    given = {"actor": {"id": "caller"}, "project": PROJECT}
    assert told("credential.owner", {}, given) == ["unknown /actor/credential/owner_kind"]


@pytest.mark.parametrize(
    ("actor", "codes"),
    [
        ({"kind": "service_account", "status": "active"}, []),
        ({"kind": "user", "status": "active"}, [f"{KIND} /owner"]),
        ({"kind": "service_account", "status": "suspended"}, [f"{STATUS} /owner"]),
        ({"kind": "service_account", "status": None}, [f"{STATUS} /owner"]),
        ({"kind": None, "status": "active"}, [f"{KIND} /owner"]),
        ({"kind": "service_account"}, ["unknown /actor/status"]),
        ({"status": "active"}, ["unknown /actor/kind"]),
    ],
)
def test_the_actor_is_the_owner(actor: dict[str, Any], codes: list[str]) -> None:
    credential = {"id": "key-1", "owner": "caller"}
    assert on_request(credential, actor=actor) == codes


ACCOUNTS = {"svc-1": {"status": "active"}, "svc-2": {}, "svc-3": {"status": "deactivated"}}
USERS = {"u-1": {"status": "active"}, "u-2": {"kind": "workload", "status": "active"}}


@pytest.mark.parametrize(
    ("owner", "kinds", "codes"),
    [
        ("svc-1", ["service_account"], []),
        ("svc-1", ["user"], [f"{KIND} /owner"]),
        ("svc-2", ["service_account"], [f"{STATUS} /owner"]),  # its row has no status
        ("svc-3", ["service_account"], [f"{STATUS} /owner"]),
        ("u-1", ["user"], []),  # a row of users is a user
        ("u-1", ["workload"], [f"{KIND} /owner"]),
        ("u-2", ["workload"], []),
        ("nobody", ["user"], ["owner-not-listed /owner"]),
    ],
)
def test_a_request_whose_owner_stands_in_a_table(
    owner: str, kinds: list[str], codes: list[str]
) -> None:
    tables = {"service_accounts": ACCOUNTS, "users": USERS}
    credential = {"id": "key-1", "owner": owner}
    # an actor that is another than the owner, and in order
    actor = {"id": "svc-1", "kind": "service_account"}
    assert on_request(credential, {"kinds": kinds}, tables=tables, actor=actor) == codes
    one_table = {"service_accounts": ACCOUNTS} if owner.startswith("svc") else {"users": USERS}
    if owner != "nobody":
        assert on_request(credential, {"kinds": kinds}, tables=one_table, actor=actor) == codes


def test_one_table_alone_does_not_answer_for_everybody() -> None:
    credential = {"id": "key-1", "owner": "nobody", "owner_kind": None, "owner_status": None}
    for tables in ({"users": USERS}, {"service_accounts": ACCOUNTS}):
        actor = {"id": "u-1", "kind": "user"}
        assert on_request(credential, tables=tables, actor=actor) == ["unknown /principals"]


@pytest.mark.parametrize(
    ("owner", "codes"),
    [
        ("svc-1", []),
        ("svc-2", [f"{STATUS} /owner"]),
        ("u-1", [f"{KIND} /owner"]),
        ("bare", ["unknown /principals/items/bare/kind"]),
        ("nobody", ["owner-not-listed /owner"]),
    ],
)
def test_a_request_whose_owner_is_in_the_armed_state(owner: str, codes: list[str]) -> None:
    state = snapshot(
        principals={
            "svc-1": {"kind": "service_account", "status": "active"},
            "svc-2": {"kind": "service_account", "status": "suspended"},
            "u-1": {"kind": "user", "status": "active"},
            "bare": {},
            "caller": {},
        }
    )
    found = on_request({"id": "key-1", "owner": owner}, state=state)
    assert found == codes
    old = {**state, "principals": {**state["principals"], "observed_at": STALE}}
    assert on_request({"id": "key-1", "owner": owner}, state=old) == ["unknown /principals"]


@pytest.mark.parametrize(
    ("credential", "principals", "codes"),
    [
        ({"owner": "svc-1"}, {"svc-1": {"kind": "service_account", "status": "active"}}, []),
        (
            {"owner": "u-1"},
            {"u-1": {"kind": "user", "status": "deactivated"}},
            [f"{KIND} /owner", f"{STATUS} /owner"],
        ),
        ({"owner": "svc-1"}, {}, ["owner-not-listed /owner"]),
        ({"owner": "svc-1"}, ..., ["unknown /principals"]),
        ({}, {}, ["unknown /owner"]),
        ({"owner": None}, ..., ["owner-absent /owner"]),
        (
            {"owner": "svc-1"},
            {"svc-1": {"kind": "service_account"}},
            ["unknown /principals/items/svc-1/status"],
        ),
        ({"owner": "svc-1"}, {"svc-1": {"kind": "user"}}, [f"{KIND} /owner"]),
        ({"owner": "u-1", "owner_kind": "user"}, ..., [f"{KIND} /owner_kind"]),
        # what the credential carries counts
        ({"owner": "svc-1", "owner_status": "active"}, {"svc-1": {"kind": "service_account"}}, []),
        ({"status": "revoked", "owner": None}, {}, []),
        ({"status": "revoked"}, ..., []),
    ],
)
def test_snapshots(credential: dict[str, Any], principals: Any, codes: list[str]) -> None:
    assert on_snapshot(credential, principals=principals) == codes


def test_a_snapshot_s_principals_are_corrected_by_the_tables() -> None:
    given = snapshot(
        projects={"proj-a": {"holders": ["service_account"]}},
        principals={"svc-1": {"kind": "service_account", "status": "active"}},
        credentials={"key-1": {"project": "proj-a", "owner": "svc-1"}},
    )
    assert told("credential.owner", {}, given) == []
    tables = {"service_accounts": {"svc-1": {"status": "deactivated"}}}
    found = told("credential.owner", {}, given, tables=tables)
    assert found == [f"{STATUS} /credentials/items/key-1/owner"]


@pytest.mark.parametrize(
    ("project", "codes"),
    [
        ({"id": "proj-a", "holders": ["user", "service_account"]}, []),
        ({"id": "proj-a", "holders": []}, [f"{KIND} /owner_kind"]),
        ({"id": "proj-a", "holders": None}, ["holders-absent"]),
        ({"id": "proj-a"}, ["unknown /project/holders"]),
        ({"id": None, "holders": None}, ["holders-absent"]),
    ],
)
def test_holders(project: dict[str, Any], codes: list[str]) -> None:
    assert on_request(key(), project=project) == codes
    # the status is looked at all the same, and `kinds` asks nothing of the project
    bad = key(owner_status="suspended")
    expected = [one for one in codes if not one.startswith("unknown")] + [
        f"{STATUS} /owner_status"
    ]
    assert on_request(bad, project=project) == sorted(expected)
    assert on_request(key(), {"kinds": ["service_account"]}, project=project) == []


def test_a_key_of_no_project() -> None:
    assert on_snapshot(key(project=None)) == ["holders-absent"]
    assert on_snapshot(key(project=None), {"kinds": ["service_account"]}) == []


@pytest.mark.parametrize("status", [..., None, "deactivated", "suspended"])
def test_without_active_the_status_is_not_asked_for(status: Any) -> None:
    assert on_request(key(owner_status=status), {"active": False}) == []
    assert on_request(key(owner_status=status, owner_kind=...), {"active": False}) == [
        "unknown /owner_kind"
    ]


def test_no_value_of_the_caller_is_in_a_message(bench: Any) -> None:
    rule = bench(CredentialOwner)({"kinds": ["user"]})
    kind, status = rule(key(owner="sk-live-1", owner_status="sk-live-2", owner_kind="workload"))
    assert "sk-live" not in kind.message + status.message
    assert (kind.quote, status.quote) == ({"kind": "workload"}, {"status": "sk-live-2"})
    assert kind.evidence == {"holders": "user"}
    assert kind.remediation
    assert status.remediation


@pytest.mark.parametrize(
    ("params", "at"),
    [({"kinds": []}, ("kinds",)), ({"kinds": ["user", "workload", "user"]}, ("kinds", 2))],
)
def test_refused_params(bench: Any, params: dict[str, Any], at: tuple[str | int, ...]) -> None:
    error = bench(CredentialOwner).refuses(params)
    assert error.at == at
    assert error.help


@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.sampled_from(ALL), min_size=1),
    st.sampled_from([None, ..., *ALL]),
    st.sampled_from([None, ..., "active", "suspended"]),
    st.sampled_from([None, ..., "svc-1", "gone"]),
)
def test_fewer_kinds_never_let_more_pass(
    kinds: set[str], kind: Any, status: Any, owner: Any
) -> None:
    credential = key(owner_kind=kind, owner_status=status, owner=owner)
    listed = {"svc-1": {"kind": "service_account", "status": "active"}}
    narrow = on_snapshot(credential, {"kinds": sorted(kinds)}, principals=listed)
    if narrow == []:
        assert on_snapshot(credential, {"kinds": ALL}, principals=listed) == []
