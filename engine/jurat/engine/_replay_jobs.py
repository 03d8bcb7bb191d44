"""Going through a log in several processes: worker K of N takes every N-th run of records.

Each worker sends what it made of one run at a time into a pipe of its own, and the caller reads
the pipes in turn. So it comes in the log's order, and a worker that is ahead waits: memory stays
flat however long the log is.
"""

import pickle
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from jurat.log import KeyStore, LogError, LogReader

from ._load import Source
from ._replay import Replayed, Replayer

RUN = 2048  # records

Leaves = list[tuple[int, bytes]]
Make = Callable[[LogReader], Callable[[Leaves], Any]]
"""What a worker calls with the log: it gives what makes something of a run of leaves."""


def replay_in_processes(
    directory: Path, bundle: Source | list[Source] | None, keys: Path, jobs: int
) -> Iterator[Replayed]:
    """The verdicts on the records of a log, in its order. Raises as `replay`."""
    for told in in_processes(directory, partial(replaying, bundle), keys, jobs):
        yield from told


def replaying(
    bundle: Source | list[Source] | None, log: LogReader
) -> Callable[[Leaves], list[Replayed]]:
    """What makes verdicts of leaves."""
    replayer = Replayer(log, bundle=bundle)
    return lambda leaves: list(replayer.leaves(leaves))


def in_processes(
    directory: Path, make: Make, keys: Path, jobs: int, size: int | None = None
) -> Iterator[Any]:
    """What the workers make of each run of leaves of a log, below `size`, in its order.

    `make` and what is made are pickled. Raises what a worker raises, LogError for one that dies.
    """
    with LogReader(directory, keys=KeyStore(keys)) as log:
        first = log.first
    context = get_context("spawn")  # a fork would copy the caller's threads' locks
    workers: list[tuple[BaseProcess, Connection]] = []
    try:
        for number in range(jobs):
            here, there = context.Pipe(duplex=False)
            given = there, directory, make, keys, first, number, jobs, size
            process: BaseProcess = context.Process(target=_work, args=given, daemon=True)
            process.start()
            there.close()
            workers.append((process, here))
        while True:
            for _, pipe in workers:
                told, last = _receive(pipe)
                yield told
                if last:
                    return
    finally:
        for process, pipe in workers:
            pipe.close()
            process.terminate()
            process.join()


def in_one(log: LogReader, make: Make, size: int | None = None) -> Iterator[Any]:
    """The same in this process."""
    work, start, last = make(log), log.first, False
    while not last:
        leaves, last = _run(log, start, size)
        yield work(leaves)
        start += RUN


def _receive(pipe: Connection) -> tuple[Any, bool]:
    try:
        told = pipe.recv()
    except EOFError:
        raise LogError("a process that replayed the log has died; give fewer --jobs") from None
    if isinstance(told, Exception):
        raise told
    made, last = told
    return made, last


def _work(
    pipe: Connection,
    directory: Path,
    make: Make,
    keys: Path,
    first: int,
    number: int,
    jobs: int,
    size: int | None = None,
) -> None:
    try:
        with LogReader(directory, keys=KeyStore(keys)) as log:
            work = make(log)
            last = False
            while not last:
                leaves, last = _run(log, first + number * RUN, size)
                pipe.send((work(leaves), last))
                number += jobs
    except (BrokenPipeError, KeyboardInterrupt):
        return  # nobody listens any more
    except Exception as error:  # noqa: BLE001  # whatever it is, the caller raises it
        pipe.send(_portable(error))


def _run(log: LogReader, start: int, size: int | None) -> tuple[Leaves, bool]:
    """The leaves of a run, and whether it is the last. Of one that was pruned meanwhile, none."""
    leaves: Leaves = []
    for leaf in log.leaves(start):
        if size is not None and leaf[0] >= size:
            return leaves, True
        if leaf[0] >= start + RUN:
            return leaves, False
        leaves.append(leaf)
    return leaves, True


def _portable(error: Exception) -> Exception:
    try:
        copy = pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001  # an error that does not pickle keeps its text
        return LogError(str(error))
    return copy if isinstance(copy, type(error)) else LogError(str(error))
