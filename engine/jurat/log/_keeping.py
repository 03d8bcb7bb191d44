"""Opening a log to keep it: as it was opened before, and never making one."""

from pathlib import Path
from typing import get_args

from ._describe import Durability
from ._errors import LogBroken
from ._keys import KeyStore
from ._layout import Layout, read_description
from ._log import Log


def open_again(directory: Path | str, *, keys: KeyStore | None = None) -> Log:
    """Open the log in `directory` with the durability that it states.

    Raises LogError where there is none, LogLocked where another process has it open.
    """
    layout = Layout(Path(directory))
    stated = read_description(layout).durability
    for durability in get_args(Durability):
        if durability == stated:
            return Log.open(layout.root, keys=keys, durability=durability)
    raise LogBroken(f"durability {stated!r} is unknown", file=layout.description)
