"""Verifying part of a log against a signed checkpoint, by the hashes of the rest."""

from functools import cache
from pathlib import Path

from ._errors import LogBroken, LogError
from ._hashes import Hashes
from ._layout import Layout, leaf_tail, read_description
from ._merkle import root_of
from ._note import Checkpoint
from ._read import read_log
from ._tree import leaf_hash, node_hash
from ._trust import keys_of, outside, published, verifier_keys
from ._verdict import Verified


def verify_range(
    directory: Path | str,
    start: int,
    stop: int,
    *,
    checkpoint: bytes | None = None,
    vkey: str | None = None,
) -> Verified:
    """Verify the records from `start` up to, and without, `stop`; needs no secret key.

    Their hashes, and the hashes that the log keeps of all other records, must give the root of a
    signed checkpoint: `checkpoint`, kept elsewhere, or the newest published one. `vkey` is as in
    `verify`. It takes as long as these records do, however large the log is.

    Raises LogBroken where they are not what was signed, LogError where the checkpoint does not
    cover them.
    """
    layout = Layout(Path(directory))
    description = read_description(layout)
    keys = keys_of(layout, description)
    if vkey is not None:
        keys = verifier_keys(layout, (vkey,), description.origin)
    signed = published(layout, keys) if checkpoint is None else outside(checkpoint, keys)
    if signed is None:
        raise LogError(f"{layout.checkpoint}: no checkpoint was published yet")
    if not 0 <= start < stop <= signed.size:
        raise LogError(
            f"{layout.root}: the checkpoint covers {signed.size} records; there are no records "
            f"{start} to {stop - 1} in it"
        )
    below = layout.pruned().below
    if start < below:
        raise LogError(f"{layout.root}: records were pruned; {below} is the first that is kept")
    leaves = _leaves(layout, start, stop)
    for trusted in (True, False):  # what is derived may be wrong; the segments decide
        if (
            _root(Hashes(layout, signed.size, trusted=trusted), signed, start, leaves)
            == signed.root
        ):
            return _verified(signed, start, stop, given_key=vkey is not None, outside=checkpoint)
    raise LogBroken(
        f"records {start} to {stop - 1}, with all others, are not those that the checkpoint of "
        f"{signed.size} records signed; jurat log verify names the first one that was changed",
        file=layout.root,
        seq=start,
    )


def _leaves(layout: Layout, start: int, stop: int) -> list[bytes]:
    hashes: list[bytes] = []
    for record in read_log(layout.root, start):
        if hashes and not record.leaf.endswith(leaf_tail(hashes[-1], record.seq)):
            raise LogBroken(
                "it was edited, or the one before it: they are not chained",
                file=layout.root,
                seq=record.seq,
            )
        hashes.append(leaf_hash(record.leaf))
        if len(hashes) == stop - start:
            return hashes
    raise LogBroken(
        f"the log ends with {start + len(hashes)} records, but its checkpoint covers more: the end "
        "was cut, or this is an older copy",
        file=layout.root,
        seq=start + len(hashes),
    )


def _root(hashes: Hashes, signed: Checkpoint, start: int, leaves: list[bytes]) -> bytes | None:
    """The root over what was read and, for the rest, over the kept hashes."""
    stop = start + len(leaves)

    @cache
    def node(level: int, index: int) -> bytes:
        first, after = index << level, (index + 1) << level
        if after <= start or first >= stop:
            return hashes.node(level, index)
        if level == 0:
            return leaves[first - start]
        return node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

    try:
        return root_of(node, signed.size)
    except (LogError, OSError):
        return None


def _verified(
    signed: Checkpoint, start: int, stop: int, *, given_key: bool, outside: bytes | None
) -> Verified:
    key = "the key given" if given_key else "the key in log.json"
    which = "the checkpoint given" if outside else "the published checkpoint"
    proven = (
        f"records {start} to {stop - 1} are, byte for byte, those that {key} signed as part of "
        f"{signed.size} records, by {which}"
    )
    not_proven = [
        "anything about the other records, sealed facts and archives: verify the whole log",
    ]
    if not outside:
        not_proven.append(
            "that no records were cut from the end, and that whoever holds the signing key did "
            "not rewrite the log: give a checkpoint that was kept elsewhere"
        )
    if not given_key:
        not_proven.append(
            "that log.json names the true key: give the verifier key, known from elsewhere"
        )
    not_proven.append("that everything that happened was recorded")
    return Verified(signed.origin, signed.size, signed.root, (proven,), tuple(not_proven), start)
