"""A stranger's verifier: written from the formats' text alone, shares no code with jurat.

    python plain_log_verifier.py DIRECTORY VKEY

It needs hashlib, json, base64, and something that checks Ed25519.
"""

import base64
import hashlib
import json
import pathlib
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def mth(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, from leaf hashes, by its recursive definition."""
    if len(hashes) <= 1:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hashlib.sha256(b"\x01" + mth(hashes[:split]) + mth(hashes[split:])).digest()


def check_note(note: str, vkey: str) -> tuple[int, bytes]:
    """Size and root of a signed checkpoint; raises where the key did not sign it."""
    name, key_id, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded)
    assert hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() == key_id
    text, _, signatures = note.rpartition("\n\n")
    dash, signer, data = signatures.splitlines()[0].split(" ")
    raw = base64.b64decode(data)
    assert (dash, signer, raw[:4].hex()) == ("\u2014", name, key_id)
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], text.encode() + b"\n")
    origin, size, root = text.split("\n")
    assert origin == name
    return int(size), base64.b64decode(root)


def verify(directory: str, vkey: str) -> int:
    """How many records the log proves; raises at the first thing that does not hold."""
    hashes: list[bytes] = []
    covered = 0
    previous = bytes(32)
    for path in sorted(pathlib.Path(directory, "seg").iterdir()):
        for line in path.read_bytes().split(b"\n")[:-1]:
            document = json.loads(line)
            if "checkpoint" in document:
                size, root = check_note(document["checkpoint"], vkey)
                assert size == len(hashes), f"commit of {size} after {len(hashes)} records"
                assert root == mth(hashes), f"the first {size} records were changed"
                covered = size
                continue
            assert document["seq"] == len(hashes), f"record {len(hashes)} is missing"
            assert base64.b64decode(document["prev"]) == previous, "the chain is broken"
            previous = hashlib.sha256(b"\x00" + line).digest()
            hashes.append(previous)
    assert covered == len(hashes), "the end is not signed"
    return covered


if __name__ == "__main__":
    print(verify(sys.argv[1], sys.argv[2]), "records verified")
