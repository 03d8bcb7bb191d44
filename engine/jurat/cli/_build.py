"""`jurat build`: a bundle's directory made into the one archive of its files."""

import json
from pathlib import Path
from typing import Any

import click

from ._failure import OK, Failure, printable
from ._output import write, writing

_SECRETS = (b"PRIVATE+KEY+", b"PRIVATE KEY-----")


@click.command("build", short_help="Make a bundle into one archive, the same bytes anywhere.")
@click.argument("bundle", metavar="[BUNDLE]", default=".")
@click.option(
    "-o",
    "--output",
    "file",
    metavar="FILE",
    help="The archive [default: dist/NAME-VERSION.tar.gz].",
)
@click.option(
    "--format", "output", type=click.Choice(["text", "json"]), default="text", help="How to print."
)
def command(bundle: str, file: str | None, output: str) -> int:
    """Check BUNDLE (default: the directory that one is in), run its tests, and write it as an
    archive.

    The same files give the same bytes, whatever the path, time, owner and order in which they
    stand. Prints the digest of what the bundle says, that of the archive, and each file with its
    own: what a signature covers.
    """
    from jurat.bundle import pack
    from jurat.canon import digest
    from jurat.engine import compile_bundles, self_test, versions_of
    from jurat.plugin import load_plugins

    registry = load_plugins()
    (made,), plans = compile_bundles(bundle, registry, versions_of(registry))
    self_test(plans)
    for name, data in made.files.items():
        if any(mark in data for mark in _SECRETS):
            raise Failure(f"{printable(name)} holds a private key; keep it out of the bundle")
    archive = pack(made)
    target = Path(file) if file is not None else Path("dist", f"{made.name}-{made.version}.tar.gz")
    if Path(bundle).is_dir() and target.resolve().parent == Path(bundle).resolve():
        raise click.BadParameter(
            "the archive would be a file of the bundle itself; name another directory",
            param_hint="--output",
        )
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    write(target, archive)
    manifest: dict[str, Any] = {
        "archive": {"path": str(target), "digest": digest(archive), "size": len(archive)},
        "name": made.name,
        "version": made.version,
        "revision": made.revision,
        "digest": made.digest,
        "files": [
            {"path": name, "digest": digest(data), "size": len(data)}
            for name, data in sorted(made.files.items())
        ],
    }
    if output == "json":
        click.echo(json.dumps(manifest, indent=2))
        return OK
    click.echo(f"{printable(str(target))}  {len(archive):,} bytes")
    click.echo(f"  bundle    {printable(made.name)} {made.version}, revision {made.revision}")
    click.echo(f"  digest    {made.digest}")
    click.echo(f"  archive   {manifest['archive']['digest']}")
    click.echo(f"  {len(made.files)} files")
    for entry in manifest["files"]:
        click.echo(f"    {entry['digest']}  {printable(entry['path'])}")
    click.echo(f"next: jurat sign {printable(str(target))} --key FILE", err=True)
    return OK
