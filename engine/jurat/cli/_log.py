"""`jurat log`: read, verify and replay a decision log."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click

from jurat.log import (
    LogBroken,
    Policy,
    PolicyError,
    checkpoint,
    parse_policy,
    read_log,
    verify,
)

from ._failure import FINDINGS, OK, Failure, printable
from ._log_custody import erase, hold
from ._log_evidence import check, export, prove_record
from ._log_lines import line, outcome
from ._log_publish import publish, witness
from ._log_query import find, summary, tail

_DIRECTORY = click.argument("directory", metavar="DIR")
_FORMAT = click.option(
    "--format", "output", type=click.Choice(["text", "json"]), default="text", help="How to print."
)
_AGREES = {"agrees", "erased", "not-decided"}


@click.group("log", short_help="Read, query, verify, prove, export and replay a decision log.")
def command() -> None:
    """Read, query, verify, prove, export and replay the decision log in a directory."""


for _subcommand in (
    find,
    tail,
    summary,
    prove_record,
    check,
    export,
    publish,
    witness,
    erase,
    hold,
):
    command.add_command(_subcommand)


@command.command("show", short_help="Print the records.")
@_DIRECTORY
@click.option("--start", type=click.IntRange(min=0), default=0, help="The first record to print.")
@_FORMAT
def show(directory: str, start: int, output: str) -> int:
    """Print the committed records of the log in DIR, oldest first.

    Nothing is verified: `jurat log verify` does that. With --format json each line is a record as
    it is stored.
    """
    for record in read_log(Path(directory), start):
        if output == "json":
            click.echo(record.leaf.decode("utf-8", "backslashreplace"))
        else:
            click.echo(printable(line(record)))
    return OK


@command.command("verify", short_help="Recompute everything and show any edit.")
@_DIRECTORY
@click.option(
    "--checkpoint",
    "older",
    metavar="FILE",
    help="An older checkpoint, kept elsewhere: the log must go on from it.",
)
@click.option(
    "--vkey",
    metavar="KEY",
    help="The log's verifier key, known from elsewhere; without it the one in the log is taken.",
)
@click.option(
    "--policy",
    "policy_file",
    metavar="FILE",
    help="A trust policy (C2SP tlog-policy): its witnesses must have seen the checkpoint, given "
    "or in DIR/witnessed, that the log goes on from.",
)
@_FORMAT
def verify_log(
    directory: str, older: str | None, vkey: str | None, policy_file: str | None, output: str
) -> int:
    """Recompute the hashes and signatures of the log in DIR. Needs no secret key.

    Exits with 1 and names the first bad record if the log is not what its key signed.
    """
    note = None if older is None else Path(older).read_bytes()
    policy = None if policy_file is None else _policy(Path(policy_file))
    try:
        verified = verify(Path(directory), checkpoint=note, vkey=vkey, policy=policy)
    except LogBroken as error:
        if output == "json":
            click.echo(
                _json(
                    {
                        "verified": False,
                        "error": error.reason,
                        "file": error.file,
                        "line": error.line,
                        "seq": error.seq,
                    }
                )
            )
        raise Failure(f"the log is broken: {error}", FINDINGS) from None
    if output == "json":
        click.echo(
            _json(
                {
                    "verified": True,
                    "origin": verified.origin,
                    "size": verified.size,
                    "root": verified.root.hex(),
                    "proven": list(verified.proven),
                    "not_proven": list(verified.not_proven),
                }
            )
        )
        return OK
    records = "1 record" if verified.size == 1 else f"{verified.size:,} records"
    click.echo(f"verified: {records} of {printable(verified.origin)}")
    click.echo(f"  root {verified.root.hex()}")
    for heading, lines in (("proven", verified.proven), ("not proven", verified.not_proven)):
        if lines:
            click.echo(heading)
            for line in lines:
                click.echo(f"  - {printable(line)}")
    return OK


@command.command("replay", short_help="Decide every record again.")
@_DIRECTORY
@click.option(
    "--bundle",
    "bundles",
    multiple=True,
    metavar="BUNDLE",
    help="Decide by this bundle instead of the recorded one. May be repeated.",
)
@_FORMAT
def replay(directory: str, bundles: tuple[str, ...], output: str) -> int:
    """Evaluate every record of the log in DIR again, from the facts sealed in it.

    Prints the records that come out otherwise (with --format json, all), and exits with 1 if
    there are any. Needs the keys of the log.
    """
    from jurat.engine import replay as replayed  # it brings the whole engine, the others need none

    counts: Counter[str] = Counter()
    for one in replayed(Path(directory), bundle=list(bundles) or None):
        counts[one.verdict] += 1
        if output == "json":
            click.echo(
                _json(
                    {
                        "seq": one.seq,
                        "verdict": one.verdict,
                        "was": list(one.was),
                        "now": list(one.now),
                        "why": one.why,
                    }
                )
            )
        elif one.verdict not in _AGREES:
            change = f"{outcome(one.was)} -> {outcome(one.now)}" if one.now[0] else ""
            told = "  ".join(part for part in (change, one.why) if part)
            click.echo(printable(f"record {one.seq}: {one.verdict}  {told}"))
    total = sum(counts.values())
    told = ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items()))
    summary = f"{total} decisions replayed" + (f": {told}" if told else "")
    click.echo(summary, err=output == "json")
    return OK if set(counts) <= _AGREES else FINDINGS


@command.command("checkpoint", short_help="Print the signed checkpoint to keep elsewhere.")
@_DIRECTORY
@click.option("--vkey", is_flag=True, help="Print the log's verifier key instead.")
def print_checkpoint(directory: str, vkey: bool) -> int:
    """Print the latest signed checkpoint of the log in DIR.

    Kept elsewhere, it shows later that the log was not cut or written anew:
    `jurat log verify DIR --checkpoint FILE`.
    """
    if vkey:
        first = next(read_log(Path(directory)), None)
        if first is None or not isinstance(key := first.body.get("vkey"), str):
            raise Failure("the log has no first record that names its key", FINDINGS)
        click.echo(printable(key))
        return OK
    click.echo(checkpoint(Path(directory)), nl=False)
    return OK


def _policy(path: Path) -> Policy:
    try:
        return parse_policy(path.read_text(encoding="utf-8"))
    except (PolicyError, UnicodeDecodeError) as error:
        raise Failure(f"{printable(str(path))}: {error}") from None


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
