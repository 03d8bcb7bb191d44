"""Wrong use, and what can go wrong: exit codes, texts, and never a traceback."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from jurat.cli import _plugins

Run = Callable[..., Result]
ROOT = Path(__file__).parents[2]
JURAT = Path(sys.executable).with_name("jurat")

# {bundle} the worked bundle, {request} its request, {tmp} an empty directory
WRONG: dict[str, tuple[list[str], int, str]] = {
    "no such command": (["evl"], 2, "no such command 'evl'; did you mean 'eval'?"),
    "no command like it": (
        ["zzz"],
        2,
        "there are init, new, eval, ",
    ),
    "no such option": (["eval", "--bundel"], 2, "No such option"),
    "no such log command": (["log", "shw"], 2, "Did you mean 'show'?"),
    "eval: no bundle": (["eval"], 2, "Missing argument"),
    "eval: only a dash": (["eval", "-"], 2, "name a bundle before -, like: jurat eval starter -"),
    "eval: dash in between": (
        ["eval", "-", "{bundle}"],
        2,
        "- (standard input) comes last",
    ),
    "eval: no such bundle": (["eval", "strater"], 3, 'did you mean "starter"?'),
    "eval: no such file": (["eval", "{bundle}", "nope.json"], 3, "Error: nope.json: no such file"),
    "eval: a bundle that is misspelt": (
        ["eval", "{bundle}", "strater"],
        3,
        "Error: strater: no such file; did you mean the bundle starter?",
    ),
    "eval: no bundle there": (["eval", "{tmp}", "{request}"], 3, "there is no bundle.yaml"),
    "eval: unknown obligation": (
        ["eval", "{bundle}", "--supports", "redcat"],
        2,
        "no obligation is called 'redcat'; did you mean redact?",
    ),
    "eval: unknown format": (["eval", "{bundle}", "--as", "openai"], 2, "is not one of"),
    "eval: a time without zone": (
        ["eval", "{bundle}", "--now", "2026-05-25T12:00:00"],
        2,
        "write it like 2026-05-25T12:00:00Z",
    ),
    "eval: no time": (["eval", "{bundle}", "--now", "noon"], 2, "not a time with a zone"),
    "eval: fact without value": (
        ["eval", "{bundle}", "--with", "actor.id"],
        2,
        "'actor.id' has no value; write FACT=VALUE, like actor.id=svc-chatbot",
    ),
    "eval: unknown fact": (
        ["eval", "{bundle}", "--with", "actor.idd=x"],
        2,
        "there is no fact 'actor.idd'; did you mean actor.id?",
    ),
    "eval: fact too deep": (
        ["eval", "{bundle}", "--with", "actor.id.x=1"],
        2,
        "actor.id has no fields",
    ),
    "eval: fact in a list": (
        ["eval", "{bundle}", "--with", "messages.0.role=x"],
        2,
        "messages has no fields",
    ),
    "eval: fact given twice": (
        ["eval", "{bundle}", "--with", "actor.id=a", "--with", "actor={}"],
        2,
        "actor is given twice; keep one of actor and actor.id",
    ),
    "eval: a value that does not fit": (
        ["eval", "{bundle}", "--with", "source.ip=localhost"],
        2,
        "/source/ip: not an IPv4 or IPv6 address",
    ),
    "eval: what only a body can say": (
        ["eval", "{bundle}", "--as", "openai.chat", "--with", "messages=[]"],
        2,
        "messages comes from the body; leave it out",
    ),
    "eval: no such state": (
        ["eval", "{bundle}", "{request}", "--state", "nope.json"],
        3,
        "nope.json: No such file or directory",
    ),
    "eval: a state that is none": (
        ["eval", "{bundle}", "{request}", "--state", "{request}"],
        3,
        "request.json: /",
    ),
    "eval: a log that is a file": (
        ["eval", "{bundle}", "{request}", "--log", "{request}"],
        3,
        "request.json",
    ),
    "explain: nothing of the name": (
        ["explain", "model.allowlst"],
        2,
        "'model.allowlst' is no code, rule kind or bundle; did you mean model.allowlist?",
    ),
    "explain: no such code": (["explain", "JB999"], 2, "'JB999' is no code"),
    "explain: no such rule": (
        ["explain", "{bundle}", "modells"],
        2,
        "bundle acme-ai has no rule 'modells'; did you mean models?",
    ),
    "explain: facts of one rule": (
        ["explain", "{bundle}", "models", "--facts"],
        2,
        "leave RULE out",
    ),
    "explain: facts of a kind": (["explain", "pii.patterns", "--facts"], 2, "is no code"),
    "init: no such template": (
        ["init", "{tmp}", "--template", "startr"],
        2,
        "no bundle 'startr' ships; did you mean starter?",
    ),
    "init: a file": (["init", "{request}"], 2, "exists and is not an empty directory"),
    "init: below a file": (["init", "{request}/new"], 3, "Not a directory"),
    "log show: no log": (["log", "show", "{tmp}/none"], 3, "there is no such directory"),
    "log verify: no log": (["log", "verify", "{tmp}"], 3, "{tmp}"),
    "log replay: no log": (["log", "replay", "{tmp}/none"], 3, "none"),
    "log checkpoint: no log": (["log", "checkpoint", "{tmp}/none"], 3, "none"),
    "log verify: no checkpoint": (
        ["log", "verify", "{tmp}", "--checkpoint", "{tmp}/note"],
        3,
        "note: No such file or directory",
    ),
    "log show: no number": (["log", "show", "{tmp}", "--start", "x"], 2, "is not a valid integer"),
    "schema: of nothing": (["schema", "requests"], 2, "is not one of"),
    "a name with a NUL": (["eval", "{bundle}", "a\0b"], 3, r"a\x00b: no such file"),
    "a name that steers a terminal": (
        ["eval", "{bundle}", "\x1b[2J"],
        3,
        r"\x1b[2J: no such file",
    ),
}


@pytest.mark.parametrize(("args", "code", "text"), WRONG.values(), ids=WRONG)
def test_wrong_use(
    run: Run,
    bundle: str,
    request_file: str,
    tmp_path: Path,
    args: list[str],
    code: int,
    text: str,
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    def filled(word: str) -> str:
        for name, value in (("bundle", bundle), ("request", request_file), ("tmp", str(empty))):
            word = word.replace("{" + name + "}", value)
        return word

    result = run(*map(filled, args), stdin="{}")
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert filled(text) in result.stderr
    assert "Traceback" not in result.output
    assert not {"\x1b", "\0"} & set(result.output)


def test_a_broken_bundle_is_told_with_its_places(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "bundle.yaml").write_text("name: x\nversion: 1.0.0\nrevision: 1\n")
    (tmp_path / "rules" / "a.yaml").write_text(
        "- {id: a, title: A, kind: expresion, effect: permit, severity: info, when: 'true'}\n"
    )
    result = run("eval", tmp_path, stdin="{}")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "rules/a.yaml:1:" in result.stderr
    assert "did you mean" in result.stderr


def test_a_bundle_that_needs_a_broken_plugin(
    run: Run, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import jurat_rules

    def broken() -> list[object]:
        raise RuntimeError("canary-91")

    monkeypatch.setattr(jurat_rules, "jurat_rule_kinds", _plugin_hook(broken))
    result = run("eval", bundle, stdin="{}")
    assert result.exit_code == 4
    assert "broken-plugin" in result.stderr
    assert "canary-91" not in result.output


def _plugin_hook(function: Callable[[], list[object]]) -> Callable[[], list[object]]:
    from jurat.plugin import hookimpl

    made: Callable[[], list[object]] = hookimpl(specname="jurat_rule_kinds")(function)
    return made


def test_a_fault_of_ours_is_no_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault() -> None:
        raise KeyError("canary-17")

    monkeypatch.setattr(_plugins, "load_plugins", fault)
    result = run("plugins")
    assert result.exit_code == 4
    assert result.stderr.startswith("Error: internal error (KeyError). ")
    assert "JURAT_DEBUG=1" in result.stderr
    assert "canary-17" not in result.output
    monkeypatch.setenv("JURAT_DEBUG", "1")
    assert "canary-17" in run("plugins").stderr


def test_an_interrupt_is_told_in_a_word(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_plugins, "load_plugins", interrupt)
    result = run("plugins")
    assert result.exit_code == 130
    assert result.stderr.strip() == "interrupted"


def test_a_decision_that_can_not_be_recorded_is_a_failure(
    run: Run, bundle: str, request_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jurat.log import Log, LogUnavailable

    append = Log.append

    def full(self: Log, type_: str, body: dict[str, object]) -> object:
        if type_ == "decision":
            raise LogUnavailable("no space left on device")
        return append(self, type_, body)

    monkeypatch.setattr(Log, "append", full)
    result = run("eval", bundle, request_file, "--log", tmp_path / "log", "--supports", "redact")
    assert result.exit_code == 4
    assert result.stdout.startswith("deny ")
    assert "log-unavailable" in result.stdout
    assert "not every decision could be recorded" in result.stderr


# -- as a program


def jurat(*args: str, stdin: bytes = b"", **env: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [str(JURAT), *args],
        input=stdin,
        capture_output=True,
        env={**os.environ, **env},
        timeout=60,
        check=False,
    )


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom jurat.cli import cli\n"
        "try:\n    cli(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "heavy = {'pydantic', 'cel_expr_python', 'google.protobuf', 're2', 'regex', 'rich', 'yaml',"
        " 'orjson', 'cryptography', 'phonenumbers', 'stdnum', 'pluggy', 'asyncio'}\n"
        "found = sorted(heavy & set(sys.modules))\n"
        "found += [name for name in sys.modules if name.startswith('jurat.')"
        " and not name.startswith('jurat.cli')]\n"
        "sys.exit(','.join(found) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=60, check=False
    )
    assert done.stderr.decode() == ""
    assert done.returncode == 0


def test_the_program_decides_and_tells_it(bundle: str, request_file: str) -> None:
    args = ("eval", bundle, "-", "--now", "2026-05-25T12:00:00Z", "--exit-code")
    done = jurat(*args, stdin=Path(request_file).read_bytes())
    assert done.returncode == 10
    assert done.stdout.startswith(b"deny ")
    assert b"\x1b" not in done.stdout


def test_a_closed_pipe_is_no_traceback(bundle: str) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as out:
        done = subprocess.run(
            [str(JURAT), "eval", bundle, "--format", "json"],
            input=b"{}\n" * 200,
            stdout=out,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert done.returncode == 141
    assert done.stderr == b""


def test_a_closed_stdin_is_told(bundle: str) -> None:
    done = subprocess.run(
        f'exec "{JURAT}" eval "{bundle}" <&-',
        shell=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told() -> None:
    with open("/dev/full", "wb") as out:
        done = subprocess.run(
            [str(JURAT), "schema"], stdout=out, stderr=subprocess.PIPE, timeout=60, check=False
        )
    assert done.returncode == 4
    assert done.stderr.startswith(b"Error: No space left on device")
    assert b"Traceback" not in done.stderr


def test_colour_on_a_terminal_alone_and_never_with_no_color(bundle: str) -> None:
    pty = pytest.importorskip("pty")

    def on_a_terminal(**env: str) -> bytes:
        ours, theirs = pty.openpty()
        try:
            done = subprocess.run(
                [str(JURAT), "eval", bundle],
                input=b"{}",
                stdout=theirs,
                env={**os.environ, "TERM": "xterm", **env},
                timeout=60,
                check=False,
            )
            assert done.returncode == 0
        finally:
            os.close(theirs)
        data = os.read(ours, 1 << 16)
        os.close(ours)
        return bytes(data)

    plain = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    assert "NO_COLOR" in plain or b"\x1b[" in on_a_terminal()
    assert b"\x1b[" not in on_a_terminal(NO_COLOR="1")
