"""Lists of tools, and which actions have to do with tools."""

from collections.abc import Callable, Iterable
from typing import Annotated

from pydantic import AfterValidator

from jurat.plugin import ParamError

from ._models import glob
from ._words import suggestion

_KINDS = ("function", "hosted", "mcp")
_CACHED = 4096  # verdicts kept per list, of names of at most _LONGEST characters
_LONGEST = 256

# (kind, server, name): server is None but for mcp; name is None for all tools of a server
ToolKey = tuple[str, str | None, str | None]

# What is looked at depends on the action alone, so that leaving a fact out never helps.
_OFFERING = """
    chat.completions responses messages messages.count_tokens realtime runs.create
    assistants.create assistants.update threads.create threads.update
"""
_CALLING = "mcp.tool_call mcp.tools_list mcp.resource_read mcp.prompt_get tool.call"
_TOOLLESS = """
    completions embeddings moderations images.generate images.edit images.variation audio.speech
    audio.transcription audio.translation videos.create videos.read videos.delete rerank
    models.list models.read models.delete files.list files.read files.create files.delete
    uploads.create batches.create batches.read batches.list batches.cancel
    fine_tuning.create fine_tuning.read fine_tuning.list fine_tuning.cancel fine_tuning.pause
    fine_tuning.resume assistants.read assistants.delete threads.read threads.delete runs.read
    runs.cancel vector_stores.create vector_stores.read vector_stores.update vector_stores.delete
    vector_stores.search conversations.create conversations.read conversations.update
    conversations.delete containers.create containers.read containers.delete evals.create
    evals.read evals.run responses.read responses.delete responses.cancel
"""
OFFERS = frozenset(_OFFERING.split())
"""Requests that offer tools to a model, in `/tools`."""
CALLS = frozenset(_CALLING.split())
"""Requests that use a tool, or a server of tools, themselves: `/tool`."""
TOOLLESS = frozenset(_TOOLLESS.split())
"""Requests without tools. An action that stands in none of the three may have both."""


def parse_entry(entry: str) -> ToolKey:
    """(kind, server, pattern of names) of an entry. Raises ParamError."""
    if not entry or any(c.isspace() for c in entry):
        bare = "".join(entry.split())
        raise ParamError(
            "a tool is empty or has a space in it",
            help=f"write {bare}" if bare else "write it with its kind, like function:get_weather",
        )
    kind, colon, name = entry.partition(":")
    if not colon:
        raise ParamError(
            "a tool has no kind",
            help=f"write function:{entry}, hosted:{entry} or mcp:server/{entry}",
        )
    if kind not in _KINDS:
        raise ParamError(f"{kind!r} is no kind of tool", help=suggestion(kind, _KINDS))
    if kind != "mcp":
        if not name:
            raise ParamError("a tool has no name", help=f"write {kind}:* for all of that kind")
        return kind, None, name
    server, slash, name = name.partition("/")
    if not (server and slash and name):
        server = server or "server"
        raise ParamError(
            "a tool of an MCP server is written server/tool",
            help=f"write mcp:{server}/* for all tools of that server",
        )
    if "*" in server and (server, name) != ("*", "*"):
        raise ParamError(
            "a pattern in place of a server's name",
            help="name the server: anyone may call theirs by a name that fits; mcp:*/* is any tool",
        )
    return kind, server, name


def _entry(text: str) -> str:
    parse_entry(text)
    return text


ToolEntry = Annotated[str, AfterValidator(_entry)]


class ToolList:
    """A list of tools, made ready. Raises ParamError for an entry that is none.

    `verdicts` are the tools judged so far: one look-up there is the quick way to `admits`.
    """

    __slots__ = ("_any", "_exact", "_patterns", "_servers", "_whole", "verdicts")

    def __init__(self, entries: Iterable[str]) -> None:
        keys = [parse_entry(entry) for entry in entries]
        self._exact = frozenset(key for key in keys if "*" not in (key[2] or ""))
        self._any = ("mcp", "*", "*") in keys
        self._servers = frozenset(server for kind, server, _ in keys if kind == "mcp")
        self._whole = frozenset(
            server for kind, server, name in keys if kind == "mcp" and name == "*"
        )
        self._patterns: dict[tuple[str, str | None], list[Callable[[str], bool]]] = {}
        for kind, server, name in keys:
            if name is not None and "*" in name:
                self._patterns.setdefault((kind, server), []).append(glob(name))
        self.verdicts: dict[ToolKey, bool] = {}

    def admits(self, key: ToolKey) -> bool:
        """Whether the tool is on the list. Remembers some 4,096 tools."""
        verdict = self.verdicts.get(key)
        if verdict is None:
            verdict = self._judge(*key)
            if len(key[1] or "") <= _LONGEST and len(key[2] or "") <= _LONGEST:
                if len(self.verdicts) >= _CACHED:
                    self.verdicts.clear()
                self.verdicts[key] = verdict
        return verdict

    def reaches(self, server: str) -> bool:
        """Whether any tool of the MCP server is on the list."""
        return self._any or server in self._servers

    def _judge(self, kind: str, server: str | None, name: str | None) -> bool:
        if kind == "mcp" and self._any:
            return True
        if name is None:
            return kind == "mcp" and server in self._whole
        if (kind, server, name) in self._exact:
            return True
        return any(admits(name) for admits in self._patterns.get((kind, server), ()))
