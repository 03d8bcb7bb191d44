"""What `jurat lint` found, as JSON for programs."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from jurat.plugin import LintRule

from ..lint import Found, Sheet, fingerprint


def lint_as_json(sheets: Sequence[Sheet], rules: Sequence[LintRule], statistics: bool) -> str:
    """One document; lines and columns count from 1, offsets from 0, all in code points."""
    counts = Counter(each.diagnostic.code for sheet in sheets for each in sheet.found)
    document: dict[str, Any] = {
        "version": 1,
        "bundles": [
            {
                "bundle": sheet.name,
                "loaded": sheet.looked.loaded,
                "ignored": sheet.looked.ignored,
                "baseline": sheet.known,
                "fixed": sheet.fixed,
                "failed_rules": list(sheet.looked.failed),
                **({} if statistics else {"findings": [_one(sheet, f) for f in sheet.found]}),
            }
            for sheet in sheets
        ],
        "statistics": dict(sorted(counts.items())),
    }
    return json.dumps(document, indent=2) + "\n"


def _one(sheet: Sheet, found: Found) -> dict[str, Any]:
    item = sheet.placed(found)
    made: dict[str, Any] = {
        "code": item.code,
        "name": item.name,
        "severity": item.severity,
        "confidence": item.confidence,
        "message": item.message,
        "help": item.help,
        "file": item.file,
        "line": item.line,
        "column": item.column,
        "end_column": item.column + item.length if item.line else 0,
        "source": item.source_line,
        "related": [
            {"message": one.message, "file": one.file, "line": one.line, "column": one.column}
            for one in item.related
        ],
        "fingerprint": fingerprint(sheet.looked, found),
        "fix": None,
    }
    if (fix := found.fix) is not None:
        made["fix"] = {
            "title": fix.title,
            "safe": fix.safe,
            "keeps_digest": fix.keeps_digest,
            "edits": [
                {
                    "file": sheet.prefix + edit.file,
                    "start": edit.start,
                    "end": edit.end,
                    "text": edit.text,
                }
                for edit in fix.edits
            ],
        }
    return made
