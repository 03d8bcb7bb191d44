"""The few system calls that a log's safety rests on, as an object, so that tests can fail them."""

import contextlib
import errno
import os
import sys
from pathlib import Path

from ._errors import LogError, LogLocked


class System:
    """Files that are written durably. A subclass may fail or record any call."""

    def open_append(self, path: Path) -> int:
        """A descriptor that appends to `path`, made with mode 0600 where there is none."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        return os.open(path, flags | getattr(os, "O_CLOEXEC", 0), 0o600)

    def open_update(self, path: Path) -> int:
        """A descriptor that writes anywhere in `path`, made with mode 0600 where there is none."""
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        return os.open(path, flags | getattr(os, "O_CLOEXEC", 0), 0o600)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def write(self, descriptor: int, data: bytes) -> int:
        return os.write(descriptor, data)

    def write_at(self, descriptor: int, data: bytes, offset: int) -> None:
        """Write all of `data` at `offset` of a file opened by `open_update`."""
        os.lseek(descriptor, offset, os.SEEK_SET)
        self.write_all(descriptor, data)

    def allocate(self, descriptor: int, size: int) -> None:
        """Give a file opened by `open_update` `size` bytes on the disk; what it holds stays."""
        have = os.fstat(descriptor).st_size
        if have >= size:
            return
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(descriptor, 0, size)
        else:
            while have < size:
                step = min(size - have, 1 << 20)
                self.write_at(descriptor, bytes(step), have)
                have += step
        self.sync(descriptor)

    def sync(self, descriptor: int) -> None:
        """Wait until what was written to `descriptor`, and its size, are on the disk."""
        if sys.platform == "darwin":  # there fsync stops at the drive's cache
            import fcntl

            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
        elif hasattr(os, "fdatasync"):
            os.fdatasync(descriptor)
        else:
            os.fsync(descriptor)

    def sync_directory(self, path: Path) -> None:
        """Wait until the names in `path` are on the disk, where the platform knows how."""
        if sys.platform == "win32":
            return
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        os.replace(source, target)

    def link(self, source: Path, target: Path) -> None:
        """Give `source` a second name. Raises FileExistsError where it is taken."""
        os.link(source, target)

    def unlink(self, path: Path) -> None:
        path.unlink()

    def truncate(self, path: Path, size: int) -> None:
        os.truncate(path, size)

    def make_directory(self, path: Path) -> None:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write_all(self, descriptor: int, data: bytes) -> None:
        """Write all of `data`: a short write goes on, an error ends it."""
        written = self.write(descriptor, data)
        while written < len(data):
            data = data[written:]
            written = self.write(descriptor, data)

    def write_file(self, path: Path, data: bytes) -> None:
        """Replace `path` by `data` atomically and durably."""
        temporary = path.with_name(f".{path.name}.new")
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        descriptor = self.open_append(temporary)
        try:
            self.write_all(descriptor, data)
            self.sync(descriptor)
        finally:
            os.close(descriptor)
        self.replace(temporary, path)
        self.sync_directory(path.parent)


def take_lock(path: Path) -> int:
    """Hold the lock file `path` until the descriptor returned is closed or its process dies.

    Raises LogLocked where another writer holds it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        _lock(descriptor)
    except OSError as error:
        os.close(descriptor)
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            raise LogLocked(
                f"{path.parent}: another writer has this log open; close it there, or give each "
                "process a log directory of its own"
            ) from None
        raise LogError(f"{path}: this file system cannot lock files: {error.strerror}") from None
    return descriptor


def release_lock(descriptor: int) -> None:
    """Give the lock back, even where a forked child still has the descriptor open."""
    try:
        _unlock(descriptor)
    finally:
        os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Whether a writer holds the lock file `path` now."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        _lock(descriptor)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
