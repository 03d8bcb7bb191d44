"""`jurat fmt`: in place, as a check, as a difference, from standard input."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from jurat.bundle import read_bundle
from jurat.engine import shipped
from jurat.plugin import load_plugins

Run = Callable[..., Result]
UNTIDY = """\
-   title:   'Anyone'   # who
    id: one
    when:  "true"
    severity: info
    kind: 'expression'
    effect: permit
"""
TIDY = """\
- id: one
  title: Anyone   # who
  kind: expression
  effect: permit
  severity: info
  when: "true"
"""


@pytest.fixture
def untidy(tmp_path: Path) -> Path:
    root = tmp_path / "b"
    (root / "rules").mkdir(parents=True)
    (root / "bundle.yaml").write_text("name: b\nversion: 1.0.0\nrevision: 1\n")
    (root / "rules" / "r.yaml").write_text(UNTIDY)
    return root


def test_files_are_formatted_in_place_and_mean_the_same(run: Run, untidy: Path) -> None:
    before = read_bundle(untidy, load_plugins()).digest
    done = run("fmt", untidy)
    assert done.exit_code == 0, done.output
    assert done.stdout == f"{untidy / 'rules' / 'r.yaml'}\n"
    assert "1 of 2 files changed" in done.stderr
    assert (untidy / "rules" / "r.yaml").read_text() == TIDY
    assert read_bundle(untidy, load_plugins()).digest == before
    again = run("fmt", untidy)
    assert (again.exit_code, again.stdout) == (0, "")


def test_check_and_diff_write_nothing(run: Run, untidy: Path) -> None:
    checked = run("fmt", "--check", untidy)
    assert (checked.exit_code, checked.stdout) == (1, f"{untidy / 'rules' / 'r.yaml'}\n")
    shown = run("fmt", "--diff", untidy)
    assert shown.exit_code == 1
    assert "\n+- id: one\n" in shown.stdout
    assert (untidy / "rules" / "r.yaml").read_text() == UNTIDY
    run("fmt", untidy)
    assert run("fmt", "--check", untidy).exit_code == 0
    assert run("fmt", "--diff", untidy).stdout == ""


def test_one_file_and_a_tree_of_bundles(run: Run, untidy: Path) -> None:
    assert run("fmt", "--check", untidy / "rules" / "r.yaml").exit_code == 1
    assert run("fmt", untidy.parent).exit_code == 0
    assert (untidy / "rules" / "r.yaml").read_text() == TIDY


def test_standard_input(run: Run) -> None:
    done = run("fmt", "-", stdin=UNTIDY)
    assert (done.exit_code, done.stdout) == (0, TIDY)
    data = run("fmt", "-", "--stdin-filename", "data/t.yaml", stdin="b:   1\na: 2\n")
    assert data.stdout == "b: 1\na: 2\n"
    assert run("fmt", "-", stdin="a: [").exit_code == 3


def test_what_ships_is_canonical(run: Run) -> None:
    for root in shipped().values():
        done = run("fmt", "--check", root)
        assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"- a: [\n", "JB005"),
        (b"- \xff\n", "JB004"),
        (b"- a: &x 1\n", "JB009"),
        (b"- a:\t1\n", "JB006"),
        (b"- {a: 1, a: 2}\n", "JB008"),
        (b"[" * 1000, "JB010"),
        (b"x: \x00\n", "JB007"),
    ],
)
def test_what_is_no_yaml_is_told_and_left(run: Run, untidy: Path, data: bytes, code: str) -> None:
    bad = untidy / "rules" / "bad.yaml"
    bad.write_bytes(data)
    done = run("fmt", untidy)
    assert done.exit_code == 3
    assert code in done.stderr
    assert "rules/bad.yaml" in done.stderr
    assert bad.read_bytes() == data
    assert (untidy / "rules" / "r.yaml").read_text() == TIDY  # the others are formatted


def test_what_is_no_bundle_is_told(run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "a.tar.gz").write_bytes(b"")
    for path in (empty, tmp_path / "none", tmp_path / "a.tar.gz", tmp_path / "none.yaml"):
        done = run("fmt", path)
        assert done.exit_code == 3, done.output
        assert "internal error" not in done.output


def test_modes_of_files_stay(run: Run, untidy: Path) -> None:
    rules = untidy / "rules" / "r.yaml"
    rules.chmod(0o600)
    run("fmt", untidy)
    assert rules.stat().st_mode & 0o777 == 0o600
    shutil.rmtree(untidy)
