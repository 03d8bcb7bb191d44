"""Verifies a log from its bytes alone: recomputes everything, trusts no stored hash."""

from collections.abc import Callable
from io import BytesIO
from itertools import repeat
from pathlib import Path
from typing import Any

from . import _layout
from ._chain import Plain, are_chained, first_unchained, runs
from ._diagnose import bad_commit, bad_leaf
from ._epoch import Epoch, epoch_of
from ._errors import LogBroken, LogError
from ._hashes import Hashes
from ._history import MARK as _KEY
from ._history import History
from ._layout import Description, Layout, read_description
from ._merkle import ProofError, check_consistency, consistency_proof
from ._note import Checkpoint, NoteError, VerifierKey, open_signed
from ._os import is_locked
from ._packed import SUFFIX, Packed, is_packed, open_segment, same_leaves
from ._payloads import Payloads, body_of
from ._policy import Policy
from ._tree import Tree, hash_leaves, tree_over
from ._trust import keys_of, outside, published, under, verifier_keys, witnessed
from ._verdict import Verified, verdict

_CHUNK = 1 << 17  # with the lines made of it, it stays in a core's cache


def verify(
    directory: Path | str,
    *,
    checkpoint: bytes | None = None,
    vkey: str | None = None,
    policy: Policy | None = None,
    progress: Callable[[int], None] | None = None,
    jobs: int = 1,
) -> Verified:
    """Verify the whole log; needs no secret key.

    `checkpoint` is an older signed note, kept elsewhere: the log must go on from it. `vkey` is
    the log's verifier key, known from elsewhere; without it the one in log.json is taken.
    `policy` says which witnesses must have seen the checkpoint given, or without one the newest
    that witnesses signed: the log must go on from it. `progress` is called with the number of
    records verified so far. With `jobs` so many processes share the full segments; they are
    spawned, so a script that asks for them guards what it does at its top level.

    Raises LogBroken naming the first bad record, LogError where there is no log to verify.
    """
    layout = Layout(Path(directory))
    description = read_description(layout)
    keys = keys_of(layout, description)
    believed = keys
    trusted = None
    if vkey is not None:
        (trusted,) = verifier_keys(layout, (vkey,), description.origin)
        if trusted not in keys:
            believed = [trusted]  # says below what it did not sign

    def prepared() -> Run:
        run = Run(layout, keys, description.origin, progress)
        run.genesis = {
            "format": _layout.FORMAT,
            "origin": description.origin,
            "set": description.set_name,
        }
        run.first_vkeys = description.vkeys[:1]
        if policy is not None:
            note = witnessed(layout) if checkpoint is None else checkpoint
            run.expect("the witnessed checkpoint", under(policy, note, believed))
            run.quorum = policy.quorum
        if checkpoint is not None:
            run.expect("the checkpoint given", outside(checkpoint, believed))
        newest = published(layout, believed)
        if newest is not None:
            run.expect("the published checkpoint", newest)
        return run

    run = prepared()
    try:
        if jobs > 1:
            from ._verify_jobs import Doubt, full_segments  # multiprocessing takes its time

            try:
                run.all_segments(lambda firsts: full_segments(run, firsts, keys, jobs))
            except (Doubt, LogBroken):
                run = prepared()  # one after the other: that names the first bad record
                run.all_segments()
        else:
            run.all_segments()
        run.check_keys(description, trusted)
    except OSError as error:
        raise LogError(f"{error.filename}: cannot be read: {error.strerror}") from None
    return verdict(run, given_key=vkey is not None, outside=checkpoint is not None)


class Run(Payloads):
    """One verification."""

    def __init__(
        self,
        layout: Layout,
        keys: list[VerifierKey],
        origin: str,
        progress: Callable[[int], None] | None,
    ) -> None:
        super().__init__(layout)
        self.history = History(keys, layout.pruned().below)
        self.changes: list[tuple[int, bytes]] = []  # records of keys that no commit covers yet
        self.origin = origin
        self.progress = progress
        self.tree = Tree()
        self.full = b""  # root of the last full segment
        self.previous = _layout.NO_PREVIOUS
        self.committed = 0
        self.digests: list[bytes] = []  # leaves read and not yet in the tree
        self.expected: dict[int, list[tuple[str, Checkpoint]]] = {}
        self.tail = 0
        self.epoch: Epoch | None = None
        self._plain = Plain()
        self.plain = True  # all that was read of a chunk are records of decisions
        self.quorum: str | None = None
        """The quorum whose witnesses saw a checkpoint that the log goes on from."""

    def expect(self, name: str, checkpoint: Checkpoint) -> None:
        self.expected.setdefault(checkpoint.size, []).append((name, checkpoint))

    def all_segments(self, ahead: Callable[[list[int]], None] | None = None) -> None:
        """Verify all of it; `ahead` those of the full segments that it is given."""
        self.compare()
        if self.pruned.below:
            self._start_above()
        firsts = self.layout.segment_firsts()
        if ahead is not None:
            ahead(firsts[:-1])
            firsts = firsts[-1:]
        for first in firsts:
            self.segment(self.layout.segment(first), last=first == firsts[-1])
        if self.pruned.below and not self.prunes:
            raise LogBroken(
                f"the records below {self.pruned.below} are gone, and no record says that they "
                "were pruned",
                file=self.layout.pruned_file,
                seq=self.pruned.below,
            )
        if not self.committed:
            raise LogBroken("holds no committed record", file=self.layout.segments, seq=0)
        for waiting in self.expected.values():
            for name, checkpoint in waiting:
                raise LogBroken(
                    f"the log ends with {self.committed} records, but {name} covers "
                    f"{checkpoint.size}: the end was cut, or this is an older copy",
                    file=self.path,
                    seq=self.committed,
                )

    def _start_above(self) -> None:
        """Take the hashes that stand for what was pruned; the commits after it sign them."""
        below = self.pruned.below
        self.tree = tree_over(self.pruned.roots)
        self.previous = self.pruned.previous
        node = Hashes(self.layout, below).node
        for size in [size for size in self.expected if size < below]:
            for name, checkpoint in self.expected.pop(size):
                proof = consistency_proof(node, size, below)
                try:
                    check_consistency(
                        proof,
                        old=size,
                        new=below,
                        old_root=checkpoint.root,
                        new_root=self.tree.root(),
                    )
                except ProofError:
                    raise LogBroken(
                        f"the first {size} records, now pruned, are not those that {name} signed, "
                        "or what was kept of their hashes is damaged",
                        file=self.layout.pruned_file,
                        seq=max(size - 1, 0),
                    ) from None
        self.compare()

    def segment(self, path: Path, *, last: bool) -> None:
        self.path, self.line = path, 0
        with open_segment(path) as file:
            rest = b""
            while not rest and (chunk := file.read(_CHUNK)):
                whole = BytesIO(chunk).readlines()
                if not whole[-1].endswith(b"\n"):
                    whole[-1] += file.readline(_layout.MAX_LEAF + 1)
                    if not whole[-1].endswith(b"\n"):
                        rest = whole.pop()
                if len(rest) > _layout.MAX_LEAF:
                    raise LogBroken("longer than a line can be", file=path, line=self.line + 1)
                lines = [line[:-1] for line in whole]
                self.plain = True
                self._lines(lines)
                # the last line may go on behind the chunk
                self.payloads(lines, (chunk, *whole[-1:]), plain=self.plain)
                if self.progress is not None:
                    self.progress(self.tree.size + len(self.digests))
        self._check_packed(path)
        if self.digests or rest:
            self._uncommitted(len(rest), last=last)
        elif not last and self.tree.inner.size:
            raise LogBroken(
                f"the segment ends with record {self.tree.size - 1}, too early",
                file=path,
                line=self.line,
                seq=self.tree.size,
            )

    def _check_packed(self, path: Path) -> None:
        """Raises LogBroken where a segment is rotten in a way that its lines don't show, or where
        the compressed copy that is to replace it holds something else."""
        packed = path if is_packed(path) else path.with_name(path.name + SUFFIX)
        if not packed.exists():
            return
        with Packed(packed) as whole:
            whole.check()
        if packed != path and not same_leaves(path, packed):
            raise LogBroken("the compressed copy of the segment holds other records", file=packed)

    def _lines(self, lines: list[bytes]) -> None:
        """Take whole lines: runs of leaves at once, which is what makes this fast."""
        leaves = list(map(bytes.startswith, lines, repeat(_layout.LEAF_START)))
        others = [] if all(leaves) else [index for index, leaf in enumerate(leaves) if not leaf]
        before, start = self.line, 0
        for stop in [*others, len(lines)]:
            self.line = before + start
            if stop > start:
                self._leaves(lines[start:stop])
            if stop < len(lines):
                self.line = before + stop + 1
                self._commit(lines[stop])
            start = stop + 1
        self.line = before + len(lines)

    def _leaves(self, lines: list[bytes]) -> None:
        number = self.line + 1
        for run, seq, width in runs(lines, self.tree.size + len(self.digests)):
            digests = hash_leaves(run)
            if not are_chained(run, seq, width, self.previous, digests):
                bad = first_unchained(run, seq, self.previous, digests)
                pending = [*self.digests, *digests[:bad]]
                raise bad_leaf(self.path, number + bad, seq + bad, self.tree, pending)
            if seq == 0:
                self.check_facts(body_of(run[0]))
                self.epoch = self._epoch(body_of(run[0]))
            if not self._plain.are(run, width):
                self.plain = False
                self.changes += [(seq + n, line) for n, line in enumerate(run) if _KEY in line]
            self.previous = digests[-1]
            self.digests += digests
            number += len(run)

    def _epoch(self, body: dict[str, Any]) -> Epoch | None:
        try:
            return epoch_of(body)
        except LogBroken as error:
            raise LogBroken(error.reason, file=self.path, line=1, seq=0) from None

    def _commit(self, line: bytes) -> None:
        seq = self.tree.size + len(self.digests)
        note = _layout.read_commit(line)
        if note is None:
            raise bad_leaf(self.path, self.line, seq, self.tree, self.digests)
        changes, self.changes = self.changes, []
        for at, leaf in changes:
            self.history.read(at, body_of(leaf))
        try:
            checkpoint, signers = open_signed(note, self.history.keys)
        except NoteError as error:
            raise LogBroken(
                f"the commit of records up to {seq - 1} does not hold: {error}",
                file=self.path,
                line=self.line,
                seq=max(seq - 1, 0),
            ) from None
        first = self.tree.size
        if checkpoint.size == seq and self.digests:
            self._grow()
            if self.tree.root() == checkpoint.root:
                self.committed = seq
                self.history.committed(seq, signers)
                self.compare()
                return
        raise bad_commit(self.path, self.line, checkpoint, first, seq)

    def _grow(self) -> None:
        """Take the leaves read into the tree, stopping at each size that must be compared."""
        digests, self.digests = self.digests, []
        size = self.tree.size
        if self.tree.inner.size + len(digests) > _layout.SEGMENT_ENTRIES:
            raise LogBroken(
                f"the segment holds more than {_layout.SEGMENT_ENTRIES} records",
                file=self.path,
                line=self.line,
            )
        start = 0
        for stop in sorted(expected - size for expected in self.expected):
            if 0 < stop < len(digests):
                self.tree.extend(digests[start:stop])
                self.compare()
                start = stop
        self.full = self.tree.extend(digests[start:]) or self.full

    def compare(self) -> None:
        for name, checkpoint in self.expected.pop(self.tree.size, ()):
            if checkpoint.root != self.tree.root():
                raise LogBroken(
                    f"the first {checkpoint.size} records are not those that {name} signed: "
                    "the log was rewritten",
                    file=self.path,
                    seq=max(checkpoint.size - 1, 0),
                )

    def _uncommitted(self, rest: int, *, last: bool) -> None:
        count = len(self.digests)
        if last and is_locked(self.layout.lock):
            self.tail = count or 1
            return
        raise LogBroken(
            f"the segment ends in {count} whole lines and {rest} bytes that no commit covers: an "
            "interrupted write, which opening the log cuts off and keeps, or a cut",
            file=self.path,
            line=self.line + (1 if rest else 0),
            seq=self.committed,
        )

    def check_keys(self, description: Description, trusted: VerifierKey | None) -> None:
        """Raises LogBroken where log.json tells another history of keys than the records, or where
        the key given did not sign the log."""
        told = []
        for text, since, until in description.validity():
            if since - 1 > self.committed:
                continue  # a change that was begun; opening the log completes it
            told.append((text, since, None if until and until > self.committed else until))
        if told != self.history.spans():
            raise LogBroken(
                "log.json and the records tell different keys of the log",
                file=self.layout.description,
            )
        if trusted is None:
            return
        covered = self.history.covered(trusted)
        if covered < self.committed:
            raise LogBroken(
                "no commit is signed by the key given, or by one that it appointed"
                if not covered
                else f"the key given, and those that it appointed, sign {covered} records only",
                file=self.path,
                seq=covered,
            )
