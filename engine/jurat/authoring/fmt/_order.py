"""In which order the keys of a bundle's mappings are written, by where they stand."""

from collections.abc import Mapping

RULE = (
    "id title kind on over effect severity mode on_error waivable when obligation params owner "
    "controls remediation description"
)
MANIFEST = (
    "name version revision description owner mode currency max_staleness requires parameters "
    "tables assume lint"
)
WAIVER = "rule scope owner reason ticket granted expires"
DETECTOR = (
    "id entity patterns unlike context needs_context confidence examples counter_examples source"
)
CASE = "name base without now type supports stops state facts given expect rows"
EXPECT = "effect value fired passed error not_applicable unknown waived reasons obligations"


class Place:
    """A place in a file: the rank of its keys, and the places below it."""

    __slots__ = ("_below", "rank")

    def __init__(self, keys: str = "", **below: "Place") -> None:
        self.rank: Mapping[str, int] = {key: at for at, key in enumerate(keys.split())}
        self._below = below

    def at(self, key: str) -> "Place":
        """The place of the value of `key`; of an item of a list, for `item`."""
        return self._below.get(key, _NOWHERE)


_NOWHERE = Place()
_CASE = Place(CASE, expect=Place(EXPECT), rows=Place(item=Place(CASE, expect=Place(EXPECT))))
_LISTS = {
    "rules": Place(item=Place(RULE)),
    "detectors": Place(item=Place(DETECTOR)),
    "tests": Place(item=_CASE),
}


def place_of(path: str) -> Place:
    """The place that is the root of the file at `path` in a bundle."""
    if path == "bundle.yaml":
        return Place(MANIFEST)
    if path == "waivers.yaml":
        return Place(item=Place(WAIVER))
    if path == "tests/fixtures.yaml":
        return _NOWHERE
    return _LISTS.get(path.partition("/")[0], _NOWHERE) if "/" in path else _NOWHERE
