"""A difference as text for a terminal."""

from collections.abc import Iterator
from itertools import groupby

from jurat.canon import format_time

from . import _wording as words
from ._forecast import Forecast
from ._history import Replay
from ._report import Difference, Past
from ._search import Searched
from ._verdict import became

_TESTS = 5  # changed tests that are named


def as_text(found: Difference) -> str:
    """The whole of it. It ends with a line feed."""
    return "\n".join([*_lines(found), ""])


def _lines(found: Difference) -> Iterator[str]:
    if found.past is not None and found.past.broken:
        yield words.caveat(found.past)
    old, new = found.old, found.new
    if old != new:
        yield f"{words.side(old)} -> {words.side(new)}"
        yield words.headline(found)
        yield from _said(found)
        if found.searched is not None:
            yield from _decided(found.searched)
    else:
        yield words.side(old)
    if found.past is not None:
        yield from _history(found.past, words.at_another_time(found))
    if found.forecast is not None:
        yield from _forecast(found.forecast)


def _said(found: Difference) -> Iterator[str]:
    yield from ("", "What it says")
    if not found.changes:
        yield "  the same"
    for leaning, changes in groupby(found.changes, key=lambda one: one.leaning):
        yield f"  {words.LEANS[leaning]}"
        tests = 0
        for change in changes:
            if change.what == "test":
                tests += 1
                if tests > _TESTS:
                    continue
            yield f"    {words.heading(change)}"
            if change.what != "test":
                yield from (f"      {words.detail(one)}" for one in change.details)
        if tests > _TESTS:
            yield f"    and {tests - _TESTS} more tests"


def _decided(searched: Searched) -> Iterator[str]:
    yield from ("", f"What it decides: {searched.tries:,} inputs tried, seed {searched.seed}")
    if not searched.differences:
        yield f"  no difference found in {searched.tries:,} tries"
    for one in searched.differences:
        head = became(one.compared, one.was, one.now)
        yield f"  {head}  {one.trial.kind}, by {', '.join(one.rules)}  ({one.hits:,} tries)"
        yield from (f"    {why}" for why in one.why)
        yield f"    the least input, at {format_time(one.trial.now)}:"
        yield f"    {words.document(one.trial.given)}"
        if one.trial.state is not None:
            yield f"    with the armed state {words.document(one.trial.state)}"
        if one.trial.facts:
            yield f"    with the facts {words.document(one.trial.facts)}"
        if one.trial.stops:
            yield f"    with the stops {words.document(one.trial.stops)}"
    if searched.unseen:
        yield f"  did the same in every input tried: {', '.join(searched.unseen)}"


def _history(past: Past, when: str) -> Iterator[str]:
    replay = past.replay
    verified = "not verified" if past.broken else "verified"
    yield from ("", f"What it would have done{when}: {past.directory}, {verified}")
    yield f"  {'; '.join(words.standing(replay))}"
    yield from (f"  {told}" for told in words.reservations(past))
    if not replay.total.count:
        yield "  no decision changes"
        return
    yield f"  {words.counted(replay.total)}"
    if told := words.tokens(replay.total):
        yield f"  tokens of what would be denied: {told}"
    yield from _groups(replay)


def _groups(replay: Replay) -> Iterator[str]:
    for title, groups in words.groups(replay):
        yield f"  by {title}"
        width = max(len(group.name) for group in groups)
        for group in groups:
            told = words.tokens(group)
            tokens = f"; tokens {told}" if told else ""
            yield f"    {group.name:<{width}}  {words.counted(group)}{tokens}"
            if title == "rule":
                yield f"    {'':<{width}}  records {words.records(group)}"


def _forecast(found: Forecast) -> Iterator[str]:
    if found.then == found.now:
        yield from ("", f"What it does to the snapshot, at {format_time(found.now)}")
    else:
        yield from (
            "",
            f"What time changes: {format_time(found.now)} to {format_time(found.then)}",
        )
        for one in found.dated:
            then = f": {one.then}" if one.then else ""
            yield f"  {format_time(one.when)}  {one.what} {one.name}: {one.key}{then}"
        if not found.dated:
            yield "  nothing in the bundle has a date in that time"
        if found.judged:
            yield "  of the snapshot"
    if not found.judged:
        return
    for event in found.events:
        what = "denied" if event.denied else "no longer denied"
        when = words.when(event, found)
        yield f"    {when}  {what} by {event.rule} at {event.at or '/'}: {event.message}"
    if not found.events:
        yield "    nothing is denied that was not, and nothing allowed"
