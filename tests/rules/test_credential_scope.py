from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_rule import STALE, snapshot, told

from jurat.model import Credential, Request, build, view_class
from jurat_rules.credential_scope import CredentialScope

CHAT = "chat.completions"
MISSING = "scope-missing /scopes"
WIDE = "scope-too-wide /scopes"

# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    {},
    {"needs": {"embeddings": "vectors"}},
    {"wildcards": True},
    {"parts": ["action"], "needs": {"embeddings": "chat"}},
    {"parts": ["width"], "wildcards": True},
]
ROLES = {
    "member": {"permissions": [CHAT, "embeddings"]},
    "reader": {"permissions": ["files.read"]},
    "chatter": {"permissions": ["chat.*"]},
    "owner": {"permissions": ["*"]},
    "admin": {"permissions": ["all"]},
    "empty": {},
}


def on_request(
    scopes: Any,
    actor: dict[str, Any] | None = None,
    params: dict[str, Any] | None = None,
    *,
    action: Any = CHAT,
    **more: Any,
) -> list[str]:
    """What the rule says of a request; pointers within the credential, `...` is left out."""
    credential = {"id": "key-1", "scopes": scopes, **more.pop("key", {})}
    actor = {"id": "svc-1", "permissions": [], "roles": ["member"], **(actor or {})}
    more.setdefault("tables", {"roles": ROLES})
    given = {"action": action, "actor": {**_told(actor), "credential": _told(credential)}}
    found = told("credential.scope", params or {}, _told(given), **more)
    return [one.replace("/actor/credential", "").rstrip() for one in found]


def on_snapshot(
    key: dict[str, Any],
    principal: dict[str, Any] | None = None,
    params: dict[str, Any] | None = None,
    *,
    tables: dict[str, Any] | None = None,
    **collections: Any,
) -> list[str]:
    key = {"project": "proj-a", "owner": "u-1", "scopes": [CHAT], **key}
    principal = {"permissions": None, "roles": [], "groups": [], **(principal or {})}
    everything = {"principals": {"u-1": _told(principal)}, "roles": ROLES}
    everything |= {"assignments": {}, "groups": {}} | collections
    given = snapshot(credentials={"key-1": _told(key)}, **_told(everything))
    found = told("credential.scope", params or {}, _told(given), tables=tables)
    return [one.replace("/credentials/items/key-1", "").rstrip() for one in found]


def _told(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not ...}


@pytest.mark.parametrize(
    ("scopes", "codes"),
    [
        ([CHAT], []),
        ([CHAT, "embeddings"], []),
        (["embeddings"], [MISSING]),
        ([CHAT, "files.read"], [WIDE]),
        (["files.read"], [MISSING, WIDE]),
        ([], [MISSING]),  # it may do nothing: not wide
        (None, ["scopes-absent /scopes"]),
        (..., ["unknown /scopes"]),
        (["*"], [MISSING, WIDE]),
        (["all"], [MISSING, WIDE]),
        (["chat.*"], [MISSING, WIDE]),  # a name like any other
    ],
)
def test_requests(scopes: Any, codes: list[str]) -> None:
    assert on_request(scopes) == codes


@pytest.mark.parametrize(
    ("scopes", "roles", "codes"),
    [
        (["chat.*"], ["chatter"], []),
        ([CHAT], ["chatter"], []),
        (["chat.*"], ["member"], [WIDE]),
        (["*"], ["chatter"], [WIDE]),
        (["all"], ["member"], [WIDE]),
        (["*"], ["owner"], []),
        (["all"], ["owner"], []),
        (["*"], ["admin"], []),
        (["chat.*", "files.*"], ["owner"], []),
        (["files.*"], ["chatter"], [MISSING, WIDE]),
        (["chat*"], ["chatter"], [MISSING, WIDE]),  # a star after no dot is no wildcard
        (["chatty.completions", CHAT], ["chatter"], [WIDE]),
    ],
)
def test_wildcards(scopes: list[str], roles: list[str], codes: list[str]) -> None:
    assert on_request(scopes, {"roles": roles}, {"wildcards": True}) == codes


@pytest.mark.parametrize(
    ("scopes", "roles", "codes"),
    [
        (["*", CHAT], ["owner", "member"], []),
        (["all", CHAT], ["admin", "member"], []),
        (["all", CHAT], ["owner", "member"], [WIDE]),
        ([CHAT], ["chatter"], [WIDE]),
        ([CHAT], ["owner"], [WIDE]),
    ],
)
def test_names_alone(scopes: list[str], roles: list[str], codes: list[str]) -> None:
    assert on_request(scopes, {"roles": roles}) == codes


@pytest.mark.parametrize(
    ("actor", "codes"),
    [
        ({"permissions": [CHAT], "roles": ...}, []),  # no role is needed
        ({"permissions": ..., "roles": ["member"]}, []),
        ({"permissions": ..., "roles": ["reader"]}, ["unknown /actor/permissions"]),
        ({"permissions": [], "roles": ...}, ["unknown /actor/roles"]),
        ({"permissions": None, "roles": None}, [WIDE]),
        ({"permissions": [], "roles": ["nobody-knows"]}, [WIDE]),
        ({"permissions": [], "roles": ["empty"]}, [WIDE]),
        ({"permissions": [], "roles": ["reader", "member"]}, []),
    ],
)
def test_what_the_actor_may_do(actor: dict[str, Any], codes: list[str]) -> None:
    assert on_request([CHAT], actor) == codes


def test_roles_that_nobody_tells_are_asked_for_where_they_matter() -> None:
    assert on_request([CHAT], {"permissions": [CHAT]}, tables={}) == []
    assert on_request([CHAT], {"permissions": []}, tables={}) == ["unknown /roles"]
    state = snapshot(roles=ROLES)
    assert on_request([CHAT], tables={}, state=state) == []
    assert on_request([CHAT], {"roles": ["reader"]}, tables={}, state=state) == [WIDE]
    bare = snapshot(roles={"member": {}})
    unknown = ["unknown /roles/items/member/permissions"]
    assert on_request([CHAT], tables={}, state=bare) == unknown
    assert on_request([CHAT], tables={}, state=snapshot(STALE, roles=ROLES)) == ["unknown /roles"]


@pytest.mark.parametrize(
    ("key", "codes"),
    [
        ({"owner": "svc-1"}, []),  # the actor
        ({"owner": None}, []),
        ({"owner": "svc-2"}, [WIDE]),  # another's key
        ({"owner": "svc-3"}, []),
        ({"owner": "gone"}, ["owner-not-listed /owner"]),
        ({"status": "revoked"}, ["credential-revoked /status"]),
        ({"id": None, "fingerprint": None, "scopes": None}, ["credential-absent"]),
    ],
)
def test_whose_key_it_is(key: dict[str, Any], codes: list[str]) -> None:
    accounts = {
        "svc-1": {"roles": ["member"]},
        "svc-2": {"roles": ["reader"]},
        "svc-3": {"permissions": [CHAT]},
    }
    tables = {"roles": ROLES, "service_accounts": accounts, "users": {}}
    actor = {"permissions": ..., "roles": ...}
    assert on_request([CHAT], actor, tables=tables, key=key) == codes


def test_an_owner_that_nobody_lists() -> None:
    assert on_request([CHAT], key={"owner": "svc-2"}) == ["unknown /principals"]
    wrong = on_request(["files.read"], key={"owner": "svc-2"})
    assert wrong == [MISSING]  # what is known to be wrong stands


@pytest.mark.parametrize(
    ("action", "codes"),
    [
        ("embeddings", []),
        (CHAT, [MISSING]),
        (None, ["action-absent /scopes"]),
        (..., ["unknown /action"]),
    ],
)
def test_actions(action: Any, codes: list[str]) -> None:
    assert on_request(["embeddings"], action=action) == codes


def test_needs() -> None:
    params = {"parts": ["action"], "needs": {"embeddings": "vectors"}}
    assert on_request(["vectors"], params=params, action="embeddings") == []
    assert on_request(["embeddings"], params=params, action="embeddings") == [MISSING]
    assert on_request([CHAT], params=params) == []


def test_parts() -> None:
    nobody = {"permissions": ..., "roles": ...}
    assert on_request([CHAT], nobody, {"parts": ["action"]}) == []
    assert on_request(["embeddings"], params={"parts": ["width"]}, action=...) == []


OF_GROUP = {"g": {"roles": ["member"], "members": ["u-1"]}}
ASSIGNED = {"a": {"principal": "u-1", "role": "member", "project": None}}
THERE = {"a": {"principal": "u-1", "role": "member", "project": "proj-a"}}
ELSEWHERE = {"a": {"principal": "u-1", "role": "member", "project": "proj-b"}}

TO_GROUP = {"a": {"principal": "g", "principal_kind": "group", "role": "member", "project": None}}


@pytest.mark.parametrize(
    ("principal", "collections", "codes"),
    [
        ({"roles": ["member"]}, {}, []),
        ({"roles": ["reader"]}, {}, [WIDE]),
        ({"permissions": [CHAT]}, {"roles": ...}, []),
        ({}, {"groups": OF_GROUP}, []),
        ({"groups": ["g"]}, {"groups": {"g": {"roles": ["member"], "members": []}}}, []),
        ({"groups": ["g"]}, {"groups": {"g": {"roles": ["member"]}}}, []),
        ({}, {"groups": {"g": {"roles": ["member"], "members": ["u-2"]}}}, [WIDE]),
        ({}, {"assignments": ASSIGNED}, []),
        ({"roles": ...}, {"assignments": ASSIGNED}, []),
        ({"roles": ...}, {"assignments": {}}, [WIDE]),  # the assignments are all there are
        ({"roles": ...}, {"assignments": ...}, ["unknown /assignments"]),
        ({"roles": ["member"]}, {"assignments": ..., "groups": ...}, []),
        # a collection that was not collected is not one that is empty
        ({}, {"assignments": ...}, ["unknown /assignments"]),
        ({}, {"groups": ...}, ["unknown /groups"]),
        ({}, {"assignments": THERE}, []),
        ({}, {"assignments": ELSEWHERE}, [WIDE]),
        (
            {},
            {"assignments": TO_GROUP,
             "groups": {"g": {"roles": None, "members": ["u-1"]}}},
            [],
        ),
        (
            {},
            {"assignments": {"a": {"principal": "u-1", "principal_kind": "group",
                                   "role": "member", "project": None}}},
            [WIDE],
        ),
        # what is unknown and may give the rest
        ({}, {"assignments": {"a": {"principal": "u-1", "role": "member"}}},
         ["unknown /assignments/items/a/project"]),
        ({}, {"assignments": {"a": {"principal": "u-1", "project": None}}},
         ["unknown /assignments/items/a/role"]),
        ({}, {"assignments": {"a": {"role": "member", "project": None}}},
         ["unknown /assignments/items/a/principal"]),
        ({"groups": ...}, {"groups": {"g": {"roles": ["member"]}}},
         ["unknown /groups/items/g/members"]),
        ({}, {"groups": {"g": {"members": ["u-1"]}}}, ["unknown /groups/items/g/roles"]),
        ({"groups": ...}, {"groups": {"g": {"roles": None}}}, [WIDE]),  # it gives nobody anything
        ({"groups": ...}, {"assignments": TO_GROUP, "groups": ...}, ["unknown /groups"]),
        ({"groups": ["g"]}, {"assignments": TO_GROUP}, []),
        ({"groups": []}, {"assignments": TO_GROUP}, [WIDE]),
        ({"permissions": ...}, {}, ["unknown /principals/items/u-1/permissions"]),
        ({"roles": ["member"]}, {"roles": ...}, ["unknown /roles"]),
        # what is absent gives nothing
        ({}, {"assignments": {"a": {"principal": "u-1", "role": None}}}, [WIDE]),
        ({}, {"assignments": {"a": {"principal": None, "role": "member"}}}, [WIDE]),
        ({"groups": None}, {"groups": {"g": {"roles": ["member"], "members": None}}}, [WIDE]),
        ({"roles": None}, {}, [WIDE]),
    ],
)  # fmt: skip
def test_snapshots(
    principal: dict[str, Any], collections: dict[str, Any], codes: list[str]
) -> None:
    assert on_snapshot({}, principal, **collections) == codes


@pytest.mark.parametrize(
    ("key", "codes"),
    [
        ({"owner": None}, ["owner-absent /owner"]),
        ({"owner": ...}, ["unknown /owner"]),
        ({"owner": "gone"}, ["owner-not-listed /owner"]),
        ({"scopes": None}, ["scopes-absent /scopes"]),
        ({"scopes": ...}, ["unknown /scopes"]),
        ({"scopes": [], "owner": None}, []),  # it may do nothing
        ({"status": "revoked", "scopes": None}, []),
        ({"project": ...}, ["unknown /project"]),
        ({"project": None}, [WIDE]),
    ],
)
def test_keys_of_a_snapshot(key: dict[str, Any], codes: list[str]) -> None:
    assert on_snapshot(key) == codes


def test_a_project_that_does_not_matter_is_not_asked_for() -> None:
    assert on_snapshot({"project": ...}, {"roles": ["member"]}) == []


def test_a_stale_collection_is_unknown_where_it_matters() -> None:
    given = snapshot(
        credentials={"key-1": {"owner": "u-1", "scopes": [CHAT]}},
        principals={"u-1": {"permissions": None, "roles": ["reader"]}},
        roles=ROLES,
    )
    given["assignments"] = {"observed_at": STALE, "items": {}}
    assert told("credential.scope", {}, given) == ["unknown /assignments"]
    given["principals"]["items"]["u-1"]["roles"] = ["member"]
    assert told("credential.scope", {}, given) == []


def test_the_table_of_roles_answers_for_the_snapshot() -> None:
    tables = {"roles": {"member": {"permissions": ["files.read"]}}}
    assert on_snapshot({}, {"roles": ["member"]}, tables=tables) == [WIDE]


def test_order_does_not_matter() -> None:
    untold = {f"a{n}": {"principal": "u-1", "role": "reader"} for n in range(3)}
    backwards = dict(reversed(untold.items()))
    found = on_snapshot({}, assignments=untold)
    assert found == on_snapshot({}, assignments=backwards)
    assert found == ["unknown /assignments/items/a0/project"]


def test_no_value_of_the_caller_is_in_a_message(bench: Any) -> None:
    actor = {"id": "a", "permissions": ["x"], "roles": []}
    request = build(view_class(Request), {"action": CHAT, "actor": actor})
    facts = SimpleNamespace(request=request)
    rule = bench(CredentialScope)()
    given = {"id": "k", "scopes": ("sk-live-1", "sk-live-0", "x")}
    credential = build(view_class(Credential), given)
    missing, wide = rule.check(credential, facts, None)
    assert missing.message == "the credential has no scope {scope}"
    assert wide.message == "the scope {scope} and 1 more are wider than what the owner may do"
    assert wide.quote == {"scope": "sk-live-0"}  # the first, whatever their order
    assert wide.evidence == {"wider": 2, "scopes": 3}
    assert missing.remediation
    assert wide.remediation


@pytest.mark.parametrize(
    ("params", "on", "at"),
    [
        ({"parts": []}, "request", ("parts",)),
        ({"parts": ["action"]}, "org_state", ("parts",)),
        ({"parts": ["width"], "needs": {CHAT: "x"}}, "request", ("needs",)),
        ({"needs": {"chat.completion": "x"}}, "request", ("needs", "chat.completion")),
    ],
)
def test_refused_params(
    bench: Any, params: dict[str, Any], on: str, at: tuple[str | int, ...]
) -> None:
    error = bench(CredentialScope).refuses(params, on=on, words={"action": {CHAT}})
    assert error.at == at
    assert error.help


names = st.sampled_from([CHAT, "embeddings", "chat.*", "*", "all", "files.read"])


@settings(max_examples=100, deadline=None)
@given(st.lists(names, max_size=3), st.sets(names, max_size=3), names, st.booleans())
def test_taking_a_permission_away_never_lets_more_pass(
    scopes: list[str], may: set[str], taken: str, wildcards: bool
) -> None:
    params = {"parts": ["width"], "wildcards": wildcards}
    more, fewer = sorted(may | {taken}), sorted(may - {taken})
    if on_request(scopes, {"permissions": fewer, "roles": []}, params) == []:
        assert on_request(scopes, {"permissions": more, "roles": []}, params) == []
    if on_request(scopes, {"permissions": more, "roles": []}, params) == []:
        narrower = scopes[1:]
        assert on_request(narrower, {"permissions": more, "roles": []}, params) == []


@pytest.mark.parametrize(
    ("scopes", "actor", "more", "codes"),
    [
        (["embeddings"], {}, {}, [MISSING]),
        ([CHAT, "files.read"], {}, {}, [WIDE]),
        ([CHAT], {}, {"action": "embeddings"}, [MISSING]),
        ([CHAT], {"roles": ["reader"]}, {}, [WIDE]),
        ([CHAT], {"roles": ["reader"], "permissions": ["files.read"]}, {}, [WIDE]),
        ([CHAT], {}, {"key": {"owner": "svc-2"}}, ["unknown /principals"]),
        ([CHAT], {}, {"key": {"status": "revoked"}}, ["credential-revoked /status"]),
        ([CHAT], {}, {"key": {"id": None, "fingerprint": None}}, ["credential-absent"]),
        ([CHAT], {}, {"action": ...}, ["unknown /action"]),
        (..., {}, {}, ["unknown /scopes"]),
    ],
)
def test_what_passed_once_lets_nothing_else_pass(
    scopes: Any, actor: dict[str, Any], more: dict[str, Any], codes: list[str]
) -> None:
    for _ in range(2):
        assert on_request([CHAT]) == []
        assert on_request(scopes, actor, **more) == codes


def test_what_passed_by_an_armed_state_is_not_remembered() -> None:
    state = snapshot(roles=ROLES)
    assert on_request([CHAT], tables={}, state=state) == []
    assert on_request([CHAT], tables={}, state=snapshot(roles={"member": {}})) != []
    assert on_request([CHAT], tables={}) == ["unknown /roles"]
