"""The documentation of a rule kind, section by section."""

import inspect
import re

_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def documentation(kind: object) -> str:
    """All that a kind says of itself."""
    return inspect.cleandoc(type(kind).__doc__ or "It has no documentation.")


def section(kind: object, title: str) -> str:
    """The text below `## title`, "" where the kind has no such section."""
    parts = _HEADING.split(documentation(kind))
    for heading, text in zip(parts[1::2], parts[2::2], strict=True):
        if heading.strip().casefold() == title.casefold():
            return str(text).strip()
    return ""


def summary(kind: object) -> str:
    """What a kind says before its first section."""
    return str(_HEADING.split(documentation(kind))[0]).strip()
