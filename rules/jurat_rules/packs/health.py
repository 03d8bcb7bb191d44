"""Numbers of patients and of those who treat them."""

from jurat.plugin import Detector

from ._values import digits, luhn

_WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9)


def _is_npi(value: str) -> bool:
    """The check digit counts the prefix of health applications, 80840."""
    return luhn("80840" + value)


def _is_dea(value: str) -> bool:
    n = [int(c) for c in value[2:]]
    return (n[0] + n[2] + n[4] + 2 * (n[1] + n[3] + n[5])) % 10 == n[6]


def _is_medicare(value: str) -> bool:
    n = [int(c) for c in digits(value)]
    return sum(a * b for a, b in zip(n, _WEIGHTS, strict=False)) % 10 == n[8] and n[9] > 0


DETECTORS = (
    Detector(
        id="us.npi",
        entity="US_NPI",
        patterns=(r"(?:^|[^0-9.])(?P<value>[12][0-9]{9})(?:[^0-9]|$)",),
        validator=_is_npi,
        needs_context=True,
        context=("npi", "national provider", "provider id", "provider identifier"),
        examples=("NPI: 1482039579",),
        counter_examples=("NPI: 1482039570", "order 1482039579"),
        source="CMS, requirements for NPI and NPI check digit",
    ),
    Detector(
        id="us.mbi",
        entity="US_MBI",
        patterns=(
            (
                r"(?:^|[^0-9A-Za-z])(?P<value>[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y][0-9]-?"
                r"[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y][0-9]-?[AC-HJKMNP-RT-Y]{2}[0-9]{2})"
                r"(?:[^0-9A-Za-z]|$)"
            ),
        ),
        context=("mbi", "medicare", "beneficiary"),
        documentation=lambda value: value.replace("-", "").startswith("1EG4TE5M"),
        examples=("Medicare 7KD2-RW8-PN41", "mbi 7KD2RW8PN41"),
        counter_examples=("7SD2-RW8-PN41", "0KD2RW8PN41"),
        source="CMS, understanding the Medicare Beneficiary Identifier",
    ),
    Detector(
        id="us.dea",
        entity="MEDICAL_LICENSE",
        patterns=(
            r"(?:^|[^0-9A-Za-z])(?P<value>[ABCDEFGHJKLMPRSTUX][A-Z9][0-9]{7})(?:[^0-9A-Za-z]|$)",
        ),
        validator=_is_dea,
        needs_context=True,
        context=(
            "dea",
            "prescriber",
            "medical license",
            "registration",
            "certificate",
            "physician",
        ),
        examples=("DEA number BR4829175",),
        counter_examples=("DEA number BR4829176", "part BR4829175"),
        source="DEA Diversion Control Division, registration numbers",
    ),
    Detector(
        id="us.mrn",
        entity="MEDICAL_RECORD_NUMBER",
        patterns=(
            (
                r"(?:mrn|MRN|(?i:medical record (?:number|no\.?|#)|patient id))[ :#=]{1,3}(?i:is )?"
                r"(?P<value>[A-Z]{0,3}-?[0-9]{5,12})(?:[^0-9A-Za-z]|$)"
            ),
        ),
        confidence="medium",
        examples=("MRN: 00482913", "medical record number is M-4829137"),
        counter_examples=("MRN: unknown", "MRN: 12"),
        source="HIPAA, 45 CFR 164.514(b)(2)(i)(H); each hospital has its own form",
    ),
    Detector(
        id="au.medicare",
        entity="AU_MEDICARE",
        patterns=(r"(?:^|[^0-9.])(?P<value>[2-6][0-9]{3} ?[0-9]{5} ?[0-9])(?:[^0-9]|$)",),
        validator=_is_medicare,
        needs_context=True,
        context=("medicare", "medicare card", "medicare number"),
        examples=("Medicare 4172 93057 1",),
        counter_examples=("Medicare 4172930581", "order 4172930571"),
        source="Services Australia, Medicare card number format",
    ),
)
