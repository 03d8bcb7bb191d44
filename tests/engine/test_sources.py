"""Fact sources: they fill in what was not sent, and whatever goes wrong leaves it unknown."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from harness import engine, registry

from jurat import Decision, Engine
from jurat.engine import replay

NOW = "2026-05-25T12:00:00Z"
FILES = {
    "bundle.yaml": "{name: asks, version: 1.0.0, revision: 1}",
    "rules/r.yaml": "- {id: staff, title: Staff, kind: expression, effect: permit, severity: info, "
    "when: '\"staff\" in request.actor.groups'}\n",
}
MISSING = ("deny", "Indeterminate{P}")


@dataclass
class Source:
    """A fact source that answers what it is told to."""

    answer: Callable[[Any], Any]
    provides: tuple[str, ...] = ("/actor/groups",)
    name: str = "directory"
    deadline: timedelta = timedelta(seconds=5)

    def collect(self, request: Any, now: datetime) -> Mapping[str, Any]:
        return self.answer(request)  # type: ignore[no-any-return]  # a test may answer anything


@contextmanager
def asking(*sources: Source, files: Mapping[str, str] = FILES, **options: Any) -> Iterator[Engine]:
    with engine(files, registry=replace(registry(), fact_sources=sources), **options) as made:
        yield made


def ask(
    *sources: Source, given: Any = MappingProxyType({}), files: Mapping[str, str] = FILES
) -> Decision:
    with asking(*sources, files=files) as made:
        return made.evaluate(given, now=NOW)


def groups(*names: str) -> Callable[[Any], Any]:
    return lambda request: {"/actor/groups": list(names)}


def verdict(decision: Decision) -> tuple[str, str | None]:
    return decision.effect, decision.value


def test_a_source_supplies_what_was_not_sent() -> None:
    assert ask(Source(groups("staff"))).allowed
    assert ask(Source(groups("guests"))).value == "NotApplicable"


def test_what_the_caller_sent_stands() -> None:
    """A fact that was sent, null included, is not for a source to replace."""
    sent = {"actor": {"groups": ["guests"]}}
    assert ask(Source(groups("staff")), given=sent).value == "NotApplicable"
    assert not ask(Source(groups("staff")), given={"actor": {"groups": None}}).allowed


def test_a_source_sees_the_request_and_not_its_text() -> None:
    seen = []

    def answer(request: Any) -> Any:
        seen.append((request.actor.id, "content" in request.messages[0].__dict__))
        return {"/actor/groups": ["staff"]}

    given = {"actor": {"id": "ann"}, "messages": [{"role": "user", "content": "secret"}]}
    assert ask(Source(answer), given=given).allowed
    assert seen == [("ann", False)]


def _raise(error: BaseException) -> Any:
    raise error


FAILURES: dict[str, Callable[[Any], Any]] = {
    "raises": lambda request: _raise(RuntimeError("canary")),
    "ends the process": lambda request: _raise(SystemExit("canary")),
    "reads what is missing": lambda request: request.actor.team,
    "nothing": lambda request: None,
    "a list": lambda request: ["/actor/groups"],
    "wrong type": lambda request: {"/actor/groups": "staff"},
    "wrong type inside": lambda request: {"/actor/groups": [5]},
    "a lone surrogate": lambda request: {"/actor/groups": ["staff", "\ud800"]},
    "undeclared": lambda request: {"/actor/groups": ["staff"], "/actor/roles": ["admin"]},
    "no pointer": lambda request: {5: ["staff"]},
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_source_that_fails_leaves_its_facts_unknown(name: str, tmp_path: Path) -> None:
    with asking(Source(FAILURES[name]), log=tmp_path / "log") as made:
        decision = made.evaluate({}, now=NOW)
    assert verdict(decision) == MISSING
    assert [(reason.code, reason.at) for reason in decision.reasons] == [
        ("missing-fact", "/actor/groups")
    ]
    assert "canary" not in str(decision.to_dict())


def test_one_that_fails_does_not_take_the_others_along() -> None:
    broken = Source(lambda request: _raise(RuntimeError()), ("/actor/team",), "broken")
    assert ask(broken, Source(groups("staff"))).allowed


def test_a_late_source_leaves_its_facts_unknown() -> None:
    release = threading.Event()

    def late(request: Any) -> Any:
        release.wait(10)
        return {"/actor/groups": ["staff"]}

    try:
        decision = ask(Source(late, deadline=timedelta(milliseconds=20)))
    finally:
        release.set()
    assert verdict(decision) == MISSING


@pytest.mark.parametrize(
    ("pointer", "value", "condition"),
    [
        ("/project", {"id": "p", "environment": "production"}, "request.project.id == 'p'"),
        ("/project", None, "!has(request.project.id)"),
        ("/actor/credential", {"status": "active"}, "request.actor.credential.status == 'active'"),
        ("/actor/limits", {"rpm": 5}, "request.actor.limits.rpm == 5"),
        ("/actor/limits/rpm", 5, "request.actor.limits.rpm == 5"),
        ("/metadata", {"k": "v"}, "request.metadata.k == 'v'"),
        ("/metadata/k", "v", "request.metadata.k == 'v'"),
        ("/actor/credential/created_at", NOW, "request.actor.credential.created_at <= now"),
        (
            "/approvals",
            [{"rule": "r", "approver": "ann"}],
            "request.approvals.exists(a, a.approver == 'ann')",
        ),
    ],
)
def test_a_source_may_supply_any_part_of_the_request(
    pointer: str, value: Any, condition: str, tmp_path: Path
) -> None:
    files = FILES | {
        "rules/r.yaml": "- {id: let-in, title: All, kind: expression, effect: permit, "
        f'severity: info, when: "{condition}"}}\n'
    }
    source = Source(lambda request: {pointer: value}, (pointer,))
    with asking(source, files=files, log=tmp_path / "log") as made:
        decision = made.evaluate({"actor": {"id": "ann"}}, now=NOW)
        assert decision.allowed, decision.to_dict()
    assert [one.verdict for one in replay(tmp_path / "log")] == ["agrees"]


def test_what_a_source_says_of_a_joined_thing_yields_to_the_table() -> None:
    files = FILES | {"data/users.yaml": "ann: {groups: [guests]}\n"}
    decision = ask(
        Source(groups("staff")), given={"actor": {"id": "ann", "kind": "user"}}, files=files
    )
    assert decision.value == "NotApplicable"
    assert [advice.code for advice in decision.advice] == ["fact-overridden"]


def test_a_closed_engine_still_decides_without_its_sources() -> None:
    with asking(Source(groups("staff"))) as made:
        assert made.evaluate({}, now=NOW).allowed
    assert verdict(made.evaluate({}, now=NOW)) == MISSING


def test_facts_of_a_source_are_on_record_for_the_response(tmp_path: Path) -> None:
    files = FILES | {
        "rules/answers.yaml": "- {id: staff-only, title: Staff, kind: expression, on: [response], "
        "effect: deny, severity: low, when: '!(\"staff\" in request.actor.groups)'}\n"
    }
    with asking(Source(groups("staff")), files=files, log=tmp_path / "log") as made:
        first = made.evaluate({}, now=NOW)
        answer = made.evaluate(
            {"type": "response", "finish_reason": "stop"}, parent=first, now=NOW
        )
        assert answer.allowed, answer.to_dict()
    assert [one.verdict for one in replay(tmp_path / "log")] == ["agrees", "agrees"]
