"""A log against a list: whatever is done to it, in whatever order, and wherever it is torn."""

import json
import shutil
import tempfile
import weakref
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from log_kit import BODY, Crash, FaultySystem
from plain_log_verifier import mth
from tile_reader import read_tiles

from jurat.log import (
    KeyStore,
    Log,
    LogHeld,
    LogLocked,
    LogReader,
    Record,
    check_proof,
    checkpoint,
    export_jsonl,
    export_tiles,
    prove,
    read_log,
    verify,
)
from jurat.log import _layout as layout
from jurat.log._log import _abandon
from jurat.log._tree import leaf_hash

SUBJECTS = st.sampled_from(["ada", "bob"])


class LogAgainstList(RuleBasedStateMachine):
    """The model: every leaf that was seen, the numbers acknowledged, who is erased and held."""

    def __init__(self) -> None:
        super().__init__()
        self._segments = layout.SEGMENT_ENTRIES
        layout.SEGMENT_ENTRIES = 8
        self.root = Path(tempfile.mkdtemp())
        self.keys = KeyStore(self.root / "keys", notify=lambda told: None)
        self.place = self.root / "log"
        self.leaves: list[bytes] = []
        self.numbers: list[int] = []
        self.in_flight: list[int] = []
        self.facts: list[tuple[str, int, bytes]] = []
        self.held: set[str] = set()
        self.gone: set[str] = set()
        self.notes: list[bytes] = []
        self.vkey = ""
        self.log: Log | None = None
        self.count = 0
        self.fuse = 0  # how many more system calls the machine survives; 0: all

    def teardown(self) -> None:
        if self.log is not None:
            self.log.close()
        layout.SEGMENT_ENTRIES = self._segments
        shutil.rmtree(self.root)

    @initialize()
    def begin(self) -> None:
        self.open()
        self.vkey = next(read_log(self.place)).body["vkey"]
        self.append(12, "ada", packed=False, fuse=0)

    def open(self) -> None:
        self.log = Log.open(self.place, keys=self.keys, system=FaultySystem(self.fault))

    def fault(self, name: str, number: int) -> BaseException | None:
        if self.fuse:
            self.fuse -= 1
            if not self.fuse:
                return Crash()
        return None

    def doing(self, what: Callable[[Log], Any]) -> Any:
        """`what`, unless the power goes out in the middle: then what a reboot finds."""
        assert self.log is not None
        try:
            done = what(self.log)
        except Crash:
            _abandon(weakref.ref(self.log))
            self.log, self.fuse = None, 0
            return None
        self.fuse = 0
        return done

    # -- what is done

    @precondition(lambda self: self.log is not None)
    @rule(
        count=st.integers(1, 12), subject=SUBJECTS, packed=st.booleans(), fuse=st.integers(0, 30)
    )
    def append(self, count: int, subject: str, packed: bool, fuse: int) -> None:
        def batch(log: Log) -> None:
            pending = []
            for _ in range(count):
                self.count += 1
                plain = b"%d" % self.count + bytes(17_000 if packed else 0)
                facts = log.seal(subject, plain)
                body = BODY | {"n": self.count, "facts": facts}
                self.in_flight.append(self.count)
                pending.append((self.count, facts["kid"], plain, log.append("decision", body)))
            for number, kid, plain, item in pending:
                item.wait()
                self.numbers.append(number)
                self.facts.append((kid, number, plain))

        self.fuse = fuse
        self.doing(batch)

    @precondition(lambda self: self.log is not None)
    @rule()
    def second_opener(self) -> None:
        with pytest.raises(LogLocked):
            Log.open(self.place, keys=self.keys)

    @precondition(lambda self: self.log is not None)
    @rule(subject=SUBJECTS, fuse=st.integers(0, 3))
    def erase(self, subject: str, fuse: int) -> None:
        if self.held & {subject, "*"}:
            assert self.log is not None
            with pytest.raises(LogHeld):
                self.log.erase(subject)
            return
        kids = self.kids(subject)
        self.fuse = fuse
        self.doing(lambda log: log.erase(subject))
        self.gone |= kids  # crashed or not: the key goes first

    def kids(self, subject: str) -> set[str]:
        """The key of a subject that stands."""
        with LogReader(self.place, keys=self.keys) as reader:
            row = reader._sealer._subjects._find(reader.ref(subject))
        return {f"s-{row[0]}"} if row else set()

    @precondition(lambda self: self.log is not None)
    @rule(whom=st.sampled_from(["ada", "*"]), fuse=st.integers(0, 3))
    def hold(self, whom: str, fuse: int) -> None:
        if whom in self.held:
            return
        self.fuse = fuse
        subject = None if whom == "*" else whom
        self.doing(lambda log: log.hold(subject, reason="suit", by="legal"))
        self.held.add(whom)  # crashed or not: the keys are held first

    @precondition(lambda self: self.log is not None and self.held)
    @rule()
    def release(self) -> None:
        assert self.log is not None
        for whom in sorted(self.held):
            self.log.release(None if whom == "*" else whom, by="legal")
        self.held.clear()

    @precondition(lambda self: self.log is not None and len(self.leaves) >= 16)
    @rule(fuse=st.integers(0, 40))
    def prune(self, fuse: int) -> None:
        """All full segments that may go; the fuse may burn anywhere between."""
        self.fuse = fuse
        try:
            self.doing(lambda log: log.prune(datetime(2200, 1, 1, tzinfo=UTC)))
        except LogHeld:
            assert self.held
            self.fuse = 0

    @precondition(lambda self: self.log is not None)
    @rule()
    def keep_a_checkpoint(self) -> None:
        assert self.log is not None
        self.log.close()
        self.notes.append((self.place / "checkpoint").read_bytes())
        self.open()

    @precondition(lambda self: self.log is not None)
    @rule()
    def close(self) -> None:
        assert self.log is not None
        self.log.close()
        self.log = None

    @precondition(lambda self: self.log is None)
    @rule(garbage=st.binary(max_size=300), share=st.floats(0, 1))
    def reopen(self, garbage: bytes, share: float) -> None:
        """After the end of a write that nobody waited for, of any length."""
        last = max((self.place / "seg").iterdir())
        tail = layout.make_leaf(b'{"type":"x"}', bytes(32), 0) + garbage
        with last.open("ab") as file:
            file.write(tail[: int(len(tail) * share)])
        self.open()

    @precondition(lambda self: self.log is None)
    @rule()
    def export(self) -> None:
        self.open()
        assert self.log is not None
        self.log.close()
        self.log = None
        out = Path(tempfile.mkdtemp(dir=self.root))
        records = list(read_log(self.place))
        leaves = [record.leaf for record in records]
        if not records[0].seq:  # what is kept begins with a tile in segments of true size only
            export_tiles(self.place, out / "tiles")
            assert read_tiles(out / "tiles") == leaves
        with (out / "lines").open("w", encoding="utf-8") as file:
            assert export_jsonl(self.place, file) == len(leaves)
        assert (out / "lines").read_bytes().split(b"\n")[:-1] == leaves

    # -- what must hold after each

    @invariant()
    def nothing_acknowledged_is_lost_or_changed(self) -> None:
        self.look()

    def look(self) -> None:
        records = list(read_log(self.place))
        below = records[0].seq
        assert below % 8 == 0
        assert below == 0 or self.pruned(records, below)
        leaves = self.leaves[:below] + [record.leaf for record in records]
        assert leaves[: len(self.leaves)] == self.leaves
        self.leaves = leaves
        bodies = [json.loads(leaf)["body"] for leaf in leaves]
        found = [body["n"] for body in bodies if body["type"] == "decision"]
        assert [number for number in found if number in set(self.numbers)] == self.numbers
        assert set(found) <= set(self.in_flight)
        assert len(set(found)) == len(found)

    @staticmethod
    def pruned(records: list[Record], below: int) -> bool:
        return any(
            record.body["type"] == "prune" and record.body["below"] == below for record in records
        )

    @precondition(lambda self: self.log is not None)
    @invariant()
    def everything_verifies(self) -> None:
        self.look()
        verified = verify(self.place)
        hashes = [leaf_hash(leaf) for leaf in self.leaves]
        assert (verified.size, verified.root) == (len(hashes), mth(hashes))
        for note in self.notes[-2:]:
            assert verify(self.place, checkpoint=note).size == verified.size
        seq = (verified.below + int(checkpoint(self.place).split("\n")[1])) // 2
        proven = check_proof(prove(self.place, seq), vkey=self.vkey)
        assert proven.leaf == self.leaves[seq]

    @invariant()
    def who_is_erased_is_read_by_nobody(self) -> None:
        stored = {
            record.body["n"]: record.body["facts"]
            for record in read_log(self.place)
            if record.body["type"] == "decision"
        }
        with LogReader(self.place, keys=self.keys) as reader:
            for kid, number, plain in self.facts:
                if number not in stored:
                    continue  # pruned
                expected = None if kid in self.gone else plain
                assert reader.unseal(stored[number]) == expected


TestLogAgainstList = LogAgainstList.TestCase
TestLogAgainstList.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
