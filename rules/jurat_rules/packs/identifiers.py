"""Addresses of pages and identifiers of records, where a word near says that they are somebody's.

By themselves they say where something is, and seldom who: every request is full of them.
"""

import re

from jurat.plugin import Detector

_NOBODYS = re.compile(
    r"(?:[a-z]+://|www\.)(?:[^/@]*@)?(?:[^/:?#]*\.)?"
    r"(?:example(?:\.(?:com|net|org|edu))?|invalid|localhost|test)(?:[/:?#]|$)",
    re.IGNORECASE,
)
_PAGE = tuple(
    """
    website|web site|homepage|home page|web page|webpage|site|blog|portfolio|profile|linkedin|url
    link|visit|visit us|my page|personal page|webseite|internetseite|seite|besuchen|siehe|site web
    page web|visitez|sitio web|página web|visite|sito|sito web|pagina web|página|strona|hemsida
    сайт|网站|网址|链接|ホームページ|サイト|홈페이지|웹사이트
    """.replace("\n", "|")
    .replace("    ", "")
    .strip("|")
    .split("|")
)
_RECORD = (
    "uuid",
    "guid",
    "user id",
    "user_id",
    "userid",
    "customer id",
    "patient id",
    "device id",
    "advertising id",
    "idfa",
    "person id",
    "member id",
    "subject id",
    "benutzer-id",
    "kunden-id",
)


def _is_url(value: str) -> bool:
    return value[-1] not in ".,;:!?"


DETECTORS = (
    Detector(
        id="url",
        entity="URL",
        patterns=(
            (
                r"(?:^|[^0-9A-Za-z])(?P<value>(?i:https?|ftp|wss?)://[A-Za-z0-9\[]"
                r"[^\s<>\"'`{}|\\^]*[A-Za-z0-9/_=&#%~+-])"
            ),
            (
                r"(?:^|[^0-9A-Za-z/.@-])(?P<value>(?i:www\.)[A-Za-z0-9-]+\.[A-Za-z]"
                r"[^\s<>\"'`{}|\\^()]*[A-Za-z0-9/_=&#%~+-])"
            ),
        ),
        validator=_is_url,
        checksum=False,
        needs_context=True,
        context=_PAGE,
        documentation=lambda value: _NOBODYS.match(value) is not None,
        examples=(
            "visit https://www.river-bank.co.uk/people?id=17, page 2",
            "(my site: http://[2a02:8070:41c1:9b00::17]/x)",
            "Website: www.stadtwerke-nord.de.",
        ),
        counter_examples=(
            "url std::http",
            "site https:// and www.",
            "see https://river-bank.co.uk/",
        ),
        source="RFC 3986",
    ),
    Detector(
        id="uuid",
        entity="UUID",
        patterns=(
            (
                r"(?:^|[^0-9A-Za-z-])(?P<value>[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[1-8][0-9A-Fa-f]{3}"
                r"-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12})(?:[^0-9A-Za-z-]|$)"
            ),
        ),
        validator=lambda value: len(set(value)) > 4,
        checksum=False,
        needs_context=True,
        context=_RECORD,
        examples=("user id 4aa10ea8-7ea8-41a8-8ea8-179a01345fa5",),
        counter_examples=(
            "uuid 00000000-0000-0000-0000-000000000000",
            "request 4aa10ea8-7ea8-41a8-8ea8-179a01345fa5",
        ),
        source="RFC 9562, section 4",
    ),
)
