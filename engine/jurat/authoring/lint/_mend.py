"""Making fixes, as many as go together, until none is left."""

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from jurat.plugin import Edit, Fix

from ._run import Looked

_MARK = "\ufeff"
_ROUNDS = 20

Look = Callable[[Mapping[str, bytes]], Looked]


@dataclass(frozen=True, slots=True)
class Mended:
    """The files after fixing, how many fixes were made, and what is found in them."""

    files: Mapping[str, bytes]
    count: int
    looked: Looked


def mend(first: Looked, look: Look, *, unsafe: bool, only: frozenset[str] | None = None) -> Mended:
    """Makes every safe fix (and with `unsafe`, every other), looking again until none is left.

    With `only`, those of findings in these files alone.

    Fixes that touch the same text are made one after the other. A round after which the bundle
    can't be loaded, or after which the digest is another though all its fixes promised to keep
    it, is undone, and that is the end of it.
    """
    files, looked, count = dict(first.files), first, 0
    for _ in range(_ROUNDS):
        fixes = [
            each.fix
            for each in looked.found
            if each.fix is not None
            and (each.fix.safe or unsafe)
            and (only is None or each.diagnostic.file in only)
        ]
        chosen = _apart(fixes)
        if not chosen:
            break
        made = _applied(files, chosen)
        again = look(made)
        keeps = all(fix.keeps_digest for fix in chosen)
        if (looked.loaded and not again.loaded) or (keeps and looked.digest != again.digest):
            break
        files, looked, count = made, again, count + len(chosen)
    return Mended(files, count, looked)


def _apart(fixes: list[Fix]) -> list[Fix]:
    """Those that touch no text of an earlier one."""
    chosen: list[Fix] = []
    taken: list[Edit] = []
    for fix in fixes:
        if not any(_touch(edit, other) for edit in fix.edits for other in taken):
            chosen.append(fix)
            taken += fix.edits
    return chosen


def _touch(one: Edit, other: Edit) -> bool:
    return one.file == other.file and one.start <= other.end and other.start <= one.end


def _applied(files: Mapping[str, bytes], fixes: list[Fix]) -> dict[str, bytes]:
    made = dict(files)
    edits: dict[str, list[Edit]] = {}
    for fix in fixes:
        for edit in fix.edits:
            edits.setdefault(edit.file, []).append(edit)
    for name, listed in edits.items():
        whole = files[name].decode()
        mark = _MARK if whole.startswith(_MARK) else ""
        text = whole.removeprefix(_MARK)
        for edit in sorted(listed, key=lambda edit: edit.start, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        made[name] = (mark + text).encode()
    return made


def differences(
    before: Mapping[str, bytes], after: Mapping[str, bytes], prefix: str
) -> Iterator[str]:
    """A unified diff, line by line, of the files that differ."""
    for name in sorted(after):
        if before.get(name) != after[name]:
            old, new = (
                files.get(name, b"").decode("utf-8", "replace").splitlines()
                for files in (before, after)
            )
            yield from difflib.unified_diff(
                old, new, f"{prefix}{name}", f"{prefix}{name}", lineterm=""
            )
