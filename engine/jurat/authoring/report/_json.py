"""The report on controls as JSON, for other programs."""

import json
from collections.abc import Iterable
from typing import Any

from jurat.bundle import Bundle
from jurat.canon import format_time

from ._data import SUPPORT, ControlReport, FrameworkPart, RuleLine


def as_json(report: ControlReport) -> str:
    """One JSON object, ASCII alone, that ends with a line feed."""
    return json.dumps(_report(report), indent=2) + "\n"


def identity(bundle: Bundle) -> dict[str, Any]:
    """Which bundle it is, as reports on one say."""
    return {
        "name": bundle.name,
        "version": bundle.version,
        "revision": bundle.revision,
        "digest": bundle.digest,
        "mode": bundle.mode,
    }


def _report(report: ControlReport) -> dict[str, Any]:
    bundle = report.bundle
    return {
        "report": "controls",
        "bundle": identity(bundle),
        "now": format_time(report.now),
        "frameworks": [_framework(part) for part in report.frameworks],
        "frameworks_left_out": list(report.left_out),
        "rules": [_rule(line) for line in report.rules.values()],
        "rules_without_control": list(report.unnamed),
        "unknown_controls": [
            {"id": id_, "rules": list(rules)} for id_, rules in report.unknown.items()
        ],
        "still_to_do": list(report.duties),
    }


def _framework(part: FrameworkPart) -> dict[str, Any]:
    return {
        "id": part.catalogue.framework,
        "title": part.catalogue.title,
        "source": part.catalogue.source,
        "counts": {support: part.count(support) for support in SUPPORT},
        "controls": [
            {
                "id": line.id,
                "text": line.text,
                "support": line.support,
                "rules": list(line.rules),
            }
            for line in part.controls
        ],
    }


def _rule(line: RuleLine) -> dict[str, Any]:
    rule, trials = line.rule, line.trials
    return {
        "id": rule.id,
        "title": rule.title,
        "kind": rule.kind,
        "effect": rule.effect,
        "severity": rule.severity,
        "mode": line.mode,
        "inputs": list(line.inputs),
        "owner": rule.owner,
        "file": rule.file,
        "line": rule.line,
        "controls": list(rule.controls),
        "support": line.support,
        "tests": {
            "fires": _names(trials.fires),
            "rests": _names(trials.rests),
            "lacks_a_fact": _names(trials.lacks),
        },
        "waivers": [
            {
                "scope": waiver.scope,
                "owner": waiver.owner,
                "reason": waiver.reason,
                "ticket": waiver.ticket,
                "expires": format_time(waiver.expires),
            }
            for waiver in line.waivers
        ],
        "marks": list(line.marks),
    }


def _names(cases: Iterable[Any]) -> list[str]:
    return [case.name for case in cases]
