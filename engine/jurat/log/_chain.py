"""Many leaves at once: how each is chained to the one before, and whether one tells of more.

A record costs a verifier little more than its hashes: what is done for each is done by calls that
take a whole run of lines.
"""

import re
from collections.abc import Iterator
from itertools import repeat

from . import _layout

_MOST_ENDS = 8  # a decision's are few; a response's hold numbers
_TYPE = b',"type":"'
# What stands from the last `type` to the end of a body. Nothing is closed in it but the body, so
# that this `type` is the record's own; and records of these types point to nothing but packs.
_PLAIN = re.compile(rb',"type":"(?:audit|decision|response)"[^][{}\\]*\}')


def runs(lines: list[bytes], seq: int) -> Iterator[tuple[list[bytes], int, int]]:
    """Leaves from record `seq` on, in runs whose numbers have equally many digits: each with its
    first number and the length of what follows a body in it."""
    while lines:
        room = 10 ** len(str(seq)) - seq
        yield lines[:room], seq, len(_layout.leaf_tail(_layout.NO_PREVIOUS, seq))
        lines, seq = lines[room:], seq + room


def are_chained(
    run: list[bytes], seq: int, width: int, previous: bytes, digests: list[bytes]
) -> bool:
    """Whether each leaf of a run ends with the hash of the one before it and with its number."""
    tails = b"".join([line[-width:] for line in run])
    return tails == _layout.leaf_tails(previous, digests, seq)


def first_unchained(run: list[bytes], seq: int, previous: bytes, digests: list[bytes]) -> int:
    """The index of the leaf of a run that does not follow the one before."""
    for index, (line, before) in enumerate(zip(run, [previous, *digests], strict=False)):
        if not line.endswith(_layout.leaf_tail(before, seq + index)):
            return index
    raise AssertionError("a run whose leaves are all chained")


class Plain:
    """Knows records of decisions, which need no look into them: they change no keys, bring no
    archive and prune nothing."""

    def __init__(self) -> None:
        self._ends: tuple[bytes, ...] = ()  # of such bodies that were met

    def are(self, run: list[bytes], width: int) -> bool:
        """Whether all leaves of a run are such records."""
        if all(map(bytes.endswith, run, repeat(self._ends), repeat(0), repeat(-width))):
            return True
        types = map(bytes.rfind, run, repeat(_TYPE))
        ends = {line[at:-width] for line, at in zip(run, types, strict=True)}
        plain = set(filter(_PLAIN.fullmatch, ends))
        self._ends = tuple(dict.fromkeys([*self._ends, *plain]))[:_MOST_ENDS]
        return plain == ends
