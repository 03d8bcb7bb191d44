"""The worked case of the design, read as it stands there, with the kinds that are installed."""

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from jurat.bundle import bundle_schema, read_bundle
from jurat.bundle._nodes import SourceFile
from jurat.bundle._yaml import parse
from jurat.plugin import load_plugins

PAGE = Path(__file__).parents[2].parent / "shared" / "WORKED.md"
_FILE = re.compile(r"# ((?:[a-z_]+/)?[a-z_]+\.yaml)")


@pytest.fixture(scope="module")
def worked() -> dict[str, str]:
    if not PAGE.exists():
        pytest.skip("the page of the worked case is not here")
    section = PAGE.read_text().split("## Bundle")[1].split("## Request 1")[0]
    files: dict[str, str] = {}
    name = ""
    for block in re.findall(r"```yaml\n(.*?)```", section, re.DOTALL):
        for line in block.splitlines():
            if found := _FILE.fullmatch(line):
                name = found[1]
                files[name] = ""
            else:
                files[name] += line + "\n"
    return files


def test_it_is_read(worked: dict[str, str]) -> None:
    bundle = read_bundle(worked, load_plugins(environ={}))
    assert [rule.id for rule in bundle.rules] == [
        "callers",
        "eu-residency",
        "key-age",
        "models",
        "networks",
        "pii",
    ]
    judged = {rule.id: [(one.input, one.resource) for one in rule.judges] for rule in bundle.rules}
    assert judged["key-age"] == [("request", "credential"), ("org_state", "credential")]
    assert judged["pii"] == [("request", "request"), ("response", "response")]
    assert bundle.rule_by_id["eu-residency"].waivable is False
    conditions = {rule.id: rule.judges[0].condition for rule in bundle.rules}
    assert [id_ for id_, condition in conditions.items() if condition is None] == ["models", "pii"]
    row: Any = bundle.tables["projects"]["proj-dev"]
    assert (row.environment, row.residency, row.limits.rpm) == ("development", None, 500)
    assert bundle.tables.names == ("endpoints", "projects", "service_accounts")


def test_it_fits_the_schema(worked: dict[str, str]) -> None:
    value = {}
    for name, text in worked.items():
        root, problems = parse(SourceFile(name, text))
        assert root is not None
        assert problems == []
        value[name] = root.plain()
    validator = Draft202012Validator(bundle_schema(load_plugins(environ={})))
    assert [(e.json_path, e.message) for e in validator.iter_errors(value)] == []
