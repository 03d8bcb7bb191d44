"""Names, places and organisations, found by presidio-analyzer's recognisers and language models.

They become detectors of the same scanner, with the entities that presidio names (`PERSON`,
`LOCATION`, `ORGANIZATION`). Nothing is found before a model is configured (see `Settings`), and
nothing of presidio is imported before the first scan. What can't be analysed within its budget is
undecided, which a deny rule treats as an error. Nothing is ever downloaded.

PYTEST_DONT_REWRITE: a plugin of pytest comes with this distribution, so pytest would rewrite the
assertions of this module, of which there are none, and warn where it was imported before.
"""

from jurat.plugin import Detector, hookimpl

from ._detectors import detectors
from ._settings import ModelNotFound, NotInstalled, Settings, UnfitSetting

__all__ = [
    "ModelNotFound",
    "NotInstalled",
    "Settings",
    "UnfitSetting",
    "detectors",
    "jurat_detectors",
]


@hookimpl
def jurat_detectors() -> tuple[Detector, ...]:
    """The detectors that the environment configures; none where it names no model."""
    settings = Settings.from_environ()
    return () if settings is None else detectors(settings)
