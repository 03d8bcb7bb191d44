"""What stands for records that were pruned: hashes, which the log's key signed with the rest.

    pruned        JSON: `below`, the first record that is kept; `previous`, the hash of the record
                  before it; `roots`, the root of each segment that is gone

It is derived, as the signed roots of all later commits show.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

import orjson

from ._errors import LogBroken, LogError

_HASH_SIZE = 32


@dataclass(frozen=True, slots=True)
class Pruned:
    """The records below `below` are gone; `roots` are those of their segments."""

    below: int = 0
    previous: bytes = bytes(_HASH_SIZE)
    roots: tuple[bytes, ...] = ()

    def encode(self) -> bytes:
        document = {
            "below": self.below,
            "previous": b64encode(self.previous).decode(),
            "roots": [b64encode(root).decode() for root in self.roots],
        }
        return orjson.dumps(document, option=orjson.OPT_SORT_KEYS) + b"\n"


NOTHING = Pruned()


def read_pruned(path: Path, segment_entries: int) -> Pruned:
    """What the file says; where there is none, that nothing was pruned.

    Raises LogBroken where it is not of that form, LogError where it can't be read.
    """
    try:
        document = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return NOTHING
    except orjson.JSONDecodeError as error:
        raise LogBroken(f"not JSON: {error}", file=path) from None
    except OSError as error:
        raise LogError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        below = document["below"]
        previous = b64decode(document["previous"], validate=True)
        roots = tuple(b64decode(root, validate=True) for root in document["roots"])
    except (KeyError, TypeError, ValueError):
        raise LogBroken("below, previous or roots are missing", file=path) from None
    if (
        type(below) is not int
        or not 0 < below == len(roots) * segment_entries
        or any(len(digest) != _HASH_SIZE for digest in (previous, *roots))
    ):
        raise LogBroken("below and roots do not fit together", file=path)
    return Pruned(below, previous, roots)
