"""Opening a log: what describes it, whose keys sign it, and what must hold before it is used."""

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from ._errors import LogError
from ._group import QUEUE, WINDOW
from ._journal import End
from ._keys import KeyStore
from ._layout import Description, Layout, check_origin, epoch_number, read_description
from ._note import Checkpoint, NoteError, Signer, VerifierKey, parse_vkey
from ._os import System
from ._publish import agree, copy_of, kept_checkpoint

Durability = Literal["sync", "release", "buffered", "off"]
OnFailure = Literal["deny", "gap"]
_LOST_ON_POWER_CUT: Mapping[str, str] = {
    "sync": "nothing that was acknowledged",
    "release": "nothing that was acknowledged",
    "buffered": f"at most {WINDOW * 1000:.0f} ms or {QUEUE:,} entries",
    "off": "anything",
}
_OURS = frozenset(
    {
        "seg",
        "hashes",
        "packs",
        "checkpoint",
        "index.sqlite",
        "witnessed",
        "bundles",
        "quarantine",
        "lock",
        "reserve",
        "epochs",
        ".log.json.new",
        ".segment.new",
    }
)


def describe(
    layout: Layout,
    system: System,
    keys: KeyStore,
    durability: Durability,
    origin: str | None,
    set_name: str | None,
    given: Sequence[Signer],
) -> tuple[Description, list[Signer]]:
    """log.json of the log, and what signs it: both made for a new log.

    `given` sign in place of keys in the key store.
    """
    window = _LOST_ON_POWER_CUT[durability]
    if layout.description.exists():
        old = read_description(layout)
        if origin is not None and origin not in (old.origin, epoch_number(old.origin)[0]):
            raise LogError(f"{layout.root}: this is the log {old.origin!r}, not {origin!r}")
        if set_name is not None and set_name != old.set_name:
            raise LogError(f"{layout.root}: this log is of the set {old.set_name!r}")
        signers = signers_of(old, keys, given)
        new = replace(old, durability=durability, window=window)
        if new != old:
            system.write_file(layout.description, new.encode())
        return new, signers
    strangers = sorted(path.name for path in layout.root.iterdir() if path.name not in _OURS)
    if strangers:
        raise LogError(
            f"{layout.root}: not a decision log, and not empty ({strangers[0]} is there); "
            "give a new or an empty directory"
        )
    if layout.checkpoint.exists() or (layout.segments.exists() and any(layout.segments.iterdir())):
        raise LogError(f"{layout.root}: log.json is missing beside the records; restore it")
    if given:
        named = given[0].vkey.partition("+")[0]
        if origin not in (None, named):
            raise LogError(f"the signer is for the log {named!r}, not {origin!r}")
        origin = named
    name = check_origin(origin or f"jurat-log/{os.urandom(8).hex()}")
    signer = given[0] if given else keys.signer(name, create=True)
    made = Description(name, check_origin(set_name or name), (signer.vkey,), durability, window)
    system.write_file(layout.description, made.encode())
    return made, [signer]


def signers_of(description: Description, keys: KeyStore, given: Sequence[Signer]) -> list[Signer]:
    """What signs for each key of the log that is not retired."""
    active = [vkey for vkey, _, until in description.validity() if until is None]
    by_key = {signer.vkey: signer for signer in given}
    if strange := by_key.keys() - set(active):
        raise LogError(
            f"the signer's key is not one that signs log {description.origin!r}: {min(strange)}"
        )
    if len(description.vkeys) == 1 and not given:
        first = keys.signer(description.origin)
        if first.vkey not in active:
            raise LogError(
                f"the signing key in the key store is not a key of log {description.origin!r}; "
                "set JURAT_CONFIG_DIR to the directory that has it"
            )
        return [first]
    return [by_key[vkey] if vkey in by_key else keys.signer_of(vkey) for vkey in active]


def verifiers_of(description: Description) -> list[VerifierKey]:
    """The verifier keys, each with the sizes at which it is valid. Raises LogError."""
    try:
        return [
            replace(parse_vkey(text), since=since, until=until)
            for text, since, until in description.validity()
        ]
    except NoteError as error:
        raise LogError(f"log.json: {error}") from None


def compare_copies(
    layout: Layout, keys: list[VerifierKey], end: End, copies: Iterable[Path | str]
) -> None:
    origin = keys[0].name
    here = Checkpoint(origin, end.tree.size, end.tree.root())
    for directory in copies:
        path = copy_of(Path(directory), origin)
        older = kept_checkpoint(path, keys)
        if older is not None:
            agree(older, here, layout, path)


def keep_apart(log: Path, keys: Path) -> None:
    log, keys = log.resolve(), keys.resolve()
    if log == keys or log in keys.parents or keys in log.parents:
        raise LogError(
            f"the keys ({keys}) must not lie beside the records they sign ({log}): give the log "
            "another directory, or set JURAT_CONFIG_DIR"
        )


@contextlib.contextmanager
def explained(directory: Path) -> Iterator[None]:
    """System errors of the body as LogErrors that say what to do."""
    try:
        yield
    except OSError as error:
        place = error.filename or directory
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            text = "the disk is full: make room, then open the log again"
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            text = f"cannot be written ({error.strerror}): give a directory that can"
        elif error.errno in (errno.ENOTDIR, errno.EEXIST):
            text = "a decision log is a directory, not a file"
        else:
            text = f"{error.strerror}: then open the log again, which recovers it"
        raise LogError(f"{place}: {text}") from None
