"""The types that rules judge: their names, and the inputs in which each is met."""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from jurat.model import (
    Actor,
    Collection,
    Credential,
    Endpoint,
    Model,
    ModelInfo,
    Org,
    OrgState,
    Principal,
    Project,
    Prompt,
    Request,
    Response,
    Vendor,
    mapped_model,
    nested_model,
)
from jurat.plugin import RuleKind

INPUTS = ("request", "response", "org_state")

# A request carries the one in use of these.
_IN_REQUESTS = frozenset(
    {Actor, Credential, Endpoint, ModelInfo, Org, Principal, Project, Prompt, Vendor}
)


@cache
def name_of(model: type[Model]) -> str:
    """`credential` for Credential, `model_permission` for ModelPermission."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", model.__name__).lower()


@cache
def resources() -> Mapping[str, type[Model]]:
    """The resources of a snapshot, by name."""
    found: dict[str, type[Model]] = {"org": Org}
    for spec in OrgState.model_fields.values():
        collection, _ = nested_model(spec.annotation)
        if collection is not None and issubclass(collection, Collection):
            item = mapped_model(collection.model_fields["items"].annotation)
            if item is not None and issubclass(item, Model):
                found[name_of(item)] = item
    return MappingProxyType(found)


@cache
def met_in(model: type[Model]) -> tuple[str, ...]:
    """The inputs in which a type is judged, in their order."""
    if model is Request:
        return ("request",)
    if model is Response:
        return ("response",)
    on_requests = ("request",) if model in _IN_REQUESTS else ()
    on_snapshots = ("org_state",) if model in resources().values() else ()
    return on_requests + on_snapshots


def judged(kind: RuleKind) -> list[tuple[str, type[Model]]]:
    """Every (input, type) that a kind judges, by the order of inputs.

    A kind that judges Request has all of a request's resources there; those that it judges
    beside it are the ones of snapshots.
    """
    types = kind.judges if isinstance(kind.judges, tuple) else (kind.judges,)
    allowed = kind.inputs or set(INPUTS)
    return [
        (input_, model)
        for input_ in INPUTS
        if input_ in allowed
        for model in types
        if input_ in met_in(model)
        and not (input_ == "request" and Request in types and model is not Request)
    ]
