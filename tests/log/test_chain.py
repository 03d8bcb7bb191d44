"""Runs of leaves are judged as each leaf alone would be."""

import json
import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_kit import BODY, make_log, segment

from jurat.log import KeyStore, Log, LogBroken, _verify, verify
from jurat.log import _layout as layout
from jurat.log._chain import Plain, are_chained, first_unchained, runs
from jurat.log._tree import Frontier, hash_leaves, leaf_hash

DECISION = b'{"effect":"allow","ts":1,"type":"decision","value":"Permit"}'


def chain(bodies: list[bytes], seq: int = 0) -> list[bytes]:
    previous, made = layout.NO_PREVIOUS, []
    for number, body in enumerate(bodies, seq):
        made.append(layout.make_leaf(body, previous, number))
        previous = leaf_hash(made[-1])
    return made


@given(st.integers(0, 10**6), st.integers(1, 1200))
@settings(max_examples=30)
def test_runs_hold_all_leaves_in_their_order(seq: int, count: int) -> None:
    lines = [b"%d" % number for number in range(count)]
    found = list(runs(lines, seq))
    assert [line for run, _, _ in found for line in run] == lines
    for run, first, width in found:
        for number in (first, first + len(run) - 1):
            assert len(layout.leaf_tail(bytes(32), number)) == width
            assert lines[number - seq] in run


@pytest.mark.parametrize("seq", [0, 95, 9_990])
def test_tails_of_many_are_those_of_each(seq: int) -> None:
    leaves = chain([DECISION] * 30, seq)
    hashes = hash_leaves(leaves)
    assert hashes == [leaf_hash(leaf) for leaf in leaves]
    each = [layout.leaf_tail(h, n) for n, h in enumerate([bytes(32), *hashes[:-1]], seq)]
    assert layout.leaf_tails(bytes(32), hashes, seq) == b"".join(each)


@pytest.mark.parametrize("bad", [0, 1, 7, 19])
@pytest.mark.parametrize("what", ["prev", "seq", "v"])
def test_the_first_leaf_that_does_not_follow_is_found(bad: int, what: str) -> None:
    leaves = chain([DECISION] * 20, 100)
    ((run, seq, width),) = runs(leaves, 100)
    assert are_chained(run, seq, width, bytes(32), hash_leaves(run))
    for number in {bad, 19}:
        leaf = leaves[number]
        at = leaf.rindex(b'"%b":' % what.encode()) + len(what) + 3
        at += what == "prev"
        leaves[number] = leaf[:at] + bytes([leaf[at] ^ 1]) + leaf[at + 1 :]
    hashes = hash_leaves(leaves)
    assert not are_chained(leaves, seq, width, bytes(32), hashes)
    assert first_unchained(leaves, seq, bytes(32), hashes) == bad


@pytest.mark.parametrize(
    "body",
    [
        b'{"change":"added","key":"x","type":"log.key"}',
        b'{"a":{"b":1,"type":"decision"},"type":"log.key"}',
        b'{"a":1,"type":"log.key","z":{"b":1,"type":"decision"}}',
        b'{"a":1,"type":"log.key","z":[{"b":1,"type":"decision"}]}',
        b'{"type":"log.key","z":{"b":1,"type":"decision"}}',
        b'{"a":1,"type":"decision","typ\\u0065":"log.key"}',
        b'{"a":1,"type":"decision","z":{"pack":1}}',
        b'{"archive":"sha256:00","type":"policy.load"}',
        b'{"a":",\\"type\\":\\"decision\\"}","type":"log.key"}',
        b'{"type":"decision"}',  # the only key: found by its marks instead
    ],
)
def test_what_may_tell_of_more_is_never_plain(body: bytes) -> None:
    assert json.loads(body)
    plain = Plain()
    for bodies in ([body], [DECISION, body], [body, DECISION], [DECISION, DECISION, body]):
        ((run, _, width),) = runs(chain(bodies), 0)
        assert not plain.are(run, width)
        ((run, _, width),) = runs(chain([DECISION, DECISION]), 0)
        assert plain.are(run, width)


def test_records_of_decisions_are_plain_whatever_ends_them() -> None:
    plain = Plain()
    bodies = [b'{"a":1,"type":"response","upstream_us":%d,"value":"P"}' % n for n in range(50)]
    bodies += [b'{"a":1,"type":"decision"}', DECISION, b'{"a":{},"type":"audit","would":"deny"}']
    random.Random(3).shuffle(bodies)
    for run, _, width in runs(chain(bodies), 0):
        assert plain.are(run, width)
        assert plain.are(run, width)


@given(st.lists(st.integers(0, 40), max_size=12))
@settings(max_examples=100)
def test_leaves_join_in_whatever_portions(portions: list[int]) -> None:
    one_by_one, at_once = Frontier(), Frontier()
    for number, portion in enumerate(portions):
        hashes = [leaf_hash(b"%d %d" % (number, index)) for index in range(portion)]
        kept = hashes.copy()
        for digest in hashes:
            one_by_one.push(digest)
        at_once.extend(hashes)
        assert hashes == kept
        assert (at_once.size, at_once.peaks) == (one_by_one.size, one_by_one.peaks)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("chunks")
    place = make_log(root, [3, 4])
    with Log.open(place, keys=KeyStore(root / "keys")) as log:
        log.append("decision", BODY | {"facts": log.seal("ada", bytes(20_000))})
        log.append("decision", BODY).wait()
    return place


@pytest.mark.parametrize("size", [1, 2, *range(200, 260), 1 << 12])
def test_chunks_may_end_anywhere(size: int, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_verify, "_CHUNK", size)
    assert verify(place).size == 10


def test_a_mark_is_found_wherever_a_chunk_ends(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = Path(shutil.copytree(place, tmp_path / "log"))
    (pack,) = (damaged / "packs").iterdir()
    pack.write_bytes(bytes(pack.stat().st_size))
    mark = segment(damaged).read_bytes().index(b'"pack":{"at":')
    for size in range(mark - 4, mark + 16):
        monkeypatch.setattr(_verify, "_CHUNK", size)
        with pytest.raises(LogBroken, match="changed or cut"):
            verify(damaged)
