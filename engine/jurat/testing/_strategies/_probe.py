"""Which rules load: many are tried in one bundle, and those that it refuses are left out."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from jurat.bundle import BundleError, Diagnostic, load_bundle

from .._judged import installed, plan_for

# What kinds look up while they are compiled: a row or two of each table.
TABLES: Mapping[str, Mapping[str, Any]] = {
    "projects": {
        "proj-a": {
            "environment": "production",
            "residency": "eu",
            "retention": "zero",
            "holders": ["service_account"],
            "limits": {"rpm": 100, "tpm": 10_000, "spend": 1_000_000},
            "tools": ["function:look_up"],
        },
        "proj-b": {"environment": "development", "limits": {"rpm": 10, "tpm": 1000}},
    },
    "service_accounts": {
        "svc-a": {
            "kind": "service_account",
            "status": "active",
            "project": "proj-a",
            "permissions": ["chat.completions", "embeddings"],
            "networks": ["10.0.0.0/8"],
            "limits": {"rpm": 50, "tpm": 5000},
        },
        "svc-b": {"kind": "workload", "project": "proj-b", "permissions": ["chat.completions"]},
    },
    "users": {
        "user-a": {"status": "active", "groups": ["engineering"], "roles": ["member"]},
        "user-b": {"status": "deactivated", "groups": ["platform"], "roles": ["owner"]},
    },
    "endpoints": {
        "azure-eu": {
            "provider": "azure",
            "region": "westeurope",
            "sku": "Standard",
            "residency": "eu",
            "retention": "zero",
            "classes": ["public", "internal", "pii"],
        },
        "openai-us": {"provider": "openai", "residency": None, "classes": ["public"]},
    },
    "models": {
        "gpt-4.1": {
            "status": "approved",
            "class": "chat",
            "price": {"input": 2_000_000, "output": 8_000_000},
        },
        "o4-mini": {"status": "deprecated", "class": "reasoning"},
    },
    "prompts": {"support-answer@1": {"version": "1", "status": "approved"}},
    "roles": {"owner": {"permissions": ["*"]}, "member": {"permissions": ["chat.completions"]}},
    "vendors": {"openai": {"dpa": True}, "azure": {"dpa": True, "baa": True}},
    "stops": {"incident-1": {"model": "o4-mini", "who": "on call", "why": "an incident"}},
}
RULES = "rules/drawn.yaml"
MANIFEST: Mapping[str, Any] = {
    "name": "drawn",
    "version": "1.0.0",
    "revision": 1,
    "currency": "USD",
}


def files_of(
    rules: Iterable[Mapping[str, Any]],
    waivers: Iterable[Mapping[str, Any]] = (),
    manifest: Mapping[str, Any] = MANIFEST,
) -> dict[str, str]:
    """The files of a bundle with these rules, one a line."""
    listed = ",\n".join(map(json.dumps, rules))
    files = {"bundle.yaml": json.dumps(dict(manifest)), RULES: f"[\n{listed}\n]"}
    files |= {f"data/{name}.yaml": json.dumps(rows) for name, rows in TABLES.items()}
    if waived := list(waivers):
        files["waivers.yaml"] = json.dumps(waived)
    return files


def fit(rules: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of `rules` that load beside `TABLES`."""
    left = list(rules)
    while left:
        numbered = [{**rule, "id": f"r-{number}"} for number, rule in enumerate(left)]
        problems = _problems(files_of(numbered))
        if not problems:
            return left
        refused = {problem.line for problem in problems if problem.file == RULES}
        fewer = [rule for line, rule in enumerate(left, 2) if line not in refused]
        if len(fewer) == len(left):  # it is not the rules: there is no telling which would load
            raise BundleError(problems)
        left = fewer
    return []


def _problems(files: Mapping[str, str]) -> list[Diagnostic]:
    bundle, problems = load_bundle(files, installed())
    if bundle is None or problems:
        return problems
    try:
        plan_for(bundle)
    except BundleError as error:
        return [*error.diagnostics]
    return []
