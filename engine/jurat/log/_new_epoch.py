"""Beginning a new epoch: `jurat log new-epoch`."""

import contextlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import orjson

from . import _recover
from ._describe import Durability, explained, signers_of, verifiers_of
from ._epoch import PLAN, appoint, statement, write_plan
from ._errors import LogBroken, LogError
from ._keys import KeyStore
from ._layout import Description, Layout, epoch_number, read_description
from ._log import Log
from ._note import Checkpoint, NoteError, Signer, open_checkpoint
from ._os import System, release_lock, take_lock
from ._publish import agree, copy_of


def new_epoch(
    directory: Path | str,
    *,
    checkpoint: bytes | None = None,
    copies: Iterable[Path | str] = (),
    reason: str = "",
    keys: KeyStore | None = None,
    signers: Sequence[Signer] = (),
    new: Signer | None = None,
    system: System | None = None,
) -> str:
    """Let a log that is older than what was published go on as a new log; its origin.

    What was published is the log's own checkpoint, the newest that witnesses signed, those in the
    directories `copies`, and `checkpoint`. `reason` goes into the new log's record 0, in clear.
    `signers` sign for keys of the old log that are not in `keys`, `new` for the new one.

    Raises LogError where the log is not older than what was published: then it just goes on.
    """
    layout = Layout(Path(directory))
    system = System() if system is None else system
    keys = KeyStore() if keys is None else keys
    before = read_description(layout)
    if not (layout.root / PLAN).exists():
        with explained(layout.root):
            lock = take_lock(layout.lock)
            try:
                _begin(layout, before, checkpoint, copies, reason, keys, signers, new, system)
            finally:
                release_lock(lock)
    for durability in get_args(Durability):
        if durability == before.durability:
            with Log.open(
                layout.root,
                keys=keys,
                durability=durability,
                signer=() if new is None else new,
                system=system,
            ) as log:
                return log.origin
    raise LogBroken(f"durability {before.durability!r} is unknown", file=layout.description)


def _begin(
    layout: Layout,
    before: Description,
    given: bytes | None,
    copies: Iterable[Path | str],
    reason: str,
    keys: KeyStore,
    signers: Sequence[Signer],
    new: Signer | None,
    system: System,
) -> None:
    verifiers = verifiers_of(before)
    end = _recover.find_end(layout, before.origin, verifiers, compare=False).end
    here = Checkpoint(before.origin, end.tree.size, end.tree.root())
    newest: tuple[Checkpoint, str] | None = None
    behind = False
    for path, data in _outside(layout, before.origin, given, copies):
        try:
            note = _body_and_own_lines(data.decode(), before.origin)
            found = open_checkpoint(note, verifiers)
        except (NoteError, UnicodeDecodeError) as error:
            raise LogBroken(f"not a checkpoint of this log: {error}", file=path) from None
        try:
            agree(found, here, layout, path)
        except LogBroken:
            behind = True
            if newest is None or newest[0].size < found.size:
                newest = found, note
    if not behind or newest is None:
        raise LogError(
            f"{layout.root}: the log goes on from everything that was published: open it as "
            "always; a new epoch is for one that is older"
        )
    base, number = epoch_number(before.origin)
    origin = f"{base}/epoch-{number + 1}"
    signer = keys.signer(origin, create=True) if new is None else new
    if signer.vkey.partition("+")[0] != origin:
        raise LogError(f"the new signer's key is for another log than {origin!r}")
    text = statement(newest[0], number + 1, signer.vkey)
    after = Description(origin, before.set_name, (signer.vkey,), before.durability, before.window)
    genesis: dict[str, Any] = {
        "after": newest[1],
        "appointed": appoint(text, signers_of(before, keys, signers)),
        "before": list(before.vkeys),
        "epoch": number + 1,
        "found": {"root": b64encode(here.root).decode(), "size": here.size},
    }
    if reason:
        genesis["reason"] = reason
    write_plan(
        layout,
        system,
        {"genesis": genesis, "log.json": orjson.loads(after.encode()), "number": number + 1},
    )


def _outside(
    layout: Layout, origin: str, given: bytes | None, copies: Iterable[Path | str]
) -> Iterator[tuple[Path, bytes]]:
    if given is not None:
        yield Path("the checkpoint given"), given
    paths = [layout.checkpoint, layout.witnessed]
    for path in [*paths, *(copy_of(Path(copy), origin) for copy in copies)]:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            yield path, path.read_bytes()


def _body_and_own_lines(note: str, origin: str) -> str:
    """A note without the lines of others: witnesses' would make it long."""
    head, separator, lines = note.rpartition("\n\n")
    own = [line for line in lines.splitlines(keepends=True) if line.split(" ")[1:2] == [origin]]
    return head + separator + "".join(own)
