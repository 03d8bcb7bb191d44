"""No check of the verifier is idle: each, taken out of the source, lets its own attack through."""

import base64
import inspect
import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from log_kit import BODY, lines, make_log, segment

from jurat.log import (
    KeyStore,
    Log,
    LogBroken,
    _note,
    _packed,
    _payloads,
    _seal,
    _verify,
    checkpoint,
    read_log,
    retire_key,
    rotate_key,
)
from jurat.log import _layout as layout
from jurat.log._journal import End, Journal
from jurat.log._note import Checkpoint, sign_checkpoint
from jurat.log._os import System
from jurat.log._packed import Trailer, compressor
from jurat.log._tree import Tree, leaf_hash

Attack = Callable[[Path], bytes | None]


def signer_of(place: Path) -> _note.Signer:
    origin = json.loads((place / "log.json").read_bytes())["origin"]
    return KeyStore(place.parent / "keys").signer(origin)


def replace_lines(place: Path, changed: list[bytes]) -> None:
    segment(place).write_bytes(b"".join(changed))
    (place / "checkpoint").unlink()


def tree_of(changed: list[bytes]) -> Tree:
    tree = Tree()
    tree.extend([leaf_hash(line[:-1]) for line in changed if line.startswith(b'{"body"')])
    return tree


def commit_line(place: Path, changed: list[bytes], *, origin: str = "", size: int = 0) -> bytes:
    signer, tree = signer_of(place), tree_of(changed)
    origin = origin or signer.vkey.split("+")[0]
    note = sign_checkpoint(Checkpoint(origin, size or tree.size, tree.root()), signer)
    return layout.make_commit(note) + b"\n"


def break_a_link_and_sign(place: Path) -> None:
    changed = lines(place)
    changed[-2] = re.sub(rb'"prev":"....', b'"prev":"AAAA', changed[-2])
    changed[-1] = commit_line(place, changed)
    replace_lines(place, changed)


def edit_the_last_record(place: Path) -> None:
    changed = lines(place)
    changed[-2] = changed[-2].replace(b'"allow"', b'"allox"')
    replace_lines(place, changed)


def sign_a_larger_size(place: Path) -> None:
    changed = lines(place)
    changed[-1] = commit_line(place, changed, size=99)
    replace_lines(place, changed)


def forge_a_signature(place: Path) -> None:
    changed = lines(place)
    changed[-2] = changed[-2].replace(b'"allow"', b'"allox"')
    note = json.loads(commit_line(place, changed))["checkpoint"]
    head, tail = note.rsplit(" ", 1)
    raw = base64.b64decode(tail)[:4] + bytes(64)
    changed[-1] = layout.make_commit(f"{head} {base64.b64encode(raw).decode()}\n") + b"\n"
    replace_lines(place, changed)


def sign_for_another_log(place: Path) -> None:
    changed = lines(place)
    changed[-1] = commit_line(place, changed, origin="other/log")
    replace_lines(place, changed)


def drop_the_signature_lines_key(place: Path) -> None:
    changed = lines(place)
    changed[-2] = changed[-2].replace(b'"allow"', b'"allox"')
    note = json.loads(commit_line(place, changed))["checkpoint"]
    changed[-1] = layout.make_commit(note.replace(" ", " other/", 1)) + b"\n"
    replace_lines(place, changed)


def append_unsigned_records(place: Path) -> None:
    changed = lines(place)
    leaf = layout.make_leaf(b'{"type":"x"}', leaf_hash(changed[-2][:-1]), tree_of(changed).size)
    replace_lines(place, [*changed, leaf + b"\n"])


def empty_the_log(place: Path) -> None:
    replace_lines(place, [])


def pad_a_commit_line(place: Path) -> None:
    changed = lines(place)
    changed[-1] = changed[-1].replace(b"}\n", b" }\n")
    replace_lines(place, changed)


def describe_another_set(place: Path) -> None:
    described = json.loads((place / "log.json").read_bytes())
    (place / "log.json").write_text(json.dumps(described | {"set": "other"}))


def resign_with_another_key(place: Path) -> None:
    described = json.loads((place / "log.json").read_bytes())
    signer = KeyStore(place.parent / "thief").signer(described["origin"], create=True)
    (place / "log.json").write_text(json.dumps(described | {"vkeys": [signer.vkey]}))
    rewrite_signed_by(place, signer, lambda body: body)
    (place / "checkpoint").unlink()


def rewrite_signed_by(place: Path, signer: _note.Signer, edit: Callable[[bytes], bytes]) -> None:
    bodies = [record.leaf[8 : record.leaf.rindex(b',"prev":"')] for record in read_log(place)]
    segment(place).unlink()
    end = End(Tree(), layout.NO_PREVIOUS)
    journal = Journal(layout.Layout(place), System(), signer, end, durable=False)
    journal.commit([journal.stage(edit(body)) for body in bodies])
    journal.close()


def rewrite_against_a_kept_checkpoint(place: Path) -> bytes:
    kept = checkpoint(place).encode()
    rewrite_signed_by(place, signer_of(place), lambda body: body.replace(b'"n":2', b'"n":3'))
    (place / "checkpoint").unlink()
    return kept


def cut_against_a_kept_checkpoint(place: Path) -> bytes:
    kept = checkpoint(place).encode()
    replace_lines(place, lines(place)[:2])
    return kept


def cut_against_the_published_checkpoint(place: Path) -> None:
    segment(place).write_bytes(b"".join(lines(place)[:2]))


def edit_a_pack(place: Path) -> None:
    (pack,) = (place / "packs").iterdir()
    data = bytearray(pack.read_bytes())
    data[100] ^= 1
    pack.write_bytes(data)


def edit_an_archive(place: Path) -> None:
    (bundle,) = (place / "bundles").iterdir()
    bundle.write_bytes(b"another")


def end_a_segment_early(place: Path) -> None:
    replace_lines(place, lines(place)[:-3])
    segment(place, layout.SEGMENT_ENTRIES).write_bytes(b"")


def pack_the_segment(changed: list[bytes]) -> bytes:
    trailer, raw = Trailer(), b"".join(changed)
    frame = compressor().compress(raw)
    trailer.add(frame, len(raw))
    return frame + trailer.encode()


def rot_in_compressed_bytes(place: Path) -> None:
    data = bytearray(pack_the_segment(lines(place)))
    data[-20] ^= 1
    segment(place).with_suffix(".jsonl.zst").write_bytes(data)
    segment(place).unlink()


def put_another_copy_beside(place: Path) -> None:
    changed = [line.replace(b'"n":2', b'"n":3') for line in lines(place)]
    segment(place).with_suffix(".jsonl.zst").write_bytes(pack_the_segment(changed))


def sign_with_a_retired_key(place: Path) -> None:
    keys = KeyStore(place.parent / "keys", notify=lambda text: None)
    old = signer_of(place)
    rotate_key(place, keys=keys)
    retire_key(place, keys=keys)
    changed = lines(place)
    leaf = layout.make_leaf(b'{"type":"x"}', leaf_hash(changed[-2][:-1]), tree_of(changed).size)
    changed.append(leaf + b"\n")
    tree = tree_of(changed)
    note = sign_checkpoint(Checkpoint(old.vkey.split("+")[0], tree.size, tree.root()), old)
    replace_lines(place, [*changed, layout.make_commit(note) + b"\n"])


def tell_of_a_key_that_no_record_appoints(place: Path) -> None:
    described = json.loads((place / "log.json").read_bytes())
    thief = KeyStore(place.parent / "thief").signer(described["origin"], create=True).vkey
    described |= {"vkeys": [*described["vkeys"], thief], "valid": [[0, None], [3, None]]}
    (place / "log.json").write_text(json.dumps(described))


CHECKS: dict[str, tuple[ModuleType, str, str, Attack]] = {
    "links": (_verify, "if not are_chained(", "if 0 and (", break_a_link_and_sign),
    "root": (
        _verify,
        "if self.tree.root() == checkpoint.root:",
        "if True:",
        edit_the_last_record,
    ),
    "size": (_verify, "if checkpoint.size == seq and self.digests:", "if 1:", sign_a_larger_size),
    "signature": (_note, "if not key.check(message, signature):", "if 0:", forge_a_signature),
    "origin": (_note, "if key.name != checkpoint.origin:", "if 0:", sign_for_another_log),
    "signed by us": (_note, "if not signed:", "if 0:", drop_the_signature_lines_key),
    "tail": (
        _verify,
        "if last and is_locked(self.layout.lock):",
        "if True:",
        append_unsigned_records,
    ),
    "emptiness": (_verify, "if not self.committed:", "if 0:", empty_the_log),
    "one encoding": (
        layout,
        " and make_commit(note) == line else None",
        " else None",
        pad_a_commit_line,
    ),
    "genesis": (_payloads, "if body.get(name) != value:", "if 0:", describe_another_set),
    "first key": (
        _payloads,
        'if body.get("vkey") not in self.first_vkeys:',
        "if 0:",
        resign_with_another_key,
    ),
    "checkpoint given": (
        _verify,
        "if checkpoint.root != self.tree.root():",
        "if 0:",
        rewrite_against_a_kept_checkpoint,
    ),
    "cut": (
        _verify,
        "for waiting in self.expected.values():",
        "for waiting in ():",
        cut_against_a_kept_checkpoint,
    ),
    "published checkpoint": (
        _verify,
        "if newest is not None:",
        "if 0:",
        cut_against_the_published_checkpoint,
    ),
    "packs": (
        _seal,
        "if len(data) != length or sha256(data).hexdigest() != expected:",
        "if 0:",
        edit_a_pack,
    ),
    "pack marks": (
        _payloads,
        "if any(part.rfind(_PACK) >= 0 for part in searched):",
        "if 0:",
        edit_a_pack,
    ),
    "archives": (
        _payloads,
        'if f"sha256:{sha256(data).hexdigest()}" != archive:',
        "if 0:",
        edit_an_archive,
    ),
    "archive marks": (
        _payloads,
        "any(_ARCHIVE in part for part in searched):",
        "0:",
        edit_an_archive,
    ),
    "records that are not plain": (
        _verify,
        "if not self._plain.are(run, width):",
        "if 0:",
        edit_an_archive,
    ),
    "compressed bytes": (
        _packed,
        "if digest.digest() != self._data[end : end + 32]:",
        "if 0:",
        rot_in_compressed_bytes,
    ),
    "compressed copy": (
        _verify,
        "if packed != path and not same_leaves(path, packed):",
        "if 0:",
        put_another_copy_beside,
    ),
    "retired key": (
        _note,
        "if key.valid_at(checkpoint.size):",
        "if 1:",
        sign_with_a_retired_key,
    ),
    "keys told": (
        _verify,
        "if told != self.history.spans():",
        "if 0:",
        tell_of_a_key_that_no_record_appoints,
    ),
    "segment length": (
        _verify,
        "elif not last and self.tree.inner.size:",
        "elif 0:",
        end_a_segment_early,
    ),
}


def without(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, check: str, instead: str
) -> ModuleType:
    """The verifier with `check` of `module` replaced in the source."""
    source = inspect.getsource(module)
    assert source.count(check) == 1, f"the check reads differently now: {check}"
    mutant = _module(monkeypatch, module, source.replace(check, instead))
    if module is layout:  # which is used by its name
        monkeypatch.setattr(layout, "read_commit", mutant.read_commit)
    # Whatever the verifier takes from the module, it takes from the mutant.
    monkeypatch.setitem(sys.modules, module.__name__, mutant)
    above = [] if module is _verify else [_verify]
    if module is _seal:
        above = [_payloads, _verify]
    for one in above:
        mutant = _module(monkeypatch, one, inspect.getsource(one))
        monkeypatch.setitem(sys.modules, one.__name__, mutant)
    return mutant


def _module(monkeypatch: pytest.MonkeyPatch, original: ModuleType, source: str) -> ModuleType:
    mutant = ModuleType(f"{original.__name__}_mutant")
    mutant.__package__ = "jurat.log"
    monkeypatch.setitem(sys.modules, mutant.__name__, mutant)
    exec(compile(source, mutant.__name__, "exec"), mutant.__dict__)  # noqa: S102  # our own source
    return mutant


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("checks")
    place = make_log(root, [3])
    with Log.open(place, keys=KeyStore(root / "keys")) as log:
        digest = "sha256:" + "ab" * 32
        archive = log.store_bundle(digest, b"archive")
        log.append("policy.load", {"archive": archive, "bundle": digest, "plan": "x"})
        log.append("decision", BODY | {"facts": log.seal("ada", bytes(20_000))})
        log.append("decision", BODY | {"n": 6}).wait()
        log.append("decision", BODY | {"n": 7})
        log.append("decision", BODY | {"n": 8}).wait()
    return place


@pytest.mark.parametrize("name", CHECKS)
def test_check_taken_out_lets_its_attack_through(
    name: str, original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, check, instead, attack = CHECKS[name]
    shutil.copytree(original.parent / "keys", tmp_path / "keys")
    place = Path(shutil.copytree(original, tmp_path / "log"))
    kept = attack(place)
    with pytest.raises(LogBroken):
        _verify.verify(place, checkpoint=kept)
    without(monkeypatch, module, check, instead).verify(place, checkpoint=kept)


def test_untouched_log_passes(original: Path) -> None:
    assert _verify.verify(original, checkpoint=checkpoint(original).encode()).size == 9
