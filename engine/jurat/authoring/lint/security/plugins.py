"""Rule kinds of plugins that are not pure."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject

_CALLS = {
    "datetime.now": "the clock",
    "datetime.utcnow": "the clock",
    "datetime.today": "the clock",
    "date.today": "the clock",
    "open": "the disk",
    "input": "the terminal",
    "os.urandom": "randomness",
    "os.getenv": "the environment",
    "os.environ": "the environment",
    "os.system": "other programs",
}
_MODULES = {
    "time": "the clock",
    "random": "randomness",
    "secrets": "randomness",
    "uuid": "randomness",
    "socket": "the network",
    "ssl": "the network",
    "urllib": "the network",
    "http": "the network",
    "requests": "the network",
    "httpx": "the network",
    "aiohttp": "the network",
    "subprocess": "other programs",
    "shutil": "the disk",
    "tempfile": "the disk",
    "sqlite3": "the disk",
}
_RULE = """\
- id: office-hours
  title: Calls are made in office hours
  kind: acme.hours
  effect: deny
  severity: high
"""
_PLUGIN = """\
from datetime import UTC, datetime
from jurat import Request
from jurat.plugin import Finding, RuleKind, hookimpl

class Hours(RuleKind):
    '''Calls are made in office hours.'''
    name = "acme.hours"
    judges = Request
    effects = {{"deny"}}

    def compile(self, rule, context):
        def check(request, facts, now):
            hour = {}.hour
            return () if 8 <= hour < 18 else (Finding("closed", "the office is closed"),)
        return check

@hookimpl
def jurat_rule_kinds():
    return [Hours]
"""


class ImpureKind(LintRule):
    """A rule is of a plugin's kind whose code reads the clock, the network, the disk, the
    environment or chance.

    A decision has to come out the same whenever it is made again: a check gets `now`, its target
    and the facts, and nothing else. What has to be fetched is a fact source's work
    (`jurat_fact_sources`). Found by reading the kind's own code, so what it calls elsewhere is not
    seen; jurat's own kinds are held to it by their tests.
    """

    code, name, confidence = "JL309", "impure-rule-kind", "medium"
    apart = True
    fires = LintExample({"rules/a.yaml": _RULE}, plugin=_PLUGIN.format("datetime.now(UTC)"))
    passes = LintExample({"rules/a.yaml": _RULE}, plugin=_PLUGIN.format("now"))

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        told: set[str] = set()
        own = {"jurat", "jurat_rules"}
        for rule in subject.bundle.rules:
            kind = rule.implementation
            if kind is None or rule.kind in told:
                continue
            told.add(rule.kind)
            if type(kind).__module__.partition(".")[0] in own:
                continue
            for what, name, line in sorted(_touched(type(kind))):
                message = f"kind {rule.kind} reads {what}: `{name}` in line {line} of its code"
                help = "a check gets `now` and facts; a fact source brings what must be fetched"
                yield LintFinding(message, subject.at(rule, "kind"), help)


def _touched(kind: type[Any]) -> set[tuple[str, str, int]]:
    """What the methods of a kind read beside what they are given: what, by which name, where."""
    try:
        lines, first = inspect.getsourcelines(kind)
        tree = ast.parse(textwrap.dedent("".join(lines)))
        module = ast.parse(inspect.getsource(inspect.getmodule(kind) or kind))
    except (OSError, TypeError, SyntaxError):
        return set()
    aliases = _imported(module) | _imported(tree)
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call | ast.Attribute):
            continue
        name = _dotted(node.func if isinstance(node, ast.Call) else node, aliases)
        if name is None or (isinstance(node, ast.Attribute) and "environ" not in name):
            continue
        short = name.removeprefix("datetime.") if name.count(".") > 1 else name
        what = _CALLS.get(short) or _MODULES.get(name.partition(".")[0] if "." in name else "")
        if what is not None:
            found.add((what, name, first + node.lineno - 1))
    return found


def _imported(tree: ast.AST) -> dict[str, str]:
    """By the name in the code, the whole name of what was imported."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for item in node.names:
                whole = item.name if item.asname else item.name.partition(".")[0]
                found[item.asname or whole] = whole
        elif isinstance(node, ast.ImportFrom) and node.module:
            for item in node.names:
                found[item.asname or item.name] = f"{node.module}.{item.name}"
    return found


def _dotted(node: ast.expr, aliases: dict[str, str]) -> str | None:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([aliases.get(node.id, node.id), *reversed(parts)])
