"""`jurat lsp`: a language server, for editors."""

from datetime import UTC, datetime

import click

from ._failure import USAGE, Failure


@click.command("lsp", short_help="Serve editors: problems, completion and help while you type.")
@click.option("--stdio", is_flag=True, help="Over standard input and output, as always.")
def command(stdio: bool) -> int:
    """Speak the Language Server Protocol over standard input and output.

    For editors, which start it themselves. It tells what `jurat lint` finds while you type,
    completes kinds, params, fields, controls and ids, explains what is under the cursor, leads to
    where it is defined, mends what can be mended, and formats as `jurat fmt` does. Needs the
    extra `lsp`: pip install 'jurat[lsp]'.
    """
    from jurat.lsp import NotInstalled, serve

    try:
        return serve(lambda: datetime.now(UTC).replace(microsecond=0))
    except NotInstalled as error:
        raise Failure(str(error), USAGE) from None
