"""A history keeps of the armed state what was read: what another bundle would read is not there."""

from pathlib import Path

from jurat import Engine
from jurat.authoring.diff._history import Clocks, replayed
from jurat.engine import compile_bundles, versions_of
from jurat.log import KeyStore, Log
from jurat.plugin import load_plugins

NOW = "2026-05-25T12:00:00Z"
RULES = """\
- {id: let-in, title: T, kind: expression, effect: permit, severity: info, when: "true"}
"""
ROUTE = """\
- {id: stay, title: T, kind: data.residency, effect: require, severity: high}
"""
STATE = {
    "type": "org_state",
    "observed_at": NOW,
    "projects": {"items": {"p": {"residency": "eu"}}},
    "endpoints": {
        "items": {
            "weu": {
                "provider": "azure", "region": "westeurope", "sku": "Standard", "residency": "eu",
            }
        }
    },
}  # fmt: skip


def test_a_deny_for_want_of_state_is_told_apart(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "keys", notify=lambda told: None)
    manifest = "{name: acme, version: 1.0.0, revision: 1}"
    old = {"bundle.yaml": manifest, "rules/r.yaml": RULES}
    new = {"bundle.yaml": manifest, "rules/r.yaml": RULES + ROUTE}
    place = tmp_path / "log"
    with (
        Log.open(place, keys=keys) as log,
        Engine.load(old, log=log, state=STATE) as engine,
    ):
        engine.evaluate({"model": "o3", "project": {"id": "p"}}, now=NOW)
    registry = load_plugins()
    compiled = [compile_bundles([one], registry, versions_of(registry)) for one in (old, new)]
    ((was,), _), ((now,), _) = compiled
    found = replayed({place: None}, (was, now), keys=keys, jobs=1, clocks=Clocks())
    assert found.total.counts == {"ALLOW -> DENY": 1}
    assert found.lacking == {"endpoints": 1}
    alike = replayed({place: None}, (was, was), keys=keys, jobs=1)
    assert alike.total.count == 0
    assert not alike.lacking
