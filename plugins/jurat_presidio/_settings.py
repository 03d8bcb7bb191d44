"""What is configured."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Self

PREFIX = "JURAT_PRESIDIO_"
NAMED = ("PERSON", "LOCATION", "ORGANIZATION")
"""What a language model is asked for unless told otherwise: dates and nationalities are many, and
rarely what a policy means."""


class NotInstalled(Exception):
    """A model is configured, and presidio-analyzer is not installed."""


class ModelNotFound(Exception):
    """The model that is configured is neither an installed package nor a directory."""


class UnfitSetting(Exception):
    """A setting has a value that it can't have."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How presidio is used.

    `model` is a spaCy model: an installed package, a directory, or `blank:en` for a pipeline that
    knows no names (for recognisers alone). `recognizers` are names of presidio's own recognisers,
    `UsSsnRecognizer` say, that run beside it; their entities are found, too. `budget` is in
    seconds for one text; what takes longer is undecided. `min_score` is presidio's, from 0 to 1.
    """

    model: str
    language: str = "en"
    entities: tuple[str, ...] = NAMED
    recognizers: tuple[str, ...] = ()
    budget: float = 2.0
    min_score: float = 0.35

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Self | None:
        """The settings in `JURAT_PRESIDIO_MODEL`, `…_LANGUAGE`, `…_ENTITIES` and `…_RECOGNIZERS`
        (lists with commas), `…_BUDGET` and `…_MIN_SCORE`; None where no model is named.

        Raises UnfitSetting.
        """
        model = environ.get(f"{PREFIX}MODEL", "").strip()
        if not model:
            return None
        entities = _words(environ, "ENTITIES")
        return cls(
            model,
            environ.get(f"{PREFIX}LANGUAGE", "").strip() or "en",
            NAMED if entities is None else entities,
            _words(environ, "RECOGNIZERS") or (),
            _number(environ, "BUDGET", 2.0, most=600),
            _number(environ, "MIN_SCORE", 0.35, most=1),
        )

    def check(self) -> None:
        """Raises NotInstalled or ModelNotFound where it can't work, without importing presidio."""
        if not (_is_installed("presidio_analyzer") and _is_installed("spacy")):
            raise NotInstalled("pip install 'jurat[presidio]'")
        if self.model.startswith("blank:") or Path(self.model).is_dir():
            return
        if not (self.model.isidentifier() and _is_installed(self.model)):
            raise ModelNotFound("install the model's package, or name its directory")


def _is_installed(package: str) -> bool:
    return find_spec(package) is not None


def _words(environ: Mapping[str, str], name: str) -> tuple[str, ...] | None:
    text = environ.get(PREFIX + name)
    if text is None:
        return None
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _number(environ: Mapping[str, str], name: str, default: float, *, most: float) -> float:
    text = environ.get(PREFIX + name, "").strip()
    try:
        number = float(text) if text else default
    except ValueError:
        number = -1.0
    if not 0 < number <= most:
        raise UnfitSetting(f"{PREFIX}{name} is a number above 0, at most {most}")
    return number
