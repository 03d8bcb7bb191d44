"""What the kinds that count share: limits in params, names of counters, whose counter it is."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from jurat.plugin import ParamError, RuleSpec

_MOST = 2**53  # beyond it JSON's readers disagree about a number


def _limit(value: Any) -> int:
    if type(value) is not int:
        raise ParamError("a limit is a whole number", help="write it in digits, like 5000")
    if not 0 <= value <= _MOST:
        what = "a limit is not below zero" if value < 0 else "the limit is too large"
        raise ParamError(what, help="0 allows nothing; leave it out for no limit")
    return value


Limit = Annotated[
    int,
    BeforeValidator(_limit),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": _MOST}),
]


def _name(value: Any) -> str:
    if not (isinstance(value, str) and value.isascii() and value.replace("-", "a").isalnum()):
        raise ParamError(
            "the name of a counter is of letters, digits and -", help="write it like team-budget"
        )
    return value


CounterName = Annotated[
    str,
    BeforeValidator(_name),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9-]+$"}),
]


def prefix(rule: RuleSpec, counter: str | None) -> str:
    """What the keys of the rule's counters begin with: its own name, or that of the counter it
    shares with other rules of its bundle."""
    return f"{rule.counter}/" if counter is None else f"{rule.bundle}/{counter}/"


def _model(request: Any) -> str | None:
    """The model by the name of its row, so that an alias has no counter of its own; as called
    where nothing is known of it."""
    info = request.__dict__.get("model_info")
    id_: str | None = None if info is None else info.__dict__.get("id")
    if id_ is None:
        id_ = request.model
    return id_


# Whose use is counted: the id by which, and the pointer of it.
SUBJECTS: Mapping[str, tuple[Callable[[Any], str | None], str]] = MappingProxyType(
    {
        "actor": (attrgetter("actor.id"), "/actor/id"),
        "project": (attrgetter("project.id"), "/project/id"),
        "model": (_model, "/model"),
        "team": (attrgetter("actor.team"), "/actor/team"),
    }
)
