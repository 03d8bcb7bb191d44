"""Folding: disguised values are found, at the place where they stand in the original."""

from array import array
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.plugin import Detector
from jurat.scan import Scanner, fold
from jurat.scan._decode import decoded, unpacked
from jurat.scan._fold import moved

SSN = "123-45-6789"
SCANNER = Scanner([Detector("ssn", "US_SSN", (r"\b\d{3}-\d{2}-\d{4}\b",), "medium")])


def shifted(text: str, zero: int) -> str:
    return "".join(chr(zero + int(c)) if c.isdigit() else c for c in text)


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(c):04x}" for c in text)


DISGUISES = {
    "plain": SSN,
    "full-width": "".join(chr(ord(c) + 0xFEE0) for c in SSN),
    "arabic-indic": shifted(SSN, 0x660),
    "extended-arabic": shifted(SSN, 0x6F0),
    "devanagari": shifted(SSN, 0x966),
    "mathematical": shifted(SSN, 0x1D7D8),
    "zero-width": "\u200b".join(SSN),
    "soft-hyphen": "123-4\u00ad5-67\u00ad89",
    "word-joiner": "\u2060".join(SSN),
    "variation-selector": "1\ufe0f23-45-67\U000e010189",
    "hangul-filler": "12\u31643-45-6789",
    "non-breaking-hyphen": "123\u201145\u20116789",
    "en-dash": "123\u201345\u20136789",
    "minus": "123\u221245\u22126789",
    "json": escaped(SSN),
    "json-part": "12\\u0033-45-678\\u0039",
    "json-full-width": escaped(shifted(SSN, 0xFF10)),
    "json-surrogates": "\\ud835\\udfd923-45-6789",
    "percent": "".join(f"%{ord(c):02X}" for c in SSN),
    "percent-part": "123%2d45%2D6789",
    "percent-full-width": quote(shifted(SSN, 0xFF10)),
    "html-decimal": "".join(f"&#{ord(c)};" for c in SSN),
    "html-hexadecimal": "123&#x2d;45&#x2D;6789",
    "html-shy": "123-45-67&shy;89",
}
AROUND = [
    ("", ""),
    ("see ", " there"),
    ("\u00e9\u4e2d ", " \U0001f600"),
    ("\ufb03 \u2122 ", " \ufb03"),  # each of these becomes several letters
    ("a\u200b\u200b ", " \u200bb"),
    ("\ud800 ", " \udfff"),
    ("100% &amp; \\n ", " \\\\ %41"),
    ("\u00e9", "\u00e9"),  # glued to letters that are none of ASCII's
]


@pytest.mark.parametrize("name", DISGUISES)
@pytest.mark.parametrize("around", AROUND)
def test_a_disguised_value_is_found_where_it_stands(name: str, around: tuple[str, str]) -> None:
    before, after = around
    value = DISGUISES[name]
    if name == "percent-full-width" and before == "\u00e9":
        value = DISGUISES["percent"]
    spans = {(d.start, d.end) for d in SCANNER.scan(before + value + after)}
    assert spans == {(len(before), len(before) + len(value))}


@pytest.mark.parametrize("text", ["123\u00a0456", "123\u2009456", "123\u3000456"])
def test_unusual_spaces_are_spaces(text: str) -> None:
    assert fold(text).data == b"123 456"


@pytest.mark.parametrize("text", ["12\u00b2", "12\u2082", "12\u00bd", "12\u2460"])
def test_footnote_marks_are_no_digits(text: str) -> None:
    assert fold(text).data == b"12?"


@pytest.mark.parametrize("before", ["", "a", "ab", "no: "])
@pytest.mark.parametrize("after", ["", ".", " and so on"])
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
@pytest.mark.parametrize("pad", [True, False])
def test_a_value_in_base64_is_found_where_it_stands(
    before: str, after: str, encode: Callable[[bytes], bytes], pad: bool
) -> None:
    before = before if pad else f"the number is {before}"
    token = encode(f"{before} {SSN} {after}".encode()).decode()
    token = token if pad else token.rstrip("=")
    text = f"\u00e9 data:text/plain;base64,{token} and more"
    (found,) = SCANNER.scan(text)
    first = text.index(token) + (len(before) + 1) * 4 // 3
    assert found.start == first
    assert 15 <= found.end - found.start <= 16  # eleven bytes, of which the first and the last
    # may share a character with others


@pytest.mark.parametrize(
    "token",
    ["da39a3ee5e6b4b0d3255bfef95601890afd80709", "usr/lib/python3/dist-packages", "A" * 25],
)
def test_what_is_no_base64_of_text_is_left_alone(token: str) -> None:
    assert unpacked(f"see {token} there") is None


@pytest.mark.parametrize("broken", ["123-45-\n6789", "123-\r\n45-6789", "123-45-\n 6789"])
def test_a_value_with_a_line_break_inside_is_found(broken: str) -> None:
    text = f"see {broken} there"
    (found,) = SCANNER.scan(text)
    assert text[found.start : found.end] == broken


def test_numbers_below_each_other_are_no_value() -> None:
    assert SCANNER.scan("123\n45\n6789\n123-45\n6789\n") == []


def test_a_value_after_an_escaped_newline_stands_alone() -> None:
    text = r'{"a": "ssn:\n123-45-6789\tor"}'
    (found,) = SCANNER.scan(text)
    assert text[found.start : found.end] == SSN


@pytest.mark.parametrize("text", ["\\u12", "%4", "&#;", "&#99999999;", "\\", "%", "&", "plain"])
def test_what_is_no_escape_is_not_undone(text: str) -> None:
    assert decoded(text) == []


@pytest.mark.parametrize(
    "text", ["&#1114112;", "&#xFFFFFF;", "&#0;", "%ff%fe", "\\ud800", "\\udc00"]
)
def test_escapes_of_no_character_fold(text: str) -> None:
    (folded,) = decoded(text)
    assert folded.span(0, len(folded.data)) == (0, len(text))


@given(st.text(st.characters(codec=None), max_size=40))
def test_each_byte_knows_its_character(text: str) -> None:
    folded = fold(text)
    last = (0, 0)
    for index, byte in enumerate(folded.data):
        start, end = folded.span(index, index + 1)
        assert end == start + 1 <= len(text)
        assert (start, end) >= last
        last = start, end
        if text[start].isascii():
            assert chr(byte) == text[start]


@given(st.text("1a\u200b\ufb03\uff11 ", max_size=12), st.integers(1, 6))
def test_moved_composes_both_ways_back(reading: str, width: int) -> None:
    froms = array("l", range(0, width * len(reading), width))
    tos = array("l", range(width, width * len(reading) + width, width))
    whole, folded = fold(reading), moved(reading, froms, tos)
    assert folded.data == whole.data
    for index in range(len(folded.data)):
        start, end = whole.span(index, index + 1)
        assert folded.span(index, index + 1) == (start * width, end * width)


@pytest.mark.parametrize(
    "first", ["\t", "\n", "\r", *map(chr, range(32, 127)), "é", "к", "漢", "😀"]
)
def test_base64_is_read_whatever_text_it_begins_with(first: str) -> None:
    for second in ("\t", "\n", " ", "0", "Z", "~", "ü", "ш", "字", "🙂"):
        text = f"{first}{second} and so on"
        packed = b64encode(text.encode()).decode()
        made = unpacked(f"see {packed} there")
        assert made is not None, text
        assert b" and so on" in made.data
