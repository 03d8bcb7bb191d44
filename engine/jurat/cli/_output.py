"""What commands write into files of the user's: whole or not at all, and told where it fails."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ._failure import NOT_LOADED, Failure, printable


@contextmanager
def writing(path: Path | str) -> Iterator[None]:
    """Whatever keeps the body from writing `path` ends the command with the name of it."""
    if "\0" in str(path):  # which no file system has
        raise Failure(f"{printable(str(path))}: no such file", NOT_LOADED)
    try:
        yield
    except OSError as error:
        # the error of a full disk names no file, ours may name the one that was written beside it
        raise Failure(f"{printable(str(path))}: {error.strerror}", NOT_LOADED) from None


def write(path: Path | str, data: bytes, mode: int | None = None) -> None:
    """Write a file whole: whoever reads it meanwhile, or after a full disk, has the old one.

    `mode` is its permissions (default: as they are, 0644 for a new one). Raises Failure.
    """
    with writing(path):
        target = Path(path).resolve()  # what a link leads to
        if target.exists() and not target.is_file():  # a terminal, a pipe: nothing to keep
            target.write_bytes(data)
            return
        if mode is None:
            mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        try:
            with os.fdopen(descriptor, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            os.replace(temporary, target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
