"""What `jurat lint` is told: on the command line, in pyproject.toml, in bundle.yaml."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jurat.bundle.source import nearest
from jurat.canon import parse_duration
from jurat.plugin import LintRule

from ._rules import matching

LIMITS: Mapping[str, tuple[timedelta, str]] = MappingProxyType(
    {
        "shadow": (timedelta(days=30), "how long a rule may stay in shadow mode"),
        "waiver": (timedelta(days=365), "how long a waiver may last"),
        "rotation": (timedelta(days=90), "how old a key may get before it is rotated"),
    }
)
KEYS = ("select", "ignore", "baseline", "signed", "signatures", *LIMITS)


class SettingsError(ValueError):
    """What is wrong with the settings of a file or an option, in words."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Which rules look, and what they hold a bundle to."""

    select: tuple[str, ...] = ()
    """Codes, beginnings of codes or names; none: all."""
    ignore: tuple[str, ...] = ()
    baseline: Path | None = None
    limits: Mapping[str, timedelta] = field(
        default_factory=lambda: MappingProxyType({name: age for name, (age, _) in LIMITS.items()})
    )

    signed: tuple[str, ...] = ()
    """The verifier keys of which `signatures` must have signed an archive; none: it needs not be."""
    signatures: int = 1

    def chosen(self, rules: Sequence[LintRule]) -> tuple[LintRule, ...]:
        """The rules that look. Raises SettingsError for a word that names none."""
        wanted = {rule.code for word in self.select for rule in _named(word, rules)}
        left = {rule.code for word in self.ignore for rule in _named(word, rules)}
        return tuple(
            rule
            for rule in rules
            if (rule.code in wanted or not self.select) and rule.code not in left
        )

    def over(self, other: "Settings") -> "Settings":
        """These settings where they say something, else those of `other`; ignores of both."""
        changed = {name: age for name, age in self.limits.items() if age != LIMITS[name][0]}
        return replace(
            self,
            select=self.select or other.select,
            ignore=(*self.ignore, *other.ignore),
            baseline=self.baseline or other.baseline,
            limits=MappingProxyType({**other.limits, **changed}),
            signed=self.signed or other.signed,
            signatures=self.signatures if self.signed else other.signatures,
        )


def _named(word: str, rules: Sequence[LintRule]) -> tuple[LintRule, ...]:
    found = matching(word, rules)
    if not found:
        close = nearest(word, [name for rule in rules for name in (rule.code, rule.name)])
        hint = f"did you mean {close}?" if close else "`jurat lint --list` shows them all"
        raise SettingsError(f"there is no lint rule {word[:60]}; {hint}")
    return found


def settings_from(values: Any, where: str, folder: Path | None = None) -> Settings:
    """The settings in a mapping of `where`. Raises SettingsError."""
    if not isinstance(values, Mapping):
        raise SettingsError(f"{where}: the settings of lint are a mapping")
    for key in values:
        if key not in KEYS:
            close = nearest(str(key), KEYS)
            hint = f"did you mean {close}?" if close else f"there are {', '.join(KEYS)}"
            raise SettingsError(f"{where}: {str(key)[:60]} is no setting of lint; {hint}")
    baseline = values.get("baseline")
    if baseline is not None and not isinstance(baseline, str):
        raise SettingsError(f"{where}: baseline is the name of a file")
    limits = {name: age for name, (age, _) in LIMITS.items()}
    for name in LIMITS:
        if name in values:
            limits[name] = _duration(values[name], f"{where}: {name}")
    return Settings(
        _words(values.get("select", ()), f"{where}: select"),
        _words(values.get("ignore", ()), f"{where}: ignore"),
        None if baseline is None else (folder or Path()) / baseline,
        MappingProxyType(limits),
        *_signing(values, where, folder or Path()),
    )


def _signing(values: Mapping[Any, Any], where: str, folder: Path) -> tuple[tuple[str, ...], int]:
    words = _words(values.get("signed", ()), f"{where}: signed")
    count = values.get("signatures", 1)
    if not words and "signatures" not in values:
        return (), 1
    from jurat.bundle.signature import NoteError, parse_vkey, read_keys, trusted_keys

    found: list[str] = []
    for word in words:
        try:
            found.append(parse_vkey(word).text)
            continue
        except NoteError as error:
            why = str(error)
        try:
            found += read_keys((folder / word).read_text("utf-8", "replace"))
        except OSError:
            raise SettingsError(f"{where}: signed: {why}, or a file of such") from None
        except NoteError as error:
            raise SettingsError(f"{where}: signed: {word[:60]}: {error}") from None
    try:
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise ValueError("signatures is a whole number, at least 1")
        trusted_keys(found, count)
    except ValueError as error:
        raise SettingsError(f"{where}: {error}") from None
    return tuple(found), count


def _words(value: Any, what: str) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and all(isinstance(word, str) for word in value):
        return tuple(value)
    raise SettingsError(f"{what} is a list of codes or names")


def _duration(value: Any, what: str) -> timedelta:
    try:
        return parse_duration(value)
    except (ValueError, TypeError, AttributeError):
        raise SettingsError(f"{what} is a time with its unit, like 30d") from None


def project_settings(start: Path) -> Settings:
    """Those of `[tool.jurat.lint]` in the nearest pyproject.toml at or above `start`.

    Raises SettingsError.
    """
    folder = start.resolve()
    for place in (folder, *folder.parents):
        file = place / "pyproject.toml"
        if not file.is_file():
            continue
        try:
            with file.open("rb") as stream:
                found = tomllib.load(stream)
        except (OSError, ValueError) as error:  # ValueError: no TOML, no UTF-8
            raise SettingsError(f"{file.name}: can't be read as TOML") from error
        tool = found.get("tool", {})
        tables = tool.get("jurat", {}) if isinstance(tool, dict) else {}
        values = tables.get("lint") if isinstance(tables, dict) else None
        return Settings() if values is None else settings_from(values, "pyproject.toml", place)
    return Settings()
