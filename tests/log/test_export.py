"""Exports: tiles that verify from their own text, JSON lines, CSV that runs nothing."""

import csv
import io
import json
from pathlib import Path

import pytest
from log_kit import BODY, make_log, segment
from tile_reader import read_tiles

from jurat.log import KeyStore, Log, LogBroken, LogError, export_csv, export_jsonl, export_tiles
from jurat.log._export import tile_name


@pytest.mark.parametrize("counts", [[], [1], [254], [255], [256], [300, 300], [511], [512]])
def test_tiles_hold_the_log(tmp_path: Path, counts: list[int]) -> None:
    directory = make_log(tmp_path, counts)
    seen: list[int] = []
    size = export_tiles(directory, tmp_path / "out", progress=seen.append)
    leaves = read_tiles(tmp_path / "out")
    assert len(leaves) == size == sum(counts) + 1 == seen[-1]
    assert [json.loads(leaf)["seq"] for leaf in leaves] == list(range(size))


def test_two_levels_of_tiles(tmp_path: Path) -> None:
    directory = tmp_path / "log"
    with Log.open(directory, keys=KeyStore(tmp_path / "keys"), durability="buffered") as log:
        for number in range(66_000):
            log.append("decision", BODY | {"n": number})
    export_tiles(directory, tmp_path / "out")
    assert len(read_tiles(tmp_path / "out")) == 66_001
    assert (tmp_path / "out" / "tile" / "2" / "000.p" / "1").stat().st_size == 32


@pytest.mark.parametrize(
    ("number", "name"),
    [(0, "000"), (67, "067"), (999, "999"), (1000, "x001/000"), (1234067, "x001/x234/067")],
)
def test_names_of_tiles(number: int, name: str) -> None:
    assert tile_name(number) == name


def test_a_changed_log_is_not_exported(tmp_path: Path) -> None:
    directory = make_log(tmp_path, [300])
    path = segment(directory)
    path.write_bytes(path.read_bytes().replace(b'"n":7,', b'"n":8,', 1))
    with pytest.raises(LogBroken, match="not what the checkpoint signed"):
        export_tiles(directory, tmp_path / "out")
    assert not (tmp_path / "out" / "checkpoint").exists()


def test_tiles_go_into_a_directory_of_their_own(tmp_path: Path) -> None:
    directory = make_log(tmp_path, [3])
    with pytest.raises(LogError, match="not empty"):
        export_tiles(directory, directory)


def test_json_lines_are_the_stored_bytes(tmp_path: Path) -> None:
    directory = make_log(tmp_path, [3, 2])
    out = io.StringIO()
    assert export_jsonl(directory, out) == 6
    stored = [line for line in segment(directory).read_text().split("\n") if '"seq"' in line]
    assert out.getvalue() == "\n".join(stored) + "\n"


def test_a_spreadsheet_runs_nothing(tmp_path: Path) -> None:
    directory = tmp_path / "log"
    with Log.open(directory, keys=KeyStore(tmp_path / "keys")) as log:
        for text in ("=1+1", "+1", "-1", "@a", "\t=1", "plain", 'quo"te,d'):
            log.append("decision", BODY | {"model": text})
    out = io.StringIO(newline="")
    export_csv(directory, out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))
    found = [row["model"] for row in rows[1:]]
    assert found == ["'=1+1", "'+1", "'-1", "'@a", "'\t=1", "plain", 'quo"te,d']
    assert [row["seq"] for row in rows] == [str(number) for number in range(8)]
    assert rows[0]["type"] == "genesis"
    assert rows[1]["time"].endswith("Z")
