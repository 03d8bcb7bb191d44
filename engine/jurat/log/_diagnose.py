"""Says which record is bad, once it is known that one is. Slow, and read once."""

from binascii import a2b_base64, b2a_base64
from itertools import islice
from pathlib import Path

from . import _layout
from ._errors import LogBroken
from ._note import Checkpoint, NoteError, parse_checkpoint, parse_note
from ._packed import open_segment
from ._tree import Tree, leaf_hash


def bad_leaf(path: Path, number: int, seq: int, tree: Tree, pending: list[bytes]) -> LogBroken:
    """Why line `number` is not record `seq`.

    `tree` holds the leaves that a signed commit covers, `pending` the hashes of those read since.
    """
    line, following = _lines(path, number)
    match = _layout.LEAF_END.search(line)
    if match is None or not line.startswith(_layout.LEAF_START):
        return LogBroken(
            "the line is neither a record nor a commit", file=path, line=number, seq=seq
        )
    found = int(match[2])
    if found > seq:
        return LogBroken(
            f"it is missing or was moved: record {found} stands in its place",
            file=path,
            line=number,
            seq=seq,
        )
    if found < seq:
        return LogBroken(
            f"a line with the number {found} was inserted or moved in its place",
            file=path,
            line=number,
            seq=seq,
        )
    # Record `seq` and its predecessor do not fit: one was edited. What a commit covers was not.
    # Else the next link, or the next signed root, tells whether `seq` is as it was.
    if pending and _is_whole(path, number, line, following, a2b_base64(match[1]), tree, pending):
        return LogBroken(
            f"it was edited: record {seq} was chained to another one",
            file=path,
            line=_line_of_leaf_before(path, number),
            seq=seq - 1,
        )
    return LogBroken(
        f"it was edited: it is not chained to record {seq - 1}" if seq else "it was edited",
        file=path,
        line=number,
        seq=seq,
    )


def _is_whole(
    path: Path,
    number: int,
    line: bytes,
    following: bytes | None,
    claimed: bytes,
    tree: Tree,
    pending: list[bytes],
) -> bool:
    if following is not None:
        after = _layout.LEAF_END.search(following)
        return after is not None and after[1] == b2a_base64(leaf_hash(line), newline=False)
    note = _layout.read_commit(_lines(path, number + 1)[0])
    hashes = [*pending[:-1], claimed, leaf_hash(line)]
    if note is None or tree.inner.size + len(hashes) > _layout.SEGMENT_ENTRIES:
        return False
    as_signed = tree.copy()
    as_signed.extend(hashes)
    try:
        return parse_checkpoint(parse_note(note).text).root == as_signed.root()
    except NoteError:
        return False


def bad_commit(path: Path, number: int, checkpoint: Checkpoint, first: int, seq: int) -> LogBroken:
    """Why the signed commit on line `number` does not cover records `first` to `seq` - 1."""
    if checkpoint.size > seq:
        return LogBroken(
            f"it is missing: the signed commit after it covers {checkpoint.size} records",
            file=path,
            line=number,
            seq=seq,
        )
    if checkpoint.size < seq or first == seq:
        return LogBroken(
            f"the signed commit covers {checkpoint.size} records and stands after {seq}: lines "
            "were inserted, moved or repeated",
            file=path,
            line=number,
            seq=min(checkpoint.size, seq),
        )
    last = _line_of_leaf_before(path, number)
    line, _ = _lines(path, last)
    _, following = _lines(path, number)
    after = None if following is None else _layout.LEAF_END.search(following)
    if after is not None and after[1] == b2a_base64(leaf_hash(line), newline=False):
        return LogBroken(
            f"records {first} to {seq - 1} are not those that were signed: one was edited, and "
            "the links after it were rewritten",
            file=path,
            line=number,
            seq=first,
        )
    return LogBroken(
        "it was edited: it is not the record that was signed (or one before it was, with its "
        f"links rewritten up to here, from record {first} on)",
        file=path,
        line=last,
        seq=seq - 1,
    )


def _lines(path: Path, number: int) -> tuple[bytes, bytes | None]:
    """Line `number` and the next leaf after it, without LF."""
    with open_segment(path) as file:
        rest = islice(file, number - 1, None)
        line = next(rest, b"").removesuffix(b"\n")
        for raw in rest:
            if raw.startswith(_layout.LEAF_START):
                return line, raw.removesuffix(b"\n")
    return line, None


def _line_of_leaf_before(path: Path, number: int) -> int:
    last = 0
    with open_segment(path) as file:
        for at, raw in enumerate(islice(file, number - 1), 1):
            if raw.startswith(_layout.LEAF_START):
                last = at
    return last or 1
