"""Property tests for policy: strategies, guided inputs and laws, for hypothesis and pytest.

    from hypothesis import given
    from jurat.testing import Tally, requests_for

Everything is imported when it is first used, so `import jurat.testing` costs next to nothing and
works without hypothesis; what needs it says then how to install it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._guided import clock_of as clock_of
    from ._guided import org_states_for as org_states_for
    from ._guided import requests_for as requests_for
    from ._guided import responses_for as responses_for
    from ._guided_given import given_org_states as given_org_states
    from ._guided_given import given_requests as given_requests
    from ._guided_given import given_responses as given_responses
    from ._guided_tally import NeverFired as NeverFired
    from ._guided_tally import Tally as Tally
    from ._liveness import Certificate as Certificate
    from ._liveness import Witness as Witness
    from ._liveness import assert_live as assert_live
    from ._liveness import certify as certify
    from ._liveness import kept_certificate as kept_certificate
    from ._liveness import liveness_changes as liveness_changes
    from ._liveness import still_shows as still_shows
    from ._mentions import Mentions as Mentions
    from ._mentions import Scene as Scene
    from ._mentions import documents as documents
    from ._mentions import mentions as mentions
    from ._mentions import scenes as scenes
    from ._profiles import profile as profile
    from ._unsent import UNSENT as UNSENT

# By name, the module that has it. Whoever adds a name adds it to `__all__` and above, too.
_HOMES = {
    "UNSENT": "_unsent",
    "Certificate": "_liveness",
    "Mentions": "_mentions",
    "NeverFired": "_guided_tally",
    "Scene": "_mentions",
    "Tally": "_guided_tally",
    "Witness": "_liveness",
    "assert_live": "_liveness",
    "certify": "_liveness",
    "clock_of": "_guided",
    "documents": "_mentions",
    "given_org_states": "_guided_given",
    "given_requests": "_guided_given",
    "given_responses": "_guided_given",
    "kept_certificate": "_liveness",
    "liveness_changes": "_liveness",
    "still_shows": "_liveness",
    "mentions": "_mentions",
    "org_states_for": "_guided",
    "profile": "_profiles",
    "requests_for": "_guided",
    "responses_for": "_guided",
    "scenes": "_mentions",
}

__all__ = [
    "UNSENT",
    "Certificate",
    "Mentions",
    "NeverFired",
    "Scene",
    "Tally",
    "Witness",
    "assert_live",
    "certify",
    "clock_of",
    "documents",
    "given_org_states",
    "given_requests",
    "given_responses",
    "kept_certificate",
    "liveness_changes",
    "mentions",
    "org_states_for",
    "profile",
    "requests_for",
    "responses_for",
    "scenes",
    "still_shows",
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
