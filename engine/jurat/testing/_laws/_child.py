"""The process in which `_apart` holds a bundle to laws: reads a task, tells events as JSON lines."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from ._apart import Beacon, BrokenLaw

Tell = Callable[..., None]


def main() -> None:
    """Hold a bundle to laws."""
    serve(_work)


def serve(work: Callable[[dict[str, Any], Tell], None]) -> None:
    """Do `work`, the task of which stands in standard input, within the memory that it gives, and
    tell of it in lines of standard output; "done" is the last."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a plugin prints is no event

    def tell(event: str, **more: Any) -> None:
        out.write(json.dumps({"event": event, **more}) + "\n")
        out.flush()

    task = json.loads(sys.stdin.buffer.read())
    _limit(task["memory"])
    try:
        work(task, tell)
    except MemoryError:
        tell("lost", law="", rule="", why="it ran out of memory")
    tell("done")


def _limit(memory: int | None) -> None:
    """Keep the process's address space below `memory` bytes, where the platform can."""
    if memory is None:
        return
    try:
        import resource
    except ImportError:  # Windows has none
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most != resource.RLIM_INFINITY:
        memory = min(memory, most)
    resource.setrlimit(resource.RLIMIT_AS, (memory, most))


def uncompiled(source: str, registry: Any) -> Any:
    """The bundle, not compiled: the bench does that, and says whose code runs. Raises
    BundleError."""
    from jurat.bundle import read_bundle
    from jurat.engine import compile_bundles, resolve, versions_of

    if source.startswith(("https://", "http://")):
        return compile_bundles(source, registry, versions_of(registry))[0][0]
    return read_bundle(resolve(source), registry)


def _work(task: dict[str, Any], tell: Tell) -> None:
    from jurat.bundle import BundleError
    from jurat.plugin import load_plugins

    from ._bench import Bench
    from ._suite import run_laws

    beacon = Beacon(task["beacon"])
    try:
        registry = load_plugins()
        bundle = uncompiled(task["source"], registry)
        bench = Bench(bundle, registry, tell=beacon)
        bench.source = task["source"]
    except BundleError as error:
        broken = any(problem.name == "broken-plugin" for problem in error.diagnostics)
        tell("not-loaded", text=str(error), plugin=broken)
        return
    tell("loaded", name=bundle.name, version=bundle.version, rules=len(bundle.rules))
    law = ""

    def begins(name: str) -> None:
        nonlocal law
        law = name
        tell("begun", law=name)

    try:
        for result in run_laws(
            bench,
            laws=task["laws"],
            begins=begins,
            rule=task["rule"],
            profile=task["profile"],
            max_examples=task["max_examples"],
            seed=task["seed"],
        ):
            broken_laws = [
                asdict(BrokenLaw(one.rule, one.place, one.what, one.where, one.case, one.told()))
                for one in result.broken
            ]
            tell(
                "held",
                law=result.law,
                words=result.words,
                broken=broken_laws,
                seconds=result.seconds,
            )
    except ValueError as error:  # of the rule that was asked for
        if law:
            raise
        tell("not-loaded", text=str(error), plugin=False)
    except MemoryError:
        tell("lost", law=law, rule=bench.watch.running, why="it ran out of memory")
