"""HTTP to other machines: the one place that knows how."""

from ._http import MOST, Answer, NetError, Send, place, send

__all__ = ["MOST", "Answer", "NetError", "Send", "place", "send"]
