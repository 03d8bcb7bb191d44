"""Verification: the attack matrix, bit flips, what is proven, and that no check is idle."""

import base64
import json
import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from log_kit import BODY, lines, make_log, segment
from plain_log_verifier import verify as plain_verify

from jurat.log import KeyStore, Log, LogBroken, LogError, checkpoint, read_log, verify
from jurat.log import _layout as layout
from jurat.log._journal import End, Journal
from jurat.log._note import Checkpoint, make_vkey, sign_checkpoint
from jurat.log._os import System
from jurat.log._tree import Tree, leaf_hash


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Genesis and nine decisions in four commits; a pack, a bundle's archive."""
    root = tmp_path_factory.mktemp("original")
    place = make_log(root, [3, 2])
    with Log.open(place, keys=KeyStore(root / "keys")) as log:
        log.append("decision", BODY | {"facts": log.seal("ada", os.urandom(20_000)), "n": 6})
        digest = "sha256:" + "ab" * 32
        archive = log.store_bundle(digest, b"archive")
        log.append("policy.load", {"archive": archive, "bundle": digest, "plan": "x"}).wait()
        log.append("decision", BODY | {"n": 8})
        log.append("decision", BODY | {"n": 9}).wait()
    return place


@pytest.fixture
def place(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original.parent / "keys", tmp_path / "keys")
    return Path(shutil.copytree(original, tmp_path / "log"))


def vkey(place: Path) -> str:
    text = json.loads((place / "log.json").read_bytes())["vkeys"][0]
    assert isinstance(text, str)
    return text


def rewrite(place: Path, changed: list[bytes]) -> None:
    segment(place).write_bytes(b"".join(changed))


def at(all_lines: list[bytes], seq: int) -> int:
    """The index of the line of record `seq`."""
    return next(i for i, line in enumerate(all_lines) if b'"seq":%d,"v":1}\n' % seq in line)


def edited(line: bytes) -> bytes:
    return line.replace(b'"allow"', b'"allox"')


def test_whole_log_verifies_here_and_for_a_stranger(place: Path) -> None:
    result = verify(place)
    assert result.size == plain_verify(str(place), vkey(place)) == 10
    assert "records 0 to 9" in result.proven[0]
    assert any("cut from the end" in text for text in result.not_proven)
    assert any("true key" in text for text in result.not_proven)


def test_outside_knowledge_is_proven_with(place: Path) -> None:
    old = checkpoint(place).encode()
    with Log.open(place, keys=KeyStore(place.parent / "keys")) as log:
        log.append("decision", BODY).wait()
    result = verify(place, checkpoint=old, vkey=vkey(place))
    assert any("goes on from the checkpoint" in text for text in result.proven)
    assert not any("cut from the end" in text for text in result.not_proven)
    assert not any("true key" in text for text in result.not_proven)


def test_verification_needs_no_secret(place: Path) -> None:
    shutil.rmtree(place.parent / "keys")
    assert verify(place).size == 10


def test_progress_reaches_the_end(place: Path) -> None:
    seen: list[int] = []
    verify(place, progress=seen.append)
    assert seen[-1] == 10


@pytest.mark.parametrize("seq", range(1, 10))
def test_edit_names_the_record(place: Path, seq: int) -> None:
    changed = lines(place)
    index = at(changed, seq)
    changed[index] = changed[index].replace(b'"ts":1', b'"ts":2')
    rewrite(place, changed)
    with pytest.raises(LogBroken, match="edited") as caught:
        verify(place)
    assert caught.value.seq == seq
    assert caught.value.line == index + 1
    assert caught.value.file == str(segment(place))
    with pytest.raises(AssertionError):
        plain_verify(str(place), vkey(place))


@pytest.mark.parametrize("seq", range(1, 10))
def test_edited_link_names_the_record(place: Path, seq: int) -> None:
    changed = lines(place)
    index = at(changed, seq)
    changed[index] = re.sub(rb'"prev":"....', b'"prev":"AAAA', changed[index])
    rewrite(place, changed)
    with pytest.raises(LogBroken, match="edited") as caught:
        verify(place)
    assert caught.value.seq == seq


@pytest.mark.parametrize("seq", range(10))
def test_deletion_names_the_record(place: Path, seq: int) -> None:
    changed = lines(place)
    del changed[at(changed, seq)]
    rewrite(place, changed)
    with pytest.raises(LogBroken) as caught:
        verify(place)
    assert caught.value.seq == seq


@pytest.mark.parametrize(("one", "two"), [(1, 2), (2, 3), (3, 4), (1, 9)])
def test_swap_names_the_first(place: Path, one: int, two: int) -> None:
    changed = lines(place)
    i, j = at(changed, one), at(changed, two)
    changed[i], changed[j] = changed[j], changed[i]
    rewrite(place, changed)
    with pytest.raises(LogBroken, match="moved") as caught:
        verify(place)
    assert caught.value.seq == one


@pytest.mark.parametrize("seq", range(1, 10))
def test_insertion_is_caught(place: Path, seq: int) -> None:
    changed = lines(place)
    index = at(changed, seq)
    changed.insert(index, edited(changed[index]))
    rewrite(place, changed)
    with pytest.raises(LogBroken) as caught:
        verify(place)
    assert caught.value.seq in (seq, seq + 1)


def chained(place: Path, changed: list[bytes]) -> list[bytes]:
    """`changed` with every link rewritten, as a forger without the key would."""
    previous, result = bytes(32), []
    seq = 0
    for line in changed:
        if line.startswith(b'{"body"'):
            body = line[: line.rindex(b',"prev":"')].removeprefix(b'{"body":')
            leaf = layout.make_leaf(body, previous, seq)
            previous, seq = leaf_hash(leaf), seq + 1
            line = leaf + b"\n"
        result.append(line)
    return result


@pytest.mark.parametrize("seq", range(1, 10))
def test_edit_with_rewritten_links_is_caught_by_the_signature(place: Path, seq: int) -> None:
    changed = lines(place)
    index = at(changed, seq)
    changed[index] = changed[index].replace(b'"ts":1', b'"ts":2')
    rewrite(place, chained(place, changed))
    with pytest.raises(LogBroken) as caught:
        verify(place)
    assert caught.value.seq is not None


def test_deletion_with_rewritten_links_is_caught(place: Path) -> None:
    changed = lines(place)
    del changed[at(changed, 2)]
    rewrite(place, chained(place, changed))
    with pytest.raises(LogBroken, match="covers"):
        verify(place)


def commits(all_lines: list[bytes]) -> list[int]:
    return [i for i, line in enumerate(all_lines) if line.startswith(b'{"checkpoint"')]


def test_cut_tail_is_caught_by_the_published_checkpoint(place: Path) -> None:
    changed = lines(place)
    rewrite(place, changed[: commits(changed)[-2] + 1])
    with pytest.raises(LogBroken, match="the end was cut") as caught:
        verify(place)
    assert caught.value.seq == 8


def test_cut_tail_needs_an_outside_checkpoint(place: Path) -> None:
    kept = checkpoint(place).encode()
    changed = lines(place)
    rewrite(place, changed[: commits(changed)[-2] + 1])
    (place / "checkpoint").unlink()
    assert any("cut from the end" in text for text in verify(place).not_proven)
    with pytest.raises(LogBroken, match="the checkpoint given covers 10"):
        verify(place, checkpoint=kept)


def forge(place: Path, edit: Callable[[bytes], bytes]) -> None:
    """The log rewritten by a thief of its key."""
    signer = KeyStore(place.parent / "keys").signer(verify(place).origin)
    bodies = [record.leaf[8 : record.leaf.rindex(b',"prev":"')] for record in read_log(place)]
    segment(place).unlink()
    journal = Journal(
        layout.Layout(place), System(), signer, End(Tree(), bytes(32)), durable=False
    )
    for body in bodies:
        journal.commit([journal.stage(edit(body))])
    journal.publish()
    journal.close()


def test_rewrite_with_the_stolen_key_needs_an_outside_checkpoint(place: Path) -> None:
    kept = checkpoint(place).encode()
    forge(place, lambda body: body.replace(b'"n":4,', b'"n":5,'))
    result = verify(place)
    assert any("whoever holds the signing key" in text for text in result.not_proven)
    with pytest.raises(LogBroken, match="was rewritten"):
        verify(place, checkpoint=kept)


def test_another_key_does_not_pass(place: Path, tmp_path: Path) -> None:
    other = make_log(tmp_path / "other", [1], origin=verify(place).origin)
    with pytest.raises(LogBroken, match="no known key"):
        verify(place, vkey=vkey(other))
    stranger = make_log(tmp_path / "stranger", [1])
    with pytest.raises(LogBroken, match="verifier key is for"):
        verify(place, vkey=vkey(stranger))
    with pytest.raises(LogError, match="verifier key"):
        verify(place, vkey="nonsense")


def test_another_logs_files_do_not_pass(place: Path, tmp_path: Path) -> None:
    other = make_log(tmp_path / "other", [8], origin=verify(place).origin)
    shutil.copy(segment(other), segment(place))
    with pytest.raises(LogBroken):
        verify(place)
    shutil.copy(other / "log.json", place / "log.json")
    with pytest.raises(LogBroken, match="published checkpoint does not hold"):
        verify(place)
    shutil.copy(other / "checkpoint", place / "checkpoint")
    assert verify(place).size == 9  # it is the other log now, whole: only its key tells
    with pytest.raises(LogBroken):
        verify(place, vkey=_first_key(tmp_path))


def _first_key(root: Path) -> str:
    signer = next((root / "keys" / "logs").iterdir())
    from urllib.parse import unquote

    return KeyStore(root / "keys").signer(unquote(signer.stem)).vkey


def test_changed_description_is_caught(place: Path) -> None:
    described = json.loads((place / "log.json").read_bytes())
    for change in ({"set": "other"}, {"origin": "other/log"}):
        (place / "log.json").write_text(json.dumps(described | change))
        with pytest.raises(LogBroken):
            verify(place)


def test_changed_pack_names_its_record(place: Path) -> None:
    (pack,) = (place / "packs").iterdir()
    data = bytearray(pack.read_bytes())
    data[12_345] ^= 1
    pack.write_bytes(data)
    with pytest.raises(LogBroken, match="sealed bytes") as caught:
        verify(place)
    assert caught.value.seq == 6
    pack.unlink()
    with pytest.raises(LogBroken, match="missing") as caught:
        verify(place)
    assert caught.value.seq == 6


def test_changed_bundle_names_its_record_and_a_missing_one_is_said(place: Path) -> None:
    (bundle,) = (place / "bundles").iterdir()
    bundle.write_bytes(b"archivf")
    with pytest.raises(LogBroken, match="archive of the bundle") as caught:
        verify(place)
    assert caught.value.seq == 7
    bundle.unlink()
    assert any("sha256:abab" in text for text in verify(place).not_proven)


def test_changed_published_checkpoint_is_caught(place: Path) -> None:
    text = (place / "checkpoint").read_text()
    (place / "checkpoint").write_text(text.replace("\n10\n", "\n11\n"))
    with pytest.raises(LogBroken, match="published checkpoint"):
        verify(place)


def test_no_bit_flip_is_silent(place: Path) -> None:
    chance = random.Random(1)
    path = segment(place)
    whole = path.read_bytes()
    for _ in range(500):
        data = bytearray(whole)
        bit = chance.randrange(len(data) * 8)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        with pytest.raises(LogBroken):
            verify(place)
    path.write_bytes(whole)
    assert verify(place).size == 10


def test_no_flip_is_silent_when_opening(place: Path) -> None:
    """Opening refuses, or cuts the last commit and keeps what it cut."""
    chance = random.Random(2)
    path, keys = segment(place), KeyStore(place.parent / "keys")
    whole = path.read_bytes()
    last = whole.rindex(b'{"checkpoint"', 0, len(whole) - 400)
    last = whole.index(b"\n", last) + 1
    (place / "checkpoint").unlink()  # else the cut is refused outright
    for _ in range(60):
        data = bytearray(whole)
        bit = chance.randrange(len(data) * 8)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        for name in ("quarantine", "checkpoint"):
            shutil.rmtree(place / name, ignore_errors=True)
        (place / "checkpoint").unlink(missing_ok=True)
        try:
            Log.open(place, keys=keys).close()
        except LogBroken:
            continue
        if path.read_bytes() == bytes(data):  # an old commit's signature: verification names it
            with pytest.raises(LogBroken):
                verify(place)
            continue
        assert bit // 8 >= last
        (kept,) = (place / "quarantine").iterdir()
        assert kept.read_bytes() == bytes(data)[last:]


def test_lines_that_are_neither(place: Path) -> None:
    for stray in (
        b"\n",
        b"{}\n",
        b'{"checkpoint":"x"}\n',
        b'{"checkpoint":1}\n',
        b"\x00" * 512 + b"\n",
    ):
        for index in (0, 3, 99):
            changed = lines(place)
            changed.insert(index, stray)
            segment(place).write_bytes(b"".join(changed))
            with pytest.raises(LogBroken):
                verify(place)
            rewrite(place, [line for line in changed if line is not stray])


def test_repeated_commit_line_is_caught(place: Path) -> None:
    changed = lines(place)
    index = commits(changed)[1]
    changed.insert(index, changed[index])
    rewrite(place, changed)
    with pytest.raises(LogBroken):
        verify(place)


def test_tail_of_a_writer_at_work_is_said_and_of_nobody_is_broken(place: Path) -> None:
    path = segment(place)
    whole = path.read_bytes()
    with Log.open(place, keys=KeyStore(place.parent / "keys")):
        path.write_bytes(whole + whole[:100])
        result = verify(place)
        assert result.size == 10
        assert any("a writer is adding" in text for text in result.not_proven)
        assert [record.seq for record in read_log(place)] == list(range(10))
    with pytest.raises(LogBroken, match="no commit covers") as caught:
        verify(place)
    assert caught.value.seq == 10


def test_empty_log_is_no_clean_log(place: Path) -> None:
    (place / "checkpoint").unlink()
    for harm in (lambda: segment(place).write_bytes(b""), lambda: segment(place).unlink()):
        harm()
        with pytest.raises(LogBroken, match="no committed record"):
            verify(place)


# What only the key's holder can make, and what a verifier with a check left out would pass.


def sign_as(place: Path, size: int, root: bytes) -> bytes:
    signer = KeyStore(place.parent / "keys").signer(verify_origin(place))
    return layout.make_commit(
        sign_checkpoint(Checkpoint(signer.vkey.split("+")[0], size, root), signer)
    )


def verify_origin(place: Path) -> str:
    origin = json.loads((place / "log.json").read_bytes())["origin"]
    assert isinstance(origin, str)
    return origin


def test_signed_root_of_other_records_is_caught(place: Path) -> None:
    changed = lines(place)
    changed[-1] = sign_as(place, 10, b"r" * 32) + b"\n"
    (place / "checkpoint").unlink()
    rewrite(place, changed)
    with pytest.raises(LogBroken):
        verify(place)


def test_signed_size_of_more_records_is_caught(place: Path) -> None:
    tree = Tree()
    tree.extend([record.leaf_hash for record in read_log(place)])
    changed = lines(place)
    changed[-1] = sign_as(place, 11, tree.root()) + b"\n"
    (place / "checkpoint").unlink()
    rewrite(place, changed)
    with pytest.raises(LogBroken, match="covers 11"):
        verify(place)


def test_broken_chain_under_a_good_signature_is_caught(place: Path) -> None:
    """The key's holder signs records whose links do not hold: the tree alone would pass it."""
    changed = lines(place)
    index = at(changed, 9)
    changed[index] = re.sub(rb'"prev":"....', b'"prev":"AAAA', changed[index])
    tree = Tree()
    tree.extend([leaf_hash(line[:-1]) for line in changed if line.startswith(b'{"body"')])
    changed[-1] = sign_as(place, 10, tree.root()) + b"\n"
    (place / "checkpoint").unlink()
    rewrite(place, changed)
    with pytest.raises(LogBroken, match="edited"):
        verify(place)


def test_forged_signature_is_caught(place: Path) -> None:
    changed = lines(place)
    note = json.loads(changed[-1])["checkpoint"]
    head, tail = note.rsplit(" ", 1)
    raw = bytearray(base64.b64decode(tail))
    raw[30] ^= 1
    changed[-1] = layout.make_commit(f"{head} {base64.b64encode(raw).decode()}\n") + b"\n"
    rewrite(place, changed)
    with pytest.raises(LogBroken, match="signature is not valid"):
        verify(place)


def test_vkey_of_another_name_is_another_key(place: Path) -> None:
    key = vkey(place)
    public = base64.b64decode(key.split("+", 2)[2])[1:]
    with pytest.raises(LogBroken, match="verifier key is for"):
        verify(place, vkey=make_vkey("other/log", public))
