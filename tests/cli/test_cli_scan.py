"""`jurat scan`."""

import io
import json
import os
import shlex
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import Result

from jurat.cli import _scan
from jurat.cli._progress import Progress
from jurat.scan import entry_of

Run = Callable[..., Result]

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "tests" / "cases" / "sarif" / "schema.json").read_text())
EMAIL = "maria.keller@stadtwerke-nord.de"
TEXT = f"The customer wrote:\nmy card is 4111 1111 1111 1111,\n  mail {EMAIL}.\n"
PACKS = ("--pack", "contact", "--pack", "financial")  # few detectors start quickly
VALUES = ("4111", EMAIL, "maria", "keller")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "tree"
    for name, text in {
        "a.txt": TEXT,
        "clean.md": "Nothing here.\n",
        "sub/data.json": json.dumps({"to": EMAIL, "card": 4111111111111111}),
        ".git/config": TEXT,
        ".cache/x": TEXT,
    }.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)
    (top / "link").symlink_to(top / "a.txt")
    return top


def _kept_secret(*texts: str) -> None:
    for text in texts:
        assert not any(value in text for value in VALUES)


def test_a_directory(run: Run, tree: Path) -> None:
    result = run("scan", tree)
    assert result.exit_code == 1
    lines = [line.removeprefix(f"{tree}{os.sep}") for line in result.stdout.splitlines()]
    assert lines == [
        "a.txt:2:12: CREDIT_CARD **** **** **** **** (card, high, example)",
        "a.txt:3:8: EMAIL_ADDRESS *****.******@**********-****.** (email, high)",
        f"sub{os.sep}data.json:1:9: EMAIL_ADDRESS *****.******@**********-****.** (email, high)",
        f"sub{os.sep}data.json:1:51: CREDIT_CARD **************** (card, high, example)",
    ]
    assert result.stderr == "4 found in 2 of 3 files\n"
    _kept_secret(result.stdout, result.stderr)


def test_hidden_directories_are_asked_for(run: Run, tree: Path) -> None:
    assert f"{os.sep}.cache{os.sep}x:2:12" in run("scan", *PACKS, "--hidden", tree).stdout
    assert run("scan", *PACKS, tree / ".git").exit_code == 1


def test_a_pipe(run: Run) -> None:
    for args in ((), ("-",)):
        result = run("scan", *PACKS, *args, stdin=TEXT)
        assert result.exit_code == 1
        assert result.stdout.startswith("-:2:12: CREDIT_CARD")
    clean = run("scan", *PACKS, stdin="nothing here")
    assert (clean.exit_code, clean.stdout) == (0, "")


def test_nothing_at_all_is_not_clean(run: Run, tmp_path: Path) -> None:
    assert "standard input is empty" in run("scan", *PACKS).stderr
    (tmp_path / "empty").mkdir()
    for args in ((), (tmp_path / "empty",)):
        assert run("scan", *PACKS, *args).exit_code == 3
    (tmp_path / "nil.txt").touch()
    assert run("scan", *PACKS, tmp_path / "nil.txt").exit_code == 0


def test_json(run: Run, tree: Path) -> None:
    result = run("scan", *PACKS, "--format", "json", tree, tree / "none")
    assert result.exit_code == 3
    told = json.loads(result.stdout)
    assert (told["found"], told["scanned"], len(told["unscanned"])) == (4, 3, 1)
    assert told["findings"][1] == {
        "file": str(tree / "a.txt"),
        "line": 3,
        "column": 8,
        "end_line": 3,
        "end_column": 39,
        "offset": 59,
        "length": 31,
        "entity": "EMAIL_ADDRESS",
        "detector": "email",
        "confidence": "high",
        "validated": False,
        "example": False,
        "masked": "*****.******@**********-****.**",
    }
    _kept_secret(result.stdout)
    assert json.loads(run("scan", *PACKS, "--format", "json", stdin="x").stdout)["findings"] == []


def test_sarif(run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    odd = tree / "ö a:b#?.txt"
    odd.write_text(TEXT)
    check = jsonschema.Draft202012Validator(SCHEMA)
    for args, good in (((".",), True), ((odd.name, "none"), False), ((odd,), True)):
        result = run("scan", *PACKS, "--format", "sarif", *args)
        told = json.loads(result.stdout)
        check.validate(told)
        (made,) = told["runs"]
        rules = {rule["id"] for rule in made["tool"]["driver"]["rules"]}
        assert rules == {result["ruleId"] for result in made["results"]} == {"email", "card"}
        assert made["invocations"][0]["executionSuccessful"] is good
        _kept_secret(result.stdout)
    first = made["results"][1]
    place = first["locations"][0]["physicalLocation"]
    assert first["level"] == "error"
    assert place["artifactLocation"]["uri"].startswith("file://")
    assert place["region"]["startLine"] == 3
    clean = json.loads(run("scan", *PACKS, "--format", "sarif", "clean.md").stdout)
    check.validate(clean)


@pytest.mark.parametrize(
    ("args", "found"),
    [
        ((), 2),
        (("--entity", "CREDIT_CARD"), 1),
        (("--entity", "CREDIT_CARD", "--entity", "EMAIL_ADDRESS"), 2),
        (("--pack", "contact"), 1),
        (("--pack", "secrets"), 0),
        (("--examples", "ignore"), 1),
        (("--min-confidence", "high"), 2),
    ],
)
def test_what_counts(run: Run, args: tuple[str, ...], found: int) -> None:
    result = run("scan", *(PACKS if "--pack" not in args else ()), *args, stdin=TEXT)
    assert len(result.stdout.splitlines()) == found
    assert result.exit_code == (1 if found else 0)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--entity", "EMAIL_ADRESS"), "did you mean EMAIL_ADDRESS?"),
        (("--pack", "contacts"), "did you mean contact?"),
        (("-i",), "go with --redact"),
        (("--redact", "-i", "-o", "x"), "exclude each other"),
        (("--redact", "-i", "-"), "in place"),
        (("--format", "xml"), "sarif"),
        (("--operator", "hash", "--redact"), "label"),
    ],
)
def test_usage(run: Run, args: tuple[str, ...], says: str) -> None:
    result = run("scan", *PACKS, *args, stdin=TEXT)
    assert result.exit_code == 2
    assert says in result.stderr


def test_detectors_of_a_bundle(run: Run, tmp_path: Path) -> None:
    (tmp_path / "b" / "detectors").mkdir(parents=True)
    (tmp_path / "b" / "bundle.yaml").write_text("{name: b, version: 1.0.0, revision: 1}")
    detectors = tmp_path / "b" / "detectors" / "a.yaml"
    detectors.write_text("- {id: acme.id, entity: ACME_ID, patterns: ['C-[0-9]{6}']}")
    args = (*PACKS, "--bundle", tmp_path / "b", "--entity", "ACME_ID")
    result = run("scan", *args, stdin=f"{TEXT} C-123456")
    assert result.stdout == "-:4:2: ACME_ID *-****** (acme.id, low)\n"
    detectors.write_text("- {id: acme.id, entity: ACME_ID, patterns: ['C-[0-9'], }")
    broken = run("scan", *args, stdin=TEXT)
    assert broken.exit_code == 3
    assert "JB080" in broken.stderr
    assert run("scan", "--bundle", tmp_path / "none", stdin=TEXT).exit_code == 3


def test_hashes_for_an_allow_list(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JURAT_ALLOW_KEY", raising=False)
    lacking = run("scan", *PACKS, "--hash", stdin=TEXT)
    assert lacking.exit_code == 2
    assert "token_hex" in lacking.stderr
    monkeypatch.setenv("JURAT_ALLOW_KEY", "secret")
    assert "hexadecimal" in run("scan", *PACKS, "--hash", stdin=TEXT).stderr
    monkeypatch.setenv("JURAT_ALLOW_KEY", "0f" * 32)
    assert "--redact" in run("scan", *PACKS, "--hash", "--redact", stdin=TEXT).stderr
    first = run("scan", *PACKS, "--hash", "--format", "json", stdin=TEXT)
    found = json.loads(first.stdout)["findings"]
    assert {one["entity"]: one["hash"] for one in found} == {
        "CREDIT_CARD": entry_of(b"\x0f" * 32, "CREDIT_CARD", "4111111111111111"),
        "EMAIL_ADDRESS": entry_of(b"\x0f" * 32, "EMAIL_ADDRESS", EMAIL),
    }
    assert found[0]["hash"] in run("scan", *PACKS, "--hash", stdin=TEXT).stdout
    _kept_secret(first.output)


def test_redacted_to_stdout(run: Run, tree: Path) -> None:
    wanted = "The customer wrote:\nmy card is [CREDIT_CARD],\n  mail [EMAIL_ADDRESS].\n"
    for args in (("-",), (tree / "a.txt",)):
        result = run("scan", *PACKS, "--redact", *args, stdin=TEXT)
        assert (result.exit_code, result.stdout) == (0, wanted)
        assert result.stderr == "2 redacted in 1 of 1 file\n"
    assert (tree / "a.txt").read_text() == TEXT
    assert run("scan", *PACKS, stdin=wanted).exit_code == 0
    masked = run("scan", *PACKS, "--redact", "--operator", "mask", stdin=TEXT).stdout
    assert "4111" not in masked
    told = json.loads(run("scan", *PACKS, "--redact", tree / "sub" / "data.json").stdout)
    assert told == {"to": "[EMAIL_ADDRESS]", "card": "[CREDIT_CARD]"}


def test_several_files_need_a_place(run: Run, tree: Path, tmp_path: Path) -> None:
    result = run("scan", *PACKS, "--redact", tree)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--in-place" in result.stderr
    single = run("scan", *PACKS, "--redact", "-o", tree / "clean.md", tree)
    assert single.exit_code == 2
    both = run(
        "scan", *PACKS, "--redact", "-o", tmp_path / "out", tree, tree / "sub" / ".." / "a.txt"
    )
    assert "would both be written" in both.stderr
    assert not (tmp_path / "out").exists()


def test_redacted_in_place(run: Run, tree: Path) -> None:
    (tree / "a.txt").chmod(0o640)
    before = (tree / "clean.md").stat().st_mtime_ns
    binary = b"\0\1 " + EMAIL.encode() + b" \xff"
    (tree / "z.bin").write_bytes(binary)
    result = run("scan", *PACKS, "--redact", "--in-place", tree)
    assert result.exit_code == 3
    assert "z.bin: it is binary, so it was left as it is" in result.stderr
    assert "[EMAIL_ADDRESS]" in (tree / "a.txt").read_text()
    assert stat.S_IMODE((tree / "a.txt").stat().st_mode) == 0o640
    assert (tree / "clean.md").stat().st_mtime_ns == before
    assert (tree / "z.bin").read_bytes() == binary
    assert (tree / ".git" / "config").read_text() == TEXT
    assert not [name for name in os.listdir(tree) if name.startswith(".jurat")]
    again = run("scan", *PACKS, "--redact", "--in-place", tree / "a.txt")
    assert again.stderr == "0 redacted in 0 of 1 file\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_not_replaced(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    result = run("scan", *PACKS, "--redact", "-i", tmp_path / "pipe")
    assert result.exit_code == 2
    assert "no regular file" in result.stderr
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_link_that_is_named_stays_one(run: Run, tree: Path) -> None:
    assert run("scan", *PACKS, "--redact", "-i", tree / "link").exit_code == 0
    assert (tree / "link").is_symlink()
    assert "[CREDIT_CARD]" in (tree / "a.txt").read_text()


def test_redacted_copies(run: Run, tree: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("scan", *PACKS, "--redact", "-o", out, tree).exit_code == 0
    made = {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()}
    assert made == {"a.txt", "clean.md", os.path.join("sub", "data.json")}
    assert (out / "clean.md").read_text() == "Nothing here.\n"
    assert EMAIL not in (out / "a.txt").read_text()
    one = tmp_path / "one.txt"
    assert run("scan", *PACKS, "--redact", "-o", one, tree / "a.txt").exit_code == 0
    assert one.read_text() == (out / "a.txt").read_text()
    assert (tree / "a.txt").read_text() == TEXT
    assert run("scan", *PACKS, "--redact", "-o", tree / "a.txt", tree / "a.txt").exit_code == 0
    assert (tree / "a.txt").read_text() == one.read_text()


def test_a_file_that_cannot_be_written_whole_is_left(
    run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    result = run("scan", *PACKS, "--redact", "-i", tree / "a.txt")
    assert result.exit_code == 3
    assert "No space left" in result.stderr
    assert (tree / "a.txt").read_text() == TEXT
    assert not [name for name in os.listdir(tree) if name.startswith(".jurat")]


def test_undecided_is_never_clean(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from jurat.plugin import Detector

    def cannot(text: str) -> Any:
        raise RuntimeError(text)

    slow = Detector("slow", "PERSON", find=cannot)
    monkeypatch.setattr(_scan, "_detectors", lambda packs, bundles: [slow])
    result = run("scan", *PACKS, stdin=TEXT)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "detectors could not finish: slow" in result.stderr
    redacted = run("scan", *PACKS, "--redact", stdin=TEXT)
    assert (redacted.exit_code, redacted.stdout) == (3, "")
    _kept_secret(result.output, redacted.output)


def test_a_broken_plugin_is_never_clean(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JURAT_PLUGINS", "rules,none")
    result = run("scan", *PACKS, stdin=TEXT)
    assert result.exit_code == 4
    assert "plugin none can't be used" in result.stderr


def test_a_large_file(run: Run, tmp_path: Path) -> None:
    line = "All work and no play makes a dull text.\n"
    filler = line * 20_000  # 800 kB
    (tmp_path / "large.txt").write_text(f"{filler}  {EMAIL}\n{filler}card 4111 1111 1111 1111\n")
    result = run("scan", *PACKS, tmp_path / "large.txt")
    places = [
        line.removeprefix(str(tmp_path)).split(": ")[0][1:] for line in result.stdout.splitlines()
    ]
    assert places == ["large.txt:20001:3", "large.txt:40002:6"]
    made = run("scan", *PACKS, "--redact", tmp_path / "large.txt").stdout
    assert made == f"{filler}  [EMAIL_ADDRESS]\n{filler}card [CREDIT_CARD]\n"


@pytest.mark.skipif(sys.platform == "win32", reason="names there are no bytes")
def test_names_that_are_no_text(run: Run, tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff\n.txt"
    with open(name, "wb") as file:
        file.write(TEXT.encode())
    for format_ in ("text", "json", "sarif"):
        result = run("scan", *PACKS, "--format", format_, tmp_path)
        assert result.exit_code == 1
        if format_ != "text":
            json.loads(result.stdout)


def test_as_a_pre_commit_hook(run: Run, tree: Path) -> None:
    """What pre-commit does with the hook: the entry, the options, then the names of files."""
    hook, *_ = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["id"] == "jurat-scan"
    assert {"id", "name", "entry", "language", "types"} <= hook.keys()
    program, *args = shlex.split(hook["entry"])
    assert program == "jurat"
    assert run(*args, tree / "a.txt", tree / "clean.md").exit_code == 1
    (tree / "b.txt").write_text("Try card 4111 1111 1111 1111 with jane@example.com.")
    assert run(*args, tree / "b.txt", tree / "clean.md").exit_code == 0


def test_progress_is_for_terminals() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    times = iter([0.0, 0.05, 0.2])
    terminal = Terminal()
    progress = Progress(terminal, lambda: next(times) + 1)
    for count in range(3):
        progress.tell(f"{count} files")
    assert terminal.getvalue() == "\r\x1b[K0 files\r\x1b[K2 files"
    assert list(progress.beside([1])) == [1]
    assert terminal.getvalue().endswith("2 files\r\x1b[K")
    quiet = io.StringIO()
    Progress(quiet).tell("x")
    assert quiet.getvalue() == ""
