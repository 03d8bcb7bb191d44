from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_rule import STALE, snapshot, told

from jurat_rules._roles import _REMEMBERED, Passed
from jurat_rules.access_separation import AccessSeparation

ROLE = "roles-not-separate /roles"
PERMISSION = "permissions-not-separate /permissions"
PAIR: dict[str, Any] = {"roles": [["asks", "approves"]]}
MAY: dict[str, Any] = {"permissions": [["files.create", "files.delete"]]}

# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    PAIR,
    MAY,
    {**PAIR, **MAY, "by_project": True},
    {"roles": [["a", "b", "c"], ["a", "d"]], "wildcards": False},
]
ROLES: dict[str, Any] = {
    "asks": {"permissions": ["files.create"]},
    "approves": {"permissions": ["files.delete"]},
    "other": {"permissions": []},
    "all-files": {"permissions": ["files.*"]},
    "everything": {"permissions": ["*"]},
    "bare": {},
}


def on_request(params: dict[str, Any], actor: dict[str, Any], **more: Any) -> list[str]:
    found = told("access.separation", params, {"actor": {"id": "u-1", **actor}}, **more)
    return [one.replace("/actor", "") for one in found]


def on_snapshot(
    params: dict[str, Any], principal: dict[str, Any] | None = None, **collections: Any
) -> list[str]:
    principal = {"permissions": None, "roles": [], "groups": [], **(principal or {})}
    principal = {name: value for name, value in principal.items() if value is not ...}
    everything: dict[str, Any] = {"principals": {"u-1": principal}, "roles": ROLES}
    everything |= {"assignments": {}, "groups": {}}
    everything |= collections
    given = snapshot(**{name: items for name, items in everything.items() if items is not ...})
    found = told("access.separation", params, given)
    return [one.replace("/principals/items/u-1", "") for one in found]


@pytest.mark.parametrize(
    ("roles", "codes"),
    [
        (["asks"], []),
        (["approves"], []),
        (["asks", "other"], []),
        (["asks", "approves"], [ROLE]),
        (["other", "approves", "asks"], [ROLE]),
        (["asks", "asks"], []),  # one role, told twice
        ([], []),
        (None, []),
    ],
)
def test_pairs_of_roles(roles: list[str] | None, codes: list[str]) -> None:
    assert on_request(PAIR, {"roles": roles}) == codes
    assert on_snapshot(PAIR, {"roles": roles}) == codes


def test_what_was_not_told_is_unknown() -> None:
    assert on_request(PAIR, {}) == ["unknown /roles"]
    assert on_request(MAY, {"roles": []}) == ["unknown /permissions"]
    assert on_request(MAY, {"permissions": []}) == ["unknown /roles"]
    assert on_snapshot(PAIR, {"roles": ...}, assignments=...) == ["unknown /assignments"]
    # a collection that was not collected is not one that is empty
    for params in (PAIR, MAY):
        for name in ("assignments", "groups"):
            uncollected: dict[str, Any] = {name: ...}
            assert on_snapshot(params, {"roles": ["asks"]}, **uncollected) == [f"unknown /{name}"]
            both_held = {"roles": ["asks", "approves"]}
            assert len(on_snapshot(params, both_held, **uncollected)) == 1
            assert "unknown" not in on_snapshot(params, both_held, **uncollected)[0]
    assert on_snapshot(MAY, {"permissions": ...}) == ["unknown /permissions"]
    assert told("access.separation", PAIR, snapshot()) == ["unknown /principals"]
    # a principal in both sets: what is known to be wrong stands
    both = {**PAIR, **MAY}
    assert on_request(both, {"roles": ["asks", "approves"]}) == [ROLE]


def test_sets_of_more_than_two_let_one_be_held() -> None:
    params = {"roles": [["a", "b", "c"]]}
    assert on_request(params, {"roles": ["c"]}) == []
    assert on_request(params, {"roles": ["a", "c"]}) == [ROLE]
    assert on_request(params, {"roles": ["a", "b", "c"]}) == [ROLE]
    params = {"roles": [["a", "b"], ["b", "c"]]}
    assert on_request(params, {"roles": ["a", "b", "c"]}) == [ROLE, ROLE]
    assert on_request(params, {"roles": ["a", "c"]}) == []


@pytest.mark.parametrize(
    ("actor", "codes"),
    [
        ({"permissions": ["files.create"], "roles": []}, []),
        ({"permissions": ["files.create", "files.delete"], "roles": []}, [PERMISSION]),
        ({"permissions": None, "roles": None}, []),
        ({"permissions": ["files.create"], "roles": ["approves"]}, [PERMISSION]),
        ({"permissions": [], "roles": ["asks", "approves"]}, [PERMISSION]),
        ({"permissions": ["files.*"], "roles": []}, [PERMISSION]),
        ({"permissions": ["*"], "roles": []}, [PERMISSION]),
        ({"permissions": ["all"], "roles": []}, [PERMISSION]),
        ({"permissions": ["chat.*"], "roles": []}, []),
        ({"permissions": [], "roles": ["all-files"]}, [PERMISSION]),
        ({"permissions": [], "roles": ["everything"]}, [PERMISSION]),
        ({"permissions": [], "roles": ["bare", "nobody-lists"]}, []),
    ],
)
def test_permissions(actor: dict[str, Any], codes: list[str]) -> None:
    tables = {"roles": ROLES}
    assert on_request(MAY, actor, tables=tables) == codes
    names = {"permissions": [["files.create", "files.delete"]], "wildcards": False}
    starred = {"*", "all", "files.*", "all-files", "everything"}
    if starred.intersection([*(actor["permissions"] or ()), *(actor["roles"] or ())]):
        assert on_request(names, actor, tables=tables) == []
    else:
        assert on_request(names, actor, tables=tables) == codes


def test_roles_that_nobody_lists_are_asked_for() -> None:
    actor = {"permissions": [], "roles": ["asks"]}
    assert on_request(MAY, actor) == ["unknown /roles"]
    assert on_request(MAY, actor, state=snapshot(roles=ROLES)) == []
    assert on_request(MAY, actor, state=snapshot(STALE, roles=ROLES)) == ["unknown /roles"]
    bare = snapshot(roles={"asks": {}})
    assert on_request(MAY, actor, state=bare) == ["unknown /roles/items/asks/permissions"]
    assert on_snapshot(MAY, {"roles": ["asks"]}, roles=...) == ["unknown /roles"]


ASKS = {"principal": "u-1", "role": "asks", "project": None}
APPROVES = {"principal": "u-1", "role": "approves", "project": None}


@pytest.mark.parametrize(
    ("principal", "collections"),
    [
        ({"roles": ["asks", "approves"]}, {}),
        ({"roles": ["asks"]}, {"assignments": {"a": APPROVES}}),
        ({"roles": ...}, {"assignments": {"a": APPROVES, "b": ASKS}}),
        ({"roles": ["asks"]}, {"groups": {"g": {"roles": ["approves"], "members": ["u-1"]}}}),
        (
            {"roles": ["asks"], "groups": ["g"]},
            {"groups": {"g": {"roles": ["approves"], "members": None}}},
        ),
        (
            {"roles": ["asks"], "groups": ["g"]},
            {"assignments": {"a": {**APPROVES, "principal": "g", "principal_kind": "group"}}},
        ),
        (
            {"roles": []},
            {
                "groups": {
                    "g": {"roles": ["approves"], "members": ["u-1"]},
                    "h": {"roles": ["asks"], "members": ["u-1", "u-2"]},
                }
            },
        ),
        # where an assignment holds does not matter, unless by_project is set
        ({"roles": ["asks"]}, {"assignments": {"a": {"principal": "u-1", "role": "approves"}}}),
        # known to be wrong, whatever else is unknown
        ({"roles": ["asks", "approves"]}, {"assignments": {"a": {"role": "asks"}}}),
    ],
)
def test_every_way_to_hold_a_role(principal: dict[str, Any], collections: dict[str, Any]) -> None:
    assert on_snapshot(PAIR, principal, **collections) == [ROLE]
    assert on_snapshot(MAY, principal, **collections) == [PERMISSION]


@pytest.mark.parametrize(
    ("principal", "collections", "codes"),
    [
        ({"roles": ["asks"]}, {"assignments": {"a": {**APPROVES, "principal": "u-2"}}}, []),
        ({"roles": ["asks"]}, {"assignments": {"a": {**APPROVES, "principal": None}}}, []),
        ({"roles": ["asks"]}, {"groups": {"g": {"roles": ["approves"], "members": []}}}, []),
        ({"roles": ["other"]}, {"assignments": {"a": {"principal": "u-1", "role": "asks"}}}, []),
        (
            {"roles": ["asks"]},
            {"assignments": {"a": {"principal": "u-1"}}},
            ["unknown /assignments/items/a/role"],
        ),
        (
            {"roles": ["asks"]},
            {"assignments": {"a": {"role": "approves"}}},
            ["unknown /assignments/items/a/principal"],
        ),
        (
            {"roles": ["asks"], "groups": ...},
            {"groups": {"g": {"roles": ["approves"]}}},
            ["unknown /groups/items/g/members"],
        ),
        (
            {"roles": ["asks"]},
            {"groups": {"g": {"members": ["u-1"]}}},
            ["unknown /groups/items/g/roles"],
        ),
    ],
)
def test_what_the_collections_tell(
    principal: dict[str, Any], collections: dict[str, Any], codes: list[str]
) -> None:
    assert on_snapshot(PAIR, principal, **collections) == codes


@pytest.mark.parametrize(
    ("asks", "approves", "apart"),
    [
        ("proj-a", "proj-b", True),
        ("proj-a", "proj-a", False),
        ("proj-a", None, False),  # held on every project
        (None, None, False),
    ],
)
def test_by_project(asks: str | None, approves: str | None, apart: bool) -> None:
    collections = {
        "assignments": {"a": {**ASKS, "project": asks}, "b": {**APPROVES, "project": approves}}
    }
    for params, code in ((PAIR, ROLE), (MAY, PERMISSION)):
        assert on_snapshot(params, **collections) == [code]
        by_project = {**params, "by_project": True}
        assert on_snapshot(by_project, **collections) == ([] if apart else [code])


def test_by_project_an_unknown_project_matters() -> None:
    collections = {"assignments": {"a": {"principal": "u-1", "role": "approves"}}}
    for params in (PAIR, MAY):
        by_project = {**params, "by_project": True}
        found = on_snapshot(by_project, {"roles": ["asks"]}, **collections)
        assert found == ["unknown /assignments/items/a/project"]


def test_a_stale_collection_is_unknown() -> None:
    given = snapshot(principals={"u-1": {"roles": ["asks"], "groups": []}}, roles=ROLES)
    given["assignments"] = {"observed_at": "2026-05-25T11:50:00Z", "items": {}}
    given["groups"] = {"observed_at": STALE, "items": {}}
    assert told("access.separation", PAIR, given) == ["unknown /groups"]


def test_finding(bench: Any) -> None:
    rule = bench(AccessSeparation)({"roles": [["c", "a", "b"]]})
    (finding,) = rule({"id": "u-1", "roles": ["b", "c", "a", "sk-live-1"]})
    assert finding.message == "holds the roles a, b and c, which are to be kept apart"
    assert finding.evidence == {"roles": "a, b, c"}
    assert finding.remediation


@pytest.mark.parametrize(
    ("params", "at"),
    [
        ({}, ()),
        ({"roles": []}, ()),
        ({"roles": [["asks"]]}, ("roles", 0)),
        ({"roles": [[]]}, ("roles", 0)),
        ({"roles": [["asks", "other"], ["asks", "asks"]]}, ("roles", 1)),
        ({"roles": [["asks", "other"], ["other", "asks"]]}, ("roles", 1)),
        ({"permissions": [["files.create"]]}, ("permissions", 0)),
        ({"permissions": [["files.create", "files.create"]]}, ("permissions", 0)),
        ({"roles": [["asks", "aproves"]]}, ("roles", 0, 1)),
        ({"permissions": [["files.create", "files.delet"]]}, ("permissions", 0, 1)),
    ],
)
def test_refused_params(bench: Any, params: dict[str, Any], at: tuple[str | int, ...]) -> None:
    words = {"action": {"files.create", "files.delete"}}
    error = bench(AccessSeparation).refuses(params, tables={"roles": ROLES}, words=words)
    assert error.at == at
    assert error.help


def test_a_permission_that_a_table_gives_is_known(bench: Any) -> None:
    params = {"permissions": [["files.create", "keys.manage"]]}
    users = {"u-1": {"permissions": ["keys.manage"]}}
    words = {"action": {"files.create"}}
    assert bench(AccessSeparation)(params, tables={"users": users}, words=words)
    assert bench(AccessSeparation).refuses(params, words=words).at == ("permissions", 0, 1)


names = st.sampled_from(["asks", "approves", "other", "all-files", "nobody-lists"])


@settings(max_examples=80, deadline=None)
@given(st.lists(names, max_size=4), names, st.booleans())
def test_taking_a_role_away_never_makes_a_violation(
    roles: list[str], taken: str, by_project: bool
) -> None:
    params = {**PAIR, **MAY, "by_project": by_project}
    if on_snapshot(params, {"roles": roles}) == []:
        assert on_snapshot(params, {"roles": [role for role in roles if role != taken]}) == []


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(names, st.sampled_from([None, "proj-a", "proj-b"])), st.randoms())
def test_by_project_never_finds_more_and_order_does_not_matter(
    given_on: dict[str, str | None], random: Any
) -> None:
    made = [
        (f"a-{role}", {"principal": "u-1", "role": role, "project": project})
        for role, project in given_on.items()
    ]
    strict = on_snapshot(PAIR, assignments=dict(made))
    by_project = on_snapshot({**PAIR, "by_project": True}, assignments=dict(made))
    assert set(by_project) <= set(strict)
    random.shuffle(made)
    assert on_snapshot(PAIR, assignments=dict(made)) == strict


@pytest.mark.parametrize(
    ("actor", "codes"),
    [
        ({"roles": ["approves"], "permissions": ["files.create"]}, [PERMISSION]),
        ({"roles": ["asks", "approves"], "permissions": []}, [PERMISSION, ROLE]),
        ({"roles": ["asks"], "permissions": ["files.delete"]}, [PERMISSION]),
        ({"roles": ["asks"]}, ["unknown /permissions"]),
        ({"permissions": []}, ["unknown /roles"]),
    ],
)
def test_what_passed_once_lets_nothing_else_pass(actor: dict[str, Any], codes: list[str]) -> None:
    both, tables = {**PAIR, **MAY}, {"roles": ROLES}
    for _ in range(2):
        assert on_request(both, {"roles": ["asks"], "permissions": []}, tables=tables) == []
        assert on_request(both, actor, tables=tables) == codes


def test_what_passed_by_an_armed_state_is_not_remembered() -> None:
    actor = {"permissions": ["files.create"], "roles": ["approves"]}
    harmless = snapshot(roles={"approves": {"permissions": []}})
    assert on_request(MAY, actor, state=harmless) == []
    assert on_request(MAY, actor, state=snapshot(roles=ROLES)) == [PERMISSION]


def test_what_is_remembered_is_bounded() -> None:
    passed = Passed()
    for number in range(_REMEMBERED + 1):
        passed.add((number,))
    assert passed.has((_REMEMBERED,))
    assert not passed.has((0,))
    passed.add(([],))  # what cannot be remembered is judged again
    assert not passed.has(([],))
