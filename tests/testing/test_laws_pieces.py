"""What the laws are made of: cases as they are written, inputs made smaller, calls that are seen."""

import json
import os
import random
import socket
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from harness import registry
from hypothesis import example, given
from hypothesis import strategies as st

from jurat.bundle.source import SourceFile, parse
from jurat.testing._laws._bench import benches
from jurat.testing._laws._case import Trial, as_case
from jurat.testing._laws._grown import Grower
from jurat.testing._laws._impure import Seen, noting
from jurat.testing._laws._lessen import lessened

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
# what a request's JSON may hold; a lone surrogate is refused before any law sees it
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=5).filter(lambda given: "type" not in given), TEXTS)
@example({"model": "\x7f\x85\ufeff\U0001f600", "null": "true", "a: b": "- x # y"}, "no")
@example({"on": [["~"], {"yes": "1e3"}], "": {}}, "'")
def test_a_case_is_read_as_it_was_written(given: dict[str, Any], name: str) -> None:
    text = as_case(name, Trial(given, NOW, frozenset({"redact"})), {"effect": "deny"}, "a\nb")
    tree, problems = parse(SourceFile("tests/t.yaml", text))
    assert not problems, text
    assert tree is not None
    assert tree.plain() == [
        {
            "name": name,
            "now": "2026-05-25T12:00:00Z",
            "supports": ["redact"],
            "given": given,
            "expect": {"effect": "deny"},
        }
    ]


def test_what_can_go_goes() -> None:
    document = {"a": {"b": 1, "c": [1, 2, {"d": 3}]}, "e": "f", "type": "response"}

    def still(given: Any) -> bool:
        return {"d": 3} in given.get("a", {}).get("c", ())

    assert lessened(document, still) == {"a": {"c": [{"d": 3}]}, "type": "response"}
    assert document["e"] == "f", "what was given is as it was"


def test_it_ends_where_nothing_helps() -> None:
    asked = 0

    def still(given: Any) -> bool:
        nonlocal asked
        asked += 1
        return False

    document = {str(number): {"x": [number] * 50} for number in range(50)}
    assert lessened(document, still) == document
    assert asked <= 600


IMPURE: dict[str, Callable[[], object]] = {
    "reads the clock": time.time,
    "reads the clock of dates": lambda: datetime.now(UTC),
    "draws at random": random.random,
    "draws at random, integers": lambda: random.randint(1, 6),
    "draws at random, ids": uuid.uuid4,
    "draws at random, bytes": lambda: os.urandom(4),
    "uses files": lambda: Path(__file__).read_bytes(),
    "uses files, listing": lambda: os.listdir("."),
    "uses the network": socket.gethostname,
    "reads the environment": lambda: os.environ.get("HOME"),
}
PURE: dict[str, Callable[[], object]] = {
    "json": lambda: json.loads('{"a": [1]}'),
    "dates": lambda: datetime.fromisoformat("2026-05-25T12:00:00+00:00").astimezone(UTC),
    "addresses": lambda: socket.inet_pton(socket.AF_INET, "10.0.0.1"),
    "paths": lambda: Path("/a/b").parent.name,
    "ids": lambda: uuid.UUID(int=1).hex,
}


@pytest.mark.parametrize("what", IMPURE)
def test_what_is_impure_is_seen(what: str) -> None:
    seen: Seen = []
    with noting(seen):
        IMPURE[what]()
    assert what.partition(",")[0].removesuffix(" of dates") in [told for told, _ in seen]
    assert {place.partition(":")[0] for _, place in seen} == {Path(__file__).name}


@pytest.mark.parametrize("what", PURE)
def test_what_is_pure_is_not(what: str) -> None:
    seen: Seen = []
    with noting(seen):
        PURE[what]()
    assert seen == []


def test_inputs_grow_by_what_is_missed() -> None:
    """A kind that gives neither examples nor what it reads is tried all the same."""
    files = {
        "bundle.yaml": "{name: t, version: 1.0.0, revision: 1}",
        "rules/r.yaml": "- {id: t, title: T, kind: law.script, effect: deny, severity: low, "
        "params: {field: actor.team, fires: [red]}}",
    }
    (bench,) = benches(files, registry())
    grower = Grower(bench, random.Random(1))
    teams = [
        grower.grown(grower.bare("request")).given.get("actor", {}).get("team", ...)
        for _ in range(50)
    ]
    assert ... not in teams
    assert "red" in teams
