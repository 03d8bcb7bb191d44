"""Copies of a set's keys, to be kept elsewhere: made, taken back, and the master key changed.

A copy is one line of JSON, then the keys under AES-256-GCM in base64:

    {"cipher":"AES-256-GCM","format":"jurat-keys/1","kdf":{…},"nonce":"…","set":"…"}

whose bytes are the associated data. `kdf` is `scrypt` (RFC 7914) with salt, n, r and p for a
passphrase, or `hmac-sha256` with salt for a key of 32 bytes from a file.
"""

import contextlib
import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ._errors import LogError
from ._held import Hold, key_number
from ._keys import MASTER, OLD_MASTER, KeyStore, write_new
from ._layout import Layout, read_description
from ._os import System
from ._read import read_log

FORMAT = "jurat-keys/1"
KEY_SIZE = 32
_SCRYPT = {"n": 1 << 17, "p": 1, "r": 8}
_MOST_MEMORY = 1 << 28


@dataclass(frozen=True, slots=True)
class Secret:
    """What a copy is encrypted under: a passphrase, or a key of 32 bytes."""

    passphrase: str = ""
    key: bytes = b""

    def derive(self, kdf: dict[str, Any]) -> bytes:
        """The AES-256 key. Raises LogError where the copy asks for another kind of secret."""
        salt = b64decode(kdf["salt"], validate=True)
        if kdf["name"] == "hmac-sha256" and self.key:
            return hmac.digest(self.key, b"jurat keys v1\n" + salt, "sha256")
        if kdf["name"] == "scrypt" and self.passphrase:
            from hashlib import scrypt

            numbers = {name: int(kdf[name]) for name in _SCRYPT}
            if 128 * numbers["n"] * numbers["r"] > _MOST_MEMORY:
                raise LogError("the copy asks for more memory than is given to it")
            secret = self.passphrase.encode()
            return scrypt(secret, salt=salt, dklen=32, maxmem=_MOST_MEMORY, **numbers)
        kind = "a passphrase" if kdf["name"] == "scrypt" else "a key file"
        raise LogError(f"the copy of the keys was made under {kind}: give that")

    def kdf(self) -> dict[str, Any]:
        """Parameters for a new copy."""
        salt = b64encode(os.urandom(16)).decode()
        if self.key:
            if len(self.key) != KEY_SIZE:
                raise LogError(f"a key for copies has {KEY_SIZE} bytes")
            return {"name": "hmac-sha256", "salt": salt}
        if len(self.passphrase) < 12:
            raise LogError("a passphrase for copies has at least 12 characters")
        return {"name": "scrypt", "salt": salt, **_SCRYPT}


@dataclass(frozen=True, slots=True)
class Restored:
    """What a copy gave back: keys `taken`, those that are `destroyed` and stay so, and those that
    are `lost`, because they are newer than the copy."""

    taken: int
    destroyed: int
    lost: int


def back_up(directory: Path | str, secret: Secret, *, keys: KeyStore | None = None) -> bytes:
    """A copy of the keys of a log's set: those of the data subjects, and the digest key.

    Raises LogError where they are not in `keys`, or the secret is too weak.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    keys = KeyStore() if keys is None else keys
    name = read_description(Layout(Path(directory))).set_name
    nonce = os.urandom(12)
    header = _json(
        {
            "cipher": "AES-256-GCM",
            "format": FORMAT,
            "kdf": (kdf := secret.kdf()),
            "nonce": b64encode(nonce).decode(),
            "set": name,
        }
    )
    with contextlib.closing(keys.subject_keys(name)) as store:
        content = {
            "digest_key": b64encode(keys.digest_key(name)).decode(),
            "holds": [[h.id, h.ref, h.reason, h.by, h.since] for h in store.holds()],
            "issued": store.issued(),
            "subjects": [[n, ref, b64encode(key).decode()] for n, ref, key in store.export()],
        }
    sealed = AESGCM(secret.derive(kdf)).encrypt(nonce, _json(content), header)
    return header + b"\n" + b64encode(sealed) + b"\n"


def restore(
    logs: Iterable[Path | str], copy: bytes, secret: Secret, *, keys: KeyStore | None = None
) -> Restored:
    """Take back the keys of the set whose `logs` these are: all of them.

    What the logs say was erased stays destroyed, and so does what is missing in a store that made
    it; holds stand as the logs tell. Raises LogError where the copy is another set's, or the
    secret another one; then nothing was changed.
    """
    keys = KeyStore() if keys is None else keys
    paths = [Path(log) for log in logs]
    (name,) = {read_description(Layout(path)).set_name for path in paths}
    found = _opened(copy, secret, name)
    told = _Told({hold.id: hold for hold in found.holds})
    for path in paths:
        told.read(path)
    keys.put_digest_key(name, found.digest_key)
    with contextlib.closing(keys.subject_keys(name, create=True)) as store:
        issued = max(found.issued, told.issued)
        taken, lost = store.take(
            found.subjects, issued=issued, gone=told.erased, holds=list(told.holds.values())
        )
        kept = {kid for kid, _ in store.all()}
    destroyed = sum(f"s-{number}" not in kept for number, _, _ in found.subjects)
    return Restored(taken, destroyed, lost)


def unexplained(logs: Iterable[Path | str], *, keys: KeyStore | None = None) -> list[str]:
    """The keys by which records of a set's `logs` are sealed, which are destroyed, and of which no
    `erasure` record says so: whoever deleted them has hidden what they seal."""
    keys = KeyStore() if keys is None else keys
    paths = [Path(log) for log in logs]
    (name,) = {read_description(Layout(path)).set_name for path in paths}
    told = _Told({})
    for path in paths:
        told.read(path)
    with contextlib.closing(keys.subject_keys(name)) as store:
        gone = told.used - told.erased - store.accounted()
    return [f"s-{number}" for number in sorted(gone)]


@dataclass(frozen=True, slots=True)
class _Copy:
    digest_key: bytes
    holds: list[Hold]
    issued: int
    subjects: list[tuple[int, str, bytes]]


def _opened(copy: bytes, secret: Secret, name: str) -> _Copy:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    header, _, body = copy.partition(b"\n")
    try:
        told = orjson.loads(header)
        if told["format"] != FORMAT:
            raise LogError(f"a copy of keys in the form {FORMAT} is wanted, this is another")
        if told["set"] != name:
            raise LogError(f"the copy holds the keys of the set {told['set']!r}, not of {name!r}")
        cipher = AESGCM(secret.derive(told["kdf"]))
        nonce = b64decode(told["nonce"], validate=True)
        content = orjson.loads(cipher.decrypt(nonce, b64decode(body.strip()), header))
        return _Copy(
            b64decode(content["digest_key"]),
            [Hold(*fields) for fields in content["holds"]],
            int(content["issued"]),
            [(int(n), str(ref), b64decode(key)) for n, ref, key in content["subjects"]],
        )
    except InvalidTag:
        raise LogError(
            "the copy does not open: another passphrase or key, or it was changed"
        ) from None
    except (KeyError, TypeError, ValueError):
        raise LogError("this is no copy of a log's keys") from None


class _Told:
    """What logs tell of their keys: which were ever used, which erased, and what is held."""

    def __init__(self, holds: dict[str, Hold]) -> None:
        self.holds = holds
        self.erased: set[int] = set()
        self.used: set[int] = set()
        self.issued = 0
        self._released: set[str] = set()

    def read(self, path: Path) -> None:
        for record in read_log(path):
            body = record.body
            facts = body.get("facts")
            if isinstance(facts, dict):
                self.used.add(key_number(facts.get("kid")))
            if body["type"] == "erasure":
                self.erased.add(key_number(body.get("kid")))
            elif body["type"] == "hold":
                self._hold(body)
        self.erased.update(Layout(path).pruned().erased)
        self.erased.discard(0)
        self.used.discard(0)
        self.issued = max(self.used | self.erased, default=0)
        for id_ in self._released:
            self.holds.pop(id_, None)

    def _hold(self, body: dict[str, Any]) -> None:
        if "released" in body:
            self._released.update(body["released"])
        else:
            by = body.get("by", {}).get("approver", "")
            self.holds[body["id"]] = Hold(
                body["id"], body["ref"], body.get("reason", ""), by, body["ts"]
            )


def change_master_key(keys: KeyStore, *, system: System | None = None) -> int:
    """Wrap the keys of all sets by a new master key and destroy the old one; how many sets.

    May be interrupted anywhere: until the old key goes, both open the stores, and calling it again
    finishes what was begun. Processes that have logs open go on. Raises LogError.
    """
    system = System() if system is None else system
    master, old = keys.directory / MASTER, keys.directory / OLD_MASTER
    if old.exists():
        if old.samefile(master):  # the new one had not yet taken its place
            system.unlink(old)
        else:
            _wrap_all(keys)
            _destroy(old, system)
    keys.masters()  # there must be one
    write_new(keys.directory / ".master.key.new", b64encode(os.urandom(KEY_SIZE)) + b"\n")
    system.link(master, old)
    system.sync_directory(keys.directory)
    system.replace(keys.directory / ".master.key.new", master)
    system.sync_directory(keys.directory)
    count = _wrap_all(keys)
    _destroy(old, system)
    return count


def _wrap_all(keys: KeyStore) -> int:
    names = keys.sets()
    for name in names:
        with contextlib.closing(keys.subject_keys(name)) as store:
            store.change_master(keys.masters()[0])
    return len(names)


def _destroy(path: Path, system: System) -> None:
    descriptor = system.open_update(path)
    try:
        system.write_at(descriptor, bytes(64), 0)
        system.sync(descriptor)
    finally:
        os.close(descriptor)
    system.unlink(path)
    system.sync_directory(path.parent)


def _json(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
