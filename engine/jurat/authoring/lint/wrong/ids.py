"""Ids that no table of the bundle lists."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from jurat.bundle.source import Mapping as Node
from jurat.bundle.source import nearest
from jurat.expr.tree import Call, Const, Items, children, field_path
from jurat.expr.tree import Node as Part
from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject

from .._tables import listed

_RULE = """\
- id: stored
  title: The pilot's answers are not stored
  kind: expression
  effect: deny
  severity: medium
  when: request.project.id == "proj-{}" && request.params.store == true
"""
_PROJECTS = {"data/projects.yaml": "proj-pilot: {environment: staging}\n"}
# Where an id is looked up; of an actor, in both.
_PROJECT, _ACTORS = ("projects",), ("service_accounts", "users")
_TABLES: Mapping[str, tuple[str, ...]] = {
    "request.project.id": _PROJECT,
    "project.id": _PROJECT,
    "request.actor.project": _PROJECT,
    "credential.project": _PROJECT,
    "request.actor.credential.project": _PROJECT,
    "request.actor.id": _ACTORS,
    "request.endpoint.id": ("endpoints",),
    "endpoint.id": ("endpoints",),
    "request.actor.credential.id": ("credentials",),
    "credential.id": ("credentials",),
    "request.prompt.id": ("prompts",),
}
_PARAMS: Mapping[str, tuple[str, ...]] = {
    "projects": _PROJECT,
    "actors": _ACTORS,
    "roles": ("roles",),
}  # params whose keys are ids


class UnknownId(LintRule):
    """A condition, a waiver or a param names a project, an actor, an endpoint, a key or a prompt
    that the bundle's own table does not list.

    Where a bundle has the table, it alone says what there is, so a misspelt id is about nothing:
    the rule does not apply to what was meant, the waiver excuses nothing. Not reported where the
    bundle has no such table, or, for an actor, lacks one of the two.
    """

    code, name = "JL117", "unknown-id"
    apart = True
    fires = LintExample({**_PROJECTS, "rules/a.yaml": _RULE.format("pliot")})
    passes = LintExample({**_PROJECTS, "rules/a.yaml": _RULE.format("pilot")})

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        bundle = subject.bundle
        ids = cache(lambda tables: _listed(subject, tables))
        for rule in bundle.rules:
            condition = rule.judges[0].condition if rule.judges else None
            yield from _compared(subject, rule, "when", condition, ids)
            for name, tables in _PARAMS.items():
                node = subject.node(rule, "params", name)
                known = ids(tables)
                for id_, (key, _) in node.entries.items() if isinstance(node, Node) else ():
                    if known is not None and id_ not in known and not _pattern(id_):
                        message, help = _told(id_, tables, known)
                        yield LintFinding(message, subject.of(key), help)
        for waiver in bundle.waivers:
            for condition in waiver.conditions[:1]:
                yield from _compared(subject, waiver, "scope", condition, ids)


def _compared(
    subject: LintSubject,
    item: Any,
    key: str,
    condition: Any,
    ids: Callable[[tuple[str, ...]], set[str] | None],
) -> Iterator[LintFinding]:
    for part in condition.conjuncts if condition is not None else ():
        for tables, const in _literals(part.node):
            known = ids(tables)
            if known is not None and const.value and const.value not in known:
                message, help = _told(const.value, tables, known)
                place = subject.in_condition(item, const.at, len(const.value) + 2, key)
                yield LintFinding(message, place, help)


def _literals(node: Part) -> Iterator[tuple[tuple[str, ...], Const]]:
    if isinstance(node, Call) and node.function in ("_==_", "_!=_", "@in"):
        for one, other in (node.args, node.args[::-1]):
            tables = _TABLES.get(field_path(one) or "")
            for item in other.items if isinstance(other, Items) else (other,):
                if tables and isinstance(item, Const) and isinstance(item.value, str):
                    yield tables, item
    for child in children(node):
        yield from _literals(child)


def _listed(subject: LintSubject, tables: tuple[str, ...]) -> set[str] | None:
    """The ids of all of `tables`; None where the bundle lacks one."""
    found: set[str] = set()
    for name in tables:
        ids = listed(subject, name, "id")
        if ids is None:
            return None
        found |= ids
    return found


def _told(id_: str, tables: tuple[str, ...], known: set[str]) -> tuple[str, str]:
    files = " nor ".join(f"data/{name}.yaml" for name in tables)
    close = nearest(id_, known)
    message = f"{id_} is {'neither ' if len(tables) > 1 else 'not '}in {files}"
    return message, f"did you mean {close}?" if close else "list it there, or take it out here"


def _pattern(id_: str) -> bool:
    return any(char in id_ for char in "*?")
