"""Whatever is given as a bundle: a Bundle, or a BundleError with at least one problem."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jurat.bundle import Bundle, BundleError, load_bundle, pack, read_bundle

NAMES = (
    "bundle.yaml",
    "rules/a.yaml",
    "data/projects.yaml",
    "data/endpoints.yaml",
    "data/models.yaml",
    "data/prompts.yaml",
    "data/own.yaml",
    "data/vocabulary.yaml",
    "detectors/a.yaml",
    "waivers.yaml",
    "tests/a.yaml",
)
TEXT = """
    name version revision requires jurat plugins mode parameters type value default tables
    assume max_staleness currency id title kind effect severity when params on over on_error
    waivable obligation controls rule scope owner reason expires granted given now expect fired
    reasons entity patterns context examples header route hold_stream approval param fact
    models zones expression model.allowlist credential.age pii.patterns permit deny require
    redact request org_state high info true null residency region provider azure sku aliases
    limits rpm /project/id /params/store 2026-05-25T12:00:00Z 60d 1.0.0 list(string) own
    production
"""
WORDS = TEXT.split()

SCALARS = st.one_of(
    st.sampled_from(WORDS),
    st.none(),
    st.booleans(),
    st.integers(-3, 10**20),
    st.floats(),
    st.text(max_size=8),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), inner, max_size=6),
    ),
    max_leaves=30,
)


def flow(value: Any) -> str:
    """A value as YAML of a rough kind: texts unquoted where they happen to fit."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)


def holds(source: Any, registry: Any) -> None:
    """The one promise: no other exception, and no problem without a place to look at."""
    bundle, problems = load_bundle(source, registry)
    for problem in problems:
        assert problem.message
        assert problem.file
        assert problem.line >= 0
    if not problems:
        assert isinstance(bundle, Bundle)
        assert isinstance(read_bundle(source, registry), Bundle)
        return
    with pytest.raises(BundleError) as caught:
        read_bundle(source, registry)
    assert caught.value.diagnostics == tuple(problems)
    assert str(caught.value)


@given(files=st.dictionaries(st.sampled_from(NAMES), st.text(max_size=200), max_size=4))
def test_any_texts(files: dict[str, str], registry: Any) -> None:
    holds({"bundle.yaml": "name: a\nversion: 1.0.0\nrevision: 1\n", **files}, registry)


@given(files=st.dictionaries(st.sampled_from(NAMES), st.binary(max_size=100), max_size=3))
def test_any_bytes_in_files(files: dict[str, bytes], registry: Any) -> None:
    holds({"bundle.yaml": b"name: a\nversion: 1.0.0\nrevision: 1\n", **files}, registry)


@given(data=st.binary(max_size=300))
def test_any_bytes_as_an_archive(data: bytes, registry: Any) -> None:
    holds(data, registry)


@given(files=st.dictionaries(st.text(max_size=20), st.just("[]"), max_size=5))
@example(files={"rules/a\udc80.yaml": "[]"})
@example(files={"": "[]", "/": "[]", "../a": "[]", "rules/": "[]", "rules/.yaml": "[]"})
def test_any_names(files: dict[str, str], registry: Any) -> None:
    holds({"bundle.yaml": "name: a\nversion: 1.0.0\nrevision: 1\n", **files}, registry)


@given(values=st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=1, max_size=5))
def test_any_values(values: dict[str, Any], registry: Any) -> None:
    files = {name: flow(value) for name, value in values.items()}
    holds({"bundle.yaml": "name: a\nversion: 1.0.0\nrevision: 1\n", **files}, registry)


@given(rules=st.lists(st.dictionaries(st.sampled_from(WORDS), VALUES, max_size=10), max_size=3))
def test_any_rules(rules: list[Any], registry: Any) -> None:
    holds({"bundle.yaml": "name: a\nversion: 1.0.0\nrevision: 1\n", "rules/a.yaml": flow(rules)},
          registry)  # fmt: skip


@given(data=st.data())
def test_any_edit_of_a_good_bundle(
    data: st.DataObject, good: dict[str, str], registry: Any
) -> None:
    files = dict(good)
    for _ in range(data.draw(st.integers(1, 3))):
        name = data.draw(st.sampled_from(sorted(files)))
        text = files[name]
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 20)))
        new = data.draw(st.one_of(st.sampled_from(WORDS), st.text(max_size=5), SCALARS.map(str)))
        files[name] = text[:start] + new + text[end:]
    holds(files, registry)


@given(data=st.data())
def test_any_edit_of_an_archive(data: st.DataObject, good: dict[str, str], registry: Any) -> None:
    archive = bytearray(pack(good))
    for _ in range(data.draw(st.integers(1, 4))):
        archive[data.draw(st.integers(0, len(archive) - 1))] = data.draw(st.integers(0, 255))
    holds(bytes(archive[: data.draw(st.integers(0, len(archive)))]), registry)


CEL = (
    "request . actor project id data now service_accounts [ ] ( ) { } ' \" == != in && || ! + - <"
    " has( .all(x, .exists( size( duration( timestamp( null true 1 1.5 9223372036854775808 'a' b''"
    " ? : , \\ \n ü 𝄞 \ud7ff // inNetwork( matches("
)
PIECES = st.sampled_from(CEL.split(" "))


@given(
    text=st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=20).map("".join)),
    quote=st.booleans(),
)
def test_any_condition(text: str, quote: bool, registry: Any) -> None:
    rule = {"id": "a", "title": "A", "kind": "expression", "effect": "deny", "severity": "low"}
    written = json.dumps(text, ensure_ascii=quote)
    files = {
        "bundle.yaml": "name: a\nversion: 1.0.0\nrevision: 1\n",
        "rules/a.yaml": f"[{flow(rule)[:-1]}, when: {written}}}]\n",
        "data/service_accounts.yaml": "{}\n",
    }
    holds(files, registry)
