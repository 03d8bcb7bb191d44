"""Witnesses and trust policies: what is signed, what is refused, and with which status."""

import json
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from log_kit import BODY, make_log

from jurat.log import KeyStore, Log, LogError, checkpoint
from jurat.log._cosign import cosigned_by, parse_cosigner
from jurat.log._note import NoteError, parse_note, parse_vkey
from jurat.log._policy import PolicyError, parse_policy
from jurat.log._proof import prove_consistency
from jurat.log._witness import AddCheckpoint, Witness, parse_add_checkpoint

TIME = 1_779_710_400


def vkey(directory: Path) -> str:
    text: str = json.loads((directory / "log.json").read_bytes())["vkeys"][0]
    return text


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return make_log(tmp_path, [3, 2])


@pytest.fixture
def witness(log: Path, tmp_path: Path) -> Witness:
    key = KeyStore(tmp_path / "w", notify=print).witness_key("witness.example/w1", create=True)
    return Witness(tmp_path / "seen", key, [parse_vkey(vkey(log))], clock=lambda: TIME)


def grow(directory: Path, count: int = 1) -> int:
    with Log.open(directory, keys=KeyStore(directory.parent / "keys")) as log:
        for _ in range(count):
            log.append("decision", BODY).wait()
        return log.size


def size(note: str) -> int:
    return int(note.split("\n")[1])


def asked(directory: Path, old: int) -> bytes:
    note = checkpoint(directory)
    proof = prove_consistency(directory, old, size(note)) if old else []
    return AddCheckpoint(old, tuple(proof), note).text.encode()


def test_a_witness_signs_what_goes_on(witness: Witness, log: Path, tmp_path: Path) -> None:
    cosigner = KeyStore(tmp_path / "w").witness_key("witness.example/w1").cosigner
    first = witness.add_checkpoint(asked(log, 0))
    assert first.status == 200
    note = parse_note(checkpoint(log) + first.body)
    assert cosigned_by(note, [parse_cosigner(cosigner.text)]) == {cosigner.text: TIME}
    grow(log, 3)
    assert witness.add_checkpoint(asked(log, 6)).status == 200
    assert witness.add_checkpoint(asked(log, 9)).status == 200  # the same once more
    origin = json.loads((log / "log.json").read_bytes())["origin"]
    kept = witness.latest(sha256(origin.encode()).hexdigest())
    assert kept.status == 200
    assert size(kept.body) == 9


def test_the_signature_is_what_the_format_says(
    witness: Witness, log: Path, tmp_path: Path
) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    line = witness.add_checkpoint(asked(log, 0)).body
    text = KeyStore(tmp_path / "w").witness_key("witness.example/w1").cosigner.text
    name, identifier, key = text.split("+", 2)
    assert line.startswith(f"\u2014 {name} ")
    signed = b64decode(line.split(" ")[2])
    public = b64decode(key)
    assert public[0] == 4
    assert signed[:4].hex() == identifier
    assert sha256(name.encode() + b"\n" + public).digest()[:4] == signed[:4]
    assert int.from_bytes(signed[4:12], "big") == TIME
    body = checkpoint(log).split("\n\n")[0] + "\n"
    told = f"cosignature/v1\ntime {TIME}\n{body}".encode()
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(signed[12:], told)


def test_another_size_than_was_seen_is_a_conflict(witness: Witness, log: Path) -> None:
    answer = witness.add_checkpoint(asked(log, 4))
    assert (answer.status, answer.body, answer.content_type) == (409, "0\n", "text/x.tlog.size")
    witness.add_checkpoint(asked(log, 0))
    grow(log)
    for old in (0, 5):
        assert witness.add_checkpoint(asked(log, old)).body == "6\n"


def test_a_second_view_of_a_log_is_never_signed(
    witness: Witness, log: Path, tmp_path: Path
) -> None:
    import shutil

    shutil.copytree(log, tmp_path / "other")
    grow(log, 2)
    assert witness.add_checkpoint(asked(log, 0)).status == 200
    other = tmp_path / "other"
    with Log.open(other, keys=KeyStore(tmp_path / "keys")) as second:
        for number in range(2):
            second.append("decision", BODY | {"n": number + 100}).wait()
    note = checkpoint(other)
    same_size = AddCheckpoint(8, (), note).text.encode()
    assert witness.add_checkpoint(same_size).status == 409
    with Log.open(other, keys=KeyStore(tmp_path / "keys")) as second:
        second.append("decision", BODY).wait()
    answer = witness.add_checkpoint(asked(other, 8))
    assert answer.status == 422


def test_a_proof_must_be_right(witness: Witness, log: Path) -> None:
    witness.add_checkpoint(asked(log, 0))
    grow(log)
    good = parse_add_checkpoint(asked(log, 6))
    for proof in ((), good.proof[:-1], (*good.proof, bytes(32)), (bytes(32), *good.proof[1:])):
        wrong = AddCheckpoint(6, proof, good.note).text.encode()
        assert witness.add_checkpoint(wrong).status == 422
    assert witness.add_checkpoint(good.text.encode()).status == 200


def test_a_log_that_is_not_known(witness: Witness, tmp_path: Path) -> None:
    other = make_log(tmp_path / "x", [1])
    assert witness.add_checkpoint(asked(other, 0)).status == 404
    assert witness.latest("0" * 64).status == 404
    assert witness.latest("../../keys").status == 404


def test_a_signature_that_is_not_the_logs(witness: Witness, log: Path) -> None:
    note = checkpoint(log)
    body, line = note.split("\n\n")
    words = line.split(" ")
    signature = bytearray(b64decode(words[2]))
    signature[-1] ^= 1
    words[2] = b64encode(bytes(signature)).decode() + "\n"
    forged = AddCheckpoint(0, (), body + "\n\n" + " ".join(words))
    assert witness.add_checkpoint(forged.text.encode()).status == 403
    renamed = AddCheckpoint(0, (), note.replace("\u2014 ", "\u2014 x"))
    assert witness.add_checkpoint(renamed.text.encode()).status == 403


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"old 0",
        b"old 00\n\nx",
        b"old -1\n\nx",
        b"old 99\n\n{note}",
        b"new 0\n\n{note}",
        b"old 0\nAAAA\n\n{note}",
        b"old 0\n!\n\n{note}",
        b"old 0\n\n",
        b"\xff",
        b"old 0\n\n" + b"a" * 70_000,
        b"old 0\n" + b"A" * 43 + b"=\n" * 1 + (b"A" * 43 + b"=\n") * 64 + b"\n{note}",
    ],
)
def test_what_is_no_request(witness: Witness, log: Path, data: bytes) -> None:
    data = data.replace(b"{note}", checkpoint(log).encode())
    assert witness.add_checkpoint(data).status == 400


def test_a_witness_that_lost_its_memory_signs_nothing(
    witness: Witness, log: Path, tmp_path: Path
) -> None:
    witness.add_checkpoint(asked(log, 0))
    (kept,) = (tmp_path / "seen").glob("*.checkpoint")
    kept.write_bytes(b"torn")
    grow(log)
    with pytest.raises(LogError, match="not the checkpoint that was kept"):
        witness.add_checkpoint(asked(log, 6))


# -- policies


@pytest.fixture
def names(tmp_path: Path) -> dict[str, str]:
    """Verifier keys of five witnesses, by name."""
    store = KeyStore(tmp_path / "many", notify=lambda text: None)
    return {
        name: store.witness_key(f"{name}.example", create=True).cosigner.text for name in "abcde"
    }


def seen_by(log: Path, tmp_path: Path, names: str) -> str:
    """The log's checkpoint with the cosignatures of these witnesses."""
    note = checkpoint(log)
    for name in names:
        key = KeyStore(tmp_path / "many").witness_key(f"{name}.example")
        one = Witness(tmp_path / f"seen-{name}", key, [parse_vkey(vkey(log))], clock=lambda: TIME)
        note += one.add_checkpoint(asked(log, 0)).body
    return note


def test_a_policy_with_groups(log: Path, tmp_path: Path, names: dict[str, str]) -> None:
    lines = [
        "# two of three, and one of two",
        f"log {vkey(log)} https://log.example/",
        *(f"witness {name} {key}" for name, key in names.items()),
        "group first 2 a b c",
        "group second any d e",
        "",
        "group both all first second",
        "quorum both",
    ]
    policy = parse_policy("\n".join(lines))
    for seen, enough in (
        ("abd", True), ("bce", True), ("abcde", True),
        ("", False), ("ab", False), ("ad", False), ("de", False),
    ):  # fmt: skip
        note = seen_by(log, tmp_path, seen) if seen else checkpoint(log)
        for left in tmp_path.glob("seen-*"):
            left.rename(tmp_path / f"old-{seen}-{left.name}")
        if enough:
            found, witnesses = policy.check(note)
            assert found.size == 6
            assert witnesses == dict.fromkeys(seen, TIME)
        else:
            with pytest.raises(NoteError, match="quorum 'both'"):
                policy.check(note)


def test_a_policy_that_asks_for_no_witness(log: Path) -> None:
    policy = parse_policy(f"log {vkey(log)}\nquorum none\n")
    assert policy.check(checkpoint(log))[0].size == 6


def test_a_bad_cosignature_is_an_error(log: Path, tmp_path: Path, names: dict[str, str]) -> None:
    note = seen_by(log, tmp_path, "a")
    head, _, last = note.rpartition(" ")
    data = bytearray(b64decode(last))
    data[5] ^= 1  # the time
    policy = parse_policy(f"log {vkey(log)}\nwitness a {names['a']}\nquorum none\n")
    with pytest.raises(NoteError, match="cosignature"):
        policy.check(f"{head} {b64encode(bytes(data)).decode()}\n")


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ("quorum none", "names no log"),
        ("{log}", "no line `quorum`"),
        ("{log}\nquorum x", "line 2: 'x' is no witness"),
        ("{log}\nquorum none\nquorum none", "line 3: there is one quorum"),
        ("{log}\nwitness none {a}\nquorum none", "line 2: the name 'none'"),
        ("{log}\nwitness a {a}\nwitness a {b}\nquorum a", "line 3: the name 'a'"),
        ("{log}\nwitness a {a}\nwitness b {a}\nquorum a", "line 3: this witness has"),
        ("{log}\nwitness a {log_key}\nquorum a", "line 2: not a witness's"),
        ("{log}\nwitness a {a}\ngroup g 2 a\nquorum g", "line 3: of 1 members, 2"),
        ("{log}\nwitness a {a}\ngroup g 0 a\nquorum g", "line 3: of 1 members, 0"),
        ("{log}\nwitness a {a}\ngroup g 01 a\nquorum g", "line 3: a group's threshold"),
        ("{log}\nwitness a {a}\ngroup g some a\nquorum g", "line 3: a group's threshold"),
        ("{log}\nwitness a {a}\ngroup g any\nquorum g", "line 3: a line reads"),
        ("{log}\ngroup g any b\nquorum g", "line 2: 'b' is no witness"),
        ("{log}\nwitness a {a}\ngroup g any a a\nquorum g", "line 3: 'a' is a member"),
        (
            "{log}\nwitness a {a}\ngroup g any a\ngroup h any a\nquorum h",
            "line 4: 'a' is a member",
        ),
        ("log x\nquorum none", "line 1: not"),
        ("{log}\nlogs\nquorum none", "line 2: a line reads"),
    ],
)
def test_what_is_no_policy(log: Path, names: dict[str, str], lines: str, wrong: str) -> None:
    text = lines.replace("{log}", f"log {vkey(log)}").replace("{log_key}", vkey(log))
    for name, key in names.items():
        text = text.replace(f"{{{name}}}", key)
    with pytest.raises(PolicyError, match=wrong):
        parse_policy(text)
