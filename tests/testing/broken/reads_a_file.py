"""Looks its list up in a file, each time."""

from datetime import datetime
from pathlib import Path
from typing import Any

from jurat.model import Request
from jurat.plugin import Check, CompileContext, Facts, Finding, RuleKind, RuleSpec

CAUGHT_BY = "pure"


class Broken(RuleKind):
    """Only listed models."""

    name = "broken.reads_a_file"
    judges = Request
    effects = {"deny"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            listed = Path(__file__).read_text()
            return () if str(request.model) in listed else (Finding("model", "not listed"),)

        return check
