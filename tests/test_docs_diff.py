"""What docs/diff.md shows is what happens."""

import sys
from pathlib import Path

import pytest
from shown import play, prepare

PAGE = Path(__file__).parents[1] / "docs" / "diff.md"


@pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of a POSIX shell")
def test_everything_shown_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(monkeypatch, tmp_path)
    assert play(PAGE, tmp_path) == 5
