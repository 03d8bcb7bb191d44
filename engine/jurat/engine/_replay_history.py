"""The decisions of a log as a past that can be decided again, by any bundle and at any time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import orjson

from jurat.log import LogReader
from jurat.model import InvalidInput
from jurat.plan import Decision, Plan

from ._replay_again import KINDS, Again
from ._replay_moved import moved

if TYPE_CHECKING:
    from ._replay_forms import Around, Body, Stored

Standing = Literal["held", "erased", "masked", "not-decided", "unfit"]
REPLAYED = frozenset({"decision", "response", "audit"})


@dataclass(slots=True)
class Past:
    """One record of a decision: what stands in clear, and the facts where they can be had.

    `standing` is `held` where they can; else `erased`, `masked`, `not-decided` (nothing was
    judged) or `unfit` (they are not as this version writes them).
    """

    seq: int
    standing: Standing
    type: str
    id: str
    effect: str
    project: str
    model: str
    parent: str
    tokens: int | None
    """Of an answer, those that it reports, in and out."""
    facts: bytes | None = None
    """What decided, unsealed."""
    read: "tuple[Around, Any] | None" = None
    """What stands beside the input, and a view of it, where that was read at once."""
    uncounted: bool = False
    """Whether limits were passed over when it was decided again: the record holds no counts."""

    @property
    def estimated_tokens(self) -> int | None:
        """What the caller said that the request would use."""
        if self.facts is None:
            return None
        said = orjson.loads(self.facts)["input"].get("estimated_tokens")
        return said if isinstance(said, int) else None


class History:
    """Reads a log's decisions, and decides them again. Not to be shared by threads."""

    def __init__(self, log: LogReader) -> None:
        from ._replay_forms import leaf_of, stored_of, unsealed  # msgspec: loaded where it is used
        from ._replay_quick import FactsReader

        self._log = log
        self._leaf_of, self._stored_of, self._unsealed = leaf_of, stored_of, unsealed
        self._again = Again()
        self._read = FactsReader(self._again.pieces, whole=True).read
        self._last: tuple[Past | None, Stored | None] = None, None

    def past(self, leaves: Iterable[tuple[int, bytes]]) -> Iterator[Past]:
        """The decisions among these leaves: sequence number and bytes. Raises LogError if facts
        don't unseal, LogBroken for a leaf that is no record."""
        for seq, line in leaves:
            leaf = self._leaf_of(line)
            if leaf is None or leaf.seq != seq or leaf.v != 1:
                body = self._log.record(seq, line).body
                if body["type"] in REPLAYED:
                    yield Past(seq, "unfit", str(body["type"]), "", "", "", "", "", None)
            elif leaf.body.type in REPLAYED:
                yield self._one(seq, line, leaf.body)

    def _one(self, seq: int, line: bytes, body: "Body") -> Past:
        tokens = None if body.tokens is None else sum(body.tokens.values())
        made = Past(
            seq,
            "held",
            body.type,
            body.id,
            body.effect,
            body.project,
            body.model,
            body.parent,
            tokens,
        )
        facts = body.facts
        if facts is None:
            made.standing = "not-decided"
            return made
        sealed = self._unsealed(self._log, seq, line, facts)
        if sealed is None:
            made.standing = "erased"
        elif body.masked:
            made.standing = "masked"
        elif (read := self._read_at_once(body.type, sealed)) is not None:
            made.facts, made.read = sealed, read
        elif self._stored_of(sealed) is None:
            made.standing = "unfit"
        else:
            made.facts = sealed
        return made

    def _read_at_once(self, type_: str, facts: bytes) -> "tuple[Around, Any] | None":
        kind = KINDS.get(type_)
        read = None if kind is None else self._read(kind, facts)
        if read is None:
            return None
        _, sent, beside = read
        return None if beside is None else (beside, sent)

    def _stored(self, past: Past) -> "Stored | None":
        """The facts of a record in full, read once for all who decide it."""
        if self._last[0] is not past:
            self._last = past, None if past.facts is None else self._stored_of(past.facts)
        return self._last[1]

    def decide(
        self, plans: Sequence[Plan], past: Past, now: datetime | None = None
    ) -> Decision | None:
        """The decision of `plans` on what is held of a record, at its time or, as if it had come
        then, at `now`. None where it does not fit. Limits that the record holds no count of are
        taken as kept, and `past` says so."""
        if past.facts is None:
            return None
        try:
            if now is None and past.read is not None:
                decision, past.uncounted = self._again.decide_uncounted(plans, *past.read)
                return decision
            stored = self._stored(past)
            if stored is None:
                return None
            if now is not None:
                stored = moved(stored, now)
            sent = self._again.input_of(stored)
            decision, past.uncounted = self._again.decide_uncounted(plans, stored, sent)
            return decision
        except (InvalidInput, ValueError):
            past.standing = "unfit"
            return None
