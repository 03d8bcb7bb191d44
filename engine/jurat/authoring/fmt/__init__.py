"""The one way to write a bundle's files: same meaning, same comments, canonical order and layout."""

from ._format import WIDTH, formatted, reformat

__all__ = ["WIDTH", "formatted", "reformat"]
