"""Cases that share: fixtures, rows, and what is left out."""

from typing import Any

import pytest

from jurat.bundle import BundleError, Diagnostic, read_bundle

NOW = "now: 2026-05-25T12:00:00Z"


def with_tests(good: dict[str, str], text: str, fixtures: str = "") -> dict[str, str]:
    files = {name: data for name, data in good.items() if not name.startswith("tests/")}
    files["tests/a.yaml"] = text
    if fixtures:
        files["tests/fixtures.yaml"] = fixtures
    return files


def problems(files: dict[str, str], registry: Any) -> list[Diagnostic]:
    with pytest.raises(BundleError) as caught:
        read_bundle(files, registry)
    return list(caught.value.diagnostics)


FIXTURES = """\
chat: {action: chat.completions, model: gpt-4.1, actor: {id: a, kind: user}, tools: [{name: t}]}
other: {model: gpt-4.1}
"""


def test_a_case_is_laid_over_a_fixture(good: dict[str, str], registry: Any) -> None:
    text = f"""\
- {{name: as it is, {NOW}, base: chat, expect: {{effect: deny}}}}
- {{name: changed, {NOW}, base: chat, given: {{model: o3, actor: {{kind: null}}, tools: []}},
   expect: {{effect: deny}}}}
- {{name: less, {NOW}, base: chat, without: [/actor/kind, /tools], expect: {{effect: deny}}}}
"""
    bundle = read_bundle(with_tests(good, text, FIXTURES), registry)
    whole = {"action": "chat.completions", "model": "gpt-4.1"}
    actor = {"id": "a", "kind": "user"}
    assert [case.given for case in bundle.tests] == [
        {**whole, "actor": actor, "tools": [{"name": "t"}]},
        {**whole, "model": "o3", "actor": {"id": "a", "kind": None}, "tools": []},
        {**whole, "actor": {"id": "a"}},
    ]
    assert bundle.unused_fixtures == ("other",)


def test_rows_vary_a_case(good: dict[str, str], registry: Any) -> None:
    text = f"""\
- name: models
  {NOW}
  base: chat
  supports: [redact]
  expect: {{effect: deny}}
  rows:
    - {{name: a small one, given: {{model: gpt-4.1-mini}}}}
    - {{name: a later time, now: 2026-06-01T00:00:00Z, expect: {{value: Deny}}}}
"""
    small, later = read_bundle(with_tests(good, text, FIXTURES), registry).tests
    assert (small.name, later.name) == ("models: a small one", "models: a later time")
    assert (small.given["model"], later.given["model"]) == ("gpt-4.1-mini", "gpt-4.1")
    assert (small.expect.value, later.expect.value) == (None, "Deny")
    assert later.expect.effect == "deny"
    assert small.supports == later.supports == {"redact"}
    assert (small.now.month, later.now.month) == (5, 6)
    assert (small.line, later.line) == (7, 8)


@pytest.mark.parametrize(
    ("case", "code", "line", "told"),
    [
        (f"{{name: n, {NOW}, base: cht, expect: {{effect: deny}}}}", "JB070", 1, "`cht`"),
        (f"{{name: n, {NOW}, base: [chat], expect: {{effect: deny}}}}", "JB022", 1, "a text"),
        (
            f"{{name: n, {NOW}, base: chat, without: [/actr], expect: {{effect: deny}}}}",
            "JB070", 1, "nothing of `given`",
        ),
        (
            f"{{name: n, {NOW}, base: chat, without: [actor], expect: {{effect: deny}}}}",
            "JB070", 1, "nothing of `given`",
        ),
        (f"{{name: n, {NOW}, base: chat, given: {{modl: x}}, expect: {{effect: deny}}}}",
         "JB024", 1, "`modl`"),
        (f"{{name: n, {NOW}, base: chat, expect: {{effect: deny}}, rows: []}}", "JB021", 1, "no row"),
        (f"{{name: n, {NOW}, base: chat, expect: {{effect: deny}}, rows: [{{}}]}}", "JB021", 1, "`name`"),
        (f"{{name: n, {NOW}, base: chat, rows: [{{name: r}}]}}", "JB021", 1, "`expect`"),
        (
            f"{{name: n, {NOW}, base: chat, expect: {{effect: dny}},\n  rows: [{{name: r}}, {{name: s}}]}}",
            "JB023", 1, "`dny`",
        ),
        (
            f"{{name: n, {NOW}, base: chat, expect: {{effect: deny}},\n  rows: [{{name: r, gvien: {{}}}}]}}",
            "JB020", 2, "`gvien`",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_laid_over(
    good: dict[str, str], registry: Any, case: str, code: str, line: int, told: str
) -> None:
    found = problems(with_tests(good, f"- {case}\n", FIXTURES), registry)
    (first,) = found
    assert (first.code, first.file, first.line) == (code, "tests/a.yaml", line)
    assert told in first.message


def test_fixtures_that_are_none(good: dict[str, str], registry: Any) -> None:
    case = f"- {{name: n, {NOW}, given: {{}}, expect: {{effect: deny}}}}\n"
    (found,) = problems(with_tests(good, case, "[a, b]\n"), registry)
    assert (found.code, found.file) == ("JB022", "tests/fixtures.yaml")
    (found,) = problems(with_tests(good, case, "a: text\n"), registry)
    assert (found.code, found.file, found.line, found.column) == (
        "JB022", "tests/fixtures.yaml", 1, 4,
    )  # fmt: skip
