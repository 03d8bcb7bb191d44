"""A log's directory and the bytes of its lines: the one place that knows either.

    log.json                             origin, format, set, vkeys, durability; also record 0
    seg/<first seq, 20 digits>.jsonl     leaf lines and commit lines, SEGMENT_ENTRIES leaves each;
                                         full ones become `.jsonl.zst`, with their last commit only
    hashes/0, /1, /2                     hashes of the leaves, roots of tiles of 256 and of the
                                         full segments, 32 bytes each; derived
    packs/<first seq, 20 digits>         sealed payloads too large for a leaf, end to end
    checkpoint                           the newest published note
    witnessed                            the newest note that has witnesses' cosignatures
    index.sqlite                         answers questions; derived
    bundles/<digest>                     archives of the bundles loaded
    quarantine/                          bytes that a recovery cut; `.new` until it is recorded
    reserve                              room for what a full disk made the log miss
    pruned                               what stands for records that were pruned
    lock                                 held by the one writer

A leaf is `{"body":{…},"prev":"<base64 of the previous leaf's hash>","seq":N,"v":1}`, canonical
JSON on one line; `prev` of record 0 is 32 zero bytes. A commit line is
`{"checkpoint":"<signed note>"}`; it is no leaf.
"""

import re
from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from struct import unpack
from typing import Any

import orjson

from ._errors import LogBroken, LogError
from ._pruned import Pruned, read_pruned

FORMAT = "jurat-log/1"
SET_FILE = "set.json"
SEGMENT_ENTRIES = 65_536  # 256 tiles of 256: one aligned subtree of the tree
MAX_LEAF = 65_535  # an entry bundle prefixes each leaf with a big-endian u16
MAX_SEALED_IN_LEAF = 16_384  # bytes of ciphertext; above, it goes into a pack
NO_PREVIOUS = bytes(32)

LEAF_START = b'{"body":{'
COMMIT_START = b'{"checkpoint":"'
LEAF_END = re.compile(
    rb',"prev":"([A-Za-z0-9+/]{43}=)","seq":(0|[1-9][0-9]{0,15}),"v":1\}$', re.ASCII
)
_SEGMENT_NAME = re.compile(r"([0-9]{20})\.jsonl(?:\.zst)?", re.ASCII)
_EPOCH = re.compile(r"(.+)/epoch-([1-9][0-9]{0,5})", re.ASCII)
_ORIGIN = re.compile(r"[!#-*,-\[\]-~]{1,200}", re.ASCII)


def leaf_tail(previous: bytes, seq: int) -> bytes:
    """What follows the body in leaf `seq` after the leaf that hashes to `previous`."""
    return b',"prev":"%b","seq":%d,"v":1}' % (b2a_base64(previous, newline=False), seq)


def leaf_tails(previous: bytes, digests: Sequence[bytes], seq: int) -> bytes:
    """`leaf_tail` of one leaf after the other, end to end: of those that hash to `digests`, from
    leaf `seq` on."""
    count = len(digests)
    # 32 bytes and a zero are 44 characters, of which the last stands where the hash has its `=`
    encoded = b2a_base64(b"\0".join([previous, *digests[:-1], b""]), newline=False)
    values: list[object] = [None] * (2 * count)
    values[::2] = unpack("43sx" * count, encoded)
    values[1::2] = range(seq, seq + count)
    return b',"prev":"%b=","seq":%d,"v":1}' * count % tuple(values)


def make_leaf(body: bytes, previous: bytes, seq: int) -> bytes:
    """The leaf line, without its LF, around the canonical bytes of a body."""
    return b'{"body":%b%b' % (body, leaf_tail(previous, seq))


def make_commit(note: str) -> bytes:
    """The commit line, without its LF, that carries a signed note."""
    return orjson.dumps({"checkpoint": note})


def read_commit(line: bytes) -> str | None:
    """The note of a commit line; None where the line is not exactly one."""
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict) or document.keys() != {"checkpoint"}:
        return None
    note = document["checkpoint"]
    return note if isinstance(note, str) and make_commit(note) == line else None


def epoch_number(origin: str) -> tuple[str, int]:
    """The name of a log without its epoch, and the epoch's number, from 1 on."""
    match = _EPOCH.fullmatch(origin)
    return (origin, 1) if match is None else (match[1], int(match[2]))


def check_origin(origin: str) -> str:
    """`origin` itself. Raises LogError where a signed note could not carry it as a key name."""
    if not _ORIGIN.fullmatch(origin):
        raise LogError(
            "a log's origin is 1 to 200 printable ASCII characters without space, '+', quote and "
            "backslash, like acme.example/ai-decisions"
        )
    return origin


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are in one log directory."""

    root: Path

    @property
    def description(self) -> Path:
        return self.root / "log.json"

    @property
    def segments(self) -> Path:
        return self.root / "seg"

    @property
    def leaf_hashes(self) -> Path:
        return self.root / "hashes" / "0"

    @property
    def tile_roots(self) -> Path:
        return self.root / "hashes" / "1"

    @property
    def segment_roots(self) -> Path:
        return self.root / "hashes" / "2"

    @property
    def packs(self) -> Path:
        return self.root / "packs"

    @property
    def checkpoint(self) -> Path:
        return self.root / "checkpoint"

    @property
    def witnessed(self) -> Path:
        return self.root / "witnessed"

    @property
    def index(self) -> Path:
        return self.root / "index.sqlite"

    @property
    def bundles(self) -> Path:
        return self.root / "bundles"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    @property
    def pruned_file(self) -> Path:
        return self.root / "pruned"

    def pruned(self) -> Pruned:
        """What was pruned. Raises LogError."""
        return read_pruned(self.pruned_file, SEGMENT_ENTRIES)

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def reserve(self) -> Path:
        return self.root / "reserve"

    def segment(self, first: int) -> Path:
        """The file of a segment: the compressed one only where there is no other."""
        plain, packed = self.plain_segment(first), self.packed_segment(first)
        return packed if packed.exists() and not plain.exists() else plain

    def plain_segment(self, first: int) -> Path:
        return self.segments / f"{first:020d}.jsonl"

    def packed_segment(self, first: int) -> Path:
        return self.segments / f"{first:020d}.jsonl.zst"

    def pack(self, first: int) -> Path:
        return self.packs / f"{first:020d}"

    def segment_firsts(self) -> list[int]:
        """The first sequence number of each segment that is kept, in order.

        Raises LogBroken where one is missing or a file has no place among them.
        """
        below = self.pruned().below
        try:
            names = sorted(path.name for path in self.segments.iterdir())
        except FileNotFoundError:
            return []
        firsts: list[int] = []
        for name in names:
            match = _SEGMENT_NAME.fullmatch(name)
            if match is None:
                raise LogBroken("this file is no segment of a log", file=self.segments / name)
            first = int(match[1])
            if first >= below and first not in firsts[-1:]:  # one is just being compressed
                firsts.append(first)
        for index, first in enumerate(firsts):
            expected = below + index * SEGMENT_ENTRIES
            if first != expected:
                raise LogBroken(
                    f"the segment that starts with record {expected} is missing",
                    file=self.segment(expected),
                    seq=expected,
                )
        return firsts


@dataclass(frozen=True, slots=True)
class Description:
    """The content of log.json."""

    origin: str
    set_name: str
    vkeys: tuple[str, ...]
    durability: str
    window: str
    spans: tuple[tuple[int, int | None], ...] = ()
    """For each key the sizes at which it is valid; empty where there was ever one."""

    def validity(self) -> list[tuple[str, int, int | None]]:
        """Each verifier key with the first and the last size at which it is valid."""
        spans = self.spans or ((0, None),) * len(self.vkeys)
        return [
            (vkey, since, until) for vkey, (since, until) in zip(self.vkeys, spans, strict=True)
        ]

    def encode(self) -> bytes:
        return (
            orjson.dumps(
                {
                    "durability": self.durability,
                    "format": FORMAT,
                    "lost_on_power_cut": self.window,
                    "origin": self.origin,
                    "set": self.set_name,
                    "vkeys": list(self.vkeys),
                    **({"valid": self.spans} if self.spans else {}),
                },
                option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS,
            )
            + b"\n"
        )


def read_description(layout: Layout) -> Description:
    """log.json, checked. Raises LogError where the directory is no log of this format."""
    path = layout.description
    try:
        document: Any = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        if not layout.root.exists():
            raise LogError(f"{layout.root}: there is no such directory") from None
        if (layout.root / SET_FILE).exists():
            raise LogError(
                f"{layout.root}: a set of logs; for this give one of them, like "
                f"{layout.root / 'w0'}"
            ) from None
        raise LogError(
            f"{layout.root}: not a decision log: it has no log.json; give the directory that "
            "was passed as log="
        ) from None
    except NotADirectoryError:
        raise LogError(f"{layout.root}: a decision log is a directory, not a file") from None
    except orjson.JSONDecodeError as error:
        raise LogBroken(f"not JSON: {error}", file=path) from None
    except OSError as error:
        raise LogError(f"{path}: cannot be read: {error.strerror}") from None
    match document:
        case {"format": str(found)} if found != FORMAT:
            raise LogError(
                f"{path}: format {found!r}; this version reads {FORMAT}: use a newer jurat"
            )
        case {
            "format": str(),
            "origin": str(origin),
            "set": str(set_name),
            "vkeys": [str(), *_] as vkeys,
            "durability": str(durability),
            "lost_on_power_cut": str(window),
        } if all(isinstance(vkey, str) for vkey in vkeys):
            spans = document.get("valid", [])
            if not _are_spans(spans, len(vkeys)):
                raise LogBroken("valid has no two sizes for each of vkeys", file=path)
            return Description(
                origin,
                set_name,
                tuple(vkeys),
                durability,
                window,
                tuple((since, until) for since, until in spans),
            )
    raise LogBroken("origin, format, set, vkeys or durability is missing", file=path)


def _are_spans(spans: Any, count: int) -> bool:
    return (
        isinstance(spans, list)
        and len(spans) in (0, count)
        and all(
            isinstance(span, list)
            and len(span) == 2
            and isinstance(span[0], int)
            and isinstance(span[1], int | None)
            for span in spans
        )
    )
