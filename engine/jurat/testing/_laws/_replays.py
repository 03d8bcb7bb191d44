"""Law: the record of a decision decides the same again."""

from functools import partial
from typing import Unpack

from jurat.engine import Replayer
from jurat.log import LogReader

from ._bench import Bench, Subject, benches
from ._broken import Breach
from ._case import Trial
from ._kept import Kept, keeping
from ._options import How
from ._search import Law, hold

LAW = Law(
    "replays",
    "The record of a decision holds all that it followed from but the text: replayed from the "
    "log, it is the same to the byte.",
)


def assert_replays(subject: Subject, **how: Unpack[How]) -> None:
    """Hold a bundle to the law that its decisions replay: they are written to a real log in a
    temporary directory, read back, and decided again from what was recorded.

    A check that reads what is not a recorded fact (text, a clock, a file) decides otherwise then.
    Raises LawBroken.
    """
    for bench in benches(subject, how.get("registry")):
        with keeping(bench) as kept, LogReader(kept.directory, keys=kept.keys) as log:
            replayer = Replayer(log, registry=bench.registry)
            hold(LAW, bench, partial(_breach, bench, kept, log, replayer), how, share=0.5)


def _breach(
    bench: Bench, kept: Kept, log: LogReader, replayer: Replayer, trial: Trial
) -> Breach | None:
    decision = kept.engine.evaluate(dict(trial.given), now=trial.now, supports=trial.supports)
    if decision.receipt is None or decision.value is None:  # of an input that can't be read
        return None
    seq = decision.receipt.wait().seq
    told = next((one for one in replayer.replay(log.records(seq)) if one.seq == seq), None)
    if told is not None and told.verdict == "agrees":
        return None
    what = f"was {decision.effect} ({decision.value}); the log holds no record of it"
    if told is not None:
        what = f"was {told.was[0]} ({told.was[1]}), replays as {told.now[0]} ({told.now[1]})"
    return Breach(what, trial, _rule(bench, trial))


def _rule(bench: Bench, trial: Trial) -> str:
    """The rule at fault, where only one has a check: of several, any may be."""
    kinds = [rule for rule in bench.bundle.rules if rule.implementation is not None]
    return kinds[0].id if len(kinds) == 1 else ""
