"""Bundles as `.tar.gz`: made so that the same files give the same bytes anywhere, read safely."""

import io
import struct
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath

from ._diagnostic import Diagnostic, diagnostic

_MAX_UNPACKED = 80 * 2**20  # 64 MiB of files, and the headers around them
_MAX_MEMBERS = 20_000
_BLOCK = 0xFFFF  # RFC 1951 section 3.2.4: the most that a stored block holds

# RFC 1952 section 2.3: deflate, no flags, no time, no hint, made on an unknown system
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


def pack_files(files: Mapping[str, bytes]) -> bytes:
    """A `.tar.gz` of `files`: sorted by name, without times and owners.

    The blocks are stored, not compressed: what a compressor makes differs between its versions,
    and a signature is over these bytes.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size = len(files[name])
            member.mode = 0o644
            tar.addfile(member, io.BytesIO(files[name]))
    return _gzip_stored(buffer.getvalue())


def _gzip_stored(data: bytes) -> bytes:
    parts = [_GZIP_HEADER]
    for start in range(0, len(data), _BLOCK):
        block = data[start : start + _BLOCK]
        final = start + _BLOCK >= len(data)
        parts.append(struct.pack("<BHH", final, len(block), len(block) ^ 0xFFFF) + block)
    parts.append(struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF))
    return b"".join(parts)


def unpack(data: bytes, name: str, problems: list[Diagnostic]) -> dict[str, bytes]:
    """The files of an archive; {} and a problem for one that is unsafe or none."""
    try:
        plain = _gunzip(data)
        if plain is None:
            problems.append(diagnostic("JB003", "the archive unpacks to more than 64 MiB", name))
            return {}
        return _members(plain, name, problems)
    except (tarfile.TarError, zlib.error, EOFError, ValueError, OverflowError, OSError):
        help = "give a directory, or an archive made from one"
        problems.append(
            diagnostic("JB001", "no .tar.gz archive, or a damaged one", name, help=help)
        )
        return {}


def _gunzip(data: bytes) -> bytes | None:
    """The one gzip member that `data` is; None if it unpacks to too much."""
    inflater = zlib.decompressobj(wbits=31)
    plain = inflater.decompress(data, _MAX_UNPACKED + 1)
    if len(plain) > _MAX_UNPACKED:
        return None
    if not inflater.eof or inflater.unused_data.strip(b"\0"):
        raise EOFError
    return plain


def _members(plain: bytes, name: str, problems: list[Diagnostic]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    refused: list[Diagnostic] = []
    with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as tar:
        for count, member in enumerate(tar):
            if count >= _MAX_MEMBERS:
                refused.append(diagnostic("JB003", f"more than {_MAX_MEMBERS} files", name))
                break
            path = safe_name(member.name)
            if member.isdir() and path is not None:
                continue
            if path is None or not path or not member.isreg():
                what = "a name outside of the bundle" if path is None else "no regular file"
                message = f"member {_shown(member.name)} is refused: {what}"
                refused.append(diagnostic("JB002", message, name))
            elif path in files:
                message = f"member {_shown(member.name)} stands twice"
                refused.append(diagnostic("JB002", message, name))
            elif not any(part.startswith(".") for part in PurePosixPath(path).parts):
                content = tar.extractfile(member)
                files[path] = content.read() if content else b""
    problems += refused
    return {} if refused else files


def safe_name(name: str) -> str | None:
    """`name` in its normal form, "" for the top itself; None if it may lead outside."""
    if "\\" in name or "\0" in name or ":" in name or name.startswith("/"):
        return None
    try:
        name.encode()
    except UnicodeEncodeError:
        return None
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return None if ".." in parts else "/".join(parts)


def _shown(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name[:80])
