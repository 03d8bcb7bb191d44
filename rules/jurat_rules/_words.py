"""Words of closed vocabularies in params: refuse what is not in them, with a suggestion."""

from collections.abc import Iterable
from difflib import get_close_matches

from jurat.plugin import ParamError


def suggestion(word: str, words: Iterable[str]) -> str:
    """Help for a word that is none of `words`."""
    known = sorted(words)
    close = get_close_matches(word, known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    shown = ", ".join(known[:12])
    return f"known are {shown}" + (f" and {len(known) - 12} more" if len(known) > 12 else "")


def must_know(
    what: str, word: str, words: frozenset[str], at: tuple[str | int, ...], *, extend: str = ""
) -> None:
    """Raises ParamError if the vocabulary `words` is not empty and lacks `word`.

    `extend` says where a bundle adds a word of its own.
    """
    if words and word not in words:
        hint = suggestion(word, words)
        raise ParamError(
            f"{word!r} is no known {what}", at=at, help=f"{hint}; {extend}" if extend else hint
        )


VOCABULARY = "a new one goes into data/vocabulary.yaml"
