"""What a change of policy does: in words, in verdicts, to a log's history, and with time."""

from ._changes import Change, Detail, changes
from ._forecast import Dated, Event, Forecast, forecast
from ._history import Clocks, Group, Replay, Tokens
from ._json import as_json
from ._markdown import as_markdown
from ._report import Difference, Past, Side, past, text_and_behaviour
from ._search import Searched
from ._text import as_text

FORMATS = {"text": as_text, "json": as_json, "markdown": as_markdown}

__all__ = [
    "FORMATS",
    "Change",
    "Clocks",
    "Dated",
    "Detail",
    "Difference",
    "Event",
    "Forecast",
    "Group",
    "Past",
    "Replay",
    "Searched",
    "Side",
    "Tokens",
    "as_json",
    "as_markdown",
    "as_text",
    "changes",
    "forecast",
    "past",
    "text_and_behaviour",
]
