"""Numbers that states give to people."""

from jurat.plugin import Detector

from ._values import digits

_PUBLISHED_SSN = frozenset(["123456789", "078051120", "219099999", "457555462"])


def _is_ssn(value: str) -> bool:
    number = digits(value)
    area, group, serial = number[:3], number[3:5], number[5:]
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


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
                r"(?:^|[^0-9 ]|[^0-9] )(?P<value>[0-9]{3} [0-9]{2} [0-9]{4})"
                r"(?:[^0-9 ]| [^0-9]| ?$)"
            ),
        ),
        confidence="medium",
        validator=_is_ssn,
        checksum=False,
        documentation=_is_published_ssn,
        examples=(
            "His SSN is 123-45-6789.",
            "ssn_518-72-0394_old",
            "social security 518 72 0394, born 1971",
        ),
        counter_examples=(
            "000-12-3456 666-12-3456 912-12-3456 123-00-4567 123-45-0000",
            "part 1-518-72-0394-7",
            "2024-518-72-0394",
        ),
        source="SSA, POMS RM 10201.035: areas 000, 666 and 900 to 999 are never given",
    ),
    Detector(
        id="us.ssn.bare",
        entity="US_SSN",
        patterns=(r"(?:^|[^0-9.])(?P<value>[0-9]{9})(?:[^0-9]|$)",),
        validator=_is_ssn,
        checksum=False,
        needs_context=True,
        context=("ssn", "social security", "social-security", "soc sec", "ss#", "ssid"),
        documentation=_is_published_ssn,
        examples=("SSN: 518720394", "his social security number is 518720394"),
        counter_examples=("order 518720394", "SSN: 000720394"),
        source="SSA, POMS RM 10201.035",
    ),
)
