"""Getting decisions into the log, and holding back those that did not get there."""

import os
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from jurat.bundle import Bundle, pack
from jurat.log import Log, LogError, LogUnavailable, set_name
from jurat.plan import Decision, FactSet, Plan, Reason, refused

from ._record import body

_KINDS = {"request": "decision", "response": "response", "org_state": "audit"}


class Recorder:
    """Writes what an engine decides to one log."""

    def __init__(self, log: Log, version: str) -> None:
        self.log = log
        self._version = version

    def record(
        self,
        decision: Decision,
        facts: tuple[FactSet, ...],
        started: int,
        parent: Decision | None,
    ) -> Decision:
        """`decision`, once its record is as durable as the log promises; a deny if it is not."""
        return self.finish(self.begin(decision, facts, started, parent))

    async def arecord(
        self,
        decision: Decision,
        facts: tuple[FactSet, ...],
        started: int,
        parent: Decision | None,
    ) -> Decision:
        """As `record`, without blocking the event loop."""
        decision = self.begin(decision, facts, started, parent)
        pending = decision.receipt
        if pending is None or self._may_go(pending):
            return decision
        try:
            await pending
        except LogUnavailable as error:
            return self._unrecorded(decision, str(error))
        return decision

    def begin(
        self,
        decision: Decision,
        facts: tuple[FactSet, ...],
        started: int,
        parent: Decision | None,
    ) -> Decision:
        """Hand the record of `decision` to the log: the decision with its receipt, or the deny
        to return where that is not possible. `started` is a perf_counter in nanoseconds."""
        latency = (perf_counter_ns() - started) // 1000
        try:
            kind = _KINDS[facts[0].kind if facts else "request"]
            made = self._body(decision, facts, latency, parent)
            decision.receipt = self.log.append(kind, made)
        except Exception as error:  # noqa: BLE001  # whatever it is: unrecorded must not stand
            # an error of the log's says what is wrong; the text of another may hold an input's
            text = str(error) if isinstance(error, LogError) else type(error).__name__
            return self._unrecorded(decision, text)
        return decision

    def finish(self, decision: Decision) -> Decision:
        """`decision` as its receipt turns out."""
        pending = decision.receipt
        if pending is None or self._may_go(pending):
            return decision
        try:
            pending.wait()
        except LogUnavailable as error:
            return self._unrecorded(decision, str(error))
        return decision

    def load(
        self,
        bundles: Sequence[Bundle],
        plans: Sequence[Plan],
        signers: Sequence[Sequence[str]] = (),
    ) -> None:
        """Keep the bundles for replay and record that they are loaded, with the verifier keys
        of those who signed each. Raises LogError."""
        each = signers or [()] * len(bundles)
        for bundle, plan, keys in zip(bundles, plans, each, strict=True):
            archive = self.log.store_bundle(bundle.digest, pack(bundle))
            self.log.append(
                "policy.load",
                {
                    "archive": archive,
                    "bundle": bundle.digest,
                    "plan": plan.digest,
                    "name": bundle.name,
                    "version": bundle.version,
                    "revision": bundle.revision,
                    "mode": bundle.mode,
                    "engine": self._version,
                    "versions": plan.versions,
                    **({"signers": list(keys)} if keys else {}),
                },
            ).wait()

    def refused(self, codes: Sequence[str], source: str, kept: Sequence[str]) -> None:
        """Record that what `source` names was not armed, and the digests of the bundles that
        stay armed instead. Raises LogError."""
        self.log.append(
            "policy.refused",
            {
                "codes": list(codes),
                "source": source,
                "armed": list(kept),
                "engine": self._version,
            },
        ).wait()

    def _may_go(self, pending: Any) -> bool:
        """True if the caller may go on before the record is on the disk."""
        return self.log.durability != "sync" and not pending.settled

    def _body(
        self,
        decision: Decision,
        facts: tuple[FactSet, ...],
        latency: int,
        parent: Decision | None,
    ) -> dict[str, Any]:
        if facts:
            return body(
                decision,
                facts,
                self.log,
                word=decision.word,
                engine=self._version,
                latency_us=latency,
                parent=parent,
            )
        return {
            "id": decision.id,
            "dec": self.log.keyed(decision.canonical()),
            "effect": decision.effect,
            "codes": [reason.code for reason in decision.reasons],
            "engine": self._version,
            "lat_us": latency,
        }

    def _unrecorded(self, decision: Decision, why: str) -> Decision:
        """What becomes of a decision whose record could not be made durable: it must not stand,
        unless the log counts what it misses."""
        if self.log.miss(decision.id, why):
            return decision
        message = f"the decision could not be recorded: {why}"
        return refused(decision, [Reason("log-unavailable", message, "critical", effect="deny")])


def is_log(directory: object) -> bool:
    """True if a log, or a set of logs, was made in `directory` before. Raises LogError."""
    if not isinstance(directory, str | os.PathLike):
        return False
    return (Path(directory) / "log.json").is_file() or set_name(Path(directory)) is not None
