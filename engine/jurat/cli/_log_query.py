"""`jurat log query | tail | summary`: questions to a log."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from jurat.authoring.report import summary_as
from jurat.canon import parse_time
from jurat.log import (
    KeyStore,
    Query,
    logs_in,
    query,
    query_set,
    read_log,
    subject_ref,
    summarise,
)

from ._failure import OK
from ._log_lines import print_record
from ._output import write

_DIRECTORY = click.argument("directory", metavar="DIR")
_FORMAT = click.option(
    "--format", "output", type=click.Choice(["text", "json"]), default="text", help="How to print."
)
_POLL = 0.25  # seconds


def _moment(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    try:
        return None if value is None else parse_time(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which records are wanted."""
    for option in (
        click.option("--since", callback=_moment, metavar="TIME", help="Not before (RFC 3339)."),
        click.option("--until", callback=_moment, metavar="TIME", help="Before (RFC 3339)."),
        click.option("--type", "type_", default="", metavar="TYPE", help="decision, audit, …"),
        click.option("--actor", default="", metavar="ID", help="The actor's id, or hmac:…"),
        click.option(
            "--action", default="", metavar="ACTION", help="The action, like chat.completions."
        ),
        click.option("--model", default="", metavar="MODEL", help="The model."),
        click.option("--project", default="", metavar="PROJECT", help="The project's id."),
        click.option(
            "--environment", default="", metavar="ENV", help="The project's environment."
        ),
        click.option(
            "--effect",
            default="",
            type=click.Choice(["", "allow", "deny"]),
            help="What was decided.",
        ),
        click.option("--rule", default="", metavar="RULE", help="A rule that did something."),
        click.option(
            "--outcome",
            default="",
            type=click.Choice(["", "fired", "unknown", "erred", "waived"]),
            help="What the rule did.",
        ),
        click.option("--entity", default="", metavar="ENTITY", help="What was detected."),
        click.option("--parent", default="", metavar="ID", help="The decision that was answered."),
    ):
        command = option(command)
    return command


def _wanted(directory: str, given: dict[str, Any]) -> Query:
    given["type"] = given.pop("type_")
    actor = given["actor"]
    if actor and not actor.startswith("hmac:"):
        given["actor"] = subject_ref(Path(directory), actor, keys=KeyStore())
    return Query(**given)


@click.command("query", short_help="Find records.")
@_DIRECTORY
@_filters
@click.option("--where", default="", metavar="CEL", help="A condition over `record`.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.")
@click.option("--oldest", is_flag=True, help="Oldest first; without it newest first.")
@_FORMAT
def find(directory: str, limit: int | None, oldest: bool, output: str, **given: Any) -> int:
    """Print the records of the log in DIR that fit everything that is asked.

    Records name their actor by a keyed digest: to ask by --actor ID, the keys must be at hand.
    The index (DIR/index.sqlite) is brought up to date first.
    """
    wanted = _wanted(directory, given)
    for log, record in query_set(Path(directory), wanted, newest=not oldest, limit=limit):
        print_record(log, record, output)
    return OK


@click.command("tail", short_help="Print the newest records, and those that follow.")
@_DIRECTORY
@click.option(
    "-n", "count", type=click.IntRange(min=0), default=10, show_default=True, help="How many."
)
@click.option("-f", "--follow", is_flag=True, help="Go on printing what is recorded.")
@_FORMAT
def tail(directory: str, count: int, follow: bool, output: str) -> int:
    """Print the newest records of the log in DIR, oldest of them first."""
    path = Path(directory)
    last = {log: next(iter(query(log, Query(), limit=1))).seq for log in logs_in(path)}
    newest = list(query_set(path, Query(), limit=count)) if count else []
    for log, record in reversed(newest):
        print_record(log, record, output)
    if not follow:
        return OK
    for log, record in newest:
        place = path / log
        last[place] = max(last[place], record.seq)
    while True:
        for place in logs_in(path):
            for record in read_log(place, last.get(place, -1) + 1):
                print_record("" if place == path else place.name, record, output)
                last[place] = record.seq
        time.sleep(_POLL)


@click.command("summary", short_help="What the log adds up to.")
@_DIRECTORY
@_filters
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    show_default=True,
    help="A table, JSON, or one HTML page with charts that needs nothing else.",
)
@click.option("-o", "--output", "file", metavar="FILE", help="Write to FILE, not to stdout.")
def summary(directory: str, output: str, file: str | None, **given: Any) -> int:
    """Sum up the log in DIR: period, totals, tokens, violations, by action, rule, project, model.

    A violation is a deny in which a rule fired.
    """
    made = summary_as(output, summarise(Path(directory), _wanted(directory, given)))
    if file is None or file == "-":
        click.echo(made, nl=False)
        return OK
    write(file, made.encode())
    return OK
