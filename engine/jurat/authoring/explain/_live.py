"""What the certificate of liveness of a bundle shows of a rule."""

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from jurat.bundle import Rule
from jurat.plan import Plan
from jurat.testing import Witness, kept_certificate, still_shows

_TOLD: Mapping[str, str] = MappingProxyType(
    {
        "fires": "It fires for",
        "passed": "It passes",
        "not_applicable": "It does not apply to",
        "decides": "It alone decides on",
    }
)


def seen_live(plan: Plan, rule: Rule) -> Iterator[str]:
    """Lines for each input that is kept, and for what was not found; nothing for a bundle without
    a certificate. An input that does not show it any more is told as that."""
    try:
        certificate = kept_certificate(plan.bundle)
    except ValueError as error:
        yield str(error)
        return
    if certificate is None:
        return
    for what, entry in certificate.rules.get(rule.id, {}).items():
        key = certificate.rests.get(rule.id, "passed") if what == "passes" else what
        told = _TOLD.get(key, key)
        if isinstance(entry, int):
            yield f"{told}: not found in {entry:,} tries"
        elif still_shows(plan, rule, what, entry):
            yield f"{told} {_shown(entry)}"
        else:
            yield f"{told}: nothing that is certified any more; `jurat laws --liveness` looks again"


def _shown(witness: Witness) -> str:
    what = {"response": "the response ", "org_state": "the snapshot "}.get(witness.type, "")
    parts = [f"{what}{_json(witness.given)} at {witness.now}"]
    if witness.supports:
        parts.append(f"from a caller that can {' and '.join(witness.supports)}")
    for name, value in (
        ("state", witness.state),
        ("facts", witness.facts),
        ("stops", witness.stops),
    ):
        if value:
            parts.append(f"with {name} {_json(value)}")
    return ", ".join(parts)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
