"""OpenAI responses: what its fields are."""

from ._openai import (
    CACHE_RETENTIONS,
    EFFORTS,
    FIGURES,
    METADATA,
    SCHEMA_TYPES,
    TIERS,
    VERBOSITIES,
)
from ._walk import ID, NUMBER, OPAQUE, Node, words

_STATUS = words(
    "in_progress", "completed", "incomplete", "searching", "interpreting", "generating",
    "calling", "failed", "cancelled", "queued",
)  # fmt: skip

# -- parts of messages and of what tools answer ------------------------------------------------

_ANNOTATION = Node(
    keys={
        "type": words("file_citation", "url_citation", "container_file_citation", "file_path"),
        **dict.fromkeys(("file_id", "container_id"), ID),
        **dict.fromkeys(("index", "start_index", "end_index"), NUMBER),
    }
)
_PART = Node(
    keys={
        "type": words(
            "input_text", "input_image", "input_file", "input_audio", "output_text", "refusal",
            "summary_text", "reasoning_text", "text", "computer_screenshot", "logs", "image",
        ),
        "detail": words("auto", "low", "high", "original"),
        "image_url": Node(media="images"),
        "file_data": Node("opaque", media="files"),
        "file_url": Node(media="files"),
        "file_id": Node("id", media="files"),
        "annotations": Node(items=_ANNOTATION),
        "logprobs": FIGURES,
        "input_audio": Node(
            keys={"data": Node("opaque", media="audio"), "format": words("mp3", "wav")}
        ),
    }
)  # fmt: skip
_PICTURE = Node(keys=_PART.keys | {"file_id": Node("id", media="images")})
_PART.types = {
    "input_image": _PICTURE,
    "computer_screenshot": _PICTURE,
    "image": Node(keys=_PART.keys | {"url": Node(media="images")}),
}
_PARTS = Node(items=_PART)

# -- tools -------------------------------------------------------------------------------------

_SCHEMA = Node(
    keys={
        "type": words(
            *SCHEMA_TYPES, "namespace", "web_search", "web_search_2025_08_26",
            "web_search_preview", "web_search_preview_2025_03_11", "file_search",
            "code_interpreter", "image_generation", "computer", "computer_use_preview",
            "local_shell", "shell", "apply_patch", "tool_search", "programmatic_tool_calling",
            "approximate", "auto", "container_auto", "container_reference", "allowlist",
            "disabled", "skill_reference", "inline", "local", "allowed_tools",
        )
    }
)  # fmt: skip
_SCHEMA.rest = _SCHEMA


def _tool(**keys: Node) -> Node:
    return Node(keys=_SCHEMA.keys | keys, rest=_SCHEMA)


_SKILL = _tool(
    skill_id=ID,
    source=Node(
        keys={
            "type": words("base64"),
            "media_type": words("application/zip"),
            "data": Node("opaque", media="files"),
        }
    ),
)
_CONTAINER = Node(
    "id",
    keys=_SCHEMA.keys
    | {
        "container_id": ID,
        "file_ids": Node(items=Node("id", media="files")),
        "skills": Node(items=_SKILL),
    },
    rest=_SCHEMA,
)
_TOOL = _tool()
_TOOL.keys["tools"] = Node(items=_TOOL)  # of a namespace
_TOOL.types = {
    "mcp": _tool(
        server_label=ID,
        connector_id=ID,
        tunnel_id=ID,
        require_approval=Node("words", frozenset({"always", "never"}), rest=_SCHEMA),
    ),
    "code_interpreter": _tool(container=_CONTAINER),
    "shell": _tool(environment=_CONTAINER),
    "file_search": _tool(vector_store_ids=Node(items=ID)),
    "image_generation": _tool(
        model=ID,
        input_image_mask=_PICTURE,
        quality=words("low", "medium", "high", "xhigh", "max", "auto"),
        size=words("1024x1024", "1024x1536", "1536x1024", "auto"),
        output_format=words("png", "webp", "jpeg", "gif", "svg"),
    ),
}
_TOOLS = Node(where="tool_schema", items=_TOOL)

# -- items -------------------------------------------------------------------------------------

CALLS = (
    "function_call", "custom_tool_call", "mcp_call", "mcp_approval_request", "computer_call",
    "web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call",
    "local_shell_call", "shell_call", "apply_patch_call", "tool_search_call", "program",
)  # fmt: skip
_OUTPUTS = (
    "function_call_output", "custom_tool_call_output", "computer_call_output",
    "local_shell_call_output", "shell_call_output", "apply_patch_call_output", "program_output",
)  # fmt: skip
_KEYS = {
    "type": words(
        "message", "reasoning", "compaction", "compaction_trigger", "item_reference",
        "mcp_list_tools", "mcp_approval_response", "tool_search_output", "additional_tools",
        "configuration_update", *CALLS, *_OUTPUTS,
    ),
    "status": _STATUS,
    "caller": Node(keys={"type": words("direct", "program"), "caller_id": ID}),
    "fingerprint": OPAQUE,
    "encrypted_content": OPAQUE,
    **dict.fromkeys(
        ("id", "call_id", "server_label", "namespace", "approval_request_id", "container_id"), ID
    ),
}  # fmt: skip
_ACTION = Node(
    keys={
        "type": words(
            "click", "double_click", "drag", "keypress", "move", "screenshot", "scroll", "type",
            "wait", "search", "open_page", "find_in_page", "exec", "create_file", "delete_file",
            "update_file", "url",
        )
    }
)  # fmt: skip
_ACTION.rest = _ACTION
_ANSWER = Node(where="tool_result", keys=_PART.keys, types=_PART.types, items=_PART)
_CALL = Node(
    where="tool_call",
    role="assistant",
    keys=_KEYS
    | {
        "name": ID,
        "arguments": Node("json"),
        "action": _ACTION,
        "actions": Node(items=_ACTION),
        "operation": _ACTION,
        "environment": _CONTAINER,
        "results": Node(where="tool_result", items=Node(keys={"file_id": ID, "score": NUMBER})),
        **dict.fromkeys(("output", "outputs", "error", "revised_prompt"), _ANSWER),
    },
)
_RESULT = Node(where="tool_result", role="tool", keys=_KEYS | {"output": _ANSWER})
_LISTING = Node(where="tool_schema", role="tool", keys=_KEYS | {"tools": _TOOLS})
_ROLES = words("user", "assistant", "system", "developer", "tool")
_TEXT = Node(
    keys={
        "format": Node(
            where="tool_schema",
            keys={"type": words("text", "json_schema", "json_object"), "schema": _SCHEMA},
        ),
        "verbosity": VERBOSITIES,
    }
)
_REASONING = Node(
    keys={
        "effort": words(*EFFORTS),
        **dict.fromkeys(("summary", "generate_summary"), words("auto", "concise", "detailed")),
        "context": words("auto", "current_turn", "all_turns"),
        "mode": words("standard", "pro"),
    }
)
_ITEM = Node(
    message=True,
    keys=_KEYS | {"role": _ROLES, "content": _PARTS, "phase": words("commentary", "final_answer")},
    types={
        **dict.fromkeys(CALLS, _CALL),
        "image_generation_call": Node(
            where="tool_call",
            role="assistant",
            keys=_CALL.keys | {"result": Node("opaque", where="tool_result", media="images")},
        ),
        **dict.fromkeys(_OUTPUTS, _RESULT),
        "reasoning": Node(
            where="message",
            role="assistant",
            keys=_KEYS | {"summary": _PARTS, "content": _PARTS},
        ),
        "mcp_list_tools": _LISTING,
        "tool_search_output": _LISTING,
        "additional_tools": Node(
            where="tool_schema", role="developer", keys=_LISTING.keys | {"role": _ROLES}
        ),
        "configuration_update": Node(keys=_KEYS | {"reasoning": _REASONING, "text": _TEXT}),
    },
)

# -- bodies ------------------------------------------------------------------------------------

_COMMON = {
    "model": ID,
    "instructions": Node(where="message", role="system", items=_ITEM),
    "prompt": Node(
        keys={
            "id": ID,
            "version": ID,
            "variables": Node(where="message", role="user", rest=_PART),
        }
    ),
    "tools": _TOOLS,
    "tool_choice": Node(
        "words",
        frozenset({"none", "auto", "required"}),
        where="tool_schema",
        keys=_SCHEMA.keys | {"mode": words("auto", "required"), "server_label": ID, "name": ID},
        rest=_SCHEMA,
    ),
    "text": _TEXT,
    "reasoning": _REASONING,
    "previous_response_id": ID,
    "conversation": Node("id", keys={"id": ID}),
    "service_tier": TIERS,
    "truncation": words("auto", "disabled"),
    "prompt_cache_retention": CACHE_RETENTIONS,
    **dict.fromkeys(("metadata", "user", "safety_identifier", "prompt_cache_key"), METADATA),
    **dict.fromkeys(
        ("max_output_tokens", "max_tool_calls", "temperature", "top_p", "top_logprobs"), NUMBER
    ),
}

REQUEST = Node(
    keys=_COMMON
    | {
        "input": Node(where="message", role="user", items=_ITEM),
        "include": Node(
            items=words(
                "file_search_call.results", "web_search_call.results",
                "web_search_call.action.sources", "message.input_image.image_url",
                "computer_call_output.output.image_url", "code_interpreter_call.outputs",
                "reasoning.encrypted_content", "message.output_text.logprobs",
            )
        ),
    }
)  # fmt: skip

RESPONSE = Node(
    keys=_COMMON
    | {
        "id": ID,
        "object": words("response"),
        "status": _STATUS,
        **dict.fromkeys(("created_at", "completed_at"), NUMBER),
        "output": Node(items=_ITEM),
        "output_text": Node(where="message", role="assistant"),
        "incomplete_details": Node(keys={"reason": words("max_output_tokens", "content_filter")}),
        "usage": FIGURES,
    }
)
