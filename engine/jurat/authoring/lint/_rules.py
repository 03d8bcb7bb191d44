"""The lint rules there are: one file each in the families beside this one, and those of plugins."""

import inspect
import json
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from jurat.plugin import LintRule, Registry

FAMILIES = ("itself", "wrong", "text", "security", "state", "care")


@cache
def own_rules() -> tuple[LintRule, ...]:
    """jurat's own, by code."""
    found: dict[str, LintRule] = {}
    for family in FAMILIES:
        package = import_module(f"{__package__}.{family}")
        for entry in iter_modules(package.__path__):
            if entry.name.startswith("_"):
                continue
            module = import_module(f"{package.__name__}.{entry.name}")
            for value in vars(module).values():
                if (
                    isinstance(value, type)
                    and issubclass(value, LintRule)
                    and value.__module__ == module.__name__
                    and "code" in vars(value)
                ):
                    assert value.code not in found, value.code
                    found[value.code] = value()
    return tuple(found[code] for code in sorted(found))


def all_rules(registry: Registry) -> tuple[LintRule, ...]:
    """jurat's own and those of the plugins in use, by code."""
    return (*own_rules(), *registry.lint_rules)


def rule_named(word: str, rules: Iterable[LintRule]) -> LintRule | None:
    """The rule with that code or name."""
    code, name = word.strip().upper(), word.strip().lower()
    return next((rule for rule in rules if code == rule.code or name == rule.name), None)


def matching(word: str, rules: Sequence[LintRule]) -> tuple[LintRule, ...]:
    """The rules that a code, the beginning of one (`JL3`), or a name stands for."""
    wanted = word.strip()
    if wanted.upper() == "ALL":
        return tuple(rules)
    if re.fullmatch(r"[A-Za-z]{2,6}[0-9]{0,3}", wanted):
        found = tuple(rule for rule in rules if rule.code.startswith(wanted.upper()))
        if found:
            return found
    return tuple(rule for rule in rules if rule.name == wanted.lower())


def documentation(rule: LintRule) -> str:
    """All that is known of a lint rule, for `jurat explain CODE`."""
    parts = [
        f"{rule.code} {rule.name} ({rule.severity}, confidence {rule.confidence})",
        inspect.cleandoc(rule.__doc__ or ""),
    ]
    for title, example in (("It fires on", rule.fires), ("It does not on", rule.passes)):
        parts.append(f"{title}\n")
        plugin = {"a plugin": example.plugin} if example.plugin else {}
        for name, text in {**example.files, **plugin}.items():
            shown = "\n".join(f"    {line}".rstrip() for line in text.rstrip().splitlines())
            parts[-1] += f"\n    # {name}\n{shown}\n"
        if example.settings:
            parts[-1] += "\n    # pyproject.toml, [tool.jurat.lint]\n"
            for key, value in example.settings.items():
                parts[-1] += f"    {key} = {json.dumps(value)}\n"
        if example.packed:
            parts[-1] += "\n    # made into an archive by `jurat build`\n"
        parts[-1] = parts[-1].rstrip()
    parts.append(f"To accept one with a reason: # jurat: ignore[{rule.code}] why")
    return "\n\n".join(parts) + "\n"
