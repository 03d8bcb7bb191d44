"""One rule in an engine of its own: what it says of whole requests and snapshots."""

import json
from collections.abc import Mapping
from typing import Any

from harness import engine

from jurat import Engine

OBSERVED = "2026-05-25T11:50:00Z"
STALE = "2026-05-20T11:50:00Z"
NOW = "2026-05-25T12:00:00Z"
PERMIT = {
    "id": "anyone",
    "title": "Anyone may call.",
    "kind": "expression",
    "effect": "permit",
    "severity": "info",
    "when": "true",
}
_LOADED: dict[str, Engine] = {}


def snapshot(observed_at: str = OBSERVED, **collections: Mapping[str, Any]) -> dict[str, Any]:
    """A snapshot with these collections, each given as its items."""
    given: dict[str, Any] = {"type": "org_state", "org": {"id": "acme"}}
    for name, items in collections.items():
        given[name] = {"source": "made", "observed_at": observed_at, "items": dict(items)}
    return given


def load(
    kind: str, params: Mapping[str, Any], on: str, tables: Mapping[str, Any] | None = None
) -> Engine:
    """An engine whose one rule is of this kind. Kept: loading is slower than judging."""
    rule = {"id": "rule", "title": "The rule.", "kind": kind, "on": [on], "effect": "deny"}
    rules = [PERMIT, {**rule, "severity": "high", "params": dict(params)}]
    files = {
        "bundle.yaml": json.dumps({"name": "one", "version": "1.0.0", "revision": 1}),
        "rules/one.yaml": json.dumps(rules),
        **{f"data/{name}.yaml": json.dumps(rows) for name, rows in (tables or {}).items()},
    }
    key = json.dumps(files, sort_keys=True)
    if key not in _LOADED:
        _LOADED[key] = engine(files)
    return _LOADED[key]


def told(
    kind: str,
    params: Mapping[str, Any],
    given: Mapping[str, Any],
    *,
    tables: Mapping[str, Any] | None = None,
    state: Mapping[str, Any] | None = None,
    now: str = NOW,
) -> list[str]:
    """What the rule says of `given`: `code /pointer` for what fired, `unknown /pointer` for a fact
    that is missing, `advice code /pointer`. Empty where it passed."""
    loaded = load(kind, params, given.get("type", "request"), tables)
    if state is not None:
        loaded.arm_state(state)
    decision = loaded.evaluate(given, now=now)
    if state is not None:
        loaded.arm_state(None)
    found = []
    for reason in decision.reasons:
        assert reason.rules == ("rule",) or reason.rule == "rule", reason
        code = "unknown" if reason.code == "missing-fact" else reason.code
        found.append(f"{code} {reason.at}".rstrip())
    found += [
        f"advice {reason.code} {reason.at}".rstrip()
        for reason in decision.advice
        if reason.code not in ("fact-overridden", "state-ageing")
    ]
    assert decision.allowed != any(not one.startswith("advice") for one in found)
    return sorted(found)
