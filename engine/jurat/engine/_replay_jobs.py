"""Replaying a log in several processes: worker K of N takes every N-th run of records.

Each worker sends the verdicts of one run at a time into a pipe of its own, and the caller reads
the pipes in turn. So verdicts come in the log's order, and a worker that is ahead waits: memory
stays flat however long the log is.
"""

import pickle
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from jurat.log import KeyStore, LogError, LogReader

from ._load import Source
from ._replay import Replayed, Replayer

RUN = 2048  # records


def replay_in_processes(
    directory: Path, bundle: Source | list[Source] | None, keys: Path, jobs: int
) -> Iterator[Replayed]:
    """The verdicts on the records of a log, in its order. Raises as `replay`."""
    with LogReader(directory, keys=KeyStore(keys)) as log:
        first = log.first
    context = get_context("spawn")  # a fork would copy the caller's threads' locks
    workers: list[tuple[BaseProcess, Connection]] = []
    try:
        for number in range(jobs):
            here, there = context.Pipe(duplex=False)
            given = there, directory, bundle, keys, first, number, jobs
            process: BaseProcess = context.Process(target=_work, args=given, daemon=True)
            process.start()
            there.close()
            workers.append((process, here))
        while True:
            for _, pipe in workers:
                told, last = _receive(pipe)
                yield from told
                if last:
                    return
    finally:
        for process, pipe in workers:
            pipe.close()
            process.terminate()
            process.join()


def _receive(pipe: Connection) -> tuple[list[Replayed], bool]:
    try:
        told = pipe.recv()
    except EOFError:
        raise LogError("a process that replayed the log has died; give fewer --jobs") from None
    if isinstance(told, Exception):
        raise told
    verdicts, last = told
    return [Replayed(*verdict) for verdict in verdicts], last


def _work(
    pipe: Connection,
    directory: Path,
    bundle: Source | list[Source] | None,
    keys: Path,
    first: int,
    number: int,
    jobs: int,
) -> None:
    try:
        with LogReader(directory, keys=KeyStore(keys)) as log:
            replayer = Replayer(log, bundle=bundle)
            last = False
            while not last:
                leaves, last = _run(log, first + number * RUN)
                pipe.send((_verdicts(replayer, leaves), last))
                number += jobs
    except (BrokenPipeError, KeyboardInterrupt):
        return  # nobody listens any more
    except Exception as error:  # noqa: BLE001  # whatever it is, the caller raises it
        pipe.send(_portable(error))


def _run(log: LogReader, start: int) -> tuple[list[tuple[int, bytes]], bool]:
    """The leaves of a run, and whether it is the last. Of one that was pruned meanwhile, none."""
    leaves: list[tuple[int, bytes]] = []
    for leaf in log.leaves(start):
        if leaf[0] >= start + RUN:
            return leaves, False
        leaves.append(leaf)
    return leaves, True


def _verdicts(replayer: Replayer, leaves: list[tuple[int, bytes]]) -> list[tuple[object, ...]]:
    return [
        (one.seq, one.verdict, one.was, one.now, one.why, one.differs)
        for one in replayer.leaves(leaves)
    ]


def _portable(error: Exception) -> Exception:
    try:
        copy = pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001  # an error that does not pickle keeps its text
        return LogError(str(error))
    return copy if isinstance(copy, type(error)) else LogError(str(error))
