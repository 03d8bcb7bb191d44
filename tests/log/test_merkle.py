"""Proofs over trees: made and checked against the definition, and against others' vectors."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.log._hashes import fold
from jurat.log._merkle import (
    ProofError,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    root_of,
)

# The leaves and roots of the test tree that Certificate Transparency logs share.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def leaf(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def mth(hashes: list[bytes]) -> bytes:
    """The definition (RFC 6962 section 2.1), as it is written."""
    if not hashes:
        return sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return sha256(b"\x01" + mth(hashes[:split]) + mth(hashes[split:])).digest()


class Tree:
    def __init__(self, hashes: list[bytes]) -> None:
        self.hashes = hashes

    def node(self, level: int, index: int) -> bytes:
        return fold(self.hashes[index << level : (index + 1) << level])


def tree(size: int) -> Tree:
    return Tree([leaf(str(number).encode()) for number in range(size)])


@pytest.mark.parametrize("size", ROOTS)
def test_known_roots(size: int) -> None:
    hashes = [leaf(data) for data in LEAVES[:size]]
    assert root_of(Tree(hashes).node, size).hex() == ROOTS[size]


@pytest.mark.parametrize("size", [*range(1, 34), 63, 64, 65, 100])
def test_every_record_is_proven(size: int) -> None:
    made = tree(size)
    root = mth(made.hashes)
    assert root_of(made.node, size) == root
    for index in range(size):
        proof = inclusion_proof(made.node, index, size)
        assert len(proof) <= (size - 1).bit_length()
        check_inclusion(proof, index=index, size=size, leaf=made.hashes[index], root=root)


@pytest.mark.parametrize("new", [*range(34), 63, 64, 65])
def test_every_older_tree_is_a_beginning(new: int) -> None:
    made = tree(new)
    for old in range(new + 1):
        check_consistency(
            consistency_proof(made.node, old, new),
            old=old,
            new=new,
            old_root=mth(made.hashes[:old]),
            new_root=mth(made.hashes),
        )


SIZES = st.integers(1, 70).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size)))


@given(SIZES, st.data())
def test_no_other_inclusion_proof_is_taken(place: tuple[int, int], data: st.DataObject) -> None:
    index, size = place
    made = tree(size)
    good = {"index": index, "size": size, "leaf": made.hashes[index], "root": mth(made.hashes)}
    proof = inclusion_proof(made.node, index, size)
    worse, given_ = changed(data, proof), dict(good)
    if worse == proof:
        name = data.draw(st.sampled_from(["index", "leaf", "root"]))
        given_[name] = (
            data.draw(st.integers(0, size + 2).filter(lambda n: n != index))
            if name == "index"
            else leaf(b"another")
        )
    with pytest.raises(ProofError):
        check_inclusion(worse, **given_)  # type: ignore[arg-type]  # built by name


@given(SIZES, st.data())
def test_no_other_consistency_proof_is_taken(place: tuple[int, int], data: st.DataObject) -> None:
    old, new = place[0] + 1, place[1]
    made = tree(new)
    good = {"old_root": mth(made.hashes[:old]), "new_root": mth(made.hashes)}
    proof = consistency_proof(made.node, old, new)
    worse = changed(data, proof)
    if worse == proof:
        good[data.draw(st.sampled_from(sorted(good)))] = leaf(b"another")
    with pytest.raises(ProofError):
        check_consistency(worse, old=old, new=new, **good)


def changed(data: st.DataObject, proof: list[bytes]) -> list[bytes]:
    """The proof with a hash changed, taken out, added or moved; or as it is."""
    how = data.draw(st.sampled_from(["as it is", "change", "drop", "add", "swap"]))
    made = list(proof)
    at = data.draw(st.integers(0, max(0, len(made) - 1)))
    if how == "change" and made:
        made[at] = leaf(b"another")
    elif how == "drop" and made:
        del made[at]
    elif how == "add":
        made.insert(at, leaf(b"another"))
    elif how == "swap" and len(made) > 1:
        made[at], made[at - 1] = made[at - 1], made[at]
    return made


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 3), (7, 3)])
def test_no_record_no_proof(index: int, size: int) -> None:
    with pytest.raises(ProofError):
        inclusion_proof(tree(size).node, index, size)
    with pytest.raises(ProofError):
        check_inclusion([], index=index, size=size, leaf=leaf(b""), root=leaf(b""))


def test_a_smaller_tree_does_not_begin_with_a_larger() -> None:
    with pytest.raises(ProofError):
        consistency_proof(tree(3).node, 4, 3)
    with pytest.raises(ProofError):
        check_consistency([], old=4, new=3, old_root=leaf(b""), new_root=leaf(b""))
