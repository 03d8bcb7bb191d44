"""Whatever is half typed: it is read as far as it can be, and nothing ever fails."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsp_editor import FILES

from jurat.authoring.lint import Settings, look
from jurat.bundle import bundle_schema
from jurat.bundle.source import SourceFile
from jurat.lsp._complete import choices
from jurat.lsp._cursor import typed_at
from jurat.lsp._define import definitions
from jurat.lsp._desk import Desk, root_of
from jurat.lsp._hover import hover
from jurat.lsp._positions import Positions
from jurat.lsp._shape import Shape
from jurat.lsp._words import Words
from jurat.plugin import load_plugins

CHARS = st.sampled_from("ab é\u2028\x85\r\n\t\U0001d54b:-[]{}\"'#|")
TEXTS = st.lists(CHARS, max_size=30).map("".join)
UNITS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
WIDTH = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


@cache
def room() -> tuple[Desk, Words, Shape]:
    registry = load_plugins()
    desk = Desk(Path("nowhere"), registry)
    desk.opened = {name: text.encode() for name, text in FILES.items()}
    looked = look(desk.opened, registry, Settings(), now=datetime(2026, 5, 25, tzinfo=UTC))
    desk.looked, desk.bundle = looked, looked.bundle
    shape = Shape(bundle_schema(registry))
    return desk, Words(desk, registry, shape), shape


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.sampled_from(sorted(UNITS)), st.data())
def test_places_lead_there_and_back(text: str, encoding: str, data: st.DataObject) -> None:
    positions = Positions(text, encoding)
    offset = data.draw(st.integers(0, len(text)))
    line, character = positions.position_of(offset)
    before = text[:offset]
    if not (before.endswith("\r") and text[offset : offset + 1] == "\n"):  # amid a break
        lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert line == len(lines) - 1
        assert character == len(lines[-1].encode(UNITS[encoding])) // WIDTH[encoding]
        assert positions.offset_at(line, character) == offset
    assert positions.offset_of(*positions.place_of(offset)) == offset
    row, column = positions.place_of(offset)
    if column <= len(SourceFile("x", text).line(row)):
        assert SourceFile("x", text).line(row)[column - 1] == text[offset]


def test_a_position_beyond_the_text_is_its_end() -> None:
    positions = Positions("ab\ncd")
    assert positions.offset_at(0, 99) == 2
    assert positions.offset_at(9, 0) == 5
    assert positions.offset_of(9, 9) == 5
    assert Positions("").offset_at(0, 0) == 0
    assert Positions("").place_of(0) == (1, 1)


def test_a_mark_at_the_beginning_is_no_part_of_what_is_read() -> None:
    positions = Positions("\ufeffname: x\n")
    assert positions.offset_of(1, 1) == 1
    assert positions.place_of(1) == (1, 1)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_nothing_fails_wherever_a_file_is_cut(name: str, data: st.DataObject) -> None:
    desk, words, shape = room()
    text = FILES[name]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    put = data.draw(st.one_of(st.just(""), TEXTS))
    made = text[:start] + put + text[end:]
    offset = start + data.draw(st.integers(0, len(put)))
    choices(name, made, offset, shape, words, desk.registry)
    hover(name, made, offset, shape, words, desk.registry)
    definitions(name, made, offset, desk, words, desk.registry)


@pytest.mark.parametrize(
    ("text", "path", "is_key", "kind"),
    [
        ("- id: a\n  kind: pii.patterns\n  params: {en|\n", (0, "params", "en"), True,
         "pii.patterns"),
        ("- id: a\n  kind: pii.patterns\n  params: {entities: [US|\n",
         (0, "params", "entities", 0), False, "pii.patterns"),
        ("- id: a\n  title: b: c\n  kind: pii.patterns\n  eff|\n", (0, "eff"), True,
         "pii.patterns"),
        ("- id: [\n- id: b\n  ti|\n", (0, "ti"), True, ""),
        ("- id: a\n  params:\n    models:\n      - g|\n", (0, "params", "models", 0), False, ""),
        ("- id: a\n  |\n  effect: deny\n", (0, ""), True, ""),
        ("- |", (0,), False, ""),
    ],
)  # fmt: skip
def test_the_place_is_known_though_the_rest_is_broken(
    text: str, path: tuple[str | int, ...], is_key: bool, kind: str
) -> None:
    before, _, after = text.partition("|")
    cursor = typed_at("rules/a.yaml", before + after, len(before))
    assert cursor is not None
    assert (cursor.path, cursor.is_key, cursor.said("kind")) == (path, is_key, kind)


def test_the_bundle_of_a_file_is_the_nearest_above(tmp_path: Path) -> None:
    inner = tmp_path / "team" / "policy"
    (inner / "rules").mkdir(parents=True)
    (tmp_path / "bundle.yaml").touch()
    assert root_of(inner / "rules" / "a.yaml", {}) is None  # no file of the outer one
    assert root_of(inner / "rules" / "a.yaml", {inner / "bundle.yaml": ""}) == inner
    (inner / "bundle.yaml").touch()
    assert root_of(inner / "rules" / "a.yaml", {}) == inner
    assert root_of(inner / "deploy" / "a.yaml", {}) is None
    assert root_of(inner / "bundle.yaml", {}) == inner
    assert root_of(tmp_path / "waivers.yaml", {}) == tmp_path


@pytest.mark.parametrize(
    ("text", "path", "is_key"),
    [
        ("a: {x: 1}\nproj-b: {env|}\nc: {}\n", ("proj-b", "env"), True),
        ("a: [\nproj-b: {env|}\nc: {}\n", ("proj-b", "env"), True),
        ("a: {}\nproj-b:\n  environment: |\nc: {}\n", ("proj-b", "environment"), False),
        ("# c\n\nproj-b:\n  # d\n  residency: eu\n  env|\n", ("proj-b", "env"), True),
        ("{a: {}, proj-b: {env|}}\n", ("proj-b", "env"), True),
        ('"proj b": {env|}\n', ("proj b", "env"), True),
    ],
)
def test_of_a_table_the_row_is_read(text: str, path: tuple[str | int, ...], is_key: bool) -> None:
    before, _, after = text.partition("|")
    cursor = typed_at("data/projects.yaml", before + after, len(before))
    assert cursor is not None
    assert (cursor.path, cursor.is_key) == (path, is_key)
