"""Whose signatures a bundle needs: verifier keys, as options give them."""

from collections.abc import Iterable
from pathlib import Path

import click

from jurat.bundle.signature import NoteError, parse_vkey, read_keys

from ._failure import Failure, printable
from ._sources import read_whole


def verifier_keys(options: Iterable[str]) -> list[str]:
    """The texts of keys, each given by itself or in a file of them. Raises click.BadParameter for
    what is neither, and Failure for a file that can't be read as one."""
    return [text for given in options for text in _keys(given)]


def _keys(given: str) -> list[str]:
    try:
        return [parse_vkey(given).text]
    except NoteError as error:
        if not Path(given).is_file():
            raise click.BadParameter(f"{error}, or a file of such", param_hint="--key") from None
    try:
        found = read_keys(read_whole(given).decode("utf-8", "replace"))
    except NoteError as error:
        raise Failure(f"{printable(given)}: {error}") from None
    if not found:
        raise Failure(f"{printable(given)}: no key stands in it")
    return found
