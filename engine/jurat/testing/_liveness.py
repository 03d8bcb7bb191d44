"""Liveness: for each rule an input in which it fires, one in which it does not, one in which it
alone decides.

A rule that can't fire is no rule, and nobody sees that it is none. What is found is kept in the
file `liveness.json` of the bundle's directory: it documents the rule, and a change after which
nothing of the kind is found any more fails `jurat laws --liveness --check`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

from jurat.bundle import Bundle, Rule
from jurat.engine import compile_bundles, versions_of
from jurat.plan import Plan
from jurat.plugin import Registry, load_plugins

from ._liveness_search import Finder
from ._liveness_shown import PASSES, decided, rests_as, wanted
from ._liveness_witness import Witness

__all__ = [
    "FILE",
    "TRIES",
    "Certificate",
    "Change",
    "Witness",
    "assert_live",
    "certify",
    "kept_certificate",
    "liveness_changes",
    "still_shows",
    "told",
]

FILE = "liveness.json"
"""In the directory of a bundle; no part of its digest, and covered by its signature."""
TRIES = 2000
"""How many inputs are drawn for what neither examples nor tests show."""
_VERSION = 1

Entry = Witness | int
"""A witness; or in how many tries none was found."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What each rule of a bundle was seen to do."""

    bundle: str
    rules: Mapping[str, Mapping[str, Entry]]
    """By id, then by what it does: `fires`, `passes`, `decides`."""
    rests: Mapping[str, str]
    """By id, the outcome of a rule that does not fire: `passed` or `not_applicable`."""

    @property
    def not_found(self) -> Iterator[tuple[str, str, int]]:
        """(rule, what it was not seen to do, in how many tries)."""
        for rule, entries in self.rules.items():
            for what, entry in entries.items():
                if isinstance(entry, int):
                    yield rule, what, entry

    def to_bytes(self) -> bytes:
        """The certificate as the file that is kept, the same bytes for the same content."""
        rules = {
            rule: {
                what: {"not_found_in": entry}
                if isinstance(entry, int)
                else entry.to_dict() | ({"outcome": self.rests[rule]} if what == PASSES else {})
                for what, entry in entries.items()
            }
            for rule, entries in sorted(self.rules.items())
        }
        made = {"liveness": _VERSION, "bundle": self.bundle, "rules": rules}
        return (json.dumps(made, indent=1, ensure_ascii=False) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Change:
    """How a bundle differs from its certificate in one rule."""

    rule: str
    what: str
    """`fires`, `passes` or `decides`; empty for the whole rule."""
    tries: int = 0
    """In how many tries nothing was found; 0 where the rule still does it, by other inputs."""
    was: Witness | None = field(default=None, repr=False)
    """What showed it before."""
    gone: bool = False
    """True for a rule that the bundle has no more."""

    @property
    def dead(self) -> bool:
        """True for what a rule did before, and is not seen to do any more."""
        return self.tries > 0


def certify(plan: Plan, registry: Registry, *, tries: int = TRIES) -> Certificate:
    """The certificate of a plan's bundle. What the one that is kept shows, and still holds, stays
    as it is, so that the same bundle gives the same certificate again; one that can't be read is
    made anew."""
    try:
        before = kept_certificate(plan.bundle)
    except ValueError:
        before = None
    known = {} if before is None else before.rules
    finder = Finder(plan, registry, tries)
    rules: dict[str, dict[str, Entry]] = {}
    for rule in plan.bundle.rules:
        rules[rule.id] = {}
        for what in wanted(plan, rule):
            old = known.get(rule.id, {}).get(what)
            if isinstance(old, Witness) and still_shows(plan, rule, what, old):
                rules[rule.id][what] = finder.least(rule, what, old)
            else:
                rules[rule.id][what] = finder.find(rule, what)
    return Certificate(
        plan.bundle.name, rules, {r.id: rests_as(plan, r) for r in plan.bundle.rules}
    )


def liveness_changes(
    plan: Plan, registry: Registry, *, tries: int = TRIES, certificate: Certificate | None = None
) -> Sequence[Change]:
    """How the bundle of `plan` differs from its certificate, which is the one that is kept in it
    unless it is given: first what rules do no more. With none kept, all is to be certified.

    Nothing is searched for but what the certificate's inputs don't show any more.
    """
    before = certificate or kept_certificate(plan.bundle) or Certificate(plan.bundle.name, {}, {})
    finder = Finder(plan, registry, tries)
    found: list[Change] = []
    for rule in plan.bundle.rules:
        entries = before.rules.get(rule.id)
        if entries is None:
            found.append(Change(rule.id, ""))
            continue
        for what in wanted(plan, rule):
            entry = entries.get(what)
            if entry is None:
                found.append(Change(rule.id, what))
            elif isinstance(entry, Witness) and not still_shows(plan, rule, what, entry):
                again = finder.find(rule, what)
                tried = again if isinstance(again, int) else 0
                found.append(Change(rule.id, what, tried, entry))
    gone = before.rules.keys() - {rule.id for rule in plan.bundle.rules}
    found += [Change(id_, "", gone=True) for id_ in sorted(gone)]
    return sorted(found, key=lambda change: not change.dead)


def assert_live(bundle: str | PathLike[str] | Bundle, *, tries: int = TRIES) -> None:
    """Raises AssertionError if a rule of a bundle does no more what its certificate shows, or if
    it has no certificate; BundleError if the bundle can't be loaded, ValueError if the
    certificate can't be read."""
    registry = load_plugins()
    _, (plan,) = compile_bundles(bundle, registry, versions_of(registry))
    if kept_certificate(plan.bundle) is None:
        raise AssertionError(f"the bundle has no {FILE}; make it with `jurat laws --liveness`")
    dead = [
        told(change) for change in liveness_changes(plan, registry, tries=tries) if change.dead
    ]
    if dead:
        raise AssertionError("\n".join(dead))


_NOW = {"fires": "it fires", "passes": "it passes", "decides": "it alone decides"}
_BEFORE = {"fires": "fired for", "passes": "passed", "decides": "alone decided on"}


def told(change: Change) -> str:
    """A change in words."""
    if not change.what:
        return (
            f"{change.rule}: there is no such rule any more"
            if change.gone
            else (f"{change.rule}: it is a new rule")
        )
    if not change.dead:
        return f"{change.rule}: what shows that {_NOW[change.what]} is not what it was"
    given = "" if change.was is None else json.dumps(change.was.to_dict()["given"])
    return (
        f"{change.rule}: in {change.tries} tries nothing was found for which "
        f"{_NOW[change.what]}; before the change it {_BEFORE[change.what]} {given}"
    )


def kept_certificate(bundle: Bundle) -> Certificate | None:
    """The certificate among the files of a bundle; None for none. Raises ValueError for one that
    can't be read."""
    data = bundle.files.get(FILE)
    if data is None:
        return None
    try:
        made = json.loads(data)
        if made["liveness"] != _VERSION:
            raise ValueError(f"its format {made['liveness']!r} is not known")
        rules = {
            str(rule): {str(what): _entry(entry) for what, entry in entries.items()}
            for rule, entries in made["rules"].items()
        }
        rests = {
            rule: str(entries[PASSES]["outcome"])
            for rule, entries in made["rules"].items()
            if "outcome" in entries.get(PASSES, {})
        }
        return Certificate(str(made["bundle"]), rules, rests)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{FILE} is no certificate of liveness ({type(error).__name__}); make it anew with "
            "`jurat laws --liveness`"
        ) from None


def still_shows(plan: Plan, rule: Rule, what: str, witness: Witness) -> bool:
    """True if the witness shows that the rule does `what`."""
    return decided(plan, witness).shows(rule.id, what, rests_as(plan, rule))


def _entry(data: Any) -> Entry:
    if "not_found_in" in data:
        return int(data["not_found_in"])
    return Witness.from_dict(data)
