"""The files of a log made ready to be written: at opening, and after a fault."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from . import _recover
from ._journal import End, Journal
from ._layout import Layout
from ._note import Signer, VerifierKey
from ._os import System


@dataclass(frozen=True, slots=True)
class Recovery:
    """What it takes to recover one log again and again."""

    layout: Layout
    system: System
    signers: Sequence[Signer]
    verifiers: list[VerifierKey]
    origin: str
    durable: bool
    filled: Callable[[], None]

    def end(self) -> End:
        """Where the log ends, once what a crash or fault left after that is cut.

        Raises LogBroken, LogError and OSError.
        """
        state = _recover.find_end(self.layout, self.origin, self.verifiers)
        _recover.cut(self.layout, self.system, state.cuts)
        return state.end

    def journal(self, end: End) -> Journal:
        first, *also = self.signers
        journal = Journal(self.layout, self.system, first, end, durable=self.durable, also=also)
        journal.filled = self.filled
        return journal

    def again(
        self, body: Callable[[str, dict[str, Any]], bytes], found: Callable[[int], None]
    ) -> Journal:
        """A journal after a fault, what was cut recorded.

        `body` encodes a record of a type with these fields; `found` is told how many records were
        found, before anything is written: what is written may stay though it failed.
        """
        end = self.end()
        found(end.tree.size)
        journal = self.journal(end)
        try:
            for path, fields in _recover.unrecorded(self.layout):
                journal.commit([journal.stage(body("recovered", fields))])
                self.system.replace(path, path.with_name(fields["file"]))
        except BaseException:
            journal.close()
            raise
        return journal
