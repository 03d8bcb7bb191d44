"""Where a log's secret keys live: the user's configuration directory, never beside the log.

    master.key                        wraps the keys of data subjects
    master.key.old                    the one before, while it is being changed
    logs/<origin>.pem                 Ed25519 signing key of one log (PKCS #8)
    logs/<origin>+<key id>.pem        one that it got later
    witnesses/<name>.pem              Ed25519 key of a witness that runs here
    sets/<set>/digest.key             keys the digests of one set of logs
    sets/<set>/subjects.sqlite        wrapped AES keys, one per data subject

The directory is 0700, files are 0600; raw keys are written as one line of base64.
"""

import contextlib
import logging
import os
import sys
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from ._cosign import Cosigner, make_cosigner
from ._errors import LogError
from ._note import Signer, make_vkey
from ._subjects import KEY_SIZE, SubjectKeys

if TYPE_CHECKING:  # imported where it is used: it takes its time
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MASTER = "master.key"
OLD_MASTER = "master.key.old"
_LOGGER = logging.getLogger("jurat.log")


def default_directory() -> Path:
    """`$JURAT_CONFIG_DIR`, or jurat's place in the platform's configuration directory."""
    if configured := os.environ.get("JURAT_CONFIG_DIR"):
        return Path(configured)
    if sys.platform == "win32":
        base = os.environ.get("APPDATA")
        return (Path(base) if base else Path.home() / "AppData" / "Roaming") / "jurat"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "jurat"
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "jurat"


class FileSigner:
    """Signs with an Ed25519 key held in memory."""

    def __init__(self, origin: str, pem: bytes) -> None:
        self._key = _ed25519(pem)
        self._vkey = make_vkey(origin, self._key.public_key().public_bytes_raw())

    @property
    def vkey(self) -> str:
        return self._vkey

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


class WitnessKey:
    """Cosigns with an Ed25519 key held in memory."""

    def __init__(self, name: str, pem: bytes) -> None:
        self._key = _ed25519(pem)
        self._cosigner = make_cosigner(name, self._key.public_key().public_bytes_raw())

    @property
    def cosigner(self) -> Cosigner:
        return self._cosigner

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


def _ed25519(pem: bytes) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("not an Ed25519 key")
    return key


class KeyStore:
    """The keys under `directory` (default: `keys` in the user's configuration directory).

    `notify` is told, in a sentence, of every key that is made; by default the logger `jurat.log`.
    """

    def __init__(
        self,
        directory: Path | str | None = None,
        *,
        notify: Callable[[str], None] | None = None,
    ) -> None:
        self.directory = Path(directory) if directory else default_directory() / "keys"
        self._say = _LOGGER.warning if notify is None else notify

    def signer(self, origin: str, *, create: bool = False) -> Signer:
        """The signing key of the log `origin`. Raises LogError where it is not here."""
        path = self.directory / "logs" / f"{quote(origin, safe='')}.pem"
        if create and not path.exists():
            write_new(path, _new_pem())
            self._say(f"made the signing key of log {origin}: {path}; keep a copy elsewhere")
        pem = _read(path, f"the signing key of log {origin}")
        try:
            return FileSigner(origin, pem)
        except (ValueError, TypeError):
            raise LogError(f"{path}: not an Ed25519 key in PEM form") from None

    def new_signer(self, origin: str) -> Signer:
        """A new signing key of the log `origin`, beside those that it has. Raises LogError."""
        pem = _new_pem()
        signer = FileSigner(origin, pem)
        path = self._rotated(signer.vkey)
        write_new(path, pem)
        self._say(f"made a new signing key of log {origin}: {path}; keep a copy elsewhere")
        return signer

    def signer_of(self, vkey: str) -> Signer:
        """The signing key with this verifier key. Raises LogError where it is not here."""
        origin = vkey.partition("+")[0]
        path = self._rotated(vkey)
        first = None if path.exists() else self.signer(origin)
        if first is not None and first.vkey == vkey:
            return first
        pem = _read(path, f"the signing key {vkey.split('+')[1]} of log {origin}")
        try:
            return FileSigner(origin, pem)
        except (ValueError, TypeError):
            raise LogError(f"{path}: not an Ed25519 key in PEM form") from None

    def _rotated(self, vkey: str) -> Path:
        origin, identifier = vkey.split("+")[:2]  # a quoted origin has no +
        return self.directory / "logs" / f"{quote(origin, safe='')}+{identifier}.pem"

    def witness_key(self, name: str, *, create: bool = False) -> WitnessKey:
        """The key of the witness `name`. Raises LogError where it is not here."""
        path = self.directory / "witnesses" / f"{quote(name, safe='')}.pem"
        if create and not path.exists():
            write_new(path, _new_pem())
            self._say(f"made the key of witness {name}: {path}; keep a copy elsewhere")
        pem = _read(path, f"the key of witness {name}")
        try:
            return WitnessKey(name, pem)
        except (ValueError, TypeError):
            raise LogError(f"{path}: not an Ed25519 key in PEM form") from None

    def digest_key(self, set_name: str, *, create: bool = False) -> bytes:
        """The 32 bytes that key a set's digests. Raises LogError where they are not here."""
        return self._raw(self._set(set_name) / "digest.key", "the digest key", create=create)

    def subject_keys(self, set_name: str, *, create: bool = False) -> SubjectKeys:
        """The keys of a set's data subjects. Raises LogError where they are not here."""
        self._raw(self.directory / MASTER, "the master key", create=create)
        path = self._set(set_name) / "subjects.sqlite"
        if create and not path.exists():
            _make_directory(path.parent)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        elif not path.exists():
            raise LogError(f"{path}: the keys of this log's data subjects are not here")
        return SubjectKeys(path, self.masters, set_name)

    def masters(self) -> list[bytes]:
        """The master key, and while it is being changed the old one. Raises LogError."""
        found = [self._raw(self.directory / MASTER, "the master key", create=False)]
        if (old := self.directory / OLD_MASTER).exists():
            with contextlib.suppress(LogError):  # it is just being destroyed
                found.append(self._raw(old, "the old master key", create=False))
        return found

    def sets(self) -> list[str]:
        """The names of the sets that have keys here."""
        found = self.directory.glob("sets/*/subjects.sqlite")
        return sorted(unquote(path.parent.name) for path in found)

    def put_digest_key(self, set_name: str, key: bytes) -> None:
        """Take back a set's digest key. Raises LogError where another one is here."""
        path = self._set(set_name) / "digest.key"
        write_new(path, b64encode(key) + b"\n")
        if self.digest_key(set_name) != key:
            raise LogError(f"{path}: another digest key is here: the copy is of another set")

    def _set(self, set_name: str) -> Path:
        return self.directory / "sets" / quote(set_name, safe="")

    def _raw(self, path: Path, what: str, *, create: bool) -> bytes:
        if create and not path.exists():
            write_new(path, b64encode(os.urandom(KEY_SIZE)) + b"\n")
            self._say(f"made {what}: {path}; keep a copy elsewhere")
        try:
            key = b64decode(_read(path, what).strip(), validate=True)
        except ValueError:
            key = b""
        if len(key) != KEY_SIZE:
            raise LogError(f"{path}: not a key of {KEY_SIZE} bytes in base64")
        return key


def _new_pem() -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    return Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def _make_directory(path: Path) -> None:
    if not path.parent.exists():
        _make_directory(path.parent)  # mkdir(parents=True) would leave these open to others
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise LogError(
            f"{path}: the directory for keys cannot be made: {error.strerror}; "
            "set JURAT_CONFIG_DIR to one that can be written"
        ) from None


def write_new(path: Path, data: bytes) -> None:
    """Write `path` whole, 0600 and durable; leave it where another process was quicker."""
    _make_directory(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(temporary)
        if sys.platform != "win32":
            descriptor = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
    except OSError as error:
        raise LogError(
            f"{path}: the key cannot be written: {error.strerror}; "
            "set JURAT_CONFIG_DIR to a directory that can be written"
        ) from None


def _read(path: Path, what: str) -> bytes:
    try:
        if sys.platform != "win32" and path.stat().st_mode & 0o077:
            raise LogError(f"{path}: others may read {what}; run: chmod 600 {path}")
        return path.read_bytes()
    except FileNotFoundError:
        raise LogError(
            f"{path}: {what} is not here; restore it from your copy, or set JURAT_CONFIG_DIR to "
            "the directory that has it"
        ) from None
    except OSError as error:
        raise LogError(f"{path}: {what} cannot be read: {error.strerror}") from None
