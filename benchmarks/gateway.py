"""The gateway policy: ten rules over one request of 635 bytes, and what they mean, twice.

`expected` is the plain reading, over the JSON of a request. `floor` is what a good programmer
would write by hand for exactly this policy over objects made for it: the least that a complete
answer can cost. Everything measured must agree with both on every request of `VARIANTS`.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address, ip_network
from json import dumps
from typing import Any

NOW = datetime(2026, 5, 25, 12, 0, tzinfo=UTC)
MODELS = ("gpt-4.1", "gpt-4.1-mini")
MAX_AGE = timedelta(days=60)
MAX_TOKENS = 4096
EU_REGIONS = ("westeurope", "francecentral", "swedencentral")

RULES = """\
- id: callers
  title: Service accounts call for their own project
  kind: expression
  effect: permit
  severity: info
  when: request.actor.kind == "service_account" && request.actor.project == request.project.id
- {id: models, title: Reviewed models only, kind: model.allowlist, effect: deny, severity: high,
   params: {models: [gpt-4.1, gpt-4.1-mini]}}
- {id: networks, title: Accounts call from their networks, kind: network.allowlist, effect: deny,
   severity: high, params: {networks: {fact: request.actor.networks}}}
- {id: key-age, title: Keys are rotated within 60 days, kind: credential.age, effect: deny,
   severity: high, when: project.environment != "experimentation", params: {max_age: 60d}}
- {id: key-expiry, title: Expired keys open nothing, kind: credential.expiry, effect: deny,
   severity: critical}
- {id: eu-residency, title: EU projects stay in the EU, kind: data.residency, effect: deny,
   severity: critical, when: request.project.residency == "eu"}
- {id: isolation, title: Projects are kept apart, kind: project.isolation, effect: deny,
   severity: critical}
- {id: permissions, title: Accounts do what they are for, kind: actor.permission, effect: deny,
   severity: high}
- id: max-tokens
  title: Answers are bounded
  kind: expression
  effect: deny
  severity: medium
  when: request.params.max_tokens > 4096
- id: prod-store
  title: Production stores nothing at the provider
  kind: expression
  effect: deny
  severity: high
  when: request.project.environment == "production" && !(request.params.store == false)
"""
MANIFEST = "{name: gateway, version: 1.0.0, revision: 1}\n"
TABLES = {
    "data/projects.yaml": """\
proj-prod: {environment: production, residency: eu, holders: [service_account]}
proj-dev: {environment: development, holders: [service_account, user]}
""",
    "data/service_accounts.yaml": """\
svc-chatbot-prod: {kind: service_account, project: proj-prod,
  permissions: [chat.completions, embeddings], networks: [10.0.1.0/24, 10.0.2.0/24]}
""",
    "data/credentials.yaml": """\
key-prod-001: {project: proj-prod, created_at: "2026-03-31T12:00:00Z",
  expires_at: "2026-05-30T12:00:00Z", status: active}
""",
    "data/endpoints.yaml": """\
azure-weu: {provider: azure, region: westeurope, sku: Standard, residency: eu}
azure-eus: {provider: azure, region: eastus, sku: Standard, residency: us}
""",
}


def bundle(*, joins: bool = False, more: int = 0) -> dict[str, str]:
    """The files of the policy; with tables to join; with `more` rules of other projects."""
    files = {"bundle.yaml": MANIFEST, "rules/gateway.yaml": RULES}
    if joins:
        files |= TABLES
    for start in range(0, more, 1000):
        files[f"rules/more-{start:05}.yaml"] = "".join(
            _other(number) for number in range(start, min(start + 1000, more))
        )
    return files


def _other(number: int) -> str:
    """A rule of another project: expressions and checks in turn."""
    head = f"- {{id: other-{number:05}, title: Other, effect: deny, severity: high, "
    scope = f'request.project.id == "proj-{number // 10:04}"'
    if number % 2:
        return f"{head}kind: model.allowlist, when: '{scope}', params: {{models: [gpt-4.1]}}}}\n"
    limit = 1000 + number // 10
    return f"{head}kind: expression, when: '{scope} && request.params.max_tokens > {limit}'}}\n"


REQUEST: dict[str, Any] = {
    "id": "r-1",
    "action": "chat.completions",
    "model": "gpt-4.1",
    "actor": {
        "id": "svc-chatbot-prod",
        "kind": "service_account",
        "project": "proj-prod",
        "permissions": ["chat.completions", "embeddings"],
        "networks": ["10.0.1.0/24", "10.0.2.0/24"],
        "credential": {
            "id": "key-prod-001",
            "project": "proj-prod",
            "created_at": "2026-03-31T12:00:00Z",
            "expires_at": "2026-05-30T12:00:00Z",
        },
    },
    "source": {"ip": "10.0.1.50"},
    "project": {
        "id": "proj-prod",
        "environment": "production",
        "residency": "eu",
        "holders": ["service_account"],
    },
    "endpoint": {
        "id": "azure-weu",
        "provider": "azure",
        "region": "westeurope",
        "sku": "Standard",
        "residency": "eu",
    },
    "params": {"max_tokens": 512, "store": False},
}
BODY = dumps(REQUEST, separators=(",", ":")).encode()


def changed(pointer: str, value: Any) -> dict[str, Any]:
    """The request with another value at a pointer; without it where `value` is ..."""
    made = deepcopy(REQUEST)
    *parents, name = pointer.strip("/").split("/")
    inner = made
    for parent in parents:
        inner = inner[parent]
    if value is ...:
        del inner[name]
    else:
        inner[name] = value
    return made


# Every fact is known in these, so that peers without a notion of the unknown can take part.
VARIANTS: dict[str, dict[str, Any]] = {
    "allow": REQUEST,
    "other model": changed("/model", "gpt-3.5-turbo"),
    "other network": changed("/source/ip", "203.0.113.1"),
    "next network": changed("/source/ip", "10.0.3.0"),
    "old key": changed("/actor/credential/created_at", "2026-03-26T11:59:59Z"),
    "key at its age": changed("/actor/credential/created_at", "2026-03-26T12:00:00Z"),
    "key expiring now": changed("/actor/credential/expires_at", "2026-05-25T12:00:00Z"),
    "endpoint abroad": changed(
        "/endpoint",
        {"id": "e", "provider": "azure", "region": "eastus", "sku": "Standard", "residency": "us"},
    ),
    "key of another project": changed("/actor/credential/project", "proj-dev"),
    "a user": changed("/actor/kind", "user"),
    "a user, who may hold keys": {
        **changed("/actor/kind", "user"),
        "project": {**REQUEST["project"], "holders": ["service_account", "user"]},
    },
    "no permission": changed("/actor/permissions", ["embeddings"]),
    "long answer": changed("/params/max_tokens", 4097),
    "stored": changed("/params/store", True),
    "stored in development": {
        **changed("/params/store", True),
        "project": {**REQUEST["project"], "environment": "development", "residency": "us"},
        "endpoint": {**REQUEST["endpoint"], "region": "eastus", "residency": "us"},
    },
}
# What the kinds know besides, and the peers' short policies do not.
FINER = {
    "revoked key": changed("/actor/credential/status", "revoked"),
    "a deployment that serves another model": changed("/endpoint/model", "gpt-3.5-turbo"),
    "a claim that the SKU does not keep": changed("/endpoint/sku", "GlobalStandard"),
}
MISSING = {
    "address unknown": changed("/source/ip", ...),
    "residency unknown": changed("/project/residency", ...),
    "kind unknown": changed("/actor/kind", ...),
}


# -- the plain reading


def expected(request: dict[str, Any], now: datetime = NOW) -> tuple[str, str, tuple[str, ...]]:
    """(effect, value, rules that denied or are unknown, sorted): no thought of speed."""
    rules: dict[str, Callable[[], bool]] = {
        "models": lambda: (request["endpoint"].get("model") or request["model"]) not in MODELS,
        "networks": lambda: (
            not any(
                ip_address(request["source"]["ip"]) in ip_network(network)
                for network in request["actor"]["networks"]
            )
        ),
        "key-age": lambda: (
            request["project"]["environment"] != "experimentation"
            and (
                now - _time(request["actor"]["credential"]["created_at"]) > MAX_AGE
                or request["actor"]["credential"].get("status") == "revoked"
            )
        ),
        "key-expiry": lambda: (
            _time(request["actor"]["credential"]["expires_at"]) <= now
            or request["actor"]["credential"].get("status") == "revoked"
        ),
        "eu-residency": lambda: (
            request["project"]["residency"] == "eu"
            and not (
                request["endpoint"]["residency"] == "eu"
                and request["endpoint"]["region"] in EU_REGIONS
                and request["endpoint"]["sku"] == "Standard"
            )
        ),
        "isolation": lambda: (
            request["actor"]["project"] != request["project"]["id"]
            or request["actor"]["credential"]["project"] != request["project"]["id"]
            or request["actor"]["kind"] not in request["project"]["holders"]
        ),
        "permissions": lambda: request["action"] not in request["actor"]["permissions"],
        "max-tokens": lambda: request["params"]["max_tokens"] > MAX_TOKENS,
        "prod-store": lambda: (
            request["project"]["environment"] == "production"
            and request["params"]["store"] is not False
        ),
    }
    fired, unknown = [], []
    for id_, rule in rules.items():
        try:
            if rule():
                fired.append(id_)
        except KeyError:
            unknown.append(id_)
    permit = permit_unknown = False
    try:
        permit = (
            request["actor"]["kind"] == "service_account"
            and request["actor"]["project"] == request["project"]["id"]
        )
    except KeyError:
        permit_unknown = True
        unknown.append("callers")
    told = tuple(sorted(fired + unknown))
    if fired:
        return "deny", "Deny", told
    if [id_ for id_ in unknown if id_ != "callers"]:
        value = "Indeterminate{DP}" if permit or permit_unknown else "Indeterminate{D}"
        return "deny", value, told
    if permit:
        return "allow", "Permit", told
    return "deny", "Indeterminate{P}" if permit_unknown else "NotApplicable", told


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


# -- the floor


class Flat:
    """A request as the hand-written function wants it: one object per parent, slots only."""

    __slots__ = ("action", "actor", "credential", "endpoint", "ip", "model", "params", "project")


def _slotted(name: str, *fields: str) -> type:
    return type(name, (), {"__slots__": fields})


Actor = _slotted("Actor", "kind", "project", "permissions", "networks")
Credential = _slotted("Credential", "project", "created_at", "expires_at", "status")
Project = _slotted("Project", "id", "environment", "residency", "holders")
Endpoint = _slotted("Endpoint", "provider", "region", "sku", "residency", "model")
Params = _slotted("Params", "max_tokens", "store")
_TIMES = ("created_at", "expires_at")
_OPTIONAL = ("status", "model")


def flat(request: dict[str, Any]) -> Any:
    """A `Flat` of the JSON of a request; what was not sent stays unset."""
    made: Any = Flat()
    made.action, made.model = request["action"], request["model"]
    if "ip" in request["source"]:
        made.ip = request["source"]["ip"]
    for name, cls in (
        ("actor", Actor),
        ("project", Project),
        ("endpoint", Endpoint),
        ("params", Params),
    ):
        setattr(made, name, _fill(cls, request[name]))
    made.credential = _fill(Credential, request["actor"]["credential"])
    return made


def _fill(cls: Any, data: dict[str, Any]) -> Any:
    made = cls()
    for name in cls.__slots__:
        if name in _OPTIONAL:
            setattr(made, name, data.get(name))
        elif name in data:
            value = data[name]
            if name in _TIMES:
                value = _time(value)
            setattr(made, name, tuple(value) if isinstance(value, list) else value)
    return made


class Answer:
    """As much as a decision says at once: effect, value, when, who let it in, what stood against."""

    __slots__ = ("effect", "now", "permits", "reasons", "value")

    def __init__(
        self,
        effect: str,
        value: str,
        now: datetime,
        permits: tuple[str, ...],
        reasons: list[tuple[str, str, str]],
    ) -> None:
        self.effect = effect
        self.value = value
        self.now = now
        self.permits = permits
        self.reasons = reasons


_ALLOWED_MODELS = frozenset(MODELS)
_CALLERS = ("callers",)
_NO_TIME = timedelta()
_KEPT_IN_EU = frozenset(("Standard", region) for region in EU_REGIONS)
_NOBODY: tuple[str, ...] = ()


@lru_cache(4096)
def _inside(address: str, networks: tuple[str, ...]) -> bool:
    return any(ip_address(address) in ip_network(network) for network in networks)


def floor(request: Any, now: datetime) -> Answer:
    """The policy by hand. A fact that is missing raises AttributeError: see `floor_or_slow`."""
    reasons: list[tuple[str, str, str]] = []
    actor = request.actor
    project = request.project
    credential = request.credential
    id_ = project.id
    environment = project.environment
    endpoint = request.endpoint
    model = endpoint.model
    if (request.model if model is None else model) not in _ALLOWED_MODELS:
        reasons.append(("models", "model-not-allowed", "/model"))
    ip = request.ip
    networks = actor.networks
    if ip is None or networks is None or not _inside(ip, networks):
        reasons.append(("networks", "address-not-allowed", "/source/ip"))
    revoked = credential.status == "revoked"
    if environment != "experimentation":
        created = credential.created_at
        if revoked or created is None or not _NO_TIME <= now - created <= MAX_AGE:
            reasons.append(("key-age", "credential-too-old", "/actor/credential"))
    expires = credential.expires_at
    if revoked or expires is None or expires <= now:
        reasons.append(("key-expiry", "credential-expired", "/actor/credential"))
    if project.residency == "eu" and (
        endpoint.residency != "eu"
        or (endpoint.provider == "azure" and (endpoint.sku, endpoint.region) not in _KEPT_IN_EU)
    ):
        reasons.append(("eu-residency", "residency-violated", "/endpoint/residency"))
    holders = project.holders
    if (
        id_ is None
        or actor.project != id_
        or credential.project != id_
        or holders is None
        or actor.kind not in holders
    ):
        reasons.append(("isolation", "outside-project", "/actor/project"))
    permissions = actor.permissions
    if permissions is None or request.action not in permissions:
        reasons.append(("permissions", "permission-missing", "/action"))
    params = request.params
    if params.max_tokens > MAX_TOKENS:
        reasons.append(("max-tokens", "condition-met", ""))
    if environment == "production" and params.store is not False:
        reasons.append(("prod-store", "condition-met", ""))
    permit = actor.kind == "service_account" and actor.project == id_
    if reasons:
        return Answer("deny", "Deny", now, _CALLERS if permit else _NOBODY, reasons)
    if permit:
        return Answer("allow", "Permit", now, _CALLERS, reasons)
    return Answer("deny", "NotApplicable", now, _NOBODY, [("", "no-rule", "")])


@dataclass(frozen=True)
class Told:
    """What is compared: the effect, and for all but those without an allow, who stood against it."""

    effect: str
    rules: frozenset[str]


def told_by_floor(request: dict[str, Any]) -> Told:
    answer = floor(flat(request), NOW)
    return Told(answer.effect, frozenset(rule for rule, _, _ in answer.reasons if rule))


def told_by_reference(request: dict[str, Any]) -> Told:
    effect, _, rules = expected(request)
    return Told(effect, frozenset(rules))
