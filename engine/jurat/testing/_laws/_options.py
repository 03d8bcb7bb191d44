"""What every law may be told."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from jurat.model import OrgState, Request, Response
from jurat.plugin import Registry

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class How(TypedDict, total=False):
    """Options of the laws, each with a default.

    `inputs` draws what is judged (default: what the bundle mentions, and its neighbours):
    requests, responses or snapshots, as objects or as mappings. `rule` tries one rule alone.
    `profile` is quick, ci or nightly, which says how many inputs are tried; `max_examples` says
    it by number. `seed` makes a search find again what it found. `deadline` is how long one
    decision may take, `registry` the plugins (default: those that are installed).
    """

    inputs: "SearchStrategy[Request] | SearchStrategy[Response] | SearchStrategy[OrgState] | SearchStrategy[Mapping[str, Any]] | None"
    rule: str | None
    profile: str | None
    max_examples: int | None
    seed: int | None
    deadline: timedelta
    registry: Registry | None
