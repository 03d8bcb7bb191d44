"""Several logs of a set, answered for as if they were one."""

from collections.abc import Callable, Iterator, Sequence
from heapq import merge
from pathlib import Path

from ._errors import LogBroken, LogError
from ._layout import Layout, read_description
from ._note import NoteError, parse_checkpoint, parse_note, parse_vkey
from ._policy import Policy
from ._query import Query, query
from ._read import Record, read_log
from ._set import logs_in, set_name
from ._verdict import Verified
from ._verify import verify


def verify_set(
    directory: Path | str,
    *,
    checkpoints: Sequence[bytes] = (),
    vkeys: Sequence[str] = (),
    policy: Policy | None = None,
    progress: Callable[[int], None] | None = None,
    jobs: int = 1,
) -> tuple[Verified, ...]:
    """Verify every log of the set in `directory`, or the one log that it is: as `verify`.

    Each checkpoint and each verifier key is for the log that it names. `policy`, where given, must
    hold for every log.

    Raises LogBroken for the first log that does not hold, and where one of those that a checkpoint
    or key names is not in the set.
    """
    logs = logs_in(directory)
    if set_name(directory) is None:
        if len(checkpoints) > 1 or len(vkeys) > 1:
            raise LogError("give one checkpoint and one verifier key: this is a single log")
        note, vkey = next(iter(checkpoints), None), next(iter(vkeys), None)
        return (
            verify(
                logs[0], checkpoint=note, vkey=vkey, policy=policy, progress=progress, jobs=jobs
            ),
        )
    notes = {_origin(note): note for note in checkpoints}
    keys = {_name(vkey): vkey for vkey in vkeys}
    found: list[Verified] = []
    for log in logs:
        done = sum(one.size for one in found)
        told = None if progress is None else (lambda n, p=progress, d=done: p(d + n))
        origin = _origin_of(log)
        found.append(
            verify(
                log,
                checkpoint=notes.pop(origin, None),
                vkey=keys.pop(origin, None),
                policy=policy,
                progress=told,
                jobs=jobs,
            )
        )
    for name in (*notes, *keys):
        raise LogBroken(
            f"the set has no log {name!r}, of which a checkpoint or key was given: it was removed",
            file=Path(directory),
        )
    return tuple(found)


def _origin_of(log: Path) -> str:
    return read_description(Layout(log)).origin


def _origin(note: bytes) -> str:
    try:
        return parse_checkpoint(parse_note(note.decode()).text).origin
    except (NoteError, UnicodeDecodeError) as error:
        raise LogBroken(f"the checkpoint given is none: {error}") from None


def _name(vkey: str) -> str:
    try:
        return parse_vkey(vkey).name
    except NoteError as error:
        raise LogError(f"the verifier key given is none: {error}") from None


def read_set(directory: Path | str) -> Iterator[tuple[str, Record]]:
    """The records of all logs, oldest first, each with the name of its log (`w0`; of a single
    log ``)."""
    return _merged(directory, read_log, newest=False)


def query_set(
    directory: Path | str, wanted: Query, *, newest: bool = True, limit: int | None = None
) -> Iterator[tuple[str, Record]]:
    """As `query` over all logs of a set, each record with the name of its log."""
    found = _merged(
        directory, lambda log: query(log, wanted, newest=newest, limit=limit), newest=newest
    )
    for count, one in enumerate(found):
        if limit is not None and count >= limit:
            return
        yield one


def _merged(
    directory: Path | str, records: Callable[[Path], Iterator[Record]], *, newest: bool
) -> Iterator[tuple[str, Record]]:
    logs = logs_in(directory)
    single = set_name(directory) is None

    def named(log: Path) -> Iterator[tuple[str, Record]]:
        name = "" if single else log.name
        return ((name, record) for record in records(log))

    if single:
        return named(logs[0])
    return merge(*map(named, logs), key=lambda pair: _stamp(pair[1]), reverse=newest)


def _stamp(record: Record) -> int:
    stamp = record.body.get("ts")
    return stamp if isinstance(stamp, int) else 0
