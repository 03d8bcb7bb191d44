"""The tree against the recursive definition of RFC 6962 section 2.1."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_log_verifier import mth

from jurat.log import _layout
from jurat.log._tree import EMPTY_ROOT, Frontier, Tree, leaf_hash, node_hash


def root(tree: Tree) -> str:
    return tree.root().hex()


def test_leaf_and_node_have_their_prefixes() -> None:
    assert leaf_hash(b"a") == sha256(b"\x00a").digest()
    assert node_hash(b"l" * 32, b"r" * 32) == sha256(b"\x01" + b"l" * 32 + b"r" * 32).digest()


def test_empty_tree_is_the_hash_of_nothing() -> None:
    assert root(Tree()) == sha256(b"").hexdigest()
    assert sha256(b"").digest() == EMPTY_ROOT


def test_leaf_of_nothing_is_the_published_vector() -> None:
    # The hash of one empty leaf, as transparency logs publish it.
    tree = Tree()
    tree.extend([leaf_hash(b"")])
    assert root(tree) == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


@pytest.mark.parametrize("size", [*range(1, 40), 255, 256, 257, 511, 513, 1000])
def test_every_size_equals_the_definition(size: int) -> None:
    hashes = [leaf_hash(str(number).encode()) for number in range(size)]
    one_by_one, at_once = Frontier(), Frontier()
    for digest in hashes:
        one_by_one.push(digest)
    at_once.extend(hashes)
    assert one_by_one.peaks == at_once.peaks
    assert Tree(inner=at_once).root() == mth(hashes)


@given(st.lists(st.integers(1, 600), max_size=6))
def test_batches_do_not_matter(batches: list[int]) -> None:
    tree, hashes = Tree(), list[bytes]()
    for batch in batches:
        more = [leaf_hash(str(len(hashes) + number).encode()) for number in range(batch)]
        tree.extend(more)
        hashes += more
        assert tree.size == len(hashes)
        assert tree.root() == mth(hashes)


def test_segments_are_subtrees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_layout, "SEGMENT_ENTRIES", 8)
    tree, hashes = Tree(), list[bytes]()
    for number in range(50):
        hashes.append(leaf_hash(str(number).encode()))
        full = tree.extend([hashes[-1]])
        assert (full is not None) == (len(hashes) % 8 == 0)
        if full is not None:
            assert full == mth(hashes[-8:])
        assert tree.root() == mth(hashes)
        assert tree.size == len(hashes)
