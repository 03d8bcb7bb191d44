"""What `jurat lint` found as SARIF 2.1.0, which code hosts and editors show beside the code."""

import inspect
import json
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from jurat.bundle import CODES, Diagnostic
from jurat.plugin import Edit, Fix, LintRule

from ..lint import Found, Sheet, fingerprint
from ._scan_sarif import uri_of

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_PRECISION = {"high": "very-high", "medium": "medium", "low": "low"}


def lint_as_sarif(sheets: Sequence[Sheet], rules: Sequence[LintRule], statistics: bool) -> str:
    """One log with one run. Columns count code points; each result has a fingerprint that moving
    the line keeps (section 3.27.17), and its fix, where there is one (section 3.27.30)."""
    used = sorted({each.diagnostic.code for sheet in sheets for each in sheet.found})
    by_code = {rule.code: rule for rule in rules}
    results = [_result(sheet, each, used) for sheet in sheets for each in sheet.found]
    failed = [why for sheet in sheets for why in sheet.looked.failed]
    invocation: dict[str, Any] = {"executionSuccessful": not failed}
    if failed:
        invocation["toolExecutionNotifications"] = [
            {"level": "error", "message": {"text": why}} for why in failed
        ]
    driver = {
        "name": "jurat lint",
        **_version(),
        "rules": [_rule(code, by_code.get(code)) for code in used],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": results,
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _version() -> dict[str, str]:
    try:
        return {"version": version("jurat")}
    except PackageNotFoundError:  # run from a source tree that was never installed
        return {}


def _rule(code: str, rule: LintRule | None) -> dict[str, Any]:
    if rule is None:
        found = CODES[code]
        name, text, level = found.name, found.explanation, "error"
    else:
        name, text, level = rule.name, inspect.cleandoc(rule.__doc__ or ""), _LEVELS[rule.severity]
    first = " ".join(text.split("\n\n")[0].split())
    made: dict[str, Any] = {
        "id": code,
        "name": name,
        "shortDescription": {"text": first},
        "fullDescription": {"text": text},
        "help": {"text": f"{text}\n\n`jurat explain {code}` shows examples."},
        "defaultConfiguration": {"level": level},
    }
    if rule is not None:
        made["properties"] = {"precision": _PRECISION[rule.confidence]}
    return made


def _result(sheet: Sheet, found: Found, used: list[str]) -> dict[str, Any]:
    item = sheet.placed(found)
    text = item.message + (f"\n{item.help}" if item.help else "")
    made: dict[str, Any] = {
        "ruleId": item.code,
        "ruleIndex": used.index(item.code),
        "level": _LEVELS[item.severity],
        "message": {"text": text},
        "locations": [_location(item)],
        "partialFingerprints": {"jurat/v1": fingerprint(sheet.looked, found)},
    }
    if item.related:
        made["relatedLocations"] = [
            {
                "id": number,
                "message": {"text": one.message},
                "physicalLocation": {
                    "artifactLocation": {"uri": uri_of(one.file)},
                    **_region(one.line, one.column, 1),
                },
            }
            for number, one in enumerate(item.related)
        ]
    if found.fix is not None:
        made["fixes"] = [_fix(sheet, found.fix)]
    return made


def _location(item: Diagnostic) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri_of(item.file)},
            **_region(item.line, item.column, item.length),
        }
    }


def _region(line: int, column: int, length: int) -> dict[str, Any]:
    if not line:
        return {}
    return {"region": {"startLine": line, "startColumn": column, "endColumn": column + length}}


def _fix(sheet: Sheet, fix: Fix) -> dict[str, Any]:
    files: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        files.setdefault(edit.file, []).append(edit)
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": uri_of(sheet.prefix + file)},
                "replacements": [
                    {
                        "deletedRegion": {
                            "charOffset": edit.start,
                            "charLength": edit.end - edit.start,
                        },
                        "insertedContent": {"text": edit.text},
                    }
                    for edit in edits
                ],
            }
            for file, edits in files.items()
        ],
    }
