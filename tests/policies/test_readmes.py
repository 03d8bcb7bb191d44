"""What the READMEs of the bundles show is what happens."""

import sys
from pathlib import Path

import pytest
from shown import blocks, play, prepare

import jurat_policies

WALKS = [name for name in jurat_policies.names() if name not in ("starter", "openai-enterprise")]


@pytest.mark.skipif(sys.platform == "win32", reason="commands are those of a POSIX shell")
@pytest.mark.parametrize("name", WALKS)
def test_everything_shown_happens(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(monkeypatch, tmp_path)
    readme = jurat_policies.path(name) / "README.md"
    play(readme, tmp_path)
    kinds = [kind for kind, _, _ in blocks(readme)]
    assert kinds.count("output") >= 1


@pytest.mark.parametrize("name", WALKS)
def test_a_reader_learns_how_it_stands_alone_and_beside(name: str) -> None:
    text = (jurat_policies.path(name) / "README.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n")
    assert "\nAlone it allows " in text
    assert " Beside another bundle it takes away " in text
    assert "\n## What it does not do\n" in text
