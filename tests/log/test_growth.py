"""A record costs the same however many there are before it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="what tells of memory is not on this platform")
GROWTH = Path(__file__).parents[2] / "benchmarks" / "log_growth.py"


def test_a_million_records_cost_what_the_first_did(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, GROWTH, "--json", "--directory", tmp_path],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    *tenths, last = map(json.loads, done.stdout.splitlines())
    assert tenths[-1]["records"] == 1_000_000
    assert tenths[-1]["mib"] < 100
    # of CPU time, and both taken in turn: whatever else the machine does bears on both alike
    assert last["ratio"] < 1.15
