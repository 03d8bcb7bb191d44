"""What a check may ask of a snapshot: its collections, corrected by tables; look-ups made once."""

from datetime import timedelta
from typing import Any

import pytest
from harness import MOMENT, engine

from jurat.model import MissingFact, OrgState, Project, Request, make, view_class, view_of
from jurat.plan import FactSet, State

FRESH = "2026-05-25T11:50:00Z"
AGEING = "2026-05-24T20:00:00Z"
STALE = "2026-05-20T12:00:00Z"
MANIFEST = "{name: facts, version: 1.0.0, revision: 1}"
USERS = "u-1: {team: blue, status: active}\n"
ACCOUNTS = "u-2: {kind: workload}\n"


def snapshot(items: dict[str, Any] | None = None, observed_at: str = FRESH) -> dict[str, Any]:
    return {"type": "org_state", "principals": {"observed_at": observed_at, "items": items or {}}}


def facts_of(given: dict[str, Any], **tables: str) -> FactSet:
    files = {"bundle.yaml": MANIFEST} | {f"data/{n}.yaml": text for n, text in tables.items()}
    return (
        engine(files).plans[0].facts("org_state", view_of(OrgState.model_validate(given)), MOMENT)
    )


def test_a_row_adds_to_the_item_and_corrects_it() -> None:
    given = snapshot({"u-1": {"status": "suspended"}, "u-2": {}, "u-3": {}})
    found = facts_of(given, users=USERS, service_accounts=ACCOUNTS).table("principals")
    assert list(found) == ["u-1", "u-2", "u-3"]
    one: Any = found["u-1"]
    assert (one.status, one.team, one.email) == ("suspended", "blue", None)
    two: Any = found["u-2"]
    assert (two.kind, two.team) == ("workload", None)  # the accounts' row alone
    three: Any = found["u-3"]
    with pytest.raises(MissingFact, match="/principals/items/u-3/status"):
        three.status  # noqa: B018  (raises)


def test_a_collection_that_ages_is_advised_of_and_a_stale_one_is_unknown() -> None:
    facts = facts_of(snapshot(observed_at=AGEING))
    assert facts.table("principals") == {}
    assert facts.table("principals") == {}
    assert [(code, at) for code, at, _ in facts.notes] == [("state-ageing", "/principals")]
    with pytest.raises(MissingFact, match="/principals"):
        facts_of(snapshot(observed_at=STALE)).table("principals")


def test_one_row_of_an_armed_state_is_recorded_without_the_others() -> None:
    files = {"bundle.yaml": MANIFEST, "data/roles.yaml": "reader: {}"}
    plan = engine(files).plans[0]
    armed = snapshot({"u-1": {"team": "blue"}, "u-2": {}}, observed_at=AGEING)
    state = State(view_of(OrgState.model_validate(armed)), plan.bundle.max_staleness)
    facts = plan.facts("request", view_of(Request.model_validate({})), MOMENT, state=state)
    found: Any = facts.row("principals", "u-1")
    assert found.team == "blue"
    assert facts.row("principals", "u-9") is None
    assert facts.row("roles", "reader") is not None  # the bundle's: its digest records it
    assert facts.used == {"principals": {"u-1", "u-9"}}
    assert list(state.extract(facts.used)["principals"]["items"]) == ["u-1"]
    assert [code for code, _, _ in facts.notes] == ["state-ageing"]
    facts.table("principals")
    assert facts.row("principals", "u-2") is not None
    assert facts.used == {"principals": None}
    with pytest.raises(MissingFact, match="/groups"):
        facts.row("groups", "g")
    stale = plan.facts("request", view_of(Request.model_validate({})), MOMENT, state=state)
    stale.now += timedelta(days=2)
    with pytest.raises(MissingFact, match="/principals"):
        stale.row("principals", "u-1")
    assert state.extract(stale.used)["principals"]["observed_at"]  # a replay finds it stale too


def test_whether_there_is_a_source() -> None:
    facts = facts_of(snapshot(observed_at=STALE), roles="reader: {}")
    assert facts.has("principals")  # however old
    assert facts.has("roles")
    assert not facts.has("groups")


def test_what_is_made_once_is_shared_by_every_resource() -> None:
    facts = facts_of(snapshot())
    made = []

    def build(facts: FactSet) -> int:
        made.append(facts)
        return len(made)

    def other(facts: FactSet) -> str:
        return "other"

    project = make(view_class(Project), {})
    assert [facts.of_resource(project).once(build) for _ in range(3)] == [1, 1, 1]
    assert facts.once(other) == "other"
    assert facts_of(snapshot()).once(build) == 2  # of another snapshot


def test_what_cannot_be_made_is_asked_for_each_time_and_tried_once() -> None:
    facts = facts_of(snapshot())
    tried = []

    def build(facts: FactSet) -> int:
        tried.append(1)
        raise MissingFact("/groups/items/g/members", "not collected")

    for _ in range(3):
        with pytest.raises(MissingFact) as caught:
            facts.once(build)
        assert (caught.value.pointer, caught.value.why) == (
            "/groups/items/g/members",
            "not collected",
        )
    assert tried == [1]


ROW = (
    "u-1: {status: active, roles: [reader], last_active_at: 2026-05-25T00:00:00Z,"
    " created_at: 2026-05-01T00:00:00Z, email: a@example.com}\n"
)
LATE = "2025-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("item", "found"),
    [
        # what was collected stands
        (
            {"status": "suspended", "roles": ["org-owner"], "last_active_at": LATE},
            ("suspended", ("org-owner",), 2025, 2026),
        ),
        ({"roles": [], "created_at": LATE}, ("active", (), 2026, 2025)),
        # what was not, or is known not to be there, is added
        ({}, ("active", ("reader",), 2026, 2026)),
        ({"status": None, "roles": None}, ("active", ("reader",), 2026, 2026)),
    ],
)
@pytest.mark.parametrize("table", ["users", "service_accounts"])
def test_a_row_hides_nothing_that_the_provider_saw(
    table: str, item: dict[str, Any], found: tuple[Any, ...]
) -> None:
    facts = facts_of(snapshot({"u-1": {**item, "email": "b@example.com"}}), **{table: ROW})
    one: Any = facts.table("principals")["u-1"]
    assert found == (one.status, tuple(one.roles), one.last_active_at.year, one.created_at.year)
    assert one.email == "a@example.com"  # what anybody can know, it corrects


def test_a_row_does_not_revoke_a_key_that_the_provider_has() -> None:
    items = {"key-1": {"status": "active", "created_at": LATE, "owner": "u-1"}}
    given = {"type": "org_state", "credentials": {"observed_at": FRESH, "items": items}}
    rows = "key-1: {status: revoked, created_at: 2026-05-25T00:00:00Z, owner: u-2}\n"
    key: Any = facts_of(given, credentials=rows).collected("credentials")["key-1"]
    assert (key.status, key.created_at.year, key.owner) == ("active", 2025, "u-2")


STATE_RULES = """\
- {id: stale, title: T, kind: org.stale_principals, effect: deny, severity: high, params: {max_idle: 90d}}
- {id: owners, title: T, kind: org.owners, effect: deny, severity: high, params: {role: org-owner, most: 1}}
- {id: orphans, title: T, kind: org.orphan_credentials, effect: deny, severity: high}
- {id: holder, title: T, kind: credential.owner, on: [org_state], effect: deny, severity: high, params: {kinds: [user]}}
"""


@pytest.mark.parametrize(
    ("row", "item", "fired"),
    [
        ("{status: active, roles: [reader]}", {}, set()),
        ("{status: active}", {"status": "suspended"}, {"orphans", "holder"}),
        ("{status: deactivated}", {}, {"orphans", "holder"}),  # who left, and is still there
        ("{status: deactivated}", {"last_active_at": LATE}, {"stale", "orphans", "holder"}),
        ("{last_active_at: 2026-05-25T00:00:00Z}", {"last_active_at": LATE}, {"stale"}),
        ("{roles: [reader]}", {"roles": ["org-owner"]}, {"owners"}),
    ],
)
def test_rules_see_the_word_of_the_provider(
    row: str, item: dict[str, Any], fired: set[str]
) -> None:
    files = {
        "bundle.yaml": MANIFEST,
        "rules/r.yaml": STATE_RULES,
        "data/users.yaml": f"u-1: {row}",
    }
    active = {"kind": "user", "status": "active", "last_active_at": FRESH, "created_at": LATE}
    people = {"u-1": {"roles": [], **active, **item}, "u-2": {"roles": ["org-owner"], **active}}
    key = {"owner": "u-1", "project": "p", "status": "active"}
    given = {
        **snapshot(people),
        "projects": {"observed_at": FRESH, "items": {"p": {"status": "active"}}},
        "credentials": {"observed_at": FRESH, "items": {"key-1": key}},
        "roles": {"observed_at": FRESH, "items": {}},
        "assignments": {"observed_at": FRESH, "items": {}},
        "groups": {"observed_at": FRESH, "items": {}},
    }
    decision = engine(files).evaluate(given, now=MOMENT)
    assert {reason.rule for reason in decision.reasons if reason.outcome == "fired"} == fired
    assert not [reason for reason in decision.reasons if reason.outcome != "fired"]
