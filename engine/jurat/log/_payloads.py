"""What records point to, or repeat: packs, archives, what stands for pruned records."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from . import _layout
from ._errors import LogBroken
from ._layout import Layout
from ._seal import read_pack
from ._tree import tree_over

# The longer a mark, the quicker it is seen to be absent. Before a pack's place stands the nonce.
_PACK = b'","pack":{"at":'
_ARCHIVE = b'"archive":"sha256:'
_PRUNE = b'"type":"prune"'


class Payloads:
    """The part of a verification that looks into records: few need it."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.path: Path = layout.root
        self.line = 0  # lines of `path` that were read
        self.genesis: dict[str, str] = {}
        self.first_vkeys: tuple[str, ...] = ()
        self.missing_bundles: set[str] = set()
        self.pruned = layout.pruned()
        self.prunes = 0  # records that say so

    def payloads(self, lines: list[bytes], searched: tuple[bytes, ...], *, plain: bool) -> None:
        """Check what the lines read last point to. `searched` holds their bytes; `plain`: all of
        them are records of decisions."""
        # in a long text CPython searches backwards at more than twice the speed
        if any(part.rfind(_PACK) >= 0 for part in searched):
            self._each(lines, _PACK, self._check_pack)
        if not plain and any(_ARCHIVE in part for part in searched):
            self._each(lines, _ARCHIVE, self._check_archive)
        if not plain and self.pruned.below:
            self._each(lines, _PRUNE, self._check_prune)

    def check_facts(self, body: dict[str, Any]) -> None:
        """That log.json says what record 0 says; `body` is its, or what a later record has of it."""
        wanted = {"type": "genesis", **self.genesis}
        for name, value in wanted.items():
            if body.get(name) != value:
                raise LogBroken(
                    f"log.json and the first record differ in {name}",
                    file=self.path,
                    line=1,
                    seq=0,
                )
        if body.get("vkey") not in self.first_vkeys:
            raise LogBroken(
                "log.json does not list the key that the first record names",
                file=self.path,
                line=1,
                seq=0,
            )

    def _each(
        self, lines: list[bytes], mark: bytes, check: Callable[[dict[str, Any]], None]
    ) -> None:
        for number, line in enumerate(lines, self.line - len(lines) + 1):
            if mark not in line or not line.startswith(_layout.LEAF_START):
                continue
            try:
                check(body_of(line))
            except LogBroken as error:
                match = _layout.LEAF_END.search(line)
                seq = None if match is None else int(match[2])
                reason = error.reason if error.file is None else f"{error.file}: {error.reason}"
                raise LogBroken(reason, file=self.path, line=number, seq=seq) from None

    def _check_pack(self, body: dict[str, Any]) -> None:
        facts = body.get("facts")
        if isinstance(facts, dict) and "pack" in facts:
            read_pack(self.layout, facts["pack"])

    def _check_archive(self, body: dict[str, Any]) -> None:
        digest, archive = body.get("bundle"), body.get("archive")
        if not isinstance(digest, str) or not isinstance(archive, str):
            return
        path = self.layout.bundles / digest.removeprefix("sha256:")
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            self.missing_bundles.add(digest)
            return
        if f"sha256:{sha256(data).hexdigest()}" != archive:
            raise LogBroken("the archive of the bundle was changed", file=path)

    def _check_prune(self, body: dict[str, Any]) -> None:
        if body.get("type") != "prune" or body.get("below") != self.pruned.below:
            return
        if body.get("root") != b64encode(tree_over(self.pruned.roots).root()).decode():
            raise LogBroken(
                "the hashes that stand for the pruned records are not the recorded ones",
                file=self.layout.pruned_file,
            )
        if body.get("erased") != self.pruned.told().get("erased"):
            raise LogBroken(
                "what is told of erasures whose records were pruned is not what was recorded",
                file=self.layout.pruned_file,
            )
        genesis = body.get("genesis")
        self.check_facts(genesis if isinstance(genesis, dict) else {})
        self.prunes += 1


def body_of(line: bytes) -> dict[str, Any]:
    """The body of a leaf; nothing where the line holds none."""
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError:
        document = None
    body = document.get("body") if isinstance(document, dict) else None
    return body if isinstance(body, dict) else {}
