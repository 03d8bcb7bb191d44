"""The command line: `jurat`."""

from ._app import cli, main

__all__ = ["cli", "main"]
