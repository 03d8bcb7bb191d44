"""Checkpoints leave the machine: into other directories, to HTTP addresses, to witnesses.

A cut tail and a rewritten log show only against a checkpoint that the log's keeper can't change.
A publisher reads a log and writes nothing into it but `witnessed`, the newest checkpoint with its
cosignatures; so it may run beside the writer, in another process or as another user.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import orjson

from jurat.canon import format_time
from jurat.net import NetError, Send, place, send

from ._cosign import Cosigner, cosigned_by, parse_cosigner
from ._errors import LogBroken, LogError
from ._hashes import Hashes
from ._layout import Layout, read_description
from ._merkle import consistency_proof, root_of
from ._note import Checkpoint, NoteError, VerifierKey, open_checkpoint, parse_note
from ._os import System
from ._trust import checkpoint as newest
from ._trust import keys_of
from ._witness import AddCheckpoint

_SECONDS = 1_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class WitnessAt:
    """A witness: where it answers, and its verifier key."""

    url: str
    cosigner: Cosigner

    @classmethod
    def parse(cls, text: str) -> "WitnessAt":
        """From `URL VKEY`. Raises LogError."""
        url, _, vkey = text.strip().rpartition(" ")
        try:
            cosigner = parse_cosigner(vkey)
        except NoteError as error:
            raise LogError(f"a witness is given as `URL VKEY`: {error}") from None
        if not url.startswith(("http://", "https://")):
            raise LogError("a witness is given as `URL VKEY`, its address http or https")
        return cls(url.strip().rstrip("/"), cosigner)


@dataclass(frozen=True, slots=True)
class Published:
    """What one round did: the size that was published, which witnesses signed (by name), and what
    went wrong, in sentences."""

    size: int
    witnesses: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


@dataclass(slots=True)
class _Round:
    note: str
    checkpoint: Checkpoint
    hashes: Hashes
    cosignatures: list[str] = field(default_factory=list)
    witnesses: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


class Publisher:
    """Publishes the checkpoints of the log in `directory`.

    `copies` are directories, each of which gets `<hex SHA-256 of the origin>.checkpoint`, the
    newest one, and `….checkpoints.jsonl`, all of them. `sinks` are addresses that each get it by
    POST. `clock` gives microseconds since 1970.
    """

    def __init__(
        self,
        directory: Path | str,
        *,
        copies: Sequence[Path | str] = (),
        sinks: Sequence[str] = (),
        witnesses: Sequence[WitnessAt] = (),
        clock: Callable[[], int],
        send: Send = send,
        system: System | None = None,
    ) -> None:
        self._layout = Layout(Path(directory))
        self._read_description()
        self._copies = [Path(copy) for copy in copies]
        self._sinks = list(sinks)
        self._witnesses = list(witnesses)
        self._clock = clock
        self._send = send
        self._system = System() if system is None else system
        self._seen: dict[str, int] = {}  # by witness's verifier key, the size it signed last

    def publish(self) -> Published:
        """Publish the newest checkpoint everywhere. What fails in one place is told, and keeps
        nothing from the others.

        Raises LogError where the log has no checkpoint, LogBroken where its own key does not sign
        it, or where it is not what was published before: then nothing is published.
        """
        self._read_description()  # its keys may have changed
        note = newest(self._layout.root)
        try:
            checkpoint = open_checkpoint(note, self._keys)
        except NoteError as error:
            raise LogBroken(
                f"the checkpoint does not hold: {error}", file=self._layout.checkpoint
            ) from None
        made = _Round(note, checkpoint, Hashes(self._layout, checkpoint.size))
        for copy in self._copies:
            self._compare(copy, made)
        for witness in self._witnesses:
            self._attempt(made, place(witness.url), lambda one=witness: self._cosign(one, made))  # type: ignore[misc]  # mypy infers no default
        whole = note + "".join(made.cosignatures)
        if made.cosignatures:
            self._attempt(
                made,
                self._layout.witnessed,
                lambda: self._system.write_file(self._layout.witnessed, whole.encode()),
            )
        for copy in self._copies:
            self._attempt(made, copy, lambda one=copy: self._copy(one, whole))  # type: ignore[misc]  # mypy infers no default
        for sink in self._sinks:
            self._attempt(made, place(sink), lambda one=sink: self._post(one, whole))  # type: ignore[misc]  # mypy infers no default
        return Published(checkpoint.size, tuple(made.witnesses), tuple(made.failures))

    def _read_description(self) -> None:
        description = read_description(self._layout)
        self._keys = keys_of(self._layout, description)
        self._origin = description.origin

    def _attempt(self, made: _Round, where: Path | str, action: Callable[[], None]) -> None:
        try:
            action()
        except OSError as error:
            # a full disk's error names no file
            made.failures.append(f"{error.filename or where}: {error.strerror}")
        except (NetError, LogError, NoteError) as error:
            made.failures.append(str(error))

    def _compare(self, copy: Path, made: _Round) -> None:
        """Raises LogBroken where the log is not the one whose checkpoint lies in `copy`."""
        path = self._kept(copy)
        try:
            older = kept_checkpoint(path, self._keys)
        except LogBroken:
            raise
        except LogError as error:
            made.failures.append(str(error))
            return
        if older is not None:
            agree(older, made.checkpoint, self._layout, path)

    def _copy(self, copy: Path, note: str) -> None:
        path = self._kept(copy)
        self._system.make_directory(copy)
        moment = orjson.dumps({"checkpoint": note, "time": self._time()})
        descriptor = self._system.open_append(path.with_suffix(".checkpoints.jsonl"))
        try:
            self._system.write_all(descriptor, moment + b"\n")
        finally:
            self._system.close(descriptor)
        self._system.write_file(path, note.encode())

    def _post(self, sink: str, note: str) -> None:
        answer = self._send("POST", sink, note.encode(), {"content-type": "text/plain"})
        if not 200 <= answer.status < 300:
            raise NetError(f"{place(sink)}: answers {answer.status}")

    def _cosign(self, witness: WitnessAt, made: _Round) -> None:
        """Ask a witness for its cosignature, from the size that it saw last."""
        name, key = witness.cosigner.name, witness.cosigner.text
        url = f"{witness.url}/add-checkpoint"
        for _ in range(3):  # its size may be another than we think, and move while we ask
            old = min(self._seen.get(key, 0), made.checkpoint.size)
            proof = consistency_proof(made.hashes.node, old, made.checkpoint.size)
            asked = AddCheckpoint(old, tuple(proof), made.note)
            answer = self._send("POST", url, asked.text.encode(), {"content-type": "text/plain"})
            if answer.status != 409:
                break
            seen = _size(answer.body)
            if seen is None or seen == old:
                raise NetError(f"witness {name} saw another log of this name")
            if seen > made.checkpoint.size:
                raise NetError(
                    f"witness {name} saw {seen} records, more than the {made.checkpoint.size} that "
                    "the log has: the end was cut, or this is an older copy"
                )
            self._seen[key] = seen
        if answer.status != 200:
            raise NetError(f"witness {name}: answers {answer.status}")
        lines = answer.body.decode("utf-8", "replace")
        if key not in cosigned_by(parse_note(made.note + lines), [witness.cosigner]):
            raise NetError(f"witness {name}: its answer is not signed by its key")
        self._seen[key] = made.checkpoint.size
        made.cosignatures.append(lines)
        made.witnesses.append(name)

    def _kept(self, copy: Path) -> Path:
        return copy_of(copy, self._origin)

    def _time(self) -> str:
        return format_time(datetime.fromtimestamp(self._clock() / _SECONDS, UTC))


def kept_checkpoint(path: Path, keys: Sequence[VerifierKey]) -> Checkpoint | None:
    """The checkpoint that was published to `path`; None where there is none yet.

    Raises LogBroken where it is none of this log, LogError where it can't be read.
    """
    try:
        return open_checkpoint(path.read_bytes().decode(), list(keys))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise LogError(f"{path}: cannot be read: {error.strerror}") from None
    except (NoteError, UnicodeDecodeError) as error:
        raise LogBroken(f"not a checkpoint of this log: {error}", file=path) from None


def agree(older: Checkpoint, newer: Checkpoint, layout: Layout, path: Path) -> None:
    """Raises LogBroken unless the log, of which `newer` is a checkpoint, goes on from `older`,
    which was found in `path`."""
    if older.size > newer.size:
        raise LogBroken(
            f"{older.size} records were published, and the log has {newer.size}: the end was cut, "
            "or this is an older copy",
            file=path,
        )
    for trusted in (True, False):  # what is derived may be wrong; the segments decide
        hashes = Hashes(layout, newer.size, trusted=trusted)
        if root_of(hashes.node, older.size) == older.root:
            return
    raise LogBroken(
        f"the first {older.size} records are not those that were published: the log was rewritten",
        file=path,
    )


def copy_of(directory: Path, origin: str) -> Path:
    """Where the newest checkpoint of a log lies in a directory of copies."""
    return directory / f"{sha256(origin.encode()).hexdigest()}.checkpoint"


def _size(body: bytes) -> int | None:
    text = body.decode("ascii", "replace").removesuffix("\n")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 16 else None
