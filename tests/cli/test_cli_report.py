"""`jurat report`: controls, and the pages of bundles."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]
NOW = ("--now", "2026-05-25T12:00:00Z")


def test_the_table(run: Run, bundle: str) -> None:
    result = run("report", "controls", bundle, *NOW)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Controls of acme-ai 1.0.0, revision 1\ndigest sha256:")
    assert "as of 2026-05-25T12:00:00Z" in result.stdout
    assert "enforced: key-age (untested)" in result.stdout
    assert result.stdout.rstrip().endswith("rows that they read.")
    assert result.stderr == ""


def test_the_formats(run: Run) -> None:
    told = json.loads(run("report", "controls", "starter", "--format", "json", *NOW).stdout)
    assert told["bundle"]["name"] == "starter"
    made = run("report", "controls", "starter", "--format", "markdown", *NOW).stdout
    assert "| control | in our words | support | rules |" in made


def test_a_framework_is_chosen(run: Run) -> None:
    args = ("report", "controls", "starter", "--format", "json", *NOW)
    told = json.loads(run(*args, "--framework", "soc2", "--framework", "CCPA").stdout)
    assert [part["id"] for part in told["frameworks"]] == ["CCPA", "SOC2"]
    result = run(*args, "--framework", "SOX2")
    assert result.exit_code == 2
    assert "did you mean SOC2?" in result.stderr


def test_into_a_file(run: Run, bundle: str, tmp_path: Path) -> None:
    target = tmp_path / "report.md"
    args = ("report", "controls", bundle, "--format", "markdown", *NOW)
    result = run(*args, "-o", target)
    assert (result.exit_code, result.stdout) == (0, "")
    assert target.read_bytes().decode() == run(*args).stdout
    assert run(*args, "-o", "-").stdout == run(*args).stdout
    lost = run(*args, "-o", tmp_path / "no" / "where.md")
    assert lost.exit_code == 3
    assert "No such file" in lost.stderr


def test_ids_in_no_catalogue_are_told_apart(run: Run, tmp_path: Path, bundle: str) -> None:
    copy = tmp_path / "bundle"
    for file in Path(bundle).rglob("*.yaml"):
        target = copy / file.relative_to(bundle)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.read_text().replace("SOC2:CC6.1", "SOC2:CC6"))
    result = run("report", "controls", copy, *NOW)
    assert result.exit_code == 0
    assert result.stderr == "in no catalogue: SOC2:CC6\n"


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("nowhere",), 3, "there is no such bundle"),
        (("starter", "--now", "today"), 2, "2026-05-25T12:00:00Z"),
        (("starter", "--format", "pdf"), 2, "markdown"),
        ((), 2, "BUNDLE"),
    ],
)
def test_what_cannot_be_done(run: Run, args: tuple[str, ...], code: int, says: str) -> None:
    result = run("report", "controls", *args)
    assert result.exit_code == code
    assert says in result.stderr


def test_the_page_of_a_bundle(run: Run, tmp_path: Path) -> None:
    page = run("report", "bundle", "starter")
    assert page.exit_code == 0, page.output
    assert page.stdout.startswith("# starter\n")
    assert "| [models](#models) | Only reviewed models are called | deny | high |" in page.stdout
    told = json.loads(run("report", "bundle", "starter", "--format", "json").stdout)
    assert told["permits"] == ["callers"]
    assert told["supports"] == {"request": ["redact"], "response": ["redact"]}
    target = tmp_path / "page.md"
    assert run("report", "bundle", "starter", "-o", target).stdout == ""
    assert target.read_bytes().decode() == page.stdout
    assert run("report", "bundle", "stater").exit_code == 3


def test_an_index_with_the_pages(run: Run, tmp_path: Path) -> None:
    index = run("report", "bundles")
    assert index.exit_code == 0, index.output
    assert "| [starter](starter.md) |" in index.stdout
    assert run("report", "bundles", "--pages", tmp_path).exit_code == 0
    assert (tmp_path / "README.md").read_bytes().decode() == index.stdout
    page = run("report", "bundle", "secrets-hygiene").stdout
    assert (tmp_path / "secrets-hygiene.md").read_bytes().decode() == page
    both = run("report", "bundles", "--pages", tmp_path, "-o", tmp_path / "x")
    assert both.exit_code == 2
    assert run("report", "bundles", "--pages", tmp_path / "no").exit_code == 3
