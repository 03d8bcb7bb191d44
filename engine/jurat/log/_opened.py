"""What opening a log does, once it stands: it records what was found and finishes what was begun."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from . import _recover
from ._body import Ids, complete, encode
from ._describe import explained, verifiers_of
from ._epoch import end_plan
from ._errors import LogError, LogUnavailable
from ._gap import Gaps, Reserve
from ._kept import Kept
from ._layout import FORMAT
from ._note import VerifierKey
from ._os import System
from ._reopen import Recovery


class Opened(Kept):
    """The part of a log that only its opening uses."""

    _clock: Callable[[], int]
    _gaps: Gaps | None
    _make_id: Ids
    _types: Mapping[str, frozenset[str]]

    @property
    @abstractmethod
    def origin(self) -> str: ...

    def _begin(
        self, system: System, verifiers: list[VerifierKey], beginning: Mapping[str, Any]
    ) -> None:
        """Record what opening did: the genesis of a new log, and each recovery."""
        try:
            if self.size == 0:
                genesis = {
                    "format": FORMAT,
                    "origin": self.origin,
                    "set": self._description.set_name,
                    "vkey": self._description.vkeys[0],
                    **beginning,
                }
                self._append_durably("genesis", genesis)
            with explained(self.directory):
                end_plan(self._layout, system)
            self._complete_key_changes(verifiers, system)  # first: they know their places
            with explained(self.directory):
                for path, fields in _recover.unrecorded(self._layout):
                    self._append_durably("recovered", fields)
                    system.replace(path, path.with_name(fields["file"]))
            self._settle()
        except LogUnavailable as error:
            raise LogError(f"{self.directory}: {error}") from None

    def _genesis(self, vkey: str) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "origin": self.origin,
            "set": self._description.set_name,
            "type": "genesis",
            "vkey": vkey,
        }

    def _count_gaps(self, reserve: Reserve, recovery: Recovery) -> None:
        def body(kind: str, fields: dict[str, Any]) -> bytes:
            return encode(complete(kind, fields, self._types, self._clock(), self._make_id))

        gaps = self._gaps = Gaps(
            reserve,
            self._group,
            opened=lambda found: recovery.again(body, found),
            body=lambda fields: body("gap", fields),
            clock=self._clock,
            make_id=self._make_id,
        )
        self._group.miss = gaps.miss

    def _complete_key_changes(self, verifiers: list[VerifierKey], system: System) -> None:
        """Record the changes of keys that log.json tells of and no record yet."""
        for index, (vkey, since, until) in enumerate(self._description.validity()):
            size = self.size
            span: tuple[int, int | None]
            if since - 1 > size:
                span, change = (size + 2, None), "added"
            elif until is not None and until > size:
                span, change = (since, size + 1), "retired"
            else:
                continue
            keys = self._description.validity()
            spans = [(begin, end) for _, begin, end in keys]
            spans[index] = span
            self._description = replace(self._description, spans=tuple(spans))
            with explained(self.directory):
                system.write_file(self._layout.description, self._description.encode())
            verifiers[:] = verifiers_of(self._description)
            self._append_durably("log.key", {"change": change, "key": vkey})

    def _append_durably(self, kind: str, fields: dict[str, Any]) -> None:
        self.append(kind, fields).wait()
        self._group.flush()
