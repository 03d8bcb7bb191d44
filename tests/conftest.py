"""Settings of the property tests: `HYPOTHESIS_PROFILE=ci|nightly`, else quick ones for work."""

import os

from hypothesis import HealthCheck, settings

# Building an engine per example is slow on a busy machine, and that is not what is tested.
_CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}

settings.register_profile("quick", max_examples=25, **_CALM)
settings.register_profile("ci", max_examples=200, derandomize=True, print_blob=True, **_CALM)
settings.register_profile("nightly", max_examples=5000, print_blob=True, **_CALM)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
