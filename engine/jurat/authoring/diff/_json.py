"""A difference as one JSON object."""

from dataclasses import asdict
from typing import Any

import orjson

from jurat.canon import format_time
from jurat.model import to_plain

from ._forecast import Forecast
from ._history import Group, Replay
from ._report import Difference, Past
from ._search import Searched
from ._verdict import became
from ._wording import groups


def as_json(found: Difference) -> str:
    """The whole of it, keys sorted. It ends with a line feed."""
    told: dict[str, Any] = {
        "different": bool(found),
        "old": asdict(found.old),
        "new": asdict(found.new),
        "same_policy": found.same_policy,
        "compared": found.compared,
        "changes": [asdict(change) for change in found.changes],
    }
    if found.searched is not None:
        told["behaviour"] = _searched(found.searched)
    if found.past is not None:
        told["history"] = _past(found.past)
    if found.forecast is not None:
        told["forecast"] = _forecast(found.forecast)
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z
    return orjson.dumps(told, option=options, default=str).decode() + "\n"


def _searched(searched: Searched) -> dict[str, Any]:
    return {
        "tries": searched.tries,
        "seed": searched.seed,
        "unseen": list(searched.unseen),
        "differences": [
            {
                "compared": one.compared,
                "became": became(one.compared, one.was, one.now),
                "was": one.was,
                "now": one.now,
                "rules": list(one.rules),
                "why": list(one.why),
                "hits": one.hits,
                "input": {
                    "type": one.trial.kind,
                    "now": format_time(one.trial.now),
                    "given": one.trial.given,
                    "state": one.trial.state,
                    "facts": one.trial.facts,
                    "stops": to_plain(dict(one.trial.stops)),
                },
            }
            for one in searched.differences
        ],
    }


def _past(past: Past) -> dict[str, Any]:
    replay: Replay = past.replay
    return {
        "directory": past.directory,
        "verified": not past.broken,
        "broken": past.broken,
        "decisions": replay.decisions,
        "standing": dict(replay.standing),
        "recorded_otherwise": replay.otherwise,
        "uncounted": replay.uncounted,
        "lacking": dict(replay.lacking),
        "unlooked": list(past.unlooked),
        "changed": _group(replay.total),
        **{f"by_{title}": [_group(one) for one in found] for title, found in groups(replay)},
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "name": group.name,
        "count": group.count,
        "became": dict(group.counts),
        "records": [{"log": log, "seq": seq} for log, seq in group.records],
        "tokens_denied": asdict(group.tokens),
    }


def _forecast(found: Forecast) -> dict[str, Any]:
    return {
        "from": format_time(found.now),
        "to": format_time(found.then),
        "dated": [{**asdict(one), "when": format_time(one.when)} for one in found.dated],
        "judged": found.judged,
        "events": [{**asdict(one), "when": format_time(one.when)} for one in found.events],
    }
