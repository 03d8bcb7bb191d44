"""Saying less never helps: a request that is denied stays denied, whatever is left out of it."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import jurat_policies
from jurat.bundle import read_bundle
from jurat.engine import Engine
from jurat.plugin import load_plugins

# what a gateway may leave unsaid, and what is taken then
TAKEN = {
    "/classification": "bundle.yaml assumes null: the text decides",
    "/estimated_tokens": "bundle.yaml assumes 4000, corrected by the answer's usage",
    "/prompt": "bundle.yaml assumes that none is used",
    "/prompt/id": "the same",
    "/provider": "the endpoint's row names it",
    "/actor/credential/status": "who authenticated a caller need not repeat that the key lives",
    "/actor/credential/owner_status": "the tables answer for the owner",
    "/unscanned": "a request built by hand has no parts but text",
}


def test_saying_less_never_helps() -> None:
    bundle = read_bundle(jurat_policies.OPENAI_ENTERPRISE, load_plugins())
    helped: dict[str, str] = {}
    tried = 0
    with Engine.load(bundle) as engine:
        for case in bundle.tests:
            if case.type != "request" or case.expect.effect != "deny" or case.facts or case.stops:
                continue

            def effect(given: Any, now: Any = case.now) -> str:
                supports = {"redact", "header", "approval"}
                return engine.evaluate(given, now=now, supports=supports).effect

            if effect(case.given) == "allow":
                continue  # it was denied for want of `supports` alone
            for path in paths(case.given):
                tried += 1
                if effect(without(case.given, path)) == "allow":
                    helped["/" + "/".join(path)] = case.name
    assert tried > 1000
    assert {pointer: case for pointer, case in helped.items() if pointer not in TAKEN} == {}
    assert set(TAKEN) == set(helped), "each of these is tried by a case"


def paths(tree: Mapping[str, Any], at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in tree.items():
        yield (*at, key)
        if isinstance(value, Mapping):
            yield from paths(value, (*at, key))


def without(tree: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    made: dict[str, Any] = deepcopy(dict(tree))
    inner = made
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return made
