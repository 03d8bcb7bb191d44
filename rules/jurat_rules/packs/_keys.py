"""Detectors of keys from one line of data each.

A template is a key with what varies in braces: `ghp_{a36}` is the prefix and thirty-six letters
or digits, `{x32-40}` thirty-two to forty hexadecimal digits, `(live|test)` one of two words.
Pattern, example and counter-example are made from it, so that no file of ours holds what looks
like somebody's key.
"""

import re
from collections.abc import Iterable

from jurat.plugin import Detector

from ._values import ALNUM, DIGITS, HEX, LOWER, UPPER, made

# Letter: class in a pattern, characters for examples.
_CLASSES = {
    "a": ("[A-Za-z0-9]", ALNUM),
    "k": ("[A-Za-z0-9_-]", ALNUM + "-_"),
    "w": ("[A-Za-z0-9_]", ALNUM + "_"),
    "b": ("[A-Za-z0-9+/]", ALNUM + "+/"),
    "e": ("[A-Za-z0-9+/=_-]", ALNUM + "+/"),  # base 64 of either alphabet, with its padding
    "n": ("[A-Za-z0-9_=.-]", ALNUM + "-_"),
    "x": ("[0-9a-f]", HEX),
    "h": ("[0-9a-fA-F]", HEX),
    "X": ("[0-9A-F]", HEX.upper()),
    "d": ("[0-9]", DIGITS),
    "l": ("[a-z0-9]", LOWER + DIGITS),
    "u": ("[A-Z0-9]", UPPER + DIGITS),
    "L": ("[a-z]", LOWER),
    "U": ("[A-Z]", UPPER),
    "t": ("[A-Z2-7]", UPPER + "234567"),
}
_TOKEN = re.compile(r"\{(?:(?P<uuid>g)|(?P<of>[a-zA-Z])(?P<least>\d+)(?:-(?P<most>\d+))?)\}")
_CHOICE = re.compile(r"\(([^()|]*)\|[^()]*\)")
_UUID = (8, 4, 4, 4, 12)
_PLACEHOLDER = re.compile(
    r"example|your|placeholder|dummy|redacted|change_?me|insert|xxxxx|-here$", re.IGNORECASE
)

# Before and after a key: not in the middle of another word, but after `_` and `=`.
BEFORE = r"(?:^|[^A-Za-z0-9])"
AFTER = r"(?:[^A-Za-z0-9_-]|$)"
# A name, which says that its value is secret, and what stands between the two.
_SAYS = r"(?i:key|token|secret|auth|pass|pwd|cred|pat|api|sid)[A-Za-z0-9_-]{0,12}"
_IS = r"\\?[\"'\]]{0,2}[ \t]{0,4}(?::=|=>|[=:])[ \t]{0,4}\\?[\"'`]?(?:(?i:bearer|basic|token) )?"


def is_placeholder(value: str) -> bool:
    """A value that documentation shows: AKIA…EXAMPLE, sk-xxxxxxxx."""
    return _PLACEHOLDER.search(value) is not None or len(set(value[-20:].lower())) <= 3


def pattern_of(template: str) -> str:
    """The pattern of a template."""
    parts, done = [], 0
    for token in _TOKEN.finditer(template):
        parts.append(_literal(template[done : token.start()]))
        if token["uuid"]:
            parts.append("-".join(f"[0-9a-fA-F]{{{size}}}" for size in _UUID))
        else:
            most = f",{token['most']}" if token["most"] else ""
            parts.append(f"{_CLASSES[token['of']][0]}{{{token['least']}{most}}}")
        done = token.end()
    return "".join([*parts, _literal(template[done:])])


def example_of(template: str, seed: int = 1) -> str:
    """A made-up key of a template."""

    def value(token: re.Match[str]) -> str:
        if token["uuid"]:
            return "-".join(made(size, HEX, seed + size) for size in _UUID)
        least = int(token["least"])
        size = (least + int(token["most"] or least)) // 2
        return made(size, _CLASSES[token["of"]][1], seed + token.start())

    return _TOKEN.sub(value, _CHOICE.sub(r"\1", template))


def _literal(text: str) -> str:
    """`text` for a pattern; its brackets are choices."""
    parts: list[str] = []
    depth = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "(":
            parts.append("(?:")
        elif character in ".$+*?^" or (character == "|" and not depth):
            parts.append("\\" + character)
        else:
            parts.append(character)
    return "".join(parts)


def prefixed(rows: Iterable[tuple[str, ...]]) -> tuple[Detector, ...]:
    """Detectors of keys that say by their own form whose they are. A row has the id, where the
    format is described, and templates."""
    return tuple(
        Detector(
            id=name,
            entity="SECRET",
            patterns=(f"{BEFORE}(?P<value>{'|'.join(map(pattern_of, templates))}){AFTER}",),
            confidence="high",
            validator=_is_no_slug,
            checksum=False,
            documentation=is_placeholder,
            examples=tuple(f"KEY={example_of(template)}" for template in templates),
            # a key that is cut off, and one in the middle of a word
            counter_examples=(
                f"KEY={example_of(templates[0])[:9]}",
                f"x9{example_of(templates[0])}",
            ),
            source=source,
        )
        for name, source, *templates in rows
    )


def named(rows: Iterable[tuple[str, ...]]) -> tuple[Detector, ...]:
    """Detectors of keys without a form of their own: the provider's name stands before. A row
    has the id, where the format is described, the names (a pattern), and templates."""
    return tuple(
        Detector(
            id=name,
            entity="SECRET",
            patterns=(
                (
                    rf"(?i:{names})[A-Za-z0-9_.\[\"' -]{{0,24}}{_SAYS}{_IS}"
                    rf"(?P<value>{'|'.join(map(pattern_of, templates))})(?:[^A-Za-z0-9_/+=-]|$)"
                ),
            ),
            confidence="high",
            validator=_is_random,
            checksum=False,
            documentation=is_placeholder,
            examples=tuple(
                f'{_first(names)}_api_key = "{example_of(template)}"' for template in templates
            ),
            counter_examples=(
                f'{_first(names)}_api_key = "{example_of(templates[0])[:5]}"',
                f"other = {example_of(templates[0])}",
            ),
            source=source,
        )
        for name, source, names, *templates in rows
    )


def _first(names: str) -> str:
    return names.split("|")[0].replace("[_.-]?", "_").replace("[_. -]?", "_").replace("\\b", "")


def _is_random(value: str) -> bool:
    """Words and zeros are no keys, whatever their length."""
    return len(set(value)) > 6 and any(c.isdigit() for c in value)


def _is_no_slug(value: str) -> bool:
    """False for words with hyphens: `sk-proj-planning-for-the-next-quarter`."""
    return any(c.isdigit() for c in value) or value != value.lower()
