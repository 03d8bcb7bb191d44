"""Names of models that stand for one snapshot and never move."""

import re
from datetime import date

# A date inside a name, at its end or before what a platform adds: gpt-4.1-2025-04-14,
# claude-sonnet-4-20250514, claude-sonnet-4@20250514, gpt-4-0613 and gpt-4-1106-preview (month and
# day), mistral-large-2411 (year and month), command-a-03-2025,
# anthropic.claude-3-5-sonnet-20241022-v2:0, ft:gpt-4.1-2025-04-14:acme::1
_DATE = re.compile(
    r"[-@](?:(?P<year>20\d\d)(?P<dash>-?)(?P<month>\d\d)(?P=dash)(?P<day>\d\d)"
    r"|(?P<month_of>\d\d)-(?P<of_year>20\d\d)"
    r"|(?P<four>\d{4})(?=(?:-preview)?(?:[:@].*)?$))(?=$|[-:@])",
    re.ASCII | re.DOTALL,
)
_LEAP = 2024  # a year that has every day there may be


def is_snapshot(name: str) -> bool:
    """Whether `name` has a date in it, in one of the ways in which providers write it."""
    return any(_is_date(match) for match in _DATE.finditer(name))


def _is_date(match: re.Match[str]) -> bool:
    if four := match["four"]:
        first, second = int(four[:2]), int(four[2:])
        return _exists(_LEAP, first, second) or (first >= 20 and _exists(_LEAP, second, 1))
    if match["month_of"]:
        return _exists(int(match["of_year"]), int(match["month_of"]), 1)
    return _exists(int(match["year"]), int(match["month"]), int(match["day"]))


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
