"""Proofs over the tree of a log: that a record is in it, that it goes on from an older one.

RFC 6962 section 2.1 and RFC 9162 section 2.1.3 to 2.1.5: the proofs are made from the hashes of
complete subtrees, and checked from the proof alone.
"""

from collections.abc import Callable, Sequence

from ._errors import LogBroken
from ._tree import EMPTY_ROOT, node_hash

Node = Callable[[int, int], bytes]
"""(level, index) -> the hash of the complete subtree of 2**level leaves that is the index-th of
its level."""

MOST_HASHES = 63  # in a proof: no tree has more levels (C2SP tlog-witness: at most 63 lines)


class ProofError(LogBroken):
    """The proof does not prove what it is given for."""


def root_of(node: Node, size: int) -> bytes:
    """The root of the first `size` leaves."""
    return _range_root(node, 0, size) if size else EMPTY_ROOT


def inclusion_proof(node: Node, index: int, size: int) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root of `size` leaves (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise ProofError(f"a tree of {size} records has no record {index}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        split = start + _below(end - start)
        if index < split:
            path.append(_range_root(node, split, end))
            end = split
        else:
            path.append(_range_root(node, start, split))
            start = split
    return path[::-1]


def consistency_proof(node: Node, old: int, new: int) -> list[bytes]:
    """The hashes that show a tree of `new` leaves to begin with one of `old` (RFC 6962, 2.1.2)."""
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {new} records does not begin with one of {old}")
    if old in (0, new):
        return []
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        split = start + _below(end - start)
        if old <= split:
            path.append(_range_root(node, split, end))
            end = split
        else:
            path.append(_range_root(node, start, split))
            start, whole = split, False
    if not whole:
        path.append(_range_root(node, start, end))
    return path[::-1]


def check_inclusion(
    proof: Sequence[bytes], *, index: int, size: int, leaf: bytes, root: bytes
) -> None:
    """Raises ProofError unless `proof` leads from the leaf hash to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        raise ProofError(f"a tree of {size} records has no record {index}")
    first, last, reached = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofError("the proof has more hashes than the tree has levels")
        if first & 1 or first == last:
            reached = node_hash(sibling, reached)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            reached = node_hash(reached, sibling)
        first, last = first >> 1, last >> 1
    if last:
        raise ProofError("the proof has fewer hashes than the tree has levels")
    if reached != root:
        raise ProofError("the proof leads to another root: the record is not in this tree")


def check_consistency(
    proof: Sequence[bytes], *, old: int, new: int, old_root: bytes, new_root: bytes
) -> None:
    """Raises ProofError unless the tree of `new` leaves begins with that of `old`
    (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {new} records does not begin with one of {old}")
    if old in (0, new):
        if proof:
            raise ProofError("no hashes belong into this proof")
        if old == new and old_root != new_root:
            raise ProofError("two trees of one size have different roots")
        if old == 0 and old_root != EMPTY_ROOT:
            raise ProofError("a tree of no records has another root")
        return
    if not proof:
        raise ProofError("the proof has no hashes")
    hashes = list(proof)
    if old & (old - 1) == 0:  # the old tree is one complete subtree: its root begins the proof
        hashes.insert(0, old_root)
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise ProofError("the proof has more hashes than the tree has levels")
        if first & 1 or first == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        first, last = first >> 1, last >> 1
    if last:
        raise ProofError("the proof has fewer hashes than the tree has levels")
    if before != old_root:
        raise ProofError("the proof does not lead to the older root")
    if after != new_root:
        raise ProofError("the proof does not lead to the newer root: the log was rewritten")


def _below(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def _range_root(node: Node, start: int, end: int) -> bytes:
    """The root over the leaves from `start` to `end`, where `start` is where a subtree begins."""
    peaks: list[bytes] = []
    while start < end:
        level = (end - start).bit_length() - 1
        peaks.append(node(level, start >> level))
        start += 1 << level
    root = peaks.pop()
    while peaks:
        root = node_hash(peaks.pop(), root)
    return root
