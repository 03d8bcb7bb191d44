"""A record of a log as one line of text."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click

from jurat.canon import format_time
from jurat.log import Record

from ._failure import printable


def print_record(log: str, record: Record, output: str) -> None:
    """Print a record of the log named `log` (in a set): as JSON as it is stored, or a line."""
    if output == "json":
        click.echo(record.leaf.decode("utf-8", "backslashreplace"))
    else:
        click.echo(printable(f"{log:<5}{line(record)}" if log else line(record)))


def as_json(value: Any) -> str:
    """A value in one line of JSON."""
    return json.dumps(value, separators=(",", ":"))


def line(record: Record) -> str:
    """The record in one line: number, time, type, and what it says in clear."""
    return "  ".join(_columns(record))


def _columns(record: Record) -> Iterator[str]:
    body = record.body
    yield f"{record.seq:>6}"
    yield _time(body.get("ts"))
    yield f"{body['type']:<11}"
    if "effect" in body:
        value = body.get("value")
        yield f"{outcome((str(body['effect']), str(value or ''))):<24}"
    for name in ("name", "version", "act", "model", "project", "env"):
        if isinstance(body.get(name), str):
            yield f"{name}={body[name]}"
    if isinstance(outcomes := body.get("outcomes"), list):
        fired = [str(item[0]) for item in outcomes if item and item[-1] != "passed"]
        if fired:
            yield "rules=" + ",".join(fired)
    if isinstance(codes := body.get("codes"), list):
        yield "codes=" + ",".join(map(str, codes))


def _time(stamp: Any) -> str:
    """A record's time, which it holds in microseconds since 1970."""
    try:
        return format_time(datetime.fromtimestamp(stamp / 1e6, UTC))
    except (TypeError, ValueError, OverflowError, OSError):
        return "-"


def outcome(pair: tuple[str, str]) -> str:
    """An effect and its value, as they are told."""
    effect, value = pair
    return f"{effect} ({value})" if value else effect
