"""`jurat log publish` and `jurat log witness`: checkpoints leave the machine, and are signed."""

import time
from datetime import timedelta
from pathlib import Path

import click

from jurat.canon import parse_duration
from jurat.log import (
    KeyStore,
    LogError,
    Publisher,
    Witness,
    WitnessAt,
    checkpoint,
    logs_in,
    parse_vkey,
)

from ._failure import FINDINGS, OK, USAGE, Failure, printable


def _duration(ctx: click.Context, param: click.Parameter, value: str) -> timedelta:
    try:
        return parse_duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command("publish", short_help="Send checkpoints away from the machine.")
@click.argument("directory", metavar="DIR")
@click.option("--copy", "copies", multiple=True, metavar="DIR", help="A directory elsewhere.")
@click.option("--sink", "sinks", multiple=True, metavar="URL", help="An address that gets a POST.")
@click.option(
    "--witness",
    "witnesses",
    multiple=True,
    metavar="'URL VKEY'",
    help="A witness (C2SP tlog-witness) and its verifier key.",
)
@click.option(
    "--every",
    callback=_duration,
    metavar="DURATION",
    default="0s",
    help="Go on: look this often whether the log has grown. Without it, once.",
)
@click.option(
    "--heartbeat",
    callback=_duration,
    metavar="DURATION",
    default="10m",
    show_default=True,
    help="With --every: publish this often though nothing was recorded, so that silence shows.",
)
def publish(
    directory: str,
    copies: tuple[str, ...],
    sinks: tuple[str, ...],
    witnesses: tuple[str, ...],
    every: timedelta,
    heartbeat: timedelta,
) -> int:
    """Publish the newest checkpoint of the log in DIR, or of each log of a set, so that a cut or rewritten log shows.

    Runs beside the writer, and needs no secret key. Each may be given several times; what the
    witnesses signed lies in DIR/witnessed. Exits with 1 if the log is not what was published
    before, or if something could not be reached.
    """
    if not (copies or sinks or witnesses):
        raise Failure("say where to publish: --copy, --sink or --witness", USAGE)
    asked = [WitnessAt.parse(text) for text in witnesses]
    publishers: dict[Path, Publisher] = {}
    last: dict[Path, tuple[str, float]] = {}
    while True:
        failures = OK
        for log in logs_in(Path(directory)):  # a set may have grown
            if log not in publishers:
                publishers[log] = Publisher(
                    log,
                    copies=copies,
                    sinks=sinks,
                    witnesses=asked,
                    clock=lambda: time.time_ns() // 1000,
                )
            note = checkpoint(log)
            seen, due = last.get(log, ("", 0.0))
            if note != seen or time.monotonic() >= due:
                failed = _publish(publishers[log])
                failures = failures or failed
                # what could not be reached is tried again
                due = time.monotonic() + heartbeat.total_seconds()
                last[log] = "" if failed else note, due
        if not every:
            return failures
        time.sleep(every.total_seconds())


def _publish(publisher: Publisher) -> int:
    published = publisher.publish()
    signed = f", signed by {', '.join(published.witnesses)}" if published.witnesses else ""
    click.echo(printable(f"published {published.size:,} records{signed}"), err=True)
    for failure in published.failures:
        click.echo(printable(f"  {failure}"), err=True)
    return FINDINGS if published.failures else OK


@click.group("witness", short_help="Run a witness for others' logs.")
def witness() -> None:
    """A witness signs every checkpoint that goes on from the last one it saw, and no other."""


_NAME = click.option("--name", required=True, metavar="NAME", help="Like witness.example/w1.")


@witness.command("vkey", short_help="Print the witness's verifier key.")
@_NAME
def print_vkey(name: str) -> int:
    """Print the verifier key of the witness NAME; it is made where there is none."""
    click.echo(KeyStore().witness_key(name, create=True).cosigner.text)
    return OK


@witness.command("serve", short_help="Answer logs over HTTP.")
@click.argument("directory", metavar="DIR")
@_NAME
@click.option(
    "--log", "logs", multiple=True, required=True, metavar="VKEY", help="A log to sign for."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8478,
    show_default=True,
    help="On which port; 0 takes a free one.",
)
def serve(directory: str, name: str, logs: tuple[str, ...], host: str, port: int) -> int:
    """Serve C2SP tlog-witness: POST /add-checkpoint, GET /<hash of the origin>/checkpoint.

    What was seen last of each log is kept in DIR. Port 0 takes a free one. Put a proxy with TLS
    in front where others reach it.
    """
    from ._witness_server import listen  # it takes its time

    try:
        keys = [parse_vkey(text) for text in logs]
    except ValueError as error:
        raise Failure(f"--log: {error}", USAGE) from None
    key = KeyStore().witness_key(name, create=True)
    made = Witness(Path(directory), key, keys, clock=time.time)
    try:
        server = listen(made, host, port)
    except OSError as error:
        raise LogError(f"{printable(host)}:{port}: {error.strerror}") from None
    with server:
        address = f"http://{host}:{server.server_address[1]}"
        click.echo(f"witness {printable(key.cosigner.text)} on {printable(address)}", err=True)
        server.serve_forever()
    return OK
