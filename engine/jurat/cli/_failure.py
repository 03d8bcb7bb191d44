"""Exit codes, and the one way in which a command says that it cannot go on."""

import os
import sys
from typing import IO, Any

import click

OK, FINDINGS, USAGE, NOT_LOADED, INTERNAL, DENIED = 0, 1, 2, 3, 4, 10
CLOSED_PIPE = 141  # what a shell reports for a program that SIGPIPE ended
INTERRUPTED = 130


class Failure(click.ClickException):
    """Ends a command with a text on stderr and an exit code of its own."""

    def __init__(self, message: str, exit_code: int = NOT_LOADED) -> None:
        super().__init__(message)
        self.code = exit_code

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"Error: {self.message}".rstrip(), file=file, err=file is None)


def failed(error: Exception) -> Failure:
    """What a user is told about an error that a command did not foresee in its place."""
    # imported here: they cost time, and most commands end well
    from jurat.bundle import BundleError
    from jurat.log import LogBroken, LogError
    from jurat.model import InvalidInput

    match error:
        case BundleError():
            broken = any(item.name == "broken-plugin" for item in error.diagnostics)
            return Failure(f"the bundle can't be loaded\n\n{error}", INTERNAL if broken else 3)
        case LogBroken():
            return Failure(str(error), FINDINGS)
        case LogError() | InvalidInput():
            return Failure(str(error))
        case OSError() if error.filename is not None:
            return Failure(f"{printable(str(error.filename))}: {error.strerror}")
        case OSError() if error.strerror:  # no file of the user's: our own output
            return Failure(error.strerror, INTERNAL)
    return _internal(error)


def _internal(error: Exception) -> Failure:
    if os.environ.get("JURAT_DEBUG"):
        import traceback

        traceback.print_exception(error, file=sys.stderr)
    # the type alone: the text may hold what an input held
    return Failure(
        f"internal error ({type(error).__name__}). This is a fault in jurat or in a plugin, not "
        "in what you typed. Set JURAT_DEBUG=1 to see where.",
        INTERNAL,
    )


def printable(text: str) -> str:
    """`text` with what could steer a terminal or break a line made visible."""
    return "".join(
        char if char.isprintable() else ascii(char)[1:-1] if char != "\t" else " " for char in text
    )
