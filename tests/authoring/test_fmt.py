"""The canonical form of a file: what is changed, what stays, and that the meaning does."""

import re
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from jurat.authoring.fmt import _format as inside
from jurat.authoring.fmt import formatted
from jurat.authoring.fmt._comments import Comments
from jurat.authoring.fmt._order import CASE, DETECTOR, EXPECT, MANIFEST, RULE, WAIVER, place_of
from jurat.bundle import _keys, bundle_schema, read_bundle
from jurat.bundle.source import SourceFile, composed, parse, read_files
from jurat.engine import shipped
from jurat.plugin import load_plugins


def fmt(text: str, path: str = "rules/r.yaml") -> str:
    """The text formatted: twice, for the same result, and without the way out that a mistake of
    the formatter has."""
    once = formatted(SourceFile(path, text))
    before, problems = parse(SourceFile(path, text))
    if not problems and before is not None:
        plain = text.replace("\r\n", "\n")
        root, _, _ = composed(SourceFile(path, plain))
        made = inside.Formatter(plain, root).document(place_of(path))
        assert made == once
        after, problems = parse(SourceFile(path, made))
        assert not problems
        assert after is not None
        assert after.plain() == before.plain()
    assert formatted(SourceFile(path, once)) == once
    return once


@pytest.mark.parametrize("name", sorted(shipped()))
def test_what_ships_is_canonical(name: str) -> None:
    root = shipped()[name]
    for file in sorted(root.rglob("*.yaml")):
        text = file.read_text("utf-8")
        path = file.relative_to(root).as_posix()
        assert formatted(SourceFile(path, text)) == text, path


@pytest.mark.parametrize("name", sorted(shipped()))
def test_the_digest_stays(name: str) -> None:
    """Of bundles that another hand wrote down: keys turned round, in another layout."""
    registry = load_plugins()
    files, _ = read_files(shipped()[name])
    other: dict[str, bytes] = {}
    for path, data in files.items():
        tree, _ = parse(SourceFile(path, data.decode()))
        text = data.decode()
        if tree is not None:
            turned = _turned(tree.plain())
            text = yaml.safe_dump(turned, sort_keys=False, indent=4, width=60, allow_unicode=True)
        made = formatted(SourceFile(path, text))
        assert tree is None or made != text
        other[path] = made.encode()
    assert read_bundle(other, registry).digest == read_bundle(files, registry).digest


def _turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _turned(item) for key, item in reversed(value.items())}
    return [_turned(item) for item in value] if isinstance(value, list) else value


def test_the_order_knows_every_key() -> None:
    defs = bundle_schema(load_plugins())["$defs"]
    for keys, schema in (
        (RULE, defs["rule"]),
        (MANIFEST, defs["manifest"]),
        (WAIVER, defs["waivers"]["items"]),
        (DETECTOR, defs["detectors"]["items"]),
    ):
        assert sorted(keys.split()) == sorted(schema["properties"])
    assert sorted(CASE.split()) == sorted(_keys.CASE)
    assert sorted(EXPECT.split()) == sorted(_keys.EXPECT)


def test_keys_stand_in_their_order_and_take_their_comments_along() -> None:
    assert (
        fmt("""\
# about the file

# about the rule
- severity: high   # how bad
  # why it applies
  when: request.x
  # what it is
  id: one

  params:   {b: 1,a:   2}
  # mode: shadow

# the next
-   id: two
    kind: k # short
""")
        == """\
# about the file

# about the rule
# what it is
- id: one
  severity: high   # how bad
  # why it applies
  when: request.x

  params: {b: 1, a: 2}
  # mode: shadow

# the next
- id: two
  kind: k  # short
"""
    )


def test_a_blank_line_between_items_stays_between_them() -> None:
    made = fmt("- id: one\n\n- title: Two\n  id: two\n\n  kind: k\n")
    assert made == "- id: one\n\n- id: two\n  title: Two\n\n  kind: k\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:    1\nb:\n    - x\n    - y\n", "a: 1\nb:\n  - x\n  - y\n"),
        ("a:\n- x\n-   y: 1\n    z: 2\n", "a:\n  - x\n  - y: 1\n    z: 2\n"),
        ("a: 'x'\nb: \"y z\"\n", "a: x\nb: y z\n"),
        ("a: 'true'\nb: '1'\nc: 'no'\n", 'a: "true"\nb: "1"\nc: "no"\n'),
        ("a: 'say \"no\"'\nb: 'a: b'\n", 'a: \'say "no"\'\nb: "a: b"\n'),
        ("a: [ 'x', 'y: z',1 ]\n", 'a: [x, "y: z", 1]\n'),
        ("a: {}\nb: [ ]\nc:\nd: ~\n", "a: {}\nb: []\nc:\nd: ~\n"),
        ("a: |\n     x\n       y\n\n\nb: 1\n", "a: |\n  x\n    y\n\nb: 1\n"),
        ("a: |+\n x\n\n\nb: 1\n", "a: |+\n  x\n\n\nb: 1\n"),
        ("a: |2-\n   x\n  y\nb: 1\n", "a: |2-\n   x\n  y\nb: 1\n"),
        ("a: >-  # note\n    x\n    y\n", "a: >-  # note\n  x\n  y\n"),
        ("a: one\n     two\n", "a: one\n  two\n"),
        ("a:\n  one\nb:  # note\n  two\n", "a: one\nb:  # note\n  two\n"),
        ("---\n\n\na: 1\n\n\n\nb: 2\n...\n", "a: 1\n\nb: 2\n"),
        ("a: 1\r\nb: 2\r\n", "a: 1\nb: 2\n"),
        ("a: [\n  1, # one\n  2,\n]\n", "a:\n  - 1  # one\n  - 2\n"),
        ("a:   {b: 1,\n    c: 2}\n", "a: {b: 1,\n    c: 2}\n"),
        ("a:\n    {b: 1,\n     c: 2}\n", "a:\n  {b: 1,\n   c: 2}\n"),
        ("? a\n: 1\n", "a: 1\n"),
        ("- - x\n  - y\n", "- - x\n  - y\n"),
        ("- # note\n  a: 1\n-\n- ''\n", "# note\n- a: 1\n-\n- ''\n"),
        ("a: 1\n# end\n", "a: 1\n# end\n"),
        ("a:\n  b: 1\n  # in\n# out\n", "a:\n  b: 1\n  # in\n# out\n"),
        ("{b: 1,   a: 2}\n# end", "{b: 1, a: 2}\n# end\n"),
        ("a: 'x # y'\nb: x#y # z\n", "a: 'x # y'\nb: x#y  # z\n"),
    ],
)
def test_forms(before: str, after: str) -> None:
    assert fmt(before, "data/x.yaml") == after.replace("'x # y'", '"x # y"').replace("''", '""')


def test_a_comment_goes_before_the_dash_without_the_blank_line_below_it() -> None:
    assert fmt("- when: a\n# note\n\n  id: b\n") == "# note\n- id: b\n  when: a\n"


def test_a_mark_of_utf8_goes() -> None:
    assert formatted(SourceFile("data/x.yaml", "\ufeffa:  1\n")) == "a: 1\n"
    assert formatted(SourceFile("data/x.yaml", "\ufeffa: 1\n")) == "a: 1\n"


def test_a_long_flow_becomes_a_block() -> None:
    items = ", ".join(f"item-number-{n}" for n in range(12))
    made = fmt(f"a: {{b: [{items}], c: {{d: 1}}}}\n", "data/x.yaml")
    assert made.startswith("a:\n  b:\n    - item-number-0\n")
    assert made.endswith("\n  c: {d: 1}\n")


@pytest.mark.parametrize(
    "text", ["", "# only\n", "a: [", "a: 1\na: 2\n", "a: &x 1\n", "a:\t1\n", "a: \u2028b\n"]
)
def test_what_does_not_parse_is_left_alone(text: str) -> None:
    assert formatted(SourceFile("rules/r.yaml", text)) == text


# -- for any file

WORDS = st.sampled_from(
    [
        "",
        "x",
        "true",
        "no",
        "1",
        "1.5",
        "a b",
        "a: b",
        "a #b",
        "it's",
        'q"q',
        "é",
        "- x",
        "x:",
        "*",
        "2026-05-25",
    ]
)
TEXTS = st.one_of(
    WORDS,
    st.text(alphabet="ab \n:#'\"\\-{}[],é", max_size=12),
    st.lists(st.sampled_from(["x", " y", "", "# z", "w "]), max_size=4).map("\n".join),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 99), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["id", "when", "title", "k", "a b", "1", "no"]), inner, max_size=4
        ),
    ),
    max_leaves=12,
)
STYLES = st.sampled_from([None, "'", '"', "|", ">"])


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A file by any hand: layout, quotes, comments and blank lines as they come."""
    value = draw(st.lists(VALUES, min_size=1, max_size=4))

    class Hand(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
            return super().increase_indent(flow, indentless and dashes)

    dashes = draw(st.booleans())
    text: str = yaml.dump(
        value,
        Dumper=Hand,
        default_flow_style=draw(st.sampled_from([None, False])),
        default_style=draw(STYLES) if draw(st.integers(0, 3)) == 0 else None,
        indent=draw(st.integers(2, 5)),
        width=draw(st.sampled_from([10, 40, 1000])),
        allow_unicode=True,
        sort_keys=False,
    )
    text = re.sub(r"(?m)!!\S+ ", "", text)
    lines = text.split("\n")
    for at in draw(st.lists(st.integers(0, len(lines) - 1), max_size=4)):
        what = draw(st.sampled_from(["", "# note", "  # in", "      # deep", " # end"]))
        lines[at] = f"{lines[at]}{what}" if what == " # end" else f"{what}\n{lines[at]}"
    return "\n".join(lines)


@settings(max_examples=200, deadline=None)
@given(documents())
def test_the_meaning_and_the_comments_stay(text: str) -> None:
    tree, problems = parse(SourceFile("rules/r.yaml", text))
    if problems or tree is None:
        assert formatted(SourceFile("rules/r.yaml", text)) == text
        return
    made = fmt(text)
    assert sorted(comments(made)) == sorted(comments(text))
    assert not any(
        line != line.rstrip() for line in made.split("\n") if "#" not in line and not in_text(made)
    )


def comments(text: str) -> list[str]:
    """The comments of a text, as the scanner of PyYAML sees them: what no token covers."""
    lines = text.split("\n")
    root = yaml.compose(text, Loader=yaml.CBaseLoader)
    found = Comments(lines, inside._scalars(root)).rest()
    return [comment.text for comment in found]


def in_text(text: str) -> bool:
    return "|" in text or ">" in text
