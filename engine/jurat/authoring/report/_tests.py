"""What a bundle's tests showed: for a terminal, for programs, for CI."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from jurat.authoring.cases import (
    Coverage,
    Failed,
    RuleCoverage,
    TestRun,
    cover,
    never_fired,
)

_MOST_IDS = 10  # that are named


def tests_as(output: str, run: TestRun, *, coverage: bool) -> str:
    """The run as text, json, junit or github; it ends with a line feed. With `coverage`, what the
    tests exercise too, where the format can tell it."""
    return _FORMATS[output](run, cover(run.plan, run.results) if coverage else None)


# -- text


def _text(run: TestRun, coverage: Coverage | None) -> str:
    return "".join(f"{line}\n" for line in _lines(run, coverage))


def _lines(run: TestRun, coverage: Coverage | None) -> Iterator[str]:
    for failed in run.failed:
        yield from _failure(failed)
        yield ""
    name = run.plan.bundle.name
    told = [f"{run.passed} passed"]
    if run.failed:
        told.append(f"{len(run.failed)} failed")
    if run.skipped:
        told.append(f"{run.skipped} skipped")
    yield f"{name}: {', '.join(told)}"
    yield from _open_ends(run)
    if coverage is not None:
        yield ""
        yield from _coverage(coverage)


def _failure(failed: Failed) -> Iterator[str]:
    case = failed.case
    yield f"FAILED {case.file}:{case.line}: {case.name}"
    for failure in failed.failures:
        yield f"  - {failure}"
    yield from trace_lines(failed)


def trace_lines(failed: Failed) -> Iterator[str]:
    """What was decided in place of what a test expects, and what its rules did."""
    yield f"  decided: {failed.decided}"
    for trace in failed.traces:
        where = f" at {trace.at}" if trace.at else ""
        yield f"    {trace.outcome:<14} {trace.id} ({trace.effect}){where}"
        if trace.why:
            yield f"    {'':<14}   {trace.why}"
        for path, value in trace.facts:
            yield f"    {'':<14}   {path} is {value}"


def _open_ends(run: TestRun) -> Iterator[str]:
    """What was written for tests and is not used, and rules that no test lets fire."""
    if run.skipped:
        return
    if unused := run.plan.bundle.unused_fixtures:
        yield f"  fixtures that no case uses: {', '.join(unused)}"
    if never := never_fired(run.plan, run.results):
        more = f" and {len(never) - _MOST_IDS} more" if len(never) > _MOST_IDS else ""
        yield f"  rules that no test lets fire: {', '.join(never[:_MOST_IDS])}{more}"


def _coverage(coverage: Coverage) -> Iterator[str]:
    yield f"coverage {coverage.percent:.1f} %"
    width = max((len(rule.rule) for rule in coverage.rules), default=0)
    for rule in coverage.rules:
        seen = rule.total - len(rule.missing)
        missing = f"  never: {', '.join(rule.missing)}" if rule.missing else ""
        yield f"  {rule.rule:<{width}}  {seen:>3}/{rule.total:<3}{missing}"


# -- JSON


def _json(run: TestRun, coverage: Coverage | None) -> str:
    made: dict[str, Any] = {
        "report": "tests",
        "bundle": run.plan.bundle.name,
        "passed": run.passed,
        "failed": len(run.failed),
        "skipped": run.skipped,
        "unused_fixtures": list(run.plan.bundle.unused_fixtures),
        "tests": [
            {
                "name": result.case.name,
                "file": result.case.file,
                "line": result.case.line,
                "passed": not result.failures,
                **({"failures": list(result.failures)} if result.failures else {}),
            }
            for result in run.results
        ],
        "traces": [
            {"name": one.case.name, "rules": [trace.to_dict() for trace in one.traces]}
            for one in run.failed
        ],
    }
    if coverage is not None:
        made["coverage"] = {
            "percent": round(coverage.percent, 2),
            "rules": [_rule(rule) for rule in coverage.rules],
        }
    return json.dumps(made, indent=2) + "\n"


def _rule(rule: RuleCoverage) -> dict[str, Any]:
    return {
        "rule": rule.rule,
        "cases": rule.cases,
        "seen": sorted(rule.seen),
        "branches": [
            {"text": one.text, "line": one.line, "true": one.holds, "false": one.fails}
            for one in rule.branches
        ],
        "missing": list(rule.missing),
    }


# -- JUnit


def _junit(run: TestRun, coverage: Coverage | None) -> str:
    failures = {id(one.case): one for one in run.failed}
    counts = f'tests="{len(run.results)}" failures="{len(run.failed)}" errors="0" skipped="0"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites><testsuite name={_quoted(run.plan.bundle.name)} {counts}>",
    ]
    for result in run.results:
        case = result.case
        head = (
            f"<testcase classname={_quoted(case.file)} name={_quoted(case.name)} "
            f'file={_quoted(case.file)} line="{case.line}"'
        )
        failed = failures.get(id(case))
        if failed is None:
            lines.append(f"{head}/>")
            continue
        text = "\n".join(_failure(failed))
        message = _quoted("; ".join(failed.failures))
        lines.append(f"{head}><failure message={message}>{_clean(text)}</failure></testcase>")
    lines.append("</testsuite></testsuites>")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return quoteattr(_allowed(text))


def _clean(text: str) -> str:
    return escape(_allowed(text))


def _allowed(text: str) -> str:
    """`text` without what XML 1.0 can't hold."""
    return "".join(char if char in "\t\n" or char.isprintable() else "\ufffd" for char in text)


# -- GitHub's workflow commands


def _github(run: TestRun, coverage: Coverage | None) -> str:
    lines = [
        f"::error file={_property(one.case.file)},line={one.case.line},"
        f"title={_property(one.case.name)}::{_data('; '.join(one.failures))}"
        for one in run.failed
    ]
    return "".join(f"{line}\n" for line in lines) + _text(run, coverage)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


_Format = Callable[[TestRun, Coverage | None], str]
_FORMATS: Mapping[str, _Format] = MappingProxyType(
    {"text": _text, "json": _json, "junit": _junit, "github": _github}
)
TEST_FORMATS: Sequence[str] = tuple(_FORMATS)
