"""Looking again at what changed in a bundle: as fast as someone types.

Of the item that was changed (a rule, a waiver, a case, a detector; of any other file all of it)
everything is found anew that can be told of it alone: what is wrong with its form, and what the
lint rules say that are `apart`. What was found elsewhere moves with its lines. What one item means
for another is found by looking over the whole bundle, which is to follow when there is time.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from jurat.bundle import Bundle, BundleError, Diagnostic
from jurat.bundle.editing import Piece, Pieces
from jurat.bundle.source import SourceFile, collector_paused
from jurat.plugin import Fix, Registry

from ._ignore import complaints, ignores_of
from ._items import Change, change_of
from ._rules import all_rules
from ._run import Found, Looked, findings_of, in_order, masked, own_settings, told
from ._settings import Settings
from ._subject import Subject, planned

_KEPT = ("bundle.yaml", "data/")  # what rules are looked up in


class Again:
    """Looks again at a bundle that was looked over before, as `whole` says.

    Raises SettingsError for settings that name no rule.
    """

    def __init__(
        self, whole: Looked, registry: Registry, settings: Settings, *, now: datetime
    ) -> None:
        self._registry = registry
        self._now = now
        self._settings = settings.over(own_settings(whole.files))
        self._bundle = whole.bundle
        self._all = all_rules(registry)
        self._rules = tuple(rule for rule in self._settings.chosen(self._all) if rule.apart)
        self._apart = frozenset(rule.code for rule in self._all if rule.apart)
        kept = {name: data for name, data in whole.files.items() if name.startswith(_KEPT)}
        named = whole.bundle if whole.loaded else None
        self._pieces = Pieces(whole.files, registry, named)
        self._around = kept
        self._base = None if whole.bundle is None else self._subject(whole.bundle, kept)

    def look(self, before: Looked, files: Mapping[str, bytes]) -> Looked:
        """`before` brought up to `files`, as far as what changed can tell."""
        with collector_paused():
            found = before.found
            for name in sorted({*before.files, *files}):
                old, new = before.files.get(name), files.get(name)
                if old != new:
                    found = self._changed(found, name, old or b"", new or b"")
        return replace(before, found=tuple(sorted(masked(found), key=in_order)), files=files)

    def _changed(
        self, found: Iterable[Found], name: str, old: bytes, new: bytes
    ) -> tuple[Found, ...]:
        change = change_of(name, _text(old), _text(new))
        made = () if not new else tuple(self._of(name, change))
        return (*self._moved(found, name, change), *made)

    # -- what was found before

    def _moved(self, found: Iterable[Found], name: str, change: Change) -> Iterator[Found]:
        for each in found:
            item = each.diagnostic
            related = item.related
            if any(place.file == name and place.line >= change.last for place in related):
                related = tuple(
                    replace(place, line=place.line + change.lines)
                    if place.file == name and place.line >= change.last
                    else place
                    for place in related
                )
                item = replace(item, related=related)
            if item.file != name:
                yield _with(each, item, name, change)
            elif item.line >= change.last:
                if change.lines:
                    item = replace(item, line=item.line + change.lines)
                yield _with(each, item, name, change)
            elif item.line < max(1, change.first):
                if item.line or not each.from_loading:
                    yield _with(each, item, name, change)
            elif not each.from_loading and item.code not in self._apart:
                # about the item and others: it holds until all is looked over
                line = min(item.line, change.last + change.lines - 1)
                if line >= change.first:
                    yield replace(each, diagnostic=replace(item, line=line), fix=None)

    # -- what is found now

    def _of(self, name: str, change: Change) -> Iterator[Found]:
        """What is wrong with the piece that is new."""
        if not change.new.text.strip() or not name.endswith(".yaml"):
            return
        file = SourceFile(name, change.new.alone)
        piece = self._pieces.read(file)
        problems = list(piece.problems)
        small = self._small(piece)
        if small is not None and piece.rules and not problems:
            try:
                planned(small, self._registry)
            except BundleError as error:
                problems += error.diagnostics
        yield from map(Found, dict.fromkeys(problems))
        data = file.text.encode("utf-8", "surrogatepass")
        subject = self._subject(small, {name: data}, piece)
        ignores = ignores_of(subject, (name,))
        rules = [rule for rule in self._rules if rule.needs == "files"]
        found, _, _ = findings_of(subject, rules, ignores)
        if small is not None:
            around = self._subject(small, {**self._around, name: data}, piece)
            others = [rule for rule in self._rules if rule.needs == "rules"]
            found += findings_of(around, others, ignores)[0]
            rules += others
        by_code = {rule.code: rule for rule in self._settings.chosen(self._all)}
        ran = {rule.code for rule in rules}
        for code, finding in complaints(subject, ignores, self._all, ran, problems):
            if code in by_code:
                found.append(told(subject, by_code[code], finding))
        for each in found:
            if each.diagnostic.file == name:
                fix = each.fix and _shifted(each.fix, name, change.new.shift)
                yield replace(each, fix=fix)

    def _small(self, piece: Piece) -> Bundle | None:
        """The bundle with nothing in it but the piece."""
        if self._bundle is None:
            return None
        return replace(
            self._bundle,
            rules=piece.rules,
            waivers=piece.waivers,
            tests=piece.cases,
            detectors=piece.detectors,
        )

    def _subject(
        self, bundle: Bundle | None, files: Mapping[str, bytes], piece: Piece | None = None
    ) -> Subject:
        return Subject(
            bundle,
            files,
            plan=None,
            registry=self._registry,
            now=self._now,
            alone=False,
            limits=self._settings.limits,
            like=self._base if piece is not None else None,
        )


def _with(found: Found, item: Diagnostic, name: str, change: Change) -> Found:
    """What was found before, where it is now; the same object where that is where it was."""
    if item is found.diagnostic and found.fix is None:
        return found
    return replace(found, diagnostic=item, fix=_fix(found.fix, name, change))


def _fix(fix: Fix | None, name: str, change: Change) -> Fix | None:
    """A fix whose edits stand where their text is now; None where it has changed."""
    if fix is None or all(edit.file != name for edit in fix.edits):
        return fix
    made = []
    for edit in fix.edits:
        if edit.file != name or edit.end <= change.new.start:
            made.append(edit)
        elif edit.start >= change.end:
            start, end = edit.start + change.chars, edit.end + change.chars
            made.append(replace(edit, start=start, end=end))
        else:
            return None
    return replace(fix, edits=tuple(made))


def _shifted(fix: Fix, name: str, by: int) -> Fix:
    return replace(
        fix,
        edits=tuple(
            replace(edit, start=edit.start + by, end=edit.end + by) if edit.file == name else edit
            for edit in fix.edits
        ),
    )


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").removeprefix("\ufeff")
