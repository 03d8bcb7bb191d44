"""Changing the key that signs a log: a new one signs beside the old one, then the old one ends.

A change is written into log.json first, for the place that its record will have; whoever opens the
log next writes the record. So a crash between leaves a change that is begun, never half of one.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

from ._describe import Durability, explained
from ._errors import LogBroken, LogError
from ._keys import KeyStore
from ._layout import Description, Layout, read_description
from ._log import Log
from ._note import NoteError, Signer, parse_vkey
from ._os import System

_Span = tuple[str, int, int | None]


def rotate_key(
    directory: Path | str,
    *,
    keys: KeyStore | None = None,
    signers: Sequence[Signer] = (),
    new: Signer | None = None,
    system: System | None = None,
) -> str:
    """Give the log a new signing key, which signs beside the old one from now on; its verifier key.

    `new` is a signer of the caller's (default: a key is made in `keys`), `signers` those of keys
    that are not in `keys`. Nobody may have the log open. Until `retire_key`, verifiers that know
    only the old key go on verifying. Raises LogError.
    """
    keys = KeyStore() if keys is None else keys
    with _opened(directory, keys, signers, system) as log:
        if new is None:
            new = keys.new_signer(log.origin)
        key = _key(new.vkey, log.origin)
        before = read_description(Layout(log.directory))
        if key in before.vkeys:
            raise LogError(f"{directory}: this is a key of the log already")
        _write(log, before, [*before.validity(), (key, log.size + 2, None)], system)
    _opened(directory, keys, [*signers, new], system).close()
    return key


def retire_key(
    directory: Path | str,
    vkey: str | None = None,
    *,
    keys: KeyStore | None = None,
    signers: Sequence[Signer] = (),
    system: System | None = None,
) -> str:
    """End a signing key of the log (default: the oldest that signs): what it signs later does not
    count; its verifier key.

    Nobody may have the log open. Raises LogError where it is none, or the only one.
    """
    keys = KeyStore() if keys is None else keys
    with _opened(directory, keys, signers, system) as log:
        before = read_description(Layout(log.directory))
        active = [text for text, _, until in before.validity() if until is None]
        old = active[0] if vkey is None else _key(vkey, log.origin)
        if old not in active:
            raise LogError(f"{directory}: no key of this log that signs: {old}")
        if len(active) == 1:
            raise LogError(
                f"{directory}: this is the log's only key: give it a new one first, with "
                "jurat log keys rotate"
            )
        changed = [
            (text, since, log.size + 1 if text == old else until)
            for text, since, until in before.validity()
        ]
        _write(log, before, changed, system)
    rest = [one for one in signers if one.vkey != old]
    _opened(directory, keys, rest, system).close()
    return old


def _opened(
    directory: Path | str, keys: KeyStore, signers: Sequence[Signer], system: System | None
) -> Log:
    stated = read_description(Layout(Path(directory))).durability
    for durability in get_args(Durability):
        if durability == stated:
            return Log.open(
                directory, keys=keys, durability=durability, signer=signers, system=system
            )
    raise LogBroken(f"durability {stated!r} is unknown", file=Layout(Path(directory)).description)


def _write(log: Log, before: Description, keys: Sequence[_Span], system: System | None) -> None:
    after = replace(
        before,
        vkeys=tuple(text for text, _, _ in keys),
        spans=tuple((since, until) for _, since, until in keys),
    )
    layout = Layout(log.directory)
    with explained(log.directory):
        (System() if system is None else system).write_file(layout.description, after.encode())


def _key(vkey: str, origin: str) -> str:
    try:
        key = parse_vkey(vkey)
    except NoteError as error:
        raise LogError(f"not a verifier key: {error}") from None
    if key.name != origin:
        raise LogError(f"this is the log {origin!r}, the key is for {key.name!r}")
    return key.text
