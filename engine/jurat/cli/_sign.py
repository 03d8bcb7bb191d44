"""`jurat sign`: signatures of an archive, and the keys that make them."""

import os
import sys
from datetime import datetime
from pathlib import Path

import click

from jurat.bundle import read_bundle
from jurat.bundle.signature import (
    SUFFIX,
    NoteError,
    SigningKey,
    Statement,
    add_signature,
    new_key,
    parse_signing_key,
    statement_in,
)
from jurat.canon import parse_duration, parse_time

from ._clock import moment_or_now
from ._failure import NOT_LOADED, OK, Failure, printable
from ._output import write
from ._sources import read_whole


@click.command("sign", short_help="Sign an archive of a bundle, or make a key to sign with.")
@click.argument("archive", metavar="[ARCHIVE]", required=False)
@click.option("--key", metavar="FILE", help="The signing key; - reads it from standard input.")
@click.option("--expires", metavar="TIME|AGE", help="Until when it holds, as a time or like 90d.")
@click.option("--renew", is_flag=True, help="Begin anew, without the signatures that are there.")
@click.option("-o", "--output", "file", metavar="FILE", help=f"[default: ARCHIVE{SUFFIX}]")
@click.option("--now", metavar="TIME", help="The time of signing, in place of the clock's.")
@click.option("--new-key", metavar="FILE", help="Make a key: the secret goes into FILE.")
@click.option("--name", help="The name of the new key [default: that of FILE].")
def command(
    archive: str | None,
    key: str | None,
    expires: str | None,
    renew: bool,
    file: str | None,
    now: str | None,
    new_key: str | None,
    name: str | None,
) -> int:
    """Sign ARCHIVE, every file in it, and put the signature beside it.

    Where the signature file is of this archive already, the signature is added to those of other
    keys: so several sign, and so a new key takes over from an old one. `--new-key` makes a key and
    prints the verifier key, which is no secret, for those who check.
    """
    if new_key is not None:
        if archive is not None or key is not None:
            raise click.UsageError("make the key first, then sign with it")
        return _make(Path(new_key), name)
    if archive is None or key is None:
        raise click.UsageError("name an archive and --key FILE, or make a key with --new-key FILE")
    at = moment_or_now(now)
    path = Path(archive)
    if path.is_dir():
        raise Failure(f"{printable(archive)} is a directory; make an archive with jurat build")
    signing = _key(key)
    data = read_whole(archive)
    made = _statement(data, at, _until(expires, at))
    target = Path(file) if file is not None else path.with_name(path.name + SUFFIX)
    existing = _existing(target, made, expires is not None) if not renew else None
    if existing is not None:
        made = statement_in(existing)[0]
    text = add_signature(made, signing, existing)
    write(target, text.encode())
    until = "for ever" if made.expires is None else f"until {made.expires:%Y-%m-%d %H:%M} UTC"
    count = len(statement_in(text)[1].signatures)
    click.echo(
        f"{printable(str(target))}: {printable(made.name)} {made.version}, revision "
        f"{made.revision}, holds {until}; {count} signature{'s' * (count != 1)}"
    )
    click.echo(signing.vkey)
    return OK


def _make(path: Path, name: str | None) -> int:
    try:
        made = new_key(path.stem if name is None else name, os.urandom(32))
    except NoteError as error:
        raise click.BadParameter(str(error), param_hint="--name") from None
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Failure(f"{printable(str(path))} exists; a key is never overwritten") from None
    with os.fdopen(descriptor, "w", encoding="ascii", newline="\n") as out:
        out.write(made.text + "\n")
    click.echo(made.vkey)
    click.echo(
        f"made the signing key {printable(str(path))}; keep it secret and a copy of it elsewhere, "
        "and give the line above to those who verify",
        err=True,
    )
    return OK


def _key(name: str) -> SigningKey:
    path = Path(name)
    if name != "-" and sys.platform != "win32" and path.is_file() and path.stat().st_mode & 0o077:
        raise Failure(f"{printable(name)}: others may read this key; run: chmod 600 it")
    try:
        return parse_signing_key(read_whole(name).decode("ascii", "replace"))
    except NoteError as error:
        raise Failure(f"{printable(name)}: {error}", NOT_LOADED) from None


def _until(expires: str | None, at: datetime) -> datetime | None:
    if expires is None:
        return None
    try:
        until = (
            at + parse_duration(expires)
            if expires[-1:].isalpha() and "T" not in expires
            else (parse_time(expires))
        )
    except (ValueError, OverflowError):
        raise click.BadParameter(
            "neither a time like 2027-01-31T00:00:00Z nor an age like 90d", param_hint="--expires"
        ) from None
    if until <= at:
        raise click.BadParameter("that is past already", param_hint="--expires")
    return until


def _statement(data: bytes, at: datetime, until: datetime | None) -> Statement:
    from jurat.plugin import load_plugins

    return Statement.of(read_bundle(data, load_plugins()), data, signed=at, expires=until)


def _existing(path: Path, made: Statement, with_expiry: bool) -> str | None:
    """The signature file that is there, if it is of this archive."""
    if not path.exists():
        return None
    text = read_whole(str(path)).decode("utf-8", "replace")
    try:
        there, _ = statement_in(text)
    except NoteError as error:
        raise Failure(f"{printable(str(path))}: {error}; --renew replaces it") from None
    if there.archive != made.archive:
        click.echo(f"{printable(str(path))} was of another archive; it is begun anew", err=True)
        return None
    if (there.name, there.revision, there.version) != (made.name, made.revision, made.version):
        raise Failure(f"{printable(str(path))} says something else of the archive; --renew")
    if with_expiry and there.expires != made.expires:
        raise Failure(
            f"{printable(str(path))} is to hold until another time, and all signatures are over "
            "one text; leave --expires out to sign it too, or begin anew with --renew"
        )
    return text
