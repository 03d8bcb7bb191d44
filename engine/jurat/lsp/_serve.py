"""Starting the server; everything it needs beyond jurat is imported here, and late."""

import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import datetime
from importlib.util import find_spec


class NotInstalled(ImportError):
    """The library that speaks the protocol is not installed; the text says how to install it."""


def serve(clock: Callable[[], datetime]) -> int:
    """Speaks the Language Server Protocol on standard input and output until the client ends it.

    `clock` says at which time bundles are looked over. Gives the exit code that the protocol
    asks for. Raises NotInstalled without the extra `lsp`.
    """
    if find_spec("pygls") is None:
        raise NotInstalled("the language server needs pygls: pip install 'jurat[lsp]'")
    from jurat.plugin import load_plugins

    from ._server import server_for

    server = server_for(load_plugins(), clock)
    # what a plugin prints must not get between the messages
    standard = sys.stdout.fileno()
    with os.fdopen(os.dup(standard), "wb") as out, redirect_stdout(sys.stderr):
        os.dup2(sys.stderr.fileno(), standard)
        server.start_io(stdout=out)
    return 0 if server.ended else 1
