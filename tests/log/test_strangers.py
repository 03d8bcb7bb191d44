"""Verifiers that are not ours: Go's sumdb packages, a script from the formats' text, and ten lines
of shell-level script. They accept what we export, and reject every change of it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from log_kit import lines, make_log, segment
from tile_reader import read_tiles

from jurat.log import KeyStore, Log, export_tiles, read_log

SUPPORT = Path(__file__).parents[1] / "support"
SUMDB = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb")
SIZE = 600
"""Two full tiles and part of a third: there are two levels."""

Change = Callable[[Path], object]


def entries(root: Path, number: int) -> Path:
    name = root / "tile" / "entries" / f"{number:03d}"
    return name if number < 2 else name.with_name(f"{number:03d}.p") / str(SIZE - 512)


def hashes(root: Path, level: int, number: int) -> Path:
    name = root / "tile" / str(level) / f"{number:03d}"
    if (level, number) == (0, 2):
        return name.with_name("002.p") / str(SIZE - 512)
    return name.with_name("000.p") / "2" if level else name


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def bundle_of(path: Path) -> list[bytes]:
    data, found = path.read_bytes(), []
    while data:
        end = 2 + int.from_bytes(data[:2], "big")
        found.append(data[:end])
        data = data[end:]
    return found


def rebundle(path: Path, change: Callable[[list[bytes]], object]) -> None:
    found = bundle_of(path)
    change(found)
    path.write_bytes(b"".join(found))


def swap(one: Path, two: Path) -> None:
    data = one.read_bytes(), two.read_bytes()
    one.write_bytes(data[1])
    two.write_bytes(data[0])


def resign(root: Path, old: str, new: str) -> None:
    path = root / "checkpoint"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def root_line(root: Path) -> str:
    return (root / "checkpoint").read_text(encoding="utf-8").split("\n")[2]


def another_key(root: Path) -> None:
    """The checkpoint of another log of that name, of as many records."""
    other = root.parent / f"{root.name}-other"
    origin = (root / "checkpoint").read_text(encoding="utf-8").split("\n")[0]
    directory = make_log(other, [SIZE - 1], origin=origin)
    shutil.copy(directory / "checkpoint", root / "checkpoint")


MUTATIONS: dict[str, Change] = {
    "an entry edited in the first bundle": lambda r: flip(entries(r, 0), 300),
    "an entry edited in the last bundle": lambda r: flip(entries(r, 2), -10),
    "a length of an entry": lambda r: flip(entries(r, 1), 1),
    "an entry deleted": lambda r: rebundle(entries(r, 0), lambda e: e.pop(7)),
    "the last entry deleted": lambda r: rebundle(entries(r, 2), lambda e: e.pop()),
    "an entry repeated": lambda r: rebundle(entries(r, 0), lambda e: e.insert(3, e[3])),
    "an entry replaced by another": lambda r: rebundle(
        entries(r, 1), lambda e: e.__setitem__(5, e[6])
    ),
    "two entries swapped": lambda r: rebundle(entries(r, 0), lambda e: e.insert(0, e.pop(1))),
    "an entry split in two": lambda r: rebundle(
        entries(r, 1), lambda e: e.__setitem__(0, b"\x00\x00" + e[0])
    ),
    "an empty entry": lambda r: rebundle(entries(r, 1), lambda e: e.__setitem__(9, b"\x00\x00")),
    "two bundles swapped": lambda r: swap(entries(r, 0), entries(r, 1)),
    "a bundle cut": lambda r: entries(r, 0).write_bytes(entries(r, 0).read_bytes()[:-1]),
    "a bundle grown": lambda r: entries(r, 0).write_bytes(entries(r, 0).read_bytes() + b"\0\0"),
    "a bundle emptied": lambda r: entries(r, 1).write_bytes(b""),
    "a bundle removed": lambda r: entries(r, 1).unlink(),
    "a hash of the first tile": lambda r: flip(hashes(r, 0, 0), 0),
    "a hash in the middle": lambda r: flip(hashes(r, 0, 1), 4_000),
    "a hash of the last tile": lambda r: flip(hashes(r, 0, 2), -1),
    "a hash of the upper level": lambda r: flip(hashes(r, 1, 0), 40),
    "two tiles swapped": lambda r: swap(hashes(r, 0, 0), hashes(r, 0, 1)),
    "a tile cut": lambda r: hashes(r, 0, 2).write_bytes(hashes(r, 0, 2).read_bytes()[:-32]),
    "a tile grown": lambda r: hashes(r, 0, 0).write_bytes(
        hashes(r, 0, 0).read_bytes() + bytes(32)
    ),
    "a tile removed": lambda r: hashes(r, 0, 1).unlink(),
    "the upper level removed": lambda r: hashes(r, 1, 0).unlink(),
    "the checkpoint's size": lambda r: resign(r, f"\n{SIZE}\n", f"\n{SIZE - 1}\n"),
    "the checkpoint's size, with a zero": lambda r: resign(r, f"\n{SIZE}\n", f"\n0{SIZE}\n"),
    "the checkpoint's root": lambda r: resign(r, root_line(r), "A" * 43 + "="),
    "the checkpoint's origin": lambda r: resign(r, "strange/log", "strange/lug"),
    "the checkpoint's signature": lambda r: flip(r / "checkpoint", -20),
    "a line in the checkpoint": lambda r: resign(r, root_line(r), root_line(r) + "\nmore"),
    "the checkpoint without signature": lambda r: (r / "checkpoint").write_text(
        (r / "checkpoint").read_text(encoding="utf-8").split("\n\n")[0] + "\n\n", encoding="utf-8"
    ),
    "another log's checkpoint": another_key,
    "the checkpoint removed": lambda r: (r / "checkpoint").unlink(),
}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("strange")
    place = make_log(root, [SIZE - 1], origin="strange/log")
    export_tiles(place, root / "tiles")
    return root


@pytest.fixture(scope="module")
def mutants(exported: Path) -> dict[str, Path]:
    made = {}
    for number, (name, change) in enumerate(MUTATIONS.items()):
        made[name] = exported / f"mutant-{number}"
        shutil.copytree(exported / "tiles", made[name])
        change(made[name])
    return made


def vkey(exported: Path) -> str:
    return str(next(read_log(exported / "log")).body["vkey"])


def test_there_are_enough_mutations() -> None:
    assert len(MUTATIONS) >= 20


def test_a_script_from_the_text_accepts_the_export(exported: Path) -> None:
    leaves = read_tiles(exported / "tiles", vkey(exported))
    assert leaves == [record.leaf for record in read_log(exported / "log")]


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_script_from_the_text_rejects(
    exported: Path, mutants: dict[str, Path], name: str
) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011  # the stranger's script: any end but a count
        read_tiles(mutants[name], vkey(exported))


@pytest.mark.skipif(
    shutil.which("go") is None or not SUMDB.exists(),
    reason="needs Go and its sumdb packages: apt-get install golang golang-golang-x-mod-dev",
)
def test_gos_sumdb_accepts_the_export_and_rejects_each_mutation(
    exported: Path, mutants: dict[str, Path]
) -> None:
    run = subprocess.run(
        [
            "go",
            "run",
            str(SUPPORT / "go" / "tileverify.go"),
            vkey(exported),
            str(exported / "tiles"),
            *map(str, mutants.values()),
        ],
        env=os.environ
        | {
            "GO111MODULE": "off",
            "GOPATH": "/usr/share/gocode",
            "GOCACHE": str(exported / "gocache"),
            "GOFLAGS": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    told = run.stdout.splitlines()
    assert run.returncode == 0, run.stderr
    assert told[0] == f"ok {SIZE}"
    passed = [name for name, line in zip(mutants, told[1:], strict=True) if line[:2] == "ok"]
    assert passed == []


# -- the chain alone

PAGE = Path(__file__).parents[2] / "docs" / "log.md"


def chain_check(place: Path) -> subprocess.CompletedProcess[bytes]:
    """The script that the documentation prints, run on a log's segments."""
    (script,) = re.findall(r"```python\n(# chain\.py.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(script.splitlines()) - 1 <= 10
    data = b"".join(path.read_bytes() for path in sorted((place / "seg").iterdir()))
    return subprocess.run(
        [sys.executable, "-I", "-c", script], input=data, capture_output=True, check=False
    )


def test_the_documented_chain_check_holds(tmp_path: Path) -> None:
    place = make_log(tmp_path, [3, 2])
    run = chain_check(place)
    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout.startswith(b"the chain holds; ")


@pytest.mark.parametrize("attack", ["edit", "delete", "swap", "insert"])
def test_the_documented_chain_check_finds(tmp_path: Path, attack: str) -> None:
    place = make_log(tmp_path, [6])
    changed = lines(place)
    match attack:
        case "edit":
            changed[3] = changed[3].replace(b'"allow"', b'"allox"')
        case "delete":
            del changed[3]
        case "swap":
            changed[3], changed[4] = changed[4], changed[3]
        case _:
            changed.insert(3, changed[3])
    segment(place).write_bytes(b"".join(changed))
    run = chain_check(place)
    assert run.returncode == 1
    assert b"record" in run.stderr


def test_what_the_documentation_records(tmp_path: Path) -> None:
    shown = re.findall(r"```python\n(engine\.log.*?)```", PAGE.read_text("utf-8"), re.DOTALL)

    class Engine:
        log = Log.open(tmp_path / "log", keys=KeyStore(tmp_path / "keys"))

    for code in shown:
        exec(code, {"engine": Engine})  # noqa: S102  # it is our own page
    Engine.log.close()
    assert [record.body["type"] for record in read_log(tmp_path / "log")][1:] == [
        "key.rotate",
        "failover",
    ]
