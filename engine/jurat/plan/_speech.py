"""What a decision may say aloud: no value of an input unless showing it is safe.

A caller's value is quoted only if it is short plain ASCII and clean under all detectors;
otherwise its JSON Pointer stands for it. Finished messages are cleaned once more, for a third
party's rule wrote them.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from jurat.canon import format_duration, format_time
from jurat.model import MissingFact, View
from jurat.scan import Scanner, clean, safe_to_quote

NOT_SHOWN = "(not shown)"
_REMEMBERED = 4096
_LIST = 5  # values of a list that are shown one by one


class Speech:
    """Quotes values and cleans messages. `scanner` is called for when first needed."""

    def __init__(self, scanner: Callable[[], Scanner]) -> None:
        self._scanner = scanner
        self._cleaner: Scanner | None = None
        self._words: dict[str, str] = {}

    def word(self, value: Any) -> Any:
        """A word of the header as a log may show it in clear. A caller may put anything there,
        so what is not safe to quote is replaced."""
        if not isinstance(value, str):
            return value
        shown = self._words.get(value)
        if shown is None:
            shown = value if self._safe(value) else NOT_SHOWN
            if len(self._words) >= _REMEMBERED:
                self._words.clear()
            self._words[value] = shown
        return shown

    def show(self, value: Any, pointer: str = "") -> str:
        """`value` in words, or what stands for it."""
        match value:
            case None:
                return "absent"
            case MissingFact():
                return "not supplied"
            case bool():
                return "true" if value else "false"
            case int() | float():
                shown = str(value)
                return shown if len(shown) <= 6 or self._safe(shown) else _instead(pointer)
            case datetime():
                return format_time(value)
            case timedelta():
                return format_duration(value)
            case str():
                return f'"{value}"' if self._safe(value) else _instead(pointer)
            case tuple() | list() | set() | frozenset():
                return self._show_list(sorted(value, key=str), pointer)
            case View() | Mapping():
                return "an object"
        return _instead(pointer)

    def message(self, template: str, quote: Mapping[str, Any], pointer: str) -> str:
        """`template` with each `{name}` of `quote` replaced, and cleaned."""
        message = template
        for name, value in quote.items():
            message = message.replace("{" + name + "}", self.show(value, pointer))
        return clean(message, self._patterns())

    def evidence(self, evidence: Mapping[str, Any]) -> dict[str, Any]:
        """`evidence` with the strings that must not be shown left out."""
        return {
            str(name): value
            for name, value in sorted(evidence.items())
            if isinstance(value, bool | int) or (isinstance(value, str) and self._safe(value))
        }

    def _patterns(self) -> Scanner:
        """The detectors that are patterns. What else may be there, a language model say, has its
        word on each value that is quoted; in our own words around them it would see names."""
        if self._cleaner is None:
            whole = self._scanner()
            patterns = [one for one in whole.detectors if one.find is None]
            self._cleaner = whole if len(patterns) == len(whole.detectors) else Scanner(patterns)
        return self._cleaner

    def _show_list(self, values: list[Any], pointer: str) -> str:
        shown = ", ".join(self.show(value, pointer) for value in values[:_LIST])
        more = f", and {len(values) - _LIST} more" if len(values) > _LIST else ""
        return f"[{shown}{more}]"

    def _safe(self, value: str) -> bool:
        return safe_to_quote(value, self._scanner())


def _instead(pointer: str) -> str:
    return f"the value at {pointer}" if pointer else "a value not shown"
