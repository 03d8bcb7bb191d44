"""Verifying full segments in several processes.

Each process gets what its segment follows: the roots of the segments before it, as `hashes/2` has
them, and the hash of the leaf before it. It verifies as if they were right, and afterwards they
are compared with what the processes found. Whatever differs or fails makes a Doubt: then all is
verified one after the other, so nothing is believed of what is derived.
"""

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

from . import _layout
from ._epoch import Epoch
from ._errors import LogError
from ._history import History
from ._layout import Layout
from ._note import Checkpoint, VerifierKey
from ._recover import last_leaf
from ._tree import HASH_SIZE, Frontier, Tree, leaf_hash
from ._verify import Run


class Doubt(Exception):
    """Something is not as it should be; verifying in order says what."""


@dataclass(slots=True)
class _Part:
    """One full segment to verify, and what it follows."""

    layout: Layout
    first: int
    outer: Frontier
    previous: bytes
    keys: list[VerifierKey]
    origin: str
    genesis: dict[str, str]
    first_vkeys: tuple[str, ...]
    expected: dict[int, list[tuple[str, Checkpoint]]]


@dataclass(slots=True)
class _Done:
    """What a verified segment turned out to be."""

    root: bytes
    previous: bytes
    history: History
    missing_bundles: set[str] = field(default_factory=set)
    prunes: int = 0
    epoch: Epoch | None = None


def full_segments(run: Run, firsts: list[int], keys: list[VerifierKey], jobs: int) -> None:
    """Verify the full segments that start at `firsts`, and put `run` where the last of them ends.

    Raises Doubt or LogBroken; `run` is then of no use.
    """
    if not firsts:
        return
    with _processes(min(jobs, len(firsts))) as pool:
        parts = list(_parts(run, firsts, keys))
        waiting = [pool.submit(_verified, part) for part in parts]
        try:
            for part, future in zip(parts, waiting, strict=True):
                _take(run, part, future.result())
        except BaseException as error:
            for future in waiting:
                future.cancel()
            if isinstance(error, (OSError, RuntimeError)):  # a process died, or none starts
                raise Doubt from None
            raise


def _processes(jobs: int) -> Executor:
    # A fork would copy the caller's threads' locks.
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))


def _parts(run: Run, firsts: list[int], keys: list[VerifierKey]) -> Iterator[_Part]:
    """The parts, as the derived files tell what each follows. Raises Doubt where they don't."""
    outer, previous = run.tree.outer.copy(), run.previous
    for first in firsts:
        end = first + _layout.SEGMENT_ENTRIES
        expected = {
            size: run.expected.pop(size) for size in [*run.expected] if first < size <= end
        }
        yield _Part(
            run.layout,
            first,
            outer.copy(),
            previous,
            keys,
            run.origin,
            run.genesis,
            run.first_vkeys,
            expected,
        )
        outer.push(_claimed_root(run.layout, first))
        try:
            previous = leaf_hash(last_leaf(run.layout.segment(first)))
        except (LogError, OSError, IndexError):
            raise Doubt from None


def _claimed_root(layout: Layout, first: int) -> bytes:
    try:
        with layout.segment_roots.open("rb") as file:
            file.seek(first // _layout.SEGMENT_ENTRIES * HASH_SIZE)
            root = file.read(HASH_SIZE)
    except OSError:
        raise Doubt from None
    if len(root) != HASH_SIZE:
        raise Doubt
    return root


def _take(run: Run, part: _Part, done: _Done | None) -> None:
    if done is None or part.previous != run.previous or part.outer.peaks != run.tree.outer.peaks:
        raise Doubt
    run.tree.outer.push(done.root)
    run.previous = done.previous
    run.committed = run.tree.size
    run.history.join(done.history)
    run.missing_bundles |= done.missing_bundles
    run.prunes += done.prunes
    run.epoch = run.epoch or done.epoch
    if run.progress is not None:
        run.progress(run.tree.size)


def _verified(part: _Part) -> _Done | None:
    """The segment, verified; None where it is not what the part says. Runs in a process."""
    run = Run(part.layout, part.keys, part.origin, None)
    run.history = History(part.keys, part.first)
    run.genesis, run.first_vkeys = part.genesis, part.first_vkeys
    run.tree, run.previous, run.expected = Tree(part.outer), part.previous, part.expected
    size = part.first + _layout.SEGMENT_ENTRIES
    try:
        run.segment(part.layout.segment(part.first), last=False)
    except (LogError, OSError):
        return None
    if run.tree.inner.size or run.tree.size != size or run.committed != size or run.expected:
        return None
    return _Done(run.full, run.previous, run.history, run.missing_bundles, run.prunes, run.epoch)
