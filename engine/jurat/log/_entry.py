"""What is asked of records: the fields that queries and conditions name."""

from datetime import UTC, datetime
from typing import Any, TypeGuard

from pydantic import Field

from jurat.model import Count, Int64, Model, Strings, Time

from ._read import Record


class Entry(Model):
    """A record as a condition sees it; a field that the record has not is null."""

    seq: Int64 | None = None
    time: Time | None = None
    type: str | None = None
    id: str | None = None
    parent: str | None = None
    """The decision on the request that a response answers."""
    actor: str | None = None
    """The keyed digest of the actor's id, `hmac:…`."""
    actor_kind: str | None = None
    action: str | None = None
    provider: str | None = None
    model: str | None = None
    project: str | None = None
    environment: str | None = None
    effect: str | None = None
    value: str | None = None
    mode: str | None = None
    fired: Strings | None = None
    """The rules that fired; `unknown`, `erred` and `waived` alike."""
    unknown: Strings | None = None
    erred: Strings | None = None
    waived: Strings | None = None
    codes: Strings | None = None
    obligations: Strings | None = None
    """The types of the obligations."""
    detections: dict[str, Count] = Field(default_factory=dict)
    """By entity, how many were found."""
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    latency_us: Count | None = None
    """Of deciding."""
    upstream_us: Count | None = None
    status: Int64 | None = None


_PLAIN = {
    "type": "type", "id": "id", "parent": "parent", "act": "action", "provider": "provider",
    "model": "model", "project": "project", "env": "environment", "effect": "effect",
    "value": "value", "mode": "mode",
}  # fmt: skip
_NUMBERS = {"lat_us": "latency_us", "upstream_us": "upstream_us", "status": "status"}
_OUTCOMES = {"fired": "fired", "unknown": "unknown", "error": "erred", "waived": "waived"}


def entry_of(record: Record) -> dict[str, Any]:
    """The fields of an `Entry` for a record; what the record has in no usable form is left out."""
    body = record.body
    made: dict[str, Any] = {"seq": record.seq}
    for name, field in _PLAIN.items():
        if isinstance(value := body.get(name), str):
            made[field] = value
    for name, field in _NUMBERS.items():
        if _is_count(value := body.get(name)):
            made[field] = value
    if _is_count(stamp := body.get("ts")) and stamp < 253_402_300_800_000_000:  # year 9999
        made["time"] = datetime.fromtimestamp(stamp // 1_000_000, UTC).replace(
            microsecond=stamp % 1_000_000
        )
    if isinstance(actor := body.get("actor"), dict):
        for name, field in (("ref", "actor"), ("kind", "actor_kind")):
            if isinstance(value := actor.get(name), str):
                made[field] = value
    for outcome, rules in outcomes_of(body).items():
        made[outcome] = tuple(rules)
    if isinstance(codes := body.get("codes"), list):
        made["codes"] = tuple(code for code in codes if isinstance(code, str))
    if isinstance(owed := body.get("obl"), list):
        types = (one.get("type") for one in owed if isinstance(one, dict))
        made["obligations"] = tuple(type for type in types if isinstance(type, str))
    made["detections"] = detections_of(body)
    if isinstance(tokens := body.get("tokens"), dict):
        for name, field in (("in", "input_tokens"), ("out", "output_tokens")):
            if _is_count(value := tokens.get(name)):
                made[field] = value
    return made


def outcomes_of(body: dict[str, Any]) -> dict[str, list[str]]:
    """The rules by what they did; of an audit by the worst that they did."""
    found: dict[str, list[str]] = {field: [] for field in _OUTCOMES.values()}
    listed = body.get("outcomes", body.get("worst"))
    for one in listed if isinstance(listed, list) else ():
        match one:
            case [str(rule), str(outcome), *_] if outcome in _OUTCOMES:
                found[_OUTCOMES[outcome]].append(rule)
    return found


def detections_of(body: dict[str, Any]) -> dict[str, int]:
    """How many of each entity were found."""
    counts = body.get("detections")
    if not isinstance(counts, dict):
        return {}
    return {name: count for name, count in counts.items() if _is_count(count)}


def _is_count(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
