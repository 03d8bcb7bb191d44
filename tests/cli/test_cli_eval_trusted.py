"""`jurat eval`: by signed archives alone, and of bodies that were sent to Azure."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]
RULES = """\
- id: eu
  title: The European deployment is called
  kind: expression
  effect: permit
  severity: info
  when: request.endpoint.deployment == "chat-eu" && request.model == "gpt-4.1"
"""
BODY = {"messages": [{"role": "user", "content": "hello"}]}
PATH = "/openai/deployments/chat-eu/chat/completions?api-version=2024-10-21"


@pytest.fixture
def policy(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle, its archive signed by one of two keys, and a body."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy" / "rules").mkdir(parents=True)
    (tmp_path / "policy" / "bundle.yaml").write_text("name: acme\nversion: 1.0.0\nrevision: 1\n")
    (tmp_path / "policy" / "rules" / "a.yaml").write_text(RULES)
    (tmp_path / "body.json").write_text(json.dumps(BODY))
    for name in ("one", "two"):
        made = run("sign", "--new-key", f"{name}.key", "--name", name)
        (tmp_path / f"{name}.vkey").write_text(made.stdout.strip().splitlines()[-1] + "\n")
    assert run("build", "policy", "-o", "acme.tar.gz").exit_code == 0
    assert run("sign", "acme.tar.gz", "--key", "one.key").exit_code == 0
    return tmp_path


def judged(run: Run, *args: str) -> Result:
    return run("eval", *args, "body.json", "--as", "azure.chat", "--path", PATH,
               "--with", "model=gpt-4.1", "--exit-code")  # fmt: skip


def test_a_signed_archive_is_taken(run: Run, policy: Path) -> None:
    assert judged(run, "acme.tar.gz", "--key", "one.vkey").exit_code == 0
    vkey = (policy / "one.vkey").read_text().strip()
    assert judged(run, "acme.tar.gz", "--key", vkey, "--key", "two.vkey").exit_code == 0


@pytest.mark.parametrize(
    ("args", "code", "why"),
    [
        (("acme.tar.gz", "--key", "two.vkey"), 3, "no trusted key signs it"),
        (("policy", "--key", "one.vkey"), 3, "only an archive can be signed"),
        (("acme.tar.gz", "--key", "one.vkey", "--key", "two.vkey", "--threshold", "2"), 3,
         "only 1 trusted key signs it"),
        (("acme.tar.gz", "--key", "one.vkey", "--threshold", "2"), 2, "2 signatures are wanted"),
        (("acme.tar.gz", "--threshold", "2"), 2, "name the keys by --key"),
        (("acme.tar.gz", "--key", "nobody"), 2, "or a file of such"),
    ],
)  # fmt: skip
def test_what_is_not_trusted_judges_nothing(
    run: Run, policy: Path, args: tuple[str, ...], code: int, why: str
) -> None:
    done = judged(run, *args)
    assert done.exit_code == code
    assert why in " ".join(done.output.split())
    assert "allow" not in done.stdout


def test_the_path_says_which_deployment_serves(run: Run, policy: Path) -> None:
    assert judged(run, "policy").exit_code == 0
    other = PATH.replace("chat-eu", "chat-us")
    args = ("eval", "policy", "body.json", "--as", "azure.chat", "--with", "model=gpt-4.1",
            "--exit-code")  # fmt: skip
    assert run(*args, "--path", other).exit_code == 10
    assert run(*args).exit_code == 10  # nobody knows the deployment
    assert run(*args, "--with", "endpoint.deployment=chat-eu").exit_code == 0


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("--as", "openai.chat", "--path", PATH), "it is for --as with one of azure.chat"),
        (("--path", PATH), "it is for --as with one of azure.chat"),
        (("--as", "azure.chat", "--path", "/openai/deployments/x/embeddings"),
         "does not end in /chat/completions"),
        (("--as", "azure.chat", "--path", PATH, "--with", "endpoint.deployment=x"),
         "names another deployment than the path does"),
    ],
)  # fmt: skip
def test_a_path_that_says_nothing_is_a_mistake_of_usage(
    run: Run, policy: Path, args: tuple[str, ...], why: str
) -> None:
    done = run("eval", "policy", "body.json", *args)
    assert done.exit_code == 2
    assert why in " ".join(done.output.split())
