"""`jurat schema`, and the line by which an editor finds the schema of a file, with no network."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from jsonschema import Draft202012Validator

from jurat.bundle.editing import schema_of
from jurat.bundle.source import SourceFile, parse, read_files
from jurat.engine import compile_bundles, shipped, versions_of
from jurat.plugin import load_plugins

Run = Callable[..., Result]
_LINE = re.compile(r"# yaml-language-server: \$schema=(\S+)\n")


def complaints(path: Path) -> list[str]:
    """What the schema that a file's first line leads to says against it."""
    text = path.read_text("utf-8")
    line = _LINE.match(text)
    assert line is not None, path
    schema = json.loads((path.parent / line[1]).read_text("utf-8"))
    root, problems = parse(SourceFile(path.name, text))
    assert not problems
    if root is None:  # nothing but comments, of which editors ask no schema
        return []
    return [error.json_path for error in Draft202012Validator(schema).iter_errors(root.plain())]


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_file_that_init_writes_leads_to_a_schema_that_it_fits(
    run: Run, tmp_path: Path, name: str
) -> None:
    root = tmp_path / "policy"
    assert run("init", root, "--template", name).exit_code == 0
    # a table of the bundle's own has none
    files = [path for path in root.rglob("*.yaml") if schema_of(str(path.relative_to(root)))]
    assert len(files) >= 3
    for path in files:
        assert complaints(path) == [], path
    assert run("fmt", "--check", root).exit_code == 0
    registry = load_plugins()
    made = compile_bundles(root, registry, versions_of(registry))[0][0]
    assert made.digest == compile_bundles(name, registry, versions_of(registry))[0][0].digest
    assert not any(file.startswith(".") for file in read_files(root)[0])


def test_what_new_writes_leads_to_a_schema_too(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "policy"
    root.mkdir()
    (root / "bundle.yaml").write_text("name: acme\nversion: 1.0.0\nrevision: 1\n")
    assert run("new", "rule", "network.egress", "--bundle", root).exit_code == 0
    assert run("new", "detector", "acme.customer-id", "--bundle", root).exit_code == 0
    made = [root / "rules" / "egress.yaml", root / "detectors" / "acme.customer-id.yaml"]
    for path in (*made, *(root / "tests").glob("*.yaml")):
        assert complaints(path) == []
    assert run("fmt", "--check", root).exit_code == 0


def test_a_bundle_that_is_there_gets_its_lines(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "policy"
    (root / "rules").mkdir(parents=True)
    (root / "bundle.yaml").write_text("name: acme\nversion: 1.0.0\nrevision: 1\n")
    (root / "rules" / "a.yaml").write_text("- id: a\r\n", newline="")
    done = run("schema", "--write", root)
    assert done.exit_code == 0, done.output
    assert set(done.stdout.splitlines()) == {
        str(_schemas(root)),
        str(root / "bundle.yaml"),
        str(root / "rules" / "a.yaml"),
    }
    assert complaints(root / "bundle.yaml") == []
    assert complaints(root / "rules" / "a.yaml")  # a rule needs more than an id
    assert (root / "rules" / "a.yaml").read_bytes().endswith(b"rules.json\r\n- id: a\r\n")
    assert run("schema", "--write", root).stdout.splitlines() == [str(_schemas(root))]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("bundle.yaml", "revision: 1", "revison: 1"),
        ("rules/starter.yaml", "severity: high", "severity: hihg"),
        ("rules/starter.yaml", "kind: expression", "kind: expresion"),
        ("rules/starter.yaml", "effect: permit", "efect: permit"),
        ("tests/starter.yaml", "effect: allow", "effect: alow"),
    ],
)
def test_a_mistake_does_not_fit(run: Run, tmp_path: Path, file: str, old: str, new: str) -> None:
    root = tmp_path / "policy"
    run("init", root)
    path = root / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    assert complaints(path)


@pytest.mark.parametrize("what", ["rules", "manifest", "waivers", "tests", "detectors"])
def test_the_schema_of_one_sort_of_file_is_printed(run: Run, what: str) -> None:
    schema = json.loads(run("schema", what).stdout)
    Draft202012Validator.check_schema(schema)
    assert schema["$ref"] == f"#/$defs/{what}"


def test_only_a_bundle_gets_schemas(run: Run, tmp_path: Path) -> None:
    done = run("schema", "--write", tmp_path)
    assert done.exit_code == 3
    assert "has no bundle.yaml" in done.output
    assert list(tmp_path.iterdir()) == [] or not (tmp_path / ".jurat").exists()


def _schemas(root: Path) -> Path:
    return root / ".jurat" / "schema"
