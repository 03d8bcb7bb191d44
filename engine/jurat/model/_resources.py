"""The things that policy is about: principals, credentials, projects, endpoints, …

A request carries the one in use, a snapshot all that there are, a bundle's tables rows of them
(so the columns of a standard table are the fields here). A field that was not given is unknown,
a null is known to be absent; the default None below stands for both until `model_fields_set`
tells them apart.
"""

from typing import Annotated, Literal

from pydantic import Field, Strict

from ._fields import Count, Int64, Model, Strings, Time

ActorKind = Literal["user", "service_account", "workload"]
ActorKinds = Annotated[tuple[ActorKind, ...], Strict(False)]


class Limits(Model):
    """Ceilings of use. `rpm`, `tpm`: requests and tokens per minute."""

    rpm: Count | None = None
    tpm: Count | None = None
    max_tokens: Count | None = None
    max_requests: Count | None = None
    spend: Count | None = None
    """Micro-units of the bundle's currency per period."""


class Credential(Model):
    """A key that authenticates an actor. Never the secret itself."""

    id: str | None = None
    fingerprint: str | None = None
    kind: str | None = None
    name: str | None = None
    project: str | None = None
    created_at: Time | None = None
    expires_at: Time | None = None
    last_used_at: Time | None = None
    status: str | None = None
    """Vocabulary `credential_status`: active, rotating, revoked."""
    scopes: Strings | None = None
    owner: str | None = None
    owner_kind: ActorKind | None = None
    owner_status: str | None = None
    rotated_from: str | None = None


class Principal(Model):
    """Someone or something that acts: a user, a service account, a workload."""

    id: str | None = None
    kind: ActorKind | None = None
    email: str | None = None
    name: str | None = None
    roles: Strings | None = None
    groups: Strings | None = None
    permissions: Strings | None = None
    project: str | None = None
    projects: Strings | None = None
    team: str | None = None
    networks: Strings | None = None
    limits: Limits | None = None
    status: str | None = None
    created_at: Time | None = None
    last_active_at: Time | None = None


class Actor(Principal):
    """The principal that makes a request, with the credential it used."""

    credential: Credential | None = None


class Org(Model):
    """The organisation itself."""

    id: str | None = None
    name: str | None = None
    retention: str | None = None
    settings: dict[str, str] | None = None


class Project(Model):
    """A project (workspace) of the organisation."""

    id: str | None = None
    name: str | None = None
    environment: str | None = None
    """Vocabulary `environment`: production, staging, development, experimentation."""
    residency: str | None = None
    """Vocabulary `residency`: eu, us, apac, global. Null: no residency is required."""
    retention: str | None = None
    """Vocabulary `retention`: default, zero."""
    holders: ActorKinds | None = None
    """The kinds of actor that may hold the project's keys."""
    limits: Limits | None = None
    tools: Strings | None = None
    """The tools that the project's requests may offer or call."""
    owner: str | None = None
    team: str | None = None
    status: str | None = None
    created_at: Time | None = None


class Endpoint(Model):
    """Where a model is served."""

    id: str | None = None
    provider: str | None = None
    region: str | None = None
    deployment: str | None = None
    model: str | None = None
    """The model that this deployment serves, where it serves just one."""
    models: Strings | None = None
    sku: str | None = None
    residency: str | None = None
    """The zone in which processing is guaranteed to stay. Null: nothing is guaranteed."""
    retention: str | None = None
    """What the endpoint keeps. Vocabulary `retention`: default, zero."""
    classes: Strings | None = None
    """The data classes that the endpoint may receive."""
    private_link: bool | None = None
    tls_version: str | None = None
    priority: Int64 | None = None


class ModelInfo(Model):
    """A row of the register of models."""

    id: str | None = None
    status: str | None = None
    aliases: Strings | None = None
    released: Time | None = None
    retires: Time | None = None
    class_: str | None = Field(None, alias="class")
    price: dict[str, Count] | None = None
    """Micro-units of the bundle's currency per million tokens, by direction (input, output)."""
    limits: Limits | None = None


class Prompt(Model):
    """A registered prompt."""

    id: str | None = None
    version: str | None = None
    sha256: str | None = None
    status: str | None = None
    environments: Strings | None = None


class Vendor(Model):
    """A supplier of models or tools, as the vendor register has it."""

    id: str | None = None
    name: str | None = None
    assessed_at: Time | None = None
    contract_from: Time | None = None
    contract_to: Time | None = None
    dpa: bool | None = None
    baa: bool | None = None


class Stop(Model):
    """One stop of an incident: what must not be used any more. Every target that is given must
    match; a row that gives none, only `everything`, stops all requests."""

    id: str | None = None
    model: str | None = None
    project: str | None = None
    actor: str | None = None
    credential: str | None = None
    provider: str | None = None
    endpoint: str | None = None
    tool: str | None = None
    everything: bool | None = None
    who: str | None = None
    """Who ordered the stop."""
    why: str | None = None
    since: Time | None = None
    until: Time | None = None
    """The stop ends by itself then. Null: it lasts until the row is taken out."""


class Control(Model):
    """One control of a framework, as rules name it."""

    id: str | None = None
    """Framework and id with a colon between, like `SOC2:CC6.1`."""
    text: str | None = None
    """What it asks for, in words of one's own."""


class Invite(Model):
    """An invitation that has not been taken up or has lapsed."""

    id: str | None = None
    email: str | None = None
    role: str | None = None
    projects: Strings | None = None
    status: str | None = None
    created_at: Time | None = None
    expires_at: Time | None = None
    accepted_at: Time | None = None


class Group(Model):
    """A group of principals."""

    id: str | None = None
    name: str | None = None
    members: Strings | None = None
    roles: Strings | None = None
    managed_by: str | None = None
    created_at: Time | None = None


class Role(Model):
    """A named set of permissions."""

    id: str | None = None
    name: str | None = None
    permissions: Strings | None = None
    scope: str | None = None
    predefined: bool | None = None


class Assignment(Model):
    """A role given to a principal or group, on the organisation or a project."""

    id: str | None = None
    principal: str | None = None
    principal_kind: str | None = None
    role: str | None = None
    project: str | None = None
    created_at: Time | None = None


class ModelPermission(Model):
    """Which models a project may call, as the provider enforces it."""

    id: str | None = None
    project: str | None = None
    mode: str | None = None
    models: Strings | None = None


class ToolPermission(Model):
    """Which hosted tools a project may use, as the provider enforces it."""

    id: str | None = None
    project: str | None = None
    tools: dict[str, bool] | None = None


class Limit(Model):
    """A limit that the provider enforces on a project, for one model or for all."""

    id: str | None = None
    project: str | None = None
    model: str | None = None
    rpm: Count | None = None
    tpm: Count | None = None
    spend: Count | None = None
    currency: str | None = None


class DataControl(Model):
    """Retention and residency of an organisation or project, as the provider enforces them."""

    id: str | None = None
    project: str | None = None
    retention: str | None = None
    residency: str | None = None


class NetworkControl(Model):
    """Network restrictions (address lists, certificates) that the provider enforces."""

    id: str | None = None
    project: str | None = None
    kind: str | None = None
    networks: Strings | None = None
    active: bool | None = None
