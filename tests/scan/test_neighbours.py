"""A value is found whatever number stands before or after it, a blank between them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban, luhn

from jurat.scan import Scanner


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    made = Scanner()
    assert made.detectors
    return made


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


def grouped(number: str, size: int, sign: str) -> str:
    return sign.join(number[at : at + size] for at in range(0, len(number), size))


@st.composite
def cards(draw: st.DrawFn) -> str:
    body = draw(st.sampled_from(("4", "51", "54", "6011"))) + draw(digits(16))
    number = body[:15] + luhn.calc_check_digit(body[:15])
    sign = draw(st.sampled_from(("", " ", "-")))
    return grouped(number, 4, sign) if sign else number


@st.composite
def ssns(draw: st.DrawFn) -> str:
    number = st.tuples(st.integers(101, 665), st.integers(1, 99), st.integers(1, 9999))
    return "{:03}-{:02}-{:04}".format(*draw(number))


@st.composite
def ibans(draw: st.DrawFn) -> str:
    name, size = draw(st.sampled_from((("DE", 18), ("AT", 16), ("BE", 12))))
    body = draw(digits(size))
    whole = name + iban.calc_check_digits(f"{name}00{body}") + body
    return draw(st.sampled_from((whole, grouped(whole, 4, " "))))


@st.composite
def addresses(draw: st.DrawFn) -> str:
    parts = st.tuples(*[st.integers(11, 126), *[st.integers(0, 255)] * 2, st.integers(1, 254)])
    return ".".join(map(str, draw(parts)))


PHONES = ("415-624-0132", "(415) 624-0132", "+14156240132", "+49 30 9018 2417", "+44 20 7183 8750")
VALUES = {
    "CREDIT_CARD": cards(),
    "US_SSN": ssns(),
    "IBAN_CODE": ibans(),
    "IP_ADDRESS": addresses(),
    "PHONE_NUMBER": st.sampled_from(PHONES),
    "EMAIL_ADDRESS": st.just("maria.keller@stadtwerke-nord.de"),
}
NUMBERS = st.one_of(
    st.integers(1, 14).flatmap(digits),
    st.sampled_from(("order 12345", "2024-03-11", "12.5", "1,250.00", "10:22", "17 3", "#4 100")),
)
KINDS = st.sampled_from(sorted(VALUES))


def is_found(scanner: Scanner, before: str, value: str, after: str, entity: str) -> bool:
    """True if what is found of `entity` in the text covers the value in it."""
    reached = len(before)
    end = reached + len(value)
    for one in scanner.scan(before + value + after):
        if one.entity == entity and one.start <= reached < one.end:
            reached = one.end
    return reached >= end


@given(KINDS, KINDS, st.data())
@settings(max_examples=150)
def test_two_values_side_by_side_are_both_found(
    scanner: Scanner, one: str, other: str, data: st.DataObject
) -> None:
    first, second = data.draw(VALUES[one]), data.draw(VALUES[other])
    assert is_found(scanner, "", first, f" {second}", one)
    assert is_found(scanner, f"{first} ", second, "", other)


@given(KINDS, NUMBERS, st.data())
@settings(max_examples=150)
def test_no_number_beside_a_value_hides_it(
    scanner: Scanner, entity: str, number: str, data: st.DataObject
) -> None:
    value = data.draw(VALUES[entity])
    assert is_found(scanner, f"{number} ", value, "", entity)
    assert is_found(scanner, "", value, f" {number}", entity)
    assert is_found(scanner, f"{number} ", value, f" {number}", entity)


@pytest.mark.parametrize(
    ("before", "value", "after", "entity"),
    [
        ("123-45-6789 ", "4111 1111 1111 1111", "", "CREDIT_CARD"),
        ("order 12345 ", "4111111111111111", "", "CREDIT_CARD"),
        ("+49 30 9018 2417 ", "4539-1488-0343-6467", "", "CREDIT_CARD"),
        ("2001:4860:4860::8888 ", "4111 1111 1111 1111", "", "CREDIT_CARD"),
        ("415-624-0132 ", "518 72 0394", " 4111 1111 1111 1111", "US_SSN"),
        ("17 ", "518 72 0394", " 020 7183 8750", "US_SSN"),
        ("SSN: ", "518 72 0394", " 17 21", "US_SSN"),
        ("518 72 0394 ", "020 7183 8750", "", "PHONE_NUMBER"),
    ],
)
def test_values_that_another_number_took_the_beginning_of(
    scanner: Scanner, before: str, value: str, after: str, entity: str
) -> None:
    assert is_found(scanner, before, value, after, entity)


def test_small_numbers_of_a_table_are_none(scanner: Scanner) -> None:
    assert scanner.scan("Jan 120 45 2300 17 21 340") == []
