"""`jurat lint` of archives, in a project that requires signatures."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]
MANIFEST = "name: acme\nversion: 1.0.0\nrevision: 1\n"


@pytest.fixture
def project(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a bundle, its archive, and two keys; the file of verifier keys has both."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "bundle.yaml").write_text(MANIFEST)
    keys = []
    for name in ("one", "two"):
        made = run("sign", "--new-key", f"{name}.key", "--name", name)
        keys.append(made.stdout.strip().splitlines()[-1])
    (tmp_path / "keys.txt").write_text("# who may release\n" + "\n".join(keys) + "\n")
    (tmp_path / "one.vkey").write_text(keys[0] + "\n")
    assert run("build", "policy", "-o", "acme.tar.gz").exit_code == 0
    return tmp_path


def require(project: Path, lines: str) -> None:
    (project / "pyproject.toml").write_text(f"[tool.jurat.lint]\n{lines}\n")


def test_nothing_is_required_unless_the_project_says_so(run: Run, project: Path) -> None:
    assert run("lint", "acme.tar.gz").exit_code == 0


def test_an_archive_that_nobody_signed(run: Run, project: Path) -> None:
    require(project, 'signed = ["keys.txt"]')
    done = run("lint", "acme.tar.gz")
    assert done.exit_code == 1
    assert "JL311 unsigned-bundle" in done.output
    assert "jurat sign ARCHIVE --key FILE" in done.output
    assert run("lint", "policy").exit_code == 0  # only an archive can be signed
    assert run("sign", "acme.tar.gz", "--key", "one.key").exit_code == 0
    assert run("lint", "acme.tar.gz").exit_code == 0


def test_as_many_as_are_required(run: Run, project: Path) -> None:
    require(project, 'signed = ["keys.txt"]\nsignatures = 2')
    run("sign", "acme.tar.gz", "--key", "one.key")
    done = run("lint", "acme.tar.gz")
    assert done.exit_code == 1
    assert "JL311" in done.output
    run("sign", "acme.tar.gz", "--key", "two.key")
    assert run("lint", "acme.tar.gz").exit_code == 0


def test_by_a_key_that_is_trusted(run: Run, project: Path) -> None:
    require(project, 'signed = ["one.vkey"]')
    run("sign", "acme.tar.gz", "--key", "two.key")
    assert "JL311" in run("lint", "acme.tar.gz").output


def test_a_signature_that_has_ended(run: Run, project: Path) -> None:
    require(project, 'signed = ["one.vkey"]')
    run("sign", "acme.tar.gz", "--key", "one.key", "--now", "2026-01-01T00:00:00Z",
        "--expires", "30d")  # fmt: skip
    assert run("lint", "acme.tar.gz", "--now", "2026-01-10T00:00:00Z").exit_code == 0
    assert "JL311" in run("lint", "acme.tar.gz", "--now", "2026-03-01T00:00:00Z").output


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ('signed = ["nobody.txt"]', "signed"),
        ('signed = "keys.txt"', "is a list"),
        ('signed = ["keys.txt"]\nsignatures = 3', "3 signatures are wanted of 2 keys"),
        ('signed = ["keys.txt"]\nsignatures = "two"', "whole number"),
        ('signd = ["keys.txt"]', "did you mean signed?"),
    ],
)
def test_settings_that_are_wrong(run: Run, project: Path, lines: str, why: str) -> None:
    require(project, lines)
    done = run("lint", "acme.tar.gz")
    assert done.exit_code == 3
    assert why in done.output
    assert "Traceback" not in done.output
