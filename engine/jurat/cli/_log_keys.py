"""`jurat log keys`: the keys of a log."""

import shlex
from pathlib import Path

import click

from jurat.log import CommandSigner, retire_key, rotate_key

from ._failure import OK, USAGE, Failure, printable

_DIRECTORY = click.argument("directory", metavar="DIR")
_SIGNERS = click.option(
    "--signer",
    "signers",
    multiple=True,
    metavar="'VKEY COMMAND'",
    help="A command that signs for one of the log's keys, where that is not in the key store.",
)


@click.group("keys", short_help="Change, list, copy and destroy the keys of a log.")
def keys() -> None:
    """The keys that sign a log, and those under which it seals what it holds of data subjects."""


@keys.command("rotate", short_help="Give the log a new signing key.")
@_DIRECTORY
@_SIGNERS
@click.option(
    "--new", metavar="'VKEY COMMAND'", help="The new key signs by this command; else one is made."
)
def rotate(directory: str, signers: tuple[str, ...], new: str | None) -> int:
    """Give the log in DIR a new signing key, and print its verifier key.

    From now on both sign, so that those who know only the old key go on verifying. Give them the
    new one, then end the old one with `jurat log keys retire`. Nobody may have the log open. A signing COMMAND gets the message
    on its standard input and prints the signature, 64 bytes raw or in base64.
    """
    made = rotate_key(
        Path(directory),
        signers=[_signer(text) for text in signers],
        new=None if new is None else _signer(new),
    )
    click.echo(printable(made))
    return OK


@keys.command("retire", short_help="End an old signing key.")
@_DIRECTORY
@click.argument("vkey", metavar="[VKEY]", required=False)
@_SIGNERS
def retire(directory: str, vkey: str | None, signers: tuple[str, ...]) -> int:
    """End the signing key VKEY (default: the oldest) of the log in DIR, and print it.

    What it signs from now on does not count; what it signed before does. Its file can then go.
    """
    ended = retire_key(Path(directory), vkey, signers=[_signer(text) for text in signers])
    click.echo(printable(ended))
    return OK


def _signer(text: str) -> CommandSigner:
    vkey, _, command = text.strip().partition(" ")
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise Failure(f"a signer is given as `VKEY COMMAND`: {error}", USAGE) from None
    return CommandSigner(words, vkey)
