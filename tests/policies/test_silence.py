"""Saying less never helps: a request that is denied stays denied, whatever is left out of it."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest

import jurat_policies
from jurat.bundle import read_bundle
from jurat.engine import Engine
from jurat.plugin import load_plugins

# What a gateway may leave unsaid, and what is taken then.
CLASSIFICATION = {"/classification": "bundle.yaml assumes null: the text decides"}
STATUS = {
    "/actor/credential/status": "who authenticated a caller need not repeat that the key lives"
}
MESSAGES = {"/messages": "a text that is not there holds nothing"}
PARTS = {"/unscanned": "a request built by hand has no parts but text"}
TAKEN: Mapping[str, Mapping[str, str]] = {
    "agents-and-tools": {"/tool/arguments": "the same of a call"},
    "cardholder-data": {**MESSAGES, **PARTS},
    "eu-data-residency": CLASSIFICATION,
    "healthcare-phi": {**CLASSIFICATION, **MESSAGES, **PARTS, "/unscanned/images": "likewise"},
    "openai-enterprise": {
        **CLASSIFICATION,
        **PARTS,
        **STATUS,
        "/estimated_tokens": "bundle.yaml assumes 4000, corrected by the answer's usage",
        "/prompt": "bundle.yaml assumes that none is used",
        "/prompt/id": "the same",
        "/provider": "the endpoint's row names it",
        "/actor/credential/owner_status": "the tables answer for the owner",
    },
    "secrets-hygiene": {
        **MESSAGES,
        **STATUS,
        "/metadata": "the same of metadata",
        "/metadata/note": "the same",
        "/tool/arguments": "the same of a call",
        "/tool": "the same",
    },
    "starter": MESSAGES,
}


@pytest.mark.parametrize("name", jurat_policies.names())
def test_saying_less_never_helps(name: str) -> None:
    bundle = read_bundle(jurat_policies.path(name), load_plugins())
    taken = TAKEN[name]
    helped: dict[str, str] = {}
    tried = 0
    with Engine.load(bundle) as engine:
        for case in bundle.tests:
            if case.type != "request" or case.expect.effect != "deny" or case.facts or case.stops:
                continue

            def effect(given: Any, now: Any = case.now) -> str:
                supports = {"redact", "header", "approval", "route", "hold_stream"}
                return engine.evaluate(given, now=now, supports=supports).effect

            if effect(case.given) == "allow":
                continue  # it was denied for want of `supports` alone
            for path in paths(case.given):
                tried += 1
                if effect(without(case.given, path)) == "allow":
                    helped["/" + "/".join(path)] = case.name
    assert tried > 5 * len(bundle.rules) or name == "starter"
    assert {pointer: case for pointer, case in helped.items() if pointer not in taken} == {}
    assert set(taken) == set(helped), "each of these is tried by a case"


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
