"""What can go wrong with a log, in words for the person who keeps it."""

from collections.abc import Sequence
from pathlib import Path

# Why a log takes no more records
POISONED = (
    "the log could not be written ({}): nothing more is recorded until it is closed and opened "
    "again, which recovers it"
)
CLOSED = "the log is closed: open it again to record more"
FORKED = (
    "this process was forked from the one that opened the log: open a log of its own in each "
    "worker, after the fork"
)


class LogError(Exception):
    """The log cannot be opened, read or used as asked; the text says what to do."""


class RecordError(LogError, ValueError):
    """What was to be recorded is no record; nothing was written. `field` names what is wrong."""

    def __init__(self, message: str, *, field: str = "") -> None:
        self.field = field
        super().__init__(message)


class LogUnavailable(LogError):
    """A record is not durably in the log: the answer it stands for must be withheld."""


class LogLocked(LogError):
    """Another writer has the log open."""


class LogHeld(LogError):
    """A hold forbids to erase or prune; `holds` names each."""

    def __init__(self, holds: Sequence[str]) -> None:
        self.holds = tuple(holds)
        super().__init__(
            "held: nothing was erased or pruned. " + "; ".join(holds) + ". "
            "Whoever asked for a hold releases it: jurat log hold DIR --release --id ID"
        )


class LogBroken(LogError):
    """Verification failed: the log is not what its key signed.

    `seq` is the sequence number of the first bad record where it is known, `file` and `line`
    (1-based) the place where it shows, `reason` what is wrong there.
    """

    def __init__(
        self,
        reason: str,
        *,
        file: Path | str | None = None,
        line: int | None = None,
        seq: int | None = None,
    ) -> None:
        self.reason = reason
        self.file = None if file is None else str(file)
        self.line = line
        self.seq = seq
        place = "" if file is None else f"{file}:{line}: " if line else f"{file}: "
        record = "" if seq is None else f"record {seq}: "
        super().__init__(f"{place}{record}{reason}")
