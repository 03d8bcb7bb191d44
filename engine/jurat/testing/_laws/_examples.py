"""Law: what a kind shows as its examples is so."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Unpack

from jurat.bundle import Bundle, BundleError, Rule
from jurat.bundle.source import SourceFile, parse
from jurat.canon import parse_time
from jurat.plugin import Example

from ._bench import Bench, Subject, benches, outcomes
from ._broken import Breach
from ._case import Trial
from ._options import How
from ._search import EVERYTHING, Law, told_as

LAW = Law(
    "examples-hold",
    "A kind's own examples fire and pass as it says, for the params of every rule.",
)
_KEPT = ("bundle.yaml", "data/vocabulary.yaml")
_ID = "rule"  # which examples of approvals name
_PERMIT = {
    "id": "anyone",
    "title": "Anyone may call",
    "kind": "expression",
    "effect": "permit",
    "severity": "info",
    "when": "true",
}
"""What counts is counted for an input that is let in."""
_UNDONE = ("when", "mode", "waivable")  # of a rule: what may keep an example from being judged


def assert_examples_hold(subject: Subject, **how: Unpack[How]) -> None:
    """Hold each rule's kind to the examples that it gives for the rule's params: those that fire
    do, those that pass do, each in a bundle of this rule and the tables of the example.

    The rule's `when` is left out. Raises LawBroken.
    """
    only = how.get("rule")
    for bench in benches(subject, how.get("registry")):
        for rule in bench.bundle.rules:
            if only and rule.id != only:
                continue
            for breach in _breaches(bench, rule):
                raise told_as(LAW, bench, breach)


def _breaches(bench: Bench, rule: Rule) -> Iterator[Breach]:
    if rule.implementation is None:
        return
    bench.watch.enter(rule.id)
    try:
        made = rule.implementation.examples(rule.params)
    except Exception as error:  # noqa: BLE001  # a kind may raise anything
        what = f"its kind's examples raise {type(error).__name__}"
        yield Breach(what, Trial({}, bench.mentions.now), rule.id, {"fired": [rule.id]})
        return
    if made is None:
        return
    alone: dict[str, Bench | str] = {}
    for wanted, examples in (("fired", made.fires), ("passed", made.passes)):
        for example in examples:
            key = json.dumps(
                [example.given.get("type"), example.data], sort_keys=True, default=str
            )
            if key not in alone:
                alone[key] = _alone(bench, rule, example)
            place = alone[key]
            trial = Trial(example.given, parse_time(example.now), EVERYTHING)
            note = f" ({example.note})" if example.note else ""
            if isinstance(place, str):
                told = f"no bundle can be made for an example of its kind{note}: {place}"
                yield Breach(told, trial, rule.id, {wanted: [rule.id]})
                continue
            tables = place.bundle.tables
            stops = tables["stops"] if "stops" in tables.names else {}
            decision = place.decide(replace(trial, stops=stops))
            did = {o.status for (id_, _), o in outcomes(decision).items() if id_ == _ID}
            if wanted not in did:
                said = " and ".join(sorted(did)) or "not judged"
                told = f"an example that should have {wanted} is {said}{note}"
                yield Breach(told, trial, rule.id, {wanted: [rule.id]})


def _alone(bench: Bench, rule: Rule, example: Example) -> Bench | str:
    """A bundle of the rule and the example's tables; or why there is none."""
    files = {name: text for name, text in bench.bundle.files.items() if _needed(name)}
    plain = {key: value for key, value in _plain(bench.bundle, rule).items() if key not in _UNDONE}
    plain |= {"id": _ID, "on": [example.given.get("type", "request")]}
    files["rules/one.yaml"] = json.dumps([_PERMIT, plain]).encode()
    for table, rows in example.data.items():
        files[f"data/{table}.yaml"] = json.dumps(rows).encode()
    try:
        return Bench(bench.of_files(files), bench.registry)
    except BundleError as error:
        return error.diagnostics[0].message


def _needed(name: str) -> bool:
    return name in _KEPT or name.startswith("detectors/")


def _plain(bundle: Bundle, rule: Rule) -> Mapping[str, Any]:
    """The rule as it stands in its file."""
    tree, _ = parse(SourceFile(rule.file, bundle.files[rule.file].decode()))
    assert tree is not None  # the rule stands in it
    found: Mapping[str, Any] = next(one for one in tree.plain() if one["id"] == rule.id)
    return found
