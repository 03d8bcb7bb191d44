"""What the gate rests on: trees, proofs, windows and blocks; with all packs."""

import asyncio
import re
import threading
from itertools import pairwise

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from jurat.plugin import Detector
from jurat.scan import Scanner, fold
from jurat.scan._context import Near
from jurat.scan._derive import RUNS, Library, class_of, rendered
from jurat.scan._facts import FILE, derived, written
from jurat.scan._gate import BLOCK, OVERLAP, Gate, blocks, fits_blocks
from jurat.scan._measure import alphabet, lengths
from jurat.scan._shape import Shape
from jurat.scan._syntax import Chars, Unreadable, parse
from jurat.scan._window import Reach, windows
from jurat_rules.packs import detectors

ALL = detectors()
FAST = Scanner(ALL)
LIBRARY = Library()
GATE = Gate(ALL)
PATTERNS = [(d.id, pattern) for d in ALL for pattern in d.patterns]


class Shut:
    """A gate that fails."""

    def places(self, *_: object) -> None:
        raise RuntimeError


@pytest.fixture(scope="module")
def alone() -> Scanner:
    """Every detector by itself, as there is no gate."""
    scanner = Scanner(ALL)
    scanner._confirmers = FAST._confirmers
    scanner._gate = Shut()  # type: ignore[assignment]  # stands in for the gate
    return scanner


EXAMPLES = [text for d in ALL for text in (*d.examples, *d.counter_examples)]
PIECES = st.one_of(
    st.sampled_from(EXAMPLES),
    st.sampled_from(EXAMPLES).flatmap(
        lambda text: st.integers(0, len(text)).map(lambda cut: text[:cut])
    ),
    st.text("0123456789 -./:()+,", max_size=60),
    st.text("abcdefABCDEF0123456789_-./@:=", max_size=80),
    st.sampled_from(
        (
            "\n",
            " ",
            "\u200b",
            "\u00e9",
            "\uff11",
            "%2d",
            "\\n",
            "iban ",
            "tel. ",
            "id ",
            "MTIzLTQ1LTY3ODk=",
        )
    ),
)


@given(st.lists(PIECES, max_size=8).map(" ".join))
@settings(max_examples=60)
def test_all_packs_the_gate_loses_nothing(alone: Scanner, text: str) -> None:
    assert FAST.run(text) == alone.run(text)


@given(st.lists(PIECES, min_size=1, max_size=6).map(" ".join), st.integers(0, 5000))
@settings(max_examples=15)
def test_all_packs_nor_does_it_in_long_texts(alone: Scanner, text: str, size: int) -> None:
    padded = "lorem ipsum dolor 17 " * (size // 20) + text + " sit amet" * 300 + text
    assert FAST.run(padded) == alone.run(padded)


NOISE = st.one_of(
    st.text("0123456789 -.", min_size=60, max_size=200),
    st.text("0123456789abcdefABCXYZ -./:_+=", min_size=60, max_size=200),
)


@given(st.lists(st.tuples(NOISE, PIECES), min_size=3, max_size=6))
@settings(max_examples=60)
def test_all_packs_nor_where_a_text_is_full_of_numbers(
    alone: Scanner, parts: list[tuple[str, str]]
) -> None:
    text = " ".join(f"{noise} {piece}" for noise, piece in parts)
    assert FAST.run(text) == alone.run(text)


@pytest.mark.parametrize("shape", RUNS)
def test_matches_go_no_further_beyond_a_run_than_is_known(shape: str) -> None:
    finder = re.compile(f"{shape}{class_of(alphabet(parse(shape)))}*".encode())
    of_run = bytes(code for code in range(128) if RUNS[shape] >> code & 1)
    seen = 0
    for d in ALL:
        for pattern in d.patterns:
            facts = derived(pattern, LIBRARY)
            if facts.beside is None or facts.shapes != (Shape(shape),):
                continue
            compiled = re2.compile(pattern)
            for example in d.examples:
                data = f"{example} ".encode("ascii", "replace")
                for match in compiled.finditer(data):
                    seen += 1
                    assert any(
                        len(data[: m.start()].rstrip(of_run)) - facts.beside <= match.start()
                        and match.end()
                        <= len(data) - len(data[m.end() :].lstrip(of_run)) + facts.beside
                        for m in finder.finditer(data)
                    ), (d.id, example)
    assert seen > 15


@pytest.mark.parametrize("noise", ["7 12-40.3x ", "a1B2,c3= "])
def test_windows_hold_each_match_where_a_text_is_full_of_numbers(noise: str) -> None:
    number_of = {d.id: number for number, d in enumerate(ALL)}
    lost = []
    for d in ALL:
        if d.needs_context:  # no word may stand near
            continue
        for example in d.examples:
            text = f"{noise * 30}{example} {noise * 30}"
            data = fold(text).data
            found = GATE.places(data, Near(fold(text), text))
            for place, pattern in enumerate(d.patterns):
                windows_of = found.get((number_of[d.id], place), [])
                for match in re2.finditer(pattern, data) if "(?=" not in pattern else ():
                    if windows_of is not None and not any(
                        start <= match.start() and match.end() <= end for start, end in windows_of
                    ):
                        lost.append((d.id, place, example))
    assert lost == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"a{2,3}|[^b]\d", "aa"),
        (r"(?i)q[r-t]+(?-i)u(?:v|w)*?", "QsTu"),
        (r"\x41\x{42}\Q+*\E+[[:^alpha:]\d-]", "AB+**-"),
        (r"^\bfoo\s(?P<x>bar)$", "foo bar"),
        (r"(?<=a)b(?!c)\1?", "b"),
        (r"[]^]{1}\.", "]."),
    ],
)
def test_a_tree_admits_what_its_pattern_matches(pattern: str, text: str) -> None:
    node = parse(pattern)
    assert re2.fullmatch(rendered(node), text) is not None
    least, most = lengths(node)
    assert least <= len(text)
    assert most is None or len(text) <= most
    assert all(alphabet(node) >> ord(c) & 1 for c in text)


@pytest.mark.parametrize("pattern", ["(", "a)", "[a", "(?x)a", "(?i)é", "a{1001}", r"\q"])
def test_what_is_not_known_is_no_tree(pattern: str) -> None:
    with pytest.raises(Unreadable):
        parse(pattern)


@pytest.mark.parametrize(
    ("pattern", "shape", "implied"),
    [
        (r"\d{3}-\d{2}-\d{4}", r"(?:\d[ -]?){7}", True),
        (r"\d{3}-\d{2}-\d{2}", r"(?:\d[ -]?){8}", False),
        (r"(?:ab|cab)d*", r"ab", True),
        (r"(?:ab|cad)d*", r"ab", False),
        (r"a*b", r"b", True),
        (r"a*b?", r"b", False),
        (r"\w{20,40}", r"[a-z0-9_A-Z]{16}", True),
        (r"(?i)KEY=\d+", r"[Kk][Ee][Yy]=[0-9]", True),
    ],
)
def test_proofs(pattern: str, shape: str, implied: bool) -> None:
    assert Shape(shape).implied(parse(pattern)) is implied


@st.composite
def patterns(draw: st.DrawFn, depth: int = 2) -> str:
    """Small patterns over a, b and c."""
    if depth == 0:
        return draw(st.sampled_from(("a", "b", "c", "[ab]", "[^c]", "ab")))
    inner = patterns(depth - 1)
    kind = draw(st.integers(0, 2))
    if kind == 0:
        return f"(?:{draw(inner)}){draw(inner)}"
    if kind == 1:
        return f"(?:{draw(inner)}|{draw(inner)})"
    return f"(?:{draw(inner)}){draw(st.sampled_from(('*', '+', '?', '{2}', '{1,3}')))}"


@given(patterns(), patterns(), st.text("abc", max_size=9))
@settings(max_examples=200)
def test_a_proof_holds_for_every_match(pattern: str, shape: str, text: str) -> None:
    node = parse(shape)
    if lengths(node)[0] and Shape(shape).implied(parse(pattern)) and re.fullmatch(pattern, text):
        assert re.search(shape, text) is not None


@pytest.mark.parametrize(("name", "pattern"), PATTERNS)
def test_every_match_of_a_pattern_holds_one_of_its_shapes(name: str, pattern: str) -> None:
    shapes = derived(pattern, LIBRARY).shapes
    if shapes is None:  # it passes the gate whole
        return
    compiled = re2.compile(pattern)
    detector = next(d for d in ALL if d.id == name)
    for text in detector.examples:
        for match in compiled.finditer(fold(text).data):
            assert any(re2.search(shape.pattern, match.group()) for shape in shapes), text
    assert all(fits_blocks(shape) for shape in shapes)


def test_the_facts_that_are_kept_are_those_of_the_packs() -> None:
    assert written(pattern for _, pattern in PATTERNS) == FILE.read_text(), (
        'out of date: python -c "from jurat.scan._facts import main; main()"'
    )


def test_without_the_file_the_gate_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jurat.scan._facts._kept", dict)
    monkeypatch.setattr("jurat.scan._facts._kept_branches", dict)
    made = Gate(ALL)
    for one, other in ((made._sets, GATE._sets), (made._rare, GATE._rare)):
        shown, expected = (
            [[(c.pattern, [e.key for e in c.entries]) for c in item[1]] for item in sets]
            for sets in (one, other)
        )
        assert shown == expected
    for dense, known in zip(made._dense, GATE._dense, strict=True):
        assert [(e.key, e.reach) for e in dense.entries] == [
            (e.key, e.reach) for e in known.entries
        ]


def test_few_patterns_of_the_packs_pass_the_gate_whole() -> None:
    assert GATE.places(b"", Near(fold(""), "")) == {}
    assert sum(len(owners) for _, owners in GATE._general) <= 8


@given(
    st.text("ab 1\n", min_size=0, max_size=60).map(lambda text: text * 200), st.integers(0, 300)
)
@settings(max_examples=50)
def test_blocks_cover_the_text_and_overlap(text: str, cut: int) -> None:
    data = text[cut:].encode()
    made = list(blocks(len(data), data))
    assert made[0][0] == 0
    assert made[-1][1] == len(data)
    for (_, end), (start, _) in pairwise(made):
        assert end - start == OVERLAP
        assert data[start - 1 : start].isspace()
    assert all(end - start >= min(BLOCK, len(data)) for start, end in made[:-1])


@given(st.text("ab1 ", max_size=200), st.lists(st.integers(0, 200), max_size=4))
def test_windows_are_apart_and_hold_their_runs(text: str, at: list[int]) -> None:
    data = text.encode()
    spans = [(min(n, len(data)), min(n + 2, len(data))) for n in at]
    letters = parse("[ab]")
    assert isinstance(letters, Chars)
    for reach in (Reach(3), Reach(2, letters.mask, 2)):
        made = windows(data, spans, reach)
        assert all(a[1] < b[0] for a, b in pairwise(made))
        for start, end in spans:
            (around,) = [w for w in made if w[0] <= start and end <= w[1]]
            assert around[0] <= max(0, start - reach.near)
            if reach.mask and around[0] > 2:
                assert data[around[0] + 1] not in b"ab"


def test_a_pattern_that_looks_around_is_found_by_the_gate_too() -> None:
    looks = Detector("look", "LOOK", (r"(?<![0-9])EMP-[0-9]{6}(?![0-9])",), "high")
    scanner = Scanner([looks])
    assert [d.start for d in scanner.scan("EMP-123456, EMP-1234567, xEMP-654321")] == [0, 26]
    text = "lorem ipsum " * 900 + "EMP-123456"
    assert [d.start for d in scanner.scan(text)] == [len(text) - 10]


def test_a_pattern_that_takes_too_long_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jurat.scan._confirm.PATIENCE", 0.01)
    slow = Detector("slow", "SLOW", (r"(?=a)(?:a|a)*(?:a|aa)*$(?<=b)",), "high")
    mail = next(d for d in ALL if d.id == "email")
    result = Scanner([slow, mail]).run("a" * 5000 + " jo@river-bank.org")
    assert result.undecided == ("slow",)
    assert [d.entity for d in result.detections] == ["EMAIL_ADDRESS"]


HOSTILE = (
    "0",
    "1-",
    "1 ",
    "9.",
    "a1",
    "A1 ",
    "=",
    "aA0",
    "::",
    "x@y.",
    "-----BEGIN ",
    "ey.",
    "+1",
    "key=",
)


@pytest.mark.parametrize("unit", HOSTILE)
def test_windows_of_hostile_text_grow_with_it(unit: str) -> None:
    """What is asked of exact sets and of patterns is in proportion to the text."""

    def asked(count: int) -> int:
        text = unit * count
        places = GATE.places(text.encode(), Near(fold(text), text))
        return sum(
            len(text) if found is None else sum(end - start for start, end in found)
            for found in places.values()
        )

    small, large = asked(500), asked(2000)
    assert large <= 6 * small + 40_000


def test_tasks_and_threads_share_a_scanner() -> None:
    texts = EXAMPLES[:60]
    expected = [FAST.run(text) for text in texts]
    shared = Scanner(ALL)
    wrong: list[str] = []

    def work() -> None:
        wrong.extend(t for t, e in zip(texts, expected, strict=True) if shared.run(t) != e)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()

    async def task() -> None:
        await asyncio.gather(*(asyncio.to_thread(work) for _ in range(2)))
        work()

    asyncio.run(task())
    for thread in threads:
        thread.join()
    assert wrong == []
