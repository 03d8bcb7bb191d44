"""What the gate has to know of a pattern: its shapes, how far it reaches, whether it is large.

To find that out takes a third of a second for the built-in detectors, so it is kept beside this
module, by a hash of each pattern. A pattern that is not there is looked at when it is needed.

    python -c "from jurat.scan._facts import main; main()"

writes the file anew, which is due when a built-in pattern or what is derived here has changed.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ._derive import RUNS, Library, branches, in_lower_case
from ._shape import Shape
from ._syntax import Node, Unreadable, parse
from ._window import Reach, beside, is_large, reach_of

FILE = Path(__file__).with_name("facts.json")


@dataclass(frozen=True, slots=True)
class Facts:
    """`shapes` is None for a pattern that passes the gate whole. `beside`, of a pattern whose shape
    is one of `RUNS`, is how far its matches go beyond a run; None if too far, or of others."""

    shapes: tuple[Shape, ...] | None
    reach: Reach | None
    large: bool
    beside: int | None = None


class Finder:
    """Finds the facts of patterns, kept or not."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._used = False

    def facts_of(self, pattern: str) -> Facts:
        """The facts of a pattern."""
        known = _kept().get(_name(pattern))
        if known is not None:
            return known
        self._used = True
        return derived(pattern, self._library)

    def forget(self) -> None:
        """Give back what proofs remember."""
        if self._used:
            for shape in self._library.all:
                shape.forget()


def derived(pattern: str, library: Library) -> Facts:
    """The facts of a pattern, from its tree."""
    node = _tree(pattern)
    if node is None:
        return Facts(None, None, large=False)
    reach = reach_of(node)
    shapes = library.shapes_of(node) if reach else None
    run = RUNS.get(shapes[0].pattern) if shapes and len(shapes) == 1 else None
    return Facts(shapes, reach, is_large(node, reach), run and beside(node, run))


def apart(shapes: Iterable[Shape]) -> set[str]:
    """The patterns of shapes in lower case, taken apart where they begin with a choice."""
    kept = _kept_branches()
    return {one for s in shapes for one in kept.get(s.pattern) or branches(in_lower_case(s.node))}


def _tree(pattern: str) -> Node | None:
    try:
        return parse(pattern)
    except (Unreadable, RecursionError):
        return None


def _name(pattern: str) -> str:
    return hashlib.sha256(pattern.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def written(patterns: Iterable[str]) -> str:
    """The file for these patterns."""
    library = Library()
    shapes: dict[str, tuple[int, list[str]]] = {}
    listed = {}
    for pattern in sorted(set(patterns), key=_name):
        facts = derived(pattern, library)
        for shape in facts.shapes or ():
            made = branches(in_lower_case(shape.node)) if shape.rare else []
            shapes.setdefault(shape.pattern, (int(shape.rare), made))
        places = (
            None
            if facts.shapes is None
            else [list(shapes).index(shape.pattern) for shape in facts.shapes]
        )
        reach = facts.reach and [facts.reach.near, f"{facts.reach.mask:x}", facts.reach.side]
        listed[_name(pattern)] = [places, reach, int(facts.large), facts.beside]
    whole = {
        "shapes": [[pattern, *more] for pattern, more in shapes.items()],
        "patterns": listed,
    }
    return json.dumps(whole, indent=0, separators=(",", ":")) + "\n"


@cache
def _read() -> dict[str, Any]:
    try:
        made: dict[str, Any] = json.loads(FILE.read_bytes())
    except FileNotFoundError:  # slower, and the same
        return {"shapes": [], "patterns": {}}
    return made


@cache
def _kept() -> dict[str, Facts]:
    whole = _read()
    shapes = [Shape(pattern, rare=bool(rare)) for pattern, rare, _ in whole["shapes"]]
    made = {}
    for name, (places, reach, large, beyond) in whole["patterns"].items():
        made[name] = Facts(
            None if places is None else tuple(shapes[place] for place in places),
            reach and Reach(reach[0], int(reach[1], 16), reach[2]),
            bool(large),
            beyond,
        )
    return made


@cache
def _kept_branches() -> dict[str, list[str]]:
    return {pattern: made for pattern, _, made in _read()["shapes"] if made}


def main() -> None:
    """Write the file for all detectors that are installed."""
    from ._scanner import Scanner

    FILE.write_text(written(one for d in Scanner().detectors for one in d.patterns))
