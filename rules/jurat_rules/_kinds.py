"""Kinds of actor in params."""

from typing import Literal

from jurat.plugin import ParamError

ActorKind = Literal["user", "service_account", "workload"]
KINDS: tuple[ActorKind, ...] = ("user", "service_account", "workload")


def must_be_kinds(kinds: tuple[ActorKind, ...], at: str) -> None:
    """Raises ParamError if the param `at` names no kind, or one twice."""
    if not kinds:
        raise ParamError(
            "no kind is named", at=(at,), help=f"name one or more of {', '.join(KINDS)}"
        )
    for index, kind in enumerate(kinds):
        if kind in kinds[:index]:
            raise ParamError(f"{kind} is named twice", at=(at, index), help="take one of them out")
