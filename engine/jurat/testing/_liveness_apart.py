"""Liveness in a process of its own: a plugin that hangs, takes all memory or ends the process ends
that one alone, and is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from jurat.plugin import Check

from ._laws._apart import Beacon, Lost, NotLoaded, told_apart
from ._laws._child import Tell, serve, uncompiled
from ._laws._watch import Watch
from ._liveness import TRIES, Change, certify, kept_certificate, liveness_changes, told

_MAIN = "from jurat.testing._liveness_apart import main; main()"
_SEED = 0  # the same order of sets each time, as the certificate is to have the same bytes


@dataclass(frozen=True, slots=True)
class Task:
    """The bundle at `source` is certified or, with `check`, held to its certificate. `time_limit`
    is in seconds, for loading and for the search; `memory` in bytes of address space, None for no
    limit (there is none on Windows)."""

    source: str
    check: bool = False
    tries: int = TRIES
    time_limit: float = 300.0
    memory: int | None = 4 * 2**30


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate was made, of which `data` are the bytes."""

    bundle: str
    rules: int
    not_found: tuple[tuple[str, str, int], ...]
    """(rule, what it was not seen to do, in how many tries)."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Checked:
    """The bundle was held to its certificate; `changes` is None where none is kept."""

    bundle: str
    changes: tuple[tuple[Change, str], ...] | None
    """Each with what it is in words, which tell what was shown before."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The certificate that is kept can't be read."""

    text: str


def liveness_apart(task: Task) -> Certified | Checked | Unreadable | NotLoaded | Lost:
    """Certify a bundle, or hold it to its certificate, in another process."""
    for event in told_apart(_MAIN, asdict(task), time_limit=task.time_limit, seed=_SEED):
        if isinstance(event, Lost):
            return event
        match event.pop("event"):
            case "certified":
                event["not_found"] = tuple(map(tuple, event["not_found"]))
                return Certified(**{**event, "data": event["data"].encode()})
            case "checked":
                if event["changes"] is not None:
                    event["changes"] = tuple(
                        (Change(**change), words) for change, words in event["changes"]
                    )
                return Checked(**event)
            case "unreadable":
                return Unreadable(**event)
            case "not-loaded":
                return NotLoaded(**event)
            case "lost":
                return Lost(**event)
    return Lost("", "", "it ended and told nothing")


# -- in that process


class _Ended(BaseException):
    """A check did what ends a process; the engine would take it for an error of the rule."""

    def __init__(self, rule: str, why: str) -> None:
        super().__init__(rule, why)
        self.rule = rule
        self.why = why


def main() -> None:
    """Certify a bundle, or hold it to its certificate."""
    serve(_work)


def _work(task: dict[str, Any], tell: Tell) -> None:
    from jurat.bundle import BundleError
    from jurat.engine import plan_of, versions_of
    from jurat.plugin import load_plugins

    watch = Watch(Beacon(task["beacon"]))
    try:
        registry = load_plugins()
        bundle = uncompiled(task["source"], registry)
        plan = plan_of(watch.over(bundle), registry, versions_of(registry))
    except BundleError as error:
        broken = any(problem.name == "broken-plugin" for problem in error.diagnostics)
        tell("not-loaded", text=str(error), plugin=broken)
        return
    tell("begun", law="liveness")
    try:
        with _ending(watch):
            if task["check"]:
                _check(plan, registry, task["tries"], tell)
                return
            made = certify(plan, registry, tries=task["tries"])
    except _Ended as ended:
        tell("lost", law="liveness", rule=ended.rule, why=ended.why)
        return
    except MemoryError:
        tell("lost", law="liveness", rule=watch.running, why="it ran out of memory")
        return
    tell(
        "certified",
        bundle=plan.bundle.name,
        rules=len(made.rules),
        not_found=list(made.not_found),
        data=made.to_bytes().decode(),
    )


def _check(plan: Any, registry: Any, tries: int, tell: Tell) -> None:
    try:
        before = kept_certificate(plan.bundle)
    except ValueError as error:
        tell("unreadable", text=str(error))
        return
    if before is None:
        tell("checked", bundle=plan.bundle.name, changes=None)
        return
    changes = [
        (
            {
                "rule": change.rule,
                "what": change.what,
                "tries": change.tries,
                "gone": change.gone,
            },
            told(change),
        )
        for change in liveness_changes(plan, registry, tries=tries)
    ]
    tell("checked", bundle=plan.bundle.name, changes=changes)


@contextmanager
def _ending(watch: Watch) -> Iterator[None]:
    """Let a check that ends the process end the search, with the name of its rule."""

    def hook(rule: str, check: Check, target: Any, facts: Any, now: datetime) -> Any:
        try:
            return check(target, facts, now)
        except MemoryError:
            raise _Ended(rule, "its check ran out of memory") from None
        except SystemExit:
            raise _Ended(rule, "its check called sys.exit") from None

    with watch.through(hook):
        yield
