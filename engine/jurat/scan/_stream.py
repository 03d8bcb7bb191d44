"""Redacting a stream as if it were there as a whole.

The stream is searched in a window that begins where no value goes on (after a blank that no
pattern reads across). What has not been sent waits while it may still become part of a value:

- from the earliest place at which a pattern may be going on (`Holdback`), in any reading of the
  text (escapes undone);
- from the start of a value to which words after it may make a difference, until the text is
  there in which such words count (`WINDOW`);
- from the start of values that overlap or touch one that waits: they are settled together.

What was sent never has to be taken back, so the result does not depend on how the stream is cut.
From the first value on, what comes out passes through another stream of the same kind: a text in
which values were redacted is looked at once more.
"""

import re
from collections.abc import Iterable, Sequence
from copy import copy

from jurat.plugin import Detection

from ._chunks import Chunks
from ._confirm import WINDOW
from ._fold import fold
from ._jsonlex import JsonPlace
from ._readings import going_on
from ._redact import redact_text
from ._redactor import Redactor, Undecided
from ._scanner import Scanner

MAX_HELD = 2**20
"""How many characters may wait. Beyond that a stream is undecided."""
_LEFT = WINDOW + 16  # what must stay before the place that was reached: words, boundaries
_TRIM = 128
_LONG = 2_048  # a window from which on it is not searched at every chunk
_LONGEST = 2**15  # what was sent and may still matter to what comes is kept up to here
_TAIL = 256
_OPEN = "\u16a0"  # a letter of no word that speaks for a value
_APART = re.compile(r"[ \n\t]|[^\x00-\x7f]")  # what no escape and no word has
_NEAR = 64  # where such is looked for first
_TRIES = 6
_BEFORE = 3  # characters kept before a cut, for boundaries


class StreamRedactor(Chunks):
    """Redacts text that comes in chunks, cut anywhere, as `Redactor.redact` does the whole.

    Chunks are text or UTF-8 bytes (a character may be cut, too); what comes out is of the same
    kind. `feed` gives back what is sure, `flush` the rest at the end. What may still become a
    value waits: usually the word that is being written, at most the longest value that a pattern
    knows (`redactor.holdback.most`), the text in which words count after a value that they decide
    about, and whole what is written in escapes or may be base64 of text. A pattern without an
    upper end keeps waiting what goes on matching it; beyond `MAX_HELD` the stream is undecided.

    With `holds_json` the stream is one JSON document, such as the argument deltas of one tool
    call, and stays one. Each call's deltas need a stream of their own, and so does each message.
    `step` is how many characters have to come before the next look: more costs less, and waits
    longer.

    `feed` and `flush` raise Undecided where a detector could not finish or too much waits; then
    nothing more comes out. Not to be shared between threads.
    """

    def __init__(
        self,
        redactor: Redactor | Scanner | None = None,
        *,
        holds_json: bool = False,
        step: int = 1,
    ) -> None:
        if not isinstance(redactor, Redactor):
            redactor = Redactor(redactor)
        super().__init__()
        self._redactor = redactor
        self._step = max(1, step)
        self._json = JsonPlace() if holds_json else None
        self._text = ""  # the window
        self._sent = 0  # up to here of it has gone
        self._new: list[str] = []
        self._waiting = 0  # characters in `_new`
        self._tail = ""  # the last characters that came
        self._patience = self._step  # characters to come before a long window is searched again
        self._next_trim = _TRIM
        self._failed: Undecided | None = None
        self._again: StreamRedactor | None = None  # looks once more, as `Redactor.redact` does
        self._looks_again = True

    @property
    def held(self) -> int:
        """How many characters wait."""
        more = 0 if self._again is None else self._again.held
        return len(self._text) - self._sent + self._waiting + more

    def _fed(self, chunk: str, *, final: bool) -> str:
        made = self._fed_once(chunk, final=final)
        if self._again is None or not (made or final):
            return made
        try:
            return self._again._fed(made, final=final)
        except Undecided as failed:
            self._failed = failed
            raise

    def _fed_once(self, chunk: str, *, final: bool) -> str:
        if self._failed is not None:
            raise self._failed
        if chunk:
            self._new.append(chunk)
            self._waiting += len(chunk)
            self._tail = (self._tail + chunk)[-_TAIL:]
        if not final and not self._is_due():
            return ""
        self._text += "".join(self._new)
        self._new.clear()
        self._waiting = 0
        try:
            if len(self._text) - self._sent > MAX_HELD:
                raise Undecided((), f"more than {MAX_HELD:,} characters would have to wait")
            made = self._advanced(final=final)
            more = self._step if made else 2 * self._patience
            self._patience = max(self._step, min(more, len(self._text) >> 4))
            return made
        except Undecided as failed:
            self._failed = failed
            self._text = ""
            self._sent = 0
            raise

    def _is_due(self) -> bool:
        """True if it is time to search. While much waits in vain that is less and less often, so
        that the work stays in proportion to the text."""
        size = len(self._text)
        if size < _LONG:
            return self._waiting >= self._step
        if self._waiting < max(self._patience, size >> 7):
            return False
        # a run that fills the tail goes on, whatever stands before it
        return self._redactor.holdback.value_start(fold(self._tail).data) > 0

    def _advanced(self, *, final: bool) -> str:
        text, sent = self._text, self._sent
        place = len(text) if final else going_on(text, self._redactor.holdback.value_start, sent)
        if place <= sent:
            return ""
        suspected = self._redactor.suspecting.run(text)
        if suspected.undecided:
            raise Undecided(suspected.undecided)
        if not suspected.detections or suspected.detections[-1].end <= sent:
            found: Sequence[Detection] = ()
        else:
            # a word at the end may be the beginning of another
            result = self._redactor.scanner.run(text if final else text + _OPEN)
            if result.undecided:
                raise Undecided(result.undecided)
            found = result.detections
        if found and self._looks_again:
            self._look_again()
        if not final:
            spans = [(d.start, d.end) for d in found]
            waiting = self._wait_for_words(place, suspected.detections, found)
            place = self._settled_before(min([place, *waiting]), spans)
            if place <= sent:
                return ""
        made = [
            (max(start, sent), end, new)
            for start, end, new in self._redactor.replacements(
                text, [d for d in found if d.start < place and d.end > sent]
            )
        ]
        if self._json is None:
            piece = text[sent:place]
            out = redact_text(piece, [(a - sent, b - sent, new) for a, b, new in made])
        else:
            out = self._json.pass_on(text, sent, place, made)
        self._sent = place
        self._trim()
        return out

    def _look_again(self) -> None:
        """From here on pass through another stream what comes out of this one. Nothing was found
        in what is kept of it before, so that it stands there as it came."""
        self._looks_again = False
        again = StreamRedactor(self._redactor, holds_json=self._json is not None, step=self._step)
        again._looks_again = False
        again._text = self._text[: self._sent]
        again._sent = self._sent
        again._tail = again._text[-_TAIL:]
        again._json = copy(self._json)
        self._again = again

    def _wait_for_words(
        self, place: int, suspected: Iterable[Detection], found: Iterable[Detection]
    ) -> list[int]:
        """Where values begin about which words still to come may decide: words after `place`,
        too, where something goes on that may go, as a value."""
        waits = self._redactor.waits_for_words
        sure = {(d.detector, d.start, d.end) for d in found if d.confidence != "low"}
        unsure = [
            d
            for d in suspected
            if d.detector in waits and (d.detector, d.start, d.end) not in sure
        ]
        waiting = [d.start for d in unsure if d.end + WINDOW >= place]
        if waiting and self._looks_again:
            # one that waits may go, and bring words nearer to others
            first = min(waiting)
            waiting += [d.start for d in unsure if d.end + WINDOW >= first]
        return waiting

    def _settled_before(self, place: int, spans: list[tuple[int, int]]) -> int:
        """The last place up to `place` at which nothing is cut."""
        while True:
            earlier = place
            starts = {start for start, _ in spans}
            for start, end in spans:
                if start < earlier < end or (end == earlier and earlier in starts):
                    earlier = start
            if self._json is not None and earlier > self._sent:
                earlier = self._json.uncut(self._text, self._sent, earlier)
            if earlier == place:
                return place
            place = earlier

    def _trim(self) -> None:
        """Let go of what has no bearing on what comes."""
        if len(self._text) < self._next_trim:
            return
        limit = self._sent - _LEFT
        across = self._redactor.holdback.match_start
        cut = 0
        for reach in (_NEAR, limit):
            ends = [m.end() for m in _APART.finditer(self._text, max(0, limit - reach), limit)]
            for end in ends[: -_TRIES - 1 : -1]:
                # what begins with the last character is kept whole
                if end > _BEFORE and going_on(self._text[:end], across) >= end - 1:
                    cut = end - _BEFORE
                    break
            if cut or limit <= _NEAR:
                break
        if not cut and self._sent > _LONGEST:
            cut = limit - _LONG
        self._text = self._text[cut:]
        self._sent -= cut
        self._next_trim = len(self._text) + _TRIM

    def __repr__(self) -> str:
        return f"<StreamRedactor, {self.held} characters wait>"
