"""What stands beside subjects' keys: holds, records that are owed, and the numbers of keys."""

import re
from dataclasses import dataclass
from typing import Any

EVERYBODY = "*"
_KEY_ID = re.compile(r"s-([1-9][0-9]{0,17})", re.ASCII)


def key_number(kid: object) -> int:
    """The number of the key that has the id `kid`; 0 where it is none."""
    match = _KEY_ID.fullmatch(kid) if isinstance(kid, str) else None
    return 0 if match is None else int(match[1])


@dataclass(frozen=True, slots=True)
class Hold:
    """What must not be erased or pruned: the records of the subject `ref` (`*`: of everybody).

    `id` is that of the hold's record, `since` its time (µs, wall), `by` who asked for it.
    """

    id: str
    ref: str
    reason: str
    by: str
    since: int

    def __str__(self) -> str:
        of = "everybody" if self.ref == EVERYBODY else "this subject"
        return f"hold {self.id} on {of} by {self.by}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Owed:
    """A record that the log `origin` must still take: of something already done to the keys."""

    id: str
    origin: str
    type: str
    fields: dict[str, Any]
