"""Law: what an input holds is not told again."""

import json
import random
import string
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Unpack

from jurat.canon import join, tokens
from jurat.plan import Decision

from .._mentions_fields import fields_of
from ._bench import Bench, Subject, benches
from ._broken import Breach
from ._case import Trial
from ._kept import Kept, keeping
from ._options import How
from ._search import Law, hold, seed_of, seeded, told_as

LAW = Law(
    "no-secret-in-evidence",
    "No text of an input, and no value of it that may be a secret, stands in a reason, an "
    "explanation, an exception or the log.",
)
_LONG = 72  # characters: longer than what a reason may quote
_ALPHABET = string.ascii_letters + string.digits + "~^"  # no digest and no base64 has the last two


def assert_no_secret_in_evidence(subject: Subject, **how: Unpack[How]) -> None:
    """Hold a bundle to the law that its decisions tell no secret: a random value is planted in
    each text field of an input in turn, and in its messages, and looked for in everything that is
    told of the decision and in the bytes of its log.

    What a check wants to show of an input it puts into `Finding.quote`. Raises LawBroken.
    """
    once = seeded(how)
    for bench in benches(subject, how.get("registry")):
        canary = _canary(seed_of(once))
        told: list[Trial] = []
        with keeping(bench) as kept:
            hold(LAW, bench, partial(_breach, kept, canary, told), once, share=0.1)
            kept.engine.close()
            if kept.engine.log is not None:
                kept.engine.log.close()
            _hold_log(bench, kept, canary, told)


def _canary(seed: int) -> str:
    made = random.Random(seed)
    return "~^" + "".join(made.choice(_ALPHABET) for _ in range(_LONG))


def _breach(kept: Kept, canary: str, told: list[Trial], trial: Trial) -> Breach | None:
    for pointer, planted in _planted(trial, canary):
        try:
            decision = kept.engine.evaluate(
                dict(planted.given), now=planted.now, supports=planted.supports
            )
            shown = _shown(decision)
        except Exception as error:  # noqa: BLE001  # its text is looked at
            shown = {"an exception": str(error)}
            decision = None
        told.append(planted)
        for what, text in shown.items():
            if canary in text:
                rule = "" if decision is None else _teller(decision, canary)
                return Breach(f"{what} holds the value of {pointer}", planted, rule)
    return None


def _shown(decision: Decision) -> Mapping[str, str]:
    return {
        "the decision": json.dumps(decision.to_dict(), ensure_ascii=False, default=repr),
        "the explanation": str(decision.explain()),
        "the repr of the decision": repr(decision) + repr(decision._facts),
    }


def _teller(decision: Decision, canary: str) -> str:
    """The rule whose reason or trace tells it."""
    for reason in (*decision.reasons, *decision.advice):
        if canary in json.dumps(reason.to_dict(), ensure_ascii=False, default=repr):
            return reason.rule
    return next((t.id for t in decision.explain().rules if canary in repr(t)), "")


def _planted(trial: Trial, canary: str) -> Iterator[tuple[str, Trial]]:
    """The trial with the value in each of its text fields by itself, and in its messages."""
    for pointer, field in fields_of(trial.kind).items():
        if field.sort == "text" and not field.words:
            for path in _present(trial.given, tokens(pointer)):
                yield join("", *path), trial.sending(_put(trial.given, path, canary))
    if trial.kind == "request":
        said = [{"role": "user", "content": f"the value is {canary}, and 219-09-9999"}]
        yield "/messages/0/content", trial.sending({**trial.given, "messages": said})
        with_metadata = {**trial.given, "metadata": {"note": canary}}
        yield "/metadata/note", trial.sending(with_metadata)


def _present(value: Any, steps: list[str], at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if not steps:
        if isinstance(value, str):
            yield at
    elif isinstance(value, Mapping):
        for step in list(value)[:1] if steps[0] == "*" else [steps[0]]:
            if step in value:
                yield from _present(value[step], steps[1:], (*at, step))


def _put(value: Mapping[str, Any], path: tuple[str, ...], new: str) -> dict[str, Any]:
    first, *rest = path
    if not rest:
        return {**value, first: new}
    return {**value, first: _put(value[first], tuple(rest), new)}


def _hold_log(bench: Bench, kept: Kept, canary: str, told: list[Trial]) -> None:
    sought = canary.encode()
    for path in sorted(kept.directory.rglob("*")):
        if path.is_file() and sought in path.read_bytes():
            what = f"the log holds a value of an input in clear, in {path.name}"
            raise told_as(LAW, bench, Breach(what, told[0]))
