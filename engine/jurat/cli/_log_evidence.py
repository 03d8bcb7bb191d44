"""`jurat log prove | check-proof | export`: evidence that leaves the log."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from jurat.log import (
    ProofError,
    check_proof,
    export_csv,
    export_jsonl,
    export_tiles,
    parse_proof,
    prove,
)

from ._failure import FINDINGS, OK, USAGE, Failure, printable
from ._output import write, writing

_DIRECTORY = click.argument("directory", metavar="DIR")


@click.command("prove", short_help="Prove one record to anybody.")
@_DIRECTORY
@click.argument("seq", metavar="SEQ", type=click.IntRange(min=0))
@click.option("-o", "out", metavar="FILE", help="Where to write the proof (default: stdout).")
def prove_record(directory: str, seq: int, out: str | None) -> int:
    """Write the proof that record SEQ is in the log in DIR: a C2SP tlog-proof.

    It holds the record, the hashes to the root, and the signed checkpoint: whoever has the log's
    verifier key (`jurat log checkpoint DIR --vkey`) checks it with nothing else.
    """
    proof = prove(Path(directory), seq)
    if out is None:
        click.echo(proof.text, nl=False)
    else:
        write(out, proof.text.encode())
        click.echo(f"wrote the proof of record {seq} to {printable(out)}", err=True)
    return OK


@click.command("check-proof", short_help="Check such a proof, without the log.")
@click.argument("file", metavar="FILE")
@click.option(
    "--vkey", required=True, metavar="KEY", help="The log's verifier key, known from elsewhere."
)
@click.option(
    "--leaf", metavar="FILE", help="The record's line, where the proof does not bring it."
)
def check(file: str, vkey: str, leaf: str | None) -> int:
    """Check the proof in FILE (- is stdin). Prints the record that it proves; exits with 1 if it
    proves none."""
    line = None if leaf is None else Path(leaf).read_bytes().removesuffix(b"\n")
    try:
        text = _read(file)
        proven = check_proof(parse_proof(text), vkey=vkey, leaf=line)
    except ProofError as error:
        raise Failure(f"the proof does not hold: {error.reason}", FINDINGS) from None
    note = (
        f"record {proven.index} of {printable(proven.origin)}, of which {proven.size} were signed"
    )
    click.echo(f"proven: {note}", err=True)
    click.echo(printable(proven.leaf.decode("utf-8", "backslashreplace")))
    return OK


def _read(file: str) -> str:
    data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ProofError("a proof is UTF-8") from None


@click.command("export", short_help="Write the log in others' formats.")
@_DIRECTORY
@click.option(
    "--format",
    "output",
    type=click.Choice(["jsonl", "csv", "tiles"]),
    required=True,
    help="JSON lines as they are stored, CSV, or tiles (C2SP tlog-tiles).",
)
@click.option(
    "-o", "out", metavar="OUT", help="A file (default: stdout); for tiles a new directory."
)
def export(directory: str, output: str, out: str | None) -> int:
    """Write the records of the log in DIR to OUT.

    Tiles are what witnesses, mirrors and auditors' own tools read; every hash of them is computed
    anew and compared with the signed checkpoint. CSV is safe to open in a spreadsheet.
    """
    if output == "tiles":
        if out is None or out == "-":
            raise Failure("tiles are a directory: say where with -o OUT", USAGE)
        with writing(out):
            count = export_tiles(Path(directory), Path(out))
    else:
        export_to: Callable[[Path, TextIO], int] = export_csv if output == "csv" else export_jsonl
        with _target(out) as target:
            count = export_to(Path(directory), target)
    where = "" if out is None or out == "-" else f" to {printable(out)}"
    click.echo(f"exported {count:,} {'record' if count == 1 else 'records'}{where}", err=True)
    return OK


@contextmanager
def _target(out: str | None) -> Iterator[TextIO]:
    if out is None or out == "-":
        yield sys.stdout
        return
    with writing(out), Path(out).open("w", encoding="utf-8", newline="") as file:
        yield file
