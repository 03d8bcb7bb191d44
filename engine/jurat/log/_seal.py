"""What keeps personal data out of a log's clear text: keyed digests and sealed facts."""

import os
import threading
import time
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ._errors import LogBroken, LogError
from ._held import Owed
from ._layout import MAX_SEALED_IN_LEAF, Layout
from ._subjects import SubjectKeys

if TYPE_CHECKING:  # cryptography is imported late
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_BLOCK = 64
_CACHED = 4_096
_LOOK_EVERY = 1.0  # seconds


class KeyedDigest:
    """HMAC-SHA-256 (RFC 2104) by copying the two states that have read the key."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        padded = key.ljust(_BLOCK, b"\x00")
        self._inner = sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = sha256(bytes(byte ^ 0x5C for byte in padded))

    def __call__(self, data: bytes) -> bytes:
        inner = self._inner.copy()
        inner.update(data)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()

    def after(self, before: bytes) -> Callable[[bytes], str]:
        """What makes the digest of data that begins with `before` from the rest of it, written
        as `Sealer.keyed` does."""
        begun, key = self._inner.copy(), self._outer
        begun.update(before)

        def of(rest: bytes) -> str:
            inner, outer = begun.copy(), key.copy()
            inner.update(rest)
            outer.update(inner.digest())
            return "hmac:" + outer.hexdigest()

        return of


class Sealer:
    """Seals and unseals the facts of one log under its data subjects' keys.

    Keyed digests read `hmac:` and 64 hexadecimal digits. Two keys are derived from the set's
    digest key: HMAC(key, "jurat digest v1") for data, HMAC(key, "jurat subject v1") for subjects.
    Sealed facts are AES-256-GCM with a random 12-byte nonce; the associated data is
    "jurat facts v1", the log's origin and the key id, joined by LF. That a ciphertext belongs to
    its record is what the record's leaf hash says.
    """

    def __init__(
        self, layout: Layout, origin: str, digest_key: bytes, subjects: SubjectKeys
    ) -> None:
        root = KeyedDigest(digest_key)
        self._layout = layout
        self._origin = origin
        self._data = KeyedDigest(root(b"jurat digest v1"))
        self._subject = KeyedDigest(root(b"jurat subject v1"))
        self._subjects = subjects
        self._cache: OrderedDict[str | None, tuple[str, AESGCM, bytes]] = OrderedDict()
        self._opening: dict[str, tuple[AESGCM, bytes] | None] = {}
        self._lock = threading.Lock()
        self._version = subjects.version()
        self._look_at = time.monotonic() + _LOOK_EVERY

    def keyed(self, data: bytes) -> str:
        """The set's keyed digest of `data`."""
        return "hmac:" + self._data(data).hex()

    def keyed_after(self, before: bytes) -> Callable[[bytes], str]:
        """What makes `keyed` of data that begins with `before` from the rest of it."""
        return self._data.after(before)

    def ref(self, subject: str) -> str:
        """How the log calls a data subject: a keyed digest of its id."""
        return "hmac:" + self._subject(subject.encode("utf-8", "surrogatepass")).hex()

    def seal(self, subject: str | None, plaintext: bytes) -> dict[str, Any]:
        """`{kid, n, ct}`: `plaintext` under the key of `subject`, or under the log's own."""
        kid, cipher, context = self._cipher(subject)
        nonce = os.urandom(12)
        sealed = cipher.encrypt(nonce, plaintext, context)
        return {
            "ct": b64encode(sealed).decode(),
            "kid": kid,
            "n": b64encode(nonce).decode(),
        }

    def unseal(self, facts: dict[str, Any]) -> bytes | None:
        """The plaintext of sealed facts; None where the key was destroyed.

        Raises LogBroken where they were changed, LogError where the keys are not here.
        """
        try:
            kid = str(facts["kid"])
            nonce = b64decode(facts["n"], validate=True)
            sealed = (
                read_pack(self._layout, facts["pack"])
                if "pack" in facts
                else b64decode(facts["ct"], validate=True)
            )
        except (KeyError, TypeError, ValueError):
            raise LogBroken("these are no sealed facts: kid, n or ct is missing") from None
        opener = self._opener(kid)
        try:
            return None if opener is None else opener[0].decrypt(nonce, sealed, opener[1])
        except Exception as error:
            if not _is_of_what_was_sealed(error):
                raise
            raise _changed(kid) from None

    def open(self, sealed: Iterable[tuple[str, bytes, bytes]]) -> list[bytes | None]:
        """As `unseal`, of many: each a key's id, a nonce and a ciphertext. Keys are remembered
        until `look`, at most once a second, finds that some were changed."""
        if time.monotonic() >= self._look_at:
            self.look()
        opening, opened, kid = self._opening, [], ""
        try:
            for kid, nonce, ciphertext in sealed:
                opener = opening[kid] if kid in opening else self._remembered(kid)
                opened.append(
                    None if opener is None else opener[0].decrypt(nonce, ciphertext, opener[1])
                )
        except Exception as error:
            if not _is_of_what_was_sealed(error):
                raise
            raise _changed(kid) from None
        return opened

    def _remembered(self, kid: str) -> "tuple[AESGCM, bytes] | None":
        opener = self._opener(kid)
        if len(self._opening) >= _CACHED:
            self._opening.clear()
        self._opening[kid] = opener
        return opener

    def destroy(self, ref: str, owed: Owed) -> str | None:
        """As `SubjectKeys.destroy`; nothing more is sealed under that key."""
        with self._lock:
            kid = self._subjects.destroy(ref, owed)
            self._forget()
        return kid

    def subjects(self) -> list[tuple[str, str]]:
        """As `SubjectKeys.all`, without keys that are no data subject's."""
        return [(kid, ref) for kid, ref in self._subjects.all() if not ref.startswith("log:")]

    def look(self) -> bool:
        """True once after another process changed the keys; those that were cached are forgotten,
        for one may be destroyed. Looks at most once a second."""
        now = time.monotonic()
        if now < self._look_at:
            return False
        with self._lock:
            self._look_at = now + _LOOK_EVERY
            seen, self._version = self._version, self._subjects.version()
            if seen == self._version:
                return False
            self._forget()
        return True

    def close(self) -> None:
        self._subjects.close()

    def _cipher(self, subject: str | None) -> "tuple[str, AESGCM, bytes]":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        with self._lock:
            known = self._cache.get(subject)
            if known is not None:
                self._cache.move_to_end(subject)
                return known
            ref = f"log:{self._origin}" if subject is None else self.ref(subject)
            kid, key = self._subjects.of(ref)
            made = kid, AESGCM(key), self._context(kid)
            self._cache[subject] = made
            if len(self._cache) > _CACHED:
                self._cache.popitem(last=False)
            return made

    def _opener(self, kid: str) -> "tuple[AESGCM, bytes] | None":
        """What opens facts sealed under the key `kid`; None where it was destroyed."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = self._subjects.get(kid)
        return None if key is None else (AESGCM(key), self._context(kid))

    def _forget(self) -> None:
        self._cache.clear()
        self._opening.clear()

    def _context(self, kid: str) -> bytes:
        return f"jurat facts v1\n{self._origin}\n{kid}".encode()


def _is_of_what_was_sealed(error: Exception) -> bool:
    from cryptography.exceptions import InvalidTag

    return isinstance(error, InvalidTag | ValueError)


def _changed(kid: str) -> LogBroken:
    return LogBroken(f"the facts sealed under key {kid} were changed")


def split_facts(body: dict[str, Any]) -> bytes | None:
    """The ciphertext of a body's facts where it is too large for a leaf, else None."""
    facts = body.get("facts")
    if type(facts) is not dict:
        return None
    encoded = facts.get("ct")
    if type(encoded) is not str or len(encoded) * 3 <= MAX_SEALED_IN_LEAF * 4:
        return None
    sealed = b64decode(encoded, validate=True)
    return sealed if len(sealed) > MAX_SEALED_IN_LEAF else None


def in_pack(facts: dict[str, Any], first: int, offset: int, sealed: bytes) -> dict[str, Any]:
    """`facts` with their ciphertext replaced by its place in the pack of segment `first`."""
    place = {
        "at": offset,
        "file": first,
        "len": len(sealed),
        "sha256": sha256(sealed).hexdigest(),
    }
    return {"kid": facts["kid"], "n": facts["n"], "pack": place}


def read_pack(layout: Layout, place: Any) -> bytes:
    """The bytes at a `{at, file, len, sha256}`. Raises LogBroken where they are not those."""
    match place:
        case {"at": int(at), "file": int(first), "len": int(length), "sha256": str(expected)}:
            pass
        case _:
            raise LogBroken("a place in a pack has at, file, len and sha256")
    path = layout.pack(first)
    try:
        with path.open("rb") as file:
            file.seek(at)
            data = file.read(length)
    except FileNotFoundError:
        raise LogBroken(
            "the pack that holds a record's sealed facts is missing", file=path
        ) from None
    except OSError as error:
        raise LogError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) != length or sha256(data).hexdigest() != expected:
        raise LogBroken(f"{length} sealed bytes at offset {at} were changed or cut", file=path)
    return data
