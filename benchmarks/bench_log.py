"""What the decision log costs: durable appends, verification, bytes per record.

    python benchmarks/bench_log.py [--records N] [--directory DIR]

Every figure stands beside the floor of the same run: a plain write and fdatasync on the same
disk, and SHA-256 of the same bytes.
"""

import argparse
import asyncio
import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jurat.log import KeyStore, Log, prove, read_log, verify

SECONDS = 2.0
PROOFS = 200
ROUNDS = 3  # the best of them counts: the machine may be shared


def body(number: int) -> dict[str, Any]:
    """A decision's record as the engine writes it, with some 300 bytes of sealed facts."""
    return {
        "act": "chat.completions",
        "actor": {"kind": "service_account", "ref": "hmac:" + "5a" * 32},
        "bundle": "sha256:" + "b1" * 32,
        "counts": {"fired": 2, "passed": 4},
        "dec": "hmac:" + hashlib.sha256(str(number).encode()).hexdigest(),
        "effect": "allow",
        "env": "production",
        "facts": FACTS,
        "id": f"0197f2a0-0000-7000-8000-{number:012x}",
        "in": "hmac:" + "0d" * 32,
        "model": "gpt-4.1",
        "outcomes": [["callers", "fired"], ["pii", "fired"]],
        "plan": "sha256:" + "e7" * 32,
        "project": "proj-prod",
        "ts": 1779710400000000 + number,
        "value": "Permit",
    }


def small(number: int) -> dict[str, Any]:
    """The smallest useful record: an effect and the digest that stands for the decision."""
    return {"dec": "hmac:" + "c3" * 32, "effect": "allow", "ts": 1779710400000000 + number}


FACTS: dict[str, Any] = {}


def rate(work: Callable[[], int]) -> tuple[float, float]:
    """Records per second, and CPU microseconds per record."""
    begun, spent = time.perf_counter(), time.process_time()
    count = work()
    wall = time.perf_counter() - begun
    return count / wall, (time.process_time() - spent) / count * 1e6


def one_caller(log: Log, make: Callable[[int], dict[str, Any]]) -> int:
    count, end = 0, time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        log.append("decision", make(count)).wait()
        count += 1
    return count


def many_threads(log: Log, make: Callable[[int], dict[str, Any]], threads: int = 64) -> int:
    counts = [0] * threads
    end = time.perf_counter() + SECONDS

    def run(index: int) -> None:
        while time.perf_counter() < end:
            log.append("decision", make(counts[index])).wait()
            counts[index] += 1

    workers = [threading.Thread(target=run, args=(index,)) for index in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(counts)


def many_tasks(log: Log, make: Callable[[int], dict[str, Any]], tasks: int = 64) -> int:
    async def run(end: float) -> int:
        count = 0
        while time.perf_counter() < end:
            await log.append("decision", make(count))
            count += 1
        return count

    async def all_of_them() -> int:
        end = time.perf_counter() + SECONDS
        return sum(await asyncio.gather(*[run(end) for _ in range(tasks)]))

    return asyncio.run(all_of_them())


def fill(log: Log, records: int, make: Callable[[int], dict[str, Any]]) -> int:
    for number in range(records):
        log.append("decision", make(number)).wait()
    log.flush()
    return records


def floor(directory: Path, data: bytes) -> float:
    descriptor = os.open(directory / "floor", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    sync = getattr(os, "fdatasync", os.fsync)
    count, end = 0, time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        os.write(descriptor, data)
        sync(descriptor)
        count += 1
    os.close(descriptor)
    return count / SECONDS


def hashing(leaves: list[bytes]) -> float:
    """Records per second of CPU whose leaf, and the node above it, are hashed and nothing else."""
    node = bytes(65)
    begun = time.process_time()
    for leaf in leaves:
        hashlib.sha256(leaf).digest()
        hashlib.sha256(node).digest()
    return len(leaves) / (time.process_time() - begun)


def verifying(directory: Path, records: int) -> float:
    """Records per second of CPU."""
    begun = time.process_time()
    verify(directory)
    return records / (time.process_time() - begun)


def proofs(directory: Path, records: int) -> float:
    """CPU milliseconds of one proof, from a log on disk that is opened anew for each."""
    numbers = range(0, records, max(1, records // PROOFS))
    begun = time.process_time()
    for number in numbers:
        prove(directory, number)
    return (time.process_time() - begun) / len(numbers) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=200_000, help="records to verify")
    parser.add_argument("--directory", type=Path, help="where the logs are made")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as place:
        report(Path(place), options.records)


def report(root: Path, records: int) -> None:
    keys = KeyStore(root / "keys", notify=lambda text: None)
    with Log.open(root / "seal", keys=keys) as log:
        FACTS.update(log.seal("svc-chatbot-prod", b"f" * 300))
    rows: list[tuple[str, str, str]] = []
    syncs = floor(root, b"x" * 1000)
    rows.append(("floor: write + fdatasync of 1,000 bytes", f"{syncs:,.0f}/s", ""))
    for name, work in (
        ("1 caller", one_caller),
        ("64 threads", many_threads),
        ("64 asyncio tasks", many_tasks),
    ):
        with Log.open(root / work.__name__, keys=keys) as log:
            per_second, cpu = rate(lambda log=log, work=work: work(log, small))  # type: ignore[misc]  # mypy infers no types for a lambda's defaults
        rows.append(
            (
                f"sync, {name}",
                f"{per_second:,.0f}/s",
                f"{cpu:.1f} µs CPU, {per_second / syncs:.1f} times the floor",
            )
        )
    with Log.open(root / "buffered", keys=keys, durability="buffered") as log:
        per_second, cpu = rate(lambda: fill(log, records // 4, small))
    rows.append(("buffered, 1 caller", f"{per_second:,.0f}/s", f"{cpu:.1f} µs CPU"))
    for name, make in (("small", small), ("whole decision", body)):
        directory = root / f"verify-{name}"
        with Log.open(directory, keys=keys, durability="buffered") as log:
            fill(log, records, make)
        size = sum(path.stat().st_size for path in (directory / "seg").iterdir())
        leaves = [record.leaf for record in read_log(directory)]
        hashed = max(hashing(leaves) for _ in range(ROUNDS))
        verified = max(verifying(directory, records) for _ in range(ROUNDS))
        rows.append((f"floor: the two SHA-256 of a record, {name}", f"{hashed:,.0f}/s", ""))
        rows.append(
            (f"verify, {name}", f"{verified:,.0f}/s", f"{verified / hashed:.2f} of that floor")
        )
        rows.append((f"bytes on disk per record, {name}", f"{size / records:,.0f}", ""))
    milliseconds = proofs(root / "verify-small", records)
    rows.append(("one proof", f"{milliseconds:.2f} ms CPU", ""))
    width = max(len(row[0]) for row in rows)
    for title, figure, note in rows:
        print(f"{title:<{width}}  {figure:>12}  {note}")


if __name__ == "__main__":
    main()
