"""Numbers that states give to people."""

from jurat.plugin import Detector

from ._values import checked, digits

_ITIN_LATER = frozenset([90, 91, 92, 94, 95, 96, 97, 98, 99])
# What also comes in groups of three, two and four digits.
_OTHERS = (
    "order",
    "invoice",
    "ticket",
    "part",
    "p/n",
    "serial",
    "sku",
    "model",
    "ref",
    "reference",
    "tracking",
    "case",
    "claim",
    "confirmation",
    "booking",
    "item",
    "product",
    "lot",
    "batch",
    "po",
    "catalog",
    "isbn",
)
_SPACED_SSN = "[0-9]{3} [0-9]{2} [0-9]{4}"
_PUBLISHED_SSN = frozenset(["123456789", "078051120", "219099999", "457555462"])


def _is_ssn(value: str) -> bool:
    number = digits(value)
    area, group, serial = number[:3], number[3:5], number[5:]
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def _is_itin(value: str) -> bool:
    number = digits(value)
    group = int(number[3:5])
    return number[0] == "9" and (50 <= group <= 65 or 70 <= group <= 88 or group in _ITIN_LATER)


def _is_aadhaar(value: str) -> bool:
    return checked("in_.aadhaar")(digits(value))


def _is_published_ssn(value: str) -> bool:
    return digits(value) in _PUBLISHED_SSN


DETECTORS = (
    Detector(
        id="us.ssn",
        entity="US_SSN",
        patterns=(
            (
                r"(?:^|[^0-9-]|[^0-9]-)(?P<value>[0-9]{3}-[0-9]{2}-[0-9]{4})"
                r"(?:[^0-9-]|-[^0-9]|-?$)"
            ),
            (
                # before another number, too, but not before a small one, as tables have them
                rf"(?:^|[^0-9])(?P<value>{_SPACED_SSN})"
                rf"(?:[^0-9 ]| (?:[^0-9]|[0-9]{{4}}|0[0-9]|[0-9]{{1,3}}[.:-]|{_SPACED_SSN})| ?$)"
            ),
        ),
        confidence="medium",
        validator=_is_ssn,
        checksum=False,
        unlike=_OTHERS,
        documentation=_is_published_ssn,
        examples=(
            "His SSN is 123-45-6789.",
            "ssn_518-72-0394_old",
            "social security 518 72 0394, born 1971",
        ),
        counter_examples=(
            "000-12-3456 666-12-3456 912-12-3456 123-00-4567 123-45-0000",
            "part 1-518-72-0394-7",
            "order 518-72-0394, part no. 518-72-0394",
            "2024-518-72-0394",
        ),
        source="SSA, POMS RM 10201.035: areas 000, 666 and 900 to 999 are never given",
    ),
    Detector(
        id="us.ssn.bare",
        entity="US_SSN",
        patterns=(rf"(?:^|[^0-9.])(?P<value>[0-9]{{9}}|{_SPACED_SSN})(?:[^0-9]|$)",),
        validator=_is_ssn,
        checksum=False,
        needs_context=True,
        context=("ssn", "social security", "social-security", "soc sec", "ss#", "ssid"),
        documentation=_is_published_ssn,
        examples=("SSN: 518720394", "his social security number is 518720394"),
        counter_examples=("order 518720394", "SSN: 000720394"),
        source="SSA, POMS RM 10201.035",
    ),
    Detector(
        id="us.itin",
        entity="US_ITIN",
        patterns=(
            r"(?:^|[^0-9-])(?P<value>9[0-9]{2}-[0-9]{2}-[0-9]{4})(?:[^0-9-]|-?$)",
            r"(?:^|[^0-9 ]|[^0-9] )(?P<value>9[0-9]{2} [0-9]{2} [0-9]{4})(?:[^0-9]|$)",
        ),
        confidence="medium",
        validator=_is_itin,
        checksum=False,
        examples=("ITIN 912-71-2834", "taxpayer 988 94 1177"),
        counter_examples=("912-45-2834", "812-71-2834", "912-93-1111"),
        source="IRS Publication 1915; Internal Revenue Manual 3.21.263",
    ),
    Detector(
        id="us.itin.bare",
        entity="US_ITIN",
        patterns=(r"(?:^|[^0-9.])(?P<value>9[0-9]{8})(?:[^0-9]|$)",),
        validator=_is_itin,
        checksum=False,
        needs_context=True,
        context=("itin", "individual taxpayer", "taxpayer identification", "taxpayer id"),
        examples=("my ITIN: 912712834",),
        counter_examples=("order 912712834", "ITIN 912452834"),
        source="IRS Publication 1915",
    ),
    Detector(
        id="uk.nhs",
        entity="UK_NHS",
        patterns=(
            r"(?:^|[^0-9-]|[^0-9]-)(?P<value>[0-9]{3} [0-9]{3} [0-9]{4})(?:[^0-9-]|-?$)",
            (
                r"(?:^|[^0-9-]|[^0-9]-)(?P<value>[0-9]{3}-[0-9]{3}-[0-9]{4}|[0-9]{10})"
                r"(?:[^0-9-]|-?$)"
            ),
        ),
        validator=checked("gb.nhs"),
        needs_context=True,
        context=("nhs", "national health", "health service", "patient", "gp"),
        documentation=lambda value: digits(value)[:3] == "999",
        examples=("NHS number 516 283 9477", "patient 472-905-3184", "nhs: 4729053184"),
        counter_examples=("NHS number 516 283 9478", "invoice 472 905 3184"),
        source="NHS Data Dictionary, NHS number",
    ),
    Detector(
        id="in.aadhaar",
        entity="IN_AADHAAR",
        patterns=(
            (
                r"(?:^|[^0-9 -]|[^0-9][ -])(?P<value>[2-9][0-9]{3}[ -][0-9]{4}[ -][0-9]{4})"
                r"(?:[^0-9 -]|[ -][^0-9]|[ -]?$)"
            ),
        ),
        validator=_is_aadhaar,
        examples=("Aadhaar 4917 3302 8569",),
        counter_examples=("4917 3302 8561", "1917 3302 8568", "4917 3302 8569 1234"),
        source="UIDAI; the Verhoeff check digit",
    ),
    Detector(
        id="in.aadhaar.bare",
        entity="IN_AADHAAR",
        patterns=(r"(?:^|[^0-9.])(?P<value>[2-9][0-9]{11})(?:[^0-9]|$)",),
        validator=_is_aadhaar,
        needs_context=True,
        context=("aadhaar", "aadhar", "uidai", "uid", "आधार"),
        examples=("आधार 491733028569",),
        counter_examples=("order 491733028569",),
        source="UIDAI; the Verhoeff check digit",
    ),
    Detector(
        id="in.pan",
        entity="IN_PAN",
        patterns=(
            r"(?:^|[^0-9A-Za-z])(?P<value>[A-Z]{3}[ABCFGHJLPT][A-Z][0-9]{4}[A-Z])(?:[^0-9A-Za-z]|$)",
        ),
        validator=checked("in_.pan"),
        checksum=False,
        confidence="medium",
        examples=("PAN: BKLPS4821M",),
        counter_examples=("BKLXS4821M", "BKLPS0000M", "XBKLPS4821M"),
        source="Income Tax Department of India, structure of the PAN",
    ),
    Detector(
        id="uk.nino",
        entity="UK_NINO",
        patterns=(
            (
                r"(?:^|[^0-9A-Za-z])(?P<value>[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?[0-9]{2}[ -]?[0-9]{2}"
                r"[ -]?[0-9]{2}[ -]?[A-D])(?:[^0-9A-Za-z]|$)"
            ),
        ),
        confidence="medium",
        validator=lambda value: value[:2] not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ"),
        checksum=False,
        documentation=lambda value: value.startswith("QQ"),
        examples=("NI number JG 10 37 59 A", "nino_PX458213C"),
        counter_examples=("BG103759A", "JG103759E", "DG103759A"),
        source="HMRC, National Insurance Manual NIM39110",
    ),
)
