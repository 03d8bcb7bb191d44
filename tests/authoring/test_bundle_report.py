"""The page of a bundle: what it makes of rules, tables and tests of every sort."""

import json
from collections.abc import Callable, Mapping

import pytest

from jurat.authoring.report import bundle_as_json, bundle_as_markdown, bundle_report
from jurat.bundle import BundleError
from jurat.plan import Plan

Planned = Callable[[Mapping[str, str]], Plan]
FILES: Mapping[str, str] = {
    "bundle.yaml": """\
name: acme
version: 1.0.0
revision: 3
assume:
  /classification: null  # the text decides
parameters:
  longest: {type: duration, value: 90d, description: How old a key may be.}
tables:
  teams: {lead: string}
""",
    "data/teams.yaml": "# Who leads | what.\n# One a line.\nsearch: {lead: ann}\nads: {}\n",
    "data/projects.yaml": "proj-a: {limits: {rpm: 5}}\nproj-b: {}\nproj-c: {}\nproj-d: {}\n",
    "rules/b.yaml": """\
# What comes
# first.
- id: late
  title: Later in the alphabet | with `ticks`
  kind: expression
  effect: deny
  severity: high
  when: |
    request.action == "files.create"
    || request.project.id in data.teams
  waivable: false
  remediation: Don't.
- id: early
  title: Keys are young
  kind: credential.age
  on: [request, org_state]
  effect: deny
  severity: low
  on_error: ignore
  params: {max_age: {param: longest}}
  controls: [ACME:1, SOC2:CC6.1]
""",
}


def test_rules_stand_in_the_order_of_their_files(planned: Planned) -> None:
    report = bundle_report(planned(FILES))
    [file] = report.files
    assert (file.path, file.about) == ("rules/b.yaml", "What comes first.")
    assert [rule.id for rule in file.rules] == ["late", "early"]
    assert report.inputs == ("request", "org_state")


def test_tables_tell_their_comment_and_the_columns_in_use(planned: Planned) -> None:
    report = bundle_report(planned(FILES))
    told = {table.name: (table.about, table.columns, table.ids) for table in report.tables}
    assert told == {
        "projects": ("", ("limits",), ("proj-a", "proj-b", "proj-c", "proj-d")),
        "teams": ("Who leads | what. One a line.", ("lead",), ("search", "ads")),
    }


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("", ""),
        ("a: {}\n# no\n", ""),
        ("# one\n#two\n\n# of the first row\na: {}\n", "one two"),
        ("# yaml-language-server: $schema=x.json\n# one\na: {}\n", "one"),
        ("# yaml-language-server: $schema=x.json\n\n# one\na: {}\n", "one"),
    ],
)
def test_the_first_comment(text: str, about: str, planned: Planned) -> None:
    files = {**FILES, "data/teams.yaml": text}
    tables = {table.name: table.about for table in bundle_report(planned(files)).tables}
    assert tables["teams"] == about


def test_what_is_sent_and_what_is_joined(planned: Planned) -> None:
    facts = {fact.pointer: fact for fact in bundle_report(planned(FILES)).facts["request"]}
    assert facts["/project/id"].rules == ("late",)
    assert facts["/project/id"].joined is None
    assert facts["/actor/credential/created_at"].rules == ("early",)


def test_controls_that_no_catalogue_has_come_last(planned: Planned) -> None:
    controls = bundle_report(planned(FILES)).controls
    assert controls == {"SOC2": {"SOC2:CC6.1": ("early",)}, "ACME": {"ACME:1": ("early",)}}


def test_a_cell_holds_a_bar_and_stays_one_cell(planned: Planned) -> None:
    page = bundle_as_markdown(bundle_report(planned(FILES)))
    [row] = [line for line in page.splitlines() if line.startswith("| [late]")]
    assert r"Later in the alphabet \| with \`ticks\`" in row
    assert r'`request.action == "files.create" \|\| request.project.id in data.teams`' in row
    assert '\nrequest.action == "files.create"\n|| request.project.id in data.teams\n```' in page
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert all(line.endswith("|") for line in rows)


def test_what_takes_from_a_rule_is_told(planned: Planned) -> None:
    page = bundle_as_markdown(bundle_report(planned(FILES)))
    assert "severity high; no waiver can lift it; tests: fires in 0, rests in 0" in page
    assert "severity low; a missing fact lets through; tests:" in page
    assert '- `max_age`: `"90d"`' in page
    assert "It has no permit: alone it denies every request" in page
    assert "| ACME:1 | (in no catalogue) | early |" in page
    assert "bundle.yaml assumes `/classification`: `null`" in page
    assert "proj-a, proj-b, proj-c and 1 more" in page


def test_the_obligations_are_those_that_the_tests_show(planned: Planned) -> None:
    files = {
        "bundle.yaml": "name: a\nversion: 1.0.0\nrevision: 1\n",
        "rules/a.yaml": """\
- {id: in, title: In, kind: expression, effect: permit, severity: info, when: has(request.model)}
- {id: hold, title: Hold, kind: expression, effect: require, severity: info,
   when: request.params.stream == true, obligation: {hold_stream: true}}
""",
        "tests/a.yaml": """\
- {name: held, now: 2026-05-25T12:00:00Z, supports: [hold_stream],
   given: {model: gpt-4.1, params: {stream: true}}, expect: {effect: allow}}
""",
    }
    report = bundle_report(planned(files))
    assert report.supports == {"request": ("hold_stream",)}
    assert [rule.id for rule in report.permits] == ["in"]
    page = bundle_as_markdown(report)
    assert "Alone, it allows a request that has its permit, and that no rule denies:\n" in page
    told = json.loads(bundle_as_json(report))
    assert told["rules"][1]["tests"] == {"fires": 1, "rests": 0, "lacks": 0}
    assert told["tables"] == []
    with pytest.raises(BundleError, match="effect is allow"):
        bundle_report(
            planned(
                {
                    **files,
                    "tests/a.yaml": files["tests/a.yaml"].replace("effect: allow", "effect: deny"),
                }
            )
        )


def test_one_rule_and_nothing_else(planned: Planned) -> None:
    files = {
        "bundle.yaml": "name: a\nversion: 1.0.0\nrevision: 1\n",
        "rules/a.yaml": """\
- {id: answers, title: Answers, kind: pii.patterns, on: [response], effect: redact,
   severity: low, params: {entities: [US_SSN]}}
""",
    }
    report = bundle_report(planned(files))
    page = bundle_as_markdown(report)
    assert "It judges answers." in page
    assert "Tables to edit" not in page
    assert "Controls that it supports" not in page
    assert "Alone, it allows" not in page
    assert json.loads(bundle_as_json(report))["inputs"] == ["response"]
