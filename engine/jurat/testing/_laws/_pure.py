"""Law: a decision follows from its arguments alone."""

from datetime import datetime
from functools import partial
from typing import Any, Unpack

from jurat.engine._judging import subject_of
from jurat.model import to_plain
from jurat.plan import FactSet
from jurat.plugin import Check

from ._bench import Bench, Subject, benches
from ._broken import Breach
from ._case import Trial
from ._impure import Seen, noting
from ._options import How
from ._search import Law, hold

LAW = Law(
    "pure",
    "A decision follows from its input, its facts and `now` alone: a check reads no clock, file, "
    "network, environment or chance, and changes nothing that it is given.",
)


def assert_pure(subject: Subject, **how: Unpack[How]) -> None:
    """Hold a bundle to the law that its checks are pure.

    While a check runs, Python's profiling (`sys.setprofile`) tells which functions of the clock,
    of files, sockets, processes, threads, of the environment and of chance are called, and
    afterwards its target, facts, tables and params are what they were. What a C extension does
    inside itself is not seen.

    Raises LawBroken.
    """
    for bench in benches(subject, how.get("registry")):
        hold(LAW, bench, partial(_breach, bench), how, share=0.4)


def _breach(bench: Bench, trial: Trial) -> Breach | None:
    facts = bench.facts(trial)
    calls: list[tuple[str, Seen]] = []

    def hook(rule: str, check: Check, target: Any, facts: Any, now: datetime) -> Any:
        seen: Seen = []
        try:
            with noting(seen):
                return check(target, facts, now)
        finally:
            if seen:
                calls.append((rule, seen))

    before = _given(bench, facts)
    with bench.watch.through(hook):
        bench.decide(trial, facts=facts)
    if calls:
        rule, seen = calls[0]
        what = f"its check {' and '.join(dict.fromkeys(what for what, _ in seen))}"
        return Breach(what, trial, rule, where=seen[0][1])
    if _given(bench, facts) != before:
        return Breach("its check changes what it is given", trial, _changer(bench, trial))
    return None


def _changer(bench: Bench, trial: Trial) -> str:
    """The rule after whose check something is not what it was."""
    facts = bench.facts(trial)
    found: list[str] = []

    def hook(rule: str, check: Check, target: Any, facts_of: Any, now: datetime) -> Any:
        before = _given(bench, facts)
        try:
            return check(target, facts_of, now)
        finally:
            if _given(bench, facts) != before:
                found.append(rule)

    with bench.watch.through(hook):
        bench.decide(trial, facts=facts)
    return found[0] if found else ""


def _given(bench: Bench, facts: FactSet) -> str:
    """All that a check can reach and should leave alone."""
    parts = (facts.sent, subject_of(facts), facts.project, facts.org)
    tables = {name: facts.data[name] for name in facts.data.names}
    params = [rule.params for rule in bench.bundle.rules]
    return repr((to_plain([*parts, tables]), params))
