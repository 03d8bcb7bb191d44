"""Reading a fact that a rule's params name, `{fact: request.actor.networks}`."""

from collections.abc import Callable
from typing import Any

from ._bundle import Bundle, Judged
from ._conditions import visible


def fact_reader(bundle: Bundle, judged: Judged, path: str) -> Callable[[Any, Any], Any]:
    """A reader (target, facts) of the fact at the dotted `path`, among the names that a condition
    of the rule sees. Raises `jurat.expr.ConditionError` if there is none."""
    from jurat.expr import Schema, compile_path

    roots, where = visible(judged.input, judged.target)
    return compile_path(path, Schema(roots, tables=bundle.models), where=where)
