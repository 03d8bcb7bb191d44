"""What a document shows is what happens: its files are made, its commands and code run.

Blocks are fenced: ` ```json file=NAME ` makes a file, `python` runs, `output` is what that printed,
`console` holds commands after `$ ` with what each of them prints. … stands for anything in a line.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
JURAT = shutil.which("jurat", path=Path(sys.executable).parent)


def prepare(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """`jurat` and this Python are the first to be found, and keys are made at `place`."""
    assert JURAT is not None, "jurat is installed beside this Python"
    monkeypatch.setenv("JURAT_CONFIG_DIR", str(place / "keys"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("JURAT_PLUGINS", raising=False)
    monkeypatch.setenv("PATH", str(Path(JURAT).parent), prepend=":")


def play(document: Path, place: Path) -> int:
    """Do at `place` all that `document` shows; how many commands there were."""
    ran = 0
    printed = ""
    for kind, file, text in blocks(document):
        if file:
            path = place / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif kind == "python":
            done = run([sys.executable, "-W", "error", "-c", text], place)
            assert done.returncode == 0, done.stderr
            printed = done.stdout
        elif kind == "output":
            assert matches(text, printed), printed
        elif kind == "console":
            for command, expected in commands(text):
                done = run(["sh", "-c", command], place)
                shown = done.stdout or without_notes(done.stderr)
                assert matches(expected, shown), f"$ {command}\n{shown}"
                assert "Traceback" not in done.stderr
                ran += 1
    return ran


def blocks(document: Path) -> list[tuple[str, str, str]]:
    found = BLOCK.finditer(document.read_text())
    return [match.groups() for match in found]  # type: ignore[misc]  # three groups


def matches(shown: str, printed: str) -> bool:
    """Equal, where … stands for anything within a line."""
    parts = [re.escape(part) for part in shown.rstrip().split("…")]
    return re.fullmatch("[^\n]*".join(parts), printed.rstrip()) is not None


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
