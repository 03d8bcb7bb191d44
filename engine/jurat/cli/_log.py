"""`jurat log`: read, verify and replay a decision log."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click

from jurat.log import Record, checkpoint, logs_in, read_log, read_set, set_name, unexplained

from ._failure import FINDINGS, OK, Failure, printable
from ._log_custody import erase, hold
from ._log_epoch import begin_epoch
from ._log_evidence import check, export, prove_record
from ._log_keys import keys
from ._log_lines import as_json, outcome, print_record
from ._log_prune import prune
from ._log_publish import publish, witness
from ._log_query import find, summary, tail
from ._log_sql import ask
from ._log_subjects import backup, destroy, list_keys, restore_keys, rotate_master
from ._log_verify import verify_log

_DIRECTORY = click.argument("directory", metavar="DIR")
_FORMAT = click.option(
    "--format", "output", type=click.Choice(["text", "json"]), default="text", help="How to print."
)
_AGREES = {"agrees", "erased", "masked", "not-decided"}


@click.group("log", short_help="Read, query, verify, prove, export and replay a decision log.")
def command() -> None:
    """Read, query, verify, prove, export and replay the decision log in a directory."""


for _subcommand in (
    verify_log,
    keys,
    begin_epoch,
    find,
    tail,
    summary,
    ask,
    prove_record,
    check,
    export,
    publish,
    witness,
    erase,
    hold,
    prune,
):
    command.add_command(_subcommand)
for _subcommand in (list_keys, backup, restore_keys, destroy, rotate_master):
    keys.add_command(_subcommand)


@command.command("show", short_help="Print the records.")
@_DIRECTORY
@click.option("--start", type=click.IntRange(min=0), default=0, help="The first record to print.")
@_FORMAT
def show(directory: str, start: int, output: str) -> int:
    """Print the committed records of the log in DIR, or of all logs of a set, oldest first.

    Nothing is verified: `jurat log verify` does that. With --format json each line is a record as
    it is stored.
    """
    path = Path(directory)
    records: Iterator[tuple[str, Record]] = islice(read_set(path), start, None)
    if set_name(path) is None:
        records = (("", record) for record in read_log(path, start))
    for log, record in records:
        print_record(log, record, output)
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
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many processes decide.",
)
@_FORMAT
def replay(directory: str, bundles: tuple[str, ...], jobs: int, output: str) -> int:
    """Evaluate every record of the log in DIR, or of all logs of a set, again, from the facts
    sealed in it.

    Prints the records that come out otherwise and what differs (with --format json, all records),
    and exits with 1 if there are any. Records of an erased subject and masked ones are counted apart. Needs the keys
    of the log.
    """
    from jurat.engine import replay as replayed  # it brings the whole engine, the others need none

    counts: Counter[str] = Counter()
    path = Path(directory)
    each = (
        (log, one)
        for log in logs_in(path)
        for one in replayed(log, bundle=list(bundles) or None, jobs=jobs)
    )
    for log, one in each:
        place = {} if log == path else {"log": log.name}
        counts[one.verdict] += 1
        if output == "json":
            click.echo(
                as_json(
                    {
                        **place,
                        "seq": one.seq,
                        "verdict": one.verdict,
                        "was": list(one.was),
                        "now": list(one.now),
                        "why": one.why,
                        "differs": list(one.differs),
                    }
                )
            )
        elif one.verdict not in _AGREES:
            change = f"{outcome(one.was)} -> {outcome(one.now)}" if one.now[0] else ""
            told = "  ".join(part for part in (change, one.why) if part)
            where = f"{place['log']} " if place else ""
            click.echo(printable(f"{where}record {one.seq}: {one.verdict}  {told}"))
    total = sum(counts.values())
    told = ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items()))
    summary = f"{total} decisions replayed" + (f": {told}" if told else "")
    click.echo(summary, err=output == "json")
    hidden = unexplained(logs_in(path)) if counts["erased"] else []
    if hidden:
        click.echo(
            f"no record says that these keys were destroyed: {', '.join(hidden)}; whoever deleted "
            "them has hidden what they seal",
            err=True,
        )
    return OK if set(counts) <= _AGREES and not hidden else FINDINGS


@command.command("checkpoint", short_help="Print the signed checkpoint to keep elsewhere.")
@_DIRECTORY
@click.option("--vkey", is_flag=True, help="Print the log's verifier key instead.")
def print_checkpoint(directory: str, vkey: bool) -> int:
    """Print the latest signed checkpoint of the log in DIR.

    Kept elsewhere, it shows later that the log was not cut or written anew:
    `jurat log verify DIR --checkpoint FILE`.
    """
    if vkey:
        for record in read_log(Path(directory)):
            genesis = record.body  # of a pruned log, the record of that repeats it
            if record.body["type"] == "prune":
                genesis = record.body.get("genesis", {})
            if genesis.get("type") == "genesis" and isinstance(key := genesis.get("vkey"), str):
                click.echo(printable(key))
                return OK
        raise Failure("the log has no first record that names its key", FINDINGS)
    click.echo(checkpoint(Path(directory)), nl=False)
    return OK
