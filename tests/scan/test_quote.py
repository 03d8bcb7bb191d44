"""What may be shown of values that came from outside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.plugin import Detector
from jurat.scan import Scanner, clean, safe_to_quote


def picky(value: str) -> bool:
    if value == "9999":
        raise ValueError(value)
    return True


SCANNER = Scanner(
    [
        Detector("ssn", "US_SSN", (r"\b\d{3}-\d{2}-\d{4}\b",), "high"),
        Detector("number", "NUMBER", (r"\d{3}-\d{2}-\d{4}(?:-\d+)+",)),
        Detector("four", "FOUR", (r"\b\d{4}$",), validator=picky),
    ]
)


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        ("gpt-4o", True),
        ("", True),
        ("a" * 64, True),
        ("a" * 65, False),
        ("gpt\n4o", False),
        ("gpt\x7f", False),
        ("gpt-４o", False),  # noqa: RUF001  # the look-alike is the point
        ("\ud800", False),
        ("123-45-6789", False),
        ("x 123%2d45-6789", False),
        ("9999", False),
    ],
)
def test_safe_to_quote(value: str, safe: bool) -> None:
    assert safe_to_quote(value, SCANNER) is safe


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("all is well", "all is well"),
        ("no 123-45-6789 here", "no [US_SSN] here"),
        ("no 123-45-6789-00 here", "no [NUMBER] here"),
        ("é 123\u201145\u20116789", "é [US_SSN]"),
    ],
)
def test_clean(message: str, shown: str) -> None:
    assert clean(message, SCANNER) == shown


def test_nothing_is_shown_of_what_could_not_be_judged() -> None:
    shown = clean("my 123-45-6789 and 9999", SCANNER)
    assert "123" not in shown
    assert "9999" not in shown
    assert "withheld" in shown


@given(st.text(st.characters(codec=None), max_size=40))
def test_cleaning_never_raises_and_is_done_once(message: str) -> None:
    text = f"{message} 123-45-6789 {message}"
    once = clean(text, SCANNER)
    assert "123-45-6789" not in once
    assert clean(once, SCANNER) == once
