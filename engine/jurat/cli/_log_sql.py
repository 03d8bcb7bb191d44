"""`jurat log sql`: questions over a whole log."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import click

from jurat.canon import format_time
from jurat.log import Sql, SqlNotInstalled

from ._failure import OK, USAGE, Failure, printable
from ._log_lines import as_json

_ALIGNED = 1_000  # rows that are printed under each other


@click.command("sql", short_help="Ask the whole log in SQL.")
@click.argument("directory", metavar="DIR")
@click.argument("question", metavar="QUESTION")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    help="A table, or an object of JSON a row.",
)
def ask(directory: str, question: str, output: str) -> int:
    """Answer a QUESTION in SQL (DuckDB's) about the records of the log in DIR; - is stdin.

    For sums over all of it; to find records use `jurat log query`, which has an index. The table
    is `records`: its columns are log, seq, time, type, id, parent, actor, actor_kind, action,
    provider, model, project, environment, effect, value, mode, the lists fired, unknown, erred,
    waived, codes and obligations, detections, input_tokens, output_tokens, latency_us,
    upstream_us, status, and body, the record as JSON. It reads and does not verify. Needs the
    extra `duckdb`: pip install 'jurat[duckdb]'.

    \b
    jurat log sql var/log "SELECT model, sum(input_tokens) FROM records GROUP BY model"
    jurat log sql var/log "SELECT rule, count(*) FROM (SELECT unnest(fired) AS rule, effect
                           FROM records) WHERE effect = 'deny' GROUP BY rule ORDER BY 2 DESC"
    """
    if question == "-":
        question = sys.stdin.buffer.read().decode(errors="replace")
    try:
        with Sql(Path(directory)) as sql:
            columns, rows = sql.ask(question)
            lines = (_objects if output == "json" else _table)(columns, rows)
            for line in lines:
                click.echo(line)
    except SqlNotInstalled as error:
        raise Failure(str(error), USAGE) from None
    return OK


def _objects(columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> Iterator[str]:
    for row in rows:
        yield as_json(dict(zip(columns, map(_plain, row), strict=True)))


def _table(columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> Iterator[str]:
    part: list[list[str]] = [list(columns)]
    while True:
        part += [[_cell(value) for value in row] for row in islice(rows, _ALIGNED)]
        if not part:
            return
        widths = [max(map(len, column)) for column in zip(*part, strict=True)]
        for row in part:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            yield printable("  ".join(cells).rstrip())
        part = []


def _cell(value: Any) -> str:
    value = _plain(value)
    if value is None:
        return "-"
    return value if isinstance(value, str) else as_json(value)


def _plain(value: Any) -> Any:
    """A value of SQL as one of JSON."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime):
        return format_time(value if value.tzinfo else value.replace(tzinfo=UTC))
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    return str(value)
