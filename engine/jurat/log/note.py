"""Signed notes and verifier keys (C2SP signed-note), for others than the log who sign."""

from ._note import (
    DASH,
    ED25519,
    Note,
    NoteError,
    VerifierKey,
    is_name,
    make_vkey,
    note_base64,
    parse_note,
    parse_vkey,
)

__all__ = [
    "DASH",
    "ED25519",
    "Note",
    "NoteError",
    "VerifierKey",
    "is_name",
    "make_vkey",
    "note_base64",
    "parse_note",
    "parse_vkey",
]
