"""`jurat log prune`: retention."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from jurat.canon import format_time, parse_duration, parse_time
from jurat.log import logs_in, open_again

from ._failure import OK, USAGE, Failure, printable


def _time(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    try:
        return None if value is None else parse_time(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _duration(ctx: click.Context, param: click.Parameter, value: str | None) -> timedelta | None:
    try:
        return None if value is None else parse_duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command("prune", short_help="Take away records that need no longer be kept.")
@click.argument("directory", metavar="DIR")
@click.option("--before", callback=_time, metavar="TIME", help="Records older than this may go.")
@click.option("--keep", callback=_duration, metavar="DURATION", help="How long records are kept.")
@click.option("--by", default="", metavar="WHO", help="Who had it done: goes into the record.")
@click.option("--ticket", default="", metavar="TICKET", help="What the record refers to.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
def prune(
    directory: str,
    before: datetime | None,
    keep: timedelta | None,
    by: str,
    ticket: str,
    dry_run: bool,
) -> int:
    """Take away the oldest segments of the log in DIR, or of each log of a set, that hold nothing
    newer than --before, or than --keep ago.

    Segments hold 65,536 records; the newest full one stays. A record says what went, before it
    goes; what is kept verifies and can be proven as before, and the hashes of what went let older
    checkpoints be compared. A hold on any record of a segment refuses it. The process that has the
    log open prunes with Log.prune.
    """
    if (before is None) == (keep is None):
        raise Failure("give either --before TIME or --keep DURATION", USAGE)
    moment = before if before is not None else datetime.now(UTC) - (keep or timedelta())
    for path in logs_in(Path(directory)):
        with open_again(path) as log:
            planned = log.prune(moment, by=by, ticket=ticket, dry=dry_run)
        name = printable(str(path))
        if planned is None:
            click.echo(f"{name}: no segment is older than {format_time(moment)}")
        else:
            done = "would be pruned" if dry_run else "were pruned"
            click.echo(f"{name}: records {planned.first} to {planned.below - 1} {done}")
    return OK
