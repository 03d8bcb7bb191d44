"""Signatures of bundles: made over an archive's bytes, kept beside it, checked against keys.

A signature file is a signed note (C2SP signed-note, Ed25519). Its text says what is signed, one
item a line, and binds every byte of the archive, so every file in it, tests included:

    jurat-bundle/1
    name acme-ai
    version 1.4.0
    revision 7
    archive sha256:<64 hex digits, of the archive's bytes>
    bundle sha256:<64 hex digits, the bundle's digest>
    signed 2026-05-25T12:00:00Z
    expires 2027-05-25T00:00:00Z        or: expires never

Any number of keys may sign the same text, each in a line of its own.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from jurat.canon import digest, format_time, parse_time
from jurat.log.note import (
    DASH,
    ED25519,
    Note,
    NoteError,
    VerifierKey,
    is_name,
    make_vkey,
    note_base64,
    parse_note,
    parse_vkey,
)

from ._bundle import Bundle
from ._diagnostic import BundleError, diagnostic

__all__ = [
    "SUFFIX",
    "NoteError",
    "SigningKey",
    "Statement",
    "add_signature",
    "new_key",
    "parse_signing_key",
    "parse_vkey",
    "read_keys",
    "statement_in",
    "trusted_keys",
    "verify_archive",
]

SUFFIX = ".sig"  # of the signature file, after the archive's whole name
_FORMAT = "jurat-bundle/1"
_PRIVATE = "PRIVATE+KEY+"
_NEVER = "never"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_ITEMS = ("name", "version", "revision", "archive", "bundle", "signed", "expires")


@dataclass(frozen=True, slots=True)
class Statement:
    """What the signers of a bundle say. Times in UTC; `expires` is None for never."""

    name: str
    version: str
    revision: int
    archive: str
    bundle: str
    signed: datetime
    expires: datetime | None = None

    @property
    def text(self) -> str:
        values = (
            self.name,
            self.version,
            str(self.revision),
            self.archive,
            self.bundle,
            format_time(self.signed),
            format_time(self.expires) if self.expires else _NEVER,
        )
        lines = (f"{item} {value}\n" for item, value in zip(_ITEMS, values, strict=True))
        return f"{_FORMAT}\n{''.join(lines)}"

    @classmethod
    def of(
        cls, bundle: Bundle, archive: bytes, *, signed: datetime, expires: datetime | None = None
    ) -> "Statement":
        """What to sign of the archive that `bundle` was read from."""
        return cls(
            bundle.name,
            bundle.version,
            bundle.revision,
            digest(archive),
            bundle.digest,
            signed,
            expires,
        )


class SigningKey:
    """An Ed25519 key that signs bundles, and the name it signs under."""

    def __init__(self, name: str, seed: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._seed = seed
        self.vkey = make_vkey(name, self._key.public_key().public_bytes_raw())

    @property
    def text(self) -> str:
        """The secret line to keep: `PRIVATE+KEY+name+id+base64(0x01 || seed)`."""
        key = parse_vkey(self.vkey)
        encoded = b64encode(bytes([ED25519]) + self._seed).decode()
        return f"{_PRIVATE}{key.name}+{key.key_id.hex()}+{encoded}"

    def line(self, text: str) -> str:
        """The signature line of a note's text."""
        key = parse_vkey(self.vkey)
        signature = b64encode(key.key_id + self._key.sign(text.encode())).decode()
        return f"{DASH}{key.name} {signature}\n"


def new_key(name: str, seed: bytes) -> SigningKey:
    """The key of `seed` (32 random bytes). Raises NoteError for a name that no note can carry."""
    if not is_name(name) or not name.isascii() or not name.isprintable():
        raise NoteError("a key's name is ASCII, without blanks and without +, like acme-release")
    return SigningKey(name, seed)


def parse_signing_key(text: str) -> SigningKey:
    """The key of the one line that `SigningKey.text` gives. Raises NoteError for any other."""
    line = text.strip()
    name, _, rest = line.removeprefix(_PRIVATE).partition("+")
    identifier, _, encoded = rest.partition("+")
    try:
        secret = note_base64(encoded)
    except NoteError:
        secret = b""
    if not line.startswith(_PRIVATE) or len(secret) != 33 or secret[0] != ED25519:
        raise NoteError("no signing key; one reads PRIVATE+KEY+name+8 hex digits+base64")
    key = new_key(name, secret[1:])
    if parse_vkey(key.vkey).key_id.hex() != identifier:
        raise NoteError("the signing key's id is not that of its name and key")
    return key


def read_keys(text: str) -> list[str]:
    """The verifier keys of a text, one a line; blank lines and those that begin with # are none.

    Raises NoteError for a line that is no key.
    """
    lines = [line.strip() for line in text.splitlines()]
    return [parse_vkey(line).text for line in lines if line and not line.startswith("#")]


def add_signature(statement: Statement, key: SigningKey, existing: str | None = None) -> str:
    """The signature file of `statement` with `key`'s signature, beside those of `existing`.

    `existing` must hold the same statement; an older line of the same key is replaced. Raises
    NoteError where it does not.
    """
    kept = ""
    if existing is not None:
        note = parse_note(existing)
        if note.text != statement.text:
            raise NoteError("the signature file says something else")
        own = parse_vkey(key.vkey)
        kept = "".join(
            f"{DASH}{name} {b64encode(identifier + signature).decode()}\n"
            for name, identifier, signature in note.signatures
            if (name, identifier) != (own.name, own.key_id)
        )
    return f"{statement.text}\n{kept}{key.line(statement.text)}"


def statement_in(text: str) -> tuple[Statement, Note]:
    """What a signature file says, unproven, and the note it is. Raises NoteError.

    Exact: whatever parses is the one way to write it.
    """
    note = parse_note(text)
    lines = note.text.split("\n")
    if lines[0] != _FORMAT or len(lines) != len(_ITEMS) + 2:
        raise NoteError(f"no signature of a bundle: it begins with {_FORMAT}")
    values = []
    for item, line in zip(_ITEMS, lines[1:], strict=False):
        head, _, value = line.partition(" ")
        if head != item or not value:
            raise NoteError(f"the signature's text has no line `{item} …` in its place")
        values.append(value)
    name, version, revision, archive, bundle, signed, expires = values
    if not (_DIGEST.fullmatch(archive) and _DIGEST.fullmatch(bundle)):
        raise NoteError("a digest reads sha256: and 64 hexadecimal digits")
    if not (revision.isascii() and revision.isdecimal() and len(revision) <= 19):
        raise NoteError("a revision is a whole number")
    try:
        until = None if expires == _NEVER else parse_time(expires)
        made = Statement(name, version, int(revision), archive, bundle, parse_time(signed), until)
    except ValueError:
        raise NoteError("a time reads like 2027-01-31T12:00:00Z") from None
    if made.text != note.text:
        raise NoteError("the signature's text is not written in the one way")
    return made, note


def verify_archive(
    archive: bytes,
    signature: str | None,
    trusted: Iterable[str],
    *,
    threshold: int = 1,
    now: datetime,
    where: str = "archive",
) -> tuple[Statement, tuple[str, ...]]:
    """What at least `threshold` of the `trusted` verifier keys say of `archive` at `now`, and the
    verifier keys that do.

    `signature` is the text of the signature file, None if there is none; `where` names the
    archive in messages. Lines of keys that are not trusted are passed over; a false line of one
    that is makes the file worthless, whoever else signs. Raises BundleError, and ValueError for
    keys that are none or a threshold that they can't reach.
    """
    keys = trusted_keys(trusted, threshold)
    if signature is None:
        help = f"sign it with `jurat sign`, and put the file beside it as {where}{SUFFIX}"
        raise _refused("JB093", "the bundle is not signed", where, help)
    try:
        statement, note = statement_in(signature)
    except NoteError as error:
        raise _refused("JB094", f"the signature file is none: {error}", where + SUFFIX) from None
    message = note.text.encode()
    signers: dict[bytes, VerifierKey] = {}
    for name, identifier, made in note.signatures:
        for key in keys:
            if (key.name, key.key_id) == (name, identifier):
                if not key.check(message, made):
                    what = f"the signature of {name} is false"
                    raise _refused("JB094", what, where + SUFFIX)
                signers[key.public] = key
    if len(signers) < threshold:
        raise _refused("JB093", _too_few(len(signers), threshold, note), where, _wanted(keys))
    if statement.archive != digest(archive):
        what = "the signature is of another archive, or the archive was changed"
        raise _refused("JB094", what, where, "get the archive and its signature anew, both")
    if statement.expires is not None and statement.expires <= now:
        what = f"the signature held until {format_time(statement.expires)}"
        raise _refused("JB095", what, where + SUFFIX, "have it signed again")
    return statement, tuple(sorted(key.text for key in signers.values()))


def trusted_keys(texts: Iterable[str], threshold: int) -> Sequence[VerifierKey]:
    """The keys of their texts. Raises ValueError for one that is none, and for a threshold that
    they can't reach."""
    keys = [parse_vkey(text) for text in dict.fromkeys(texts)]
    distinct = len({key.public for key in keys})
    if not 1 <= threshold <= distinct:
        raise ValueError(
            f"{threshold} signatures are wanted of {distinct} keys; "
            "the threshold is from 1 to the number of keys"
        )
    return keys


def _too_few(count: int, threshold: int, note: Note) -> str:
    names = ", ".join(dict.fromkeys(name[:60] for name, _, _ in note.signatures))
    number = "no trusted key signs it" if not count else f"only {count} trusted keys sign it"
    if count == 1:
        number = "only 1 trusted key signs it"
    more = f", {threshold} must" if threshold > 1 else ""
    return f"{number}{more}; it is signed by {names}"


def _wanted(keys: Sequence[VerifierKey]) -> str:
    return "trusted are " + ", ".join(f"{key.name}+{key.key_id.hex()}" for key in keys)


def _refused(code: str, message: str, where: str, help: str = "") -> BundleError:
    return BundleError([diagnostic(code, message, where, help=help)])
