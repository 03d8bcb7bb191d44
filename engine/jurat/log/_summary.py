"""What a log adds up to over a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from ._index import Index
from ._query import Query
from ._set import logs_in, set_name

_MOST_LINES = 20  # of a breakdown


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a breakdown: how many decisions, how many of them denied by a rule that fired."""

    name: str
    count: int
    violations: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """Totals of a period. Times are microseconds since 1970, None where nothing was recorded.

    A violation is a deny in which a rule fired; `denied` also counts what was denied because a
    fact was missing or the input could not be read. `tokens` are those that responses reported.
    """

    origin: str
    size: int
    first: int | None
    last: int | None
    records: int
    decisions: int
    allowed: int
    denied: int
    violations: int
    input_tokens: int
    output_tokens: int
    types: tuple[Line, ...]
    actions: tuple[Line, ...]
    rules: tuple[Line, ...]
    projects: tuple[Line, ...]
    models: tuple[Line, ...]
    entities: tuple[Line, ...]
    days: tuple[Line, ...]
    """By day (UTC), oldest first, the newest 366."""


def summarise(directory: Path | str, wanted: Query | None = None) -> Summary:
    """The summary of the records that `wanted` describes (default: all); `where` is not looked at.

    `directory` may be a set: its logs are summed up as one. Raises LogBroken where the records
    are not what the log's checkpoint signed.
    """
    logs = logs_in(directory)
    if len(logs) == 1:
        return _of_one(logs[0], wanted, _MOST_LINES)
    each = [_of_one(log, wanted, -1) for log in logs]  # whole breakdowns: the tops differ
    return Summary(
        origin=set_name(directory) or "",
        size=sum(one.size for one in each),
        first=min((one.first for one in each if one.first is not None), default=None),
        last=max((one.last for one in each if one.last is not None), default=None),
        records=sum(one.records for one in each),
        decisions=sum(one.decisions for one in each),
        allowed=sum(one.allowed for one in each),
        denied=sum(one.denied for one in each),
        violations=sum(one.violations for one in each),
        input_tokens=sum(one.input_tokens for one in each),
        output_tokens=sum(one.output_tokens for one in each),
        types=_added([one.types for one in each]),
        actions=_added([one.actions for one in each])[:_MOST_LINES],
        rules=_added([one.rules for one in each], by_violations=True)[:_MOST_LINES],
        projects=_added([one.projects for one in each])[:_MOST_LINES],
        models=_added([one.models for one in each])[:_MOST_LINES],
        entities=_added([one.entities for one in each])[:_MOST_LINES],
        days=tuple(sorted(_added([one.days for one in each]), key=lambda line: line.name)[-366:]),
    )


def _added(
    breakdowns: Sequence[Sequence[Line]], *, by_violations: bool = False
) -> tuple[Line, ...]:
    """The lines of several breakdowns, those of one name added up, in the order of each."""
    counts: dict[str, tuple[int, int]] = {}
    for line in chain.from_iterable(breakdowns):
        count, violations = counts.get(line.name, (0, 0))
        counts[line.name] = count + line.count, violations + line.violations
    lines = [Line(name, *both) for name, both in counts.items()]
    if by_violations:
        return tuple(sorted(lines, key=lambda one: (-one.violations, -one.count, one.name)))
    return tuple(sorted(lines, key=lambda one: (-one.count, one.name)))


def _of_one(directory: Path, wanted: Query | None, most: int) -> Summary:
    clause, values = (wanted or Query()).sql()
    with Index(directory) as index:

        def breakdown(sql: str) -> tuple[Line, ...]:
            return tuple(Line(str(n), c, v or 0) for n, c, v in index.rows(sql, values))

        def by(column: str) -> tuple[Line, ...]:
            return breakdown(
                f"SELECT {column}, count(*) AS c, sum(denied) FROM records WHERE {clause} "
                f"AND {column} IS NOT NULL AND effect IS NOT NULL "
                f"GROUP BY 1 ORDER BY c DESC, 1 LIMIT {most}"
            )

        ((first, last, records, decisions, allowed, denied, violations, sent, got),) = index.rows(
            "SELECT min(ts), max(ts), count(*), count(effect), "
            "coalesce(sum(effect = 'allow'), 0), coalesce(sum(effect = 'deny'), 0), "
            "coalesce(sum(denied), 0), coalesce(sum(input_tokens), 0), "
            f"coalesce(sum(output_tokens), 0) FROM records WHERE {clause}",
            values,
        )
        return Summary(
            origin=index.origin,
            size=index.size,
            first=first,
            last=last,
            records=records,
            decisions=decisions,
            allowed=allowed,
            denied=denied,
            violations=violations,
            input_tokens=sent,
            output_tokens=got,
            types=breakdown(
                f"SELECT type, count(*) AS c, 0 FROM records WHERE {clause} "
                "GROUP BY 1 ORDER BY c DESC, 1"
            ),
            actions=by("action"),
            projects=by("project"),
            models=by("model"),
            rules=breakdown(
                "SELECT rule, count(*) AS c, sum(denied) FROM outcomes JOIN records USING (seq) "
                f"WHERE {clause} AND outcome = 'fired' "
                f"GROUP BY 1 ORDER BY 3 DESC, c DESC, 1 LIMIT {most}"
            ),
            entities=breakdown(
                "SELECT entity, sum(count) AS c, 0 FROM detections JOIN records USING (seq) "
                f"WHERE {clause} GROUP BY 1 ORDER BY c DESC, 1 LIMIT {most}"
            ),
            days=breakdown(
                "SELECT * FROM (SELECT date(ts / 1000000, 'unixepoch') AS day, count(*), "
                f"sum(denied) FROM records WHERE {clause} AND effect IS NOT NULL "
                "AND ts IS NOT NULL GROUP BY 1 ORDER BY 1 DESC LIMIT 366) ORDER BY 1"
            ),
        )
