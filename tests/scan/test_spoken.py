"""Context words: whole ones count, in a window that cuts none, however they are looked for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jurat.plugin import Detector
from jurat.scan import Redactor, Scanner, StreamRedactor
from jurat.scan._context import WINDOW, Words
from jurat.scan._spoken import Spoken

CONTEXT = ("card", "tel", "ss#", "bank no", "ana", "卡号")
BADGE = Detector("badge", "BADGE", (r"[0-9]{6}",), context=("card",), needs_context=True)
SCANNER = Scanner([BADGE])


def spoken(text: str) -> Spoken:
    return Spoken(text, CONTEXT, Words((n, [word]) for n, word in enumerate(CONTEXT)))


def filled(size: int) -> str:
    return ("- " * size)[:size]


@pytest.mark.parametrize("room", range(WINDOW - 6, WINDOW + 3))
@pytest.mark.parametrize("many", [1, 9], ids=["alone", "among many"])
def test_a_word_that_the_window_cuts_counts_no_more_than_elsewhere(room: int, many: int) -> None:
    fits = room + len("card") <= WINDOW
    between = filled(room)
    rest = " 123456" * (many - 1) + filled(200)
    for word in ("card", "Card", "dashcard", "card_x", "cardinal"):
        for text, place in (
            (f"{word}{between}654321{filled(300)}{rest}", len(word) + room),
            (f"{filled(300)}654321{between}{word}{rest}", 300),
        ):
            # a longer word may reach out of the window, and its part within counts for nothing
            inside = word.lower() == "card" and fits
            if word == "card_x":
                inside = fits if place == 300 else room + len(word) <= WINDOW
            found = place in [d.start for d in SCANNER.scan(text)]
            assert found is inside, (word, room, text)


@pytest.mark.parametrize("room", range(WINDOW - 6, WINDOW + 3))
@pytest.mark.parametrize("word", ["card", "cardinal", "card, "])
@pytest.mark.parametrize("size", [1, 3, 200])
def test_a_stream_waits_for_the_end_of_such_a_word(room: int, word: str, size: int) -> None:
    redactor = Redactor(SCANNER)
    text = f"no 654321{filled(room)}{word} and so on{filled(100)}"
    stream = StreamRedactor(redactor)
    made = [str(stream.feed(text[at : at + size])) for at in range(0, len(text), size)]
    assert "".join(made) + str(stream.flush()) == redactor.redact(text)


PIECES = st.one_of(
    st.sampled_from((*CONTEXT, "xcard", "tele", "Bank  No", "bank_no", "ananana", "7", "x", " ")),
    st.text("a -_.#", max_size=90),
)


@given(st.lists(PIECES, max_size=10).map("".join), st.integers(0, 300), st.integers(1, 9))
@settings(max_examples=200)
def test_around_a_value_as_in_the_whole_text(text: str, start: int, size: int) -> None:
    start = min(start, len(text))
    end = min(start + size, len(text))
    one, other = spoken(text), spoken(text)
    other._listen()
    if text.isascii():
        assert other._heard is not None
        assert other._is_heard(start, end) is one._is_beside(start, end)
    assert one.near(start, end) is one._is_beside(start, end)


@pytest.mark.parametrize("word", ["order", "reorder", "preorder"])
@pytest.mark.parametrize("label", ["", " number", ": no. ", " number: ("])
def test_a_word_against_a_value_counts_as_a_whole_word_alone(word: str, label: str) -> None:
    scanner = Scanner([Detector("six", "SIX", (r"\b[0-9]{6}\b",), unlike=("order",))])
    for before in range(40):
        text = f"{filled(before)}{word}{label} 123456"
        assert bool(scanner.scan(text)) is (word != "order"), text


@pytest.mark.parametrize("length", range(20, 40))
@pytest.mark.parametrize("before", ["", "x", "- "])
def test_a_word_that_its_window_cuts_speaks_against_nothing(length: int, before: str) -> None:
    word = "a" * length
    scanner = Scanner([Detector("six", "SIX", (r"\b[0-9]{6}\b",), unlike=(word,))])
    found = bool(scanner.scan(f"{before}{word} 123456"))
    assert found is (before == "x" or length > 31)


def test_what_stands_in_the_place_of_a_value_is_heard_in_no_text() -> None:
    text = "[CARD] 123456 " + "654321 " * 60
    assert SCANNER.scan(text) == []
    assert [d.start for d in SCANNER.scan(text + "card")] == [
        place for place in range(14, len(text), 7) if place + 6 + WINDOW >= len(text) + 4
    ]
