"""Why a record does not decide to itself: what differs, as far as a record can tell."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from jurat.log import LogReader, Record
from jurat.plan import Decision, Plan

from ._replay_forms import Stored

Differing = Literal["engine", "plugins", "bundle", "facts", "outcomes", "effect", "reasons"]
_SHOWN = 5
_LOADED = b'"type":"policy.load"'


class Versions:
    """The versions that plans were compiled with, as the log's `policy.load` records say."""

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self._by_plan: dict[str, Mapping[str, str]] | None = None

    def of(self, plan: str) -> Mapping[str, str]:
        """By name; empty for a plan of which the log does not say it."""
        if self._by_plan is None:
            self._by_plan = dict(self._read())
        return self._by_plan.get(plan, {})

    def _read(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        for seq, leaf in self._log.leaves(self._log.first):
            if _LOADED not in leaf:
                continue
            body = self._log.record(seq, leaf).body
            versions = body.get("versions")
            if body["type"] == "policy.load" and isinstance(versions, dict):
                yield str(body.get("plan")), versions


def differences(
    record: Record,
    stored: Stored,
    decision: Decision,
    plans: Sequence[Plan],
    log: LogReader,
    versions: Versions,
) -> tuple[tuple[Differing, ...], str]:
    """What differs between a record and the decision on its facts now: in words of a closed
    list, and told."""
    body = record.body
    differs: list[Differing] = []
    told: list[str] = []
    for name, text in (
        *_versions(body, plans, versions),
        *_input(body, stored, log),
        *_outcomes(body, decision),
    ):
        if name not in differs:
            differs.append(name)
        told.append(text)
    if not {"outcomes", "effect"} & set(differs):
        differs.append("reasons")
        told.append("outcomes and effect are the same: a reason, advice or obligation differs")
    if not {"engine", "plugins", "facts"} & set(differs):
        told.append(
            "bundle, versions and facts are the same: a rule reads what no fact holds, or a "
            "library below it was changed"
        )
    return tuple(differs), "; ".join(told)


def _versions(
    body: Mapping[str, Any], plans: Sequence[Plan], versions: Versions
) -> Iterator[tuple[Differing, str]]:
    recorded = body.get("plan")
    by_name = recorded if isinstance(recorded, dict) else {plans[0].bundle.name: recorded}
    seen = set()
    for plan in plans:
        if (digest := by_name.get(plan.bundle.name)) == plan.digest:
            continue
        before = versions.of(str(digest)) or {"jurat": str(body.get("engine", "unknown"))}
        known = len(before) > 1
        for name in sorted({*before, *(plan.versions if known else before)}):
            was, now = before.get(name, "none"), plan.versions.get(name, "none")
            if was != now and name not in seen:
                seen.add(name)
                what: Differing = "engine" if name == "jurat" else "plugins"
                yield what, f"{'the engine' if name == 'jurat' else name} {was} -> {now}"
        if not seen:
            yield "plugins", "a plugin of another version; the log does not say which"


def _input(
    body: Mapping[str, Any], stored: Stored, log: LogReader
) -> Iterator[tuple[Differing, str]]:
    if "in" in body and log.keyed(bytes(stored.input)) != body["in"]:
        yield "facts", "the sealed input is not the one that the record digests"


def _outcomes(body: Mapping[str, Any], decision: Decision) -> Iterator[tuple[Differing, str]]:
    if decision.rules is None and "outcomes" in body:
        was = {(str(one[0]), _mode(one)): str(one[1]) for one in body["outcomes"]}
        permits = [(id_, "fired", "enforce") for id_ in decision.permits]
        now = {(rule, mode): outcome for rule, outcome, mode in (*decision.outcomes, *permits)}
        changed = [
            f"rule {rule}: {was.get((rule, mode), 'passed')} -> {now.get((rule, mode), 'passed')}"
            for rule, mode in sorted(was.keys() | now.keys())
            if was.get((rule, mode)) != now.get((rule, mode))
        ]
    else:
        before, after = body.get("rules") or {}, decision.rules or {}
        changed = [
            f"rule {rule}: {_counts(before.get(rule))} -> {_counts(after.get(rule))}"
            for rule in sorted(before.keys() | after.keys())
            if before.get(rule) != after.get(rule)
        ]
    for text in changed[:_SHOWN]:
        yield "outcomes", text
    if len(changed) > _SHOWN:
        yield "outcomes", f"and {len(changed) - _SHOWN} more rules"
    if (body.get("effect"), body.get("value")) != (decision.effect, decision.value):
        was_value, now_value = body.get("value") or "none", decision.value or "none"
        yield (
            "effect",
            f"{body.get('effect')} ({was_value}) -> {decision.effect} ({now_value})",
        )


def _mode(outcome: Sequence[Any]) -> str:
    return str(outcome[2]) if len(outcome) > 2 else "enforce"


def _counts(counts: Mapping[str, int] | None) -> str:
    return " ".join(f"{n} {name}" for name, n in (counts or {}).items() if n) or "none"
