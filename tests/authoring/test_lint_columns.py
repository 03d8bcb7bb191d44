"""What nobody can supply is told, and only that: the engine agrees."""

from datetime import UTC, datetime

import pytest

from jurat.authoring.lint import Settings, look
from jurat.engine import Engine
from jurat.plugin import LEAST, Registry

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
RULE = """\
- id: a
  title: a
  kind: {kind}
  effect: deny
  severity: medium
  when: {when}
"""
STORED = "request.project.retention == 'zero' && request.params.store == true"


def found(registry: Registry, when: str, kind: str = "expression", **tables: str) -> list[str]:
    rule = RULE.format(kind=kind, when=f"|-\n    {when}")
    if kind != "expression":
        rule += "  params: {max_age: 60d}\n"
    data = {f"data/{name}.yaml": text for name, text in tables.items()}
    looked = look(
        {**LEAST, "rules/a.yaml": rule, **data}, registry, Settings(select=("JL118",)), now=NOW
    )
    assert looked.loaded, [each.diagnostic for each in looked.found]
    return [each.diagnostic.message for each in looked.found]


@pytest.mark.parametrize(
    ("when", "tables"),
    [
        (STORED, {}),
        (STORED, {"projects": "{}"}),
        (STORED, {"projects": "# to be filled in\n"}),
        (STORED, {"projects": "p: {environment: production}\nq: {retention: zero}\n"}),
        ("request.project.id == 'p'", {"projects": "p: {environment: production}\n"}),
        ("request.actor.team == 'x'", {"service_accounts": "s: {project: p}\n"}),
        ("request.actor.id == 'x'", {"service_accounts": "s: {team: p}\n", "users": "u: {}\n"}),
        ("request.endpoint.residency == 'eu'", {"endpoints": "e: {provider: azure}\n"}),
        ("request.params.store == true", {"projects": "p: {environment: production}\n"}),
    ],
)
def test_what_somebody_may_supply_is_none_of_it(
    registry: Registry, when: str, tables: dict[str, str]
) -> None:
    assert found(registry, when, **tables) == []


@pytest.mark.parametrize(
    ("when", "kind", "tables", "path"),
    [
        (STORED, "expression", {"projects": "p: {environment: production}\n"},
         "request.project.retention"),
        ("request.actor.team == 'x'", "expression",
         {"service_accounts": "s: {project: p}\n", "users": "u: {email: a@b.example}\n"},
         "request.actor.team"),
        ("project.environment == 'production'", "credential.age", {"projects": "p: {}\n"},
         "project.environment"),
        ("credential.status == 'active'", "credential.age",
         {"credentials": "c: {project: p}\n"}, "credential.status"),
        ("request.vendor.dpa == true", "expression", {"vendors": "azure: {baa: true}\n"},
         "request.vendor.dpa"),
    ],
)  # fmt: skip
def test_a_column_that_no_row_has(
    registry: Registry, when: str, kind: str, tables: dict[str, str], path: str
) -> None:
    (message,) = found(registry, when, kind, **tables)
    assert message.startswith(f"{path} is always absent: no row of ")


@pytest.mark.parametrize(("row", "fired"), [("{environment: production}", False), ("", True)])
def test_the_table_alone_answers(row: str, fired: bool) -> None:
    """The gateway's word counts where there is no table, and not where there is."""
    files = {**LEAST, "rules/a.yaml": RULE.format(kind="expression", when=STORED)}
    if row:
        files["data/projects.yaml"] = f"p: {row}\n"
    with Engine.load(files) as engine:
        decision = engine.evaluate(
            {"project": {"id": "p", "retention": "zero"}, "params": {"store": True}}, now=NOW
        )
    assert (
        any(rule == "a" for rule, outcome, _ in decision.outcomes if outcome == "fired") is fired
    )
