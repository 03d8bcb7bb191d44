"""Signed notes, checkpoints and verifier keys: C2SP signed-note and tlog-checkpoint.

Parsing is exact: whatever parses has one encoding, and that is the text that was parsed.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

ED25519 = 0x01  # signed-note: signature types
_MAX_NOTE = 1_000_000
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
DASH = "\N{EM DASH} "


class NoteError(ValueError):
    """The text is no checkpoint, no note or no verifier key, or nothing valid signs it."""


class Signer(Protocol):
    """What signs a log's checkpoints: a key in a file, or anything that answers like one."""

    @property
    def vkey(self) -> str:
        """The verifier key text, whose name is the log's origin."""

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature of `message`."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A parsed `name+hex(id)+base64(0x01 || public key)`.

    It is good for checkpoints of `since` to `until` records (None: any number).
    """

    name: str
    key_id: bytes
    public: bytes
    since: int = field(default=0, compare=False)
    until: int | None = field(default=None, compare=False)

    def valid_at(self, size: int) -> bool:
        return self.since <= size and (self.until is None or size <= self.until)

    @property
    def text(self) -> str:
        encoded = b64encode(bytes([ED25519]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    def check(self, message: bytes, signature: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: `size` leaves hash to `root`."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A signed text with its signature lines: (key name, key id, signature)."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]


def key_id(name: str, public: bytes) -> bytes:
    """The first four bytes of SHA-256(name || LF || type || public key)."""
    return sha256(name.encode() + b"\n" + bytes([ED25519]) + public).digest()[:4]


def make_vkey(name: str, public: bytes) -> str:
    """The verifier key text of an Ed25519 public key (32 bytes)."""
    return VerifierKey(name, key_id(name, public), public).text


def parse_vkey(text: str) -> VerifierKey:
    """A verifier key. Raises NoteError for anything but exactly one."""
    name, _, rest = text.partition("+")
    identifier, _, encoded = rest.partition("+")
    key = note_base64(encoded)
    if not is_name(name) or len(key) != 33 or key[0] != ED25519:
        raise NoteError("not an Ed25519 verifier key; it reads name+8 hex digits+base64")
    parsed = VerifierKey(name, key_id(name, key[1:]), key[1:])
    if identifier != parsed.key_id.hex():
        raise NoteError("the verifier key's id is not that of its name and key")
    return parsed


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> str:
    """The signed note of a checkpoint; the key's name is the signer's."""
    return sign_as(checkpoint, parse_vkey(signer.vkey), signer)


def sign_as(checkpoint: Checkpoint, key: VerifierKey, signer: Signer) -> str:
    """As `sign_checkpoint`, where the signer's key was parsed before."""
    return sign_by(checkpoint, [(key, signer)])


def sign_by(checkpoint: Checkpoint, signers: Sequence[tuple[VerifierKey, Signer]]) -> str:
    """The signed note of a checkpoint, with a line of each signer."""
    text = checkpoint.text
    message = text.encode()
    lines = [f"{text}\n"]
    for key, signer in signers:
        signature = b64encode(key.key_id + signer.sign(message)).decode()
        lines.append(f"{DASH}{key.name} {signature}\n")
    return "".join(lines)


def parse_note(text: str) -> Note:
    """A signed note. Raises NoteError for anything else."""
    if len(text) > _MAX_NOTE:
        raise NoteError("longer than a note can be")
    if _CONTROL.search(text):
        raise NoteError("a note holds no control characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NoteError("a note is UTF-8") from None
    head, separator, tail = text.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise NoteError("a note is a text, an empty line and signature lines")
    signatures = []
    for line in tail[:-1].split("\n"):
        name, _, encoded = line.removeprefix(DASH).partition(" ")
        data = note_base64(encoded)
        if not line.startswith(DASH) or not is_name(name) or len(data) < 5:
            raise NoteError("a signature line reads: em dash, key name, base64")
        signatures.append((name, data[:4], data[4:]))
    return Note(head + "\n", tuple(signatures))


def parse_checkpoint(text: str) -> Checkpoint:
    """The body of a checkpoint: origin, size, root, no extension lines. Raises NoteError."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise NoteError("a checkpoint is three lines: origin, size, root")
    origin, digits, encoded = lines[:3]
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 16:
        raise NoteError("a checkpoint's size is a decimal number")
    if len(digits) > 1 and digits[0] == "0":
        raise NoteError("a checkpoint's size has no leading zero")
    root = note_base64(encoded)
    if len(root) != 32:
        raise NoteError("a checkpoint's root is 32 bytes in base64")
    return Checkpoint(origin, int(digits), root)


def open_checkpoint(text: str, keys: list[VerifierKey]) -> Checkpoint:
    """The checkpoint in a note that at least one of `keys` signed.

    Lines of unknown keys are passed over (signed-note: they may be witnesses'); a bad signature
    under a known key is an error whatever else signs, and so is a checkpoint that only keys sign
    which are not valid at its size. The origin is the signing key's name. Raises NoteError.
    """
    return open_signed(text, keys)[0]


def open_signed(
    text: str, keys: Sequence[VerifierKey]
) -> tuple[Checkpoint, tuple[VerifierKey, ...]]:
    """As `open_checkpoint`, with the keys that sign it."""
    note = parse_note(text)
    checkpoint = parse_checkpoint(note.text)
    message = note.text.encode()
    signed: list[VerifierKey] = []
    late = False
    for name, identifier, signature in note.signatures:
        for key in keys:
            if (key.name, key.key_id) != (name, identifier):
                continue
            if key.name != checkpoint.origin:
                raise NoteError("the checkpoint names another log than its key")
            if not key.check(message, signature):
                raise NoteError("the checkpoint's signature is not valid")
            if key.valid_at(checkpoint.size):
                signed.append(key)
            late = True
    if not signed and late:
        raise NoteError(
            f"the key that signs the checkpoint is not valid for {checkpoint.size} records: it "
            "was retired before, or appointed later"
        )
    if not signed:
        raise NoteError("no known key signs the checkpoint")
    return checkpoint, tuple(signed)


def is_name(name: str) -> bool:
    """Whether a note can carry `name` as a key's name."""
    return bool(name) and "+" not in name and not any(c.isspace() for c in name)


def note_base64(text: str) -> bytes:
    """The bytes of base64 in its one encoding. Raises NoteError."""
    try:
        data = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise NoteError("not base64") from None
    if b64encode(data).decode() != text:
        raise NoteError("not the one base64 encoding of its bytes")
    return data
