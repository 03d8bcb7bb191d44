from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_rule import OBSERVED, STALE, load, snapshot, told

SAMPLES: list[dict[str, Any]] = [{}]

KIND = "org.orphan_credentials"
AT = "/credentials/items/key-1"
PEOPLE: dict[str, Any] = {
    "ann": {"status": "active"},
    "ben": {"status": "deactivated"},
    "cem": {"status": "suspended"},
    "dee": {"status": None},
    "eli": {},
    "svc-1": {"kind": "service_account", "status": "active"},
}
PROJECTS: dict[str, Any] = {
    "proj-a": {"status": "active"},
    "proj-old": {"status": "archived"},
    "proj-plain": {"status": None},
    "proj-bare": {},
}


def codes(key: dict[str, Any], *, tables: Any = None, **more: Any) -> list[str]:
    collections = {"credentials": {"key-1": key}, "principals": PEOPLE, "projects": PROJECTS}
    given = snapshot(**{k: v for k, v in {**collections, **more}.items() if v is not None})
    return told(KIND, {}, given, tables=tables)


def key(owner: Any = "ann", project: Any = "proj-a", **fields: Any) -> dict[str, Any]:
    return {"owner": owner, "project": project, "status": "active", **fields}


@pytest.mark.parametrize(
    ("credential", "expected"),
    [
        (key(), []),
        (key("svc-1"), []),
        (key("zoe"), [f"owner-gone {AT}/owner"]),
        (key("Ann"), [f"owner-gone {AT}/owner"]),
        (key(""), [f"owner-gone {AT}/owner"]),
        (key(None), [f"owner-absent {AT}/owner"]),
        (key("ben"), [f"owner-inactive {AT}/owner"]),
        (key("cem"), [f"owner-inactive {AT}/owner"]),
        (key("dee"), []),  # listed, by somebody who has no such status
        (key("eli"), ["unknown /principals/items/eli/status"]),
        (key(owner_status="deactivated"), [f"owner-inactive {AT}/owner"]),
        (key("eli", owner_status="suspended"), [f"owner-inactive {AT}/owner"]),
        (key(owner_status=None), []),
        (key(project="proj-gone"), [f"project-gone {AT}/project"]),
        (key(project="proj-old"), [f"project-inactive {AT}/project"]),
        (key(project="proj-plain"), []),
        (key(project="proj-bare"), ["unknown /projects/items/proj-bare/status"]),
        (key(project=None), []),  # an administrator's
        (key("zoe", "proj-gone"), [f"owner-gone {AT}/owner", f"project-gone {AT}/project"]),
        ({"project": "proj-a"}, [f"unknown {AT}/owner"]),
        ({"owner": "ann"}, [f"unknown {AT}/project"]),
        # what is known to be wrong stands, whatever else is missing
        ({"owner": "zoe"}, [f"owner-gone {AT}/owner"]),
        ({"owner": "eli", "project": "proj-old"}, [f"project-inactive {AT}/project"]),
        # a revoked credential opens nothing
        (key("zoe", "proj-gone", status="revoked"), []),
        ({"status": "revoked"}, []),
        (key("zoe", status="rotating"), [f"owner-gone {AT}/owner"]),
        ({"owner": "zoe", "project": "proj-a"}, [f"owner-gone {AT}/owner"]),
    ],
)
def test_credentials(credential: dict[str, Any], expected: list[str]) -> None:
    assert codes(credential) == expected


def test_collections_that_are_missing_or_old() -> None:
    assert codes(key(), principals=None) == ["unknown /principals"]
    assert codes(key(), projects=None) == ["unknown /projects"]
    assert codes(key(project=None), projects=None) == []
    assert codes(key(), principals={}) == [f"owner-gone {AT}/owner"]  # known to be empty
    given = snapshot(credentials={"key-1": key()}, principals=PEOPLE, projects=PROJECTS)
    assert told(KIND, {}, given) == []
    for name in ("principals", "projects", "credentials"):
        old = {**given, name: {**given[name], "observed_at": STALE}}
        assert told(KIND, {}, old) == [f"unknown /{name}"]
    assert OBSERVED > STALE


def test_tables_correct_but_bring_nothing_back() -> None:
    """What is judged is what there is; a table tells more of it."""
    tables = {
        "users": {"zoe": {"team": "a"}, "eli": {"team": "a"}, "ann": {"status": "suspended"}},
        "projects": {"proj-gone": {}, "proj-bare": {}, "proj-a": {}},
    }
    assert codes(key("zoe"), tables=tables) == [f"owner-gone {AT}/owner"]
    assert codes(key("eli"), tables=tables) == []
    assert codes(key("ann"), tables=tables) == [f"owner-inactive {AT}/owner"]
    assert codes(key("svc-1", "proj-gone"), tables=tables) == [f"project-gone {AT}/project"]
    assert codes(key("svc-1", "proj-bare"), tables=tables) == []


def test_addresses_stay_out_of_messages() -> None:
    given = snapshot(credentials={"k": key("zoe@example.com")}, principals={}, projects=PROJECTS)
    (reason,) = load(KIND, {}, "org_state").evaluate(given, now="2026-05-25T12:00:00Z").reasons
    assert "zoe" not in reason.message
    assert "/credentials/items/k/owner" in reason.message


@settings(max_examples=50)
@given(
    owners=st.lists(st.sampled_from([*PEOPLE, "zoe", None]), max_size=4),
    leaver=st.sampled_from(sorted(PEOPLE)),
)
def test_when_somebody_leaves_nothing_gets_better(owners: list[Any], leaver: str) -> None:
    keys = {f"key-{number}": key(owner) for number, owner in enumerate(owners)}
    before = snapshot(credentials=keys, principals=PEOPLE, projects=PROJECTS)
    left = {id_: row for id_, row in PEOPLE.items() if id_ != leaver}
    after = snapshot(credentials=keys, principals=left, projects=PROJECTS)
    fired = {one for one in told(KIND, {}, before) if not one.startswith("unknown")}
    assert {one.rpartition(" ")[2] for one in fired} <= {
        one.rpartition(" ")[2] for one in told(KIND, {}, after)
    }
