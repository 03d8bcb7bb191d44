"""Deciding in another process, whose sets have another order: what a decision must not hang on."""

import json
import os
import subprocess
import sys
from itertools import islice
from random import Random

from jurat.model import InvalidInput

from ._bench import Bench, benches
from ._search import drawn_for

_MAIN = "from jurat.testing._laws._twin import main; main()"


def command(code: str) -> list[str]:
    """What starts another interpreter for `code`: the current directory is not in its path."""
    return [sys.executable, "-P", "-c", code]


def environment(**more: str) -> dict[str, str]:
    """The environment of such an interpreter: it imports what this one does."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **more}


def elsewhere(bench: Bench, seed: int, count: int) -> list[str]:
    """The canonical decisions of another process on the inputs that a search with this seed draws
    first; "" for one that can't be read. `bench` has a source. Empty if that process fails: what
    makes it fail is for other laws to tell."""
    hashing = "1" if os.environ.get("PYTHONHASHSEED") == "0" else "0"
    task = {"source": bench.source, "out": sorted(bench.left_out), "seed": seed, "count": count}
    done = subprocess.run(
        command(_MAIN),
        input=json.dumps(task).encode(),
        env=environment(PYTHONHASHSEED=hashing),
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        return []
    made: list[str] = json.loads(done.stdout)
    return made


def main() -> None:
    """Do what `elsewhere` asks for."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a plugin prints is no decision
    task = json.loads(sys.stdin.buffer.read())
    (bench,) = benches(task["source"])
    for rule in task["out"]:
        bench = bench.without(rule)
    made = []
    for trial in islice(drawn_for(bench, Random(task["seed"]), bench.kinds), task["count"]):
        try:
            made.append(bench.decide(trial).canonical().decode())
        except InvalidInput:
            made.append("")
    with out:
        json.dump(made, out)
