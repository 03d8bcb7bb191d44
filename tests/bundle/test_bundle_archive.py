"""Archives: the same bytes for the same files, and nothing outside of them."""

import gzip
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from jurat.bundle import BundleError, pack, read_bundle


def codes(source: Any, registry: Any) -> list[str]:
    with pytest.raises(BundleError) as caught:
        read_bundle(source, registry)
    return [problem.code for problem in caught.value.diagnostics]


def archive(*members: tarfile.TarInfo | tuple[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                tar.addfile(info, io.BytesIO(member[1].encode()))
    return buffer.getvalue()


def special(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def test_an_archive_is_read_back(files: dict[str, str], registry: Any, tmp_path: Path) -> None:
    bundle = read_bundle(files, registry)
    data = pack(bundle)
    path = tmp_path / "acme.tar.gz"
    path.write_bytes(data)
    for source in (data, path, str(path)):
        again = read_bundle(source, registry)
        assert again.digest == bundle.digest
        assert again.files == bundle.files
        assert pack(again) == data


def test_the_bytes_do_not_depend_on_where_the_files_came_from(
    files: dict[str, str], registry: Any, tmp_path: Path
) -> None:
    for name in sorted(files, reverse=True):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(files[name])
        path.chmod(0o600)
    shuffled = dict(reversed(files.items()))
    assert pack(tmp_path) == pack(files) == pack(shuffled) == pack(read_bundle(files, registry))


def test_any_tool_can_read_it_and_it_tells_nothing_of_its_maker(files: dict[str, str]) -> None:
    data = pack(files)
    assert data[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    assert gzip.decompress(data)
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        members = tar.getmembers()
    assert [member.name for member in members] == sorted(files)
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members} == {
        (0, 0, 0, "", "", 0o644)
    }


def test_the_bytes_are_pinned() -> None:
    import hashlib

    data = pack({"bundle.yaml": "name: a\n", "rules/ü.yaml": "[]\n" * 40_000})
    assert hashlib.sha256(data).hexdigest() == PINNED


PINNED = "29cbcd11575f3b3587d6355fbd1869d405562f3aedd4787257138576663520d4"


def test_archives_of_other_tools_are_read(files: dict[str, str], registry: Any) -> None:
    top = tarfile.TarInfo("./")
    top.type = tarfile.DIRTYPE
    data = archive(top, *((f"./{name}", text) for name, text in files.items()))
    assert read_bundle(data, registry).digest == read_bundle(files, registry).digest


@pytest.mark.parametrize(
    "member",
    [
        ("../bundle.yaml", "x"),
        ("rules/../../x.yaml", "x"),
        ("/etc/x.yaml", "x"),
        ("rules\\..\\x.yaml", "x"),
        ("C:/x.yaml", "x"),
        ("bundle.yaml", "again"),
        special("rules/symtype.yaml", tarfile.SYMTYPE, "/etc/passwd"),
        special("rules/lnktype.yaml", tarfile.LNKTYPE, "bundle.yaml"),
        special("rules/fifotype.yaml", tarfile.FIFOTYPE),
        special("rules/chrtype.yaml", tarfile.CHRTYPE),
    ],
    ids=lambda member: member[0] if isinstance(member, tuple) else member.name,
)
def test_unsafe_members_are_refused(member: Any, files: dict[str, str], registry: Any) -> None:
    assert "JB002" in codes(archive(*files.items(), member), registry)


def test_bombs_are_refused(files: dict[str, str], registry: Any) -> None:
    bomb = gzip.compress(b"\0" * (200 * 2**20), 9)
    assert codes(bomb, registry) == ["JB003"]
    many = archive(*((f"rules/{i}.yaml", "") for i in range(20_001)))
    assert codes(many, registry) == ["JB003"]


@pytest.mark.parametrize("cut", [0, 1, 9, 30, 100, -1, -9])
def test_damaged_archives_are_told(cut: int, files: dict[str, str], registry: Any) -> None:
    assert codes(pack(files)[:cut], registry) == ["JB001"]


def test_changed_bytes_are_noticed(files: dict[str, str], registry: Any) -> None:
    data = bytearray(pack(files))
    data[600] ^= 1
    assert codes(bytes(data), registry)


def test_other_bytes_are_no_archive(registry: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(b"name: a\n")
    assert codes(path, registry) == ["JB001"]
    assert codes(gzip.compress(b"name: a\n"), registry) == ["JB001"]
