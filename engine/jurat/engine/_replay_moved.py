"""A stored input as if it had come at another time: what was fresh then is as fresh now."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from jurat.canon import format_time, parse_time

if TYPE_CHECKING:
    from ._replay_forms import Stored

_WITH_THE_CALL = ("granted_at", "expires_at")  # of approvals
_USE = ("last_used_at", "last_active_at")


def moved(stored: "Stored", now: datetime) -> "Stored":
    """`stored` at `now`. What belongs to the moment moves along: the caller's clock, approvals,
    when state was observed, and when something was last used, as if its use went on. What has a
    date of its own stays: when a key was made and expires, when a model retires. What counters
    held then says nothing of another time, and is left out."""
    import msgspec

    by = now - stored.moment
    given = orjson.loads(bytes(stored.input))
    if stored.kind == "org_state":
        move_snapshot(given, by)
    else:
        for holder in (given, given.get("request") or {}):
            _shift(holder, "time", by)
            actor = holder.get("actor") or {}
            _used(actor, by)
            _used(actor.get("credential") or {}, by)
            for approval in holder.get("approvals") or ():
                for name in _WITH_THE_CALL:
                    _shift(approval, name, by)
    state = bytes(stored.state)
    if state:
        inner = orjson.loads(state)
        move_snapshot(inner, by)
        state = orjson.dumps(inner, option=orjson.OPT_SORT_KEYS)
    return msgspec.structs.replace(
        stored,
        input=msgspec.Raw(orjson.dumps(given, option=orjson.OPT_SORT_KEYS)),
        state=msgspec.Raw(state),
        now=format_time(now),
        counters=None,
    )


def move_snapshot(snapshot: dict[str, Any], by: timedelta) -> None:
    """Let a snapshot, which is changed in place, be observed later by so much."""
    for holder in (snapshot, *snapshot.values()):
        if isinstance(holder, dict):
            _shift(holder, "observed_at", by)
            for item in (holder.get("items") or {}).values():
                if isinstance(item, dict):
                    _used(item, by)


def _used(holder: dict[str, Any], by: timedelta) -> None:
    for name in _USE:
        _shift(holder, name, by)


def _shift(holder: dict[str, Any], name: str, by: timedelta) -> None:
    if isinstance(value := holder.get(name), str):
        holder[name] = format_time(parse_time(value) + by)
