"""Archives of the bundles that decided, so that records can be replayed."""

import re

from jurat.canon import digest as digest_of

from ._errors import LogError
from ._layout import Layout
from ._os import System

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})", re.ASCII)


def store_bundle(layout: Layout, digest: str, archive: bytes) -> str:
    """Keep `archive` under the bundle's digest, durably; the digest of the archive itself."""
    name = _name(digest)
    path = layout.bundles / name
    if not path.exists() or path.read_bytes() != archive:
        system = System()
        system.make_directory(layout.bundles)
        system.write_file(path, archive)
    return digest_of(archive)


def load_bundle(layout: Layout, digest: str) -> bytes:
    """The archive kept under `digest`. Raises LogError where there is none."""
    path = layout.bundles / _name(digest)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise LogError(f"{path}: the log keeps no bundle with this digest") from None
    except OSError as error:
        raise LogError(f"{path}: cannot be read: {error.strerror}") from None


def _name(digest: str) -> str:
    match = _DIGEST.fullmatch(digest)
    if match is None:
        raise LogError("a bundle's digest reads sha256: and 64 hexadecimal digits")
    return match[1]
