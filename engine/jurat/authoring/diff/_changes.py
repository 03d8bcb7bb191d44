"""What two bundles say differently: by rule, waiver, table and manifest key, in the order of
consequence."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jurat.bundle import Bundle
from jurat.bundle import source as tree
from jurat.canon import canonical

How = Literal["added", "removed", "changed"]
Leaning = Literal["opens", "either", "closes", "none"]
"""Whether a change can let in more, more or less, less, or changes no verdict: as far as it can
be told from the text."""

LEANINGS: tuple[Leaning, ...] = ("opens", "either", "closes", "none")
ABSENT = "(not there)"  # shown of a key that one of the two does not have
_MODES = ("enforce", "warn", "shadow")
_STRICT = ("deny", "require", "redact", "advise")
_DEFAULTS: Mapping[str, Any] = {
    "mode": "enforce",
    "on_error": "deny",
    "waivable": True,
}
_WORDS = frozenset(
    {
        "title",
        "description",
        "owner",
        "controls",
        "remediation",
        "severity",
        "waivable",
        "reason",
        "ticket",
        "name",
        "version",
        "revision",
        "lint",
        "requires",
        "currency",
    }
)
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Detail:
    """One key: from what to what, as JSON; of a list, what was taken out and put in."""

    key: str
    was: Any
    now: Any
    leaning: Leaning


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is in one bundle alone, or says something else in the other.

    `what` is rule, waiver, table, parameter, detector, manifest or test; `name` its id.
    """

    what: str
    name: str
    how: How
    leaning: Leaning
    details: tuple[Detail, ...] = ()
    title: str = ""


def changes(old: Bundle, new: Bundle) -> tuple[Change, ...]:
    """Everything that differs, what can open the gate first."""
    # a file that is the same in both says nothing different
    same = {name for name, data in old.files.items() if new.files.get(name) == data}
    was, now = Said(old, without=same - {"bundle.yaml"}), Said(new, without=same - {"bundle.yaml"})
    found = [
        *_items("rule", was.rules, now.rules),
        *_items("waiver", was.waivers, now.waivers),
        *_items("parameter", was.parameters, now.parameters),
        *_manifest(was.manifest, now.manifest),
        *_items("detector", was.detectors, now.detectors),
        *_tables(was.tables, now.tables),
        *_items("test", was.tests, now.tests),
    ]
    return tuple(sorted(found, key=lambda one: LEANINGS.index(one.leaning)))


class Said:
    """The plain content of a bundle's files: rules and detectors by id, tables by name, waivers by
    their rule, tests by file and name."""

    def __init__(self, bundle: Bundle, without: Collection[str] = ()) -> None:
        self.rules: dict[str, Any] = {}
        self.waivers: dict[str, Any] = {}
        self.detectors: dict[str, Any] = {}
        self.tables: dict[str, Any] = {}
        self.tests: dict[str, Any] = {}
        self.manifest: dict[str, Any] = {}
        for name, data in sorted(bundle.files.items()):
            if not name.endswith(".yaml") or name in without:
                continue
            node, _ = tree.parse(tree.SourceFile(name, data.decode("utf-8-sig")))
            said: Any = None if node is None else node.plain()
            folder, _, rest = name.partition("/")
            stem = rest.removesuffix(".yaml")
            if name == "bundle.yaml":
                self.manifest = said
            elif name == "waivers.yaml":
                self.waivers |= _numbered(said or [], "rule")
            elif folder == "rules":
                self.rules |= {one["id"]: one for one in said or []}
            elif folder == "detectors":
                self.detectors |= {one["id"]: one for one in said or []}
            elif folder == "data":
                self.tables[stem] = said or {}
            elif folder == "tests" and isinstance(said, list):
                named = {f"{stem}: {one.get('name', 'fixtures')}": one for one in said}
                self.tests |= named
        self.parameters = self.manifest.pop("parameters", None) or {}


def said_of(bundle: Bundle) -> Said:
    """What the files of a bundle say."""
    return Said(bundle)


def _numbered(items: Sequence[Any], name: str) -> dict[str, Any]:
    """Items by the key `name`, those of one name told apart by their number."""
    made: dict[str, Any] = {}
    for item in items:
        key, count = item[name], 1
        while (label := key if count == 1 else f"{key} ({count})") in made:
            count += 1
        made[label] = item
    return made


def _items(what: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    for name in sorted(was.keys() | now.keys()):
        before: Any = was.get(name)
        after: Any = now.get(name)
        if name not in was or name not in now:
            how: How = "added" if name not in was else "removed"
            one = after if name not in was else before
            title = str(one.get("title", "")) if isinstance(one, dict) else ""
            details = tuple(_whole(one, how)) if what in ("rule", "waiver") else ()
            yield Change(what, name, how, _coming(what, one, how), details, title)
        elif details := tuple(_details(what, before, after)):
            title = str(after.get("title", "")) if isinstance(after, dict) else ""
            yield Change(what, name, "changed", _worst(details), details, title)


def _coming(what: str, item: Any, how: How) -> Leaning:
    """Where an item leans that is only in one of the two."""
    if what == "test":
        return "none"
    if what in ("parameter", "detector"):
        return "either"
    opening = what == "waiver"
    if what == "rule":
        if item.get("effect") == "advise" or item.get("mode", "enforce") != "enforce":
            return "none"
        opening = item.get("effect") == "permit"
    return "opens" if opening == (how == "added") else "closes"


def _whole(item: Mapping[str, Any], how: How) -> Iterator[Detail]:
    """What an item says that is new or gone, but for its words."""
    for key, value in item.items():
        if key not in _WORDS and key not in ("id", "rule"):
            was, now = (ABSENT, value) if how == "added" else (value, ABSENT)
            yield Detail(key, was, now, "none")


def _manifest(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    details = tuple(_details("manifest", was, now))
    for detail in details:
        yield Change("manifest", detail.key, "changed", detail.leaning, (detail,))


def _tables(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    for name in sorted(was.keys() | now.keys()):
        if name not in was or name not in now:
            how: How = "added" if name not in was else "removed"
            yield Change("table", name, how, "either")
            continue
        before, after = was[name], now[name]
        for row in sorted(before.keys() | after.keys()):
            label = f"{name}/{row}"
            if row not in before or row not in after:
                yield Change("table", label, "added" if row not in before else "removed", "either")
            elif details := tuple(_details("table", before[row], after[row])):
                yield Change("table", label, "changed", _worst(details), details)


def _worst(details: Sequence[Detail]) -> Leaning:
    """Where several details lean together."""
    found = {detail.leaning for detail in details} - {"none"}
    if not found:
        return "none"
    return next(iter(found)) if len(found) == 1 else "either"


def _details(what: str, was: Any, now: Any, at: str = "") -> Iterator[Detail]:
    """The keys of two mappings that differ, mappings in them key by key."""
    if not isinstance(was, dict) or not isinstance(now, dict):
        if not _same(was, now):
            yield Detail(at or "value", was, now, _leaning(what, at, was, now))
        return
    for key in [*was, *(key for key in now if key not in was)]:
        before, after = was.get(key, _NOTHING), now.get(key, _NOTHING)
        if not at and what in ("rule", "manifest"):
            before, after = (
                _DEFAULTS.get(key, v) if v is _NOTHING else v for v in (before, after)
            )
        path = f"{at}.{key}" if at else key
        if _same(before, after):
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _details(what, before, after, path)
            continue
        leaning = _leaning(what, path, before, after)
        if isinstance(before, list) and isinstance(after, list):
            gone = [one for one in before if one not in after]
            come = [one for one in after if one not in before]
            if gone or come:
                yield Detail(path, gone, come, leaning)
                continue
        gone_value = ABSENT if before is _NOTHING else before
        yield Detail(path, gone_value, ABSENT if after is _NOTHING else after, leaning)


def _same(one: Any, other: Any) -> bool:
    if one is _NOTHING or other is _NOTHING:
        return one is other
    return canonical([one, type(one).__name__]) == canonical([other, type(other).__name__])


def _leaning(what: str, path: str, was: Any, now: Any) -> Leaning:
    key = path.partition(".")[0]
    if what == "test" or (what != "table" and key in _WORDS):
        return "none"
    if key == "mode" and was in _MODES and now in _MODES:
        return "opens" if _MODES.index(now) > _MODES.index(was) else "closes"
    if key == "effect" and was in _STRICT and now in _STRICT:
        return "opens" if _STRICT.index(now) > _STRICT.index(was) else "closes"
    if key == "on_error":
        return "opens" if now == "ignore" else "closes"
    if what == "waiver" and key == "expires":
        return "opens" if str(now) > str(was) else "closes"
    if what == "parameter" and path == "description":
        return "none"
    return "either"
