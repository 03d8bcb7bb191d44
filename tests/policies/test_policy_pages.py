"""The pages that document the bundles are what `jurat report bundles` writes."""

from pathlib import Path

import pytest

import jurat_policies
from jurat.authoring.report import (
    BundleReport,
    bundle_as_markdown,
    bundle_report,
    index_as_markdown,
)
from jurat.engine import compile_bundles, versions_of
from jurat.plugin import load_plugins

PAGES = Path(__file__).parents[2] / "docs" / "policies"
AGAIN = "write them anew: jurat report bundles --pages docs/policies"


@pytest.fixture(scope="module")
def reports() -> dict[str, BundleReport]:
    registry = load_plugins()
    made = {}
    for name in jurat_policies.names():
        _, (plan,) = compile_bundles(name, registry, versions_of(registry))
        made[name] = bundle_report(plan)
    return made


@pytest.mark.parametrize("name", jurat_policies.names())
def test_a_page_is_the_one_that_is_made(name: str, reports: dict[str, BundleReport]) -> None:
    written = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert written == bundle_as_markdown(reports[name]), AGAIN


def test_so_is_the_index(reports: dict[str, BundleReport]) -> None:
    written = (PAGES / "README.md").read_text(encoding="utf-8")
    assert written == index_as_markdown(reports.values()), AGAIN


def test_there_are_no_other_pages() -> None:
    assert {page.stem for page in PAGES.iterdir()} == {"README", *jurat_policies.names()}


@pytest.mark.parametrize("name", jurat_policies.names())
def test_a_page_tells_all_that_a_reader_asks_for(
    name: str, reports: dict[str, BundleReport]
) -> None:
    report, page = reports[name], (PAGES / f"{name}.md").read_text(encoding="utf-8")
    for rule in report.bundle.rules:
        assert f"\n### {rule.id}\n" in page
        assert f"| [{rule.id}](#{rule.id}) |" in page
    for table in report.tables:
        assert table.about, f"{table.path} begins with a comment that says what it holds"
        assert f"| `{table.path}` |" in page
    for file in report.files:
        assert len(report.files) == 1 or file.about or len(file.rules) == 1, file.path
    for parameter in report.bundle.parameters.values():
        assert parameter.description
    assert f"jurat init acme --template {name} " in page
