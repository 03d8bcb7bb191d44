"""The package that `jurat new kind` writes: linted, typed, installed and tested as it stands."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jurat.authoring.scaffold import kind_files

CLI = "from jurat.cli import main; main()"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="one platform's tools suffice")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("acme")
    for path, text in kind_files("acme.listed_actions").items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return root


@pytest.fixture(scope="module")
def site(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling")
    target = tmp_path_factory.mktemp("site")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--no-compile", "--quiet"]
    done = run("pip", "install", *options, "--target", str(target), str(package), cwd=package)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def run(
    module: str, *args: str, cwd: Path, path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    environ = {key: value for key, value in os.environ.items() if key != "JURAT_PLUGINS"}
    if path is not None:
        environ["PYTHONPATH"] = str(path)
    start = ["-c", CLI] if module == "jurat" else ["-m", module]
    command = [sys.executable, *start, *args]
    return subprocess.run(
        command, cwd=cwd, env=environ, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.parametrize(
    "args", [("check",), ("format", "--check", "--diff")], ids=["check", "format"]
)
def test_ruff_has_nothing_to_say(package: Path, args: tuple[str, ...]) -> None:
    done = run("ruff", *args, "--no-cache", ".", cwd=package)
    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy_has_nothing_to_say(package: Path) -> None:
    pytest.importorskip("mypy")
    done = run("mypy", "--strict", "acme_listed_actions", "tests", cwd=package)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_own_tests_pass(package: Path, site: Path) -> None:
    options = ["-q", "-p", "no:cacheprovider", "-c", str(package / "pyproject.toml")]
    done = run("pytest", *options, "tests", cwd=package, path=site)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


def test_jurat_knows_it(package: Path, site: Path, tmp_path: Path) -> None:
    listed = run("jurat", "plugins", cwd=tmp_path, path=site)
    assert "acme.listed_actions" in listed.stdout, listed.stdout + listed.stderr
    told = run("jurat", "explain", "acme.listed_actions", cwd=tmp_path, path=site)
    assert "Only listed actions are called." in told.stdout
    assert run("jurat", "init", "b", cwd=tmp_path, path=site).returncode == 0
    new = run(
        "jurat", "new", "rule", "acme.listed_actions", "--bundle", "b", cwd=tmp_path, path=site
    )
    assert new.returncode == 0, new.stderr
    assert "fired: [listed-actions]" in (tmp_path / "b/tests/listed-actions.yaml").read_text()
