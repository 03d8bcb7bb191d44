"""Proofs for one record, to be checked by anybody: C2SP tlog-proof."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from pathlib import Path

from ._errors import LogBroken, LogError
from ._hashes import Hashes
from ._layout import Layout, read_description
from ._merkle import (
    MOST_HASHES,
    ProofError,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
)
from ._note import Checkpoint, NoteError, VerifierKey, open_checkpoint, parse_vkey
from ._read import record_at
from ._tree import HASH_SIZE, leaf_hash
from ._trust import keys_of, newest_note

HEADER = "c2sp.org/tlog-proof@v1"
_MOST = 1_000_000  # characters of a proof file


@dataclass(frozen=True, slots=True)
class Proof:
    """That record `index` is in the tree of a signed checkpoint.

    `extra` is data of whoever made the proof, not covered by it: here the record's leaf, so that
    the file is all that an auditor needs. `note` is the signed checkpoint.
    """

    index: int
    hashes: tuple[bytes, ...]
    note: str
    extra: bytes | None = None

    @property
    def text(self) -> str:
        """The file's content: header, extra, index, hashes, an empty line, the checkpoint."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {b64encode(self.extra).decode()}")
        lines.append(f"index {self.index}")
        lines += [b64encode(digest).decode() for digest in self.hashes]
        return "\n".join(lines) + "\n\n" + self.note


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof proves: this leaf is record `index` of the log `origin`, of which `size`
    records were signed."""

    origin: str
    index: int
    size: int
    leaf: bytes


def parse_proof(text: str) -> Proof:
    """A proof file. Raises ProofError for anything but exactly one."""
    if len(text) > _MOST:
        raise ProofError("longer than a proof can be")
    head, separator, note = text.partition("\n\n")
    lines = head.split("\n")
    if not separator or lines[0] != HEADER:
        raise ProofError(f"not a proof: it starts with the line {HEADER}")
    lines = lines[1:]
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = _base64(lines.pop(0).removeprefix("extra "))
    if not lines or not lines[0].startswith("index "):
        raise ProofError("the line `index` is missing")
    index = _number(lines.pop(0).removeprefix("index "))
    if len(lines) > MOST_HASHES:
        raise ProofError("the proof has more hashes than a tree has levels")
    hashes = tuple(_base64(line) for line in lines)
    if any(len(digest) != HASH_SIZE for digest in hashes):
        raise ProofError("a hash of a proof is 32 bytes in base64")
    return Proof(index, hashes, note, extra)


def prove(directory: Path | str, seq: int) -> Proof:
    """The proof that record `seq` is in the log, under its newest published checkpoint.

    Raises LogError where the log has no such record yet, LogBroken where it is not what was
    signed.
    """
    layout = Layout(Path(directory))
    description = read_description(layout)
    keys = keys_of(layout, description)
    note = newest_note(layout)
    signed = _open(note, keys)
    if not 0 <= seq < signed.size:
        raise LogError(
            f"{layout.root}: the checkpoint covers {signed.size} records, 0 to {signed.size - 1}; "
            f"there is no proof of record {seq} yet"
        )
    pruned = layout.pruned()
    below = pruned.below
    if seq < below:
        raise LogError(
            f"{layout.root}: record {seq} was pruned; {below} is the first that is kept"
        )
    record = record_at(layout, seq)
    leaf = leaf_hash(record.leaf)
    for trusted in (True, False):  # what is derived may be wrong; the segments decide
        hashes = Hashes(layout, signed.size, trusted=trusted, pruned=pruned)
        path = inclusion_proof(hashes.node, seq, signed.size)
        try:
            check_inclusion(path, index=seq, size=signed.size, leaf=leaf, root=signed.root)
        except ProofError:
            continue
        return Proof(seq, tuple(path), note, record.leaf)
    raise LogBroken(
        "the log is not what its checkpoint signed; jurat log verify names the first record that "
        "was changed",
        file=layout.checkpoint,
    )


def check_proof(proof: Proof | str, *, vkey: str, leaf: bytes | None = None) -> Proven:
    """Check a proof against the log's verifier key, known from elsewhere; nothing else is needed.

    `leaf` is the record's line without its LF; without it the one in `extra` is taken. Raises
    ProofError unless it proves that the leaf is in the log.
    """
    proof = parse_proof(proof) if isinstance(proof, str) else proof
    try:
        key = parse_vkey(vkey)
    except NoteError as error:
        raise ProofError(str(error)) from None
    signed = _open(proof.note, [key])
    if leaf is None:
        leaf = proof.extra
    if leaf is None:
        raise ProofError("the proof brings no record; give the record's line")
    check_inclusion(
        proof.hashes, index=proof.index, size=signed.size, leaf=leaf_hash(leaf), root=signed.root
    )
    return Proven(signed.origin, proof.index, signed.size, leaf)


def prove_consistency(directory: Path | str, old: int, new: int) -> list[bytes]:
    """The hashes that show the log's first `new` records to begin with its first `old`."""
    layout = Layout(Path(directory))
    return consistency_proof(Hashes(layout, new).node, old, new)


def _open(note: str, keys: list[VerifierKey]) -> Checkpoint:
    try:
        return open_checkpoint(note, keys)
    except NoteError as error:
        raise ProofError(f"the checkpoint does not hold: {error}") from None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 16:
        raise ProofError("the index of a proof is a decimal number")
    if len(text) > 1 and text[0] == "0":
        raise ProofError("the index of a proof has no leading zero")
    return int(text)


def _base64(text: str) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise ProofError("not base64") from None
    if b64encode(data).decode() != text:
        raise ProofError("not the one base64 encoding of its bytes")
    return data
