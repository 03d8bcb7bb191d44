"""Cosignatures: what witnesses say of a checkpoint (C2SP tlog-cosignature, Ed25519)."""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from ._note import DASH, Note, NoteError, is_name, note_base64

COSIGNATURE = 0x04  # signed-note: signature types
_MOST_TIME = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness's verifier key: `name+hex(id)+base64(0x04 || public key)`."""

    name: str
    key_id: bytes
    public: bytes

    @property
    def text(self) -> str:
        encoded = b64encode(bytes([COSIGNATURE]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


class CosigningKey(Protocol):
    """A witness's private key."""

    @property
    def cosigner(self) -> Cosigner: ...

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature of `message`."""


def make_cosigner(name: str, public: bytes) -> Cosigner:
    """The verifier key of a witness. Raises NoteError for a name that a note can't carry."""
    if not is_name(name):
        raise NoteError("a key's name has no space and no plus sign")
    identifier = sha256(name.encode() + b"\n" + bytes([COSIGNATURE]) + public).digest()[:4]
    return Cosigner(name, identifier, public)


def parse_cosigner(text: str) -> Cosigner:
    """A witness's verifier key. Raises NoteError for anything but exactly one."""
    name, _, rest = text.partition("+")
    identifier, _, encoded = rest.partition("+")
    key = note_base64(encoded)
    if not is_name(name) or len(key) != 33 or key[0] != COSIGNATURE:
        raise NoteError("not a witness's verifier key; it reads name+8 hex digits+base64")
    parsed = make_cosigner(name, key[1:])
    if identifier != parsed.key_id.hex():
        raise NoteError("the verifier key's id is not that of its name and key")
    return parsed


def message(body: str, seconds: int) -> bytes:
    """What a witness signs: that it saw the checkpoint `body` at `seconds` since 1970."""
    return f"cosignature/v1\ntime {seconds}\n{body}".encode()


def cosign(body: str, key: CosigningKey, seconds: int) -> str:
    """The signature line, with its LF, of a witness under the checkpoint `body`."""
    cosigner = key.cosigner
    signed = seconds.to_bytes(8, "big") + key.sign(message(body, seconds))
    return f"{DASH}{cosigner.name} {b64encode(cosigner.key_id + signed).decode()}\n"


def cosigned_by(note: Note, cosigners: Iterable[Cosigner]) -> dict[str, int]:
    """Which of `cosigners` signed the checkpoint, by their verifier keys, and when (seconds since
    1970). A bad signature under a known key is an error. Raises NoteError."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    known = {(one.name, one.key_id): one for one in cosigners}
    found: dict[str, int] = {}
    for name, identifier, data in note.signatures:
        cosigner = known.get((name, identifier))
        if cosigner is None:
            continue
        seconds = int.from_bytes(data[:8], "big")
        if len(data) != 72 or seconds > _MOST_TIME:
            raise NoteError(
                f"the cosignature of {name} is not 8 bytes of time and 64 of signature"
            )
        try:
            public = Ed25519PublicKey.from_public_bytes(cosigner.public)
            public.verify(data[8:], message(note.text, seconds))
        except (InvalidSignature, ValueError):
            raise NoteError(f"the cosignature of {name} is not valid") from None
        found[cosigner.text] = max(seconds, found.get(cosigner.text, 0))
    return found
