"""The closed vocabularies: jurat's own words, and those that data/vocabulary.yaml adds."""

from collections.abc import Mapping as MappingABC
from types import MappingProxyType

from jurat.model import VOCABULARY_FIELDS
from jurat.plugin import regions

from ._diagnostic import Diagnostic, mend
from ._nodes import Node, Sequence, described
from ._shape import mapping_of, text_of

Vocabulary = MappingABC[str, frozenset[str]]

_MODELS = """
    gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest gpt-5.1 gpt-5.1-codex
    gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-chat-latest gpt-4.1
    gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-mini chatgpt-4o-latest gpt-4o-audio-preview
    gpt-4o-mini-audio-preview gpt-4o-realtime-preview gpt-4o-mini-realtime-preview gpt-realtime
    gpt-realtime-mini gpt-audio gpt-audio-mini gpt-4o-transcribe gpt-4o-mini-transcribe
    gpt-4o-mini-tts gpt-4o-search-preview gpt-4o-mini-search-preview gpt-4.5-preview gpt-4-turbo
    gpt-4-turbo-preview gpt-4 gpt-4-32k gpt-3.5-turbo gpt-3.5-turbo-16k gpt-3.5-turbo-instruct
    gpt-oss-120b gpt-oss-20b o1 o1-mini o1-preview o1-pro o3 o3-mini o3-pro o3-deep-research
    o4-mini o4-mini-deep-research codex-mini-latest computer-use-preview gpt-image-1
    gpt-image-1-mini dall-e-2 dall-e-3 sora-2 sora-2-pro tts-1 tts-1-hd whisper-1
    text-embedding-3-small text-embedding-3-large text-embedding-ada-002 omni-moderation-latest
    text-moderation-latest davinci-002 babbage-002
    claude-opus-4-5 claude-opus-4-1 claude-opus-4-0 claude-sonnet-4-5 claude-sonnet-4-0
    claude-haiku-4-5 claude-3-7-sonnet-latest claude-3-5-sonnet-latest claude-3-5-haiku-latest
    claude-3-opus-latest claude-3-haiku-20240307 claude-opus-4-5-20251101
    claude-opus-4-1-20250805 claude-opus-4-20250514 claude-sonnet-4-5-20250929
    claude-sonnet-4-20250514 claude-haiku-4-5-20251001 claude-3-7-sonnet-20250219
    claude-3-5-sonnet-20241022 claude-3-5-sonnet-20240620 claude-3-5-haiku-20241022
    claude-3-opus-20240229
    gemini-3-pro-preview gemini-2.5-pro gemini-2.5-flash gemini-2.5-flash-lite gemini-2.0-flash
    gemini-2.0-flash-lite gemini-embedding-001
    mistral-large-latest mistral-medium-latest mistral-small-latest codestral-latest
    ministral-8b-latest ministral-3b-latest mistral-embed
    llama-4-maverick llama-4-scout llama-3.3-70b-instruct llama-3.1-405b-instruct
    llama-3.1-70b-instruct llama-3.1-8b-instruct deepseek-chat deepseek-reasoner
    command-a-03-2025 command-r-plus command-r
    gpt-4.1-2025-04-14 gpt-4.1-mini-2025-04-14 gpt-4.1-nano-2025-04-14 gpt-4o-2024-05-13
    gpt-4o-2024-08-06 gpt-4o-2024-11-20 gpt-4o-mini-2024-07-18 gpt-5-2025-08-07
    gpt-5-mini-2025-08-07 gpt-5-nano-2025-08-07 gpt-5-pro-2025-10-06 gpt-5.1-2025-11-13
    gpt-4-turbo-2024-04-09 gpt-4-0613 gpt-4-0125-preview gpt-4-1106-preview gpt-3.5-turbo-0125
    gpt-3.5-turbo-1106 o1-2024-12-17 o1-pro-2025-03-19 o3-2025-04-16 o3-mini-2025-01-31
    o3-pro-2025-06-10 o4-mini-2025-04-16
"""
_ACTIONS = """
    chat.completions completions responses embeddings moderations messages messages.count_tokens
    images.generate images.edit images.variation audio.speech audio.transcription audio.translation
    realtime videos.create videos.read videos.delete rerank
    models.list models.read models.delete files.list files.read files.create files.delete
    uploads.create batches.create batches.read batches.list batches.cancel
    fine_tuning.create fine_tuning.read fine_tuning.list fine_tuning.cancel fine_tuning.pause
    fine_tuning.resume
    assistants.create assistants.read assistants.update assistants.delete threads.create
    threads.read threads.update threads.delete runs.create runs.read runs.cancel
    vector_stores.create vector_stores.read vector_stores.update vector_stores.delete
    vector_stores.search conversations.create conversations.read conversations.update
    conversations.delete containers.create containers.read containers.delete
    evals.create evals.read evals.run responses.read responses.delete responses.cancel
    mcp.tool_call mcp.tools_list mcp.resource_read mcp.prompt_get tool.call
"""

OWN: Vocabulary = MappingProxyType(
    {
        "environment": frozenset({"production", "staging", "development", "experimentation"}),
        "residency": frozenset({"eu", "us", "apac", "global"}),
        "retention": frozenset({"default", "zero"}),
        "credential_status": frozenset({"active", "rotating", "revoked"}),
        "principal_status": frozenset({"active", "suspended", "deactivated"}),
        "approval_status": frozenset({"proposed", "approved", "deprecated", "retired", "blocked"}),
        "classification": frozenset({"public", "internal", "confidential", "pii", "phi", "pci"}),
        "region": regions(),
        "model": frozenset(_MODELS.split()),
        "action": frozenset(_ACTIONS.split()),
    }
)
_PLURALS = {
    "environments": "environment",
    "residencies": "residency",
    "retentions": "retention",
    "credential_statuses": "credential_status",
    "principal_statuses": "principal_status",
    "approval_statuses": "approval_status",
    "classifications": "classification",
    "regions": "region",
    "models": "model",
    "actions": "action",
}
ABOUT = MappingProxyType(
    {
        "environment": "Environments of projects.",
        "residency": "Zones that data may be bound to.",
        "retention": "Retention modes.",
        "credential_status": "States of credentials.",
        "principal_status": "States of people and accounts.",
        "approval_status": "How far the review of a model or prompt has come.",
        "classification": "Classes of data.",
        "region": "Regions of providers.",
        "model": "Models that conditions and params may name.",
        "action": "Actions that requests may have.",
    }
)

# The columns whose words are checked. A permission may be a pattern (`chat.*`), and the id of a
# model is what makes it a word.
COLUMNS: MappingABC[tuple[str, str], str] = MappingProxyType(
    {
        field: vocabulary
        for field, vocabulary in VOCABULARY_FIELDS.items()
        if field[1] != "permissions" and field != ("ModelInfo", "id")
    }
)


def read_vocabulary(node: Node | None, problems: list[Diagnostic]) -> dict[str, frozenset[str]]:
    """jurat's vocabularies with the words that the file adds."""
    words = dict(OWN)
    root = None if node is None else mapping_of(node, "data/vocabulary.yaml", problems)
    for name, (key, value) in (root.entries if root else {}).items():
        canonical = _PLURALS.get(name, name)
        if canonical not in OWN:
            help = mend(name, [*OWN, *_PLURALS]) or f"there are {', '.join(OWN)}"
            problems.append(key.problem("JB020", f"`{name}` is no vocabulary", help))
            continue
        words[canonical] |= _added(name, value, problems)
    return words


def _added(name: str, value: Node, problems: list[Diagnostic]) -> frozenset[str]:
    if not isinstance(value, Sequence):
        message = f"`{name}` is a list of words, not {described(value)}"
        problems.append(value.problem("JB022", message))
        return frozenset()
    found = set()
    for item in value.items:
        word = text_of(item, f"each of `{name}`", problems)
        if word is not None and word.strip() == word and word:
            found.add(word)
        elif word is not None:
            problems.append(
                item.problem("JB024", "a word is not empty and has no blanks around it")
            )
    return frozenset(found)
