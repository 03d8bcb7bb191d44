"""Files read, scanned window by window and redacted: the same as one scan of the whole."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jurat.authoring.files import (
    Event,
    Hit,
    Reader,
    Scanned,
    Target,
    Unscanned,
    Wanted,
    parts,
    redact_stream,
    scan_stream,
    walk,
)
from jurat.plugin import Confidence, Detection, Detector
from jurat.scan import Scanner

SCANNER = Scanner(
    [
        Detector("number", "NUMBER", (r"[0-9]{4,12}",), confidence="high"),
        Detector("name", "NAME", (r"ada[a-z]{0,9}",), context=("born",), confidence="low"),
        Detector("run", "RUN", (r"z+",)),
    ]
)
ALL = Wanted()


def _reader(text: str) -> Callable[[int], str]:
    """Gives less than asked for, or more, like a decoder of bytes."""
    stream = io.StringIO(text, newline="")
    odd = iter(range(1, 10**9))
    return lambda size: stream.read(max(1, size + next(odd) % 7 - 3))


def _pieces() -> st.SearchStrategy[str]:
    words = ["ada", "adalovelace", "born", "1234", "1234567890", "z", "zzzz", "\n", " ", "é", "x"]
    return st.lists(st.sampled_from(words), max_size=120).map(" ".join)


@settings(max_examples=150)
@given(text=_pieces(), at_lines=st.booleans(), block=st.integers(30, 200))
def test_windows_find_what_one_scan_finds(text: str, at_lines: bool, block: int) -> None:
    whole = SCANNER.run(text).detections
    found, offset, made = [], 0, []
    # margin and context: longer than any value and its words, as those in use are
    for part in parts(
        _reader(text), SCANNER, at_lines=at_lines, block=block, margin=110, context=110
    ):
        made.append(part.text)
        found += [
            Detection(d.entity, d.detector, d.start + offset, d.end + offset, d.confidence)
            for d in part.detections
        ]
        offset += len(part.text)
        assert not part.undecided
    assert "".join(made) == text
    assert found == list(whole)


def test_a_value_longer_than_a_window_makes_it_grow() -> None:
    text = "1234 " + "z" * 5000 + " 5678"
    found = [
        (d.detector, d.end - d.start)
        for part in parts(_reader(text), SCANNER, block=100, margin=20, context=20)
        for d in part.detections
    ]
    assert found == [("number", 4), ("run", 5000), ("number", 4)]


def test_windows_stay_small() -> None:
    sizes: list[int] = []

    class Watching(Scanner):
        def run(self, text: str):  # type: ignore[no-untyped-def]  # as the base
            sizes.append(len(text))
            return super().run(text)

    made = sum(
        len(part.text)
        for part in parts(
            _reader("ab 1234 " * 20_000),
            Watching(SCANNER.detectors),
            block=1000,
            margin=100,
            context=50,
        )
    )
    assert made == 160_000
    assert max(sizes) < 2500


def _hits(data: bytes, scanner: Scanner = SCANNER, wanted: Wanted = ALL) -> list[Hit]:
    events = list(scan_stream("f", io.BytesIO(data), scanner, wanted))
    assert isinstance(events[-1], Scanned)
    return [event for event in events if isinstance(event, Hit)]


@pytest.mark.parametrize(
    "encoding",
    [
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-be-mark",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "latin-1",
    ],
)
def test_encodings_and_places(encoding: str) -> None:
    text = "é 1234\r\nbörn\n  ada 99999"
    data = b"\xfe\xff" + text.encode("utf-16-be") if "mark" in encoding else text.encode(encoding)
    places = [(h.line, h.column, h.end_column, h.offset, h.length) for h in _hits(data)]
    assert places == [(1, 3, 7, 2, 4), (3, 3, 6, 15, 3), (3, 7, 12, 19, 5)]


def test_a_value_over_two_lines() -> None:
    scanner = Scanner([Detector("two", "TWO", (r"a\s+b",))])
    (hit,) = _hits(b"\n a\n\nb c", scanner)
    assert (hit.line, hit.column, hit.end_line, hit.end_column) == (2, 2, 4, 2)


def test_what_is_shown_is_masked() -> None:
    (hit,) = _hits(b"secret 123456789")
    assert hit.shown == "*********"
    (run,) = _hits(b"z" * 500)
    assert run.shown == "*" * 40 + "…"


@settings(max_examples=100)
@given(
    data=st.binary(max_size=400) | st.text(max_size=40).map(lambda t: t.encode("utf-16-le")),
    mark=st.sampled_from([b"", b"\xff\xfe", b"\xfe\xff"]),
)
def test_no_byte_is_lost(data: bytes, mark: bytes) -> None:
    reader = Reader(io.BytesIO(mark + data))
    made = b""
    while text := reader.read(7):
        made += reader.encode(text)
    assert reader.mark + made + reader.rest == mark + data


def _redacted(
    data: bytes, name: str = "f.txt", *, binary: bool = True
) -> tuple[bytes, list[Event]]:
    sink = io.BytesIO()
    events = list(redact_stream(name, io.BytesIO(data), sink, SCANNER, ALL, binary=binary))
    return sink.getvalue(), events


@pytest.mark.parametrize(
    ("data", "made"),
    [
        (b"\xef\xbb\xbfa 1234\r\n\xff\xfe x", b"\xef\xbb\xbfa [NUMBER]\r\n\xff\xfe x"),
        (b'{"a": 1234, "b": "n 12345"}', b'{"a": "[NUMBER]", "b": "n [NUMBER]"}'),
        (b'{"a": 1234', b'{"a": [NUMBER]'),  # no JSON
        (b"\xff\xfe" + "é 1234".encode("utf-16-le"), None),
    ],
)
def test_redacted_bytes(data: bytes, made: bytes | None) -> None:
    wanted = b"\xff\xfe" + "é [NUMBER]".encode("utf-16-le") if made is None else made
    assert _redacted(data)[0] == wanted


def test_lines_of_json_stay_json() -> None:
    data = b'{"a": 1234}\n{"a": "x"}\n'
    assert _redacted(data, "f.jsonl")[0] == b'{"a": "[NUMBER]"}\n{"a": "x"}\n'


def test_a_word_that_comes_nearer_leaves_nothing() -> None:
    word = Detector("word", "WORD", ("[0-9]{6,90}",), context=("code",), needs_context=True)
    scanner = Scanner([word])
    data = f"code {'1' * 60} and then {'2' * 30} and then {'3' * 30}".encode()
    sink = io.BytesIO()
    list(redact_stream("f", io.BytesIO(data), sink, scanner, ALL))
    assert scanner.scan(sink.getvalue().decode()) == []


def test_binary_is_told_and_left() -> None:
    made, events = _redacted(b"\0\1 1234 \0", binary=False)
    assert [type(event) for event in events] == [Hit, Unscanned]
    assert made == b""
    assert _redacted(b"\0\1 1234 \0")[0] == b"\0\1 [NUMBER] \0"


def test_undecided_is_told_and_stops_a_redaction() -> None:
    def broken(value: str) -> bool:
        raise ValueError(value)

    scanner = Scanner([Detector("bad", "BAD", (r"[0-9]{4}",), validator=broken)])
    events = list(scan_stream("f", io.BytesIO(b"1234"), scanner, ALL))
    assert events[0] == Unscanned("f", "detectors could not finish: bad")
    sink = io.BytesIO()
    (event,) = redact_stream("f", io.BytesIO(b"1234"), sink, scanner, ALL)
    assert isinstance(event, Unscanned)
    assert sink.getvalue() == b""


def test_what_was_not_asked_for_need_not_decide() -> None:
    def cannot(text: str) -> list[tuple[int, int, Confidence]]:
        raise TimeoutError

    scanner = Scanner([*SCANNER.detectors, Detector("slow", "PERSON", find=cannot)])
    for entity, wanted in (("NUMBER", [Hit, Scanned]), ("PERSON", [Unscanned, Scanned])):
        only = Wanted(frozenset([entity]))
        events = scan_stream("f", io.BytesIO(b"1234"), scanner, only)
        assert [type(event) for event in events] == wanted


def test_what_no_longer_can_be_read_is_told() -> None:
    class Gone(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    assert list(scan_stream("f", Gone(), SCANNER, ALL)) == [Unscanned("f", "Input/output error")]
    broken = b"\xff\xfe\0\0" + b"\xff" * 8
    (event,) = scan_stream("f", io.BytesIO(broken), SCANNER, ALL)
    assert isinstance(event, Unscanned)


def test_wanted() -> None:
    data = b"ada 1234"
    assert [h.detection.detector for h in _hits(data)] == ["name", "number"]
    assert len(_hits(data, wanted=Wanted(frozenset(["NAME"])))) == 1
    assert len(_hits(data, wanted=Wanted(min_confidence="medium"))) == 1


def test_which_files(tmp_path: Path) -> None:
    for name in (".git/x", ".cache/y", "b/.env", "b/a", "a", "c/CVS/z"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "dir").symlink_to(tmp_path / "b")
    (tmp_path / "loop").symlink_to(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")

    def names(*given: str, hidden: bool = False) -> list[str]:
        found = list(walk(given, hidden=hidden))
        assert all(isinstance(target, Target) for target in found)
        return [os.path.relpath(target.name, tmp_path) for target in found]  # type: ignore[union-attr]  # asserted

    top = str(tmp_path)
    assert names(top) == ["a", os.path.join("b", ".env"), os.path.join("b", "a")]
    assert os.path.join(".cache", "y") in names(top, hidden=True)
    assert os.path.join(".git", "x") not in names(top, hidden=True)
    assert names(f"{top}/link", f"{top}/.git") == ["link", os.path.join(".git", "x")]
    (lost,) = walk([f"{top}/none"])
    assert lost == Unscanned(f"{top}/none", "No such file or directory")
    (lost,) = walk(["a\0b"])
    assert isinstance(lost, Unscanned)
