"""Signed notes, checkpoints, verifier keys: exact parsing, one encoding."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.log._note import (
    Checkpoint,
    NoteError,
    make_vkey,
    open_checkpoint,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    sign_checkpoint,
)

ORIGIN = "acme.example/ai"
ROOT = bytes(range(32))


class Key:
    """A signer with a fixed key."""

    def __init__(self, name: str = ORIGIN, seed: bytes = b"s" * 32) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.vkey = make_vkey(name, self._key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


NOTE = sign_checkpoint(Checkpoint(ORIGIN, 7, ROOT), Key())


def test_note_reads_as_specified() -> None:
    lines = NOTE.split("\n")
    assert lines[:4] == [ORIGIN, "7", b64encode(ROOT).decode(), ""]
    assert lines[4].startswith(f"\u2014 {ORIGIN} ")
    assert lines[5:] == [""]


def test_key_opens_its_checkpoint_alone() -> None:
    key, other = parse_vkey(Key().vkey), parse_vkey(Key(seed=b"t" * 32).vkey)
    assert open_checkpoint(NOTE, [other, key]) == Checkpoint(ORIGIN, 7, ROOT)
    with pytest.raises(NoteError, match="no known key"):
        open_checkpoint(NOTE, [other])


def test_strangers_signatures_are_passed_over() -> None:
    witness = sign_checkpoint(Checkpoint(ORIGIN, 7, ROOT), Key("witness.example", b"w" * 32))
    both = NOTE + witness.split("\n\n")[1]
    assert open_checkpoint(both, [parse_vkey(Key().vkey)]).size == 7


def test_a_bad_signature_beside_a_good_one_is_refused() -> None:
    line = NOTE.split("\n\n")[1]
    bad = line[:-6] + ("AAAA=\n" if line[-6:] != "AAAA=\n" else "AAAE=\n")
    with pytest.raises(NoteError):
        open_checkpoint(NOTE + bad, [parse_vkey(Key().vkey)])


def test_a_key_signs_for_its_own_log_only() -> None:
    note = sign_checkpoint(Checkpoint("other.example", 7, ROOT), Key())
    with pytest.raises(NoteError, match="another log"):
        open_checkpoint(note, [parse_vkey(Key().vkey)])


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{ORIGIN}\n7\n",
        f"{ORIGIN}\n07\n{b64encode(ROOT).decode()}\n",
        f"{ORIGIN}\n+7\n{b64encode(ROOT).decode()}\n",
        f"{ORIGIN}\n\u0667\n{b64encode(ROOT).decode()}\n",
        f"{ORIGIN}\n7\n{b64encode(ROOT[:-1]).decode()}\n",
        f"{ORIGIN}\n7\n{b64encode(ROOT).decode()}",
        f"{ORIGIN}\n7\n{b64encode(ROOT).decode()}\nextension\n",
        f"\n7\n{b64encode(ROOT).decode()}\n",
        f"{ORIGIN}\n7\n{b64encode(ROOT).decode()[:-2]}9=\n",
    ],
)
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(NoteError):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    "text",
    [
        "text\n",
        "text\n\n",
        "text\n\n\u2014 name\n",
        "text\n\n- name AAAAAAAA\n",
        "text\n\n\u2014 na+me AAAAAAAA\n",
        "text\n\n\u2014 name AAAA\n",
        "text\n\n\u2014 name AAAAAAAA",
        "te\txt\n\n\u2014 name AAAAAAAA\n",
        "text\n\n\u2014 name AAAAAAAA\r\n",
        "te\ud800xt\n\n\u2014 name AAAAAAAA\n",
    ],
)
def test_what_is_no_note(text: str) -> None:
    with pytest.raises(NoteError):
        parse_note(text)


def test_vkey_round_trips_and_nothing_else_parses() -> None:
    text = Key().vkey
    assert parse_vkey(text).text == text
    for bad in (
        "",
        "a+b",
        text[:-1],
        text + "=",
        text.replace("+", "+0", 1),
        "x" + text,
        text.upper(),
    ):
        with pytest.raises(NoteError):
            parse_vkey(bad)


@given(st.data())
def test_a_mutated_note_never_opens(data: st.DataObject) -> None:
    raw = bytearray(NOTE.encode())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((NoteError, UnicodeDecodeError)):
        open_checkpoint(raw.decode(), [parse_vkey(Key().vkey)])


@given(st.text(alphabet="a/7=A\u2014 \n+B", max_size=60))
def test_what_parses_has_one_encoding(text: str) -> None:
    try:
        checkpoint = parse_checkpoint(text)
    except NoteError:
        return
    assert checkpoint.text == text
