"""Keeping what is told of a bundle up to date while it is edited.

Looking runs in threads, so that no key waits for it. A change is looked at again within some
milliseconds; when nothing was typed for a while, all of the bundle is.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path

from jurat.authoring.lint import Found

from ._desk import Desk, root_of
from ._findings import Mend, diagnostic, mends, range_of, span
from ._positions import Positions
from ._words import Words

if TYPE_CHECKING:
    from ._server import Server

SOON, QUIET = 0.01, 0.4  # seconds after a change until it, and until all, is looked at


class Work:
    """Keeps what is told of one bundle up to date."""

    def __init__(self, server: "Server", desk: Desk) -> None:
        self.server = server
        self.desk = desk
        self.words = Words(desk, server.registry, server.shape)
        self._made: dict[int, tuple[Found, types.Diagnostic]] = {}
        self._published: dict[str, list[types.Diagnostic]] = {}
        self._soon: asyncio.TimerHandle | None = None
        self._later: asyncio.TimerHandle | None = None
        self._looking = self._all = False
        self._trouble = ""
        self._tasks: set[asyncio.Future[object]] = set()

    def changed(self, *, wait: float = QUIET) -> None:
        """Files are not what they were: look at them soon, and at everything `wait` later."""
        root = self.desk.root
        self.desk.opened = {
            path.relative_to(root).as_posix(): text.encode("utf-8", "surrogatepass")
            for path, text in self.server.opened().items()
            if root in path.parents and root_of(path, self.server.opened()) == root
        }
        for timer in (self._soon, self._later):
            if timer is not None:
                timer.cancel()
        if not self.desk.opened:  # nobody looks at it any more, nor is it kept up to date
            self.desk.looked = None
            self.publish()
            return
        loop = asyncio.get_running_loop()
        self._soon = loop.call_later(SOON, self._start, self._again)
        self._later = loop.call_later(wait, self._start, self._whole)

    def _start(self, what: Callable[[], object]) -> None:
        made = what()
        if asyncio.iscoroutine(made):
            task = asyncio.ensure_future(made)
            self._tasks.add(task)  # asyncio keeps none alive by itself
            task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Future[object]") -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:  # its type alone: the text may hold what a file held
            message = f"jurat: internal error ({type(error).__name__}) in {self.desk.root.name}"
            self.server.window_log_message(
                types.LogMessageParams(types.MessageType.Error, message)
            )

    async def _again(self) -> None:
        """Look at what changed, until nothing has changed meanwhile."""
        if self._looking:
            return
        self._looking = True
        try:
            while (pair := self.desk.again()) is not None:
                again, before = pair
                files = self.desk.files
                if dict(before.files) == files:
                    break
                looked = await asyncio.to_thread(again.look, before, files)
                if self.desk.again() == pair:  # all was looked over meanwhile: begin with that
                    self.desk.looked = looked
                    self.publish()
        finally:
            self._looking = False

    async def _whole(self) -> None:
        """Look at all of the bundle."""
        if self._all:
            self._later = asyncio.get_running_loop().call_later(QUIET, self._start, self._whole)
            return
        self._all = True
        try:
            now = self.server.clock()
            seen = await asyncio.to_thread(self.desk.whole, dict(self.desk.opened), now)
        finally:
            self._all = False
        self.desk.take(seen)
        if dict(seen.looked.files) == self.desk.files:
            self.publish()
        else:
            await self._again()
        if self.desk.trouble and self.desk.trouble != self._trouble:
            self.server.window_show_message(
                types.ShowMessageParams(types.MessageType.Warning, self.desk.trouble)
            )
        self._trouble = self.desk.trouble

    # -- telling

    def uri(self, name: str) -> str:
        path = self.desk.root / name
        for document in self.server.workspace.text_documents.values():
            if (known := to_fs_path(document.uri)) and Path(known) == path:
                return str(document.uri)
        return str(from_fs_path(str(path)))

    def publish(self) -> None:
        """Tell the client what is found in each file, where it is other than it was told."""
        made: dict[str, list[types.Diagnostic]] = {}
        texts: dict[str, Positions] = {}
        uris: dict[str, str] = {}
        before, self._made = self._made, {}
        for found in self.desk.shown():
            known = before.get(id(found))  # kept beside it, so the id is of no other
            told = known[1] if known is not None else self._told(found, texts, uris)
            self._made[id(found)] = (found, told)
            made.setdefault(found.diagnostic.file, []).append(told)
        for name in {*self._published, *made}:
            listed = made.get(name, [])
            if listed != self._published.get(name, []):
                self.server.text_document_publish_diagnostics(
                    types.PublishDiagnosticsParams(self._uri(name, uris), listed)
                )
        self._published = made

    def _told(
        self, found: Found, texts: dict[str, Positions], uris: dict[str, str]
    ) -> types.Diagnostic:
        related = [
            types.DiagnosticRelatedInformation(
                types.Location(
                    self._uri(place.file, uris),
                    self._line(place.file, place.line, place.column, texts),
                ),
                place.message,
            )
            for place in found.diagnostic.related
        ]
        return diagnostic(found, self._positions(found.diagnostic.file, texts), related)

    def _uri(self, name: str, known: dict[str, str]) -> str:
        if name not in known:
            known[name] = self.uri(name)
        return known[name]

    def _positions(self, name: str, known: dict[str, Positions]) -> Positions:
        if name not in known:
            known[name] = self.server.positions(self.desk.text(name))
        return known[name]

    def _line(self, name: str, line: int, column: int, known: dict[str, Positions]) -> types.Range:
        positions = self._positions(name, known)
        start = positions.offset_of(line, column)
        return range_of(start, start, positions)

    def actions(self, name: str, start: int, end: int) -> list[types.CodeAction]:
        """The changes that mend what is found in a part of a file."""
        texts: dict[str, Positions] = {}
        uris: dict[str, str] = {}
        found = []
        for each in self.desk.shown():
            if each.diagnostic.file != name:
                continue
            positions = self._positions(name, texts)
            first, last = span(each.diagnostic, positions)
            if first <= end and start <= last:
                told = diagnostic(each, positions, [])
                for mend in mends(each, positions):
                    found.append(self._action(mend, told, texts, uris))
        return found

    def _action(
        self,
        mend: Mend,
        told: types.Diagnostic,
        texts: dict[str, Positions],
        uris: dict[str, str],
    ) -> types.CodeAction:
        changes = {}
        for file, edits in mend.edits.items():
            positions = self._positions(file, texts)
            changes[self._uri(file, uris)] = [
                types.TextEdit(range_of(start, end, positions), text) for start, end, text in edits
            ]
        return types.CodeAction(
            title=mend.title,
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[told],
            is_preferred=mend.safe,
            edit=types.WorkspaceEdit(changes=changes),
        )
