"""What `eval` reads: one JSON document, or one per line, from a file or from standard input."""

import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import click
import orjson

from ._failure import NOT_LOADED, Failure, printable

_MARK = b"\xef\xbb\xbf"  # some editors begin a UTF-8 file with it


@dataclass(frozen=True, slots=True)
class Document:
    """One document as it was read. `where` is `file:line`, or the file for one that is whole."""

    data: bytes
    where: str


def documents(name: str) -> Iterator[Document]:
    """The documents of the file `name`, `-` for standard input. Raises Failure.

    A first line that is JSON by itself makes it JSONL, which is read line by line as it comes.
    """
    shown = "stdin" if name == "-" else printable(name)
    with _opened(name) as file:
        first, number = b"", 0
        for line in file:
            number += 1
            first = line.removeprefix(_MARK).strip() if number == 1 else line.strip()
            if first:
                break
        if not first:
            raise Failure(f"nothing to evaluate: {shown} is empty", NOT_LOADED)
        if _is_json(first):
            yield Document(first, f"{shown}:{number}")
            yield from _lines(file, shown, number)
            return
        rest = file.read()
    whole = first + b"\n" + rest
    lines = whole.split(b"\n")
    if not rest.strip() or _is_json(whole) or not any(_is_object(line) for line in lines):
        yield Document(whole.strip(), shown)
        return
    for offset, line in enumerate(lines):  # JSONL whose first line is broken
        if line.strip():
            yield Document(line.strip(), f"{shown}:{number + offset}")


def read_whole(name: str) -> bytes:
    """The bytes of the file `name`. Raises Failure."""
    with _opened(name) as file:
        return file.read().removeprefix(_MARK)


def _lines(file: BinaryIO, shown: str, number: int) -> Iterator[Document]:
    for offset, line in enumerate(file, 1):
        if line.strip():
            yield Document(line.strip(), f"{shown}:{number + offset}")


def _opened(name: str) -> AbstractContextManager[BinaryIO]:
    if name == "-":
        if sys.stdin is None:  # closed by whoever started us
            raise Failure("standard input is closed", NOT_LOADED)
        if sys.stdin.isatty():
            click.echo("reading from standard input; end with Ctrl-D", err=True)
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise Failure(f"{printable(name)}: {error.strerror}", NOT_LOADED) from None
    except ValueError:  # a NUL in the name
        raise Failure(f"{printable(name)}: no such file", NOT_LOADED) from None


def _is_json(data: bytes) -> bool:
    try:
        orjson.loads(data)
        return True
    except orjson.JSONDecodeError:
        pass
    try:  # for its bounds only: what RFC 8259 does not admit is told by the engine
        json.loads(data)
        return True
    except (ValueError, RecursionError):
        return False


def _is_object(line: bytes) -> bool:
    return line.startswith(b"{") and _is_json(line)
