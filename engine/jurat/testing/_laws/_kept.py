"""An engine that keeps a real log, in a directory that is gone afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from jurat.engine import Engine
from jurat.log import KeyStore, Log

from ._bench import Bench


@dataclass(frozen=True, slots=True)
class Kept:
    """An engine, where its log is, and the keys that unseal it."""

    engine: Engine
    directory: Path
    keys: KeyStore


@contextmanager
def keeping(bench: Bench) -> Iterator[Kept]:
    """The bundle of `bench` in an engine with a log of its own. Its keys are made beside it: the
    user's own are left alone."""
    with TemporaryDirectory(prefix="jurat-laws-", ignore_cleanup_errors=True) as made:
        root = Path(made)
        keys = KeyStore(root / "keys", notify=lambda told: None)
        log = Log.open(root / "log", keys=keys, durability="off")
        try:
            with bench.engine(log=log) as engine:
                yield Kept(engine, root / "log", keys)
        finally:
            log.close()
