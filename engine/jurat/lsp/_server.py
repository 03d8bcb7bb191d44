"""The server: requests and notices of the protocol, put to what knows bundles."""

from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from jurat.authoring.fmt import formatted
from jurat.bundle import bundle_schema
from jurat.bundle.source import SourceFile
from jurat.plugin import Registry

from ._complete import Choice, choices
from ._define import definitions
from ._desk import Desk, root_of
from ._findings import range_of
from ._hover import hover
from ._positions import Positions
from ._shape import Shape
from ._work import SOON, Work

_KINDS = {
    "key": types.CompletionItemKind.Property,
    "value": types.CompletionItemKind.Value,
    "field": types.CompletionItemKind.Field,
    "function": types.CompletionItemKind.Function,
    "snippet": types.CompletionItemKind.Snippet,
}


class Server(LanguageServer):
    """Serves all bundles that a client opens files of."""

    def __init__(self, registry: Registry, clock: Callable[[], datetime]) -> None:
        # whole texts: a difference counts lines, and libraries don't agree on what breaks one
        super().__init__("jurat", version("jurat"), types.TextDocumentSyncKind.Full)
        self.registry = registry
        self.clock = clock
        self.shape = Shape(bundle_schema(registry))
        self.works: dict[Path, Work] = {}
        self.ended = False
        """Whether the client said that it is about to end."""

    # -- files

    def opened(self) -> dict[Path, str]:
        """The texts of open files, by their paths."""
        found = {}
        for document in self.workspace.text_documents.values():
            if path := to_fs_path(document.uri):
                found[Path(path)] = document.source
        return found

    def work_on(self, uri: str) -> tuple[Work, str] | None:
        """The bundle that a file is of, and the file's name there."""
        path = to_fs_path(uri)
        root = root_of(Path(path), self.opened()) if path else None
        if path is None or root is None:
            return None
        if root not in self.works:
            self.works[root] = Work(self, Desk(root, self.registry))
        return self.works[root], Path(path).relative_to(root).as_posix()

    def positions(self, text: str) -> Positions:
        return Positions(text, str(self.workspace.position_encoding or "utf-16").lower())

    def place(
        self, document: types.TextDocumentIdentifier, position: types.Position
    ) -> tuple[Work, str, str, int] | None:
        """The bundle, the file's name there, its text, and the offset of a position."""
        found = self.work_on(document.uri)
        if found is None:
            return None
        work, name = found
        text = self.workspace.get_text_document(document.uri).source
        return work, name, text, self.positions(text).offset_at(position.line, position.character)


def server_for(registry: Registry, clock: Callable[[], datetime]) -> Server:
    """A server that serves nothing yet, with all that it can do."""
    server = Server(registry, clock)
    _documents(server)
    _questions(server)
    return server


def _documents(server: Server) -> None:
    @server.feature(types.SHUTDOWN)
    def shutdown(_: None) -> None:
        server.ended = True

    @server.feature(types.INITIALIZED)
    def initialized(_: types.InitializedParams) -> None:
        capabilities = server.client_capabilities.workspace
        watches = capabilities.did_change_watched_files if capabilities else None
        if watches is None or not watches.dynamic_registration:
            return
        patterns = [types.FileSystemWatcher(glob_pattern=p) for p in ("**/*.yaml", "**/*.toml")]
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers=patterns)
        server.client_register_capability(
            types.RegistrationParams(
                [
                    types.Registration(
                        "jurat-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options
                    )
                ]
            )
        )

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        if found := server.work_on(params.text_document.uri):
            found[0].changed(wait=SOON)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        if found := server.work_on(params.text_document.uri):
            found[0].changed()

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        if found := server.work_on(params.text_document.uri):
            found[0].changed(wait=SOON)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        if found := server.work_on(params.text_document.uri):
            found[0].changed(wait=SOON)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def on_disk(params: types.DidChangeWatchedFilesParams) -> None:
        for work in server.works.values():
            work.changed()


def _questions(server: Server) -> None:
    options = types.CompletionOptions(trigger_characters=[".", " ", '"', "'", "[", "{", ",", ":"])

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, options)
    def completion(params: types.CompletionParams) -> types.CompletionList | None:
        place = server.place(params.text_document, params.position)
        if place is None:
            return None
        work, name, text, offset = place
        positions = server.positions(text)
        made = choices(name, text, offset, server.shape, work.words, server.registry)
        items = [_completion(choice, positions) for choice in made]
        return types.CompletionList(is_incomplete=False, items=items)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hovered(params: types.HoverParams) -> types.Hover | None:
        place = server.place(params.text_document, params.position)
        if place is None:
            return None
        work, name, text, offset = place
        said = hover(name, text, offset, server.shape, work.words, server.registry)
        if not said:
            return None
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, said))

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def definition(params: types.DefinitionParams) -> list[types.Location] | None:
        place = server.place(params.text_document, params.position)
        if place is None:
            return None
        work, name, text, offset = place
        found = definitions(name, text, offset, work.desk, work.words, server.registry)
        return [
            types.Location(
                work.uri(target.file),
                range_of(target.start, target.end, server.positions(work.desk.text(target.file))),
            )
            for target in found
        ]

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def formatting(params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        place = server.place(params.text_document, types.Position(0, 0))
        if place is None or not place[1].endswith(".yaml"):
            return None
        _, name, text, _ = place
        made = formatted(SourceFile(name, text))
        if made == text:
            return []
        start, end = _apart(text, made)
        put = made[start : len(made) - (len(text) - end)]
        return [types.TextEdit(range_of(start, end, server.positions(text)), put)]

    kinds = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, kinds)
    def code_action(params: types.CodeActionParams) -> list[types.CodeAction] | None:
        place = server.place(params.text_document, params.range.start)
        if place is None:
            return None
        work, name, text, start = place
        end = server.positions(text).offset_at(params.range.end.line, params.range.end.character)
        return work.actions(name, start, end)


def _completion(choice: Choice, positions: Positions) -> types.CompletionItem:
    about = types.MarkupContent(types.MarkupKind.Markdown, choice.about) if choice.about else None
    plain = types.InsertTextFormat.PlainText
    return types.CompletionItem(
        label=choice.label,
        kind=_KINDS[choice.sort],
        detail=choice.detail or None,
        documentation=about,
        sort_text=f"{0 if choice.first else 1}{choice.label}",
        filter_text=choice.label,
        insert_text_format=types.InsertTextFormat.Snippet if choice.snippet else plain,
        text_edit=types.TextEdit(range_of(choice.start, choice.end, positions), choice.text),
    )


def _apart(old: str, new: str) -> tuple[int, int]:
    """The least [start, end) of the old text, whole lines, outside of which both are the same."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    most = min(len(before), len(after))
    head = tail = 0
    while head < most and before[head] == after[head]:
        head += 1
    while tail < most - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    start = sum(map(len, before[:head]))
    return start, len(old) - sum(map(len, before[len(before) - tail :]))
