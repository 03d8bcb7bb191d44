"""Property tests for policy: strategies, guided inputs and laws, for hypothesis and pytest.

    from hypothesis import given
    from jurat.testing import Tally, requests_for

Everything is imported when it is first used, so `import jurat.testing` costs next to nothing and
works without hypothesis; what needs it says then how to install it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._mentions import Mentions as Mentions
    from ._mentions import Scene as Scene
    from ._mentions import documents as documents
    from ._mentions import mentions as mentions
    from ._mentions import scenes as scenes

# By name, the module that has it. Whoever adds a name adds it to `__all__` and above, too.
_HOMES = {
    "Mentions": "_mentions",
    "Scene": "_mentions",
    "documents": "_mentions",
    "mentions": "_mentions",
    "scenes": "_mentions",
}

__all__ = [
    "Mentions",
    "Scene",
    "documents",
    "mentions",
    "scenes",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'jurat.testing' has no attribute {name!r}")
    try:
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "hypothesis":
            raise
        raise ModuleNotFoundError(
            f"jurat.testing.{name} needs hypothesis: pip install 'jurat[testing]'",
            name="hypothesis",
        ) from None
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
