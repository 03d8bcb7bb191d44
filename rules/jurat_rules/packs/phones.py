"""Phone numbers, judged by the numbering plans of all countries."""

import re
from functools import cache
from typing import Any

from jurat.plugin import Detector

from ._values import digits

# Where a number with a trunk zero, and one without anything, may be at home.
_TRUNK_REGIONS = ("GB", "DE", "FR", "NL", "BE", "CH", "AT", "AU", "JP", "SE", "IE", "PL")
_NANP_REGIONS = (
    "US",
    "CA",
    "PR",
    "DO",
    "JM",
    "TT",
    "BS",
    "BB",
    "AG",
    "AI",
    "AS",
    "BM",
    "DM",
    "GD",
    "GU",
    "KN",
    "KY",
    "LC",
    "MP",
    "MS",
    "SX",
    "TC",
    "VC",
    "VG",
    "VI",
)
_BARE_REGIONS = ("US", "IN", "GB", "FR", "DE", "ES", "BR", "AU", "MX", "SG", "CN")
_WORDS = (
    "phone",
    "telephone",
    "phone number",
    "tel",
    "call",
    "called",
    "calling",
    "callback",
    "mobile",
    "cell",
    "cellphone",
    "fax",
    "dial",
    "ring",
    "reach",
    "whatsapp",
    "sms",
    "text",
    "hotline",
    "contact",
    "telefon",
    "telefonnummer",
    "handy",
    "mobil",
    "rufnummer",
    "anrufen",
    "rufen",
    "anruf",
    "téléphone",
    "appelez",
    "portable",
    "teléfono",
    "telefono",
    "móvil",
    "llame",
    "telefone",
    "celular",
    "cellulare",
    "telefoon",
    "电话",
    "手机",
    "電話",
    "携帯",
    "전화",
)
# Words that alone make bare digits a phone number: no common verbs among them.
_STRONG = tuple(w for w in _WORDS if w not in ("ring", "reach", "text", "contact", "handy"))
_DATE = re.compile(r"[0-9]{1,2}([./ -])[0-9]{1,2}\1(?:[0-9]{2}|[0-9]{4})")
_EXTENSION = r"(?:,? ?(?:x|ext\.?|extension) ?[0-9]{1,6})?"
_LEFT = r"(?:^|[^0-9A-Za-z.+/-]|[^0-9A-Za-z][.+/-])"
_RIGHT = r"(?:[^0-9-]|-[^0-9]|-?$)"
_NANP = (
    r"(?:1[ .-]?|001[ .-]?)?(?:\([2-9][0-9]{2}\)[ .-]{0,2}|[2-9][0-9]{2}[ .-])"
    rf"[2-9][0-9]{{2}}[ .-][0-9]{{4}}{_EXTENSION}"
)


_KINDS = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)


@cache
def _plan(*regions: str) -> Any:
    """One pattern of all national numbers of these regions: parsing a number for each region in
    turn takes a hundred times as long."""
    import re2
    from phonenumbers import PhoneMetadata

    patterns: list[str] = []
    for region in regions:
        plan = PhoneMetadata.metadata_for_region(region)
        for kind in _KINDS:
            numbers = getattr(plan, kind)
            if numbers is not None and numbers.national_number_pattern:
                patterns.append(f"(?:{numbers.national_number_pattern})")
    return re2.compile("|".join(patterns))


def _number(value: str) -> str:
    """The digits without those of an extension."""
    return digits(re.split("[xe]", value, maxsplit=1)[0])


def _is_international(value: str) -> bool:
    from phonenumbers import NumberParseException, is_valid_number, parse

    if not value.startswith("+"):
        value = "+" + re.sub(r"^(?:00|011)[ .-]?", "", value)
    try:
        return is_valid_number(parse(value, None))
    except NumberParseException:
        return False


def _is_us(value: str) -> bool:
    return _plan(*_NANP_REGIONS).fullmatch(_number(value)[-10:]) is not None


def _is_trunk(value: str) -> bool:
    number = _number(value)
    if not 9 <= len(number) <= 12 or _DATE.fullmatch(value):
        return False
    # in Italy the zero belongs to the number
    whole, rest = _plan("IT").fullmatch(number), _plan(*_TRUNK_REGIONS).fullmatch(number[1:])
    return whole is not None or rest is not None


def _is_bare(value: str) -> bool:
    number = digits(value)
    plan = _plan(*_BARE_REGIONS)
    if plan.fullmatch(number) is not None:
        return True
    return len(number) > 9 and number[0] in "01" and plan.fullmatch(number[1:]) is not None


def _is_fictitious(value: str) -> bool:
    """Ranges that no subscriber gets: NANP 555-0100 to 555-0199, and Ofcom's for drama."""
    number = _number(value)
    return number[-7:-2] == "55501" or (number[-7:-4] == "496" and number[-8:-4] == "7946")


DETECTORS = (
    Detector(
        id="phone.international",
        entity="PHONE_NUMBER",
        patterns=(
            (
                r"(?:^|[^0-9A-Za-z+])(?P<value>\+[1-9](?:[ ()./-]{0,3}[0-9]){6,14}"
                rf"{_EXTENSION}){_RIGHT}"
            ),
            (
                r"(?:^|[^0-9+])(?P<value>\+1[ .-]?(?:\([2-9][0-9]{2}\)|[2-9][0-9]{2})[ .-]{0,2}"
                rf"[2-9][0-9]{{2}}[ .-]?[0-9]{{4}}{_EXTENSION}){_RIGHT}"
            ),
            rf"{_LEFT}(?P<value>(?:00|011[ .-]?)[1-9](?:[ ().-]{{0,3}}[0-9]){{8,13}}){_RIGHT}",
        ),
        validator=_is_international,
        documentation=_is_fictitious,
        examples=(
            "+49 30 9018 2417",
            "call +1 (415) 624-0132 x17 now",
            "0033 6 12 84 59 77",
            "+44 (0)20 7183 8750",
            "tel:+919845012345",
        ),
        counter_examples=("+1 000 000 0000", "1+234567", "+999 12345678"),
        source="ITU-T E.164; the numbering plans in the phonenumbers metadata",
    ),
    Detector(
        id="phone.us",
        entity="PHONE_NUMBER",
        patterns=(rf"{_LEFT}(?P<value>{_NANP}){_RIGHT}",),
        confidence="medium",
        validator=_is_us,
        checksum=False,
        documentation=_is_fictitious,
        examples=("(415) 624-0132", "1-415-624-0132", "415.624.0132 ext. 9"),
        counter_examples=("415-124-0132", "192.168.200.1", "518-72-0394", "P/N A415-624-0132"),
        source="NANPA, the North American Numbering Plan",
    ),
    Detector(
        id="phone.us.shape",
        entity="PHONE_NUMBER",
        patterns=(
            rf"{_LEFT}(?P<value>{_NANP}){_RIGHT}",
            (
                r"(?:^|[^0-9A-Za-z.-])(?P<value>\+?1[ .-]?\(?[2-9][0-9]{2}\)?[ .-]?[0-9]{3}[ .-]?"
                rf"[0-9]{{4}}{_EXTENSION}){_RIGHT}"
            ),
        ),
        context=_WORDS,
        examples=("phone: (999) 624-0132",),
        counter_examples=("099-624-0132",),
        source="NANPA; the shape alone, for area codes not yet in the metadata",
    ),
    Detector(
        id="phone.trunk",
        entity="PHONE_NUMBER",
        patterns=(
            (
                rf"{_LEFT}(?P<value>\(?0[1-9][0-9]{{0,4}}\)?(?:[ /.-]{{1,3}}[0-9]{{2,8}}){{1,5}}"
                rf"{_EXTENSION}){_RIGHT}"
            ),
        ),
        validator=_is_trunk,
        checksum=False,
        context=_WORDS,
        documentation=_is_fictitious,
        examples=("Tel. 030 9018 2417", "06 12 84 59 77", "020 7183 8750", "0176/48213377"),
        counter_examples=("01.02.2024", "01-02-2024", "05/11 10:30", "00 12 34"),
        source="ITU-T E.123; the numbering plans in the phonenumbers metadata",
    ),
    Detector(
        id="phone.bare",
        entity="PHONE_NUMBER",
        patterns=(
            rf"{_LEFT}(?P<value>[0-9]{{10,11}}){_RIGHT}",
            rf"{_LEFT}(?P<value>[2-9][0-9]{{2}}[ .-][0-9]{{4}}){_RIGHT}",
            rf"{_LEFT}(?P<value>[6-9][0-9]{{4}}[ -][0-9]{{5}}){_RIGHT}",
            rf"{_LEFT}(?P<value>[689][0-9]{{3}}[ -][0-9]{{4}}){_RIGHT}",
            rf"{_LEFT}(?P<value>[6-9][0-9]{{2}}(?:[ .-][0-9]{{3}}){{2}}){_RIGHT}",
            rf"{_LEFT}(?P<value>\([0-9]{{2}}\) ?9?[0-9]{{4}}-?[0-9]{{4}}){_RIGHT}",
        ),
        validator=_is_bare,
        checksum=False,
        needs_context=True,
        context=_STRONG,
        documentation=_is_fictitious,
        examples=("mobile 4156240132", "call 98450 12345", "teléfono: 612 845 977"),
        counter_examples=("order 4156240132", "phone model 1234567890123"),
        source="the numbering plans in the phonenumbers metadata",
    ),
)
