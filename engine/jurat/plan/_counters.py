"""The counters of one decision, as facts."""

from collections.abc import Mapping
from types import MappingProxyType

from jurat.model import MissingFact
from jurat.plugin import Counted

AT = "/counters"


class Counters(dict[str, Counted]):
    """What each counter held before, by key. One that is not there is unknown: `why`."""

    why = "it was not counted"

    def __init__(
        self, counted: Mapping[str, Counted] = MappingProxyType({}), *, why: str = ""
    ) -> None:
        super().__init__(counted)
        if why:
            self.why = why

    def __missing__(self, key: str) -> Counted:
        # the pointer names no key: a key has the id of whoever is counted
        raise MissingFact(AT, self.why)


def held(counted: Mapping[str, Counted]) -> Counters:
    """Counters of all that was asked for: `Counters(counted)` in half of the time."""
    counters = Counters.__new__(Counters)
    counters.update(counted)
    return counters


# Nothing was reserved yet: the rules that count are taken as passed.
NOT_COUNTED = Counters()
