"""What the page for users shows of strategies runs as it stands."""

import re
import warnings
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

from jurat.testing import NeverFired

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"
_SECTIONS = ("Three lines", "What is drawn", "As strategies", "A rule kind")
_BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


def blocks() -> list[str]:
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")
    return [
        block for part in parts if part.startswith(_SECTIONS) for block in _BLOCK.findall(part)
    ]


@pytest.mark.parametrize("number", range(6))
def test_the_page_runs(number: int) -> None:
    names: dict[str, Any] = {"__name__": f"page_{number}"}
    exec(compile(blocks()[number], str(PAGE), "exec"), names)  # noqa: S102  # a page of ours
    tests = [value for name, value in names.items() if name.startswith("test_")]
    assert tests
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeverFired)
        for test in tests:
            assert not signature(test).parameters
            test()


def test_every_block_is_run() -> None:
    assert len(blocks()) == 6
