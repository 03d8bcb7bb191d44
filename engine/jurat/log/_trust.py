"""Whom a log is believed: its verifier keys, and the checkpoints that it is compared with."""

from dataclasses import replace
from pathlib import Path

from ._errors import LogBroken, LogError
from ._layout import Description, Layout, read_description
from ._note import (
    Checkpoint,
    NoteError,
    VerifierKey,
    open_checkpoint,
    parse_checkpoint,
    parse_note,
    parse_vkey,
)
from ._policy import Policy


def keys_of(layout: Layout, description: Description) -> list[VerifierKey]:
    """The verifier keys of a log, each with the sizes at which it is valid, as log.json has them.

    Raises LogError or LogBroken where one is none, or another log's.
    """
    keys = verifier_keys(layout, description.vkeys, description.origin)
    return [
        replace(key, since=since, until=until)
        for key, (_, since, until) in zip(keys, description.validity(), strict=True)
    ]


def verifier_keys(layout: Layout, texts: tuple[str, ...], origin: str) -> list[VerifierKey]:
    try:
        keys = [parse_vkey(text) for text in texts]
    except NoteError as error:
        raise LogError(f"{layout.description}: {error}") from None
    for key in keys:
        if key.name != origin:
            raise LogBroken(
                f"this is the log {origin!r}, the verifier key is for {key.name!r}",
                file=layout.description,
            )
    return keys


def outside(data: bytes, keys: list[VerifierKey]) -> Checkpoint:
    try:
        return open_checkpoint(data.decode(), keys)
    except (NoteError, UnicodeDecodeError) as error:
        raise LogBroken(f"the checkpoint given is none of this log: {error}") from None


def witnessed(layout: Layout) -> bytes:
    try:
        return layout.witnessed.read_bytes()
    except OSError:
        raise LogBroken(
            "no checkpoint that witnesses signed lies here: jurat log publish gets one, or give "
            "one with --checkpoint",
            file=layout.witnessed,
        ) from None


def under(policy: Policy, data: bytes, keys: list[VerifierKey]) -> Checkpoint:
    """The checkpoint, of this log, that the policy holds for."""
    try:
        found, _ = policy.check(data.decode())
    except (NoteError, UnicodeDecodeError) as error:
        raise LogBroken(f"the policy does not hold: {error}") from None
    outside(data, keys)
    return found


def published(layout: Layout, keys: list[VerifierKey]) -> Checkpoint | None:
    try:
        return open_checkpoint(layout.checkpoint.read_bytes().decode(), keys)
    except FileNotFoundError:
        return None
    except (NoteError, UnicodeDecodeError) as error:
        raise LogBroken(
            f"the published checkpoint does not hold: {error}", file=layout.checkpoint
        ) from None
    except OSError as error:
        raise LogError(f"{layout.checkpoint}: cannot be read: {error.strerror}") from None


def signed_size(note: bytes | str) -> int:
    """How many records a checkpoint says that it covers; its signatures are not looked at.

    Raises LogBroken where it is none.
    """
    try:
        text = note if isinstance(note, str) else note.decode()
        return parse_checkpoint(parse_note(text).text).size
    except (NoteError, UnicodeDecodeError) as error:
        raise LogBroken(f"the checkpoint given is none: {error}") from None


def checkpoint(directory: Path | str) -> str:
    """The newest published checkpoint of a log: a signed note. Keep it away from the log.

    Raises LogError where there is none.
    """
    layout = Layout(Path(directory))
    read_description(layout)
    return newest_note(layout)


def newest_note(layout: Layout) -> str:
    """As `checkpoint`, of a directory that is known to be a log's."""
    try:
        return layout.checkpoint.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise LogError(f"{layout.checkpoint}: no checkpoint was published yet") from None
    except OSError as error:
        raise LogError(f"{layout.checkpoint}: cannot be read: {error.strerror}") from None
