"""What all tests share: how long properties search, and a configuration folder of their own.

`HYPOTHESIS_PROFILE=ci|nightly` searches longer than the quick profile for work.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# Building an engine per example is slow on a busy machine, and that is not what is tested.
_SLOW = [HealthCheck.too_slow]

settings.register_profile("quick", max_examples=15, deadline=None, suppress_health_check=_SLOW)
settings.register_profile(
    "ci",
    max_examples=100,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=_SLOW,
)
settings.register_profile(
    "nightly", max_examples=5000, deadline=None, print_blob=True, suppress_health_check=_SLOW
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="session", autouse=True)
def _own_configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keys that logs make for themselves stay out of the user's configuration."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JURAT_CONFIG_DIR", str(tmp_path_factory.mktemp("config")))
        yield
