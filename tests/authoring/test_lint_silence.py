"""What looks like a mistake and is none, and the other way round: one bundle a line."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from jurat.authoring.lint import Settings, look
from jurat.plugin import Registry

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
LEAST = "name: acme\nversion: 1.0.0\nrevision: 1\n"
PROJECTS = {"data/projects.yaml": "proj-a: {environment: staging}\n"}
MODELS = {"data/models.yaml": "gpt-4.1: {status: approved}\ngpt-4o: {status: retired}\n"}
WAIVER = """\
- rule: a
  scope: '{}'
  owner: ann
  reason: a pilot
  granted: 2026-05-01T00:00:00Z
  expires: 2026-06-01T00:00:00Z
"""


def rules(*lines: str) -> dict[str, str]:
    """Rules a, b, … of which each line gives kind, effect and the rest, with `|` between."""
    made = ""
    for id_, line in zip("abcdef", lines, strict=False):
        kind, effect, rest = (part.strip() for part in line.split("|", 2))
        made += f"- {{id: {id_}, title: {id_}, severity: low, kind: {kind}, effect: {effect}"
        made += f", {rest}}}\n" if rest else "}\n"
    return {"rules/a.yaml": made}


def deny(when: str) -> str:
    return f"expression | deny | when: '{when}'"


def permit(when: str) -> str:
    return f"expression | permit | when: '{when}'"


RATE = "limits.rate | deny | params: {rpm: 10}"
APPROVAL = (
    "approval.required | require | when: 'request.action == \"fine_tuning.create\"', "
    "params: {approvers: [ann]}"
)
SILENT: list[tuple[str, str, Mapping[str, str]]] = [
    ("two rules that each count", "JL105", rules(
        RATE,
        RATE)),
    ("two approvals", "JL105", rules(APPROVAL, APPROVAL)),
    ("a wide rule that is waived", "JL104", {
        **rules(deny("request.params.store == true"),
                deny('request.params.store == true && request.provider == "azure"')),
        "waivers.yaml": WAIVER.format('request.project.id == "p"')}),
    ("a deny rule that names a retired model", "JL402", {
        **MODELS, **rules(deny('request.model == "gpt-4o"'))}),
    ("a deny rule that fires where a fact is absent", "JL108",
     rules(deny('request.project.environment != "production"'))),
    ("a permit for what is absent", "JL108", rules(permit("request.project.environment == null"))),
    ("an unlisted project without a table", "JL117", rules(deny('request.project.id == "p"'))),
    ("an unlisted actor with one table of two", "JL117", {
        **rules(deny('request.actor.id == "ann"')), "data/service_accounts.yaml": "svc: {}\n"}),
    ("a project whose row is broken", "JL117", {
        "data/projects.yaml": "proj-a: {environment: stagin}\n",
        **rules(deny('request.project.id == "proj-a"'))}),
    ("a pattern that is anchored", "JL202", rules(permit('matches(request.actor.id, "^svc-[a-z]+$")'))),
    ("a pattern that denies", "JL202", rules(deny('matches(request.actor.id, "root")'))),
    ("a division by what is not zero", "JL107", rules(deny("request.estimated_tokens / 2 > 5"))),
    ("a key that was asked for", "JL107", {
        **PROJECTS,
        **rules(deny('request.project.id in data.projects && data.projects[request.project.id].residency == "eu"'))}),
    ("conditions that only look alike", "JL105",
     rules(deny("request.params.store == true"), deny("request.params.background == true"))),
    ("overlapping intervals", "JL102",
     rules(deny("request.estimated_tokens > 3 && request.estimated_tokens < 5"))),
    ("bounds that are left out in whole numbers", "JL102",
     rules(deny("request.estimated_tokens > 3 && request.estimated_tokens < 4"))),
    ("a bundle of answers alone", "JL114",
     rules("expression | deny | on: response, when: 'response.model == \"gpt-4.1\"'")),
    ("a hash in a text", "JL002", {
        "bundle.yaml": LEAST + 'description: "see # jurat: ignore[JL101] x"\n'}),
    ("a comment in a literal text", "JL002", {
        "bundle.yaml": LEAST + "description: |\n  # jurat: ignore[JL101] x\n"}),
    ("words of other scripts", "JL302", {"bundle.yaml": LEAST + "owner: Команда безопасности μs Ωm\n"}),
    ("a date of a shadow above it", "JL307", {
        "bundle.yaml": LEAST + "# since 2026-05-20\nmode: shadow\n"}),
]  # fmt: skip
LOUD: list[tuple[str, str, str, Mapping[str, str]]] = [
    ("a misspelt project in a waiver", "JL117", "did you mean proj-a?", {
        **PROJECTS, **rules(deny("request.params.store == true")),
        "waivers.yaml": WAIVER.format('request.project.id == "proj-b"')}),
    ("a misspelt project in params", "JL117", "did you mean proj-a?", {
        **PROJECTS, **rules("model.allowlist | deny | params: {projects: {proj-x: [gpt-4.1]}}")}),
    ("an endpoint of a retired model", "JL402", "gpt-4o", {
        **MODELS, "data/endpoints.yaml": "e: {provider: azure, model: gpt-4o}\n"}),
    ("a part of a condition", "JL101", "never true",
     rules(deny('request.provider == "a" || (request.params.store && !request.params.store)'))),
    ("a closed list used up", "JL103", "always true", rules(deny(
        'request.actor.kind in ["user", "service_account", "workload"] || request.actor.kind == null'))),
    ("the same in other words", "JL105", "says the same",
     rules(deny('request.provider in ["a", "b"]'), deny('request.provider == "b" || "a" == request.provider'))),
    ("a network that stands twice", "JL111", "stands twice", {
        "data/service_accounts.yaml": "svc: {networks: [10.0.0.0/8, 10.0.0.0/8]}\n"}),
    ("every network in a table", "JL110", "every address", {
        "data/service_accounts.yaml": "svc: {networks: [0.0.0.0/0]}\n"}),
    ("routes apart", "JL115", "routes without", {
        "data/endpoints.yaml": "e: {provider: a}\nf: {provider: b}\n",
        **rules("expression | require | when: has(request.model), obligation: {route: [e]}",
                "expression | require | when: has(request.model), obligation: {route: [f]}")}),
    ("a waiver with a contradiction", "JL310", "excuses nothing", {
        **rules(deny("request.params.store == true")),
        "waivers.yaml": WAIVER.format('request.project.id == "a" && request.project.id == "b"')}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "code", "files"), SILENT, ids=[row[0] for row in SILENT])
def test_no_false_alarm(
    what: str, code: str, files: Mapping[str, str], registry: Registry
) -> None:
    looked = look({"bundle.yaml": LEAST, **files}, registry, Settings((code,)), now=NOW)
    assert [f.diagnostic.message for f in looked.found if f.diagnostic.code == code] == []
    if "broken" not in what:
        assert looked.loaded, [f.diagnostic for f in looked.found]


@pytest.mark.parametrize(("what", "code", "says", "files"), LOUD, ids=[row[0] for row in LOUD])
def test_found_in_another_shape(
    what: str, code: str, says: str, files: Mapping[str, str], registry: Registry
) -> None:
    looked = look({"bundle.yaml": LEAST, **files}, registry, Settings((code,)), now=NOW)
    assert looked.loaded, [f.diagnostic for f in looked.found]
    told = [f"{f.diagnostic.message} {f.diagnostic.help}" for f in looked.found]
    assert told
    assert any(says in text for text in told), told


def test_two_bundles_of_which_one_permits(registry: Registry) -> None:
    files = {"bundle.yaml": LEAST, **rules(deny("request.params.store == true"))}
    for alone in (True, False):
        looked = look(files, registry, Settings(("JL114",)), now=NOW, alone=alone)
        assert bool(looked.found) is alone
