"""Where a place in a file is in the text of a scalar there, and back."""

from bisect import bisect_left

from jurat.bundle.source import place_in

from ._cursor import Cursor, piece_at
from ._positions import Positions


def offset_in(cursor: Cursor, text: str, offset: int) -> int | None:
    """The offset in a scalar's own text of an offset in the file; None for one outside of it."""
    node = cursor.node
    if node is None:
        return None
    item = piece_at(cursor.file, text, offset)
    positions = Positions(item.alone)
    wanted = positions.place_of(offset - item.shift)
    texts = node.text

    def beyond(index: int) -> bool:
        line = texts.count("\n", 0, index) + 1
        column = index - (texts.rfind("\n", 0, index) + 1) + 1
        return place_in(node, line, column) > wanted

    found = bisect_left(range(len(texts)), True, key=beyond)
    return found - 1 if found else None
