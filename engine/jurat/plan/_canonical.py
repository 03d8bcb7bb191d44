"""The canonical bytes of many decisions, without the words to people that are not in them.

What a decision says to people costs most of making its reasons: every detector looks at a value
before it is quoted. The canonical form has no messages, and most decisions of a log differ in
their time alone.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from jurat.canon import format_time, plain
from jurat.plugin import Finding

from ._decision import Decision
from ._entry import Outcome
from ._speech import Speech

_REMEMBERED = 4096
_MARK = "@now@"  # stands for the time


class Said:
    """All that a decision comes to but its time: its effect and value (empty for none), and its
    canonical form before and after the time."""

    __slots__ = ("after", "before", "result")

    def __init__(self, decision: Decision, before: bytes, after: bytes) -> None:
        self.result = decision.effect, decision.value or ""
        self.before, self.after = before, after


class CanonicalForms:
    """Makes what `Decision.canonical` makes, of many decisions. Not to be shared by threads."""

    def __init__(self) -> None:
        self._quiet: dict[Speech, Speech] = {}
        self._said: dict[Any, Said] = {}

    def of(self, decision: Decision, now: str = "") -> bytes:
        """The canonical bytes of `decision`, whose reasons nobody is to read afterwards: they have
        no messages. `now` is its time as it is written, where that is known."""
        written = now or format_time(decision.now)
        said = self.said(decision)
        if said is None:
            return self._made(decision, written)
        return said.before + written.encode() + said.after

    def said(self, decision: Decision) -> Said | None:
        """All of `decision` but its time, on the same terms; None where that has to be made for
        each anew."""
        key = _key(decision)
        if key is None:
            return None
        try:
            said = self._said.get(key)
        except TypeError:  # a plugin's evidence can be anything
            return None
        if said is None:
            around = self._made(decision, _MARK).split(_MARK.encode())
            if len(around) != 2:  # a plugin's evidence again
                return None
            if len(self._said) >= _REMEMBERED:
                self._said.clear()
            said = self._said[key] = Said(decision, *around)
        return said

    def _made(self, decision: Decision, now: str) -> bytes:
        for _, part in decision.parts or (("", decision),):
            if part._plan is not None:
                part._speech = self._quietly(part._plan.speech)
        made = decision.to_dict(canonical=True)
        made["now"] = now
        if decision.parts or decision.rules is not None or not _plainly(made):
            return orjson.dumps(plain(made))
        try:
            return orjson.dumps(made, option=orjson.OPT_SORT_KEYS)
        except TypeError:  # a string that JSON can't carry: told as everywhere
            return orjson.dumps(plain(made))

    def _quietly(self, aloud: Speech) -> Speech:
        quiet = self._quiet.get(aloud)
        if quiet is None:
            quiet = self._quiet[aloud] = _Quiet(aloud)
        return quiet


class _Quiet(Speech):
    """Says nothing to people. What evidence is shown is not for it to say."""

    def __init__(self, aloud: Speech) -> None:
        super().__init__(aloud._scanner)
        self._aloud = aloud
        self._shown: dict[str, bool] = {}

    def show(self, value: Any, pointer: str = "") -> str:
        return ""

    def message(self, template: str, quote: Mapping[str, Any], pointer: str) -> str:
        return ""

    def _safe(self, value: str) -> bool:
        shown = self._shown.get(value)
        if shown is None:
            if len(self._shown) >= _REMEMBERED:
                self._shown.clear()
            shown = self._shown[value] = self._aloud._safe(value)
        return shown


def _key(decision: Decision) -> Any:
    """What all of a decision but its time follows from; None where that is not so simple."""
    facts = decision._facts
    if facts is None or facts.notes or decision._failures or decision._rules is not None:
        return None
    outcomes, would = decision._outcomes, decision.would
    return (
        decision._plan,
        decision._subject,
        facts.kind,
        decision.effect,
        decision.value,
        decision.would_allow,
        None if would is None else tuple(would.items()),
        tuple(decision._permits),
        decision._passed_over,
        decision.obligations,
        tuple(facts.assumed),
        tuple(map(_outcome_key, outcomes)) if outcomes else (),
        decision._heard,
    )


def _outcome_key(outcome: Outcome) -> Any:
    missing, findings = outcome.missing, outcome.findings
    return (
        outcome.entry,
        outcome.status,
        outcome.at,
        outcome.error,
        None if outcome.waiver is None else outcome.waiver.expires,
        tuple(one.pointer for one in missing) if missing else (),
        tuple(map(finding_key, findings)) if findings else (),
    )


def finding_key(finding: Finding) -> Any:
    """All of a finding but its words and its obligation, which is among the decision's."""
    return (
        finding.code,
        finding.at,
        finding.absolute,
        finding.advice,
        finding.effect,
        finding.example,
        finding.remediation,
        tuple((name, type(value), value) for name, value in finding.evidence.items()),
    )


def _plainly(made: Mapping[str, Any]) -> bool:
    """Whether sorting alone makes canonical JSON of a decision's dict: nothing in it that came
    from a plugin or a bundle's own values has to be written otherwise."""
    assumed = made.get("assumed")
    if assumed is not None and not _is_plain(assumed):
        return False
    return all(
        _is_plain(reason["evidence"])
        for name in ("reasons", "advice")
        for reason in made.get(name, ())
        if "evidence" in reason
    )


def _is_plain(values: Mapping[str, Any]) -> bool:
    return all(
        key.isascii() and (value is None or value.__class__ in (str, bool) or _is_small(value))
        for key, value in values.items()
    )


def _is_small(value: Any) -> bool:
    return value.__class__ is int and -(2**53) <= value <= 2**53
