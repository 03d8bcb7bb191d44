"""A language server for bundles: what is wrong while it is typed, and what may be typed."""

from ._serve import NotInstalled, serve

__all__ = ["NotInstalled", "serve"]
