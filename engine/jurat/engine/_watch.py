"""A thread that looks for changes, and ends when it is told to."""

import threading
from collections.abc import Callable
from typing import Self


class Watcher:
    """Calls `look` every `interval` seconds, in a thread of its own, until `close`."""

    def __init__(self, look: Callable[[], object], interval: float) -> None:
        if not interval > 0:
            raise ValueError("the interval is a number of seconds above 0")
        self._look = look
        self._interval = interval
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jurat-watch", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(self._interval):
            self._look()

    def close(self) -> None:
        """Look no more; a reload under way is waited for."""
        self._stop.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
