"""The view of an instance is that of what it says, whichever way it is made."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jurat.model import (
    OrgState,
    Request,
    Response,
    View,
    build,
    known,
    place_of,
    sent_fields,
    view_class,
    view_of,
)
from jurat.testing import org_states, requests, responses


def shown(value: Any) -> Any:
    """A view as its place and its fields, all the way down."""
    if isinstance(value, View):
        return place_of(value).pointer, {n: shown(v) for n, v in known(value).items()}
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {name: shown(item) for name, item in value.items()}
    return value


@given(st.one_of(requests(), responses(), org_states()))
def test_the_view_is_that_of_the_document(made: Request | Response | OrgState) -> None:
    assert shown(view_of(made)) == shown(build(view_class(type(made)), sent_fields(made)))
