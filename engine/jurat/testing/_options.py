"""Fields that a user gives by name: a strategy, a value, or UNSENT."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from hypothesis import strategies as st

from jurat.model import Model

from ._unsent import UNSENT


def fields_checked(
    model: type[Model], fields: Mapping[str, Any], who: str
) -> st.SearchStrategy[dict[str, Any]]:
    """Draws the fields given, by their names in JSON.

    Raises TypeError for a name that `model` does not have; `who` is the strategy that was called.
    """
    known = {name: spec.alias or name for name, spec in model.model_fields.items()}
    for name in fields:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise TypeError(f"{who}() has no option {name!r}; {hint}")
    return st.fixed_dictionaries(
        {known[name]: strategy_of(value) for name, value in fields.items()}
    )


def strategy_of(value: Any) -> st.SearchStrategy[Any]:
    """A strategy as it is, a value as the strategy that draws it."""
    return value if isinstance(value, st.SearchStrategy) else st.just(value)


def fields_set(document: dict[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """`document` with the fields that were drawn, UNSENT ones taken out."""
    for name, value in fields.items():
        if value is UNSENT:
            document.pop(name, None)
        else:
            document[name] = plain(value)
    return document


def plain(value: Any) -> Any:
    """What was sent of models, as JSON has it; anything else as it is."""
    if isinstance(value, Model):
        return value.model_dump(exclude_unset=True, by_alias=True)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items() if item is not UNSENT}
    return value
