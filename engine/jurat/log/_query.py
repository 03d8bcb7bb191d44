"""Questions to a log: which records, and what they add up to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jurat.model import build, view_class

from ._entry import Entry, entry_of
from ._errors import LogError
from ._index import Index
from ._keys import KeyStore
from ._read import LogReader, Record, read_log
from ._set import logs_in

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ENTRY = view_class(Entry)
_NULL: dict[str, Any] = dict.fromkeys(_ENTRY.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which records are wanted; what is left out does not matter.

    `since` and `until` (exclusive) are times. `actor` is the reference that records name a subject
    by (`Log.ref`, `hmac:…`). `rule` is one that did something, `outcome` what it did: fired,
    unknown, erred or waived. `where` is a condition in CEL over `record`, whose fields are those of
    `jurat.log.Entry`.
    """

    since: datetime | None = None
    until: datetime | None = None
    type: str = ""
    actor: str = ""
    action: str = ""
    model: str = ""
    project: str = ""
    environment: str = ""
    effect: str = ""
    parent: str = ""
    rule: str = ""
    outcome: str = ""
    entity: str = ""
    where: str = ""

    def sql(self) -> tuple[str, list[Any]]:
        """The condition over the tables of an `Index`, and its values."""
        parts: list[str] = ["1"]
        values: list[Any] = []
        for moment, comparison in ((self.since, ">="), (self.until, "<")):
            if moment is not None:
                parts.append(f"ts {comparison} ?")
                values.append((moment - _EPOCH) // timedelta(microseconds=1))
        for column in (
            "type", "actor", "action", "model", "project", "environment", "effect", "parent",
        ):  # fmt: skip
            if wanted := getattr(self, column):
                parts.append(f"{column} = ?")
                values.append(wanted)
        if self.rule or self.outcome:
            inner = ["1"]
            for column, wanted in (("rule", self.rule), ("outcome", self.outcome)):
                if wanted:
                    inner.append(f"{column} = ?")
                    values.append(wanted)
            parts.append(f"seq IN (SELECT seq FROM outcomes WHERE {' AND '.join(inner)})")
        if self.entity:
            parts.append("seq IN (SELECT seq FROM detections WHERE entity = ?)")
            values.append(self.entity)
        return " AND ".join(parts), values


def query(
    directory: Path | str,
    wanted: Query,
    *,
    newest: bool = True,
    limit: int | None = None,
    index: Index | None = None,
) -> Iterator[Record]:
    """The records that `wanted` describes, newest or oldest first, at most `limit`.

    Raises LogError for a condition that can't be asked (`where`), LogBroken where the records are
    not what was signed.
    """
    if index is None:
        with Index(directory) as made:
            yield from query(directory, wanted, newest=newest, limit=limit, index=made)
        return
    holds = condition(wanted.where)
    clause, values = wanted.sql()
    sql = f"SELECT seq FROM records WHERE {clause} ORDER BY seq {'DESC' if newest else 'ASC'}"
    if limit is not None and holds is None:
        sql += f" LIMIT {int(limit)}"
    count = 0
    for (seq,) in index.rows(sql, values):
        if limit is not None and count >= limit:
            return
        record = next(read_log(directory, seq))
        if holds is None or holds(record):
            count += 1
            yield record


def condition(text: str) -> Callable[[Record], bool] | None:
    """A condition in CEL over `record` as a function; None for an empty one.

    Raises LogError with every problem of it. A condition that errs on a record does not hold of it.
    """
    if not text.strip():
        return None
    from jurat.expr import ConditionError, Schema, compile_condition  # it takes its time

    try:
        compiled = compile_condition(
            text, Schema({"record": Entry}), where={"record": "target"}, words=lambda name: None
        )
    except ConditionError as error:
        told = "; ".join(
            f"column {problem.column}: {problem.message}"
            + (f" ({problem.help})" if problem.help else "")
            for problem in error.problems
        )
        raise LogError(f"the condition can't be asked: {told}") from None
    whole = range(len(compiled.conjuncts))

    def holds(record: Record) -> bool:
        view = build(_ENTRY, {**_NULL, **entry_of(record)})
        return compiled.judge(whole, view, None, None).value is True

    return holds


def subject_ref(directory: Path | str, subject: str, *, keys: KeyStore) -> str:
    """`hmac:…`, by which the records of a log name a data subject. Raises LogError where the
    log's keys are not in `keys`. The logs of a set name a subject alike."""
    with LogReader(logs_in(directory)[0], keys=keys) as reader:
        return reader.ref(subject)
