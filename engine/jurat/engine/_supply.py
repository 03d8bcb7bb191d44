"""Where an engine's bundles come from: looked at for changes, and proved before they are read."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from jurat.bundle import Bundle, BundleError, Diagnostic, diagnostic
from jurat.net import Fetch, place

from ._load import MAX_ARCHIVE, Source, download, is_url, listed, resolve

_SUFFIX = ".sig"
_MOST_SIGNATURE = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose signatures a bundle needs: `threshold` of the verifier keys `keys`."""

    keys: tuple[str, ...]
    threshold: int


def trust_in(keys: Iterable[str], threshold: int) -> Trust | None:
    """Trust in `threshold` of `keys`; None where there are none. Raises ValueError for keys that
    are none, and for a threshold that they can't reach."""
    texts = (keys,) if isinstance(keys, str) else tuple(keys)
    if not texts:
        if threshold != 1:
            raise ValueError("a threshold needs trusted keys")
        return None
    from jurat.bundle.signature import trusted_keys  # it takes its time

    trusted_keys(texts, threshold)
    return Trust(texts, threshold)


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed a bundle (verifier keys), and until when that holds."""

    where: str
    name: str
    revision: int
    signers: tuple[str, ...]
    expires: datetime | None


def same_bundle(bundle: Bundle, by: Signed | None) -> None:
    """Raises BundleError where the signers say that the bundle is another: what they read when
    they signed is what is compared with revisions and shown."""
    if by is not None and (by.name, by.revision) != (bundle.name, bundle.revision):
        message = (
            f"it is signed as {by.name}, revision {by.revision}, "
            f"and is {bundle.name}, revision {bundle.revision}"
        )
        raise BundleError([diagnostic("JB094", message, by.where + _SUFFIX)])


class Supply:
    """The sources of an engine."""

    def __init__(
        self,
        source: Source | Sequence[Source],
        *,
        trust: Trust | None,
        fetch: Fetch,
        clock: Callable[[], datetime],
    ) -> None:
        self._sources = listed(source)
        self._trust = trust
        self._clock = clock
        self._remote: dict[str, _Remote] = {
            url: _Remote(url, fetch)
            for one in self._sources
            if isinstance(one, str) and is_url(one)
            for url in ((one, _signature_of(one)) if trust else (one,))
        }
        self.taken: Any = None
        """What `look` told when the bundles were last taken."""

    def __str__(self) -> str:
        return ", ".join(_shown(one) for one in self._sources)

    def look(self) -> Any:
        """Something that is equal as long as no source has changed. Raises BundleError where a
        bundle on another machine cannot be asked for."""
        return tuple(self._state(one) for one in self._sources)

    def take(self) -> tuple[list[Any], tuple[Signed | None, ...]]:
        """What to read each bundle from, and who signed it. Raises BundleError with everything
        that is wrong with the signatures."""
        self.taken = None
        self.taken = self.look()
        if self._trust is None:
            return [self._content(one) for one in self._sources], (None,) * len(self._sources)
        contents: list[bytes] = []
        signed: list[Signed] = []
        problems: list[Diagnostic] = []
        for one in self._sources:
            try:
                archive, by = self._proved(one, self._trust)
            except BundleError as error:
                problems += error.diagnostics
                continue
            contents.append(archive)
            signed.append(by)
        if problems:
            raise BundleError(problems)
        return list(contents), tuple(signed)

    def _state(self, one: Source) -> Any:
        if isinstance(one, Mapping | Bundle):
            return None
        if isinstance(one, str) and one in self._remote:
            state = [self._remote[one].look()]
            if self._trust is not None:
                state.append(self._remote[_signature_of(one)].look())
            return tuple(state)
        path = resolve(one)
        if path.is_dir():
            return frozenset(_stamp(Path(file.path)) for file in _files(path))
        return _stamp(path), _stamp(_beside(path))

    def _content(self, one: Source) -> Any:
        if isinstance(one, str) and one in self._remote:
            return self._remote[one].body
        return one

    def _proved(self, one: Source, trust: Trust) -> tuple[bytes, Signed]:
        from jurat.bundle.signature import verify_archive  # it takes its time

        where = _shown(one)
        signature: bytes | None
        if isinstance(one, str) and one in self._remote:
            archive, signature = self._remote[one].body, self._remote[_signature_of(one)].body
        elif isinstance(one, Mapping | Bundle) or (path := resolve(one)).is_dir():
            help = "make an archive with `jurat build`, and sign it with `jurat sign`"
            message = "a signed bundle is wanted, and only an archive can be signed"
            raise BundleError([diagnostic("JB093", message, where, help=help)])
        else:
            archive = _read(path, MAX_ARCHIVE)
            beside = _beside(path)
            signature = _read(beside, _MOST_SIGNATURE) if beside.is_file() else None
        statement, signers = verify_archive(
            archive,
            None if signature is None else signature.decode("utf-8", "replace"),
            trust.keys,
            threshold=trust.threshold,
            now=self._clock(),
            where=where,
        )
        return archive, Signed(
            where, statement.name, statement.revision, signers, statement.expires
        )


class _Remote:
    """A file of another machine, kept until it changes."""

    def __init__(self, url: str, fetch: Fetch) -> None:
        self._url = url
        self._fetch = fetch
        self._etag = ""
        self.body = b""

    def look(self) -> Any:
        fetched = download(self._url, self._fetch, self._etag)
        if fetched is not None:
            self.body, self._etag = fetched.body, fetched.etag
        return self.body


def _signature_of(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path + _SUFFIX))


def _beside(path: Path) -> Path:
    return path.with_name(path.name + _SUFFIX)


def _shown(one: Source) -> str:
    if isinstance(one, Bundle):
        return one.name
    if isinstance(one, Mapping):
        return "files"
    return place(str(one)) if is_url(one) else str(one)


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise BundleError([diagnostic("JB001", message, str(path))]) from None


def _files(root: Path) -> list[os.DirEntry[str]]:
    """What stands at the top and in the folders of a bundle's directory."""
    found = []
    for entry in _entries(root):
        found.append(entry)
        if entry.is_dir():
            found += _entries(Path(entry.path))
    return found


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
    except OSError:
        return []


def _stamp(path: Path) -> Any:
    try:
        status = path.stat()
    except OSError:
        return str(path)
    return str(path), status.st_mtime_ns, status.st_size, status.st_ino
