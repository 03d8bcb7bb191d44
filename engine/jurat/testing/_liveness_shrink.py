"""Making a witness minimal."""

from collections.abc import Callable, Iterator
from typing import Any

from ._liveness_witness import Witness

Holds = Callable[[Witness], bool]


def shrunk(witness: Witness, holds: Holds) -> Witness:
    """The witness with nothing left that could be left out: no field, no item, no row."""
    parts = witness.parts()

    def still() -> bool:
        return holds(witness.of_parts(parts))

    while any(_less(part, still) for part in _containers(parts, still)):
        pass  # with one thing gone, another may not be needed any more
    return witness.of_parts(parts)


def _containers(parts: dict[str, Any], still: Callable[[], bool]) -> Iterator[Any]:
    """The parts that cannot be left out whole."""
    for name, part in parts.items():
        if part:
            parts[name] = None if name == "state" else type(part)()
            if not still():
                parts[name] = part
                yield part
        elif part is not None and name == "state":
            parts[name] = None
            if not still():
                parts[name] = part


def _less(node: Any, still: Callable[[], bool]) -> bool:
    """Leave out of a mapping or list what can be; whether that was any.

    What holds others goes first, and so most of it at once.
    """
    less = False
    for key in reversed(range(len(node))) if isinstance(node, list) else list(node):
        whole = node.copy()
        del node[key]
        if still():
            less = True
            continue
        node.clear()  # in the old order
        node.extend(whole) if isinstance(node, list) else node.update(whole)
        if isinstance(node[key], dict | list):
            less = _less(node[key], still) or less
    return less
