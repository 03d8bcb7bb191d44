"""Rules that are broken on purpose, each in its own file: its kind, and the law that catches it."""

import importlib.util
import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from harness import registry

from jurat.plugin import Registry, RuleKind

DIRECTORY = Path(__file__).parents[1] / "testing" / "broken"
RULE = "broken"
PERMIT = {
    "id": "anyone",
    "title": "Anyone may call.",
    "kind": "expression",
    "effect": "permit",
    "severity": "info",
    "when": "true",
}


@dataclass(frozen=True)
class BrokenRule:
    """A kind, the law that must catch a rule of it, and what else the rule says."""

    kind: type[RuleKind]
    law: str
    effect: str
    params: dict[str, Any]
    how: dict[str, Any]
    """Options with which the law catches it."""
    elsewhere: bool
    """Whether it shows in another process alone."""

    @property
    def registry(self) -> Registry:
        """The built-in kinds and this one."""
        built_in = registry()
        return replace(built_in, kinds={**built_in.kinds, self.kind.name: self.kind()})

    def files(self, **more: Any) -> dict[str, str]:
        """A bundle with a permit and a rule of the kind, `more` being other keys of it."""
        rule = {
            "id": RULE,
            "title": "The broken rule.",
            "kind": self.kind.name,
            "effect": self.effect,
            "severity": "high",
            "params": self.params,
            **more,
        }
        return {
            "bundle.yaml": json.dumps({"name": "trial", "version": "1.0.0", "revision": 1}),
            "rules/rules.yaml": json.dumps([PERMIT, rule]),
        }


@cache
def broken_rules() -> dict[str, BrokenRule]:
    """By the name of the file."""
    return {path.stem: _read(path) for path in sorted(DIRECTORY.glob("[a-z]*.py"))}


def _read(path: Path) -> BrokenRule:
    spec = importlib.util.spec_from_file_location(f"broken_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return BrokenRule(
        module.Broken,
        module.CAUGHT_BY,
        getattr(module, "EFFECT", "deny"),
        getattr(module, "PARAMS", {}),
        {"deadline": module.DEADLINE} if hasattr(module, "DEADLINE") else {},
        getattr(module, "ELSEWHERE", False),
    )
