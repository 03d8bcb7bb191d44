"""The same few words for people in every format."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from jurat.canon import format_time
from jurat.model import to_plain

from ._changes import ABSENT, Change, Detail, Leaning
from ._forecast import Event, Forecast
from ._history import Group, Replay
from ._report import Difference, Past, Side
from ._verdict import BECAME

LEANS: dict[Leaning, str] = {
    "opens": "can let in more",
    "either": "can let in more or less",
    "closes": "can let in less",
    "none": "changes no verdict",
}
STANDS = {
    "erased": "erased",
    "masked": "masked",
    "not-decided": "had no decision to repeat",
    "unfit": "no longer fit this version's models",
}
UNVERIFIED = "UNVERIFIED LOG"


def headline(found: Difference) -> str:
    """The outcome in one sentence."""
    if found.same_policy:
        return "both are the same policy: they can't decide differently"
    searched = found.searched
    if searched is None:
        return "no inputs were tried"
    match found.compared:
        case "looser":
            return "the new policy is looser, as far as was found"
        case "stricter":
            return "the new policy is stricter, as far as was found"
        case "incomparable":
            return "the new policy is looser for some inputs and stricter, or other, for others"
    return f"no difference found in {searched.tries:,} tries"


def side(one: Side) -> str:
    """Which bundle it is."""
    return f"{one.name} {one.version}, revision {one.revision} ({one.source})"


def heading(change: Change) -> str:
    what = f"{change.what} {change.name} {change.how}"
    return f"{what}: {change.title}" if change.title else what


def detail(one: Detail) -> str:
    """One key, from what to what."""
    lists = isinstance(one.was, list) and isinstance(one.now, list)
    if lists and ABSENT not in (one.was, one.now):
        told = [f"without {', '.join(map(value, one.was))}"] if one.was else []
        told += [f"with {', '.join(map(value, one.now))}"] if one.now else []
        return f"{one.key}: {'; '.join(told)}"
    if one.was == ABSENT:
        return f"{one.key}: {value(one.now)}"
    if one.now == ABSENT:
        return f"{one.key}: was {value(one.was)}"
    return f"{one.key}: {value(one.was)} -> {value(one.now)}"


def value(one: Any) -> str:
    """A value of a bundle on one line."""
    if isinstance(one, str):
        return " ".join(one.split())
    return orjson.dumps(one, default=str).decode()


def document(given: Any) -> str:
    """An input as JSON on one line."""
    return orjson.dumps(to_plain(given), default=_plain, option=orjson.OPT_UTC_Z).decode()


def _plain(one: Any) -> Any:
    return format_time(one) if isinstance(one, datetime) else str(one)


def counted(group: Group) -> str:
    """What became of a group's decisions."""
    return ", ".join(f"{group.counts[word]:,} {word}" for word in BECAME if group.counts[word])


def records(group: Group) -> str:
    """The first records of a group."""
    told = ", ".join(f"{log}:{seq}" if log else str(seq) for log, seq in group.records)
    more = group.count - len(group.records)
    return f"{told} and {more:,} more" if more > 0 else told


def tokens(group: Group) -> str:
    """Tokens of what would be denied; empty where nothing would."""
    counts = group.tokens
    told = [f"{counts.used:,} used"] if counts.used else []
    told += [f"{counts.estimated:,} estimated"] if counts.estimated else []
    told += [f"unknown of {counts.unknown:,} requests"] if counts.unknown else []
    return ", ".join(told)


def when(event: Event, found: Forecast) -> str:
    """From when on something is denied, or no longer."""
    if event.when == found.now:
        return "at once"
    told = format_time(event.when)
    return told if event.exact else f"by {told}"


def at_another_time(found: Difference) -> str:
    """When the history is taken to have come, where that is not when it did."""
    coming = found.forecast
    if coming is None or coming.now == coming.then:
        return ""
    return f", had it come at {format_time(coming.then)} and not at {format_time(coming.now)}"


def standing(replay: Replay) -> Iterator[str]:
    """How many decisions there are, and what could not be decided again."""
    yield f"{replay.decisions:,} decisions, {replay.standing['held']:,} decided again"
    for name, words in STANDS.items():
        if count := replay.standing[name]:
            yield f"{count:,} {words}"


def reservations(past: Past) -> Iterator[str]:
    """What a history can't tell."""
    replay = past.replay
    if replay.otherwise:
        yield (f"{replay.otherwise:,} were recorded with another effect than the old bundle gives")
    if replay.uncounted:
        yield (
            f"limits are taken as kept in {replay.uncounted:,} that the new bundle allows: the log "
            "holds no counts for them"
        )
    if replay.lacking:
        told = ", ".join(f"{count:,} {name}" for name, count in sorted(replay.lacking.items()))
        yield (
            f"some change where the new bundle reads state that the old one did not ({told}): a log "
            "keeps of it only what was read, so the rest looks as if it were not there"
        )
    if past.unlooked:
        yield (
            f"the log holds no text: {', '.join(past.unlooked)} was not looked for then, and "
            "counts as not found"
        )


def caveat(past: Past) -> str:
    """What stands first in a report on a log that does not verify."""
    return f"{UNVERIFIED}: {past.directory}: {past.broken}"


def groups(replay: Replay) -> Iterator[tuple[str, list[Group]]]:
    """The groups by rule, project and model, the largest first."""
    for title, found in (
        ("rule", replay.by_rule),
        ("project", replay.by_project),
        ("model", replay.by_model),
    ):
        yield title, sorted(found.values(), key=lambda group: (-group.count, group.name))
