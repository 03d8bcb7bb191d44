"""`jurat schema`: JSON Schemas for editors and for those who make inputs."""

import json
from typing import Any

import click

_WHAT = ("bundle", "request", "response", "org_state")


@click.command("schema", short_help="Print the JSON Schema of a bundle or an input.")
@click.argument("what", type=click.Choice(_WHAT), default="bundle")
def command(what: str) -> None:
    """Print the JSON Schema (2020-12) of a bundle, or of an input.

    That of a bundle holds one for each sort of file under $defs, with the params of every rule
    kind that is installed.
    """
    click.echo(json.dumps(_schema(what), indent=2))


def _schema(what: str) -> Any:
    if what == "bundle":
        from jurat.bundle import bundle_schema
        from jurat.plugin import load_plugins

        return bundle_schema(load_plugins())
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
