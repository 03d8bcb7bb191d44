"""What whoever keeps a log does with it beside recording: erase, hold, release.

The keys change first, and the record that is owed of it with them, in one transaction; the log
then takes the record. So a crash between the two leaves a record to be made when the log is next
opened, and a log that another process has open takes it from there.
"""

import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ._body import Ids
from ._errors import LogError
from ._held import EVERYBODY, Hold, Owed
from ._keys import KeyStore
from ._layout import Layout, read_description
from ._pending import Pending
from ._seal import Sealer
from ._subjects import SubjectKeys

Append = Callable[[str, Mapping[str, Any]], Pending]
_REF = re.compile(r"hmac:[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Erased:
    """A subject's key that was destroyed: its id, and whether the record of it is in the log yet."""

    kid: str
    recorded: bool


class Custody:
    """What is done to the keys of one set's subjects on behalf of the log `origin`."""

    def __init__(
        self, origin: str, sealer: Sealer, subjects: SubjectKeys, clock: Callable[[], int]
    ) -> None:
        self._origin = origin
        self._sealer = sealer
        self._subjects = subjects
        self._clock = clock
        self._make_id = Ids()
        self._settling = threading.Lock()
        self._begun: dict[str, Pending] = {}

    def ref(self, subject: str) -> str:
        """The reference of a subject that is given by its id, or by the reference itself."""
        return subject if _REF.fullmatch(subject) else self._sealer.ref(subject)

    def erase(self, subject: str, *, by: str = "", ticket: str = "") -> Erased | None:
        """As `Log.erase`; the log records it later."""
        ref = self.ref(subject)
        kid = self._sealer.destroy(ref, self._owed("erasure", {"ref": ref}, by, ticket))
        return None if kid is None else Erased(kid, recorded=False)

    def hold(self, subject: str | None, *, reason: str, by: str, ticket: str = "") -> Hold:
        """As `Log.hold`; the log records it later."""
        if not reason.strip() or not by.strip():
            raise LogError("a hold says why and by whom: give a reason and a name")
        ref = EVERYBODY if subject is None else self.ref(subject)
        owed = self._owed("hold", {"ref": ref, "reason": reason}, by, ticket)
        hold = Hold(owed.id, ref, reason, by, owed.fields["ts"])
        self._subjects.hold(hold, owed)
        return hold

    def release(
        self, subject: str | None, *, by: str, id: str = "", reason: str = "", ticket: str = ""
    ) -> list[Hold]:
        """As `Log.release`; the log records it later."""
        ref = EVERYBODY if subject is None else self.ref(subject)
        found = self._subjects.holds()
        found = [hold for hold in found if (hold.id == id if id else hold.ref == ref)]
        if not found:
            raise LogError("there is no such hold; jurat log hold DIR lists those that stand")
        if len(found) > 1:
            told = "; ".join(map(str, found))
            raise LogError(f"more than one hold stands here, say which by its id: {told}")
        if not by.strip():
            raise LogError("a release says by whom: give a name")
        fields = {"ref": found[0].ref, "released": [hold.id for hold in found]}
        if reason:
            fields["reason"] = reason
        self._subjects.release([hold.id for hold in found], self._owed("hold", fields, by, ticket))
        return found

    def holds(self, refs: Sequence[str] | None = None) -> list[Hold]:
        """The holds on any of `refs`, or all that stand on the set, oldest first."""
        return self._subjects.holds(refs)

    def settle(self, append: Append, flush: Callable[[], None]) -> None:
        """Let the log take what it is owed. Raises LogUnavailable where it cannot."""
        with self._settling:
            self._begin(append)
            if self._begun:
                flush()
                self._end()

    def tend(self, append: Append) -> None:
        """As `settle`, for what others did meanwhile, without waiting. Cheap; looks once a second."""
        if not self._sealer.look() and not self._begun:
            return
        with self._settling:
            self._end()
            self._begin(append)

    def _begin(self, append: Append) -> None:
        for owed in self._subjects.owed(self._origin):
            if owed.id not in self._begun:
                self._begun[owed.id] = append(owed.type, owed.fields | {"id": owed.id})

    def _end(self) -> None:
        for id_, pending in list(self._begun.items()):
            if pending.settled:
                del self._begun[id_]
                pending.wait()
                self._subjects.settled(id_)

    def _owed(self, kind: str, fields: dict[str, Any], by: str, ticket: str) -> Owed:
        now = self._clock()
        who = {name: value for name, value in (("approver", by), ("ticket", ticket)) if value}
        fields = fields | {"ts": now} | ({"by": who} if who else {})
        return Owed(self._make_id(now), self._origin, kind, fields)


def _wall_clock() -> int:
    return time.time_ns() // 1000


def custody_of(
    directory: Path | str, keys: KeyStore | None = None, clock: Callable[[], int] = _wall_clock
) -> tuple[Custody, Callable[[], None]]:
    """The custody of a log that another process has open, and what closes it.

    What is done takes effect at once; the log's writer records it, soon or when it next opens the
    log. Raises LogError where the log's keys are not in `keys`.
    """
    layout = Layout(Path(directory))
    description = read_description(layout)
    keys = KeyStore() if keys is None else keys
    subjects = keys.subject_keys(description.set_name)
    sealer = Sealer(layout, description.origin, keys.digest_key(description.set_name), subjects)
    return Custody(description.origin, sealer, subjects, clock), sealer.close
