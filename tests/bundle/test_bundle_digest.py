"""A digest is over what a bundle says, not over how that is laid out."""

import json
import random
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from jurat.bundle import load_bundle, read_bundle


def digest(files: dict[str, str], registry: Any) -> str:
    return read_bundle(files, registry).digest


def shuffled(value: Any, order: random.Random) -> Any:
    """The same mapping with its keys in another order."""
    if isinstance(value, dict):
        keys = list(value)
        order.shuffle(keys)
        return {key: shuffled(value[key], order) for key in keys}
    if isinstance(value, list):
        return [shuffled(item, order) for item in value]
    return value


@given(seed=st.integers(0, 2**32), form=st.sampled_from(["json", "block", "flow"]))
def test_layout_does_not_count(seed: int, form: str, fixed: tuple[dict[str, str], Any]) -> None:
    files, registry = fixed
    order = random.Random(seed)
    made = {}
    for name in order.sample(list(files), len(files)):
        if not name.endswith(".yaml"):
            made[name] = files[name]
            continue
        value = shuffled(yaml.load(files[name], yaml.BaseLoader), order)
        typed = retyped(value)
        if name.startswith("rules/"):
            order.shuffle(typed)
        if form == "json":
            made[name] = json.dumps(typed, indent=order.choice([None, 2]))
        else:
            flow = form == "flow"
            made[name] = "# a comment\n" + yaml.safe_dump(
                typed, sort_keys=False, default_flow_style=flow
            )
    assert digest(made, registry) == digest(files, registry)


def retyped(value: Any) -> Any:
    """What BaseLoader reads as text, as YAML 1.2 reads it."""
    if isinstance(value, dict):
        return {key: retyped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [retyped(item) for item in value]
    if value in ("true", "false"):
        return value == "true"
    return int(value) if value.isdecimal() else value


@pytest.fixture(scope="module")
def fixed(registry: Any) -> tuple[dict[str, str], Any]:
    text = {
        "bundle.yaml": "name: a\nversion: 1.0.0\nrevision: 1\n",
        "rules/a.yaml": """\
- {id: b, title: B, kind: model.allowlist, effect: deny, severity: low, params: {models: [x, y]}}
- {id: a, title: A, kind: expression, effect: permit, severity: info, when: "has(request.id)"}
""",
        "data/projects.yaml": "p: {environment: production}\nq: {}\n",
        "data/vocabulary.yaml": "models: [x]\n",
        "README.md": "x",
    }
    return text, registry


def test_rules_may_move_between_files(fixed: tuple[dict[str, str], Any]) -> None:
    files, registry = fixed
    first, second = files["rules/a.yaml"].splitlines(keepends=True)
    moved = {k: v for k, v in files.items() if k != "rules/a.yaml"}
    moved |= {"rules/z.yaml": first, "rules/b.yaml": second}
    assert digest(moved, registry) == digest(files, registry)


def test_tests_and_other_files_do_not_count(fixed: tuple[dict[str, str], Any]) -> None:
    files, registry = fixed
    case = """\
- {name: a, now: 2026-05-25T12:00:00Z, given: {}, expect: {effect: allow}}
"""
    more = {**files, "tests/a.yaml": case, "README.md": "y"}
    assert digest(more, registry) == digest(files, registry)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("bundle.yaml", "revision: 1", "revision: 2"),
        ("bundle.yaml", "1.0.0", "1.0.1"),
        ("rules/a.yaml", "[x, y]", "[y, x]"),
        ("rules/a.yaml", "title: A", "title: a"),
        ("rules/a.yaml", '(request.id)"', '(request.id) "'),
        ("rules/a.yaml", "severity: low", "severity: low, mode: enforce"),
        ("data/projects.yaml", "production", "staging"),
        ("data/projects.yaml", "q: {}", "q: {residency: null}"),
        ("data/vocabulary.yaml", "[x]", "[x, y]"),
    ],
)
def test_every_change_of_what_it_says_counts(
    file: str, old: str, new: str, fixed: tuple[dict[str, str], Any]
) -> None:
    files, registry = fixed
    assert old in files[file]
    changed = {**files, file: files[file].replace(old, new, 1)}
    assert digest(changed, registry) != digest(files, registry)


def test_waivers_and_detectors_count(files: dict[str, str], registry: Any) -> None:
    whole = digest(files, registry)
    for name in ("waivers.yaml", "detectors/a.yaml", "data/drill.yaml"):
        less = {key: value for key, value in files.items() if key != name}
        assert digest(less, registry) != whole


def test_numbers_and_texts_that_look_alike_differ(files: dict[str, str], registry: Any) -> None:
    tables = "tables: {t: {a: double}}\n"
    files = {**files, "bundle.yaml": files["bundle.yaml"].replace("tables", "#") + tables}
    del files["data/drill.yaml"]
    seen = set()
    for row in ("a: 1.5", "a: '1.5'", "a: 9007199254740993", "a: '9007199254740993'", "a: 1.0"):
        bundle, _ = load_bundle({**files, "data/t.yaml": f"x: {{{row}}}\n"}, registry)
        assert bundle is not None
        seen.add(bundle.digest)
    assert len(seen) == 5
