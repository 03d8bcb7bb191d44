"""A stranger's reader of a tile export (C2SP tlog-tiles), written from the format's text alone.

    python tile_reader.py DIRECTORY VKEY

Checks every hash tile, every entry bundle and the signed checkpoint.
"""

import base64
import hashlib
import pathlib
import sys

from plain_log_verifier import check_note, mth


def name_of(number: int) -> str:
    name, rest = f"{number % 1000:03d}", number // 1000
    while rest:
        name, rest = f"x{rest % 1000:03d}/{name}", rest // 1000
    return name


def read_tiles(root: pathlib.Path, vkey: str = "") -> list[bytes]:
    """The leaves of the export; raises AssertionError or OSError at what does not hold."""
    note = (root / "checkpoint").read_text(encoding="utf-8")
    _, size_text, root_text, *_ = note.split("\n")
    assert str(int(size_text)) == size_text
    size, signed = int(size_text), base64.b64decode(root_text)
    if vkey:
        assert check_note(note, vkey) == (size, signed)
    used = {root / "checkpoint"}

    def tile(kind: str, number: int, width: int) -> bytes:
        name = name_of(number)
        path = root / "tile" / kind / (name if width == 256 else f"{name}.p/{width}")
        used.add(path)
        return path.read_bytes()

    leaves: list[bytes] = []
    for number in range(-(-size // 256)):
        width = min(256, size - 256 * number)
        data, count = tile("entries", number, width), 0
        while data:
            length = int.from_bytes(data[:2], "big")
            assert len(data) >= 2 + length, "a bundle ends within an entry"
            leaves.append(data[2 : 2 + length])
            data, count = data[2 + length :], count + 1
        assert count == width, f"bundle {number} holds {count} entries, not {width}"
    hashes = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
    assert mth(hashes) == signed, "the entries are not those of the checkpoint"
    level = 0
    while hashes:
        for number in range(-(-len(hashes) // 256)):
            part = hashes[256 * number : 256 * number + 256]
            assert tile(str(level), number, len(part)) == b"".join(part), "a tile is not its level"
        full = len(hashes) // 256
        hashes = [mth(hashes[256 * number : 256 * number + 256]) for number in range(full)]
        level += 1
    found = {path for path in root.rglob("*") if path.is_file()}
    assert used == found, f"files of no place: {sorted(map(str, found - used))}"
    return leaves


if __name__ == "__main__":
    print(len(read_tiles(pathlib.Path(sys.argv[1]), sys.argv[2])), "records verified")
