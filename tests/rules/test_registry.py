"""What holds for every kind that ships, and would be forgotten in one of them."""

import re
from pathlib import Path
from typing import Any

import pytest
from rule_samples import samples_of

import jurat_rules
from jurat.model import Endpoint, OrgState, Project, Request, view_class
from jurat.plugin import FactRef, RuleKind

KINDS = {kind.name: kind for kind in jurat_rules.jurat_rule_kinds()}
HEADINGS = ["What it does", "Why", "Example", "Options", "Limits", "Codes"]


CASES = [(name, params) for name, kind in KINDS.items() for params in samples_of(name)]


def sections(kind: type[RuleKind]) -> dict[str, str]:
    parts = re.split(r"^\s*## (.+)$", kind.__doc__ or "", flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_file_holds_one_kind_and_has_a_test() -> None:
    package = Path(jurat_rules.__file__).parent
    files = {path.stem for path in package.glob("[a-z]*.py")}
    assert files == {kind.__module__.rpartition(".")[2] for kind in KINDS.values()}
    assert files == {name.replace(".", "_") for name in KINDS}
    tests = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert files <= tests


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_documentation(kind: type[RuleKind]) -> None:
    found = sections(kind)
    assert list(found) == HEADINGS
    assert all(text.strip() for text in found.values())
    assert f"kind: {kind.name}" in found["Example"]
    for name, field in kind.Params.model_fields.items():
        assert field.description, f"{name} is not described"
        assert f"- `{name}`:" in found["Options"], f"{name} is not among the options"
    for name in re.findall(r"^\s*- `(\w+)`:", found["Options"], flags=re.MULTILINE):
        assert name in kind.Params.model_fields


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_codes_are_those_of_the_source(kind: type[RuleKind]) -> None:
    """Each code that a kind may report stands in its table, and each in the table is reported."""
    told = set(re.findall(r"^\s*\| `([a-z-]+)` \|", sections(kind)["Codes"], flags=re.MULTILINE))
    package = Path(jurat_rules.__file__).parent
    module = kind.__module__.rpartition(".")[2]
    source = (package / f"{module}.py").read_text()
    for shared in re.findall(r"^from \.(_\w+) import", source, flags=re.MULTILINE):
        source += (package / f"{shared}.py").read_text()
    reported = set(re.findall(r'Finding\(\s*"([a-z-]+)"', source))
    assert told == (reported or {"condition-met", "obligation-required"})


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_params_have_a_schema(kind: type[RuleKind]) -> None:
    schema = kind.Params.model_json_schema()
    assert schema.get("additionalProperties") is False


@pytest.mark.parametrize(("name", "params"), CASES)
def test_examples_are_whole_inputs(name: str, params: dict[str, Any]) -> None:
    kind = KINDS[name]
    examples = kind().examples(kind.Params.model_validate(params))
    if name == "expression":
        assert examples is None  # its params say nothing: `when` does
        return
    assert examples is not None
    assert examples.fires
    assert examples.passes
    for example in (*examples.fires, *examples.passes):
        on_snapshots = example.given.get("type") == "org_state"
        (OrgState if on_snapshots else Request).model_validate(example.given)
        assert example.note


@pytest.mark.parametrize(("name", "params"), CASES)
def test_reads_are_pointers_of_the_model(name: str, params: dict[str, Any]) -> None:
    kind = KINDS[name]
    judged = kind.judges if isinstance(kind.judges, tuple) else (kind.judges,)
    beside = {"request": Request, "project": Project, "endpoint": Endpoint, "org": OrgState}
    for read in kind().reads(kind.Params.model_validate(params)):
        if read.startswith("/"):
            cls = view_class(judged[0])
            *parents, leaf = read.removeprefix("/").split("/")
        else:
            root, *parents, leaf = read.split(".")
            cls = view_class(beside[root])
        for parent in parents:
            cls = cls.children[parent]
        assert leaf in cls.fields


def test_fact_references_are_told_as_read() -> None:
    kind = KINDS["network.allowlist"]()
    params = kind.Params.model_validate({"networks": {"fact": "request.actor.networks"}})
    assert isinstance(params.networks, FactRef)  # type: ignore[attr-defined]  # of this kind
    assert kind.reads(params) == ("/source/ip", "/actor/networks")
