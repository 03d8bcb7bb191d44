"""A new epoch of a log that is older than what was published of it.

A log that was rolled back must not sign on: it would show two views under one name. So it goes on
under a new name, `<origin>/epoch-<n>`, and a new key. Its record 0 holds the newest checkpoint
known of the log before, what of that log was found, and that log's signature for the new key.
Whoever finds records of the old log beyond what was found knows from it that they were not denied.

    epochs/<n>/     the log of epoch n, as it was found
    epoch.json      a change that was begun: who opens the log next completes it
"""

import contextlib
import os
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ._errors import LogBroken, LogError
from ._layout import Layout
from ._note import (
    DASH,
    Checkpoint,
    NoteError,
    Signer,
    VerifierKey,
    open_checkpoint,
    parse_note,
    parse_vkey,
)
from ._os import System

PLAN = "epoch.json"
EPOCHS = "epochs"
_TITLE = "jurat-log/1 new epoch"
_MOVED = (
    "seg",
    "hashes",
    "packs",
    "checkpoint",
    "checkpoints.jsonl",
    "witnessed",
    "pruned",
    "index.sqlite",
    "quarantine",
    "reserve",
)


@dataclass(frozen=True, slots=True)
class Epoch:
    """What record 0 of a later epoch says: `published` records of the log `before` were signed,
    `found` were there when the epoch `number` began."""

    number: int
    before: str
    published: int
    found: int


def statement(before: Checkpoint, number: int, vkey: str) -> str:
    """What the key of the log before signs: that `vkey` goes on for it after this checkpoint."""
    root = b64encode(before.root).decode()
    return f"{_TITLE}\n{before.origin}\n{before.size}\n{root}\n{number}\n{vkey}\n"


def appoint(text: str, signers: list[Signer]) -> str:
    """The signed note of a statement."""
    lines = [f"{text}\n"]
    for signer in signers:
        key = parse_vkey(signer.vkey)
        signature = b64encode(key.key_id + signer.sign(text.encode())).decode()
        lines.append(f"{DASH}{key.name} {signature}\n")
    return "".join(lines)


def epoch_of(body: dict[str, Any]) -> Epoch | None:
    """What a record 0 says of the epoch before; None where the log is a first one.

    Raises LogBroken where its checkpoint, or the signature for this log's key, does not hold.
    """
    if "epoch" not in body:
        return None
    match body:
        case {
            "epoch": int(number),
            "after": str(after),
            "appointed": str(appointed),
            "found": {"size": int(found), "root": str()},
            "before": [str(), *_] as texts,
            "vkey": str(vkey),
        } if all(isinstance(text, str) for text in texts):
            pass
        case _:
            raise LogBroken("the record of a new epoch is not one", seq=0)
    try:
        keys = [parse_vkey(text) for text in texts]
        checkpoint = open_checkpoint(after, keys)
        _check(appointed, statement(checkpoint, number, vkey), keys)
    except NoteError as error:
        raise LogBroken(f"the record of a new epoch does not hold: {error}", seq=0) from None
    return Epoch(number, checkpoint.origin, checkpoint.size, found)


def _check(note: str, text: str, keys: list[VerifierKey]) -> None:
    parsed = parse_note(note)
    if parsed.text != text:
        raise NoteError("the log before appointed something else")
    for name, identifier, signature in parsed.signatures:
        for key in keys:
            if (key.name, key.key_id) == (name, identifier) and key.check(
                text.encode(), signature
            ):
                return
    raise NoteError("no key of the log before appoints it")


def write_plan(layout: Layout, system: System, plan: dict[str, Any]) -> None:
    """Begin the change. Whatever happens from now on, the next opening completes it."""
    system.write_file(layout.root / PLAN, orjson.dumps(plan))


def complete_epoch(layout: Layout, system: System) -> dict[str, Any]:
    """Complete a change that was begun, but for its record 0: the fields that this gets, empty
    where nothing was begun. The caller holds the lock. Raises OSError or LogBroken."""
    path = layout.root / PLAN
    try:
        plan = orjson.loads(path.read_bytes())
        number, described, genesis = plan["number"], plan["log.json"], plan["genesis"]
    except FileNotFoundError:
        return {}
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise LogBroken("the plan of a new epoch is not one", file=path) from None
    old = layout.root / EPOCHS / str(number - 1)
    system.make_directory(old)
    if not (old / "log.json").exists():
        for name in _MOVED:
            if (layout.root / name).exists() and not (old / name).exists():
                system.replace(layout.root / name, old / name)
        _share_bundles(layout.bundles, old / "bundles", system)
        system.sync_directory(old)
        system.sync_directory(layout.root)
        system.replace(layout.description, old / "log.json")  # last: so it is there, or here
        system.sync_directory(old)
        system.sync_directory(layout.root)
        system.sync_directory(layout.root / EPOCHS)
    if not layout.description.exists():
        system.write_file(layout.description, orjson.dumps(described, option=orjson.OPT_INDENT_2))
    fields: dict[str, Any] = genesis
    return fields


def refuse_ended(layout: Layout) -> None:
    """Raises LogError for the log of an epoch that has ended: it signs nothing any more."""
    root = layout.root.resolve()
    if root.parent.name == EPOCHS and (root.parent.parent / "log.json").exists():
        raise LogError(f"{layout.root}: this log has ended; it goes on in {root.parent.parent}")


def end_plan(layout: Layout, system: System) -> None:
    """The new log has its record 0."""
    with contextlib.suppress(FileNotFoundError):
        system.unlink(layout.root / PLAN)
        system.sync_directory(layout.root)


def _share_bundles(source: Path, target: Path, system: System) -> None:
    """Both logs are replayed by the same bundles."""
    if not source.exists():
        return
    system.make_directory(target)
    for path in source.iterdir():
        if not (target / path.name).exists():
            try:
                os.link(path, target / path.name)
            except OSError:
                system.write_file(target / path.name, path.read_bytes())
