"""What is told of one bundle, and the findings that a baseline already knows."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from jurat.bundle import Diagnostic

from ._run import Found, Looked
from ._settings import SettingsError

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was found in the bundle that the user calls `name`.

    `prefix` stands before the names of its files, so that they can be opened from where the user
    is. `known` is how many findings a baseline knows, `fixed` how many were mended.
    """

    name: str
    prefix: str
    looked: Looked
    found: tuple[Found, ...]
    known: int = 0
    fixed: int = 0

    def placed(self, found: Found) -> Diagnostic:
        """The diagnostic with names of files as the user sees them."""
        item = found.diagnostic
        if not self.looked.files:  # it is about the bundle itself, which has no files
            return replace(item, file=self.name)
        related = tuple(replace(each, file=self.prefix + each.file) for each in item.related)
        return replace(item, file=self.prefix + item.file, related=related)

    @property
    def failing(self) -> bool:
        """Whether anything is left that is more than a hint."""
        return any(each.diagnostic.severity != "info" for each in self.found)


def sheet_of(
    name: str,
    prefix: str,
    looked: Looked,
    *,
    files: frozenset[str] | None = None,
    baseline: Mapping[str, int] | None = None,
    fixed: int = 0,
) -> Sheet:
    """The sheet of a bundle: of `files` alone where they are named, and without what is known."""
    left = Counter(baseline or {})
    kept, known = [], 0
    for each in looked.found:
        if files is not None and each.diagnostic.file not in files:
            continue
        key = fingerprint(looked, each)
        if left[key] > 0 and not each.from_loading:
            left[key] -= 1
            known += 1
            continue
        kept.append(each)
    return Sheet(name, prefix, looked, tuple(kept), known, fixed)


def fingerprint(looked: Looked, found: Found) -> str:
    """The same wherever the line moves to: of the bundle's name, the code, the file, the line's
    text and the message."""
    item = found.diagnostic
    line = " ".join(item.source_line.split())
    parts = (looked.name, item.code, item.file, line, item.message)
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def read_baseline(path: Path) -> dict[str, int]:
    """How many findings are known, by fingerprint. Raises SettingsError."""
    try:
        document = json.loads(path.read_text("utf-8"))
        if document["version"] != _VERSION:
            raise SettingsError(f"{path.name}: a baseline of another version; write it anew")
        return dict(Counter(str(entry["fingerprint"]) for entry in document["findings"]))
    except FileNotFoundError:
        raise SettingsError(
            f"{path.name}: there is no such baseline; write it with --write-baseline"
        ) from None
    except OSError as error:
        raise SettingsError(f"{path.name}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SettingsError(f"{path.name}: no baseline; write it with --write-baseline") from None


def baseline_of(sheets: Iterable[Sheet]) -> str:
    """A baseline that knows all findings, those of an older one too. What keeps a bundle from
    loading is never in one."""
    entries = sorted(
        (
            {
                "code": each.diagnostic.code,
                "file": each.diagnostic.file,
                "fingerprint": fingerprint(sheet.looked, each),
                "message": each.diagnostic.message,
            }
            for sheet in sheets
            for each in sheet.looked.found
            if not each.from_loading
        ),
        key=lambda entry: (entry["file"], entry["code"], entry["fingerprint"]),
    )
    return json.dumps({"version": _VERSION, "findings": entries}, indent=2) + "\n"
