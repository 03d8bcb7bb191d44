"""`jurat log new-epoch`: a log that was rolled back goes on under a new name."""

from pathlib import Path

import click

from jurat.log import new_epoch

from ._failure import OK, printable


@click.command("new-epoch", short_help="Go on after a log was rolled back.")
@click.argument("directory", metavar="DIR")
@click.option(
    "--checkpoint", metavar="FILE", help="The newest checkpoint that was kept of the log."
)
@click.option(
    "--copy", "copies", multiple=True, metavar="DIR", help="Where its checkpoints were published."
)
@click.option("--reason", default="", metavar="TEXT", help="Why: goes into the log, in clear.")
def begin_epoch(
    directory: str, checkpoint: str | None, copies: tuple[str, ...], reason: str
) -> int:
    """Let the log in DIR, which is older than what was published of it, go on as a new log.

    It gets a new origin and a new key, which the old one signs for. Its record 0 holds the newest
    checkpoint of the old log and what was found of it; the old log is moved to DIR/epochs as it
    was found. Prints the new origin.
    """
    note = None if checkpoint is None else Path(checkpoint).read_bytes()
    origin = new_epoch(Path(directory), checkpoint=note, copies=copies, reason=reason)
    click.echo(printable(origin))
    return OK
