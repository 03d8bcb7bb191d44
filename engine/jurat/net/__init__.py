"""HTTP to other machines: the one place that knows how."""

from ._fetch import Fetch, Fetched, fetch
from ._http import MOST, Answer, NetError, Send, place, send

__all__ = ["MOST", "Answer", "Fetch", "Fetched", "NetError", "Send", "fetch", "place", "send"]
