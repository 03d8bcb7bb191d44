"""`jurat explain`, `init`, `plugins` and `schema`."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import jsonschema
import pytest
from click.testing import Result

from jurat.cli import cli
from jurat.cli._app import COMMANDS
from jurat.engine import shipped

Run = Callable[..., Result]


def test_a_bundle_has_a_title_page(run: Run, bundle: str) -> None:
    told = run("explain", bundle).stdout
    assert told.startswith("acme-ai 1.0.0, revision 1\n")
    assert "callers       permit  expression         Registered accounts act in their own" in told
    assert "6 rules, 0 tests, tables endpoints, projects, service_accounts\n" in told


def test_a_rule_is_told_whole(run: Run, bundle: str) -> None:
    told = run("explain", bundle, "key-age", "--now", "2026-05-25T12:00:00Z").stdout
    assert told.startswith("key-age: Keys are rotated within 60 days\nacme-ai 1.0.0, rules/")
    for part in (
        "\nwhat\n  A credential is no older than a given age.\n",
        "judges each credential in a request and each credential in a snapshot, where this is true",
        '\n    project.environment != "experimentation"\n',
        "\n  Its params, of kind credential.age:\n",
        '\n    max_age: "60d"\n      The greatest age allowed',
        "\nwhy\n  A key that leaked",
        "\nwhat comes of it\n  Effect deny: where it fires, the answer is deny. Severity high.\n",
        "\nwho answers for it\n  The rule names nobody.\n",
        "\ncontrols that it supports\n  SOC2:CC6.1: Logical access",
        "\nwaivers in force at 2026-05-25T12:00:00Z\n  None.\n",
        "\nfacts that it needs\n  On a request: /actor/credential/created_at",
        "\nit fires for\n",
        "\nit passes for\n",
        "\ntests\n  No test of the bundle makes it fire.",
    ):
        assert part in told, part


def test_the_time_of_waivers_is_a_time(run: Run, bundle: str) -> None:
    result = run("explain", bundle, "key-age", "--now", "noon")
    assert result.exit_code == 2
    assert "not a time with a zone" in result.stderr


def test_facts_are_listed_with_the_rules_that_need_them(run: Run, bundle: str) -> None:
    told = run("explain", bundle, "--facts").stdout
    request, rest = told.split("on a request\n")[1].split("\n\non a response\n")
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in request.splitlines()}
    assert rows["/actor/credential/created_at"] == "key-age"
    assert rows["/actor/id"] == "callers, networks"
    assert rows["/endpoint/id"] == "eu-residency, models"
    assert rows["/project/environment"] == "key-age (from data/projects.yaml by /project/id)"
    assert rows["/source/ip"] == "networks"
    assert rows["/actor/networks"] == "networks (from data/service_accounts.yaml by /actor/id)"
    assert "its text  pii" in rest
    assert "/credentials/items/*/created_at  key-age" in rest


@pytest.mark.parametrize(
    ("what", "start"),
    [
        ("JB020", "JB020 unknown-key\n"),
        ("jb020", "JB020 unknown-key\n"),
        ("unknown-key", "JB020 unknown-key\n"),
        ("model.allowlist", "model.allowlist\n\nOnly models on the list are called.\n"),
        ("expression", "expression\n"),
    ],
)
def test_codes_and_kinds(run: Run, what: str, start: str) -> None:
    result = run("explain", what)
    assert result.exit_code == 0
    assert result.stdout.startswith(start)


# -- init


@pytest.mark.parametrize("template", ["starter", "openai-enterprise"])
def test_init_copies_a_bundle_that_ships(run: Run, tmp_path: Path, template: str) -> None:
    target = tmp_path / "new" / "policy"
    result = run("init", target, "--template", template)
    assert result.exit_code == 0, result.output
    made = sorted(path for path in target.rglob("*") if path.is_file())
    schemas = target / ".jurat" / "schema"
    own = [str(path) for path in made if schemas not in path.parents]
    assert result.stdout.splitlines() == [*own, str(schemas)]
    assert target / "bundle.yaml" in made
    assert result.stderr == f"next: jurat explain {target}\n"


def test_init_goes_by_the_name_of_its_template(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("init").exit_code == 0
    assert (tmp_path / "starter" / "bundle.yaml").is_file()


def test_init_overwrites_nothing(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "policy"
    target.mkdir()
    kept = target / "bundle.yaml"
    kept.write_text("mine")
    result = run("init", target)
    assert result.exit_code == 2
    assert kept.read_text() == "mine"
    assert list(target.iterdir()) == [kept]


@pytest.mark.parametrize("name", sorted(shipped()))
def test_what_init_made_loads(run: Run, tmp_path: Path, name: str) -> None:
    run("init", tmp_path / "policy", "--template", name)
    result = run("explain", tmp_path / "policy")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"{name} ")
    for command in (("test",), ("lint",), ("fmt", "--check")):
        assert run(*command, tmp_path / "policy").exit_code == 0


# -- plugins and schema


def test_plugins_are_listed(run: Run) -> None:
    result = run("plugins")
    assert result.exit_code == 0
    assert "rules  (jurat " in result.stdout
    assert "model.allowlist" in result.stdout
    told = json.loads(run("plugins", "--format", "json").stdout)
    assert told["broken"] == []
    kinds = {plugin["name"]: plugin["kinds"] for plugin in told["plugins"]}
    assert "expression" in kinds["rules"]
    assert kinds["presidio"] == []
    (packs,) = [plugin["packs"] for plugin in told["plugins"] if plugin["name"] == "rules"]
    assert packs["contact"] == ["email"]
    assert "  detectors of contact: email\n" in result.stdout


def test_a_broken_plugin_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JURAT_PLUGINS", "rules,acme")
    result = run("plugins")
    assert result.exit_code == 4
    assert "acme  BROKEN: " in result.stdout
    assert json.loads(run("plugins", "--format", "json").stdout)["broken"][0]["name"] == "acme"


def test_pinned_to_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JURAT_PLUGINS", "")
    result = run("plugins")
    assert result.exit_code == 0
    assert "left out by JURAT_PLUGINS: presidio, rules" in result.stdout
    assert result.stderr == "no plugin is in use\n"


@pytest.mark.parametrize("what", ["bundle", "request", "response", "org_state"])
def test_schemas_are_schemas(run: Run, what: str) -> None:
    schema = json.loads(run("schema", what).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    if what == "bundle":
        assert schema == json.loads(run("schema").stdout)


def test_the_request_schema_knows_the_worked_request(run: Run, request_file: str) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(run("schema", "request").stdout))
    validator.validate(json.loads(Path(request_file).read_text()))
    assert not validator.is_valid({"modell": "x"})


# -- help


def walk(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield words
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from walk(below, (*words, name))


@pytest.mark.parametrize("words", list(walk(cli)), ids=" ".join)
def test_every_command_has_help(run: Run, words: tuple[str, ...]) -> None:
    result = run(*words, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: {' '.join(('jurat', *words))}")
    assert run(*words, "-h").stdout == result.stdout
    command: click.Command = cli
    for word in words:
        found = command.get_command(click.Context(command), word)  # type: ignore[attr-defined]  # a group: it was walked
        assert found is not None
        command = found
    assert command.help
    for param in command.params:
        if isinstance(param, click.Option):
            assert param.help, f"{param.name} has no help"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_overview_says_what_the_command_says(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.get_short_help_str(100) == COMMANDS[name][1]
