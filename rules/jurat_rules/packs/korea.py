"""Numbers of persons and businesses in Korea."""

from datetime import date

from jurat.plugin import Detector

from ._numbers import LEFT, RIGHT
from ._values import checked, digits

_RESIDENT = ("주민등록번호", "주민번호", "주민등록", "rrn", "resident registration")
_FOREIGNER = (
    "외국인등록번호",
    "외국인등록",
    "frn",
    "foreigner registration",
    "alien registration",
)
_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
# By the seventh digit: the century of birth.
_CENTURIES = {"9": 18, "0": 18, **dict.fromkeys("1256", 19), **dict.fromkeys("3478", 20)}


def _is_born(value: str) -> bool:
    """Since October 2020 only the date of birth and the seventh digit are no random digits."""
    number = digits(value)
    year = _CENTURIES[number[6]] * 100 + int(number[:2])
    try:
        date(year, int(number[2:4]), int(number[4:6]))
    except ValueError:
        return False
    return True


def _is_business(value: str) -> bool:
    n = [int(c) for c in digits(value)]
    total = sum(a * w for a, w in zip(n, _WEIGHTS, strict=False)) + n[8] * 5 // 10
    return -total % 10 == n[9]


def _person(name: str, entity: str, sex: str, context: tuple[str, ...], example: str) -> Detector:
    """A number with a hyphen, whose date of birth holds."""
    return Detector(
        id=name,
        entity=entity,
        patterns=(f"{LEFT}(?P<value>[0-9]{{6}}-{sex}[0-9]{{6}}){RIGHT}",),
        confidence="medium",
        validator=_is_born,
        checksum=False,
        context=context,
        examples=(f"{context[0]} {example}", example),
        counter_examples=(f"{context[0]} 93{example[6:8].replace('-', '')}99{example[6:]}",),
        source="Resident Registration Act of Korea; Immigration Act of Korea",
    )


DETECTORS = (
    _person("kr.rrn", "KR_RRN", "[0-49]", _RESIDENT, "930520-1931979"),
    _person("kr.frn", "KR_FRN", "[5-8]", _FOREIGNER, "930520-5931978"),
    Detector(
        id="kr.rrn.checked",
        entity="KR_RRN",
        patterns=(f"{LEFT}(?P<value>[0-9]{{6}}-?[0-49][0-9]{{6}}){RIGHT}",),
        validator=checked("kr.rrn"),
        needs_context=True,
        context=_RESIDENT,
        examples=("주민등록번호 9305201931979",),
        counter_examples=("주민등록번호 9305201931970",),
        source="Resident Registration Act of Korea, the check digit in use until 2020",
    ),
    Detector(
        id="kr.bare",
        entity="KR_RRN",
        patterns=(f"{LEFT}(?P<value>[0-9]{{6}}[0-49][0-9]{{6}}){RIGHT}",),
        validator=_is_born,
        checksum=False,
        needs_context=True,
        context=_RESIDENT,
        examples=("주민번호 9305201931975",),
        counter_examples=("주민번호 9315201931975", "주문 9305201931975"),
        source="Resident Registration Act of Korea",
    ),
    Detector(
        id="kr.brn",
        entity="KR_BRN",
        patterns=(f"{LEFT}(?P<value>[0-9]{{3}}-[0-9]{{2}}-[0-9]{{5}}){RIGHT}",),
        validator=_is_business,
        context=("사업자등록번호", "사업자", "brn", "business registration"),
        needs_context=True,
        examples=("사업자등록번호 373-10-00950",),
        counter_examples=("사업자등록번호 373-10-00951", "주문 373-10-00950"),
        source="National Tax Service of Korea",
    ),
)
