"""What the README of the enterprise's bundle shows is what happens, to a copy of the bundle."""

import sys
from pathlib import Path

import pytest
from shown import play, prepare

import jurat_policies

BUNDLE = jurat_policies.OPENAI_ENTERPRISE


@pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of a POSIX shell")
def test_everything_shown_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(monkeypatch, tmp_path)
    assert play(BUNDLE / "README.md", tmp_path) >= 5


def test_prompts_with_a_file_are_the_reviewed_ones() -> None:
    """The digests in data/prompts.yaml are those of the texts beside them."""
    from hashlib import sha256

    register = (BUNDLE / "data" / "prompts.yaml").read_text()
    texts = sorted((BUNDLE / "examples" / "prompts").glob("*.txt"))
    assert texts
    for text in texts:
        name, _, version = text.stem.rpartition("-")
        row = register.partition(f"{name}@{version}:")[2].partition("@")[0]
        assert sha256(text.read_bytes()).hexdigest() in row, text.name
