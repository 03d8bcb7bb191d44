"""Params with which a rule kind's own examples are tried: `SAMPLES` of the kind's test file."""

import importlib.util
from pathlib import Path
from typing import Any

_TESTS = Path(__file__).parents[1] / "rules"


def samples_of(kind: str) -> list[dict[str, Any]]:
    """The samples of the kind named `kind`, which stand in `tests/rules/test_<kind>.py`."""
    path = _TESTS / f"test_{kind.replace('.', '_')}.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    samples: list[dict[str, Any]] = module.SAMPLES
    return samples
