"""What a log adds up to over a period."""

from dataclasses import dataclass
from pathlib import Path

from ._index import Index
from ._query import Query

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

    Raises LogBroken where the records are not what the log's checkpoint signed.
    """
    clause, values = (wanted or Query()).sql()
    with Index(directory) as index:

        def breakdown(sql: str) -> tuple[Line, ...]:
            return tuple(Line(str(n), c, v or 0) for n, c, v in index.rows(sql, values))

        def by(column: str) -> tuple[Line, ...]:
            return breakdown(
                f"SELECT {column}, count(*) AS c, sum(denied) FROM records WHERE {clause} "
                f"AND {column} IS NOT NULL AND effect IS NOT NULL "
                f"GROUP BY 1 ORDER BY c DESC, 1 LIMIT {_MOST_LINES}"
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
                f"GROUP BY 1 ORDER BY 3 DESC, c DESC, 1 LIMIT {_MOST_LINES}"
            ),
            entities=breakdown(
                "SELECT entity, sum(count) AS c, 0 FROM detections JOIN records USING (seq) "
                f"WHERE {clause} GROUP BY 1 ORDER BY c DESC, 1 LIMIT {_MOST_LINES}"
            ),
            days=breakdown(
                "SELECT * FROM (SELECT date(ts / 1000000, 'unixepoch') AS day, count(*), "
                f"sum(denied) FROM records WHERE {clause} AND effect IS NOT NULL "
                "AND ts IS NOT NULL GROUP BY 1 ORDER BY 1 DESC LIMIT 366) ORDER BY 1"
            ),
        )
