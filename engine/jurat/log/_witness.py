"""A witness: signs every checkpoint of a log that goes on from the last one it saw, and no other.

C2SP tlog-witness, as functions from a request to an answer: whoever serves HTTP adds nothing.
"""

import threading
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ._cosign import CosigningKey, cosign
from ._errors import LogError
from ._merkle import MOST_HASHES, ProofError, check_consistency
from ._note import (
    Checkpoint,
    NoteError,
    VerifierKey,
    note_base64,
    open_checkpoint,
    parse_checkpoint,
    parse_note,
)
from ._os import System
from ._tree import EMPTY_ROOT, HASH_SIZE

MOST_BODY = 64 * 1024  # bytes of a request: a proof and a checkpoint have some thousand
_SIZE = "text/x.tlog.size"
_PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send back: HTTP status, body, content type."""

    status: int
    body: str
    content_type: str = _PLAIN


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """The body of a request `add-checkpoint`: the size the log thinks we saw, the proof, the
    checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    @property
    def text(self) -> str:
        lines = [f"old {self.old}", *(b64encode(digest).decode() for digest in self.proof)]
        return "\n".join(lines) + "\n\n" + self.note


def parse_add_checkpoint(data: bytes) -> AddCheckpoint:
    """Raises NoteError for anything but exactly one request."""
    if len(data) > MOST_BODY:
        raise NoteError("longer than a request can be")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise NoteError("a request is UTF-8") from None
    head, separator, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    digits = first.removeprefix("old ")
    if not separator or not first.startswith("old ") or not _is_number(digits):
        raise NoteError("a request reads: `old N`, proof lines, an empty line, a checkpoint")
    if len(lines) > MOST_HASHES:
        raise NoteError(f"a proof has at most {MOST_HASHES} hashes")
    proof = tuple(note_base64(line) for line in lines)
    if any(len(digest) != HASH_SIZE for digest in proof):
        raise NoteError("a hash of a proof is 32 bytes in base64")
    return AddCheckpoint(int(digits), proof, note)


class Witness:
    """One witness. What it saw last of each log is kept in `directory`, before it answers.

    `clock` gives seconds since 1970. Safe to call from several threads; one process per directory.
    """

    def __init__(
        self,
        directory: Path | str,
        key: CosigningKey,
        logs: Iterable[VerifierKey],
        *,
        clock: Callable[[], float],
        system: System | None = None,
    ) -> None:
        self._directory = Path(directory)
        self._key = key
        self._logs: dict[str, list[VerifierKey]] = {}
        for log in logs:
            self._logs.setdefault(log.name, []).append(log)
        self._clock = clock
        self._system = System() if system is None else system
        self._lock = threading.Lock()
        self._system.make_directory(self._directory)

    def add_checkpoint(self, data: bytes) -> Answer:
        """Answer `POST /add-checkpoint`."""
        try:
            asked = parse_add_checkpoint(data)
            note = parse_note(asked.note)
            named = parse_checkpoint(note.text)
        except NoteError as error:
            return Answer(400, f"{error}\n")
        keys = self._logs.get(named.origin)
        if keys is None:
            return Answer(404, "this witness does not know the log\n")
        try:
            new = open_checkpoint(asked.note, keys)
        except NoteError as error:
            return Answer(403, f"{error}\n")
        if asked.old > new.size:
            return Answer(400, "the old size is larger than that of the checkpoint\n")
        with self._lock:
            return self._judge(asked, new, note.text)

    def latest(self, origin_hash: str) -> Answer:
        """Answer `GET /<hex SHA-256 of the origin>/checkpoint`: the newest one that was signed."""
        try:
            if len(origin_hash) != 64 or not set(origin_hash) <= set("0123456789abcdef"):
                raise FileNotFoundError
            return Answer(200, self._path(origin_hash).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Answer(404, "no checkpoint of such a log was signed\n")

    def _judge(self, asked: AddCheckpoint, new: Checkpoint, body: str) -> Answer:
        path = self._path(sha256(new.origin.encode()).hexdigest())
        last = self._last(path, new.origin)
        conflict = Answer(409, f"{last.size}\n", _SIZE)
        if asked.old != last.size:
            return conflict
        if asked.old == new.size and last.root != new.root:
            return conflict
        try:
            check_consistency(
                asked.proof,
                old=last.size,
                new=new.size,
                old_root=last.root,
                new_root=new.root,
            )
        except ProofError as error:
            return Answer(422, f"{error.reason}\n")
        line = cosign(body, self._key, int(self._clock()))
        self._system.write_file(path, (asked.note + line).encode())
        return Answer(200, line)

    def _last(self, path: Path, origin: str) -> Checkpoint:
        """What was signed last. Raises LogError where that can't be told: then nothing is signed."""
        try:
            text = path.read_bytes().decode()
        except FileNotFoundError:
            return Checkpoint(origin, 0, EMPTY_ROOT)
        try:
            last = parse_checkpoint(parse_note(text).text)
        except (NoteError, UnicodeDecodeError) as error:
            raise LogError(f"{path}: not the checkpoint that was kept: {error}") from None
        if last.origin != origin:
            raise LogError(f"{path}: the checkpoint of another log")
        return last

    def _path(self, origin_hash: str) -> Path:
        return self._directory / f"{origin_hash}.checkpoint"


def _is_number(text: str) -> bool:
    plain = text.isascii() and text.isdecimal() and len(text) <= 16
    return plain and (text == "0" or not text.startswith("0"))
