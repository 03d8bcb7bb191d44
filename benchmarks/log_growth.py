"""What a record costs while the log grows: CPU time, memory.

    python benchmarks/log_growth.py [--records N] [--directory DIR]

Appends N small records (default: a million) to one log, durability `buffered`, and prints for each
tenth of them the CPU time of an append and the most memory that the process had. In the end appends
to this log and to a new one are timed in turn: the ratio says whether a log grows slower. Ten
million take some minutes and 3 GB of disk.
"""

import argparse
import contextlib
import itertools
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench_log import fill, small

from jurat.log import KeyStore, Log

PARTS, ROUNDS, CHUNK = 10, 20, 5_000


def grow(directory: Path, records: int) -> Iterator[dict[str, float]]:
    """For each tenth of the records: how many there are then, CPU microseconds of an append, and
    the most memory until then, in MiB. Last, the ratio of an append then to one to a new log."""
    keys = KeyStore(directory / "keys", notify=lambda text: None)
    numbers = itertools.count()

    def spent(log: Log, count: int) -> float:
        begun = time.process_time()
        fill(log, count, lambda _: small(next(numbers)))
        return (time.process_time() - begun) / count * 1e6

    def opened(name: str) -> Any:
        return Log.open(directory / name, keys=keys, durability="buffered")

    with opened("log") as log, opened("new") as new:
        for part in range(1, PARTS + 1):
            yield {
                "us": spent(log, records // PARTS),
                "records": records // PARTS * part,
                "mib": _peak(),
            }
        pairs = [(spent(log, CHUNK), spent(new, CHUNK)) for _ in range(ROUNDS)]
        yield {"ratio": min(then for then, _ in pairs) / min(fresh for _, fresh in pairs)}


def _peak() -> float:
    """The most memory that the process had, in MiB."""
    with contextlib.suppress(OSError, StopIteration), open("/proc/self/status") as status:
        # what rusage says is never below what the parent had when it started the process
        line = next(line for line in status if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--directory", type=Path, help="where the log is made")
    parser.add_argument("--json", action="store_true", help="print JSON, a line for each tenth")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as place:
        for part in grow(Path(place), options.records):
            if options.json:
                print(json.dumps(part), flush=True)
            elif "ratio" in part:
                print(f"an append then, to one to a new log: {part['ratio']:.2f}")
            else:
                print(
                    f"{part['records']:>12,.0f} records  {part['us']:6.1f} µs CPU an append  "
                    f"{part['mib']:6.1f} MiB at the most",
                    flush=True,
                )


if __name__ == "__main__":
    main()
