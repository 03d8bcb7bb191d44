"""What the README shows is what happens: its files are made, its commands and code run."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
JURAT = shutil.which("jurat", path=Path(sys.executable).parent)


def blocks() -> list[tuple[str, str, str]]:
    return [match.groups("") for match in BLOCK.finditer(README.read_text())]  # type: ignore[misc]  # three groups


def matches(shown: str, printed: str) -> bool:
    """Equal, where … stands for anything within a line."""
    parts = [re.escape(part) for part in shown.rstrip().split("…")]
    return re.fullmatch("[^\n]*".join(parts), printed.rstrip()) is not None


@pytest.mark.skipif(
    sys.platform == "win32", reason="the README's commands are those of a POSIX shell"
)
def test_everything_shown_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JURAT_CONFIG_DIR", str(tmp_path / "keys"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("JURAT_PLUGINS", raising=False)
    assert JURAT is not None, "jurat is installed beside this Python"
    bin_ = str(Path(JURAT).parent)
    monkeypatch.setenv("PATH", bin_, prepend=":")
    ran = 0
    printed = ""
    for kind, file, text in blocks():
        if file:
            path = tmp_path / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif kind == "python":
            done = run([sys.executable, "-W", "error", "-c", text], tmp_path)
            assert done.returncode == 0, done.stderr
            printed = done.stdout
        elif kind == "output":
            assert matches(text, printed), printed
        elif kind == "console":
            for command, expected in commands(text):
                done = run(["sh", "-c", command], tmp_path)
                shown = done.stdout or without_notes(done.stderr)
                assert matches(expected, shown), f"$ {command}\n{shown}"
                assert "Traceback" not in done.stderr
                ran += 1
    assert ran >= 6


def commands(text: str) -> list[tuple[str, str]]:
    """Each command of a console block with the output that is shown for it."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append((line[2:].strip(), ""))
        else:
            found[-1] = (found[-1][0], found[-1][1] + line)
    return found


def without_notes(text: str) -> str:
    """What is said of keys that were just made is not shown."""
    return "".join(
        line for line in text.splitlines(keepends=True) if not line.startswith("made the")
    )


def run(arguments: list[str], place: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(arguments, cwd=place, capture_output=True, text=True, check=False)


def test_a_block_that_lies_is_caught() -> None:
    assert matches("verified: … records\n", "verified: 5 records\n")
    assert not matches("verified: … records\n", "verified: 5 records\nand more\n")
    assert not matches("allow", "deny")
