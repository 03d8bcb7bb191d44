"""Secrets in a bundle."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from jurat.bundle.source import Mapping, Scalar, Sequence
from jurat.plugin import Detector, LintExample, LintFinding, LintRule, LintSubject

if TYPE_CHECKING:
    from jurat.scan import Scanner

_TABLE = "proj-a: {{environment: production, residency: eu}}\n# the old key: {}\n"
_SECRET = "SECRET"
# no secret is without one of these: building the detectors costs more than all other rules
_SUSPECT = re.compile(
    r"(?=[A-Za-z0-9]*[0-9])(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{6,}|[0-9]{12,}|[A-Za-z]{24,}"
    r"|://|-----BEGIN|passw|secret",
    re.IGNORECASE,
)


class SecretInBundle(LintRule):
    """A key or password stands in a bundle, where every reader of the repository finds it.

    Bundles are reviewed, archived and stored beside each log, so it counts as leaked: change it
    where it is used, then take it out. Found by jurat's own detectors of secrets, where they are
    sure; known documentation values are no finding, nor are the texts in `tests/` and the examples
    of detectors, which have to look like secrets. The secret itself is not shown.
    """

    code, name, severity, needs = "JL303", "secret-in-bundle", "error", "files"
    apart = True
    fires = LintExample(
        {"data/projects.yaml": _TABLE.format("ghp_" + "1A2b3C4d5E6f7G8h9I0jKlMnOpQrSt1BE9rp")}
    )
    passes = LintExample({"data/projects.yaml": _TABLE.format("in the vault, under proj-a")})

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        detectors = tuple(d for d in subject.registry.detectors if d.entity == _SECRET)
        texts = {
            file: text
            for file, text in subject.texts.items()
            if not file.startswith("tests/") and suspect(text)
        }
        if not detectors or not texts:
            return
        scanner = _scanner(detectors)
        for file, text in texts.items():
            samples = _samples(subject, file)
            for hit in scanner.scan(text):
                if hit.confidence != "high" or hit.example:
                    continue
                place = subject.span(file, hit.start, hit.end - hit.start)
                if place.line in samples:
                    continue
                message = f"a secret ({hit.detector})"
                help = "change it where it is used, then take it out"
                yield LintFinding(message, place, help, hidden=True)


@lru_cache(maxsize=1)  # an editor asks again with every key
def _scanner(detectors: tuple[Detector, ...]) -> "Scanner":
    from jurat.scan import Scanner

    return Scanner(detectors)


def suspect(text: str) -> bool:
    """Whether a text may hold a secret at all."""
    return _SUSPECT.search(text) is not None


def _samples(subject: LintSubject, file: str) -> set[int]:
    """The lines of examples of detectors."""
    lines: set[int] = set()
    root = subject.root(file) if file.startswith("detectors/") else None
    for item in root.items if isinstance(root, Sequence) else ():
        for key in ("examples", "counter_examples"):
            listed = item.get(key) if isinstance(item, Mapping) else None
            for text in listed.items if isinstance(listed, Sequence) else ():
                if isinstance(text, Scalar):
                    lines |= set(range(text.line, text.line + text.text.count("\n") + 2))
    return lines
