"""How much of a stream must wait: what may still become a match of some detector.

The prefixes of all patterns are joined under `\\z`, which RE2 reads from the end backwards: what
it costs depends on what waits, not on the text.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from jurat.plugin import Detector

from ._closure import (
    Node,
    flat,
    has_value,
    longest,
    may_be_empty,
    parse,
    prefixes,
    value_on,
    width,
)

FEW = 3
EXACT_STATES = 4_000
_MEMORY = 64 * 2**20  # bytes that RE2 may use for its states; 1 to 20 MiB in use
_ASCII = bytes(range(128))
_TAIL = 2


class Holdback:
    """Where in a text the part begins that must wait.

    `whole` names the detectors that keep everything waiting until the end: those without a
    pattern, and those whose pattern has no prefixes of its own (a back-reference). `most` is how
    many characters at most may wait for the others, None where a pattern has no upper end.
    """

    def __init__(self, detectors: Iterable[Detector]) -> None:
        self.whole: tuple[str, ...] = ()
        self.most: int | None = 0
        patterns: dict[str, None] = {}
        for detector in detectors:
            try:
                lengths = [longest(pattern) for pattern in detector.patterns]
            except ValueError:
                lengths = []
            if not lengths:
                self.whole += (detector.id,)
                continue
            patterns.update(dict.fromkeys(detector.patterns))
            known = [length for length in lengths if length is not None]
            if self.most is not None:
                self.most = max(self.most, *known) if len(known) == len(lengths) else None
        self._joined = _joined(tuple(patterns))

    def start(self, data: bytes) -> int:
        """Where what must wait of `data` (a folded text) begins; its length if nothing must."""
        if self.whole:
            return 0
        if self._joined is None:
            return len(data)
        found = self._joined.search(data)
        return 0 if found is None else int(found.start())  # None: out of memory; all waits


def _joined(patterns: Sequence[str]) -> "re.Pattern[bytes] | None":
    import re2

    if not patterns:
        return None
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    kept = _needed(patterns)
    for few in (None, FEW):
        made = dict.fromkeys(prefixes(pattern, few) for pattern in kept)
        compiled = re2.compile(rf"(?:{'|'.join(made)})\z", options)
        if compiled.programsize <= EXACT_STATES:
            break
    return compiled  # type: ignore[no-any-return]  # re2's patterns have re's methods


def _needed(patterns: Sequence[str]) -> list[str]:
    """`patterns` without those that never make more wait than another does.

    Where one pattern begins with a run of any length (a character of `first`, then `run`), the
    whole run waits for it, and any pattern of which all, but for the character after the value,
    is made of such characters waits for nothing beyond.
    """
    lead = max(filter(None, map(_run, patterns)), key=lambda sets: len(sets[1]), default=None)
    if lead is None:
        return list(patterns)
    first, run = lead
    kept, led = [], False
    for pattern in patterns:
        if _run(pattern) == lead and not led:
            led = True
        elif _within(pattern, first, run):
            continue
        kept.append(pattern)
    return kept


def _run(pattern: str) -> tuple[frozenset[int], frozenset[int]] | None:
    """The first character and the run of any length that `pattern` begins with, if it does."""
    parts = list(flat((value_on(parse(pattern)),)))
    if len(parts) < 2 or parts[0].kind != "one" or parts[1].kind != "repeat":
        return None
    repeat = parts[1]
    if repeat.most is not None or repeat.parts[0].kind != "one":
        return None
    return characters(parts[0].source), characters(repeat.parts[0].source)


def _within(pattern: str, first: frozenset[int], run: frozenset[int]) -> bool:
    body = value_on(parse(pattern))
    if body.kind == "seq" and body.parts and not has_value(body.parts[-1]):
        *before, tail = body.parts
        if any(map(has_value, before)) and _decided(tail, run):
            body = Node("seq", tuple(before))
    return _all_in(body, run, ()) and _begins_in(body, first, ())


def _all_in(node: Node, run: frozenset[int], flags: tuple[str, ...]) -> bool:
    if node.kind == "one":
        return characters(node.source, flags) <= run
    if node.kind == "ahead":
        return False
    if node.kind == "flags":
        flags = (*flags, node.source)
    return all(_all_in(part, run, flags) for part in node.parts)


def _begins_in(node: Node, first: frozenset[int], flags: tuple[str, ...]) -> bool:
    """True if whatever `node` matches is nothing, or begins with a character of `first`."""
    match node.kind:
        case "one":
            return characters(node.source, flags) <= first
        case "flags":
            return _begins_in(node.parts[0], first, (*flags, node.source))
        case "seq":
            for part in node.parts:
                if not _begins_in(part, first, flags):
                    return False
                if not may_be_empty(part):
                    return True
            return True
        case _:
            return all(_begins_in(part, first, flags) for part in node.parts)


def _decided(tail: Node, run: frozenset[int]) -> bool:
    """True if the first character outside `run` decides about `tail`, what follows a value."""
    if tail.kind == "alt":
        return all(_decided(part, run) for part in tail.parts)
    most = width(tail)
    if most is None or most > _TAIL:
        return False
    return all(_all_in(part, run, ()) for part in list(flat((tail,)))[:-1])


@lru_cache(maxsize=1_024)
def characters(source: str, flags: tuple[str, ...] = ()) -> frozenset[int]:
    """The ASCII characters that a part of a pattern for one character matches."""
    import re2

    pattern = "".join(f"(?{flag}:" for flag in flags) + source + ")" * len(flags)
    return frozenset(match.start() for match in re2.compile(pattern).finditer(_ASCII))
