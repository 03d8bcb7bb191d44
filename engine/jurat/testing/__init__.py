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
    from ._laws import LAWS as LAWS
    from ._laws import LawBroken as LawBroken
    from ._laws import LawResult as LawResult
    from ._laws import Laws as Laws
    from ._laws import assert_deterministic as assert_deterministic
    from ._laws import assert_duplicate_free as assert_duplicate_free
    from ._laws import assert_examples_hold as assert_examples_hold
    from ._laws import assert_fails_closed as assert_fails_closed
    from ._laws import assert_missing_never_widens as assert_missing_never_widens
    from ._laws import assert_monotone as assert_monotone
    from ._laws import assert_no_secret_in_evidence as assert_no_secret_in_evidence
    from ._laws import assert_order_free as assert_order_free
    from ._laws import assert_pure as assert_pure
    from ._laws import assert_redaction_complete as assert_redaction_complete
    from ._laws import assert_replays as assert_replays
    from ._laws import assert_total as assert_total
    from ._laws import run_laws as run_laws
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
    from ._strategies import bundles as bundles
    from ._strategies import credentials as credentials
    from ._strategies import decisions as decisions
    from ._strategies import detections as detections
    from ._strategies import facts as facts
    from ._strategies import messages as messages
    from ._strategies import networks as networks
    from ._strategies import org_states as org_states
    from ._strategies import provider_bodies as provider_bodies
    from ._strategies import requests as requests
    from ._strategies import resources as resources
    from ._strategies import responses as responses
    from ._strategies import rules as rules
    from ._strategies import waivers as waivers
    from ._unsent import UNSENT as UNSENT

# By name, the module that has it. Whoever adds a name adds it to `__all__` and above, too.
_HOMES = {
    "LAWS": "_laws",
    "UNSENT": "_unsent",
    "Certificate": "_liveness",
    "LawBroken": "_laws",
    "LawResult": "_laws",
    "Laws": "_laws",
    "Mentions": "_mentions",
    "NeverFired": "_guided_tally",
    "Scene": "_mentions",
    "Tally": "_guided_tally",
    "Witness": "_liveness",
    "assert_deterministic": "_laws",
    "assert_duplicate_free": "_laws",
    "assert_examples_hold": "_laws",
    "assert_fails_closed": "_laws",
    "assert_live": "_liveness",
    "assert_missing_never_widens": "_laws",
    "assert_monotone": "_laws",
    "assert_no_secret_in_evidence": "_laws",
    "assert_order_free": "_laws",
    "assert_pure": "_laws",
    "assert_redaction_complete": "_laws",
    "assert_replays": "_laws",
    "assert_total": "_laws",
    "bundles": "_strategies",
    "certify": "_liveness",
    "clock_of": "_guided",
    "credentials": "_strategies",
    "decisions": "_strategies",
    "detections": "_strategies",
    "documents": "_mentions",
    "facts": "_strategies",
    "given_org_states": "_guided_given",
    "given_requests": "_guided_given",
    "given_responses": "_guided_given",
    "kept_certificate": "_liveness",
    "liveness_changes": "_liveness",
    "mentions": "_mentions",
    "messages": "_strategies",
    "networks": "_strategies",
    "org_states": "_strategies",
    "org_states_for": "_guided",
    "profile": "_profiles",
    "provider_bodies": "_strategies",
    "requests": "_strategies",
    "requests_for": "_guided",
    "resources": "_strategies",
    "responses": "_strategies",
    "responses_for": "_guided",
    "rules": "_strategies",
    "run_laws": "_laws",
    "scenes": "_mentions",
    "still_shows": "_liveness",
    "waivers": "_strategies",
}

__all__ = [
    "LAWS",
    "UNSENT",
    "Certificate",
    "LawBroken",
    "LawResult",
    "Laws",
    "Mentions",
    "NeverFired",
    "Scene",
    "Tally",
    "Witness",
    "assert_deterministic",
    "assert_duplicate_free",
    "assert_examples_hold",
    "assert_fails_closed",
    "assert_live",
    "assert_missing_never_widens",
    "assert_monotone",
    "assert_no_secret_in_evidence",
    "assert_order_free",
    "assert_pure",
    "assert_redaction_complete",
    "assert_replays",
    "assert_total",
    "bundles",
    "certify",
    "clock_of",
    "credentials",
    "decisions",
    "detections",
    "documents",
    "facts",
    "given_org_states",
    "given_requests",
    "given_responses",
    "kept_certificate",
    "liveness_changes",
    "mentions",
    "messages",
    "networks",
    "org_states",
    "org_states_for",
    "profile",
    "provider_bodies",
    "requests",
    "requests_for",
    "resources",
    "responses",
    "responses_for",
    "rules",
    "run_laws",
    "scenes",
    "still_shows",
    "waivers",
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
