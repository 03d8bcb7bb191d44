"""A small world of rule kinds, so that these tests hold whatever kinds are installed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest
from pydantic import AfterValidator

from jurat.model import (
    Credential,
    Duration,
    Invite,
    Org,
    Principal,
    Project,
    Request,
    Response,
)
from jurat.plugin import Detector, FactRef, RuleKind, RuleParams


class Expression(RuleKind):
    """The condition is the rule."""

    name = "expression"
    judges = (Request, Response, Org, Principal, Project, Credential, Invite)
    effects = {"permit", "deny", "require", "advise"}


def _not_blank(text: str) -> str:
    if text != text.strip():
        raise ValueError("it has a blank at an end")
    return text


class Zone(RuleParams):
    """One zone."""

    name: str
    regions: tuple[str, ...] = ()


class Allowlist(RuleKind):
    """Only what is listed."""

    name = "model.allowlist"
    judges = Request
    effects = {"deny", "advise"}

    class Params(RuleParams):
        models: tuple[Annotated[str, AfterValidator(_not_blank)], ...]
        """What may be called."""
        networks: tuple[str, ...] | FactRef = ()
        zones: dict[str, Zone] = {}
        limit: int = 0


class Age(RuleKind):
    """Keys are rotated."""

    name = "credential.age"
    judges = Credential
    effects = {"deny"}

    class Params(RuleParams):
        max_age: Duration


class Redact(RuleKind):
    """Identifiers leave redacted."""

    name = "pii.patterns"
    judges = (Request, Response)
    effects = {"deny", "redact", "advise"}


class Stale(RuleKind):
    """Invitations do not lie about."""

    name = "invite.stale"
    judges = Invite
    effects = {"deny", "advise"}


class Inventory(RuleKind):
    """Keys on snapshots alone."""

    name = "key.inventory"
    judges = Credential
    effects = {"deny"}
    inputs = {"org_state"}


class Crash(RuleKind):
    """Its params cannot be read."""

    name = "acme.crash"
    judges = Request
    effects = {"deny"}

    class Params(RuleParams):
        @classmethod
        def model_validate(cls, *args: Any, **kwargs: Any) -> Any:
            raise RuntimeError("hunter2")


@dataclass
class Plugin:
    name: str
    version: str = "1.4.0"
    error: str = ""


@dataclass
class Kinds:
    """A registry as the loader would make it."""

    kinds: Mapping[str, RuleKind]
    detectors: tuple[Detector, ...] = (Detector("us-ssn", "US_SSN", ("x",)),)
    plugins: tuple[Plugin, ...] = (Plugin("rules"),)
    broken: tuple[Plugin, ...] = field(
        default=(Plugin("globex", error="no module named globex_rules"),)
    )


@pytest.fixture(scope="session")
def registry() -> Kinds:
    kinds = (Expression, Allowlist, Age, Redact, Stale, Inventory, Crash)
    return Kinds({kind.name: kind() for kind in kinds})


@pytest.fixture
def files(good: dict[str, str]) -> dict[str, str]:
    """A good bundle that has something of everything, to be changed at will."""
    return dict(good)


@pytest.fixture(scope="session")
def good() -> dict[str, str]:
    """The same, not to be changed."""
    return {
        "bundle.yaml": """\
name: acme-ai
version: 1.0.0
revision: 1
max_staleness: {credentials: 6h}
currency: USD
parameters: {reviewed: {type: list(string), value: [gpt-4.1]}}
tables: {drill: {reason: string, until: timestamp}}
assume: {/params/store: false}
""",
        "rules/a.yaml": """\
- id: callers
  title: Registered callers
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
""",
        "rules/b.yaml": """\
- id: key-age
  title: Keys are rotated
  kind: credential.age
  on: [request, org_state]
  effect: deny
  severity: high
  when: project.environment != "staging"
  params: {max_age: 60d}
""",
        "data/service_accounts.yaml": "svc-a: {project: proj-a, limits: {rpm: 5}}\nsvc-b: {}\n",
        "data/projects.yaml": "proj-a: {environment: production, residency: eu}\n",
        "data/drill.yaml": "all: {reason: drill, until: 2026-05-25T12:00:00Z}\n",
        "data/vocabulary.yaml": "environments: [sandbox]\nmodel: [house-model]\n",
        "detectors/a.yaml": """\
- {id: acme.customer, entity: ACME_CUSTOMER, patterns: ['C-[0-9]{6}'], confidence: medium}
""",
        "waivers.yaml": """\
- rule: key-age
  scope: project.id == "proj-a"
  owner: ann
  reason: migration
  expires: 2026-09-01T00:00:00Z
""",
        "tests/a.yaml": """\
- name: a caller is let in
  now: 2026-05-25T12:00:00Z
  given: {actor: {id: svc-a}, model: gpt-4.1, messages: [{role: user, content: hello}]}
  expect: {effect: allow, value: Permit, fired: [callers]}
""",
        "README.md": "# Acme\n",
    }
