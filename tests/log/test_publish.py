"""Checkpoints leave the machine, and a log that is not what was published is not gone on with."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from log_kit import BODY, make_log, segment

from jurat.log import (
    KeyStore,
    Log,
    LogBroken,
    LogError,
    Publisher,
    Witness,
    WitnessAt,
    checkpoint,
    parse_policy,
)
from jurat.log._note import parse_vkey
from jurat.net import Answer, NetError

TIME = 1_779_710_400


def vkey(directory: Path) -> str:
    text: str = json.loads((directory / "log.json").read_bytes())["vkeys"][0]
    return text


class World:
    """A log, a directory of copies, a sink, and two witnesses behind addresses."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = make_log(root, [3, 2])
        self.copies = root / "copies"
        self.posted: list[str] = []
        self.down: set[str] = set()
        self.witnesses: dict[str, Witness] = {}
        self.at: list[WitnessAt] = []
        store = KeyStore(root / "w", notify=lambda text: None)
        for name in ("one", "two"):
            key = store.witness_key(f"{name}.example", create=True)
            witness = Witness(root / name, key, [parse_vkey(vkey(self.log))], clock=lambda: TIME)
            self.witnesses[f"https://{name}.example"] = witness
            self.at.append(WitnessAt.parse(f"https://{name}.example/ {key.cosigner.text}"))

    def send(
        self, method: str, url: str, data: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        assert method == "POST"
        base, _, path = url.rpartition("/")
        if base in self.down or url in self.down:
            raise NetError(f"{url}: can't be reached")
        if path == "add-checkpoint":
            answer = self.witnesses[base].add_checkpoint(data)
            return Answer(answer.status, answer.body.encode(), answer.content_type)
        self.posted.append(data.decode())
        return Answer(204, b"")

    def publisher(self) -> Publisher:
        return Publisher(
            self.log,
            copies=[self.copies],
            sinks=["https://sink.example/log"],
            witnesses=self.at,
            clock=lambda: TIME * 1_000_000,
            send=self.send,
        )

    def grow(self, count: int = 1, **options: object) -> None:
        with Log.open(self.log, keys=KeyStore(self.root / "keys"), **options) as log:  # type: ignore[arg-type]  # the options of one test
            for _ in range(count):
                log.append("decision", BODY).wait()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def kept(world: World) -> str:
    (path,) = world.copies.glob("*.checkpoint")
    return path.read_text()


def test_everywhere(world: World) -> None:
    publisher = world.publisher()
    for size in (6, 7, 9):
        published = publisher.publish()
        assert published.failures == ()
        assert published.size == size
        assert published.witnesses == ("one.example", "two.example")
        note = (world.log / "witnessed").read_text()
        assert note == kept(world) == world.posted[-1]
        assert note.startswith(checkpoint(world.log))
        policy = parse_policy(
            f"log {vkey(world.log)}\n"
            + "".join(f"witness {n} {at.cosigner.text}\n" for n, at in enumerate(world.at))
            + "group all all 0 1\nquorum all\n"
        )
        assert policy.check(note)[1] == {"0": TIME, "1": TIME}
        world.grow(size - 5)
    (history,) = world.copies.glob("*.jsonl")
    lines = [json.loads(line) for line in history.read_bytes().splitlines()]
    assert [line["checkpoint"].split("\n")[1] for line in lines] == ["6", "7", "9"]
    assert lines[0]["time"] == "2026-05-25T12:00:00Z"


def test_a_new_publisher_asks_the_witness_how_far_it_is(world: World) -> None:
    world.publisher().publish()
    world.grow(4)
    assert world.publisher().publish().witnesses == ("one.example", "two.example")


def test_what_is_down_keeps_nothing_from_the_others(world: World) -> None:
    world.down = {"https://one.example", "https://sink.example/log"}
    published = world.publisher().publish()
    assert published.witnesses == ("two.example",)
    assert len(published.failures) == 2
    assert kept(world).count("\u2014 ") == 2
    world.down = set()
    assert world.publisher().publish().failures == ()


def test_a_full_directory_is_told(world: World) -> None:
    world.copies.write_bytes(b"a file")
    published = world.publisher().publish()
    assert len(published.failures) == 1
    assert str(world.copies) in published.failures[0]


def test_a_witness_that_signs_with_another_key(world: World) -> None:
    world.at = [WitnessAt(world.at[0].url, world.at[1].cosigner)]
    published = world.publisher().publish()
    assert "its answer is not signed by its key" in published.failures[0]
    assert not (world.log / "witnessed").exists()


def older_copy(world: World) -> None:
    shutil.copytree(world.log, world.root / "before")
    world.grow(3)
    world.publisher().publish()
    shutil.rmtree(world.log)
    (world.root / "before").rename(world.log)


def rewritten(world: World) -> None:
    shutil.copytree(world.log, world.root / "before")
    world.grow(3)
    world.publisher().publish()
    shutil.rmtree(world.log)
    (world.root / "before").rename(world.log)
    with Log.open(world.log, keys=KeyStore(world.root / "keys")) as log:
        for number in range(5):
            log.append("decision", BODY | {"n": 1000 + number}).wait()


@pytest.mark.parametrize(("harm", "told"), [(older_copy, "was cut"), (rewritten, "rewritten")])
def test_a_log_that_is_not_what_was_published(
    world: World, harm: Callable[[World], None], told: str
) -> None:
    harm(world)
    before = kept(world)
    with pytest.raises(LogBroken, match=told):
        world.publisher().publish()
    assert kept(world) == before
    with pytest.raises(LogBroken, match=told):
        world.grow(copies=[world.copies])
    lost = Publisher(world.log, witnesses=world.at, clock=lambda: 0, send=world.send).publish()
    assert lost.witnesses == ()
    assert len(lost.failures) == 2


def test_a_log_goes_on_from_what_was_published(world: World) -> None:
    world.publisher().publish()
    world.grow(2, copies=[world.copies, world.root / "nowhere yet"])
    (path,) = world.copies.glob("*.checkpoint")
    path.write_text("nonsense")
    with pytest.raises(LogBroken, match="not a checkpoint of this log"):
        world.grow(copies=[world.copies])


def test_derived_hashes_that_are_wrong_alarm_nobody(world: World) -> None:
    publisher = world.publisher()
    publisher.publish()
    world.grow()
    (world.log / "hashes" / "0").write_bytes(bytes(32 * 7))
    assert publisher.publish().size == 7


def test_a_changed_checkpoint_is_not_published(world: World) -> None:
    path = world.log / "checkpoint"
    path.write_bytes(path.read_bytes().replace(b"\n6\n", b"\n5\n"))
    with pytest.raises(LogBroken, match="does not hold"):
        world.publisher().publish()


@pytest.mark.parametrize("text", ["", "https://w.example", "ftp://w.example {key}", "{key}"])
def test_what_is_no_witness(world: World, text: str) -> None:
    with pytest.raises(LogError, match="URL VKEY"):
        WitnessAt.parse(text.replace("{key}", world.at[0].cosigner.text))


def test_a_changed_record_is_not_proven_to_a_witness(world: World) -> None:
    publisher = world.publisher()
    publisher.publish()
    world.grow(2)
    shutil.rmtree(world.log / "hashes")
    path = segment(world.log)
    path.write_bytes(path.read_bytes().replace(b'"n":1,', b'"n":9,', 1))
    with pytest.raises(LogBroken, match="rewritten"):
        publisher.publish()
