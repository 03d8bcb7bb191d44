"""What the shipped bundle openai-enterprise costs, and a snapshot of a large organisation.

The parts of `bench_engine.py` about it. Texts are not scanned here and nothing is logged: both have
benchmarks of their own; so the two kinds that read text are left out of what is evaluated. What is
timed is first checked to allow, and the snapshot to find what was put into it. One account calls
all the time, so its joins are those made before; the first costs 15 µs more.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from json import loads
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson
import yaml

from jurat import Engine, OrgState, Request
from jurat_policies import OPENAI_ENTERPRISE

NOW = datetime(2026, 5, 25, 12, 0, tzinfo=UTC)
SUPPORTS = {"redact", "header", "route", "approval"}
_READS_TEXT = ("pii.patterns", "data.classification")
_TEXT = "Where is my parcel, and when will the second one be sent to me? " * 12


def files(*, reads_text: bool) -> dict[str, str]:
    """The bundle's files; without the rules that read text, and the tests that ask for them."""
    root = Path(OPENAI_ENTERPRISE)
    made = {}
    for path in sorted(root.rglob("*.yaml")):
        name, text = path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
        if not reads_text and name.startswith("tests/"):
            continue
        if not reads_text and name.startswith("rules/"):
            rules = [rule for rule in yaml.safe_load(text) if rule["kind"] not in _READS_TEXT]
            # PyYAML takes the key `on` for true
            text = yaml.safe_dump([{_key(k): v for k, v in rule.items()} for rule in rules])
        made[name] = text
    return made


def _key(name: Any) -> str:
    return "on" if name is True else name


def request() -> dict[str, Any]:
    """A chat request of about 1 kB, as a gateway describes it."""
    example = Path(OPENAI_ENTERPRISE) / "examples" / "chatbot.json"
    made: dict[str, Any] = loads(example.read_text(encoding="utf-8"))
    # a key that no rule has a word about
    made["actor"]["credential"]["created_at"] = "2026-04-20T12:00:00Z"
    made["messages"] = [{"role": "user", "content": _TEXT}]
    return made


def calls() -> dict[str, Callable[[], object]]:
    """What to time, by name. Raises AssertionError where the request is not allowed."""
    given = request()
    body = orjson.dumps(given)
    whole, unread = Engine.load(files(reads_text=True)), Engine.load(files(reads_text=False))
    for engine in (whole, unread):
        decision = engine.evaluate(body, now=NOW, supports=SUPPORTS)
        assert decision.allowed, decision.reasons
    decision = whole.evaluate(body, now=NOW, supports=SUPPORTS)
    facts, plan = decision._facts, whole.plans[0]
    assert facts is not None
    built = Request.model_validate(given)
    later = _Clock()
    return {
        "enterprise, decide": lambda: plan.decide(facts.request, facts, NOW),
        "enterprise, evaluate a Request": lambda: unread.evaluate(
            built, now=later(), supports=SUPPORTS
        ),
        "enterprise, evaluate JSON bytes": lambda: unread.evaluate(
            body, now=later(), supports=SUPPORTS
        ),
    }


class _Clock:
    """Each call a while later, so that no limit is reached."""

    def __init__(self) -> None:
        self._now = NOW

    def __call__(self) -> datetime:
        self._now += timedelta(milliseconds=20)
        return self._now


def snapshot(credentials: int, principals: int) -> dict[str, Any]:
    """An organisation of that size; one key in a hundred is too old, one in a hundred without owner."""
    projects = [f"proj-{number:03}" for number in range(50)]
    created, active = "2026-04-20T12:00:00Z", "2026-05-24T12:00:00Z"
    return {
        "type": "org_state",
        "org": {"id": "acme", "settings": {"audit_log": "enabled"}},
        "observed_at": "2026-05-25T11:50:00Z",
        "projects": {"items": {id_: {"status": "active"} for id_ in projects}},
        "principals": {
            "items": {
                f"user-{number:06}": {
                    "kind": "user",
                    "status": "active",
                    "roles": ["org-owner"] if number < 3 else ["project-member"],
                    "created_at": created,
                    "last_active_at": active,
                }
                for number in range(principals)
            }
        },
        "credentials": {
            "items": {
                f"key-{number:06}": {
                    "project": projects[number % 50],
                    "owner": None if number % 100 == 50 else f"user-{number % principals:06}",
                    "created_at": "2026-01-01T12:00:00Z" if number % 100 == 0 else created,
                    "expires_at": "2026-07-20T12:00:00Z",
                    "status": "active",
                    "scopes": [],
                }
                for number in range(credentials)
            }
        },
        **{
            name: {"items": {}}
            for name in (
                "invites", "groups", "roles", "assignments", "model_permissions",
                "tool_permissions", "limits", "data_controls", "network_controls", "vendors",
                "endpoints",
            )
        },
    }  # fmt: skip


def audits(sizes: Mapping[str, tuple[int, int]]) -> list[list[str]]:
    """Seconds to judge snapshots of these sizes (credentials, principals) from a built OrgState."""
    engine = Engine.load(files(reads_text=False))
    rows = []
    for name, (credentials, principals) in sizes.items():
        state = OrgState.model_validate(snapshot(credentials, principals))
        started = perf_counter()
        decision = engine.evaluate(state, now=NOW)
        seconds = perf_counter() - started
        assert decision.rules is not None
        counts = decision.rules
        assert counts["key-age"]["fired"] >= credentials // 100, counts["key-age"]
        rules = sum(1 for one in counts.values() if one["evaluated"])
        rows.append([name, f"{rules}", f"{seconds:.2f}", f"{seconds / credentials * 1e6:.1f}"])
    return rows
