"""`jurat schema`: JSON Schemas for editors and for those who make inputs."""

import json
from pathlib import Path
from typing import Any

import click

from ._failure import OK, Failure, printable
from ._output import write

_FILES = ("manifest", "rules", "waivers", "tests", "detectors", "vocabulary")
_WHAT = ("bundle", *_FILES, "request", "response", "org_state")


@click.command("schema", short_help="Print the JSON Schema of a bundle or an input.")
@click.argument("what", type=click.Choice(_WHAT), default="bundle")
@click.option(
    "--write",
    "into",
    metavar="BUNDLE",
    help="Write those of all files of a bundle into its folder .jurat/schema, for editors.",
)
def command(what: str, into: str | None) -> int:
    """Print the JSON Schema (2020-12) of a bundle, of one sort of its files, or of an input.

    That of a bundle holds one for each sort of file under $defs, with the params of every rule
    kind that is installed.

    With --write, each file of BUNDLE that lacks it gets a first line that leads editors to its
    schema. Do it again when a plugin was added.
    """
    if into is not None:
        return _write(into)
    click.echo(json.dumps(_schema(what), indent=2))
    return OK


def _schema(what: str) -> Any:
    if what == "bundle":
        from jurat.bundle import bundle_schema
        from jurat.plugin import load_plugins

        return bundle_schema(load_plugins())
    if what in _FILES:
        from jurat.bundle.editing import file_schemas
        from jurat.plugin import load_plugins

        return file_schemas(load_plugins())[f"{what}.json"]
    from pydantic import BaseModel

    from jurat.model import OrgState, Request, Response

    models: dict[str, type[BaseModel]] = {
        "request": Request,
        "response": Response,
        "org_state": OrgState,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **models[what].model_json_schema(),
    }


def _write(into: str) -> int:
    from jurat.bundle.editing import schema_of, with_header

    root = Path(into)
    if not (root / "bundle.yaml").is_file():
        raise Failure(f"{printable(into)} is no bundle's directory: it has no bundle.yaml")
    write_schemas(root)
    for path in sorted((*root.glob("*.yaml"), *root.glob("*/*.yaml"))):
        name = path.relative_to(root).as_posix()
        if schema_of(name) is None:
            continue
        try:
            text = path.read_bytes().decode()
        except UnicodeDecodeError:
            raise Failure(f"{printable(str(path))} is not UTF-8") from None
        if (made := with_header(name, text)) != text:
            write(path, made.encode())
            click.echo(printable(str(path)))
    return OK


def write_schemas(root: Path) -> None:
    """Write the schemas of all files of the bundle at `root`, and say where."""
    from jurat.bundle.editing import SCHEMAS, file_schemas
    from jurat.plugin import load_plugins

    folder = root / SCHEMAS
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in file_schemas(load_plugins()).items():
        write(folder / name, (json.dumps(schema, indent=1) + "\n").encode())
    click.echo(printable(str(folder)))
