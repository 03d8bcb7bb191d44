from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jurat.cli import cli

CASES = Path(__file__).parents[1] / "cases"
NOW = "2026-05-25T12:00:00Z"

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `jurat ARGS` with `stdin`; keys of logs are made in a directory of the test's own."""
    monkeypatch.setenv("JURAT_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.delenv("JURAT_PLUGINS", raising=False)
    monkeypatch.delenv("JURAT_DEBUG", raising=False)

    def made(*args: str | Path, stdin: str | bytes = b"") -> Result:
        return CliRunner().invoke(cli, [str(arg) for arg in args], input=stdin)

    return made


@pytest.fixture
def bundle() -> str:
    return str(CASES / "worked" / "bundle")


@pytest.fixture
def request_file() -> str:
    return str(CASES / "worked" / "request.json")


@pytest.fixture
def snapshot_file() -> str:
    return str(CASES / "worked" / "snapshot.json")
