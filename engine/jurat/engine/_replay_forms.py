"""A record of a decision and its sealed facts, decoded as far as replaying them needs.

Imported where it is used: msgspec takes its time. What is of another form is left to those who
read every record.
"""

from datetime import datetime
from typing import Any

import msgspec

from jurat.canon import parse_time
from jurat.log import LogReader

Digests = str | dict[str, str]


class Sealed(msgspec.Struct):
    """`facts` of a record. `pack` stands where they are too large for a leaf."""

    kid: str
    n: bytes
    ct: bytes = b""
    pack: dict[str, Any] | None = None


class Body(msgspec.Struct):
    """What stands in clear of a decision."""

    type: str
    effect: str = ""
    value: str = ""
    dec: str = ""
    id: str = ""
    ts: int = 0
    bundle: Digests = ""
    plan: Digests = ""
    model: str = ""
    project: str = ""
    parent: str = ""
    tokens: dict[str, int] | None = None
    masked: list[str] | None = None
    facts: Sealed | None = None


class Leaf(msgspec.Struct):
    """One line of a log."""

    body: Body
    seq: int
    v: int


class Around(msgspec.Struct):
    """The facts that decided, as `facts_json` wrote them, without the input."""

    kind: str
    now: str
    supports: tuple[str, ...] = ()
    counters: dict[str, tuple[Any, ...]] | None = None
    state: msgspec.Raw = msgspec.Raw(b"")
    detections: Any = None
    detections_by: dict[str, Any] | None = None

    @property
    def moment(self) -> datetime:
        """The time of the decision. Raises ValueError where it is none."""
        return moment_of(self.now)


class Stored(Around, kw_only=True):
    """The facts that decided."""

    input: msgspec.Raw


def moment_of(text: str) -> datetime:
    """The time of a decision, as it is written. Raises ValueError where it is none."""
    try:
        length = len(text)
        if (
            (length == 20 or (length == 27 and text[19] == "."))
            and text[-1] == "Z"
            and text[10] == "T"
            and text[7] == "-"
        ):
            return datetime.fromisoformat(text)  # the usual spellings go straight to C
        return parse_time(text)
    except ValueError:
        raise ValueError("its time is none") from None


def unsealed(log: LogReader, seq: int, line: bytes, facts: Sealed) -> bytes | None:
    """The facts of the record `line`; None where the key was destroyed. Raises LogError."""
    if facts.pack is None:
        return log.open([(facts.kid, facts.n, facts.ct)])[0]
    return log.unseal(log.record(seq, line).body["facts"])


_leaf = msgspec.json.Decoder(Leaf).decode
_stored = msgspec.json.Decoder(Stored).decode


def leaf_of(line: bytes) -> Leaf | None:
    """The record of a decision that `line` holds; None for what is of another form."""
    try:
        return _leaf(line)
    except msgspec.MsgspecError:
        return None


def stored_of(facts: bytes) -> Stored | None:
    """The facts that `facts` holds; None for what is of another form."""
    try:
        return _stored(facts)
    except msgspec.MsgspecError:
        return None
