"""A detector of one's own, to be filled in."""

from jurat.authoring.fmt import formatted
from jurat.bundle.source import SourceFile

_TEXT = r"""# What it finds, and what must not be taken for it: both lists are tried whenever the bundle is loaded.
- id: {id}
  entity: {entity}
  # RE2 syntax. A group named `value`, (?P<value>…), is the span where only a part of the match is it.
  patterns: ['\b{prefix}-[0-9]{{8}}\b']
  # Any of these words near a value makes it more likely.
  context: [{word}, number]
  # That of a match without such a word: low, medium or high.
  confidence: medium
  examples: [The number is {prefix}-12345678.]
  counter_examples: [The number is {prefix}-1234., 'X{prefix}-12345678']
"""


def new_detector(id_: str, entity: str | None = None) -> str:
    """A file with the detector `id_`, which finds `entity` (default: the id in capitals)."""
    last = id_.rpartition(".")[2]
    letters = "".join(char for char in last.upper() if char.isascii() and char.isalpha())
    named = entity or "".join(char if char.isalnum() else "_" for char in id_.upper())
    text = _TEXT.format(
        id=id_, entity=named, prefix=letters[:3] or "ID", word=last.split("-")[0].lower() or "id"
    )
    return formatted(SourceFile("detectors/d.yaml", text))
