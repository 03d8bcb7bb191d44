"""Law: what is redacted is redacted whole."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any, Unpack

from jurat.bundle import Bundle
from jurat.engine import Engine
from jurat.plan import Decision

from ._bench import Bench, Subject, benches
from ._broken import Breach
from ._case import Trial
from ._options import How
from ._rewritten import with_rules
from ._search import EVERYTHING, Law, hold, seed_of, seeded

LAW = Law(
    "redaction-complete",
    "What a redact rule finds is gone from the body that is sent, wherever it stood, and nothing "
    "is left for it to find: redacting again changes nothing.",
)
_PERMIT = {
    "id": "let-in-by-a-law",
    "title": "Let in by a law",
    "kind": "expression",
    "effect": "permit",
    "severity": "info",
    "when": "true",
}
_MOST_TEXTS = 60


def assert_redaction_complete(subject: Subject, **how: Unpack[How]) -> None:
    """Hold each redact rule to the law that it redacts all that it finds. The texts of its
    detectors' own examples stand in the messages; the rule by itself decides, the body that is to
    be sent is decided on again, and then nothing may be found.

    Raises LawBroken. A bundle without redact rules holds to it.
    """
    only, once = how.get("rule"), seeded(how)
    for bench in benches(subject, how.get("registry")):
        for rule in bench.bundle.rules:
            if rule.effect == "redact" and only in (None, rule.id):
                _hold(bench, rule.id, once)


def _hold(bench: Bench, rule: str, how: How) -> None:
    texts = _texts(bench, rule)
    kinds = {judged.input for judged in bench.bundle.rule_by_id[rule].judges}
    alone = Bench(_alone(bench, rule), bench.registry)
    with alone.engine() as engine:
        check = partial(_breach, engine, rule, texts, seed_of(how))
        hold(LAW, bench, check, how, share=0.3, kinds=tuple(kinds))


def _alone(bench: Bench, rule: str) -> Bundle:
    """The bundle with this rule and a permit alone, so that nothing else denies."""
    whole = bench.of_files(with_rules(bench.bundle, _PERMIT))
    kept = tuple(
        replace(one, mode="enforce") for one in whole.rules if one.id in (rule, _PERMIT["id"])
    )
    return replace(whole, rules=kept, mode="enforce", waivers=(), tests=())


def _texts(bench: Bench, rule: str) -> list[str]:
    """Texts in which the rule's detectors find something."""
    made = bench.bundle.rule_by_id[rule]
    entities = None if made.implementation is None else made.implementation.entities(made.params)
    if entities is None:
        return []
    found = [
        text
        for detector in bench.plan.scanner().detectors
        if not entities or detector.entity in entities
        for text in detector.examples[:2]
    ]
    return found[:: max(1, len(found) // _MOST_TEXTS)]


def _breach(engine: Engine, rule: str, texts: list[str], seed: int, trial: Trial) -> Breach | None:
    trial = replace(_saying(trial, texts, seed), supports=EVERYTHING)
    first = _decided(engine, trial)
    if not first.allowed or not _fired(first, rule):
        return None
    body = first.apply(dict(trial.given))
    second = _decided(engine, trial.sending(body))
    if _fired(second, rule):
        left = sorted(
            {o.at for o in second.obligations if o.type == "redact"}
            or {reason.at for reason in second.reasons if reason.rule == rule}
        )
        what = f"it finds something again in what it has redacted{_at(left)}"
        return Breach(what, trial, rule)
    third = second.apply(body)
    if third != body:
        return Breach("redacting again changes the body", trial, rule)
    return None


def _at(pointers: list[str]) -> str:
    return f", at {', '.join(pointers[:3])}" if any(pointers) else ""


def _decided(engine: Engine, trial: Trial) -> Decision:
    return engine.evaluate(dict(trial.given), now=trial.now, supports=trial.supports)


def _fired(decision: Decision, rule: str) -> bool:
    return any(id_ == rule and outcome == "fired" for id_, outcome, _ in decision.outcomes)


def _saying(trial: Trial, texts: list[str], seed: int) -> Trial:
    """The trial with some of the texts in its messages: in plain ones, in parts, and in the
    arguments of a tool call, drawn by what the trial is."""
    if not texts or _says_something(trial.given):
        return trial
    drawn = Random(f"{seed}{sorted(map(str, trial.given))}{trial.now}")
    return trial.sending({**trial.given, "messages": list(_messages(drawn, texts))})


def _says_something(given: Mapping[str, Any]) -> bool:
    return any("content" in message for message in given.get("messages") or ())


def _messages(drawn: Random, texts: list[str]) -> Iterator[dict[str, Any]]:
    for _ in range(drawn.randint(1, 2)):
        said = drawn.choice(("\n", " ", "; ")).join(drawn.choices(texts, k=drawn.randint(1, 3)))
        if drawn.random() < 0.3:
            yield {"role": "user", "content": [{"type": "text", "text": said}]}
        else:
            yield {"role": "user", "content": said}
