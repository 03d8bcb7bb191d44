"""Values that are known and may pass, listed by keyed hash: the list tells nobody the values."""

import hashlib
import hmac
import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from jurat.plugin import Detector

from ._fold import fold
from ._scanner import Scanner, ScanResult

KEY_VARIABLE = "JURAT_ALLOW_KEY"
"""The environment variable that holds the key: 32 or more hexadecimal digits."""
ENTRY = re.compile(r"hmac:([0-9a-f]{8}):([0-9a-f]{40})", re.ASCII)
"""An entry of an allow list: which key, and the hash."""
UNCOMPARED = "?"
_KEY = re.compile(r"(?:[0-9A-Fa-f]{2}){16,64}", re.ASCII)
_SPACE = re.compile(r"\s+")
_SEPARATORS = re.compile(r"[-./()]+")


def allow_key(environ: Mapping[str, str] = os.environ) -> bytes | None:
    """The key of allow lists; None where there is none. Raises ValueError for one that is not 32
    to 128 hexadecimal digits."""
    text = environ.get(KEY_VARIABLE, "").strip()
    if not text:
        return None
    if not _KEY.fullmatch(text):
        raise ValueError(f"{KEY_VARIABLE} is not an even number of 32 to 128 hexadecimal digits")
    return bytes.fromhex(text)


def entry_of(key: bytes, entity: str, value: str) -> str:
    """The entry of an allow list for `value`, the same however the value is spaced, its letters
    are cased and, where it has none, its digits are grouped: HMAC-SHA-256, cut to 160 bits."""
    plain = _SPACE.sub("", fold(value).data.decode("ascii")).lower()
    if not any(char.isalpha() for char in plain):
        plain = _SEPARATORS.sub("", plain)
    digest = hmac.digest(key, f"{entity}\0{plain}".encode(), hashlib.sha256)
    return f"hmac:{key_id(key)}:{digest[:20].hex()}"


def key_id(key: bytes) -> str:
    """Tells keys apart, and nothing about them."""
    return hmac.digest(key, b"jurat allow list", hashlib.sha256)[:4].hex()


class KnownValues(Scanner):
    """A scanner that marks detections of values that are on an allow list: `Detection.known`.

    Where an entry was made with another key than `key`, or there is none, values can't be held
    against it, and a detection that no other entry marks has `?` there.
    """

    def __init__(
        self, detectors: Sequence[Detector] | None, entries: Collection[str], key: bytes | None
    ) -> None:
        super().__init__(detectors)
        self._entries = frozenset(entries)
        self._key = key
        own = None if key is None else f"hmac:{key_id(key)}:"
        lost = own is None or any(not entry.startswith(own) for entry in entries)
        self._else = UNCOMPARED if lost and entries else ""

    def run(self, text: str) -> ScanResult:
        result = super().run(text)
        if not result.detections:
            return result
        marked = []
        for one in result.detections:
            known = self._else
            if self._key is not None:
                entry = entry_of(self._key, one.entity, text[one.start : one.end])
                known = entry if entry in self._entries else known
            marked.append(replace(one, known=known))
        return replace(result, detections=tuple(marked))
