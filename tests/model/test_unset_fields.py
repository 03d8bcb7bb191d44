import inspect

import pytest

import jurat.model
from jurat.model import MissingFact, Model, make, view_class

MODELS = [
    member
    for _, member in inspect.getmembers(jurat.model, inspect.isclass)
    if issubclass(member, Model) and member is not Model
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_unset_field_is_missing(model: type[Model]) -> None:
    """No attribute of the view's own may be read in place of a field that was not sent."""
    cls = view_class(model)
    unsent = make(cls, {})
    for name in cls.fields:
        if name in cls.children:
            assert not getattr(unsent, name).__dict__.keys() & cls.children[name].fields
            continue
        with pytest.raises(MissingFact) as missing:
            getattr(unsent, name)
        assert missing.value.pointer == f"/{name}"
