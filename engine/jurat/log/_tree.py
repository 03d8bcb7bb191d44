"""The Merkle tree over a log's leaves (RFC 6962 section 2.1), kept as a frontier."""

from collections.abc import Iterable
from hashlib import sha256

from . import _layout

HASH_SIZE = 32
EMPTY_ROOT = sha256().digest()  # the tree of no leaves


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 || leaf): the leaf's place in the tree, and the next record's `prev`."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def hash_leaves(leaves: Iterable[bytes]) -> list[bytes]:
    """`leaf_hash` of each."""
    begun, hashes = sha256(b"\x00"), []
    for leaf in leaves:
        one = begun.copy()  # no copy of the leaf behind its prefix
        one.update(leaf)
        hashes.append(one.digest())
    return hashes


def hash_pairs(level: list[bytes]) -> list[bytes]:
    """The next level of a tree, from an even number of hashes."""
    pairs = iter(level)
    return [
        sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)
    ]


class Frontier:
    """The roots of the complete subtrees of a tree of `size` leaves, largest first."""

    __slots__ = ("peaks", "size")

    def __init__(self, peaks: list[bytes] | None = None, size: int = 0) -> None:
        self.peaks = [] if peaks is None else peaks
        self.size = size

    def push(self, digest: bytes) -> None:
        """Append one leaf, given by its hash."""
        size, peaks = self.size, self.peaks
        self.size = size + 1
        while size & 1:
            digest = sha256(b"\x01" + peaks.pop() + digest).digest()
            size >>= 1
        peaks.append(digest)

    def extend(self, digests: list[bytes]) -> None:
        """Append many leaves, given by their hashes: level by level."""
        level, before = digests, self.size  # of subtrees of this level
        self.size += len(digests)
        alone: list[bytes] = []  # subtrees that have no right neighbour yet, smallest first
        while level:
            if before & 1:
                level = [self.peaks.pop(), *level]
            if len(level) & 1:
                alone.append(level[-1])
                level = level[:-1]
            level = hash_pairs(level)
            before >>= 1
        self.peaks += reversed(alone)

    def copy(self) -> "Frontier":
        return Frontier(self.peaks.copy(), self.size)


class Tree:
    """A growing tree that also gives the root of each full segment.

    `outer` is the frontier over the roots of full segments, `inner` over the leaves of the
    segment that is growing; a segment is a complete subtree, so both together are the frontier.
    """

    __slots__ = ("inner", "outer")

    def __init__(self, outer: Frontier | None = None, inner: Frontier | None = None) -> None:
        self.outer = Frontier() if outer is None else outer
        self.inner = Frontier() if inner is None else inner

    @property
    def size(self) -> int:
        return self.outer.size * _layout.SEGMENT_ENTRIES + self.inner.size

    def extend(self, digests: list[bytes]) -> bytes | None:
        """Append leaves that all fit into the growing segment; its root where it is now full."""
        self.inner.extend(digests)
        if self.inner.size < _layout.SEGMENT_ENTRIES:
            return None
        root = self.inner.peaks[0]
        self.outer.push(root)
        self.inner = Frontier()
        return root

    def root(self) -> bytes:
        """The tree's root hash (RFC 6962 section 2.1: split at the largest power of two)."""
        peaks = self.outer.peaks + self.inner.peaks
        if not peaks:
            return EMPTY_ROOT
        root = peaks[-1]
        for peak in reversed(peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def frontier(self) -> Frontier:
        """The same tree over its leaves alone."""
        return Frontier(self.outer.peaks + self.inner.peaks, self.size)

    def copy(self) -> "Tree":
        return Tree(self.outer.copy(), self.inner.copy())


def tree_over(roots: Iterable[bytes]) -> Tree:
    """The tree of full segments, given by the root of each."""
    outer = Frontier()
    for root in roots:
        outer.push(root)
    return Tree(outer)
