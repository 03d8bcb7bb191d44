"""The cases of a bundle as items of pytest."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jurat.authoring.cases import Failed, run_tests
from jurat.authoring.report import trace_lines
from jurat.bundle import BundleError, Case
from jurat.plan import Plan

from ._bundles import bundles_of


class CaseFailed(Exception):
    """A case that does not come out as it expects."""

    def __init__(self, failed: Failed) -> None:
        super().__init__("; ".join(failed.failures))
        self.failed = failed


class CaseItem(pytest.Item):
    """One case of a bundle."""

    def __init__(self, *, plan: Plan, case: Case, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan
        self.case = case

    def runtest(self) -> None:
        run = run_tests(self.plan, lambda case: case is self.case)
        if run.failed:
            raise CaseFailed(run.failed[0])

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any) -> Any:
        error = excinfo.value
        if not isinstance(error, CaseFailed):
            return super().repr_failure(excinfo, *args)
        # what differs is first, for pytest's summary shows the first line; the place is last
        place = f"{_shown(self.path)}:{self.case.line}: {self.case.name}"
        failed = error.failed
        return _printable(*failed.failures, *trace_lines(failed), place)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.line - 1, self.name


class CaseFile(pytest.File):
    """One of the files in the `tests` directory of a bundle."""

    def collect(self) -> Iterator[CaseItem]:
        root = self.path.parent.parent
        bundles = bundles_of(self.config)
        try:
            plan = bundles.plan(root)
        except BundleError as error:
            told = f"the bundle {_shown(root)} can't be loaded"
            first = bundles.told_with(root, self.path)
            why = str(error).split("\n") if first == self.path else [f"see {_shown(first)}"]
            raise self.CollectError(_printable(told, "", *why)) from None
        file = f"{self.path.parent.name}/{self.path.name}"
        seen: set[str] = set()
        for case in plan.bundle.tests:
            if case.file == file:
                name = _name(case)
                if name in seen:  # names need not be unique, the ids of pytest's items must be
                    name = f"{name} (line {case.line})"
                seen.add(name)
                yield CaseItem.from_parent(self, name=name, plan=plan, case=case)


def _name(case: Case) -> str:
    return _printable(case.name).replace("::", ":")  # what parts an id of pytest


def _shown(path: Path) -> str:
    """The path as a terminal or an editor opens it from where pytest was started."""
    try:
        return os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)


def _printable(*lines: str) -> str:
    return "\n".join(
        "".join(char if char.isprintable() else ascii(char)[1:-1] for char in line)
        for line in lines
    )
