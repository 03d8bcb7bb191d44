"""Postcodes, where a word near names them or their form does."""

from jurat.plugin import Detector

from ._numbers import LEFT, RIGHT, labelled

DETECTORS = (
    Detector(
        id="uk.postcode",
        entity="UK_POSTCODE",
        patterns=(
            (
                rf"{LEFT}(?P<value>(?:GIR 0AA|(?:[A-PR-UWYZ][0-9]{{1,2}}|[A-PR-UWYZ][A-HK-Y][0-9]{{1,2}}"
                rf"|[A-PR-UWYZ][0-9][A-HJKPSTUW]|[A-PR-UWYZ][A-HK-Y][0-9][ABEHMNPRVWXY])"
                rf" [0-9][ABD-HJLNP-UW-Z]{{2}})){RIGHT}"
            ),
            (
                rf"(?i:post ?code)[ :=\"'-]{{1,4}}(?:is )?(?P<value>[A-PR-UWYZ][A-HK-Y]?[0-9][0-9A-Z]?"
                rf"[0-9][ABD-HJLNP-UW-Z]{{2}}){RIGHT}"
            ),
        ),
        context=("postcode", "post code", "address", "street", "road", "lives", "london"),
        examples=("12 Harbour Road, Leeds LS6 2QT", "postcode SW1A 1AA", "postcode: M11AE"),
        counter_examples=("part LS62QT9", "B2B 4CI", "model Q1 2AB"),
        source="Royal Mail, Programmers' Guide to the Postcode Address File",
    ),
    Detector(
        id="ca.postal-code",
        entity="CA_POSTAL_CODE",
        patterns=(
            (
                rf"{LEFT}(?P<value>[ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z] "
                rf"[0-9][ABCEGHJ-NPRSTV-Z][0-9]){RIGHT}"
            ),
            (
                rf"(?i:postal code|code postal)[ :=\"'-]{{1,4}}(?:is |est )?"
                rf"(?P<value>[ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z]-?"
                rf"[0-9][ABCEGHJ-NPRSTV-Z][0-9]){RIGHT}"
            ),
        ),
        context=("postal code", "code postal", "address", "street", "ontario", "canada", "québec"),
        examples=("Ottawa ON K1A 0B1", "postal code H2X3Y7"),
        counter_examples=("part K1A0B17", "D1A 0B1"),
        source="Canada Post, Addressing Guidelines",
    ),
    labelled(
        "us.zip",
        "US_ZIP_CODE",
        r"[0-9]{5}(?:-[0-9]{4})?",
        "USPS Publication 28",
        ("zip code", "zipcode", "zip+4", "zip no"),
        "94107",
        "94107-1713",
    ),
)
