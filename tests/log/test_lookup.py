"""One record, and the hashes that prove it, are found without reading the rest."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from log_kit import BODY, segment

from jurat.log import KeyStore, Log, LogBroken, prove, read_log
from jurat.log._hashes import Hashes
from jurat.log._layout import Layout
from jurat.log._read import _FEW, _seek, record_at, records

RECORDS = 700


@pytest.fixture(scope="module", params=["even", "mixed", "long at the end", "long at the start"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    draw = random.Random(7)
    shapes: dict[str, Callable[[int], int]] = {
        "even": lambda n: 0,
        "mixed": lambda n: draw.choice((0, 0, 0, 100, 60_000 if n % 50 == 0 else 5_000)),
        "long at the end": lambda n: 0 if n < 600 else 9_000,
        "long at the start": lambda n: 9_000 if n < 100 else 0,
    }
    lengths = shapes[request.param]
    root = tmp_path_factory.mktemp("lookup")
    with Log.open(root / "log", keys=KeyStore(root / "keys"), durability="off") as log:
        for number in range(RECORDS):
            pending = log.append("decision", BODY | {"n": number, "x": "y" * lengths(number)})
            if draw.random() < 0.1:
                pending.wait()  # so that commits stand between
    return root / "log"


def test_every_record_is_found(place: Path) -> None:
    layout = Layout(place)
    for record in read_log(place):
        assert record_at(layout, record.seq) == record
        assert next(records(layout, record.seq)) == record


def test_the_search_ends_near_and_never_behind(place: Path) -> None:
    starts: dict[int, int] = {}
    offset = 0
    for line in segment(place).read_bytes().splitlines(keepends=True):
        if line.startswith(b'{"body"'):
            starts[len(starts)] = offset
        offset += len(line)
    with segment(place).open("rb") as file:
        for start in range(RECORDS):
            at, seq = _seek(file, 0, start)
            assert starts[seq] == at
            assert seq <= start
            assert start - seq <= _FEW or starts[start] - at <= 70_000


def test_a_record_that_was_cut_is_named(place: Path, tmp_path: Path) -> None:
    cut = tmp_path / "seg" / segment(place).name
    cut.parent.mkdir()
    whole = segment(place).read_bytes()
    cut.write_bytes(whole[: whole.index(b'"n":300')])
    with pytest.raises(LogBroken, match="ends before record 699"):
        record_at(Layout(tmp_path), 699)


def test_hashes_are_the_same_however_they_are_read(place: Path) -> None:
    size = RECORDS + 1  # with the genesis
    nodes = [(level, n) for level in range(10) for n in range(size >> level)]
    random.Random(5).shuffle(nodes)
    kept, made = Hashes(Layout(place), size), Hashes(Layout(place), size, trusted=False)
    assert [kept.node(*node) for node in nodes] == [made.node(*node) for node in nodes]
    assert all(len(row) <= 256 for rows in kept._rows.values() for row in rows or ())


def test_proofs_do_without_the_files_of_hashes(place: Path, tmp_path: Path) -> None:
    before = prove(place, 333)
    for level, kept in (("0", 100 * 32), ("1", 0), ("0", 0)):
        path = place / "hashes" / level
        whole = path.read_bytes()
        path.write_bytes(whole[:kept])
        assert prove(place, 333) == before
        path.write_bytes(whole)
