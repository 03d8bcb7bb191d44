"""An editor for tests: a real client of the Language Server Protocol that starts `jurat lsp`."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from lsprotocol import types
from pygls.lsp.client import LanguageClient

FILES: Mapping[str, str] = {
    "bundle.yaml": """\
name: acme
version: 1.0.0
revision: 1
owner: platform
parameters:
  reviewed: {type: 'list(string)', value: [gpt-4.1], description: Who reviewed what.}
""",
    "data/projects.yaml": """\
proj-a: {environment: production, residency: eu}
proj-b: {environment: staging}
""",
    "data/service_accounts.yaml": "svc-chat: {project: proj-a, permissions: [chat.completions]}\n",
    "data/endpoints.yaml": "azure-weu: {provider: azure, region: westeurope, sku: Standard}\n",
    "rules/a.yaml": """\
- id: callers
  title: Known callers
  kind: expression
  effect: permit
  severity: info
  when: request.actor.id in data.service_accounts
- id: models
  title: Reviewed models only
  kind: model.allowlist
  effect: deny
  severity: high
  params: {models: {param: reviewed}}
  controls: [SOC2:CC8.1]
  remediation: Call a reviewed model.
- id: stored
  title: Answers of the pilot are not stored
  kind: expression
  effect: deny
  severity: medium
  when: request.project.id == "proj-a" && request.params.store == true
  controls: [GDPR:32]
  remediation: Set store to false.
""",
    "waivers.yaml": """\
# TODO: whether it is needed
- rule: models
  scope: request.project.id == "proj-b"
  owner: ann
  reason: a trial
  granted: 2026-01-01T00:00:00Z
  expires: 2026-12-31T00:00:00Z
""",
    "tests/fixtures.yaml": "call: {actor: {id: svc-chat}, model: gpt-4.1}\n",
    "tests/a.yaml": """\
- name: what is stored is refused
  now: 2026-05-25T12:00:00Z
  base: call
  given: {project: {id: proj-a}, params: {store: true}}
  expect: {effect: deny, fired: [callers, stored]}
- name: another model is refused
  now: 2026-05-25T12:00:00Z
  base: call
  given: {model: gpt-4o, project: {id: proj-a}, params: {store: false}}
  expect: {effect: deny, fired: [callers, models]}
""",
}
SERVER = ("-c", "from jurat.cli import main; main()", "lsp")
_PATIENCE = 20  # seconds: a bound for a hang, nothing is measured by it


class Editor:
    """An editor with some files open. A `|` in a text is where the cursor stands."""

    def __init__(self, client: LanguageClient, root: Path, encoding: str) -> None:
        self.client = client
        self.encoding = encoding
        self._news = asyncio.Event()
        self._all: dict[Path, dict[str, list[types.Diagnostic]]] = {}
        self.begin(root)

        @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]  # of pygls
        def published(params: types.PublishDiagnosticsParams) -> None:
            if params.uri.startswith(self.root.as_uri()):
                self.told[self.name(params.uri)] = list(params.diagnostics)
                self._news.set()

        @client.feature(types.WINDOW_SHOW_MESSAGE)  # type: ignore[untyped-decorator]  # of pygls
        def shown(params: types.ShowMessageParams) -> None:
            self.messages.append(params.message)
            self._news.set()

    def begin(self, root: Path) -> None:
        """From now on it is about another bundle."""
        self.root = root
        self.told = self._all.setdefault(root, {})
        self.messages: list[str] = []
        self._versions: dict[str, int] = {}

    def finish(self, *kept: str) -> None:
        """Closes all files but those that are kept open."""
        for name in list(self._versions):
            if name not in kept:
                self.close(name)

    def uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    def name(self, uri: str) -> str:
        return unquote(uri).removeprefix(unquote(self.root.as_uri()) + "/")

    def open(self, name: str, text: str | None = None) -> None:
        path = self.root / name
        text = path.read_text("utf-8") if text is None else text
        self._versions[name] = 1
        item = types.TextDocumentItem(self.uri(name), "yaml", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, name: str, text: str) -> None:
        """The file's text is another one, unsaved."""
        self._versions[name] = self._versions.get(name, 0) + 1
        whole = types.TextDocumentContentChangeWholeDocument(text)
        document = types.VersionedTextDocumentIdentifier(self._versions[name], self.uri(name))
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [whole]))

    def close(self, name: str) -> None:
        document = types.TextDocumentIdentifier(self.uri(name))
        del self._versions[name]
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(document))

    async def until(self, name: str, *codes: str) -> list[types.Diagnostic]:
        """Waits until the file has just these codes, and gives its diagnostics."""
        async with asyncio.timeout(_PATIENCE):
            while sorted(str(one.code) for one in self.told.get(name, ())) != sorted(codes):
                self._news.clear()
                await self._news.wait()
        return self.told.get(name, [])

    async def settled(self) -> None:
        """Waits until the bundle was looked over once: its names are known then."""
        await self.until("waivers.yaml", "JL506")

    async def message(self) -> str:
        async with asyncio.timeout(_PATIENCE):
            while not self.messages:
                self._news.clear()
                await self._news.wait()
        return self.messages[-1]

    def place(self, marked: str) -> tuple[str, types.Position]:
        """The text without its `|`, and where that stood."""
        before, _, after = marked.partition("|")
        line = before.count("\n")
        column = before[before.rfind("\n") + 1 :]
        units = {"utf-8": len(column.encode()), "utf-32": len(column)}.get(
            self.encoding, len(column.encode("utf-16-le")) // 2
        )
        return before + after, types.Position(line, units)

    async def complete(self, name: str, marked: str) -> dict[str, types.CompletionItem]:
        text, position = self.place(marked)
        self.type(name, text)
        document = types.TextDocumentIdentifier(self.uri(name))
        found = await self.client.text_document_completion_async(
            types.CompletionParams(document, position)
        )
        items = found.items if isinstance(found, types.CompletionList) else found or []
        return {item.label: item for item in items}

    async def hover(self, name: str, marked: str) -> str:
        text, position = self.place(marked)
        self.type(name, text)
        document = types.TextDocumentIdentifier(self.uri(name))
        found = await self.client.text_document_hover_async(types.HoverParams(document, position))
        if found is None:
            return ""
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value

    async def definition(self, name: str, marked: str) -> list[tuple[str, int]]:
        """The files and lines (from 0) that the word at the mark leads to."""
        text, position = self.place(marked)
        self.type(name, text)
        document = types.TextDocumentIdentifier(self.uri(name))
        found = await self.client.text_document_definition_async(
            types.DefinitionParams(document, position)
        )
        assert isinstance(found, list)
        places = [one for one in found if isinstance(one, types.Location)]
        return [(self.name(one.uri), one.range.start.line) for one in places]


async def started(root: Path, encoding: str = "utf-16", command: Sequence[str] = SERVER) -> Editor:
    client = LanguageClient("an editor", "1")
    await client.start_io(sys.executable, *command)
    editor = Editor(client, root, encoding)
    general = types.GeneralClientCapabilities(
        position_encodings=[types.PositionEncodingKind(encoding)]
    )
    made = await client.initialize_async(
        types.InitializeParams(
            capabilities=types.ClientCapabilities(general=general), root_uri=root.as_uri()
        )
    )
    assert made.capabilities.position_encoding == encoding
    client.initialized(types.InitializedParams())
    return editor


async def ended(editor: Editor) -> int | None:
    """Ends the server as the protocol says, and gives its exit code."""
    await editor.client.shutdown_async(None)
    editor.client.exit(None)
    server = editor.client._server
    assert server is not None
    code = await asyncio.wait_for(server.wait(), _PATIENCE)
    await editor.client.stop()  # type: ignore[no-untyped-call]  # of pygls
    return code
