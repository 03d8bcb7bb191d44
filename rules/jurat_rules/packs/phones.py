"""Phone numbers, judged by the numbering plans of all countries.

A country code decides. Without one, numbers as they are grouped in North America, Brazil or with
a trunk zero are taken where a plan has them; any other needs a word near that speaks for a phone
number. What is a date, an address of a machine or an amount by its form is none.
"""

import re
from functools import cache
from typing import Any

from jurat.plugin import Detector

from ._phone_words import UNLIKE, WORDS
from ._values import digits

# Where a number with a trunk zero may be at home.
_TRUNK_REGIONS = (
    "GB DE FR NL BE CH AT AU JP SE IE PL KR TR RO UA ZA FI NZ IL HR SI SK BG RS TW CN IN PH MY ID"
    " TH EG MA PK BD NG KE"
)
_NANP_REGIONS = "US CA PR DO JM TT BS BB AG AI AS BM DM GD GU KN KY LC MP MS SX TC VC VG VI"
_KINDS = (
    "fixed_line mobile toll_free premium_rate shared_cost personal_number voip pager uan voicemail"
)
# Verbs that are too common to speak for a number unless it follows at once.
_CALLED = (
    r"(?i:text|ring|dial|reach|contact|call|sms|phone|fax|bel|appelle|llama|ligue|chiama)"
    r"(?i: (?:me|us|him|her|them|at|on|to|now|back|mij|op)){0,4}[ :]{1,3}"
)

_EXTENSION = r"(?:,? ?(?:x|#|ext\.?|extn\.?|extension) ?[0-9]{1,6})?"
_LEFT = r"(?:^|[^0-9A-Za-z.+/-]|[^0-9A-Za-z][.+/-])"
_RIGHT = r"(?:[^0-9-]|-[^0-9]|-?$)"
_SEP = r"(?: [/-] |[ ./-])"
_NANP = (
    r"(?:1[ .-]?|001[ .-]?)?(?:\([2-9][0-9]{2}\)[ .-]{0,2}|[2-9][0-9]{2}[ .-])"
    rf"[2-9][0-9]{{2}}[ .-][0-9]{{4}}{_EXTENSION}"
)
# Patterns count digits and leave the grouping to the validators: automata of many counted groups
# are large, and prose is full of short numbers.
_MORE = "(?:[ ()./-]{0,3}[0-9])"
_ANY = rf"(?:\(\+?[0-9]{{1,5}}\){_MORE}{{5,12}}|\+?[0-9]{_MORE}{{6,13}}){_EXTENSION}"
_SPACED = rf"[0-9](?: ?[0-9]){{6,13}}{_EXTENSION}"
_ABROAD = rf"(?:\(\+[1-9][0-9]{{0,2}}\){_MORE}{{6,12}}|\+\(?[1-9]{_MORE}{{7,14}}){_EXTENSION}"
_GROUPS = re.compile(
    rf"(?:\(\+?[0-9]{{1,5}}\)[ ./-]{{0,3}}[0-9]{{1,10}}"
    rf"|\+?[0-9]{{1,5}}[ ./-]?\([0-9]{{1,4}}\)[ ./-]{{0,3}}[0-9]{{1,10}}"
    rf"|\+?[0-9]{{1,5}}{_SEP}[0-9]{{1,10}}|\+?[0-9]{{8,13}})"
    rf"(?:{_SEP}[0-9]{{1,8}}){{0,4}}{_EXTENSION}"
)
_TRUNK_GROUPS = re.compile(
    rf"(?:\(0[0-9]{{1,5}}\)[ /.-]{{0,3}}|0[0-9]{{1,5}}{_SEP})[0-9]{{2,8}}"
    rf"(?:{_SEP}[0-9]{{2,8}}){{0,4}}{_EXTENSION}"
)

_DATE = re.compile(
    r"(?:[0-3]?[0-9]([./ -])[0-3]?[0-9]\1(?:19|20)[0-9]{2}|(?:19|20)[0-9]{2}([./-])[01]?[0-9]\2)"
    r"(?![0-9])|[0-3]?[0-9]([./ -])[0-3]?[0-9]\3[0-9]{2}$"
    r"|(?:19|20)[0-9]{2}([./-])[01][0-9]\4[0-3][0-9](?![0-9])"
)
_COMPACT_DATE = re.compile(
    r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[0-9]{4}|[0-9]{6})?"
)
_YEARS = re.compile(r"(?:1[89]|20)[0-9]{2}[ ./-]+(?:1[89]|20)[0-9]{2}")
_AMOUNT = re.compile(r"[0-9]{1,2}([ .])[0-9]{3}(?:\1[0-9]{3})?|[0-9]{3}([ .])[0-9]{3}")
_DECIMAL = re.compile(r"[0-9]{1,2}\.[0-9]+|[0-9]+\.(?![0-9]{4}$)[0-9]+")
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){1,3}|[0-9]{3}[ -][0-9]{2}[ -][0-9]{4}")
_ZIP = re.compile(r"[0-9]{5}-[0-9]{4}")
_TIMESTAMP = re.compile(r"1[5-9][0-9]{8}|1[5-9][0-9]{11}")
_EXTENDED = re.compile("[xe#]")
_DIALLED = re.compile(r"^(?:00|011)[ .-]?")
_OTHERS = (_DATE, _YEARS, _AMOUNT, _DECIMAL, _ADDRESS, _ZIP)


@cache
def _plan(regions: str) -> Any:
    """One pattern of all national numbers of these regions: parsing a number for each region in
    turn takes a hundred times as long."""
    import re2
    from phonenumbers import PhoneMetadata

    patterns: list[str] = []
    for region in regions.split():
        plan = PhoneMetadata.metadata_for_region(region)
        for kind in _KINDS.split():
            numbers = getattr(plan, kind)
            if numbers is not None and numbers.national_number_pattern:
                patterns.append(f"(?:{numbers.national_number_pattern})")
    return re2.compile("|".join(patterns))


def _fits(regions: str, number: str) -> bool:
    """True if some plan of these regions has that national number."""
    return _plan(regions).fullmatch(number.encode()) is not None


def _number(value: str) -> str:
    """The digits without those of an extension."""
    extension = _EXTENDED.search(value)
    return digits(value if extension is None else value[: extension.start()])


def _is_something_else(value: str) -> bool:
    """True for dates, spans of years, amounts, decimals, addresses of machines, and numbers that
    are grouped as the US groups those of persons."""
    return _DATE.match(value) is not None or any(one.fullmatch(value) for one in _OTHERS)


def _is_international(value: str) -> bool:
    value = _DIALLED.sub("+", value.lstrip("("))
    # a trunk zero in brackets is not dialled from abroad
    return _is_dialled(value) or ("(0)" in value and _is_dialled(value.replace("(0)", "")))


def _is_dialled(value: str) -> bool:
    """True for a valid number that begins with a plus: what `phonenumbers` says of it, told from
    the plans alone where no national prefix may have to go, which takes a hundredth of the time."""
    number = _number(value)
    size, regions = _country(number)
    if not size:
        return False
    national = number[size:]
    if regions[0] != "001":
        if _is_national(regions, national):
            return True
        prefix = _prefix(regions[0])
        if prefix is None or prefix.match(national) is None:
            return False
    from phonenumbers import NumberParseException, is_valid_number, parse

    try:
        return is_valid_number(parse(value, None))
    except NumberParseException:
        return False


def _is_national(regions: tuple[str, ...], number: str) -> bool:
    """True if the number is in the plan of the region that it belongs to, of those of a code."""
    for region in regions if len(regions) > 1 else ():
        first = _first(region)
        if first is None:
            if _fits(region, number):
                return True
        elif first.match(number) is not None:
            return _fits(region, number)
    return len(regions) == 1 and _fits(regions[0], number)


@cache
def _first(region: str) -> "re.Pattern[str] | None":
    """How numbers of a region begin, where that tells it from others of its code."""
    return _told_by(region, "leading_digits")


@cache
def _prefix(region: str) -> "re.Pattern[str] | None":
    """What may stand before a national number and is no part of it."""
    return _told_by(region, "national_prefix_for_parsing")


def _told_by(region: str, name: str) -> "re.Pattern[str] | None":
    from phonenumbers import PhoneMetadata

    pattern: str | None = getattr(PhoneMetadata.metadata_for_region(region), name)
    return None if pattern is None else re.compile(pattern)


def _has_country(value: str) -> bool:
    """True if the number begins with a country's code and may be as long as it is."""
    number = _number(value)
    fits = 9 <= len(number) <= 15 and len(set(number)) > 3
    return fits and _country(number)[0] > 0


def _country(number: str) -> tuple[int, tuple[str, ...]]:
    """How many digits the country's code has, by which a number begins, and its regions; 0 where
    it begins with none."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    for size in (1, 2, 3):  # none begins with another
        regions: tuple[str, ...] | None = COUNTRY_CODE_TO_REGION_CODE.get(int(number[:size]))
        if regions is not None:
            return size, regions
    return 0, ()


def _is_us(value: str) -> bool:
    return _fits(_NANP_REGIONS, _number(value)[-10:])


def _is_brazilian(value: str) -> bool:
    return _fits("BR", _number(value))


def _is_mobile(value: str) -> bool:
    number = digits(value)
    region = "RU" if "(" in value else "CN" if number[0] == "1" else "IN"
    return _fits(region, number[1:] if region == "RU" else number)


def _is_trunk(value: str) -> bool:
    number = _number(value)
    if not 9 <= len(number) <= 12 or not _TRUNK_GROUPS.fullmatch(value):
        return False
    if _is_something_else(value):
        return False
    # in Italy the zero belongs to the number
    return _fits(_TRUNK_REGIONS, number[1:]) or _fits("IT", number)


def _is_trunk_bare(value: str) -> bool:
    counted = value in "012345678901"
    return not counted and len(set(value)) > 3 and _fits("GB FR DE IT AU JP KR", value[1:])


def _is_any(value: str) -> bool:
    """True for a number that a word near may call a phone number."""
    number = _number(value)
    if not 7 <= len(number) <= 14 or len(set(number)) < 3 or not _GROUPS.fullmatch(value):
        return False
    if not value.lstrip("+").isdigit():
        return not _is_something_else(value)
    if _COMPACT_DATE.fullmatch(number) or _TIMESTAMP.fullmatch(number):
        return False
    return value[0] == "+" or len(number) <= 12 or number.startswith("00")


def _is_fictitious(value: str) -> bool:
    """Ranges that no subscriber gets: NANP 555-0100 to 555-0199, and Ofcom's for drama."""
    number = _number(value)
    return number[-7:-2] == "55501" or (number[-7:-4] == "496" and number[-8:-4] == "7946")


def _detector(
    name: str,
    patterns: tuple[str, ...],
    examples: tuple[str, ...],
    counter_examples: tuple[str, ...],
    source: str = "the numbering plans in the phonenumbers metadata",
    **more: Any,
) -> Detector:
    return Detector(
        id=name,
        entity="PHONE_NUMBER",
        patterns=patterns,
        documentation=_is_fictitious,
        unlike=UNLIKE,
        examples=examples,
        counter_examples=counter_examples,
        source=source,
        **more,
    )


DETECTORS = (
    _detector(
        "phone.international",
        (
            rf"(?:^|[^0-9A-Za-z+])(?P<value>{_ABROAD}){_RIGHT}",
            (
                r"(?:^|[^0-9+])(?P<value>\+1[ .-]?(?:\([2-9][0-9]{2}\)|[2-9][0-9]{2})[ .-]{0,2}"
                rf"[2-9][0-9]{{2}}[ .-]?[0-9]{{4}}{_EXTENSION}){_RIGHT}"
            ),
            rf"{_LEFT}(?P<value>(?:00|011[ .-]?)[1-9](?:[ ().-]{{0,3}}[0-9]){{8,13}}){_RIGHT}",
        ),
        (
            "+49 30 9018 2417",
            "call +1 (415) 624-0132 x17 now",
            "0033 6 12 84 59 77",
            "+44 (0)20 7183 8750",
            "tel:+919845012345",
            "(+358) 40 4796669",
        ),
        ("+1 000 000 0000", "1+234567", "+999 12345678"),
        "ITU-T E.164; the numbering plans in the phonenumbers metadata",
        validator=_is_international,
    ),
    _detector(
        "phone.international.shape",
        (rf"(?:^|[^0-9A-Za-z+])(?P<value>{_ABROAD}){_RIGHT}",),
        ("+49 (0) 5102 734646", "+7 020 401 87 86", "+90(273)4646869", "+31474 395816"),
        ("+999 12345678", "+1 000 000 0000", "a+4930901824"),
        "ITU-T E.164; the code and the length alone, for numbers not yet in the metadata",
        confidence="medium",
        validator=_has_country,
        checksum=False,
    ),
    _detector(
        "phone.us",
        (rf"{_LEFT}(?P<value>{_NANP}){_RIGHT}",),
        ("(415) 624-0132", "1-415-624-0132", "415.624.0132 ext. 9"),
        (
            "415-124-0132",
            "192.168.200.1",
            "518-72-0394",
            "P/N A415-624-0132",
            "part no. 415-624-0132",
        ),
        "NANPA, the North American Numbering Plan",
        confidence="medium",
        validator=_is_us,
        checksum=False,
    ),
    _detector(
        "phone.us.shape",
        (
            rf"{_LEFT}(?P<value>{_NANP}){_RIGHT}",
            (
                r"(?:^|[^0-9A-Za-z.-])(?P<value>(?:\+?1[ .-]?)?\([0-9]{3}\) ?[0-9]{3}[ .-]"
                rf"[0-9]{{4}}{_EXTENSION}){_RIGHT}"
            ),
            (
                r"(?:^|[^0-9A-Za-z.-])(?P<value>(?:(?:\+|00)?1[ .-])?[0-9]{3}[ .-][0-9]{3}[ .-]"
                rf"[0-9]{{4}} ?x ?[0-9]{{2,6}}){_RIGHT}"
            ),
        ),
        ("phone: (999) 624-0132", "(198) 259-7919", "870-088-3344 x890"),
        ("099-624-0132", "order (198) 259-7919"),
        "NANPA; the shape alone, for area codes not yet in the metadata",
        context=WORDS,
    ),
    _detector(
        "phone.br",
        (
            rf"{_LEFT}(?P<value>\([1-9][0-9]\) ?9?[0-9]{{4}}[ -]?[0-9]{{4}}){_RIGHT}",
            rf"{_LEFT}(?P<value>[1-9][1-9] 9?[2-9][0-9]{{3}}-[0-9]{{4}}){_RIGHT}",
        ),
        ("(11) 98765-4013", "(21) 2345-6781", "11 98765-4013"),
        ("(11) 0876-4013", "(1) 98765-4013"),
        "Anatel, Resolução 749/2022; the phonenumbers metadata",
        confidence="medium",
        validator=_is_brazilian,
        checksum=False,
    ),
    _detector(
        "phone.mobile",
        (
            rf"{_LEFT}(?P<value>1[3-9][0-9][ -][0-9]{{4}}[ -][0-9]{{4}}){_RIGHT}",
            rf"{_LEFT}(?P<value>[6-9][0-9]{{4}}[ -][0-9]{{5}}){_RIGHT}",
            (
                rf"{_LEFT}(?P<value>[78] ?\([3-9][0-9]{{2}}\) ?[0-9]{{3}}[ -][0-9]{{2}}"
                rf"[ -]?[0-9]{{2}}){_RIGHT}"
            ),
        ),
        ("138 1374 5029", "98450 12374", "8 (495) 174-45-29"),
        ("128 1374 5029", "58450 12374", "order 98450 12374"),
        "the ways that China, India and Russia group their numbers; the phonenumbers metadata",
        validator=_is_mobile,
        checksum=False,
        context=WORDS,
    ),
    _detector(
        "phone.trunk",
        (
            rf"{_LEFT}(?P<value>\(0[1-9][0-9]{{0,4}}\){_MORE}{{5,9}}{_EXTENSION}){_RIGHT}",
            rf"{_LEFT}(?P<value>0[1-9]{_MORE}{{7,10}}{_EXTENSION}){_RIGHT}",
            rf"{_LEFT}(?P<value>0[1-9](?: ?[0-9]){{7,10}}){_RIGHT}",
        ),
        (
            "Tel. 030 9018 2417",
            "06 12 84 59 77",
            "020 7183 8750",
            "0176/48213377",
            "(01632)960034",
            "010-4829-1370",
        ),
        (
            "01.02.2024",
            "01-02-2024",
            "05/11 10:30",
            "00 12 34",
            "SKU 069-801-6605",
            "Boston 02110-1301",
        ),
        "ITU-T E.123; the numbering plans in the phonenumbers metadata",
        validator=_is_trunk,
        checksum=False,
        context=WORDS,
    ),
    _detector(
        "phone.trunk.bare",
        (rf"{_LEFT}(?P<value>0[1-9][0-9]{{8,9}}){_RIGHT}",),
        ("0612845977", "at 02071838750."),
        ("order 0612845977", "0999999999", "0012345678"),
        validator=_is_trunk_bare,
        checksum=False,
        context=WORDS,
    ),
    _detector(
        "phone.near",
        (rf"{_LEFT}(?P<value>{_ANY}){_RIGHT}", rf"{_LEFT}(?P<value>{_SPACED}){_RIGHT}"),
        (
            "call 98450 12345",
            "teléfono: 612 845 977",
            "telefon 06-5/861 5789",
            "tlf. 98 25 97 91",
            "+59(0)5671487488 ist mobil",
            "mobile 4156240132",
            "电话 13812345678",
            "tel 26336074",
        ),
        (
            "item 98450 12345",
            "phones sold in 2019-2020",
            "call 1.250.000",
            "order 3553 3301, call",
            "order 4156240132",
            "phone model 1234567890123",
            "called on 20240311",
        ),
        "ITU-T E.123; ITU-T E.164: up to fifteen digits",
        validator=_is_any,
        checksum=False,
        needs_context=True,
        context=WORDS,
    ),
    _detector(
        "phone.called",
        (rf"(?:^|[^A-Za-z]){_CALLED}(?P<value>{_ANY}){_RIGHT}",),
        ("Text 03547062993 when you arrive", "contact me on 734-3413", "ring 4156240132"),
        ("text 12345", "context 4156240132"),
        "how people write it in sentences",
        confidence="medium",
        validator=_is_any,
        checksum=False,
    ),
)
