"""Questions over a whole log in SQL, answered by DuckDB (the extra `duckdb`).

The segments are read as they are, into a database of this question alone: what an index spares for
one subject's records, this spares for sums over all of them. It reads, it does not verify.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

import orjson

from . import _layout
from ._errors import LogError
from ._layout import Layout, read_description
from ._packed import frames, is_packed
from ._read import leaf_lines
from ._set import logs_in, set_name

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FETCH = 10_000  # rows

# The columns are the fields of an `Entry`, so that a question reads like a condition of `query`.
# All texts and numbers, and all lists, are taken out of a record at one reading of it.
_TEXTS = {
    "type": "type", "id": "id", "parent": "parent", "actor": "actor.ref",
    "actor_kind": "actor.kind", "action": "act", "provider": "provider", "model": "model",
    "project": "project", "environment": "env", "effect": "effect", "value": "value",
    "mode": "mode",
}  # fmt: skip
_NUMBERS = {
    "input_tokens": "tokens.in", "output_tokens": "tokens.out", "latency_us": "lat_us",
    "upstream_us": "upstream_us", "status": "status",
}  # fmt: skip
_OUTCOMES = {"fired": "fired", "unknown": "unknown", "erred": "error", "waived": "waived"}
_PLAIN = ["ts", *_TEXTS.values(), *_NUMBERS.values()]
_LISTS = ["outcomes", "worst", "codes", "obl", "detections"]


def _paths(names: Iterable[str]) -> str:
    return "[" + ", ".join(f"'$.{name}'" for name in names) + "]"


def _columns() -> Iterator[str]:
    yield "? AS log"
    yield "seq"
    yield "make_timestamp(try_cast(plain[1] AS BIGINT)) AS time"
    for place, name in enumerate(_TEXTS, 2):
        yield f"plain[{place}] AS {name}"
    for name, outcome in _OUTCOMES.items():
        yield f"[one[1] FOR one IN outcomes IF one[2] = '{outcome}'] AS {name}"
    yield "try_cast(lists[3] AS VARCHAR[]) AS codes"
    yield "[one->>'$.type' FOR one IN try_cast(lists[4] AS JSON[])] AS obligations"
    yield "lists[5] AS detections"
    for place, name in enumerate(_NUMBERS, 2 + len(_TEXTS)):
        yield f"try_cast(plain[{place}] AS BIGINT) AS {name}"
    yield "body"


_SELECT = f"""
SELECT {", ".join(_columns())}
FROM (
    SELECT *, try_cast(coalesce(lists[1], lists[2]) AS VARCHAR[][]) AS outcomes
    FROM (
        SELECT seq, body, json_extract_string(body, {_paths(_PLAIN)}) AS plain,
               json_extract(body, {_paths(_LISTS)}) AS lists
        FROM read_ndjson(?, columns = {{seq: 'BIGINT', body: 'JSON'}}, maximum_object_size = ?)
        WHERE body IS NOT NULL
    )
)
"""


class SqlNotInstalled(LogError):
    """DuckDB is not there."""


class Sql:
    """The committed records of a log, or of all logs of a set, as the table `records`.

    Its columns are the fields of `jurat.log.Entry`, `log` (the name of the log in its set, empty
    for a single one) and `body`, the record as JSON. `time` is in UTC; outcomes (`fired`,
    `unknown`, `erred`, `waived`), `codes` and `obligations` are lists. What a question can reach is this table alone:
    no file, no network. Use as a context manager.

    Raises SqlNotInstalled without the extra `duckdb`, LogError where there is no log, LogBroken
    where a segment can't be read.
    """

    def __init__(self, directory: Path | str) -> None:
        self._place = TemporaryDirectory(prefix="jurat-sql-")
        try:
            self._db = _database(Path(self._place.name))
            try:
                self._load(Path(directory))
            except BaseException:
                self._db.close()
                raise
        except BaseException:
            self._place.cleanup()
            raise

    def ask(self, question: str) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
        """The names of the columns and the rows that answer `question`; JSON in them is decoded.

        Raises LogError for a question that SQL does not understand.
        """
        import duckdb

        try:
            asked = self._db.execute(question)
        except duckdb.Error as error:
            raise LogError(f"the question can't be answered: {error}") from None
        if asked is None:
            raise LogError("the question can't be answered: it is empty")
        described = asked.description or ()
        in_json = [place for place, column in enumerate(described) if str(column[1]) == "JSON"]

        def rows() -> Iterator[tuple[Any, ...]]:
            while batch := asked.fetchmany(_FETCH):
                for row in batch:
                    yield _decoded(row, in_json) if in_json else row

        return tuple(column[0] for column in described), rows()

    def close(self) -> None:
        self._db.close()
        self._place.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _load(self, directory: Path) -> None:
        import duckdb

        single = set_name(directory) is None
        nothing = Path(self._place.name) / "none.jsonl"
        nothing.touch()
        self._db.execute(f"CREATE TABLE records AS {_SELECT}", ["", *_source(nothing)])
        for log in logs_in(directory):
            layout, name = Layout(log), "" if single else log.name
            read_description(layout)
            for first in layout.segment_firsts():
                try:
                    self._insert(name, self._lines(layout, first))
                except duckdb.Error as error:
                    if is_packed(layout.segment(first)):  # it was compressed meanwhile
                        self._insert(name, self._lines(layout, first))
                        continue
                    raise LogError(
                        f"{layout.segment(first)}: DuckDB can't read it; jurat log verify says "
                        f"what is wrong with it: {error}"
                    ) from None
        # a question comes from whoever asks: it may reach nothing but the records
        self._db.execute("SET enable_external_access = false")
        self._db.execute("SET lock_configuration = true")

    def _insert(self, log: str, lines: Path) -> None:
        self._db.execute(f"INSERT INTO records {_SELECT}", [log, *_source(lines)])

    def _lines(self, layout: Layout, first: int) -> Path:
        """A file of the committed lines of a segment: itself, or a copy."""
        path = layout.segment(first)
        if first != layout.segment_firsts()[-1] and not is_packed(path):
            return path
        copy = Path(self._place.name) / "segment.jsonl"
        with copy.open("wb") as file:
            if is_packed(path):
                file.writelines(frames(path, 0))
            else:
                file.writelines(leaf + b"\n" for leaf, *_ in leaf_lines(layout, first))
        return copy


def _source(lines: Path) -> list[Any]:
    return [str(lines), _layout.MAX_LEAF + 1]


def _decoded(row: tuple[Any, ...], places: list[int]) -> tuple[Any, ...]:
    values = list(row)
    for place in places:
        if values[place] is not None:
            values[place] = orjson.loads(values[place])
    return tuple(values)


def _database(place: Path) -> "DuckDBPyConnection":
    try:
        import duckdb
    except ImportError:
        raise SqlNotInstalled(
            "questions in SQL need DuckDB; install it: pip install 'jurat[duckdb]'"
        ) from None
    return duckdb.connect(
        place / "records.duckdb",
        # nothing is fetched: what it needs comes with it
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False},
    )
