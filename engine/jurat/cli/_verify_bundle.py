"""`jurat verify-bundle`: whether enough trusted keys signed an archive."""

import json
from pathlib import Path

import click

from jurat.bundle import BundleError
from jurat.bundle.signature import SUFFIX, verify_archive
from jurat.canon import format_time

from ._clock import moment_or_now
from ._failure import FINDINGS, OK, Failure, printable
from ._sources import read_whole
from ._trusted import verifier_keys


@click.command("verify-bundle", short_help="Check the signatures of an archive.")
@click.argument("archive")
@click.option(
    "--key",
    "keys",
    metavar="VKEY|FILE",
    multiple=True,
    required=True,
    help="A trusted verifier key, or a file of them, one a line; may be given again.",
)
@click.option(
    "--threshold",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How many of them must have signed.",
)
@click.option("--signature", metavar="FILE", help=f"[default: ARCHIVE{SUFFIX}]")
@click.option("--now", metavar="TIME", help="Check as at this time, in place of the clock's.")
@click.option(
    "--format", "output", type=click.Choice(["text", "json"]), default="text", help="How to print."
)
def command(
    archive: str,
    keys: tuple[str, ...],
    threshold: int,
    signature: str | None,
    now: str | None,
    output: str,
) -> int:
    """Check that enough of the trusted keys signed ARCHIVE, byte for byte, and that this still
    holds. Exits with 1 if not."""
    trusted = verifier_keys(keys)
    path = Path(archive)
    if path.is_dir():
        raise Failure(f"{printable(archive)} is a directory, and only an archive can be signed")
    data = read_whole(archive)
    beside = Path(signature) if signature is not None else path.with_name(path.name + SUFFIX)
    text = None
    if signature is not None or beside.exists():
        text = read_whole(str(beside)).decode("utf-8", "replace")
    try:
        said, signers = verify_archive(
            data,
            text,
            trusted,
            threshold=threshold,
            now=moment_or_now(now),
            where=str(path),
        )
    except BundleError as error:
        if output == "json":
            problem = error.diagnostics[0]
            made = {"verified": False, "code": problem.code, "message": problem.message}
            click.echo(json.dumps(made, indent=2))
        else:
            click.echo(f"not verified\n\n{error}", nl=False)
        return FINDINGS
    except ValueError as error:  # more signatures wanted than there are keys
        raise click.BadParameter(str(error), param_hint="--threshold") from None
    until = None if said.expires is None else format_time(said.expires)
    if output == "json":
        made_ = {
            "verified": True,
            "name": said.name,
            "version": said.version,
            "revision": said.revision,
            "digest": said.bundle,
            "archive": said.archive,
            "signed": format_time(said.signed),
            "expires": until,
            "signers": list(signers),
        }
        click.echo(json.dumps(made_, indent=2))
        return OK
    click.echo(f"verified  {printable(said.name)} {said.version}, revision {said.revision}")
    click.echo(f"  digest    {said.bundle}")
    click.echo(f"  archive   {said.archive}")
    click.echo(
        f"  signed    {format_time(said.signed)}, holds {f'until {until}' if until else 'for ever'}"
    )
    for signer in signers:
        click.echo(f"  by        {signer}")
    return OK
