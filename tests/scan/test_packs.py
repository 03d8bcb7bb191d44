"""The built-in detectors: each finds what it is for, and ordinary text holds none of it."""

import random
from collections.abc import Callable
from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn

from jurat.plugin import CONFIDENCES, Detector
from jurat.scan import Scanner, check_detector
from jurat_rules.packs import detectors
from jurat_rules.packs.phones import _fits

ALL = detectors()
PARAM_ALL = [pytest.param(detector, id=detector.id) for detector in ALL]


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner(ALL)


def test_ids_are_unique_and_each_says_where_its_format_is_described() -> None:
    ids = [detector.id for detector in ALL]
    assert len(ids) == len(set(ids))
    assert not [detector.id for detector in ALL if not detector.source]
    assert not [d.id for d in ALL if not d.examples or not d.counter_examples]


@pytest.mark.parametrize("detector", PARAM_ALL)
def test_examples_and_counter_examples(detector: Detector) -> None:
    assert check_detector(detector) == []


@pytest.mark.parametrize("detector", PARAM_ALL)
def test_examples_are_found_among_all_the_others(detector: Detector, scanner: Scanner) -> None:
    for text in detector.examples:
        assert detector.entity in {found.entity for found in scanner.scan(text)}, text


ORDINARY = (
    "Order 4829-1173-20 shipped on 2024-03-11 at 10:22:31.118Z, 14 items, $1,249.99 in all.",
    "order no. 100284617, invoice INV-2024-000173, ticket #48213377, PO 4500017733",
    "Upgrade from 1.2.3 to 1.20.3-rc.1+build.5 (was v10.4.2.1); Chrome/120.0.6099.109",
    "timestamps 1700000000, 1700000000123, 1700000000123456, 20240311102231",
    "2024-03-11T10:22:31+01:00, 11.03.2024, 03/11/2024 10:22, 11-03-24",
    "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709, md5 d41d8cd98f00b204e9800998ecf8427e",
    "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "request 550e8400-e29b-41d4-a716-446655440000 took 12.5 ms",
    "at 52.520008, 13.404954 or 40.7127837,-74.0059413, 48°51.5N",
    "part 3RT2026-1BB40, P/N 415-1132-08, SKU 0012-3400-11, ISBN 978-3-16-148410-0, EAN 4006381333931",
    "for i in range(1, 10): x[i] = a[1::2] + b[::3]  # std::vector<int> v{1, 2, 3};",
    "def f(token: str, password: str | None = None) -> Secret: return self.settings.token",
    "const apiKey = process.env.API_KEY; // set API_KEY=<your key> first",
    "@app.route('/v1/items/<int:item_id>') and @property, img/logo@2x.png, npm i left-pad@1.3.0",
    "pi is 3.14159265358979323846, e is 2.718281828459045, c is 299792458 m/s",
    "ratio 16:9, score 3-2-1, 10:15-11:45, pages 112-118, chapters 1.2.3.4.5, §12(3)",
    "The matrix [[0.4111111, 1234.5678], [1e-10, 6.02214076e23]] has rank 2.",
    "color #ff8800, #123456, rgb(12, 34, 56), 0xdeadbeef, 0x7fff5fbff8c0",
    "max_tokens=4096, temperature: 0.7, top_p=0.95, seed: 1234567890, n_ctx=131072",
    "git checkout 9fceb02 && git log --since=2024-01-01 --format='%h %s' HEAD~3..HEAD",
    "Die Auflage betrug 1.250.000 Stück; 12 345,67 Euro; Art. 6 Abs. 1 DSGVO.",
    "task-sk-management, sk-learn, risk-averse, desk-lamp-model-2024-edition-black",
    "2024 population 8 258 035, area 783.8 km2, 1990 7 322 564, 2000 8 008 278",
)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_holds_nothing_at_medium_or_above(text: str, scanner: Scanner) -> None:
    least = CONFIDENCES.index("medium")
    found = [d for d in scanner.scan(text) if CONFIDENCES.index(d.confidence) >= least]
    assert [(d.detector, text[d.start : d.end]) for d in found] == []


def test_the_scanner_has_the_packs_by_default() -> None:
    assert {d.id for d in ALL} <= {d.id for d in Scanner().detectors}


FOUND: list[tuple[Any, ...]] = [
    # text, (entity, value, confidence, example) of each detection
    (
        "SSN 123-45-6789 and card 4111 1111 1111 1111",
        ("US_SSN", "123-45-6789", "medium", True),
        ("CREDIT_CARD", "4111 1111 1111 1111", "high", True),
    ),
    (
        "4539-1488-0343-6467,4539148803436467",
        ("CREDIT_CARD", "4539-1488-0343-6467", "high", False),
        ("CREDIT_CARD", "4539148803436467", "high", False),
    ),
    (
        "DE82 5121 0800 9145 1261 73 BIC COBADEFF, NL97INGB0003184627",
        ("IBAN_CODE", "DE82 5121 0800 9145 1261 73", "high", False),
        ("SWIFT_CODE", "COBADEFF", "medium", False),
        ("IBAN_CODE", "NL97INGB0003184627", "high", False),
    ),
    ("DE89 3704 0044 0532 0130 00", ("IBAN_CODE", "DE89 3704 0044 0532 0130 00", "high", True)),
    (
        "请联系maria.keller@stadtwerke-nord.de谢谢",
        ("EMAIL_ADDRESS", "maria.keller@stadtwerke-nord.de", "high", False),
    ),
    ("to ann@mail.example.com.", ("EMAIL_ADDRESS", "ann@mail.example.com", "high", True)),
    (
        "415-624-0132 or +14156240132",
        ("PHONE_NUMBER", "415-624-0132", "medium", False),
        ("PHONE_NUMBER", "+14156240132", "high", False),
    ),
    ("call me at 4156240132", ("PHONE_NUMBER", "4156240132", "medium", False)),
    ("电话 13812345678", ("PHONE_NUMBER", "13812345678", "medium", False)),
    ("+44 20 7183 8750 2024-01-02", ("PHONE_NUMBER", "+44 20 7183 8750", "high", False)),
    ("415-555-0132", ("PHONE_NUMBER", "415-555-0132", "medium", True)),
    (
        "203.0.113.9, 185.17.44.9:53",
        ("IP_ADDRESS", "203.0.113.9", "medium", True),
        ("IP_ADDRESS", "185.17.44.9", "medium", False),
    ),
    ("at 2001:db8::1.", ("IP_ADDRESS", "2001:db8::1", "medium", True)),
    (
        "https://bob:hunter2x@git.inner.net/x.git",
        ("SECRET", "https://bob:hunter2x@git.inner.net", "high", False),
    ),
    ("AWS_KEY=AKIA" + "IOSFODNN7EXAMPLE", ("SECRET", "AKIA" + "IOSFODNN7EXAMPLE", "high", True)),
    ("password=hunter22", ("SECRET", "hunter22", "medium", False)),
    ("nhs no. 516 283 9477", ("UK_NHS", "516 283 9477", "high", False)),
    (
        "Account number 73012945, routing 061204874",
        ("US_BANK_NUMBER", "73012945", "medium", False),
        ("ABA_ROUTING_NUMBER", "061204874", "high", False),
    ),
    (
        "SSN: \uff15\uff11\uff18-\uff17\uff12-\uff10\uff13\uff19\uff14",
        ("US_SSN", "\uff15\uff11\uff18-\uff17\uff12-\uff10\uff13\uff19\uff14", "medium", False),
    ),
    ("SSN 518\u201172\u20110394", ("US_SSN", "518\u201172\u20110394", "medium", False)),
    (
        "card 4539\u00a01488\u00a00343\u00a06\u200b467",
        ("CREDIT_CARD", "4539\u00a01488\u00a00343\u00a06\u200b467", "high", False),
    ),
]


@pytest.mark.parametrize("case", FOUND, ids=[case[0] for case in FOUND])
def test_what_is_found_where_and_how_surely(case: tuple[Any, ...], scanner: Scanner) -> None:
    text, *expected = case
    found = [
        (d.entity, text[d.start : d.end], d.confidence, d.example) for d in scanner.scan(text)
    ]
    assert found == expected


def _with(check: Callable[[str], bool], body: str) -> str:
    """`body` with the check digit that `check` wants."""
    return next(body + digit for digit in "0123456789" if check(body + digit))


@given(st.integers(0, 10**14 - 1))
def test_every_visa_number_is_a_card_and_no_other_check_digit_is_one(
    scanner: Scanner, number: int
) -> None:
    whole = _with(luhn.is_valid, f"4{number:014d}")
    for digit in "0123456789":
        text = f"pay {whole[:-1]}{digit} now"
        cards = [d for d in scanner.scan(text) if d.entity == "CREDIT_CARD"]
        assert bool(cards) == (digit == whole[-1])


@given(
    st.sampled_from([("DE", 18), ("AT", 16), ("ES", 20), ("BE", 12), ("PL", 24), ("LT", 16)]),
    st.data(),
)
def test_every_iban_is_found_grouped_or_not_and_no_misprint_is(
    scanner: Scanner, country: tuple[str, int], data: st.DataObject
) -> None:
    name, size = country
    body = data.draw(st.text("0123456789", min_size=size, max_size=size))
    whole = name + iban.calc_check_digits(f"{name}00{body}") + body
    grouped = " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))
    for text in (f"an {whole}.", f"an {grouped} EUR 12"):
        assert "iban" in {d.detector for d in scanner.scan(text)}
    wrong = whole[:-1] + str((int(whole[-1]) + 1) % 10)
    assert "iban" not in {d.detector for d in scanner.scan(f"an {wrong}.")}


PIECES = ("0", "1234567890", "4111 1111 ", "a", "a1", "-", "1-", "a@", "a.", "1.", "::", "ey.")


@pytest.mark.parametrize("detector", PARAM_ALL)
def test_one_piece_over_and_over_is_read_to_the_end(detector: Detector) -> None:
    scanner = Scanner([detector])
    assert [piece for piece in PIECES if scanner.run(piece * 2000).undecided] == []


@pytest.mark.parametrize("country", [49, 33, 81, 91, 55, 61, 234, 380, 971, 52])
def test_what_is_taken_for_a_number_of_a_country_is_one(country: int) -> None:
    """The judgement that is quick is never kinder than that of phonenumbers."""
    chance = random.Random(country)
    region = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[country][0]
    known = phonenumbers.example_number(region)
    assert known is not None
    example = str(known.national_number)
    taken = 0
    for _ in range(60):
        number = "".join(
            c if chance.random() < 0.7 else chance.choice("0123456789") for c in example
        )
        if _fits(region, number):
            taken += 1
            assert phonenumbers.is_valid_number(phonenumbers.parse(f"+{country}{number}"))
    assert taken
