"""Rules and waivers as bundles hold them: everything that is drawn loads."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cache
from random import Random
from typing import Any

from hypothesis import strategies as st

from jurat.canon import format_time
from jurat.plugin import SEVERITIES

from .._judged import installed
from .._options import strategy_of
from .._unsent import UNSENT
from ._params import changed, documented, mixed
from ._pools import NOW
from ._probe import fit

_EXPRESSION = "expression"
_WHEN = (
    'request.project.environment == "production"',
    'request.project.environment in ["production", "staging"]',
    'request.actor.kind != "user" && request.model == "gpt-4.1"',
    "request.actor.id in data.service_accounts",
    "has(request.project.id)",
    "request.estimated_tokens > 1000",
    "true",
)
_WHEN_OF_RESOURCE = ('project.environment == "production"', 'project.environment != "production"')
_OBLIGATIONS: tuple[Mapping[str, Any], ...] = (
    {"header": {"name": "X-Drawn", "value": "yes"}},
    {"route": ["azure-eu"]},
    {"hold_stream": True},
)
_CONTROLS = ("SOC2:CC6.1", "GDPR:32", "PCI:3.4.1", "OWASP-LLM:LLM02")
_FEW = 6  # changed params of each kind, where any kind is drawn
_AGES = (1, 30, 200, 364)  # days
_FIELDS = {
    "severity": st.sampled_from(SEVERITIES),
    "title": st.sampled_from(("What is asked for is done.", "A rule.")),
}
_MORE: Mapping[str, st.SearchStrategy[Any]] = {
    "owner": st.sampled_from(("platform-security", "privacy-office")),
    "remediation": st.just("Do it as the rule asks for."),
    "description": st.just("Why the rule exists."),
    "controls": st.lists(st.sampled_from(_CONTROLS), unique=True, max_size=2),
}


def rules(kind: str | None = None, **keys: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Rules of an installed `kind` (of any, if it is None), as `rules/*.yaml` hold them.

    Params are those of the kind's documentation, with values changed, left out and added as its
    `Params` takes them. Each loads in a bundle with the tables of `bundles()`. A key of the rule
    given by name is drawn from that strategy, is that value, or is left out if it is `UNSENT`;
    whether the rule loads then is the caller's affair. Raises ValueError for a kind that is not
    installed, and one for a kind none of whose params could be found: give `params` then.
    """
    known = installed().kinds
    if kind is not None and kind not in known:
        near = get_close_matches(kind, known, 1)
        hint = f"did you mean {near[0]}?" if near else "`jurat plugins` lists them"
        raise ValueError(f"there is no rule kind {kind!r}; {hint}")
    given = st.fixed_dictionaries({name: strategy_of(value) for name, value in keys.items()})

    def build() -> st.SearchStrategy[dict[str, Any]]:
        found = _common() if kind is None else _known(kind, keys.get("params"))
        if not found:
            raise ValueError(f"no example of {kind} loads by itself: give params=…")
        # by number: hypothesis shows a strategy with all that it samples from
        return _rules(st.integers(0, len(found) - 1).map(found.__getitem__), given)

    return st.deferred(build)


def waivers(*, rule: Any = "rule", now: datetime = NOW) -> st.SearchStrategy[dict[str, Any]]:
    """Waivers of a rule (an id, or a strategy of ids), as `waivers.yaml` holds them: granted
    before `now`, and expired or not."""
    days = st.sampled_from(_AGES)
    return st.builds(
        _waiver,
        strategy_of(rule),
        st.sampled_from(("platform-security", "svc-a's team")),
        st.just(now),
        days,
        st.one_of(days, days.map(lambda days: -days)),
        st.sampled_from(("", "OPS-1")),
    )


def _waiver(
    rule: str, owner: str, now: datetime, granted: int, expires: int, ticket: str
) -> dict[str, Any]:
    end = now + timedelta(days=expires)
    start = min(now, end) - timedelta(days=granted)
    waiver = {
        "rule": rule,
        "scope": "true",
        "owner": owner,
        "reason": "It is being replaced.",
        "granted": format_time(start),
        "expires": format_time(end),
    }
    return {**waiver, "ticket": ticket} if ticket else waiver


@st.composite
def _rules(
    draw: st.DrawFn,
    known: st.SearchStrategy[Mapping[str, Any]],
    given: st.SearchStrategy[dict[str, Any]],
) -> dict[str, Any]:
    rule = {"id": draw(st.sampled_from("abcdefgh")), **draw(known)}
    rule |= {name: draw(strategy) for name, strategy in _FIELDS.items()}
    rule |= draw(st.fixed_dictionaries({}, optional=_optional(rule["effect"])))
    for name, value in draw(given).items():
        if value is UNSENT:
            rule.pop(name, None)
        else:
            rule[name] = value
    return rule


@cache
def _optional(effect: str) -> dict[str, st.SearchStrategy[Any]]:
    """The keys that a rule of this effect may have, whatever its kind."""
    keys = dict(_MORE)
    if effect != "permit":
        keys["mode"] = st.sampled_from(("enforce", "warn", "shadow"))
        keys["waivable"] = st.booleans()
    if effect == "deny":
        keys["on_error"] = st.sampled_from(("deny", "ignore"))
    return keys


@cache
def _common() -> tuple[Mapping[str, Any], ...]:
    """A few rules of every kind that load, found in one go."""
    tried = _expressions()
    for name, kind in installed().kinds.items():
        if name != _EXPRESSION:
            samples = [dict(rule.get("params", {})) for rule in documented(kind)] or [{}]
            changes = [one for sample in samples for one in changed(kind, sample)]
            some = Random(name).sample(changes, min(len(changes), _FEW))
            tried += [
                {"kind": name, "effect": effect, "params": params}
                for params in (*samples, *some)
                for effect in sorted(kind.effects)
            ]
    return _simplest(map(_without_words, fit(map(_with_words, tried))))


def _simplest(rules: Iterable[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """The rules in the order in which they shrink."""
    return tuple(sorted(rules, key=lambda rule: len(repr(rule))))


def _known(kind: str, params: Any) -> tuple[Mapping[str, Any], ...]:
    """Rules of a kind that load: kind, effect, params and conditions of each."""
    if params is None:
        return _tried(kind)
    effects = sorted(installed().kinds[kind].effects)
    return tuple({"kind": kind, "effect": effect} for effect in effects)


@cache
def _tried(kind: str) -> tuple[Mapping[str, Any], ...]:
    if kind == _EXPRESSION:
        return _simplest(map(_without_words, fit(map(_with_words, _expressions()))))
    found = installed().kinds[kind]
    samples: list[dict[str, Any]] = [dict(rule.get("params", {})) for rule in documented(found)]
    params: list[Mapping[str, Any]] = []
    random = Random(kind)  # the same params in every process
    for sample in [*samples, {}]:
        changes = [{"params": one} for one in changed(found, sample)]
        singly = [rule["params"] for rule in _fitting(found, [{"params": sample}, *changes])]
        several = [{"params": one} for one in mixed(sample, singly, random)]
        params += [*singly, *(rule["params"] for rule in _fitting(found, several))]
    apart = [one for at, one in enumerate(params) if one not in params[:at]]
    rest = [
        {"params": one, **({"when": when} if when else {})}
        for one in apart
        for when in random.sample((*_WHEN[:3], *_WHEN_OF_RESOURCE), 2)
    ]
    return _simplest(
        {"kind": kind, "effect": effect, **rule}
        for effect in sorted(found.effects)
        for rule in _fitting(found, [*({"params": one} for one in apart), *rest], effect)
    )


def _fitting(
    kind: Any, rules: list[dict[str, Any]], effect: str | None = None
) -> list[dict[str, Any]]:
    """Those of the rules of a kind that load, without what all rules have."""
    effect = effect or ("deny" if "deny" in kind.effects else min(kind.effects))
    tried = [_with_words({"kind": kind.name, "effect": effect, **rule}) for rule in rules]
    ours = ("kind", "effect", "title", "severity", "id")
    return [{k: v for k, v in rule.items() if k not in ours} for rule in fit(tried)]


def _with_words(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {**rule, "title": "A rule.", "severity": "low"}


def _without_words(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in rule.items() if key not in ("title", "severity")}


def _expressions() -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [
        {"kind": _EXPRESSION, "effect": effect, "when": when}
        for effect in ("permit", "deny", "advise")
        for when in _WHEN
    ]
    made += [
        {"kind": _EXPRESSION, "effect": "require", "when": when, "obligation": obligation}
        for when in _WHEN
        for obligation in _OBLIGATIONS
    ]
    for over in ("credential", "project", "principal"):
        condition = f'has({over}.id) && {over}.id != "{over}-a"'
        on_state = {"on": ["org_state"], "over": over, "when": condition}
        made.append({"kind": _EXPRESSION, "effect": "deny", **on_state})
    return made
