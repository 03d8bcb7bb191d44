"""`jurat log query | tail | summary` on logs that `jurat eval` wrote."""

import json
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import Result

NOW = "2026-05-25T12:00:00Z"
Run = Callable[..., Result]


@pytest.fixture
def log(run: Run, bundle: str, request_file: str, snapshot_file: str, tmp_path: Path) -> Path:
    """Records: genesis, load, allow, deny by rules, invalid input; load, snapshot."""
    directory = tmp_path / "log"
    good = json.loads(Path(request_file).read_text())
    bad = {**good, "model": "gpt-3.5-turbo", "source": {"ip": "203.0.113.1"}}
    stdin = f'{json.dumps(good)}\n{json.dumps(bad)}\n{{"model": 5}}\n'
    args = ("eval", bundle, "--now", NOW, "--supports", "redact", "--log", directory)
    assert run(*args, "-", stdin=stdin).exit_code == 0
    assert run("eval", bundle, snapshot_file, "--now", NOW, "--log", directory).exit_code == 0
    return directory


def seqs(result: Result) -> list[int]:
    assert result.exit_code == 0, result.output
    return [int(line.split()[0]) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), [6, 5, 4, 3, 2, 1, 0]),
        (("--oldest", "--limit", "2"), [0, 1]),
        (("--effect", "deny"), [6, 4, 3]),
        (("--rule", "models"), [3]),
        (("--rule", "key-age", "--outcome", "fired"), [6]),
        (("--actor", "svc-chatbot-prod"), [3, 2]),
        (("--actor", "somebody-else"), []),
        (("--entity", "US_SSN", "--effect", "allow"), [2]),
        (("--type", "audit"), [6]),
        (("--until", "2020-01-01T00:00:00Z"), []),
        (("--where", "'models' in record.fired || record.type == 'genesis'"), [3, 0]),
    ],
)
def test_query(run: Run, log: Path, options: tuple[str, ...], found: list[int]) -> None:
    assert seqs(run("log", "query", log, *options)) == found


def test_query_as_json_is_what_is_stored(run: Run, log: Path) -> None:
    told = run("log", "query", log, "--rule", "models", "--format", "json").stdout
    shown = run("log", "show", log, "--format", "json").stdout.splitlines()
    assert told.strip() == shown[3]


def test_wrong_questions(run: Run, log: Path, tmp_path: Path) -> None:
    wrong = run("log", "query", log, "--where", "record.efect == 'deny'")
    assert (wrong.exit_code, "efect" in wrong.stderr) == (3, True)
    assert run("log", "query", log, "--since", "yesterday").exit_code == 2
    assert run("log", "query", tmp_path / "none").exit_code == 3


def test_tail(run: Run, log: Path) -> None:
    assert seqs(run("log", "tail", log, "-n", "3")) == [4, 5, 6]
    assert seqs(run("log", "tail", log, "-n", "0")) == []


def test_tail_follows(run: Run, log: Path, bundle: str, request_file: str) -> None:
    start = "from jurat.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", start, "log", "tail", str(log), "-n", "1", "-f"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().split()[0] == "6"
        args = ("--now", NOW, "--supports", "redact", "--log", log)
        assert run("eval", bundle, request_file, *args).exit_code == 0
        assert [process.stdout.readline().split()[0] for _ in range(2)] == ["7", "8"]
    finally:
        process.terminate()
        process.communicate(timeout=10)


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not {"src", "href", "onclick"} & {name for name, _ in attrs}
        if tag not in ("meta", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "rect":
            assert self.open.pop() == tag


def test_summary(run: Run, log: Path, tmp_path: Path) -> None:
    text = run("log", "summary", log).stdout
    assert "denied" in text
    assert any(line.split() == ["models", "1", "1", "violations"] for line in text.splitlines())
    told = json.loads(run("log", "summary", log, "--format", "json").stdout)
    assert (told["decisions"], told["allowed"], told["denied"], told["violations"]) == (4, 1, 3, 2)
    file = tmp_path / "page.html"
    assert run("log", "summary", log, "--format", "html", "-o", file).exit_code == 0
    page = Page()
    page.feed(file.read_text())
    assert page.open == []
    assert {"svg", "rect", "table"} <= page.seen
    assert "script" not in page.seen


def test_summary_of_a_part(run: Run, log: Path) -> None:
    part = ("--effect", "allow", "--format", "json")
    assert json.loads(run("log", "summary", log, *part).stdout)["records"] == 1
    empty = run("log", "summary", log, "--model", "none")
    assert "(no record)" in empty.stdout
