"""The ordinary records of a log, read in one pass each and decided again.

What is ordinary: one bundle decided, the facts are in the leaf, the key stands, nothing is masked,
and the input has a form that was seen before. Everything else, and whatever does not agree, is
left to the straightforward way, which says so in words.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from jurat.log import LogError, LogReader
from jurat.model import Pieces, Slots
from jurat.plan import CanonicalForms, Decision, Plan, Repeated, Said

from ._replay import Replayed, Verdict
from ._replay_again import KINDS, Again
from ._replay_forms import Around, Digests, moment_of

_MOST_COUNTS = 1024  # of colons, for which a form is guessed
_MOST_TRIES = 4096
_MOST_DIGESTS = 4096


class Sealed(msgspec.Struct, gc=False):
    kid: str
    n: bytes
    ct: bytes = b""


class Body(msgspec.Struct, gc=False):
    type: str
    effect: str = ""
    value: str = ""
    dec: str = ""
    bundle: Digests = ""
    facts: Sealed | None = None
    masked: msgspec.Raw = msgspec.Raw(b"")


class Leaf(msgspec.Struct, gc=False):
    body: Body
    seq: int
    v: int


_Facts = tuple[str, Any, Around | None]
"""The time of a decision, as it is written, the view of the input, and what stands beside them,
where anything does."""
_Read = Callable[[bytes], _Facts]


Leaves = Sequence[tuple[int, bytes]]


class FactsReader:
    """Reads unsealed facts whose input has a form that was seen before. With `whole`, what stands
    beside the input is told where there is nothing, too."""

    def __init__(self, pieces: Mapping[str, Pieces], *, whole: bool = False) -> None:
        self._pieces = pieces
        self._whole = whole
        self._last: dict[str, _Read] = {}
        self._by_count: dict[tuple[str, int], list[_Read]] = {}
        self._readers: dict[tuple[Slots, bool], _Read] = {}
        self._tries = 0
        (self._refused,) = {one.refused for one in pieces.values()}

    def read(self, kind: str, facts: bytes) -> _Facts | None:
        """The facts of an input of this kind, and the view of the input; None where they are
        not plainly so."""
        guess = self._last.get(kind)
        if guess is not None:
            try:
                return guess(facts)
            except self._refused:
                pass  # another form
        key = kind, facts.count(b":")  # about the number of keys: of few forms the same
        for other in self._by_count.get(key, ()):
            if other is not guess and (read := self._by(other, kind, facts)) is not None:
                return read
        learned = self._learn(kind, facts)
        if learned is None:
            return None
        if len(self._by_count) >= _MOST_COUNTS:
            self._by_count.clear()
        others = self._by_count.setdefault(key, [])
        if learned not in others:
            others.append(learned)
        return self._by(learned, kind, facts)

    def read_each(
        self, kinds: Iterable[str], facts: Iterable[bytes | None]
    ) -> list[_Facts | None]:
        """As `read`, of many; None for None."""
        each: list[_Facts | None] = []
        last, refused = self._last, self._refused
        for kind, one in zip(kinds, facts, strict=True):
            if one is None:
                each.append(None)
                continue
            try:
                each.append(last[kind](one))
            except refused:
                each.append(self.read(kind, one))
        return each

    def _by(self, reader: _Read, kind: str, facts: bytes) -> _Facts | None:
        try:
            read = reader(facts)
        except self._refused:
            return None
        self._last[kind] = reader
        return read

    def _learn(self, kind: str, facts: bytes) -> _Read | None:
        """What reads facts of the same form as these, where they are valid. Tried so often only:
        where each is of another form, nothing is gained."""
        self._tries += 1
        if self._tries > _MOST_TRIES:
            return None
        pieces = self._pieces[kind]
        try:
            given = msgspec.json.decode(facts, type=dict[str, msgspec.Raw])
            slots = None
            if "input" in given and pieces.read(bytes(given["input"])) is not None:
                slots = pieces.slots(msgspec.json.decode(given["input"]))
        except msgspec.MsgspecError:
            return None
        if slots is None:
            return None
        key = slots, not self._whole and given.keys() == _ALONE
        known = self._readers.get(key)
        if known is None:
            known = self._readers[key] = _reader(kind, *key)
        return known


_ALONE = {"input", "kind", "now"}


def _reader(kind: str, slots: Slots, alone: bool) -> _Read:
    """What reads facts of an input that `slots` are of; `alone`: with nothing beside it."""
    fields = [("kind", Literal[kind]), ("now", str), ("input", slots.type)]
    view = slots.view
    if alone:
        bare: Any = msgspec.defstruct("Bare", fields, gc=False, forbid_unknown_fields=True)
        decode = msgspec.json.Decoder(bare).decode

        def read_bare(facts: bytes) -> _Facts:
            made = decode(facts)
            return made.now, view(made.input), None

        return read_bare
    full: Any = msgspec.defstruct("Full", fields, bases=(Around,), gc=False, kw_only=True)
    decode_full = msgspec.json.Decoder(full).decode

    def read_full(facts: bytes) -> _Facts:
        made = decode_full(facts)
        return made.now, view(made.input), made

    return read_full


_Row = tuple[int, Body, str, Repeated]
"""An ordinary record: where it is among the others, what stands in clear, the kind of its input,
and what decides it again."""


class Quick:
    """Replays ordinary records. `alone` are the plans of the bundles that are known by now, and
    `other` the one that decides in their place."""

    def __init__(
        self,
        log: LogReader,
        again: Again,
        forms: CanonicalForms,
        alone: Mapping[str, tuple[Plan, ...]],
        other: Plan | None,
    ) -> None:
        self._open, self._keyed, self._keyed_after = log.open, log.keyed, log.keyed_after
        self._digests: dict[Said, Callable[[bytes], str]] = {}
        self._again, self._forms, self._alone = again, forms, alone
        self._repeated: dict[str, Repeated] = {}
        self._other = None if other is None else Repeated(other, forms)
        self._read = FactsReader(again.pieces).read_each

    def replayed(self, leaves: Leaves) -> list[Replayed | None]:
        """The verdicts on some records; None for one on which the straightforward way has to say.

        Each step is done for all of them before the next, which is faster by a tenth: it is the
        same code that runs again and again.
        """
        told: list[Replayed | None] = [None] * len(leaves)
        rows, sealed = self._ordinary(leaves)
        try:
            unsealed = self._open(sealed)
        except LogError:
            return told  # which of them, and what is told before it, is not for here
        read = self._read([kind for _, _, kind, _ in rows], unsealed)
        made: list[tuple[int, Body, str, Said | Decision]] = []
        for (at, body, kind, repeated), facts in zip(rows, read, strict=True):
            if facts is None:
                continue
            written, sent, beside = facts
            came: Said | Decision | None = None
            try:
                now = moment_of(written)
                if beside is not None:
                    came = self._again.come(repeated, beside, sent, now)
                elif kind != "request" or not repeated.counts:
                    came = repeated.decide(kind, sent, now)
            except ValueError:
                continue
            if came is not None:
                made.append((at, body, written, came))
        compares = self._other is not None
        for at, body, written, came in made:
            was = body.effect, body.value
            is_ = came.result if isinstance(came, Said) else (came.effect, came.value or "")
            if compares:
                verdict: Verdict = "agrees" if is_[0] == was[0] else "changed"
                told[at] = Replayed(leaves[at][0], verdict, was, is_)
            elif is_ == was and body.dec == self._digest(came, written):
                told[at] = Replayed(leaves[at][0], "agrees", was, is_)
        return told

    def _digest(self, came: Said | Decision, now: str) -> str:
        if not isinstance(came, Said):
            return self._keyed(self._forms.of(came, now))
        digest = self._digests.get(came)
        if digest is None:
            if len(self._digests) >= _MOST_DIGESTS:
                self._digests.clear()
            digest = self._digests[came] = self._keyed_after(came.before)
        return digest(now.encode() + came.after)

    def _ordinary(self, leaves: Leaves) -> tuple[list[_Row], list[tuple[str, bytes, bytes]]]:
        """The ordinary records among `leaves`, and what is sealed in them."""
        try:
            decoded: list[Leaf | None] = [_leaf_of(line) for _, line in leaves]
        except msgspec.MsgspecError:
            decoded = [_leaf_or_none(line) for _, line in leaves]
        rows, sealed = [], []
        for at, leaf in enumerate(decoded):
            if leaf is None:
                continue
            body = leaf.body
            facts = body.facts
            if facts is None or not facts.ct or body.masked:
                continue
            if leaf.v != 1 or leaf.seq != leaves[at][0]:
                continue
            kind, repeated = KINDS.get(body.type), self._other or self._by(body.bundle)
            if kind is not None and repeated is not None:
                rows.append((at, body, kind, repeated))
                sealed.append((facts.kid, facts.n, facts.ct))
        return rows, sealed

    def _by(self, bundle: Digests) -> Repeated | None:
        """What decides as the bundle of this digest."""
        if not isinstance(bundle, str):
            return None
        known = self._repeated.get(bundle)
        if known is None and (plans := self._alone.get(bundle)) is not None:
            known = self._repeated[bundle] = Repeated(plans[0], self._forms)
        return known


_leaf_of = msgspec.json.Decoder(Leaf).decode


def _leaf_or_none(line: bytes) -> Leaf | None:
    try:
        return _leaf_of(line)
    except msgspec.MsgspecError:
        return None
