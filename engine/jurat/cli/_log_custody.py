"""`jurat log erase | hold`: what a person may ask for, and what a court may forbid."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from jurat.canon import format_time
from jurat.log import Custody, Hold, Log, LogLocked, custody_of, logs_in, open_again

from ._failure import OK, USAGE, Failure, printable

_DIRECTORY = click.argument("directory", metavar="DIR")
_TICKET = click.option("--ticket", default="", metavar="TICKET", help="What the record refers to.")


@click.command("erase", short_help="Destroy a data subject's key.")
@_DIRECTORY
@click.argument("subject", metavar="SUBJECT")
@click.option("--by", default="", metavar="WHO", help="Who had it done: goes into the record.")
@_TICKET
def erase(directory: str, subject: str, by: str, ticket: str) -> int:
    """Destroy the key of SUBJECT, the id of an actor or its hmac:... reference in the log or the
    set of logs in DIR.

    What was sealed under it can be read by nobody from then on; the records stay and verify, and
    a record says that it was done. It can't be undone. Copies of the key store that you keep
    elsewhere still hold the key: destroy it there, too (jurat log keys restore does).

    Where another process has the log open, the key is destroyed at once, and that process records
    it.
    """
    return destroy_key(directory, subject, by=by, ticket=ticket)


def destroy_key(directory: str, subject: str, *, by: str, ticket: str) -> int:
    """Destroy the key of a subject, by its id or reference, and say so; the exit code."""
    with _keeper(directory) as keeper:
        erased = keeper.erase(subject, by=by, ticket=ticket)
    if erased is None:
        click.echo("nothing to erase: no key of this subject is here", err=True)
        return OK
    click.echo(f"erased: the key {erased.kid} is destroyed")
    _say_when(keeper)
    return OK


@click.command("hold", short_help="Forbid erasing and pruning.")
@_DIRECTORY
@click.argument("subject", metavar="[SUBJECT]", default="")
@click.option("--all", "everybody", is_flag=True, help="Hold all subjects.")
@click.option(
    "--reason", default="", metavar="REASON", help="Why: goes into the record, in clear."
)
@click.option("--by", default="", metavar="WHO", help="Who asks for it.")
@click.option("--release", is_flag=True, help="Lift the hold.")
@click.option("--id", "id_", default="", metavar="ID", help="With --release: which hold.")
@_TICKET
def hold(
    directory: str,
    subject: str,
    everybody: bool,
    reason: str,
    by: str,
    release: bool,
    id_: str,
    ticket: str,
) -> int:
    """Hold what the log in DIR has of SUBJECT, or of --all: it is not erased or pruned until the
    hold is lifted with --release. Holds for all logs of its set.

    Without SUBJECT, --all and --release, lists the holds that stand.
    """
    if subject and everybody:
        raise Failure("give SUBJECT or --all, not both", USAGE)
    named = bool(subject or everybody)
    if not named and not release:
        with _beside(directory) as custody:
            for one in custody.holds():
                click.echo(printable(_line(one)))
        return OK
    if not by:
        raise Failure("say who asks for it: --by WHO", USAGE)
    if release and not (named or id_):
        raise Failure("say which hold: SUBJECT, --all or --id ID", USAGE)
    if not release and not reason:
        raise Failure("say why: --reason REASON", USAGE)
    whom = subject or None
    with _keeper(directory) as keeper:
        if release:
            found = keeper.release(whom, id=id_, reason=reason, by=by, ticket=ticket)
        else:
            found = [keeper.hold(whom, reason=reason, by=by, ticket=ticket)]
    for one in found:
        click.echo(printable(f"{'released' if release else 'held'}: {_line(one)}"))
    _say_when(keeper)
    return OK


def _say_when(keeper: Log | Custody) -> None:
    if isinstance(keeper, Custody):
        click.echo(
            "another process has the log open: it records this when it next seals a decision, or "
            "when the log is next opened",
            err=True,
        )


@contextmanager
def _keeper(directory: str) -> Iterator[Log | Custody]:
    """The log, open; where another process has it open, what can be done beside.

    Of a set, the first log that no process has open: its logs share the keys.
    """
    logs = logs_in(Path(directory))
    for path in logs:
        try:
            log = open_again(path)
        except LogLocked:
            continue
        with log:
            yield log
        return
    with _beside(str(logs[0])) as custody:
        yield custody


@contextmanager
def _beside(directory: str) -> Iterator[Custody]:
    custody, close = custody_of(logs_in(Path(directory))[0])
    try:
        yield custody
    finally:
        close()


def _line(hold: Hold) -> str:
    since = format_time(datetime.fromtimestamp(hold.since / 1e6, UTC))
    of = "everybody" if hold.ref == "*" else hold.ref
    return f"{hold.id}  {since}  {of}  by {hold.by}: {hold.reason}"
