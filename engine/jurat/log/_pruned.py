"""What stands for records that were pruned: hashes, which the log's key signed with the rest.

    pruned        JSON: `below`, the first record that is kept; `previous`, the hash of the record
                  before it; `roots`, the root of each segment that is gone; `erased`, the numbers
                  of the subjects' keys of which a pruned record said that they were destroyed,
                  ascending, where there are any

The hashes are derived, as the signed roots of all later commits show; what is told of erasures is
covered by the `prune` record's digest of it.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from ._errors import LogBroken, LogError

_HASH_SIZE = 32


@dataclass(frozen=True, slots=True)
class Pruned:
    """The records below `below` are gone; `roots` are those of their segments, `erased` the
    numbers of the keys whose `erasure` records are among them."""

    below: int = 0
    previous: bytes = bytes(_HASH_SIZE)
    roots: tuple[bytes, ...] = ()
    erased: tuple[int, ...] = ()

    def encode(self) -> bytes:
        document = {
            "below": self.below,
            "previous": b64encode(self.previous).decode(),
            "roots": [b64encode(root).decode() for root in self.roots],
        }
        more = {"erased": self.erased} if self.erased else {}
        return orjson.dumps(document | more, option=orjson.OPT_SORT_KEYS) + b"\n"

    def told(self) -> dict[str, str]:
        """What the `prune` record has of the erasures: `{erased}`, SHA-256 of the list as JSON;
        nothing where there are none."""
        if not self.erased:
            return {}
        return {"erased": f"sha256:{sha256(orjson.dumps(self.erased)).hexdigest()}"}


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
        erased = document.get("erased", ())
    except (KeyError, TypeError, ValueError):
        raise LogBroken("below, previous or roots are missing", file=path) from None
    if (
        type(below) is not int
        or not 0 < below == len(roots) * segment_entries
        or any(len(digest) != _HASH_SIZE for digest in (previous, *roots))
    ):
        raise LogBroken("below and roots do not fit together", file=path)
    if "erased" in document and not _are_numbers(erased):
        raise LogBroken("erased are no ascending numbers of keys", file=path)
    return Pruned(below, previous, roots, tuple(erased))


def _are_numbers(erased: Any) -> bool:
    return (
        isinstance(erased, list)
        and len(erased) > 0
        and all(type(number) is int for number in erased)
        and all(before < number for before, number in pairwise([0, *erased]))
    )
