"""How diagnostics are shown, and the catalogue of their codes."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import jurat.bundle
from jurat.bundle import CODES, diagnostic, explain_code, render
from jurat.bundle._codes import _CODES

ONE = diagnostic("JB020", "no", "b.yaml", 2, 3, help="a\nb", source_line="x: 1", length=2)


def test_place_source_caret_and_help_are_shown() -> None:
    assert render([ONE]) == (
        "b.yaml:2:3: error: no [JB020 unknown-key]\n"
        "  2 | x: 1\n"
        "    |   ^^\n"
        "  help: a\n"
        "        b\n"
        "\n"
        "1 problem in 1 file\n"
    )


def test_diagnostics_are_sorted_and_told_once() -> None:
    first = replace(ONE, line=1)
    other = replace(ONE, file="a.yaml", line=9)
    text = render([ONE, first, other, ONE])
    assert [line.split(" ")[0] for line in text.splitlines() if "error" in line] == [
        "a.yaml:9:3:",
        "b.yaml:1:3:",
        "b.yaml:2:3:",
    ]
    assert text.endswith("3 problems in 2 files\n")


def test_nothing_to_tell_is_an_empty_text() -> None:
    assert render([]) == ""


@pytest.mark.parametrize("column", [1, 50, 300, 5000, 9999])
def test_a_long_line_is_cut_around_the_place(column: int) -> None:
    line = "".join(chr(ord("a") + i % 26) for i in range(9999))
    long = replace(ONE, source_line=line, column=column, length=500)
    shown = render([long]).splitlines()
    source, caret = shown[1].split(" | ")[1], shown[2].split(" | ")[1]
    assert len(source) <= 102
    assert source[caret.index("^")] == line[column - 1]
    assert len(caret) <= len(source)


def test_control_characters_of_a_source_line_are_not_printed() -> None:
    assert "\x1b" not in render([replace(ONE, source_line="x: \x1b[31m")])


def test_a_file_as_a_whole_has_no_line() -> None:
    assert render([diagnostic("JB015", "no", "bundle.yaml")]).startswith("bundle.yaml: error: no")


def test_every_code_is_used_named_once_and_explained() -> None:
    engine = Path(jurat.bundle.__file__).parents[1]
    used = set()
    for path in engine.rglob("*.py"):
        if path.name != "_codes.py":
            used |= set(re.findall(r"JB\d{3}", path.read_text()))
    assert used | {"JB038"} == set(CODES)  # JB038 is for the compilers of rules
    assert len({code.name for code in CODES.values()}) == len(CODES)
    for code, entry in CODES.items():
        assert explain_code(code) == explain_code(entry.name)
        assert explain_code(code.lower()).startswith(f"{code} {entry.name}\n\n")
        assert len(entry.explanation) > 60


def test_an_unknown_code_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        explain_code("JB999")


def test_every_code_and_name_stands_for_one_thing() -> None:
    codes = [entry[0] for entry in _CODES]
    names = [entry[1] for entry in _CODES]
    assert len(set(codes)) == len(codes)
    assert len(set(names)) == len(names)
