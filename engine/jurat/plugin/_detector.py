"""What a detector is: how one kind of value looks in text."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ._data import Confidence

Find = Callable[[str], Iterable[tuple[int, int, Confidence]]]
"""The values in a text as (start, end, confidence), in code points of that text. Whatever it
raises means that it could not decide, which is never "clean"."""


@dataclass(frozen=True, slots=True)
class Detector:
    """Finds one entity in text.

    `patterns` are RE2 syntax. A pattern's group named `value` is the span where only part of the
    match is the value. `validator` gets the matched value as it stands in the folded text and
    says whether a checksum or the like holds (see `checksum`); a value that fails is no
    detection. `context` are words, any of which near the value lifts bare shape (low) to medium;
    with `needs_context` there is no detection without one. `unlike` are words that, right before
    the value, say that it is something else (`order 415-624-0132`): there is no detection then,
    unless a checksum holds. `confidence` is that of a bare match
    without validator. `documentation` says whether a value is a well-known documentation value,
    which makes its detection an `example`. `examples` and `counter_examples` are texts in which
    this detector must and must not find something; both are tested.

    `find` is for what no pattern can tell, a language model's names say: a function over the whole
    text as it was sent. A detector has patterns or `find`; with `find` only `documentation`,
    `examples`, `counter_examples` and `source` have a meaning beside it. It keeps to a time budget
    of its own.
    """

    id: str
    entity: str
    patterns: tuple[str, ...] = ()
    confidence: Confidence = "low"
    validator: Callable[[str], bool] | None = None
    checksum: bool = True
    """Whether passing the validator makes a match sure (confidence high); False for one that
    only rules out what can't be."""
    context: tuple[str, ...] = ()
    needs_context: bool = False
    unlike: tuple[str, ...] = ()
    documentation: Callable[[str], bool] | None = None
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()
    source: str = ""
    """Where the format is described."""
    find: Find | None = None
    """Finds values by itself, in place of patterns."""
    pack: str = ""
    """What it comes with and can be chosen by, like `secrets`; "" for a detector by itself."""
