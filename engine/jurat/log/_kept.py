"""What whoever keeps an open log does with it: erase, hold, release, prune."""

import threading
from abc import abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ._custody import Custody, Erased
from ._describe import explained
from ._errors import LogError
from ._group import Group
from ._held import Hold
from ._layout import Description, Layout
from ._os import System
from ._pending import Pending
from ._prune import Plan, announce, carry_out, check_holds, plan

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = (1 << 53) - 1  # the largest integer that a record holds


class Kept:
    """The part of an open log that its keeper uses."""

    _custody: Custody
    _description: Description
    _group: Group
    _layout: Layout
    _pruning: threading.Lock
    _system: System

    @property
    @abstractmethod
    def directory(self) -> Path: ...

    @property
    @abstractmethod
    def size(self) -> int: ...

    @abstractmethod
    def append(self, type: str, body: Mapping[str, Any]) -> Pending: ...

    @abstractmethod
    def flush(self) -> None: ...

    @abstractmethod
    def _append_durably(self, kind: str, fields: dict[str, Any]) -> None: ...

    @abstractmethod
    def _genesis(self, vkey: str) -> dict[str, Any]: ...

    def erase(self, subject: str, *, by: str = "", ticket: str = "") -> Erased | None:
        """Destroy the key of a data subject: what is sealed under it can be read by nobody.

        `subject` is its id or its `hmac:…` reference. The records stay, and verify; an `erasure`
        record says who had it done (`by`, `ticket`). None where there is no key: nothing sealed
        is theirs, or all of it was erased. Raises LogHeld where a hold covers the subject,
        LogUnavailable where the key is destroyed and the log could not record it yet.
        """
        erased = self._custody.erase(subject, by=by, ticket=ticket)
        self._settle()
        return None if erased is None else Erased(erased.kid, recorded=True)

    def hold(self, subject: str | None, *, reason: str, by: str, ticket: str = "") -> Hold:
        """Forbid to erase a data subject, or anybody (None), and to prune their records.

        It holds for all logs of the set, until `release`. Raises LogError without a reason and a
        name.
        """
        hold = self._custody.hold(subject, reason=reason, by=by, ticket=ticket)
        self._settle()
        return hold

    def release(
        self, subject: str | None, *, by: str, id: str = "", reason: str = "", ticket: str = ""
    ) -> list[Hold]:
        """Lift the hold on a subject, on everybody (None), or the one with this `id`.

        Raises LogError where there is none, or several and no `id` says which.
        """
        found = self._custody.release(subject, id=id, reason=reason, by=by, ticket=ticket)
        self._settle()
        return found

    def holds(self) -> list[Hold]:
        """The holds that stand on the log's set, oldest first."""
        return self._custody.holds()

    def prune(
        self, before: datetime, *, by: str = "", ticket: str = "", dry: bool = False
    ) -> Plan | None:
        """Take away, oldest first, the full segments whose records are all older than `before`.

        A `prune` record says so before anything goes; what is kept still verifies and is proven,
        and older checkpoints stay comparable. The newest full segment is always kept. Returns
        what went, or with `dry` would go; None where nothing is old enough. Raises LogHeld where
        a hold covers a record of them, LogBroken where they are not what was signed.
        """
        if before.tzinfo is None:
            raise LogError("the time before which records go needs its zone")
        moment = min((before - _EPOCH) // timedelta(microseconds=1), _LATEST)
        with self._pruning, explained(self.directory):
            with self._group.exclusively():  # what is kept of hashes is complete then
                self._group.journal.publish()
            planned = plan(self._layout, self.size, moment)
            if planned is None:
                return None
            check_holds(self._layout, planned, self._custody.holds())
            if dry:
                return planned
            announce(self._layout, self._system, planned, self.size)
            genesis = self._genesis(self._description.vkeys[0])
            self._append_durably("prune", planned.fields(genesis, moment, by, ticket))
            carry_out(self._layout, self._system)
        return planned

    def _settle(self) -> None:
        self._custody.settle(self.append, self.flush)
