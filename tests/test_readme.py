"""What the README shows is what happens: its files are made, its commands and code run."""

import sys
from pathlib import Path

import pytest
from shown import matches, play, prepare

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.skipif(
    sys.platform == "win32", reason="the README's commands are those of a POSIX shell"
)
def test_everything_shown_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(monkeypatch, tmp_path)
    assert play(README, tmp_path) >= 6


def test_a_block_that_lies_is_caught() -> None:
    assert matches("verified: … records\n", "verified: 5 records\n")
    assert not matches("verified: … records\n", "verified: 5 records\nand more\n")
    assert not matches("allow", "deny")
