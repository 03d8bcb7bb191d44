"""What commands write is there whole, or the old is there still, and the file that failed is named."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from jurat.cli._output import write
from jurat_policies import STARTER

Run = Callable[..., Result]


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refused)


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize(
    "command",
    [
        ("build", "starter", "-o"),
        ("report", "controls", "starter", "-o"),
        ("test", "starter", "--format", "junit", "-o"),
        ("lint", "starter", "--format", "sarif", "-o"),
    ],
)
def test_a_full_disk_leaves_what_was_there(
    run: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "out" / "file"
    file.parent.mkdir()
    file.write_text("as it was")
    result = run(*command, file)
    assert result.exit_code == 3
    assert f"{file}: No space left on device" in result.stderr
    assert file.read_text() == "as it was"
    assert [path.name for path in file.parent.iterdir()] == ["file"]


@pytest.mark.usefixtures("full_disk")
def test_a_fix_on_a_full_disk_leaves_the_rule(run: Run, tmp_path: Path) -> None:
    shutil.copytree(STARTER, tmp_path / "mine")
    rules = tmp_path / "mine" / "rules" / "starter.yaml"
    before = rules.read_text().replace("severity: high\n", "severity:    high\n")
    rules.write_text(before)
    result = run("fmt", tmp_path / "mine")
    assert (result.exit_code, rules.read_text()) == (3, before)
    assert "No space left on device" in result.stderr


def test_links_are_followed_and_permissions_kept(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write(link, b"new")
    assert link.is_symlink()
    assert (real.read_text(), real.stat().st_mode & 0o777) == ("new", 0o640)


def test_what_is_no_file_is_written_to_as_it_is(tmp_path: Path) -> None:
    write("/dev/null", b"nothing is kept")
    assert not Path("/dev/null").is_file()


def test_a_name_that_is_none(run: Run) -> None:
    assert run("report", "controls", "starter", "-o", "a\0b").exit_code in (2, 3)
