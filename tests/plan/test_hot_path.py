"""What lies on the way of a decision, and what must not."""

import sys
from types import FrameType
from typing import Any

import gateway
import pytest
from harness import MOMENT, engine

from jurat.engine._input import prepare

# Each costs about as much as the whole decision may.
HEAVY = ("pydantic", "pydantic_core", "uuid", "copy", "pluggy", "json", "orjson", "yaml", "re")
NAMES = ("isoformat", "deepcopy", "model_validate", "model_construct", "uuid4", "urandom")


def calls(run: Any) -> list[tuple[str, str]]:
    """(module, function) of everything that `run` calls."""
    seen: list[tuple[str, str]] = []

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            seen.append((frame.f_globals.get("__name__", ""), frame.f_code.co_name))
        elif event == "c_call":
            seen.append((getattr(argument, "__module__", "") or "", argument.__name__))

    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
    return seen


@pytest.mark.parametrize("variant", gateway.VARIANTS)
def test_nothing_heavy_on_the_way_of_decide(variant: str) -> None:
    plan = engine(gateway.bundle()).plans[0]
    sent = prepare(gateway.VARIANTS[variant], max_bytes=2**20, reads_text=lambda kind: False).sent
    facts = plan.facts("request", sent, MOMENT)
    plan.decide(facts.request, facts, MOMENT)  # caches are warm
    seen = calls(lambda: plan.decide(facts.request, facts, MOMENT))
    assert seen, "the trace sees calls"
    heavy = [call for call in seen if call[0].split(".")[0] in HEAVY or call[1] in NAMES]
    assert not heavy
    if variant == "allow":
        assert len(seen) < 40, "one call per rule and little more"


def test_one_validation_on_the_way_from_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = engine(gateway.bundle(joins=True))
    loaded.evaluate(gateway.BODY, now=MOMENT)
    seen = calls(lambda: loaded.evaluate(gateway.BODY, now=MOMENT))
    validations = [call for call in seen if call[1].startswith("validate")]
    assert (
        sum(
            call[0].startswith("pydantic_core") or call[1] == "validate_json"
            for call in validations
        )
        <= 1
    )
    assert not [call for call in seen if call[1] in ("isoformat", "deepcopy", "uuid4")]
    assert not [call for call in seen if call[0].startswith("pluggy")]


def test_the_trace_would_notice() -> None:
    """A planted deepcopy is seen."""
    from copy import deepcopy

    seen = calls(lambda: deepcopy({"a": [1]}))
    assert any(call == ("copy", "deepcopy") for call in seen)
