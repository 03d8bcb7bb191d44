"""From documents to models, in a way that a counterexample can be pasted."""

from typing import Any, TypeVar

from hypothesis import strategies as st

from jurat.model import Model

M = TypeVar("M", bound=Model)


def validated(
    model: type[M], documents: st.SearchStrategy[dict[str, Any]]
) -> st.SearchStrategy[M]:
    """The models of `documents`; hypothesis shows one as `Request.model_validate({…})`."""

    def read(document: dict[str, Any]) -> M:
        return model.model_validate(document)

    read.__name__ = f"{model.__name__}.model_validate"
    return st.builds(read, documents)
