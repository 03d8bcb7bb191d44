"""Names of models: patterns, dated snapshots, and the aliases of a register."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator

from jurat.plugin import ParamError

_CACHED = 4096  # verdicts kept per list, of names of at most _LONGEST characters
_LONGEST = 256

# gpt-4.1-2025-04-14 and claude-sonnet-4-20250514: the ways in which providers date a snapshot
_DATED = re.compile(r"(.+)-(\d{4})(-?)(\d\d)\3(\d\d)", re.ASCII | re.DOTALL)

Admits = Callable[[str], bool]


def _pattern(text: str) -> str:
    if not text or any(c.isspace() for c in text):
        bare = "".join(text.split())
        raise ParamError(
            "a model's name is empty or has a space in it",
            help=f"write {bare}" if bare else "write the name as the provider does, like gpt-4.1",
        )
    return text


ModelPattern = Annotated[str, AfterValidator(_pattern)]


def is_glob(pattern: str) -> bool:
    return "*" in pattern


def undated(name: str) -> str | None:
    """The model that `name` is a dated snapshot of; None for any other name."""
    match = _DATED.fullmatch(name)
    if match is None:
        return None
    try:
        date(int(match[2]), int(match[4]), int(match[5]))
    except ValueError:
        return None
    return match[1]


def glob(pattern: str) -> Admits:
    """A test for `pattern`, where `*` stands for any characters. Linear in the name."""
    first, *middle, last = pattern.split("*")

    def admits(name: str) -> bool:
        if len(name) < len(first) + len(last) or not name.startswith(first):
            return False
        at, end = len(first), len(name) - len(last)
        for part in middle:
            found = name.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return name.endswith(last)

    return admits


def aliases(rows: Mapping[str, Any]) -> dict[str, str]:
    """The model that each alias of the register stands for. An alias stands for one model."""
    return {
        alias: id_ for id_ in sorted(rows) for alias in rows[id_].__dict__.get("aliases") or ()
    }


class ModelList:
    """A list of models, made ready.

    `verdicts` are the names judged so far, those that the list and the register spell out from
    the start: one look-up there is the quick way to `admits`.
    """

    __slots__ = ("_alias_of", "_dated", "_globs", "_listed", "_spelt", "verdicts")

    def __init__(
        self, patterns: Iterable[str], alias_of: Mapping[str, str], *, dated: bool
    ) -> None:
        patterns = tuple(patterns)
        self._alias_of = alias_of
        self._dated = dated
        self._globs = tuple(glob(pattern) for pattern in patterns if is_glob(pattern))
        self._listed = frozenset(alias_of.get(p, p) for p in patterns if not is_glob(p))
        self._spelt = {name: self._judge(name) for name in self._listed | alias_of.keys()}
        self.verdicts = dict(self._spelt)

    def admits(self, name: str) -> bool:
        """Whether the model called `name` is on the list. Remembers some 4,096 names."""
        verdict = self.verdicts.get(name)
        if verdict is None:
            verdict = self._judge(name)
            if len(name) <= _LONGEST:
                if len(self.verdicts) >= _CACHED + len(self._spelt):
                    self.verdicts.clear()
                    self.verdicts.update(self._spelt)
                self.verdicts[name] = verdict
        return verdict

    def _judge(self, name: str) -> bool:
        model = self._alias_of.get(name, name)
        if model in self._listed:
            return True
        if self._dated:
            base = undated(model)
            if base is not None and self._alias_of.get(base, base) in self._listed:
                return True
        return any(admits(model) for admits in self._globs)
