from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_rule import NOW, STALE, load, snapshot, told

from jurat_rules.org_owners import OrgOwners

FEW = "owners-too-few /org"
MANY = "owners-too-many /org"
OTHER = "owner-of-other-kind /org"
OWNER = {"kind": "user", "status": "active", "roles": ["owner"]}
READER = {"kind": "user", "status": "active", "roles": ["reader"]}
BOTH: dict[str, Any] = {"least": 2, "most": 3}

# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    BOTH,
    {"least": 1},
    {"most": 1, "role": "org-owner", "kinds": ["user", "workload"]},
    {"no_other_kinds": True},
    {"least": 2, "most": 2, "no_other_kinds": True, "kinds": ["service_account"]},
]


def owners(
    params: dict[str, Any], items: list[dict[str, Any]] | dict[str, Any], **collections: Any
) -> list[str]:
    if isinstance(items, list):
        items = {f"p-{number}": item for number, item in enumerate(items)}
    everything: dict[str, Any] = {"principals": items, "assignments": {}, "groups": {}}
    everything |= collections
    given = snapshot(**{name: items for name, items in everything.items() if items is not ...})
    return told("org.owners", params, given)


def owner(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**OWNER, **changes}.items() if value is not ...}


@pytest.mark.parametrize(
    ("count", "codes"), [(0, [FEW]), (1, [FEW]), (2, []), (3, []), (4, [MANY]), (9, [MANY])]
)
def test_least_and_most(count: int, codes: list[str]) -> None:
    assert owners(BOTH, [OWNER] * count + [READER] * 5) == codes
    assert owners({"least": 2}, [OWNER] * count) == [code for code in codes if code == FEW]
    assert owners({"most": 3}, [OWNER] * count) == [code for code in codes if code == MANY]


@pytest.mark.parametrize(
    ("extra", "towards_least", "towards_most"),
    [
        (owner(), True, True),
        (READER, False, False),
        (owner(status="suspended"), False, False),
        (owner(status="deactivated"), False, False),
        (owner(status="on-leave"), False, False),
        (owner(status=None), False, True),
        (owner(kind="service_account"), False, False),
        (owner(kind="workload"), False, False),
        (owner(kind=None), False, True),
        (owner(roles=None), False, False),
        (owner(roles=[]), False, False),
        (owner(roles=["reader", "owner"]), True, True),
    ],
)
def test_who_counts(extra: dict[str, Any], towards_least: bool, towards_most: bool) -> None:
    assert owners({"least": 2}, [OWNER, extra]) == ([] if towards_least else [FEW])
    assert owners({"most": 1}, [OWNER, extra]) == ([MANY] if towards_most else [])


@pytest.mark.parametrize("field", ["status", "kind", "roles"])
def test_what_is_unknown_matters_where_it_could_change_the_answer(field: str) -> None:
    extra = owner(**{field: ...})
    unknown, assigned = [f"unknown /principals/items/p-1/{field}"], {}
    if field == "roles":  # assignments are all the roles there are of one who tells none
        unknown = ["unknown /assignments/items/a/role"]
        assigned = {"a": {"principal": "p-1", "project": None}}

    def found(params: dict[str, Any], *people: dict[str, Any]) -> list[str]:
        return owners(params, [*people], assignments=assigned)

    assert found({"least": 2}, OWNER, extra) == unknown
    assert found({"least": 1}, OWNER, extra) == []
    assert found({"least": 3}, OWNER, extra) == [FEW]  # whatever it is
    assert found({"most": 1}, OWNER, extra) == unknown
    assert found({"most": 2}, OWNER, extra) == []
    assert found({"most": 1}, OWNER, extra, OWNER) == [MANY]  # whatever it is
    assert found({"no_other_kinds": True}, OWNER, extra) == ([] if field != "kind" else unknown)


@pytest.mark.parametrize("name", ["assignments", "groups"])
def test_a_collection_that_was_not_collected_is_not_one_that_is_empty(name: str) -> None:
    uncollected = {name: ...}
    assert owners({"least": 1}, [OWNER, READER], **uncollected) == []
    assert owners({"least": 2}, [OWNER, READER], **uncollected) == [f"unknown /{name}"]
    assert owners({"least": 2}, [OWNER], **uncollected) == [FEW]
    assert owners({"most": 1}, [OWNER, READER], **uncollected) == [f"unknown /{name}"]
    assert owners({"most": 1}, [OWNER, OWNER, READER], **uncollected) == [MANY]


def test_what_is_unknown_of_somebody_who_is_gone_does_not_matter() -> None:
    gone = {"status": "deactivated"}
    assert owners({"least": 1, "most": 1}, [OWNER, gone]) == []


def test_several_unknown_are_told_as_the_first() -> None:
    untold = owner(status=...)
    assert owners({"least": 2}, {"b": untold, "a": untold, "c": OWNER}) == [
        "unknown /principals/items/a/status"
    ]


def test_nobody_known() -> None:
    assert owners({"most": 3}, []) == []
    assert owners({"least": 1}, []) == [FEW]
    assert told("org.owners", BOTH, snapshot()) == ["unknown /principals"]
    assert told("org.owners", BOTH, snapshot(STALE, principals={})) == ["unknown /principals"]


ASSIGNED = {"principal": "p-0", "role": "owner", "project": None}


@pytest.mark.parametrize(
    ("collections", "codes"),
    [
        ({"assignments": {"a": ASSIGNED}}, []),
        ({"assignments": {"a": {**ASSIGNED, "project": "proj-a"}}}, [FEW]),
        ({"assignments": {"a": {**ASSIGNED, "role": "reader"}}}, [FEW]),
        ({"assignments": {"a": {**ASSIGNED, "principal": "p-9"}}}, [FEW]),
        ({"groups": {"g": {"roles": ["owner"], "members": ["p-0"]}}}, []),
        (
            {
                "groups": {"g": {"roles": [], "members": ["p-0"]}},
                "assignments": {"a": {**ASSIGNED, "principal": "g", "principal_kind": "group"}},
            },
            [],
        ),
        (
            {"assignments": {"a": {"principal": "p-0", "role": "owner"}}},
            ["unknown /assignments/items/a/project"],
        ),
        ({"assignments": {"a": {"principal": "p-0", "role": "reader"}}}, [FEW]),
        (
            {"assignments": {"a": {"principal": "p-0", "project": None}}},
            ["unknown /assignments/items/a/role"],
        ),
        (
            {"assignments": {"a": {"role": "owner", "project": None}}},
            ["unknown /assignments/items/a/principal"],
        ),
    ],
)
def test_ways_to_own(collections: dict[str, Any], codes: list[str]) -> None:
    assert owners({"least": 1}, [owner(roles=[])], **collections) == codes


def test_a_role_told_twice_is_one_owner() -> None:
    assert owners({"most": 1}, [OWNER], assignments={"a": ASSIGNED, "b": ASSIGNED}) == []


def test_other_kinds() -> None:
    account = owner(kind="service_account")
    params = {"no_other_kinds": True, "least": 1}
    assert owners(params, [OWNER, account]) == [OTHER]
    assert owners(params, [account]) == [OTHER, FEW]
    assert owners(params, [OWNER, owner(kind=None)]) == [OTHER]
    assert owners(params, [OWNER, owner(kind="workload"), account]) == [OTHER, OTHER]
    assert owners(params, [OWNER, owner(kind="workload", status="suspended")]) == []
    assert owners({**params, "kinds": ["user", "workload"]}, [owner(kind="workload")]) == []
    assert len(owners(params, [OWNER, *[account] * 30])) == 10


def test_the_role_of_the_organisation(bench: Any) -> None:
    assert owners({"least": 1, "role": "org-owner"}, [OWNER]) == [FEW]
    assert owners({"least": 1, "role": "org-owner"}, [owner(roles=["org-owner"])]) == []
    error = bench(OrgOwners).refuses(
        {"least": 1}, on="org_state", tables={"roles": {"org-owner": {}}}
    )
    assert error.at == ("role",)
    assert "org-owner" in error.help


def test_finding() -> None:
    items = {"svc-a": owner(kind="service_account"), "user-b": owner()}
    params = {"least": 2, "no_other_kinds": True}
    decision = load("org.owners", params, "org_state").evaluate(
        snapshot(principals=items), now=NOW
    )
    other, few = decision.reasons
    assert other.message.startswith('"svc-a" owns the organisation')
    assert few.message == "1 active owner, at least 2 are asked for"
    assert few.evidence == {"owners": 1, "least": 2}
    assert few.remediation
    assert other.remediation


@pytest.mark.parametrize(
    ("params", "at"),
    [
        ({}, ()),
        ({"least": 3, "most": 2}, ("most",)),
        ({"least": 1, "kinds": []}, ("kinds",)),
        ({"least": 1, "kinds": ["user", "user"]}, ("kinds", 1)),
        (
            {"no_other_kinds": True, "kinds": ["user", "workload", "service_account"]},
            ("no_other_kinds",),
        ),
        ({"least": 1, "role": " "}, ("role",)),
    ],
)
def test_refused_params(bench: Any, params: dict[str, Any], at: tuple[str | int, ...]) -> None:
    error = bench(OrgOwners).refuses(params, on="org_state")
    assert error.at == at
    assert error.help


@pytest.mark.parametrize("number", [0, -1, True, "2", 1.5])
@pytest.mark.parametrize("name", ["least", "most"])
def test_numbers_that_are_none(name: str, number: Any) -> None:
    with pytest.raises(ValueError, match=name):
        OrgOwners.Params.model_validate({name: number})


people = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["user", "service_account", None]),
        "status": st.sampled_from(["active", "suspended", None]),
        "roles": st.sampled_from([["owner"], ["reader"], None]),
    },
)


@settings(max_examples=100, deadline=None)
@given(st.lists(people, max_size=4), st.integers(1, 3), st.integers(0, 3), st.data())
def test_making_a_known_fact_unknown_never_passes(
    items: list[dict[str, Any]], least: int, more: int, data: Any
) -> None:
    params = {"least": least, "most": least + more}
    whole = owners(params, items)
    if whole == [] or not any(items):
        return
    index = data.draw(st.sampled_from([n for n, item in enumerate(items) if item]))
    field = data.draw(st.sampled_from(sorted(items[index])))
    fewer = [dict(item) for item in items]
    del fewer[index][field]
    assert owners(params, fewer) != []
