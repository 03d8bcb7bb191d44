"""A difference as Markdown, for a comment on a pull request."""

from collections.abc import Iterator
from itertools import groupby

from jurat.canon import format_time

from . import _wording as words
from ._forecast import Forecast
from ._report import Difference, Past
from ._search import Searched
from ._verdict import became


def as_markdown(found: Difference) -> str:
    """The whole of it. It ends with a line feed."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Difference) -> Iterator[str]:
    if found.past is not None and found.past.broken:
        yield f"**{_safe(words.caveat(found.past))}**"
        yield ""
    old, new = found.old, found.new
    if old == new:
        yield f"## {_safe(words.side(old))}"
    else:
        yield f"## {_safe(words.side(old))} → {_safe(words.side(new))}"
        yield from ("", f"{words.headline(found).capitalize()}.")
        yield from _said(found)
        if found.searched is not None:
            yield from _decided(found.searched)
    if found.past is not None:
        yield from _history(found.past, words.at_another_time(found))
    if found.forecast is not None:
        yield from _forecast(found.forecast)


def _said(found: Difference) -> Iterator[str]:
    yield from ("", "### What it says")
    if not found.changes:
        yield from ("", "The same.")
    for leaning, changes in groupby(found.changes, key=lambda one: one.leaning):
        yield from ("", f"**{words.LEANS[leaning].capitalize()}**", "")
        for change in changes:
            yield f"- {_safe(words.heading(change))}"
            if change.what != "test":
                yield from (f"  - {_code(words.detail(one))}" for one in change.details)


def _decided(searched: Searched) -> Iterator[str]:
    yield from ("", "### What it decides", "")
    yield f"{searched.tries:,} inputs tried, seed {searched.seed}."
    if not searched.differences:
        yield from ("", f"No difference found in {searched.tries:,} tries.")
    for one in searched.differences:
        head = became(one.compared, one.was, one.now).replace("->", "→")
        rules = ", ".join(map(_code, one.rules))
        yield from ("", f"**{head}** {one.trial.kind}, by {rules} ({one.hits:,} tries)", "")
        yield from (f"- {_safe(why)}" for why in one.why)
        yield from ("", f"The least input, at {format_time(one.trial.now)}:", "")
        yield from _block(words.document(one.trial.given))
        for what, beside in (
            ("armed state", one.trial.state),
            ("facts", one.trial.facts),
            ("stops", one.trial.stops),
        ):
            if beside:
                yield from ("", f"with the {what}", "")
                yield from _block(words.document(beside))
    if searched.unseen:
        unseen = ", ".join(map(_code, searched.unseen))
        yield from ("", f"Did the same in every input tried: {unseen}.")


def _history(past: Past, when: str) -> Iterator[str]:
    replay = past.replay
    verified = "not verified" if past.broken else "verified"
    yield from ("", f"### What it would have done{when}", "")
    yield f"{_code(past.directory)}, {verified}: {'; '.join(words.standing(replay))}."
    for told in words.reservations(past):
        yield from ("", f"{told[0].upper()}{told[1:]}.")
    if not replay.total.count:
        yield from ("", "No decision changes.")
        return
    yield from ("", f"**{words.counted(replay.total).replace('->', '→')}**")
    if told := words.tokens(replay.total):
        yield from ("", f"Tokens of what would be denied: {told}.")
    for title, groups in words.groups(replay):
        yield from ("", f"| {title} | changed | tokens denied | records |", "|---|---|---|---|")
        for group in groups:
            counted = words.counted(group).replace("->", "→")
            yield (
                f"| {_cell(group.name)} | {counted} | {words.tokens(group)} "
                f"| {words.records(group)} |"
            )


def _forecast(found: Forecast) -> Iterator[str]:
    if found.then == found.now:
        yield from ("", "### What it does to the snapshot", "", f"At {format_time(found.now)}.")
    else:
        yield from ("", "### What time changes", "")
        yield from (f"From {format_time(found.now)} to {format_time(found.then)}.", "")
        for one in found.dated:
            then = f": {_safe(one.then)}" if one.then else ""
            yield f"- {format_time(one.when)} {one.what} {_code(one.name)}, {_code(one.key)}{then}"
        if not found.dated:
            yield "Nothing in the bundle has a date in that time."
    if not found.judged:
        return
    if not found.events:
        yield from ("", "Nothing is denied that was not, and nothing allowed.")
        return
    yield from ("", "| from | what | rule | at | why |", "|---|---|---|---|---|")
    for event in found.events:
        when = words.when(event, found)
        what = "denied" if event.denied else "no longer denied"
        yield (
            f"| {when} | {what} | {_cell(event.rule)} | {_cell(event.at or '/')} "
            f"| {_cell(event.message)} |"
        )


def _block(text: str) -> Iterator[str]:
    fence = "```"
    while fence in text:
        fence += "`"
    yield from (f"{fence}json", text, fence)


def _code(text: str) -> str:
    """`text` as code on one line, whatever stands in it."""
    flat = " ".join(text.split())
    fence = "`"
    while fence in flat:
        fence += "`"
    padded = f" {flat} " if flat.startswith("`") or flat.endswith("`") else flat
    return f"{fence}{padded}{fence}"


def _safe(text: str) -> str:
    """`text` on one line, with nothing that Markdown would read as markup or a mention."""
    marked = "".join("\\" + char if char in "\\`*_[]<>#|@" else char for char in text)
    return " ".join(marked.split())


def _cell(text: str) -> str:
    return _safe(text)
