"""Detectors by presidio: one for each entity, all by one analysis of a text."""

from collections.abc import Callable
from functools import partial
from typing import Any

from jurat.plugin import Detector

from ._analysis import Analysis
from ._presidio import analyzer_of, entities_of
from ._settings import Settings

PACK = "presidio"
SOURCE = "presidio-analyzer; the documentation of the model that is configured"


def detectors(
    settings: Settings, make: Callable[[Settings], Any] = analyzer_of
) -> tuple[Detector, ...]:
    """The detectors of `settings`, for a `Scanner` beside others. `make` makes the analyzer, for
    one that is put together elsewhere.

    Raises NotInstalled, ModelNotFound, and UnfitSetting for a recogniser that presidio lacks.
    """
    if make is analyzer_of:
        settings.check()
    analysis = Analysis(settings, make)
    return tuple(
        Detector(
            f"{PACK}.{entity.lower()}",
            entity,
            find=partial(analysis.find, entity),
            source=SOURCE,
            pack=PACK,
        )
        for entity in entities_of(settings)
    )
