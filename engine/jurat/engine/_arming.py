"""Loading, proving, testing and arming bundles; and telling of those that were refused."""

import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from jurat.bundle import Bundle
from jurat.log import LogError
from jurat.plan import Plan
from jurat.plugin import Registry

from ._armed import Armed, arm
from ._load import compile_bundles
from ._recorder import Recorder
from ._revisions import Revisions
from ._selftest import self_test
from ._status import Refusal, Status, loaded, refusal
from ._supply import Signed, Supply, same_bundle

Ready = tuple[tuple[Bundle, ...], tuple[Plan, ...], tuple[Signed | None, ...]]


class Arming:
    """Keeps `armed` at the last bundles that were good; what fails leaves it as it is."""

    def __init__(
        self,
        registry: Registry,
        versions: Mapping[str, str],
        clock: Callable[[], datetime],
        state: Any = None,
    ) -> None:
        self.armed: Armed | None = None
        self.status = Status()
        self.recorder: Recorder | None = None
        self.revisions: Revisions | None = None
        self.supply: Supply | None = None
        self._registry = registry
        self._versions = versions
        self._clock = clock
        self._state = state
        self._lock = threading.Lock()
        self._changing: Any = None

    def ready(self) -> Ready:
        """The bundles read, proved, compiled and tested. Raises BundleError."""
        assert self.supply is not None
        sources, signed = self.supply.take()
        bundles, plans = compile_bundles(sources, self._registry, self._versions)
        for bundle, by in zip(bundles, signed, strict=True):
            same_bundle(bundle, by)
        self_test(plans)
        return bundles, plans, signed

    def take(self, ready: Ready) -> None:
        """Record what is loaded, raise the floor of revisions, then swap it in."""
        bundles, plans, signed = ready
        armed = arm(plans, self._state)
        if self.revisions is not None:
            self.revisions.check(bundles)
        if self.recorder is not None:
            self.recorder.load(bundles, plans, [by.signers if by else () for by in signed])
        if self.revisions is not None:
            self.revisions.keep(bundles)
        self.armed = armed
        self.status = replace(
            self.status,
            armed=loaded(bundles, plans, signed),
            since=self._clock(),
            failure=None,
            loads=self.status.loads + 1,
        )

    def reload(self) -> None:
        """`ready` and `take`. A failure is recorded and told, and raised."""
        with self._lock:
            try:
                self.take(self.ready())
            except Exception as error:
                self.refuse(error)
                raise

    def look(self) -> None:
        """Reload if a source has changed; a failure is in the status, and is not raised.

        A change is taken up once it has come to rest, when it looks the same twice: an archive
        and its signature do not come in one moment. One that was refused is not tried again until there is another.
        """
        assert self.supply is not None
        try:
            now = self.supply.look()
        except Exception as error:  # noqa: BLE001  # whatever it is, what is armed stays armed
            with self._lock:
                self.refuse(error, again=False)
            return
        if now == self.supply.taken:
            self._changing = None
        elif now == self._changing:
            self._changing = None
            with contextlib.suppress(Exception):  # told and recorded by reload
                self.reload()
        else:
            self._changing = now

    def with_state(self, state: Any) -> None:
        """Arm what is armed with another snapshot. Raises InvalidInput if it is none."""
        with self._lock:
            self.armed = arm(self.armed.plans if self.armed else (), state)
            self._state = state

    def refuse(self, error: Exception, *, again: bool = True) -> None:
        """Note a load that failed; without `again`, only if it is not what failed last."""
        failure: Refusal = refusal(error, self._clock())
        last = self.status.failure
        if not again and last is not None and last.message == failure.message:
            return
        self.status = replace(self.status, failure=failure, refusals=self.status.refusals + 1)
        if self.recorder is not None:
            kept = [one.digest for one in self.status.armed]
            with contextlib.suppress(LogError):  # the log says elsewhere that it is broken
                self.recorder.refused(failure.codes, str(self.supply), kept)
