"""From a decision to the body of its record, and the sealed facts that replay it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from jurat.canon import format_time
from jurat.log import Log, Mask, covers
from jurat.model import to_plain
from jurat.plan import NOT_COUNTED, Decision, FactSet
from jurat.plugin import Detection, Detections, LocatedDetection

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SHOWN = {
    "/action": "act",
    "/actor/id": "actor/ref",
    "/actor/kind": "actor/kind",
    "/latency_us": "upstream_us",
    "/model": "model",
    "/project/environment": "env",
    "/project/id": "project",
    "/provider": "provider",
    "/status": "status",
    "/usage/input_tokens": "tokens/in",
    "/usage/output_tokens": "tokens/out",
}
"""What of an input stands in clear in a record, and where."""
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z


def facts_json(
    parts: Sequence[FactSet], decision: Decision, masked: Mapping[str, Any] | None = None
) -> bytes:
    """The replay input: what was sent without text, with all that was read beside it but rows
    that the bundle's digest and an id reproduce. `parts` are the facts of each bundle."""
    facts = parts[0]
    made: dict[str, Any] = {
        "input": to_plain(facts.sent),
        "kind": facts.kind,
        "now": format_time(decision.now),
    }
    if masked is not None:  # it won't be replayed, and the rest could tell what was masked
        return orjson.dumps(made | {"input": masked}, option=_OPTIONS)
    if facts.supports:
        made["supports"] = sorted(facts.supports)
    first = facts.detections
    if any(part.detections != first for part in parts):  # each bundle has its own detectors
        made["detections_by"] = {
            name: _detections(part._facts.detections)
            for name, part in decision.parts
            if part._facts is not None
        }
    elif first.scanned:
        made["detections"] = _detections(first)
    if facts.counters is not NOT_COUNTED:  # the same for every bundle
        made["counters"] = {key: list(counted) for key, counted in facts.counters.items()}
    if facts.kind == "org_state":
        made["outcomes"] = decision.by_resource()
    elif facts.state is not None and (used := _used(parts)):
        made["state"] = facts.state.extract(used)
    return orjson.dumps(made, option=_OPTIONS)


def _used(parts: Sequence[FactSet]) -> dict[str, set[str] | None]:
    """What of the armed state any of the bundles read: ids by collection, None for all."""
    used: dict[str, set[str] | None] = {}
    for facts in parts:
        for name, ids in facts.used.items():
            before = used.get(name, set())
            used[name] = None if ids is None or before is None else before | ids
    return used


def detections_of(stored: Mapping[str, Any], bundle: str) -> Detections:
    """The detections that `facts_json` stored for the bundle of this name; for one that it did
    not know, those of all."""
    by_name: Mapping[str, Any] = stored.get("detections_by", {})
    if bundle in by_name:
        return _read(by_name[bundle])
    if by_name:
        return _united([_read(part) for part in by_name.values()])
    return _read(stored.get("detections"))


def _read(stored: Mapping[str, Any] | None) -> Detections:
    if not stored:
        return Detections()
    hits = tuple(
        # of late a row may also have a role, and the entry of an allow list
        LocatedDetection(at, Detection(*fields[:7], *fields[8:]), where, *fields[7:8])
        for at, where, *fields in stored["hits"]
    )
    return Detections(hits, stored["scanned"], tuple(stored.get("undecided", ())))


def _united(each: Sequence[Detections]) -> Detections:
    return Detections(
        tuple(dict.fromkeys(hit for one in each for hit in one.hits)),
        max((one.scanned for one in each), default=0),
        tuple(sorted({id_ for one in each for id_ in one.undecided})),
    )


def _detections(detections: Detections) -> dict[str, Any]:
    made: dict[str, Any] = {
        "scanned": detections.scanned,
        "hits": [
            [
                hit.at,
                hit.where,
                hit.detection.entity,
                hit.detection.detector,
                hit.detection.start,
                hit.detection.end,
                hit.detection.confidence,
                hit.detection.validated,
                hit.detection.example,
                *([hit.role] if hit.role or hit.detection.known else []),
                *([hit.detection.known] if hit.detection.known else []),
            ]
            for hit in detections.hits
        ],
    }
    if detections.undecided:
        made["undecided"] = list(detections.undecided)
    return made


def body(
    decision: Decision,
    parts: Sequence[FactSet],
    log: Log,
    *,
    word: Callable[[Any], Any],
    engine: str,
    latency_us: int,
    parent: Decision | None = None,
) -> dict[str, Any]:
    """The body of the record of `decision`, in the names of the log's format. `word` gives a
    word of the header as a record may show it in clear."""
    facts = parts[0]
    request = facts.request.__dict__
    sent = to_plain(facts.sent)
    header = orjson.dumps(sent, option=_OPTIONS)
    kept, masked = _masked(sent, log.mask) if log.mask else (sent, [])
    subject = _field(request, "actor", "id")
    made: dict[str, Any] = {
        "id": decision.id,
        "ts": (decision.now - _EPOCH) // _MICROSECOND,
        "dec": log.keyed(decision.canonical()),
        "effect": decision.effect,
        "engine": engine,
        "in": log.keyed(header),
        "lat_us": latency_us,
        "bundle": decision.bundle,
        "plan": decision.plan,
        "counts": decision.counts,
        "facts": log.seal(subject, facts_json(parts, decision, kept if masked else None)),
        "mode": "shadow" if decision.would is not None else "enforce",
    }
    if decision.value is not None:
        made["value"] = decision.value
    if decision.would is not None:
        made["would"] = decision.would
    if parent is not None:
        made["parent"] = parent.id
        if facts.kind == "response" and parent.allowed and parent.obligations:
            # the allow stood only for a caller that performs these, and the model has answered
            made["performed"] = [{"id": o.id, "type": o.type} for o in parent.obligations]
    if subject is not None:
        made["actor"] = {"kind": word(_field(request, "actor", "kind")), "ref": log.ref(subject)}
    for name, value in (
        ("act", request.get("action")),
        ("model", request.get("model")),
        ("provider", request.get("provider")),
        ("project", _field(request, "project", "id")),
        ("env", _field(request, "project", "environment")),
    ):
        if value is not None:
            made[name] = word(value)
    if facts.kind == "org_state":
        made["rules"] = decision.rules
        made["worst"] = _worst(decision)
    else:
        made["outcomes"] = [
            [rule, outcome] if mode == "enforce" else [rule, outcome, mode]
            for rule, outcome, mode in sorted(
                {*decision.outcomes, *((id_, "fired", "enforce") for id_ in decision.permits)}
            )
        ]
    if decision.obligations:
        made["obl"] = [{"id": o.id, "type": o.type} for o in decision.obligations]
    if found := _entity_counts(parts):
        made["detections"] = found
    if facts.kind == "response":
        made.update(_usage(facts.sent.__dict__))
    if masked:
        made["masked"] = masked
        _hide(made, masked)
    return {name: value for name, value in made.items() if value not in (None, {}, [])}


def _masked(sent: dict[str, Any], mask: Mask) -> tuple[dict[str, Any], list[str]]:
    """An input without its masked values, and those that it had: of an answer, those of the
    request in it, too."""
    kept, found = mask.apply(sent)
    if isinstance(request := kept.get("request"), Mapping):
        inner, more = mask.apply(request)
        kept["request"] = inner
        found += [f"/request{pointer}" for pointer in more]
    return kept, found


def _hide(made: dict[str, Any], masked: Sequence[str]) -> None:
    """Take out of a body what it shows in clear of masked values."""
    for pointer, path in _SHOWN.items():
        if covers(masked, pointer) or covers(masked, f"/request{pointer}"):
            *way, last = path.split("/")
            holder = made
            for name in way:
                holder = holder.get(name, {})
            holder.pop(last, None)


def _usage(response: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    usage = response.get("usage")
    if usage is not None:
        known = usage.__dict__
        tokens = {
            name: known[field]
            for name, field in (("in", "input_tokens"), ("out", "output_tokens"))
            if known.get(field) is not None
        }
        if tokens:
            made["tokens"] = tokens
    if response.get("latency_us") is not None:
        made["upstream_us"] = response["latency_us"]
    if response.get("status") is not None:
        made["status"] = response["status"]
    return made


def _entity_counts(parts: Sequence[FactSet]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for hit in _united([facts.detections for facts in parts]).hits:
        entity = hit.detection.entity
        counts[entity] = counts.get(entity, 0) + 1
    return counts


def _worst(decision: Decision) -> list[list[str]]:
    """The worst outcome of each rule of an audit that did not just pass."""
    order = ("fired", "error", "unknown", "waived")
    worst: dict[str, str] = {}
    for rule, outcome, _ in decision.outcomes:
        if rule not in worst or order.index(outcome) < order.index(worst[rule]):
            worst[rule] = outcome
    return [[rule, outcome] for rule, outcome in sorted(worst.items())]


def _field(request: Mapping[str, Any], name: str, field: str) -> Any:
    view = request.get(name)
    return None if view is None else view.__dict__.get(field)
