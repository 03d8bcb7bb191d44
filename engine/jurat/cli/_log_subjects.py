"""More of `jurat log keys`: the keys under which data subjects' facts are sealed."""

import contextlib
import json
import os
from base64 import b64decode
from pathlib import Path

import click

from jurat.log import (
    KeyStore,
    LogReader,
    Secret,
    back_up,
    change_master_key,
    logs_in,
    restore,
)

from ._failure import FINDINGS, OK, USAGE, Failure, printable
from ._log_custody import destroy_key

_DIRECTORY = click.argument("directory", metavar="DIR")
_PASSPHRASE = click.option(
    "--passphrase-file", metavar="FILE", help="The passphrase is the first line of FILE."
)
_KEY = click.option("--key", "key_file", metavar="FILE", help="A key of 32 bytes in base64.")


@click.command("list", short_help="Print the keys that stand.")
@_DIRECTORY
@click.option(
    "--format", "output", type=click.Choice(["text", "json"]), default="text", help="How to print."
)
def list_keys(directory: str, output: str) -> int:
    """Print the id of every key of the log or set in DIR, and the reference of its subject."""
    with LogReader(logs_in(Path(directory))[0]) as reader:
        for kid, ref in reader.subjects():
            told = json.dumps({"kid": kid, "ref": ref}) if output == "json" else f"{kid}  {ref}"
            click.echo(printable(told))
    return OK


@click.command("backup", short_help="Write a copy to keep elsewhere.")
@_DIRECTORY
@click.option("-o", "out", metavar="FILE", required=True, help="A new file.")
@_PASSPHRASE
@_KEY
def backup(directory: str, out: str, passphrase_file: str | None, key_file: str | None) -> int:
    """Write the keys of the log or set in DIR to FILE, encrypted under a passphrase (asked for, if
    no file is given) or a key.

    It holds the keys of all data subjects and the digest key, not the keys that sign.
    """
    secret = _secret(passphrase_file, key_file, confirm=True)
    copy = back_up(logs_in(Path(directory))[0], secret)
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Failure(f"{printable(out)} is there already; give a new file") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(copy)
        file.flush()
        os.fsync(file.fileno())
    click.echo(f"wrote a copy of the keys to {printable(out)}", err=True)
    return OK


@click.command("restore", short_help="Take keys back from a copy.")
@_DIRECTORY
@click.argument("file", metavar="FILE")
@_PASSPHRASE
@_KEY
def restore_keys(
    directory: str, file: str, passphrase_file: str | None, key_file: str | None
) -> int:
    """Take back the keys of the log or set in DIR from FILE, which `backup` wrote.

    A key that was destroyed stays destroyed: the log's `erasure` records say which, and so does
    the key store, if it is still there. Holds stand as the log tells. Exits with 1 if keys are
    newer than the copy, and so are lost.
    """
    secret = _secret(passphrase_file, key_file, confirm=False)
    done = restore(logs_in(Path(directory)), Path(file).read_bytes(), secret)
    click.echo(f"{done.taken} keys restored, {done.destroyed} stay destroyed, {done.lost} lost")
    return FINDINGS if done.lost else OK


@click.command("destroy", short_help="Destroy one key by its id.")
@_DIRECTORY
@click.argument("kid", metavar="KID")
@click.option("--by", default="", metavar="WHO", help="Who had it done: goes into the record.")
@click.option("--ticket", default="", metavar="TICKET", help="What the record refers to.")
def destroy(directory: str, kid: str, by: str, ticket: str) -> int:
    """Destroy the key KID (as `list` prints it): `jurat log erase` for whom only the id is known."""
    with LogReader(logs_in(Path(directory))[0]) as reader:
        refs = [ref for found, ref in reader.subjects() if found == kid]
    if not refs:
        raise Failure(f"no key {printable(kid)} stands here; jurat log keys list shows them")
    return destroy_key(directory, refs[0], by=by, ticket=ticket)


@click.command("rotate-master", short_help="Change the key that wraps all others.")
def rotate_master() -> int:
    """Wrap the keys of all sets in the key store by a new master key, and destroy the old one.

    What lies of the store in copies of the disk can then be opened no more. Whoever has a log open
    goes on. If it was interrupted, run it again.
    """
    count = change_master_key(KeyStore())
    click.echo(f"the master key was changed; it wraps the keys of {count} sets")
    return OK


def _secret(passphrase_file: str | None, key_file: str | None, *, confirm: bool) -> Secret:
    if passphrase_file is not None and key_file is not None:
        raise Failure("give --passphrase-file or --key, not both", USAGE)
    if key_file is not None:
        key = b""
        with contextlib.suppress(ValueError):
            key = b64decode(Path(key_file).read_bytes().strip(), validate=True)
        if len(key) != 32:
            raise Failure(f"{printable(key_file)}: not a key of 32 bytes in base64")
        return Secret(key=key)
    if passphrase_file is not None:
        lines = Path(passphrase_file).read_text(encoding="utf-8").splitlines()
        return Secret(passphrase=lines[0] if lines else "")
    asked = click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)
    return Secret(passphrase=str(asked))
