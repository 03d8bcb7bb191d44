"""Papers of persons: passports, licences, identity cards, dates of birth."""

import re

from jurat.plugin import Detector

_MONTH = r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_NRIC_WEIGHTS = (2, 7, 6, 5, 4, 3, 2)
# By the first letter: what is added to the sum, and the letter for each remainder.
_NRIC = {
    "S": (0, "JZIHGFEDCBA"),
    "T": (4, "JZIHGFEDCBA"),
    "F": (0, "XWUTRQPNMLK"),
    "G": (4, "XWUTRQPNMLK"),
    "M": (3, "XWUTRQPNJLK"),
}


# Forms that say whose a passport is, and have a detector of their own.
_OF_A_COUNTRY = re.compile(r"[A-Z][0-9]{8}|[A-Z]{2}[0-9]{7}|[A-Z][0-9]{7}[A-Z]")


def _is_passport(value: str) -> bool:
    return any(c.isdigit() for c in value) and _OF_A_COUNTRY.fullmatch(value) is None


def _is_nric(value: str) -> bool:
    extra, letters = _NRIC[value[0]]
    total = extra + sum(int(c) * w for c, w in zip(value[1:8], _NRIC_WEIGHTS, strict=True))
    return letters[total % 11] == value[8]


DETECTORS = (
    Detector(
        id="sg.nric",
        entity="SG_NRIC_FIN",
        patterns=(r"(?:^|[^0-9A-Za-z])(?P<value>[STFGM][0-9]{7}[A-Z])(?:[^0-9A-Za-z]|$)",),
        validator=_is_nric,
        examples=("NRIC S7824193D", "FIN: G3391027X"),
        counter_examples=("NRIC S7824193E", "XS7824193D"),
        source="Immigration & Checkpoints Authority of Singapore, NRIC and FIN",
    ),
    Detector(
        id="us.passport",
        entity="US_PASSPORT",
        patterns=(r"(?:^|[^0-9A-Za-z.-])(?P<value>[A-Z][0-9]{8}|[0-9]{9})(?:[^0-9A-Za-z-]|$)",),
        needs_context=True,
        context=("passport", "passport number", "passport no", "travel document"),
        examples=("passport no. X48291370", "US passport 482913705"),
        counter_examples=("order X48291370", "passport 48291370"),
        source="US Department of State, next generation passport book",
    ),
    Detector(
        id="passport",
        entity="PASSPORT",
        patterns=(
            (
                r"(?:^|[^0-9A-Za-z.-])(?P<value>[A-Z]{1,2}[0-9]{6}|[0-9]{2}[A-Z]{2}[0-9]{5}"
                r"|[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8})(?:[^0-9A-Za-z-]|$)"
            ),
        ),
        validator=_is_passport,
        checksum=False,
        needs_context=True,
        context=(
            "passport",
            "passport number",
            "reisepass",
            "reisepassnummer",
            "passeport",
            "pasaporte",
            "passaporto",
            "paspoort",
        ),
        examples=("passport K482913", "passeport 14CV72915"),
        counter_examples=("part K482913", "passport CLTRNXKPZ"),
        source="ICAO Doc 9303, part 4",
    ),
    Detector(
        id="us.driver-license",
        entity="US_DRIVER_LICENSE",
        patterns=(
            (
                r"(?:^|[^0-9A-Za-z.-])(?P<value>[A-Z][0-9]{4,14}|[A-Z]{2}[0-9]{6,7}|[0-9]{7,9}"
                r"|[A-Z][0-9]{3}-[0-9]{4}-[0-9]{4}|[A-Z][0-9]{3}-[0-9]{3}-[0-9]{2}-[0-9]{3}-[0-9])"
                r"(?:[^0-9A-Za-z-]|$)"
            ),
        ),
        needs_context=True,
        context=(
            "driver license",
            "drivers license",
            "driver's license",
            "driving license",
            "driver licence",
            "driving licence",
            "dl number",
            "license number",
            "license no",
            "licence number",
            "driver's licence",
            "drivers licence",
            "driver id",
            "state id",
            "dl#",
            "permit number",
        ),
        examples=("driver's license D4829137", "DL number 48291370"),
        counter_examples=("gate D4829137", "driver's license: none"),
        source="AAMVA; each state has its own form",
    ),
    Detector(
        id="birth-date",
        entity="DATE_OF_BIRTH",
        patterns=(
            (
                r"(?:^|[^0-9.])(?P<value>(?:19|20)[0-9]{2}[-/.](?:0?[1-9]|1[0-2])"
                r"[-/.](?:[12][0-9]|3[01]|0?[1-9])|(?:[12][0-9]|3[01]|0?[1-9])[-/.]"
                r"(?:[12][0-9]|3[01]|0?[1-9])[-/.](?:19|20)?[0-9]{2})(?:[^0-9]|$)"
            ),
            (
                rf"(?:^|[^0-9A-Za-z])(?P<value>{_MONTH} [0-9]{{1,2}},? (?:19|20)[0-9]{{2}}"
                rf"|[0-9]{{1,2}}\.? {_MONTH} (?:19|20)[0-9]{{2}})(?:[^0-9]|$)"
            ),
        ),
        needs_context=True,
        context=(
            "dob",
            "d.o.b",
            "birth",
            "born",
            "birthday",
            "birthdate",
            "date of birth",
            "geboren",
            "geburtsdatum",
            "geb",
            "né le",
            "née le",
            "date de naissance",
            "nacido",
            "fecha de nacimiento",
            "nato il",
            "data di nascita",
            "nascimento",
            "出生",
            "生年月日",
        ),
        examples=("DOB 03/04/1980", "born on May 4, 1980", "geb. 04.03.1980", "born 1980-03-04"),
        counter_examples=("due 03/04/2024", "born in 1980", "born 1.2.3"),
        source="ISO 8601-1 and what people write",
    ),
)
