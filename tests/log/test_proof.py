"""Proofs for one record: made from a log, checked from the file alone."""

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from log_kit import BODY, make_log, segment

from jurat.log import (
    KeyStore,
    Log,
    LogBroken,
    LogError,
    ProofError,
    _layout,
    check_proof,
    parse_proof,
    prove,
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return make_log(tmp_path, [3, 5, 600, 1])


def vkey(directory: Path) -> str:
    text: str = json.loads((directory / "log.json").read_bytes())["vkeys"][0]
    return text


def test_every_record_has_a_proof(log: Path) -> None:
    for seq in (0, 1, 255, 256, 257, 511, 512, 609):
        proof = prove(log, seq)
        proven = check_proof(proof.text, vkey=vkey(log))
        assert (proven.index, proven.size) == (seq, 610)
        assert json.loads(proven.leaf)["seq"] == seq
        assert parse_proof(proof.text) == proof


def test_a_record_that_no_checkpoint_covers(log: Path) -> None:
    with pytest.raises(LogError, match="covers 610 records, 0 to 609"):
        prove(log, 610)
    with pytest.raises(LogError):
        prove(log, -1)


def test_a_proof_is_of_one_log_only(log: Path, tmp_path: Path) -> None:
    other = make_log(tmp_path / "other", [3])
    with pytest.raises(ProofError, match="no known key"):
        check_proof(prove(log, 2), vkey=vkey(other))
    with pytest.raises(ProofError, match="verifier key"):
        check_proof(prove(log, 2), vkey="nonsense")


def test_a_proof_is_of_one_record_only(log: Path) -> None:
    first, second = prove(log, 2), prove(log, 3)
    with pytest.raises(ProofError):
        check_proof(first, vkey=vkey(log), leaf=second.extra)
    bare = parse_proof("\n".join(line for line in first.text.split("\n") if line[:6] != "extra "))
    assert bare.extra is None
    with pytest.raises(ProofError, match="give the record's line"):
        check_proof(bare, vkey=vkey(log))
    assert check_proof(bare, vkey=vkey(log), leaf=first.extra).index == 2


def stranger(text: str, public: bytes) -> int:
    """A proof checked from the text of the formats, with nothing of ours."""
    from base64 import b64decode

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    head, note = text.split("\n\n", 1)
    version, extra, index, *hashes = head.split("\n")
    assert version == "c2sp.org/tlog-proof@v1"
    at = int(index.removeprefix("index "))
    body, signature = note.split("\n\n")
    _, size, root = body.split("\n")
    signed = b64decode(signature.split(" ")[2])
    Ed25519PublicKey.from_public_bytes(public).verify(signed[4:], (body + "\n").encode())
    value = sha256(b"\x00" + b64decode(extra.removeprefix("extra "))).digest()
    first, last = at, int(size) - 1
    for sibling in map(b64decode, hashes):
        if first % 2 or first == last:
            value = sha256(b"\x01" + sibling + value).digest()
            while first % 2 == 0 and first:
                first, last = first // 2, last // 2
        else:
            value = sha256(b"\x01" + value + sibling).digest()
        first, last = first // 2, last // 2
    assert last == 0
    assert value == b64decode(root)
    return at


def test_a_stranger_checks_it_too(log: Path) -> None:
    from base64 import b64decode

    public = b64decode(vkey(log).split("+", 2)[2])[1:]
    for seq in (0, 300, 609):
        assert stranger(prove(log, seq).text, public) == seq


def test_what_is_derived_may_be_lost_or_wrong(log: Path) -> None:
    good = [prove(log, seq).text for seq in (0, 300, 609)]
    kept = log / "hashes" / "0"
    assert kept.stat().st_size == 610 * 32
    assert (log / "hashes" / "1").stat().st_size == 2 * 32
    for spoil in (
        lambda: kept.write_bytes(bytes(610 * 32)),
        lambda: (log / "hashes" / "1").write_bytes(bytes(64)),
        lambda: kept.write_bytes(kept.read_bytes()[:100]),
        kept.unlink,
        (log / "hashes" / "1").unlink,
    ):
        spoil()
        assert [prove(log, seq).text for seq in (0, 300, 609)] == good


def test_a_log_that_was_changed_proves_nothing(log: Path) -> None:
    path = segment(log)
    path.write_bytes(path.read_bytes().replace(b'"n":7,', b'"n":8,', 1))
    with pytest.raises(LogBroken, match="not what its checkpoint signed"):
        prove(log, 7)


@pytest.mark.parametrize("harm", ["nothing", "gone", "short", "long", "torn", "no roots"])
def test_opening_a_log_completes_the_files(tmp_path: Path, harm: str) -> None:
    directory = make_log(tmp_path, [300, 300])
    leaves, roots = directory / "hashes" / "0", directory / "hashes" / "1"
    right = leaves.read_bytes(), roots.read_bytes()
    if harm == "gone":
        leaves.unlink()
    elif harm == "short":
        leaves.write_bytes(right[0][: 32 * 257])
    elif harm == "long":
        leaves.write_bytes(right[0] + bytes(64))
    elif harm == "torn":
        leaves.write_bytes(right[0][:-7])
    elif harm == "no roots":
        roots.unlink()
    with Log.open(directory, keys=KeyStore(tmp_path / "keys")) as log:
        log.append("decision", BODY).wait()
    after = leaves.read_bytes(), roots.read_bytes()
    assert (after[0][:-32], after[1]) == right
    assert prove(directory, 601).index == 601


def test_over_several_segments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_layout, "SEGMENT_ENTRIES", 512)
    directory = make_log(tmp_path, [700, 700])
    texts = [prove(directory, seq).text for seq in (0, 511, 512, 1023, 1024, 1400)]
    (directory / "hashes" / "0").unlink()
    (directory / "hashes" / "1").unlink()
    assert [prove(directory, seq).text for seq in (0, 511, 512, 1023, 1024, 1400)] == texts
    with Log.open(directory, keys=KeyStore(tmp_path / "keys")):
        pass
    assert [prove(directory, seq).text for seq in (0, 511, 512, 1023, 1024, 1400)] == texts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v2\nindex 0\n\nnote",
        "c2sp.org/tlog-proof@v1\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex 01\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex -1\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex \u0661\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex 1\n!\n\nnote",
        "c2sp.org/tlog-proof@v1\nextra =\nindex 1\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex 1\nextra AA==\n\nnote",
        "c2sp.org/tlog-proof@v1\nindex 1\n" + f"{b64encode(bytes(32)).decode()}\n" * 64 + "\nnote",
    ],
)
def test_what_is_no_proof(text: str) -> None:
    with pytest.raises(ProofError):
        parse_proof(text)


@given(
    st.binary(max_size=40), st.integers(0, 2**50), st.lists(st.binary(min_size=32, max_size=32))
)
def test_whatever_parses_has_one_encoding(extra: bytes, index: int, hashes: list[bytes]) -> None:
    lines = [
        "c2sp.org/tlog-proof@v1",
        f"extra {b64encode(extra).decode()}",
        f"index {index}",
        *(b64encode(digest).decode() for digest in hashes[:63]),
    ]
    text = "\n".join(lines) + "\n\nnote\n"
    assert parse_proof(text).text == text
