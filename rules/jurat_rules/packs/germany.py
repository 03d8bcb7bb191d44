"""Numbers of insured persons, doctors and companies in Germany."""

from jurat.plugin import Detector

from ._numbers import LEFT, RIGHT, labelled
from ._values import digits

_PENSION_WEIGHTS = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
_HEALTH_WEIGHTS = (1, 2, 1, 2, 1, 2, 1, 2, 1, 2)
_DOCTOR_WEIGHTS = (4, 9, 4, 9, 4, 9)


def _spelled(value: str) -> list[int]:
    """The digits of a value, its letter as its place in the alphabet in two digits."""
    return [int(c) for c in "".join(c if c.isdigit() else f"{ord(c) - 64:02d}" for c in value)]


def _cross_sum(products: list[int]) -> int:
    return sum(sum(divmod(product, 10)) for product in products)


def _is_pension(value: str) -> bool:
    """VKVV, section 2: area, birth, letter, serial and a check digit."""
    plain = value.replace(" ", "")
    numbers = _spelled(plain)
    products = [n * w for n, w in zip(numbers[:-1], _PENSION_WEIGHTS, strict=True)]
    return _cross_sum(products) % 10 == numbers[-1]


def _is_health(value: str) -> bool:
    numbers = _spelled(value)
    products = [n * w for n, w in zip(numbers[:-1], _HEALTH_WEIGHTS, strict=True)]
    return _cross_sum(products) % 10 == numbers[-1]


def _is_doctor(value: str) -> bool:
    numbers = [int(c) for c in digits(value)]
    total = sum(n * w for n, w in zip(numbers, _DOCTOR_WEIGHTS, strict=False))
    return -total % 10 == numbers[6]


DETECTORS = (
    Detector(
        id="de.social-security",
        entity="DE_SOCIAL_SECURITY",
        patterns=(
            (
                rf"{LEFT}(?P<value>[0-9]{{2}} ?[0-3][0-9][01][0-9][0-9]{{2}} ?[A-Z] ?[0-9]{{3}})"
                rf"{RIGHT}"
            ),
        ),
        validator=_is_pension,
        context=("rentenversicherungsnummer", "sozialversicherungsnummer", "versicherungsnummer"),
        examples=("Rentenversicherungsnummer 15 070649 C 103",),
        counter_examples=("Rentenversicherungsnummer 15 070649 C 104",),
        source="Versicherungsnummern-Verordnung, section 2",
    ),
    Detector(
        id="de.health-insurance",
        entity="DE_HEALTH_INSURANCE",
        patterns=(f"{LEFT}(?P<value>[A-Z][0-9]{{9}}){RIGHT}",),
        validator=_is_health,
        needs_context=True,
        context=(
            "krankenversicherungsnummer",
            "krankenversichertennummer",
            "krankenversicherten-nr",
            "versichertennummer",
            "versicherten-nr",
            "kvnr",
            "gesundheitskarte",
            "krankenkasse",
        ),
        examples=("KVNR A123456780",),
        counter_examples=("KVNR A123456781", "Teil A123456780"),
        source="SGB V, section 290",
    ),
    Detector(
        id="de.lanr",
        entity="DE_LANR",
        patterns=(f"{LEFT}(?P<value>[0-9]{{9}}){RIGHT}",),
        validator=_is_doctor,
        needs_context=True,
        context=("lanr", "arztnummer", "lebenslange arztnummer"),
        examples=("LANR 123456601",),
        counter_examples=("LANR 123456701", "order 123456601"),
        source="KBV, Arztnummern-Richtlinie, section 4",
    ),
    labelled(
        "de.bsnr",
        "DE_BSNR",
        r"[0-9]{9}",
        "KBV, Richtlinie zur Betriebsstättennummer",
        ("bsnr", "betriebsstättennummer", "betriebsstätten-nr"),
        "482913700",
    ),
    labelled(
        "de.handelsregister",
        "DE_HANDELSREGISTER",
        r"HR[AB] ?[0-9]{1,6}(?: ?[A-Z]{1,2})?",
        "Handelsregisterverordnung, section 12",
        (
            "handelsregister",
            "amtsgericht",
            "registergericht",
            "handelsregisternummer",
            "registernummer",
        ),
        "HRB 48291",
        "HRA 1370 B",
    ),
    labelled(
        "de.plz",
        "DE_PLZ",
        r"(?:0[1-9]|[1-9][0-9])[0-9]{3}",
        "Deutsche Post, Postleitzahlen",
        ("plz", "postleitzahl"),
        "48291",
    ),
)
