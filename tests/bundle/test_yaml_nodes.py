"""YAML as jurat reads it: 1.2 core scalars, a place for everything, and no more."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.bundle._align import place_in
from jurat.bundle._nodes import Mapping, Node, Scalar, Sequence, SourceFile
from jurat.bundle._yaml import parse


def tree(text: str) -> Node:
    root, problems = parse(SourceFile("x.yaml", text))
    assert root is not None
    assert problems == []
    return root


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("y", "y"),
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("nULL", "nULL"),
        ("true", True),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ("017", 17),
        ("0o17", 15),
        ("0x1F", 31),
        ("-0x1F", "-0x1F"),
        ("0b1", "0b1"),
        ("+12", 12),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("-1.5E-2", -0.015),
        (".", "."),
        ("1.0.0", "1.0.0"),
        ("2026-05-25", "2026-05-25"),
        ("2026-05-25T12:00:00Z", "2026-05-25T12:00:00Z"),
        ("'1'", "1"),
        ('"true"', "true"),
        ('"\\u0041\\n"', "A\n"),
        ("10.0.1.0/24", "10.0.1.0/24"),
        ("60d", "60d"),
    ],
)
def test_scalars_follow_the_core_schema(text: str, value: Any) -> None:
    found = tree(f"a: {text}\n").plain()["a"]
    assert found == value
    assert type(found) is type(value)


def test_on_is_a_key_and_an_empty_value_is_null() -> None:
    assert tree("on: [request]\nNO:\n").plain() == {"on": ["request"], "NO": None}


def test_every_key_and_value_has_its_place() -> None:
    root = tree("a: 1\nbb:\n  - x\n  - {c: 'd'}\n")
    assert isinstance(root, Mapping)
    key, value = root.entries["bb"]
    assert (key.line, key.column, key.length) == (2, 1, 2)
    assert isinstance(value, Sequence)
    assert [(item.line, item.column) for item in value.items] == [(3, 5), (4, 5)]
    inner = root.at(("bb", 1, "c"))
    assert (inner.line, inner.column, inner.length) == (4, 9, 3)
    assert root.at(("bb", 7)) is value


def test_columns_count_code_points() -> None:
    root = tree('{"ü𝄞": 1, b: 2}\n')
    assert root.at(("b",)).column == 14


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n"])
def test_an_empty_file_has_no_tree(text: str) -> None:
    assert parse(SourceFile("x.yaml", text)) == (None, [])


def test_operators_of_a_condition_are_no_anchors() -> None:
    text = "when: a &&b && !c && d *e\nother: '&x *y ! z'\n"
    assert tree(text).plain()["when"] == "a &&b && !c && d *e"


@pytest.mark.parametrize("text", ["a: &x [*x]\n", "&a a: 1\n", "[&a b, *a]\n", "a: &a\n"])
def test_anchors_and_aliases_are_refused_wherever_they_stand(text: str) -> None:
    root, problems = parse(SourceFile("x.yaml", text))
    assert root is None
    assert {problem.code for problem in problems} == {"JB009"}


@pytest.mark.parametrize("text", ["[" * 200_000, "{a: " * 3_000, "- " * 5_000 + "a"])
def test_bottomless_nesting_is_refused(text: str) -> None:
    root, problems = parse(SourceFile("x.yaml", text))
    assert root is None
    assert [problem.code for problem in problems] == ["JB010"]


# -- conditions


@pytest.mark.parametrize(
    "text",
    [
        "when: a == b\n",
        "when:   'it''s == \"b\"'\n",
        'when: "a \\"x\\" \\u0041 == b\\\\"\n',
        "when: |   # why\n  a ==\n    zz\n\n  && b\n",
        "when: |-\n\n      a ==\n       b\n",
        "when: a ==\n    zz\n\n  && b\n",
        "x: {when: a ==\n  b, c: d}\n",
        'when: "a\n  b \\\n  c"\n',
        "when: 'a\n\n  b'\n",
        "when: ü == '𝄞' && b\n",
    ],
)
def test_every_character_of_a_condition_maps_to_the_file(text: str) -> None:
    root = tree(text)
    node = root.at(("when",)) if text.startswith("when") else root.at(("x", "when"))
    assert isinstance(node, Scalar)
    for row, line in enumerate(node.text.split("\n"), 1):
        for column, char in enumerate(line, 1):
            if char.isspace():
                continue
            found_line, found_column = place_in(node, row, column)
            there = node.file.line(found_line)[found_column - 1]
            assert there == char or (node.style == '"' and there == "\\")


def test_the_end_of_a_condition_is_after_its_last_character() -> None:
    node = tree("a: 1\nwhen: |\n  x &&\n    y\n").at(("when",))
    assert isinstance(node, Scalar)
    assert place_in(node, 2, 4) == (4, 6)
    assert place_in(node, 9, 9) == (4, 6)


CEL = st.text(st.sampled_from("ab=&|!() \n\"'.[]0"), min_size=1, max_size=60)


@given(CEL, st.sampled_from(["'", '"', "|"]), st.data())
def test_places_hold_for_any_condition(text: str, style: str, data: st.DataObject) -> None:
    if not text.strip():
        return
    if style == "'":
        quoted = "'" + text.replace("'", "''").replace("\n", "\n\n  ") + "'"
    elif style == '"':
        escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        quoted = f'"{escaped}"'
    else:
        quoted = "|2\n" + "\n".join(f"  {line}" for line in text.split("\n"))
    root, problems = parse(SourceFile("x.yaml", f"when: {quoted}\n"))
    if root is None or problems:
        return
    node = root.at(("when",))
    assert isinstance(node, Scalar)
    solid = [
        (row, column)
        for row, line in enumerate(node.text.split("\n"), 1)
        for column, char in enumerate(line, 1)
        if not char.isspace()
    ]
    row, column = data.draw(st.sampled_from(solid))
    char = node.text.split("\n")[row - 1][column - 1]
    line, at = place_in(node, row, column)
    found = node.file.line(line)[at - 1]
    assert found == char or (found == "\\" and style == '"')
