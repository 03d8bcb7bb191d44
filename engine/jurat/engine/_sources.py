"""Asking fact sources, each within its deadline, before anything is decided."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from time import monotonic
from typing import Any

from jurat.canon import tokens
from jurat.model import Request, View, build, make, validate, view_class
from jurat.plan import fill
from jurat.plugin import FactSource

from ._input import recordable, strip

_REQUEST = view_class(Request)
_WORKERS = 8


class Sources:
    """The fact sources of an engine. One that raises or is late leaves its facts unknown."""

    def __init__(self, sources: Sequence[FactSource]) -> None:
        self._sources = tuple(sources)
        self._pool = (
            ThreadPoolExecutor(_WORKERS, thread_name_prefix="jurat-facts") if sources else None
        )

    def collect(self, request: View, now: datetime) -> tuple[View, tuple[str, ...]]:
        """`request` with the facts that sources supplied, and the names of those that failed.

        A source only fills in what the caller did not send.
        """
        if self._pool is None:
            return request, ()
        try:
            asked = [
                (source, self._pool.submit(source.collect, request, now))
                for source in self._sources
            ]
        except RuntimeError:  # closed: what sources would have told is unknown
            return request, tuple(source.name for source in self._sources)
        started = monotonic()
        failed = []
        for source, answer in asked:
            left = source.deadline.total_seconds() - (monotonic() - started)
            values = _answer(source, answer, max(0.0, left))
            if values is None:
                failed.append(source.name)
            else:
                request = supplied(request, values)
        return request, tuple(failed)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)


def supplied(request: View, values: Mapping[str, Any]) -> View:
    """`request` with each value, by JSON Pointer, where the fact was not sent. Raises InvalidInput
    for a value that does not fit."""
    data = dict(request.__dict__)
    for pointer, value in values.items():
        path = tokens(pointer)
        fill(_REQUEST, data, path, _typed(path, value))
    made: View = make(_REQUEST, data)
    strip(made)
    return made


def _answer(
    source: FactSource, answer: "Future[Mapping[str, Any]]", seconds: float
) -> Mapping[str, Any] | None:
    try:
        values = answer.result(timeout=seconds)
        if not all(pointer in source.provides for pointer in values):
            return None  # a source speaks only of what it declared
        for pointer, value in values.items():
            _typed(tokens(pointer), value)
        return values
    except (Exception, SystemExit):  # noqa: BLE001  # a plugin may raise anything, or be late
        answer.cancel()
        return None


def _typed(path: list[str], value: Any) -> Any:
    """`value` as a rule sees it at `path` of the request. Raises InvalidInput if it does not
    fit."""
    document: Any = value
    for step in reversed(path):
        document = {step: document}
    found: Any = build(_REQUEST, validate(Request, document))
    recordable(found)
    for step in path:
        found = found.__dict__[step] if isinstance(found, View) else found[step]
    return found
