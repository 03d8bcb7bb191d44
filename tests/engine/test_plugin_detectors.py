"""Detectors that plugins bring are tried before anything is armed."""

from dataclasses import replace

import pytest

from jurat import BundleError, Engine
from jurat.plugin import Detector, LoadedPlugin, Registry, load_plugins

FILES = {
    "bundle.yaml": "{name: n, version: 1.0.0, revision: 1}",
    "rules/r.yaml": """
- {id: all, title: T, kind: expression, effect: permit, severity: info, when: "true"}
- {id: pii, title: T, kind: pii.patterns, effect: deny, severity: high, params: {entities: [ACME_ID]}}
""",
}


def _registry(detector: Detector, distribution: str = "acme-dist") -> Registry:
    own = load_plugins()
    plugin = LoadedPlugin("acme", distribution, "1", detectors=(detector.id,))
    return replace(own, plugins=(*own.plugins, plugin), detectors=(*own.detectors, detector))


def _acme(*patterns: str, **more: tuple[str, ...]) -> Detector:
    return Detector("acme.id", "ACME_ID", patterns, **more)  # type: ignore[arg-type]  # texts alone


@pytest.mark.parametrize(
    ("detector", "says"),
    [
        (_acme("C-[0-9"), "pattern 'C-[0-9': "),
        (_acme("[0-9]*"), "it matches the empty text"),
        (_acme("C-[0-9]{6}", examples=("C-1",)), "nothing is found in example 1"),
        (_acme("C-[0-9]+", counter_examples=("C-1",)), "something is found in counter-example 1"),
    ],
)
def test_one_that_is_not_what_it_says_arms_nothing(detector: Detector, says: str) -> None:
    with pytest.raises(BundleError) as caught:
        Engine.load(FILES, registry=_registry(detector))
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.file) == ("JB032", "acme")
    assert problem.message.startswith("detector acme.id of plugin acme: ")
    assert says in problem.message


def test_a_sound_one_is_used_with_look_arounds_too() -> None:
    detector = _acme(
        "(?<![A-Z])C-[0-9]{6}", examples=("C-123456",), counter_examples=("XC-123456",)
    )
    request = {"messages": [{"role": "user", "content": "id C-123456"}], "unscanned": None}
    with Engine.load(FILES, registry=_registry(detector)) as engine:
        decision = engine.evaluate(request)
    assert [reason.code for reason in decision.reasons] == ["pii-found"]
