"""The page that leads from nothing to a signed bundle in CI: all of it is done."""

import sys
from pathlib import Path

import pytest
import yaml
from shown import play, prepare

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "bundles.md"


@pytest.mark.skipif(sys.platform == "win32", reason="the page's commands are of a POSIX shell")
def test_everything_shown_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(monkeypatch, tmp_path)
    assert play(PAGE, tmp_path) >= 20
    for name in ("lint.sarif", "tests.xml", "dist/policy.tar.gz.sig", "policy/.jurat/schema"):
        assert (tmp_path / name).exists()
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    used = yaml.safe_load((tmp_path / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    assert {hook["id"] for hook in used} <= {hook["id"] for hook in hooks}
