"""What is judged: a Request, a Response, an OrgState."""

from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, Strict

from ._fields import Count, Int64, Ip, Model, Strings, Time
from ._resources import (
    Actor,
    Assignment,
    Credential,
    DataControl,
    Endpoint,
    Group,
    Invite,
    Limit,
    ModelInfo,
    ModelPermission,
    NetworkControl,
    Org,
    Principal,
    Project,
    Prompt,
    Role,
    ToolPermission,
    Vendor,
)
from ._text import Text


class Source(Model):
    """The caller's leg of the connection, as the PEP saw it."""

    ip: Ip | None = None
    tls_version: str | None = None
    forwarded_for: Annotated[tuple[Ip, ...], Strict(False)] | None = None
    """The X-Forwarded-For chain, the caller's claim first."""


class ToolCall(Model):
    """A call of a tool that a model asked for. `arguments` is text, never seen by a rule."""

    id: str | None = None
    name: str | None = None
    arguments: str | None = Field(None, repr=False)


class Message(Model):
    """One message. `content` is text, never seen by a rule; `size` counts its code points."""

    role: str | None = None
    name: str | None = None
    size: Count | None = None
    content: str | Annotated[tuple[dict[str, Any], ...], Strict(False)] | None = Field(
        None, repr=False
    )
    tool_calls: Annotated[tuple[ToolCall, ...], Strict(False)] | None = None
    tool_call_id: str | None = None


class Tool(Model):
    """A tool that the request offers to the model."""

    name: str | None = None
    server: str | None = None
    host: str | None = None
    """Where the tool's server is. Null: the tool is local; `?`: where it is can't be told."""
    kind: Literal["function", "hosted", "mcp"] | None = None


class ToolUse(Model):
    """A tool call as the action itself (MCP). `arguments` is text, never seen by a rule."""

    server: str | None = None
    host: str | None = None
    name: str | None = None
    arguments: str | dict[str, Any] | None = Field(None, repr=False)


class Params(Model):
    """Parameters of the call that policy may ask about."""

    store: bool | None = None
    background: bool | None = None
    stream: bool | None = None
    max_tokens: Int64 | None = None
    n: Int64 | None = None
    temperature: float | None = None
    top_p: float | None = None
    service_tier: str | None = None
    reasoning_effort: str | None = None
    tool_choice: str | None = None
    response_format: str | None = None
    conversation: str | None = None
    """The conversation kept at the provider that the call reads from and adds to, by its id."""


class Approval(Model):
    """A recorded approval that the PEP vouches for."""

    rule: str | None = None
    approver: str | None = None
    granted_at: Time | None = None
    expires_at: Time | None = None


class Unscanned(Model):
    """Parts of the input that no detector can read, counted."""

    images: Count | None = None
    audio: Count | None = None
    files: Count | None = None
    tokens: Count | None = None
    """Texts that were sent as lists of token ids."""


class Request(Model):
    """One AI call, as the enforcement point describes it (DESIGN: the header), with its text."""

    type: Literal["request"] | None = None
    id: str | None = None
    time: Time | None = None
    """The caller's claim; never the clock."""
    actor: Actor | None = None
    source: Source | None = None
    action: str | None = None
    """A dotted verb: chat.completions, embeddings, files.read, mcp.tool_call, …"""
    provider: str | None = None
    vendor: Vendor | None = None
    model: str | None = None
    model_info: ModelInfo | None = None
    org: Org | None = None
    project: Project | None = None
    endpoint: Endpoint | None = None
    messages: Annotated[tuple[Message, ...], Strict(False)] | None = None
    tools: Annotated[tuple[Tool, ...], Strict(False)] | None = None
    tool: ToolUse | None = None
    params: Params | None = None
    prompt: Prompt | None = None
    classification: Strings | None = None
    estimated_tokens: Count | None = None
    estimated_cost: Count | None = None
    """Micro-units of the bundle's currency."""
    tags: dict[str, str] | None = None
    approvals: Annotated[tuple[Approval, ...], Strict(False)] | None = None
    metadata: dict[str, str] | None = None
    unscanned: Unscanned | None = None

    # The strings of the provider's body that this was read from, with their pointers there;
    # None for a request built by hand, whose text stands in its own fields.
    _texts: tuple[Text, ...] | None = PrivateAttr(None)


class Usage(Model):
    """Tokens that the provider counted."""

    input_tokens: Count | None = None
    output_tokens: Count | None = None


class Response(Model):
    """What comes back for a request."""

    type: Literal["response"] | None = None
    id: str | None = None
    request: Request | None = None
    """The header of the request that this answers."""
    time: Time | None = None
    provider: str | None = None
    model: str | None = None
    status: Int64 | None = None
    messages: Annotated[tuple[Message, ...], Strict(False)] | None = None
    tool_calls: Annotated[tuple[ToolCall, ...], Strict(False)] | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    latency_us: Count | None = None
    unscanned: Unscanned | None = None

    _texts: tuple[Text, ...] | None = PrivateAttr(None)


class Collection(Model):
    """An inventory of one kind, keyed by id. An empty one is known to be empty."""

    source: str | None = None
    observed_at: Time | None = None


class Principals(Collection):
    items: dict[str, Principal] = Field(default_factory=dict)


class Invites(Collection):
    items: dict[str, Invite] = Field(default_factory=dict)


class Groups(Collection):
    items: dict[str, Group] = Field(default_factory=dict)


class Roles(Collection):
    items: dict[str, Role] = Field(default_factory=dict)


class Assignments(Collection):
    items: dict[str, Assignment] = Field(default_factory=dict)


class Projects(Collection):
    items: dict[str, Project] = Field(default_factory=dict)


class Credentials(Collection):
    items: dict[str, Credential] = Field(default_factory=dict)


class ModelPermissions(Collection):
    items: dict[str, ModelPermission] = Field(default_factory=dict)


class ToolPermissions(Collection):
    items: dict[str, ToolPermission] = Field(default_factory=dict)


class LimitCollection(Collection):
    items: dict[str, Limit] = Field(default_factory=dict)


class DataControls(Collection):
    items: dict[str, DataControl] = Field(default_factory=dict)


class NetworkControls(Collection):
    items: dict[str, NetworkControl] = Field(default_factory=dict)


class Vendors(Collection):
    items: dict[str, Vendor] = Field(default_factory=dict)


class Endpoints(Collection):
    items: dict[str, Endpoint] = Field(default_factory=dict)


class OrgState(Model):
    """A provider-neutral inventory of an organisation. A collection not given is unknown."""

    type: Literal["org_state"] | None = None
    org: Org | None = None
    observed_at: Time | None = None
    """Stands in for every collection that has none of its own."""
    principals: Principals | None = None
    invites: Invites | None = None
    groups: Groups | None = None
    roles: Roles | None = None
    assignments: Assignments | None = None
    projects: Projects | None = None
    credentials: Credentials | None = None
    model_permissions: ModelPermissions | None = None
    tool_permissions: ToolPermissions | None = None
    limits: LimitCollection | None = None
    data_controls: DataControls | None = None
    network_controls: NetworkControls | None = None
    vendors: Vendors | None = None
    endpoints: Endpoints | None = None
