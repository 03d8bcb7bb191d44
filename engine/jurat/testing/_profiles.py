"""How long to search: three profiles, for tests and for `jurat laws`."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hypothesis import settings

EXAMPLES: Mapping[str, int] = MappingProxyType({"quick": 100, "ci": 1000, "nightly": 20_000})
"""By profile, the number of examples of one property."""


def examples(name: str) -> int:
    """The number of examples of a profile. Raises ValueError for a name that is none."""
    if name not in EXAMPLES:
        near = get_close_matches(name, EXAMPLES, 1)
        hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(EXAMPLES)}"
        raise ValueError(f"there is no profile {name!r}; {hint}")
    return EXAMPLES[name]


def profile(name: str) -> "settings":
    """Hypothesis's settings of a profile (`quick`, `ci`, `nightly`), to be put on a test.

    What the profile leaves open is as in the profile that is loaded now. No deadline: the first
    decision of a process compiles what later ones share. Raises ValueError for a name that is
    none, ModuleNotFoundError where hypothesis is not installed.
    """
    try:
        from hypothesis import settings
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "jurat.testing.profile needs hypothesis: pip install 'jurat[testing]'",
            name="hypothesis",
        ) from None
    return settings(
        settings(), max_examples=examples(name), deadline=None, print_blob=name != "quick"
    )


def register() -> None:
    """Make the profiles known to hypothesis as `jurat-quick`, `jurat-ci` and `jurat-nightly`: a
    user's own of other names, and the one that is loaded, stay as they are."""
    from hypothesis import settings

    for name in EXAMPLES:
        settings.register_profile(f"jurat-{name}", profile(name))
