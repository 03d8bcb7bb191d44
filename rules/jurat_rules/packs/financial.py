"""Cards and accounts."""

from functools import lru_cache

from jurat.plugin import Detector

from ._values import digits, luhn

# Issuer ranges: (first prefix, last prefix, lengths). Both prefixes have the same length.
_ISSUERS: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("34", "34", (15,)),  # American Express
    ("37", "37", (15,)),
    ("4", "4", (13, 16, 19)),  # Visa
    ("51", "55", (16,)),  # Mastercard
    ("2221", "2720", (16,)),
    ("300", "305", (14, 16, 19)),  # Diners Club
    ("3095", "3095", (14, 16, 19)),
    ("36", "36", (14, 16, 19)),
    ("38", "39", (14, 16, 19)),
    ("6011", "6011", (16, 17, 18, 19)),  # Discover
    ("644", "659", (16, 17, 18, 19)),
    ("35", "35", (16, 17, 18, 19)),  # JCB: 3528 to 3589, and what it had before
    ("1800", "1800", (15,)),
    ("2131", "2131", (15,)),
    ("62", "62", (16, 17, 18, 19)),  # UnionPay
    ("5018", "5018", (12, 13, 14, 15, 16, 17, 18, 19)),  # Maestro
    ("5020", "5020", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("5038", "5038", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("56", "58", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("6304", "6304", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("6759", "6763", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("2200", "2204", (16, 17, 18, 19)),  # Mir
    ("508", "508", (16,)),  # RuPay
    ("60", "60", (16,)),
    ("81", "82", (16,)),
    ("9792", "9792", (16,)),  # Troy
)
# How numbers of these begin, and how long they are, as far as a pattern of few states tells.
_UNBROKEN = (
    r"4[0-9]{15}(?:[0-9]{3})?|(?:2[12-7]|3[04-9]|5[0-8]|6[0-9])[0-9]{12,17}"
    r"|8[12][0-9]{14}|9792[0-9]{12}|1800[0-9]{11}"
)
# Numbers that payment providers publish for tests; none belongs to an account.
_PUBLISHED_CARDS = frozenset(
    [
        "4111111111111111",
        "4242424242424242",
        "4000056655665556",
        "4012888888881881",
        "4222222222222",
        "4000000000000002",
        "4000000000009995",
        "5555555555554444",
        "5105105105105100",
        "5200828282828210",
        "2223003122003222",
        "378282246310005",
        "371449635398431",
        "378734493671000",
        "6011111111111117",
        "6011000990139424",
        "3056930009020004",
        "30569309025904",
        "38520000023237",
        "36227206271667",
        "3566002020360505",
        "3530111333300000",
        "6200000000000005",
    ]
)


def _is_card(value: str) -> bool:
    number = digits(value)
    return len(number) > 13 and _is_issued(number)


def _is_short_card(value: str) -> bool:
    return _is_issued(value)


def _is_issued(number: str) -> bool:
    return len(number) in _lengths(number[:4]) and luhn(number) and len(set(number)) > 1


@lru_cache(maxsize=10_000)
def _lengths(prefix: str) -> frozenset[int]:
    """How long numbers are that begin with these four digits."""
    return frozenset(
        length
        for first, last, lengths in _ISSUERS
        if first <= prefix[: len(first)] <= last
        for length in lengths
    )


def _is_published_card(value: str) -> bool:
    return digits(value) in _PUBLISHED_CARDS


# ISO 13616 registry: whole length of an IBAN by country.
_IBAN_COUNTRIES = {
    15: "NO",
    16: "BE",
    18: "DK FK FI FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}


# The examples of the registry itself and of bank manuals.
_PUBLISHED_IBANS = frozenset(
    [
        "BE68539007547034",
        "CH9300762011623852957",
        "DE89370400440532013000",
        "ES9121000418450200051332",
        "FR1420041010050500013M02606",
        "FR7630006000011234567890189",
        "GB29NWBK60161331926819",
        "GB82WEST12345698765432",
        "IT60X0542811101000000123456",
        "NL91ABNA0417164300",
    ]
)


def _iban_shape() -> str:
    ways = (
        rf"(?:{'|'.join(countries.split())})[0-9]{{2}}(?:[ -]?[A-Z0-9]){{{length - 4}}}"
        for length, countries in _IBAN_COUNTRIES.items()
    )
    return f"(?:{'|'.join(ways)})"


def _is_iban(value: str) -> bool:
    """ISO 7064 MOD 97-10 over the rearranged number; lengths are the pattern's."""
    plain = _plain(value)
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def _is_aba(value: str) -> bool:
    """The routing number's weights 3, 7, 1, and the prefixes that the Reserve Banks give."""
    number = digits(value)
    total = sum(int(d) * w for d, w in zip(number, (3, 7, 1) * 3, strict=True))
    prefix = int(number[:2])
    known = prefix <= 12 or 21 <= prefix <= 32 or 61 <= prefix <= 72 or prefix == 80
    return total % 10 == 0 and known and len(set(number)) > 1


def _is_varied(value: str) -> bool:
    return len(set(value)) > 2


def _is_published_iban(value: str) -> bool:
    return _plain(value) in _PUBLISHED_IBANS


def _plain(value: str) -> str:
    return value.replace(" ", "").replace("-", "").upper()


DETECTORS = (
    Detector(
        id="card",
        entity="CREDIT_CARD",
        patterns=(
            rf"(?:^|[^0-9.]|[^0-9]\.)(?P<value>{_UNBROKEN})(?:[^0-9]|$)",
            (
                r"(?:^|[^0-9])(?P<value>(?:[3-9][0-9]|2[2-7])[0-9]{2}"
                r"(?:[ -]{1,2}[0-9]{4}){3}(?:[ -]{1,2}[0-9]{1,3})?)(?:[^0-9]|$)"
            ),
            (
                r"(?:^|[^0-9])(?P<value>(?:[3-9][0-9]|2[2-7])[0-9]{2}"
                r"(?:[ -]{1,2}[0-9]{4}){3})(?:[^0-9]|$)"
            ),
            (
                r"(?:^|[^0-9])(?P<value>3[0-9]{3}[ -]{1,2}[0-9]{6}[ -]{1,2}[0-9]{4,5})"
                r"(?:[^0-9]|$)"
            ),
        ),
        validator=_is_card,
        documentation=_is_published_card,
        examples=(
            "card 4111 1111 1111 1111.",
            "amex 3782-822463-10005",
            "pan=5105105105105100;",
            "visa4539148803436467x",
            "jcb 180021922916216",
        ),
        counter_examples=(
            "card 4111 1111 1111 1112",
            "0.4111111111111111",
            "tracking 1111111111111117",
        ),
        source="ISO/IEC 7812-1; the issuers' published ranges",
    ),
    Detector(
        id="card.short",
        entity="CREDIT_CARD",
        patterns=(r"(?:^|[^0-9.]|[^0-9]\.)(?P<value>[4-6][0-9]{11,12})(?:[^0-9]|$)",),
        confidence="medium",
        validator=_is_short_card,
        checksum=False,
        unlike=(
            "ean",
            "gtin",
            "isbn",
            "upc",
            "barcode",
            "asin",
            "sku",
            "order",
            "invoice",
            "tracking",
            "serial",
            "ticket",
            "timestamp",
            "id",
            "article",
            "artikelnummer",
            "bestellnummer",
        ),
        documentation=_is_published_card,
        examples=("card 4222222222222", "maestro 501800000009"),
        counter_examples=("card 4222222222223", "EAN 4222222222222"),
        source="ISO/IEC 7812-1: numbers as short as those of articles",
    ),
    Detector(
        id="iban",
        entity="IBAN_CODE",
        patterns=(
            rf"(?:^|[^A-Z0-9])(?P<value>{_iban_shape()})(?:[^A-Z0-9]|$)",
            rf"(?:^|[^A-Za-z0-9])(?P<value>(?i:{_iban_shape()}))(?:[^A-Za-z0-9]|$)",
        ),
        validator=_is_iban,
        documentation=_is_published_iban,
        examples=(
            "IBAN DE82 5121 0800 9145 1261 73 please",
            "to NL97INGB0003184627,",
            "at fr17 3000 4008 2800 0193 4715 582",
        ),
        counter_examples=("DE83 5121 0800 9145 1261 73", "DE82 5121 0800 9145 1261 7"),
        source="ISO 13616-1; the SWIFT IBAN registry for lengths",
    ),
    Detector(
        id="us.aba",
        entity="ABA_ROUTING_NUMBER",
        patterns=(r"(?:^|[^0-9.-])(?P<value>[0-9]{9}|[0-9]{4}-[0-9]{4}-[0-9])(?:[^0-9-]|-?$)",),
        validator=_is_aba,
        needs_context=True,
        context=(
            "aba",
            "routing",
            "routing number",
            "rtn",
            "transit",
            "wire",
            "ach",
            "bankrouting",
        ),
        examples=("ABA routing number 061204874", "RTN: 2112-7348-0"),
        counter_examples=("routing number 061204875", "order 061204874"),
        source="ABA, Routing Number Policy and Procedures",
    ),
    Detector(
        id="us.bank-account",
        entity="US_BANK_NUMBER",
        patterns=(r"(?:^|[^0-9.+-])(?P<value>[0-9]{8,17})(?:[^0-9.-]|[.-]?$|[.-][^0-9])",),
        validator=_is_varied,
        checksum=False,
        needs_context=True,
        context=(
            "account number",
            "account no",
            "account #",
            "acct",
            "acct no",
            "bank account",
            "checking account",
            "savings account",
            "checking",
            "direct deposit",
            "bank",
        ),
        examples=("checking account 004817223916", "acct: 73012945"),
        counter_examples=("order 004817223916", "account number 1111111111"),
        source="NACHA operating rules: up to 17 characters, no check digit",
    ),
)
