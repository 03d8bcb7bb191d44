"""`jurat build`, `sign`, `verify-bundle`: from a directory to an archive that others can trust."""

import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]
CASES = Path(__file__).parents[1] / "cases"
NOW = "2026-05-25T12:00:00Z"


@pytest.fixture(scope="module")
def archive_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    from jurat.bundle import pack

    return pack(CASES / "worked" / "bundle")


@pytest.fixture
def archive(tmp_path: Path, archive_bytes: bytes) -> Path:
    path = tmp_path / "acme.tar.gz"
    path.write_bytes(archive_bytes)
    return path


def key(run: Run, path: Path, name: str) -> str:
    done = run("sign", "--new-key", path, "--name", name)
    assert done.exit_code == 0, done.output
    return str(done.stdout.strip())


def test_build_gives_the_same_bytes_wherever_the_files_stand(
    run: Run, tmp_path: Path, bundle: str
) -> None:
    other = tmp_path / "elsewhere" / "copy"
    shutil.copytree(bundle, other)
    for path in other.rglob("*.yaml"):
        os.utime(path, (1, 1))
        path.chmod(0o600)
    outputs = []
    for number, source in enumerate((bundle, other)):
        target = tmp_path / f"{number}.tar.gz"
        done = run("build", source, "-o", target, "--format", "json")
        assert done.exit_code == 0, done.output
        made = json.loads(done.stdout)
        made["archive"].pop("path")
        outputs.append((target.read_bytes(), made))
    assert outputs[0] == outputs[1]
    assert outputs[0][1]["files"][0]["path"] == "bundle.yaml"


def test_build_names_the_archive_by_itself(
    run: Run, tmp_path: Path, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "b"
    shutil.copytree(bundle, copy)
    monkeypatch.chdir(copy)
    first = run("build")
    assert first.exit_code == 0, first.output
    (made,) = (copy / "dist").iterdir()
    before = made.read_bytes()
    assert run("build").exit_code == 0
    assert made.read_bytes() == before
    assert "next: jurat sign dist/" in first.stderr


def test_build_refuses_what_would_be_in_the_next_archive(
    run: Run, tmp_path: Path, bundle: str
) -> None:
    copy = tmp_path / "b"
    shutil.copytree(bundle, copy)
    inside = run("build", copy, "-o", copy / "x.tar.gz")
    assert inside.exit_code == 2
    assert "a file of the bundle itself" in inside.output
    key(run, copy / "release.key", "acme")
    leaking = run("build", copy, "-o", tmp_path / "x.tar.gz")
    assert leaking.exit_code == 3
    assert "release.key holds a private key" in leaking.output
    assert not (tmp_path / "x.tar.gz").exists()


def test_build_refuses_a_bundle_whose_tests_fail(run: Run, tmp_path: Path, bundle: str) -> None:
    copy = tmp_path / "b"
    shutil.copytree(bundle, copy)
    (copy / "tests").mkdir()
    (copy / "tests" / "t.yaml").write_text(
        "- {name: wrong, now: 2026-05-25T12:00:00Z, given: {}, expect: {effect: allow}}\n"
    )
    done = run("build", copy, "-o", tmp_path / "x.tar.gz")
    assert done.exit_code == 3
    assert "JB092" in done.output


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_a_new_key_is_secret_and_never_overwritten(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "keys" / "release.key"
    vkey = key(run, path, "acme-release")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert vkey.startswith("acme-release+")
    assert path.read_text().startswith("PRIVATE+KEY+acme-release+")
    again = run("sign", "--new-key", path)
    assert again.exit_code == 3
    assert "never overwritten" in again.output
    blank = run("sign", "--new-key", tmp_path / "other", "--name", "a b")
    assert blank.exit_code == 2
    assert not (tmp_path / "other").exists()


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_a_key_that_others_may_read_is_not_used(run: Run, tmp_path: Path, archive: Path) -> None:
    key(run, tmp_path / "k", "k")
    (tmp_path / "k").chmod(0o644)
    done = run("sign", archive, "--key", tmp_path / "k")
    assert done.exit_code == 3
    assert "chmod 600" in done.output


def test_sign_and_verify(run: Run, tmp_path: Path, archive: Path) -> None:
    vkey = key(run, tmp_path / "k", "acme-release")
    signed = run("sign", archive, "--key", tmp_path / "k", "--now", NOW, "--expires", "90d")
    assert signed.exit_code == 0, signed.output
    assert "until 2026-08-23 12:00 UTC; 1 signature" in signed.output
    good = run("verify-bundle", archive, "--key", vkey, "--now", NOW, "--format", "json")
    assert good.exit_code == 0, good.output
    told = json.loads(good.stdout)
    assert (told["verified"], told["signers"]) == (True, [vkey])
    late = run("verify-bundle", archive, "--key", vkey, "--now", "2026-08-23T12:00:00Z")
    assert late.exit_code == 1
    assert "JB095" in late.output
    archive.write_bytes(archive.read_bytes()[:-1] + b"x")
    changed = run("verify-bundle", archive, "--key", vkey, "--now", NOW)
    assert changed.exit_code == 1
    assert "not verified" in changed.output
    assert "JB094" in changed.output


def test_the_key_may_come_from_standard_input(run: Run, tmp_path: Path, archive: Path) -> None:
    vkey = key(run, tmp_path / "k", "ci")
    signed = run("sign", archive, "--key", "-", stdin=(tmp_path / "k").read_bytes())
    assert signed.exit_code == 0, signed.output
    assert run("verify-bundle", archive, "--key", vkey).exit_code == 0


def test_several_sign_and_a_threshold_is_held(run: Run, tmp_path: Path, archive: Path) -> None:
    vkeys = [key(run, tmp_path / name, name) for name in ("old", "new", "third")]
    trusted = tmp_path / "trusted"
    trusted.write_text("# who may release\n" + "\n".join(vkeys) + "\n")
    verify = ("verify-bundle", archive, "--key", trusted, "--threshold", "2")
    assert run("sign", archive, "--key", tmp_path / "old", "--expires", "1d").exit_code == 0
    alone = run(*verify)
    assert alone.exit_code == 1
    assert "only 1 trusted key signs it, 2 must; it is signed by old" in alone.output
    twice = run("sign", archive, "--key", tmp_path / "old")
    assert "; 1 signature\n" in twice.output
    assert run(*verify).exit_code == 1
    both = run("sign", archive, "--key", tmp_path / "new")
    assert "; 2 signatures\n" in both.output
    assert run(*verify).exit_code == 0
    other = run("sign", archive, "--key", tmp_path / "third", "--expires", "9d")
    assert other.exit_code == 3
    assert "--renew" in other.output
    anew = run("sign", archive, "--key", tmp_path / "third", "--expires", "9d", "--renew")
    assert "; 1 signature\n" in anew.output


def test_what_cannot_be_verified_is_told(run: Run, tmp_path: Path, archive: Path) -> None:
    vkey = key(run, tmp_path / "k", "k")
    unsigned = run("verify-bundle", archive, "--key", vkey)
    assert unsigned.exit_code == 1
    assert "JB093" in unsigned.output
    for arguments, code in (
        (("verify-bundle", archive, "--key", "nonsense"), 2),
        (("verify-bundle", archive, "--key", vkey, "--threshold", "2"), 2),
        (("verify-bundle", tmp_path / "none", "--key", vkey), 3),
        (("verify-bundle", tmp_path, "--key", vkey), 3),
        (("sign", archive), 2),
        (("sign", archive, "--key", tmp_path / "none"), 3),
        (("sign", archive, "--key", archive), 3),
        (("sign", tmp_path, "--key", tmp_path / "k"), 3),
        (("sign", archive, "--key", tmp_path / "k", "--expires", "soon"), 2),
        (("sign", archive, "--key", tmp_path / "k", "--expires", "2020-01-01T00:00:00Z"), 2),
    ):
        done = run(*arguments)
        assert done.exit_code == code, (arguments, done.output)
        assert "internal error" not in done.output


@pytest.mark.parametrize("code", ["JB093", "JB094", "JB095", "JB096"])
def test_the_codes_are_explained(run: Run, code: str) -> None:
    assert run("explain", code).exit_code == 0
