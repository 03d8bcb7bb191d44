"""The report on a bundle as JSON, for other programs."""

import json
from typing import Any

from jurat.authoring.explain import plain_json
from jurat.bundle import Rule

from ._bundle import BundleReport
from ._json import identity


def bundle_as_json(report: BundleReport) -> str:
    """One JSON object, ASCII alone, that ends with a line feed."""
    return json.dumps(_report(report), indent=2) + "\n"


def _report(report: BundleReport) -> dict[str, Any]:
    bundle = report.bundle
    return {
        "report": "bundle",
        "bundle": {
            **identity(bundle),
            "owner": bundle.owner,
            "description": bundle.description,
            "tests": len(bundle.tests),
        },
        "inputs": list(report.inputs),
        "permits": [rule.id for rule in report.permits],
        "rules": [_rule(rule, report) for file in report.files for rule in file.rules],
        "tables": [
            {
                "name": table.name,
                "file": table.path,
                "about": table.about,
                "columns": list(table.columns),
                "rows": list(table.ids),
            }
            for table in report.tables
        ],
        "parameters": {
            name: {"type": one.type, "value": _plain(one.value), "description": one.description}
            for name, one in bundle.parameters.items()
        },
        "supports": {kind: list(types) for kind, types in report.supports.items()},
        "facts": {
            kind: [
                {
                    "pointer": fact.pointer,
                    "rules": list(fact.rules),
                    "tables": list(fact.joined.tables) if fact.joined else [],
                }
                for fact in facts
            ]
            for kind, facts in report.facts.items()
        },
        "assume": _plain(dict(bundle.assume)),
        "controls": {
            framework: {id_: list(rules) for id_, rules in controls.items()}
            for framework, controls in report.controls.items()
        },
    }


def _rule(rule: Rule, report: BundleReport) -> dict[str, Any]:
    tried = report.trials[rule.id]
    return {
        "id": rule.id,
        "file": rule.file,
        "title": rule.title,
        "kind": rule.kind,
        "effect": rule.effect,
        "severity": rule.severity,
        "mode": rule.mode,
        "inputs": list(dict.fromkeys(one.input for one in rule.judges)),
        "when": rule.when,
        "params": _plain(rule.params.model_dump(exclude_unset=True, by_alias=True)),
        "controls": list(rule.controls),
        "description": rule.description,
        "remediation": rule.remediation,
        "owner": rule.owner,
        "waivable": rule.waivable,
        "tests": {
            "fires": len(tried.fires),
            "rests": len(tried.rests),
            "lacks": len(tried.lacks),
        },
    }


def _plain(value: Any) -> Any:
    """As a bundle would write it: durations with their units."""
    return json.loads(plain_json(value))
