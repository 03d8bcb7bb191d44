"""What a scan of files found as SARIF 2.1.0, which code hosts and editors show beside the code."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..files import Event, Hit, Unscanned

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"high": "error", "medium": "warning", "low": "note"}


def scan_as_sarif(events: Iterable[Event]) -> Iterator[str]:
    """The pieces of one log file of SARIF 2.1.0, ASCII alone, as the events come.

    A rule is a detector. High confidence is level error, medium warning, low note, a
    documentation value note. What was not scanned is a notification of the invocation
    (section 3.58), which then did not succeed.
    """
    rules: dict[str, str] = {}
    notices: list[dict[str, Any]] = []
    yield f'{{"$schema": "{_SCHEMA}", "version": "2.1.0", "runs": [{{"results": ['
    first = True
    for event in events:
        match event:
            case Hit():
                yield ("" if first else ",") + "\n  " + json.dumps(_result(event))
                first = False
                rules.setdefault(event.detection.detector, event.detection.entity)
            case Unscanned():
                notices.append(_notice(event))
    invocation: dict[str, Any] = {"executionSuccessful": not notices}
    if notices:
        invocation["toolExecutionNotifications"] = notices
    rest = {
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "tool": {
            "driver": {
                "name": "jurat scan",
                "rules": [_rule(id_, entity) for id_, entity in sorted(rules.items())],
            }
        },
    }
    yield ("" if first else "\n") + "], " + json.dumps(rest)[1:] + "]}\n"


def _result(hit: Hit) -> dict[str, Any]:
    one = hit.detection
    marks = [f"confidence {one.confidence}", *(["example"] if one.example else [])]
    return {
        "ruleId": one.detector,
        "level": "note" if one.example else _LEVELS[one.confidence],
        "message": {"text": f"{one.entity} {hit.shown} ({', '.join(marks)})"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri_of(hit.file)},
                    "region": {
                        "startLine": hit.line,
                        "startColumn": hit.column,
                        "endLine": hit.end_line,
                        "endColumn": hit.end_column,
                        "charOffset": hit.offset,
                        "charLength": hit.length,
                    },
                }
            }
        ],
        "properties": {
            "entity": one.entity,
            "confidence": one.confidence,
            "validated": one.validated,
            "example": one.example,
        },
    }


def _rule(id_: str, entity: str) -> dict[str, Any]:
    return {
        "id": id_,
        "shortDescription": {"text": f"{entity} found by detector {id_}"},
        "properties": {"entity": entity},
    }


def _notice(event: Unscanned) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": event.why},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri_of(event.file)}}}],
    }


def uri_of(name: str) -> str:
    """RFC 3986: a relative reference for a relative name, a file URI for an absolute one."""
    if name == "-":
        return "stdin"
    path = Path(name)
    if path.is_absolute():
        return path.as_uri()
    uri = quote(path.as_posix().encode("utf-8", "surrogateescape"), safe="/")
    return f"./{uri}" if ":" in uri.partition("/")[0] else uri
