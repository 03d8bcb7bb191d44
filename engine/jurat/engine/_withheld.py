"""What becomes of a reservation when the log fails after the decision was returned."""

from collections.abc import Callable, Generator
from typing import Any

from jurat.log import LogUnavailable


class Withheld:
    """The receipt of a decision that reserved something: as the log's own, and who is told by it
    that the answer must be withheld has what was reserved given back."""

    __slots__ = ("_give_back", "_pending", "_stood")

    def __init__(self, pending: Any, give_back: Callable[[], None]) -> None:
        self._pending = pending
        self._give_back = give_back
        self._stood = False

    def wait(self, timeout: float | None = None) -> Any:
        """As `Pending.wait` of the log."""
        try:
            receipt = self._pending.wait(timeout)
        except LogUnavailable:
            self._failed()
            raise
        self._stood = True
        return receipt

    def __await__(self) -> Generator[Any, None, Any]:
        try:
            receipt = yield from self._pending.__await__()
        except LogUnavailable:
            self._failed()
            raise
        self._stood = True
        return receipt

    def _failed(self) -> None:
        # not settled: it only took longer than was waited for. Stood: a buffered log let the
        # caller go on, so the call was made
        if self._pending.settled and not self._stood:
            self._give_back()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pending, name)
