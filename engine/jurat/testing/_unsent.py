"""The mark of a field that is not sent."""

from enum import Enum
from typing import Final, Literal


class Unsent(Enum):
    """Not sent: the fact is unknown. A null, known to be absent, is None."""

    UNSENT = "not sent"

    def __repr__(self) -> str:
        return "UNSENT"


UNSENT: Final[Literal[Unsent.UNSENT]] = Unsent.UNSENT
