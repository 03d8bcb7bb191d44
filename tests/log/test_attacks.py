"""The attack matrix: what each verifier sees of each attack, and what is named when it can't.

Verifiers: the plain chain (`prev` recomputed, no key), jurat over the files alone, jurat with a
checkpoint kept elsewhere, jurat with the log's key known from elsewhere.
"""

import json
import shutil
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from log_kit import BODY, lines, make_log, segment

from jurat.log import KeyStore, Log, LogBroken, checkpoint, read_log, verify
from jurat.log import _layout as layout
from jurat.log._journal import End, Journal
from jurat.log._os import System
from jurat.log._packed import open_segment
from jurat.log._tree import Tree, leaf_hash

Attack = Callable[[Path, Path], object]
PER_SEGMENT = 4


@pytest.fixture(autouse=True)
def short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "SEGMENT_ENTRIES", PER_SEGMENT)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two logs of one name under different keys, of 12 records and 13, a pack and a bundle each."""
    root = tmp_path_factory.mktemp("attacks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "SEGMENT_ENTRIES", PER_SEGMENT)
        for name, count in (("ours", 8), ("theirs", 9)):
            place = make_log(root / name, [1] * count, origin="acme/log", set_name="acme")
            with Log.open(place, keys=KeyStore(root / name / "keys")) as log:
                facts = log.seal("ada", bytes(20_000))
                log.append("decision", BODY | {"facts": facts, "n": 100}).wait()
                archive = log.store_bundle("sha256:" + "ab" * 32, b"archive")
                load = {"archive": archive, "bundle": "sha256:" + "ab" * 32, "plan": "x"}
                log.append("policy.load", load).wait()
                log.append("decision", BODY | {"n": 101}).wait()
            shutil.copytree(place, root / name / "packed")
            for path in (place / "seg").glob("*.zst"):
                path.with_suffix("").write_bytes(open_segment(path).read())
                path.unlink()
    return root


def edit(place: Path, first: int, old: bytes, new: bytes) -> None:
    path = segment(place, first)
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))


def change_lines(place: Path, first: int, change: Callable[[list[bytes]], object]) -> None:
    path = segment(place, first)
    found = path.read_bytes().splitlines(keepends=True)
    change(found)
    path.write_bytes(b"".join(found))


def cut_tail(place: Path, theirs: Path) -> None:
    """Back to an older state, with the checkpoint that was published then."""
    path = segment(place, 8)
    found = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(found[:-2]))
    note = json.loads(found[-3])["checkpoint"]
    (place / "checkpoint").write_text(note, encoding="utf-8")


def relink(place: Path) -> None:
    """Rewrite every `prev` to fit, as a forger without the key can."""
    previous, seq = layout.NO_PREVIOUS, 0
    for path in sorted((place / "seg").iterdir()):
        made = []
        for line in path.read_bytes().splitlines():
            if line.startswith(layout.LEAF_START):
                body = line[: line.rindex(b',"prev":"')].removeprefix(b'{"body":')
                line = layout.make_leaf(body, previous, seq)
                previous, seq = leaf_hash(line), seq + 1
            made.append(line + b"\n")
        path.write_bytes(b"".join(made))


def edit_and_relink(place: Path, theirs: Path) -> None:
    edit(place, 4, b'"allow"', b'"allox"')
    relink(place)


def forge(place: Path, theirs: Path) -> None:
    """Edit and sign all of it anew with the stolen key."""
    signer = KeyStore(place.parent / "keys").signer("acme/log")
    bodies = [record.leaf[8 : record.leaf.rindex(b',"prev":"')] for record in read_log(place)]
    shutil.rmtree(place / "seg")
    (place / "seg").mkdir()
    journal = Journal(
        layout.Layout(place), System(), signer, End(Tree(), bytes(32)), durable=False
    )
    for body in bodies:
        journal.commit([journal.stage(body.replace(b'"n":5', b'"n":6'))])
    journal.publish()
    journal.close()


def swap_whole_files(place: Path, theirs: Path) -> None:
    one, two = segment(place, 0).read_bytes(), segment(place, 4).read_bytes()
    segment(place, 0).write_bytes(two)
    segment(place, 4).write_bytes(one)


def take_their_file(place: Path, theirs: Path) -> None:
    shutil.copy(segment(theirs, 4), segment(place, 4))


def append_their_file(place: Path, theirs: Path) -> None:
    shutil.copy(segment(theirs, 12), segment(place, 12))


def interleave(place: Path, theirs: Path) -> None:
    """The records of two logs in one file, each with its commit."""
    mine = segment(place, 8).read_bytes().splitlines(keepends=True)
    other = segment(theirs, 8).read_bytes().splitlines(keepends=True)
    segment(place, 8).write_bytes(
        b"".join(line for pair in zip(mine, other, strict=False) for line in pair)
    )


def become_theirs(place: Path, theirs: Path) -> None:
    shutil.rmtree(place)
    shutil.copytree(theirs, place)


def only_file(directory: Path) -> Path:
    (path,) = directory.iterdir()
    return path


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


# attack: what the plain chain, the files alone, a kept checkpoint, and the known key see of it
MATRIX: dict[str, tuple[Attack, str]] = {
    "edit": (lambda p, t: edit(p, 4, b'"allow"', b'"allox"'), "DDDD"),
    "delete": (lambda p, t: change_lines(p, 4, lambda found: found.pop(1)), "DDDD"),
    "swap": (lambda p, t: change_lines(p, 4, lambda found: found.insert(0, found.pop(1))), "DDDD"),
    "insert": (lambda p, t: change_lines(p, 4, lambda found: found.insert(1, found[1])), "DDDD"),
    "edit, links rewritten": (edit_and_relink, "-DDD"),
    "cut tail": (cut_tail, "--D-"),
    "rewritten with the stolen key": (forge, "--D-"),
    "whole files swapped": (swap_whole_files, "DDDD"),
    "a file removed": (lambda p, t: segment(p, 4).unlink(), "DDDD"),
    "a file of another log": (take_their_file, "DDDD"),
    "another log's end appended": (append_their_file, "DDDD"),
    "two logs merged": (interleave, "DDDD"),
    "another log in its place": (become_theirs, "--DD"),
    "a pack changed": (lambda p, t: flip(only_file(p / "packs")), "-DDD"),
    "a pack removed": (lambda p, t: only_file(p / "packs").unlink(), "-DDD"),
    "a pack cut": (
        lambda p, t: only_file(p / "packs").write_bytes(only_file(p / "packs").read_bytes()[:-1]),
        "-DDD",
    ),
    "another log's pack": (
        lambda p, t: shutil.copy(only_file(t / "packs"), only_file(p / "packs")), "-DDD",
    ),
    "a bundle's archive changed": (lambda p, t: flip(only_file(p / "bundles")), "-DDD"),
}  # fmt: skip


def packed(place: Path, first: int) -> Path:
    return place / "seg" / f"{first:020d}.jsonl.zst"


def swap_packed(place: Path, theirs: Path) -> None:
    one, two = packed(place, 0).read_bytes(), packed(place, 4).read_bytes()
    packed(place, 0).write_bytes(two)
    packed(place, 4).write_bytes(one)


PACKED: dict[str, Attack] = {
    "a bit of a compressed segment": lambda p, t: flip(packed(p, 4)),
    "compressed segments swapped": swap_packed,
    "another log's compressed segment": lambda p, t: shutil.copy(packed(t, 4), packed(p, 4)),
    "a compressed segment cut": lambda p, t: packed(p, 0).write_bytes(
        packed(p, 0).read_bytes()[:-1]
    ),
    "a compressed segment removed": lambda p, t: packed(p, 4).unlink(),
    "another segment beside it": lambda p, t: shutil.copy(
        segment(t.parent / "log", 4), segment(p, 4)
    ),
}


def plain_chain(place: Path) -> None:
    """Every `prev` is the hash of the line before, from record 0 on: all that needs no key."""
    previous, seq = bytes(32), 0
    for path in sorted((place / "seg").iterdir()):
        for line in path.read_bytes().splitlines():
            record = json.loads(line)
            if "seq" not in record:
                continue
            if (record["seq"], record["prev"]) != (seq, b64encode(previous).decode()):
                raise LogBroken("the chain is broken")
            previous, seq = sha256(b"\x00" + line).digest(), seq + 1


@pytest.fixture
def place(originals: Path, tmp_path: Path) -> Path:
    shutil.copytree(originals / "ours" / "keys", tmp_path / "keys")
    return Path(shutil.copytree(originals / "ours" / "log", tmp_path / "log"))


def test_what_was_not_attacked_passes(place: Path) -> None:
    plain_chain(place)
    key = str(next(read_log(place)).body["vkey"])
    assert verify(place, checkpoint=checkpoint(place).encode(), vkey=key).size == 12


@pytest.mark.parametrize("name", MATRIX)
def test_each_verifier_sees_what_it_can(place: Path, originals: Path, name: str) -> None:
    attack, expected = MATRIX[name]
    kept, key = checkpoint(place).encode(), str(next(read_log(place)).body["vkey"])
    attack(place, originals / "theirs" / "log")
    verifiers: list[Callable[[], object]] = [
        lambda: plain_chain(place),
        lambda: verify(place),
        lambda: verify(place, checkpoint=kept),
        lambda: verify(place, vkey=key),
    ]
    seen = ""
    for check in verifiers:
        try:
            check()
            seen += "-"
        except LogBroken:
            seen += "D"
    assert seen == expected


@pytest.mark.parametrize("name", PACKED)
def test_compressed_segments_hide_nothing(tmp_path: Path, originals: Path, name: str) -> None:
    place = Path(shutil.copytree(originals / "ours" / "packed", tmp_path / "log"))
    assert verify(place).size == 12
    PACKED[name](place, originals / "theirs" / "packed")
    with pytest.raises(LogBroken):
        verify(place)


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("cut tail", "that no records were cut from the end"),
        ("rewritten with the stolen key", "whoever holds the signing key did not rewrite the log"),
        ("another log in its place", "that log.json names the true key"),
    ],
)
def test_what_the_files_alone_cannot_show_is_named(
    place: Path, originals: Path, name: str, named: str
) -> None:
    MATRIX[name][0](place, originals / "theirs" / "log")
    assert any(named in text for text in verify(place).not_proven)


def test_a_removed_archive_is_named(place: Path) -> None:
    only_file(place / "bundles").unlink()
    assert any("archives are not here" in text for text in verify(place).not_proven)
    assert lines(place)
