"""A bundle with a rule of every standing, to report on and to explain."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from jurat.engine import compile_bundles, versions_of
from jurat.plan import Plan
from jurat.plugin import Registry, load_plugins

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)

FILES: Mapping[str, str] = {
    "bundle.yaml": "name: acme-ai\nversion: 1.0.0\nrevision: 1\n",
    "rules/a.yaml": """\
- id: callers
  title: Anyone may call a model
  kind: expression
  effect: permit
  severity: info
  when: has(request.model)
  controls: [SOC2:CC6.1]
- id: models
  title: "Reviewed models only | with a `pipe`"
  kind: model.allowlist
  effect: deny
  severity: high
  params: {models: [gpt-4.1]}
  controls: [SOC2:CC8.1, ACME:1, SOC2:CC6.1]
  owner: ai-governance
  description: Nobody reviewed the others.
  remediation: Call a reviewed model.
- id: stored
  title: Answers are not stored
  kind: expression
  effect: deny
  severity: medium
  when: request.params.store == true
  mode: shadow
  controls: [SOC2:C1.2]
- id: background
  title: No background mode
  kind: expression
  effect: deny
  severity: low
  when: request.params.background == true
  mode: warn
  controls: [SOC2:C1.1, SOC2:C1.2]
- id: large
  title: Large requests are noticed
  kind: expression
  effect: advise
  severity: low
  when: request.params.max_tokens > 1000
- id: lost
  title: Names what nobody knows
  kind: expression
  effect: deny
  severity: low
  when: request.model == "gpt-4o"
  on_error: ignore
  controls: [SOC2:CC99, NOBODY:1]
""",
    "data/controls.yaml": """\
"ACME:1": {text: Only what the board approved is called}
"ACME:2": {text: "Nothing is <b>said</b> | twice"}
""",
    "waivers.yaml": """\
- rule: models
  scope: request.project.id == "proj-a"
  owner: ann
  reason: migration
  ticket: T-1
  granted: 2026-05-01T00:00:00Z
  expires: 2026-06-01T00:00:00Z
""",
    "tests/a.yaml": """\
- name: a reviewed model is let in
  now: 2026-05-25T12:00:00Z
  given: {model: gpt-4.1, project: null,
          params: {store: false, background: false, max_tokens: 10}}
  expect: {effect: allow, fired: [callers], passed: [models]}
- name: another model is not
  now: 2026-05-25T12:00:00Z
  given: {model: gpt-4o-mini, project: null,
          params: {store: true, background: false, max_tokens: 10}}
  expect: {effect: deny, fired: [models], not_applicable: [lost]}
- name: without a model nobody knows
  now: 2026-05-25T12:00:00Z
  given: {project: null, params: {store: false, background: true, max_tokens: 2000}}
  expect: {effect: deny, unknown: [models], fired: [background, large]}
""",
}


@pytest.fixture
def files() -> dict[str, str]:
    return dict(FILES)


@pytest.fixture(scope="session")
def registry() -> Registry:
    return load_plugins()


@pytest.fixture(scope="session")
def planned(registry: Registry) -> Callable[[Mapping[str, str]], Plan]:
    """The plan of a bundle given as texts by file name."""

    def made(files: Mapping[str, str]) -> Plan:
        return compile_bundles(files, registry, versions_of(registry))[1][0]

    return made
