"""The signing keys of a log over its life: which was valid at which size, as its records say.

A record `log.key` of the change `added` appoints a key: alone it signs from the commit after the
one that covers the record on, which a key that was valid before must sign. The change `retired`
ends a key: its last valid commit is the one up to and with that record. log.json repeats this, so
that checkpoints can be checked without reading records; verification derives it anew.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ._errors import LogBroken
from ._note import NoteError, VerifierKey, parse_vkey

TYPE = "log.key"
MARK = b'"type":"log.key"'


class History:
    """The keys of one log, as far as its records were read."""

    def __init__(self, keys: Iterable[VerifierKey], first: int = 0) -> None:
        """`keys` are those of log.json; the records are read from `first` on."""
        self.keys = [
            replace(key, until=None if key.until is None or key.until > first else key.until)
            for key in list(keys)[: None if first else 1]  # all later ones are in the records
            if key.since <= first
        ]
        self._appointed: set[bytes] = set()  # by records that were read
        self._waiting: list[VerifierKey] = []
        self.signed: dict[bytes, int] = {}
        """By public key, the size of the last commit that it signed."""
        self.changes: list[tuple[int, dict[str, Any]]] = []
        """The records of keys that were read."""

    def read(self, seq: int, body: dict[str, Any]) -> None:
        """Take a record. Raises LogBroken where it says nothing that can be."""
        match body:
            case {"type": "log.key", "change": str(change), "key": str(text)}:
                pass
            case {"type": "log.key"}:
                raise LogBroken("a record of the log's keys without change or key", seq=seq)
            case _:
                return
        self.changes.append((seq, body))
        try:
            key = parse_vkey(text)
        except NoteError as error:
            raise LogBroken(f"the key that it names is none: {error}", seq=seq) from None
        known = [one for one in (*self.keys, *self._waiting) if one.public == key.public]
        if change == "added" and not known and key.name == self.keys[0].name:
            self._waiting.append(replace(key, since=seq + 2))
            self._appointed.add(key.public)
        elif change == "retired" and known and known[0].until is None:
            old = known[0]
            self.keys = [replace(one, until=seq + 1) if one == old else one for one in self.keys]
            if all(one.until is not None for one in (*self.keys, *self._waiting)):
                raise LogBroken("it retires the log's last key", seq=seq)
        else:
            raise LogBroken(f"a key that cannot be {change} here", seq=seq)

    def committed(self, size: int, signers: Iterable[VerifierKey]) -> None:
        """A commit of `size` records was signed by these keys."""
        for key in signers:
            self.signed[key.public] = size
        self.keys += self._waiting
        self._waiting = []

    def join(self, later: "History") -> None:
        """Take what was read of the records that follow, by a history that began with them."""
        for seq, body in later.changes:
            self.read(seq, body)
        self.keys += self._waiting
        self._waiting = []
        self.signed |= later.signed

    def covered(self, trusted: VerifierKey) -> int:
        """How many records are signed by `trusted`, or by keys that such records appoint."""
        believed, size = {trusted.public}, 0
        while True:
            size = max((self.signed.get(public, 0) for public in believed), default=0)
            more = believed | {
                key.public
                for key in self.keys
                if key.public in self._appointed and key.since - 1 <= size
            }
            if more == believed:
                return size
            believed = more

    def spans(self) -> list[tuple[str, int, int | None]]:
        """Every key with the sizes at which it is valid."""
        return [(key.text, key.since, key.until) for key in self.keys]
