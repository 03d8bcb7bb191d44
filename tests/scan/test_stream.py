"""A stream is redacted as the whole text would be, however it is cut; nothing leaks."""

import json
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jurat.plugin import Detector
from jurat.scan import OPERATORS, Redactor, Scanner, StreamRedactor, Undecided, Vault

KEY = bytes(range(32))
DETECTORS = (
    Detector("ssn", "US_SSN", (r"(?:^|[^0-9-])(?P<value>\d{3}-\d{2}-\d{4})(?:[^0-9-]|-[^0-9]|-?$)",)),
    Detector("card", "CREDIT_CARD", (r"\b(?:\d[ -]?){12,18}\d\b",), validator=lambda v: "0" not in v),
    Detector("mail", "EMAIL_ADDRESS", (r"[A-Za-z0-9_][\w.+-]*@[\w-]+(?:\.\w+)+",)),
    Detector("key", "SECRET", (r"(?:^|[^A-Za-z0-9])(?P<value>sk-[A-Za-z0-9]{8,})(?:[^A-Za-z0-9_-]|$)",)),
    Detector("assigned", "SECRET", (r"(?i:password|key) ?[:=] ?(?P<value>[^\s\"']{4,20})",)),
    Detector("pem", "SECRET", (r"-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----",)),
    Detector("pin", "PIN", (r"\b\d{4}\b",), context=("pin", "code"), needs_context=True),
    Detector("plate", "PLATE", (r"\b[A-Z]{2} ?\d{3}\b",), context=("car", "licence plate")),
    Detector("order", "ORDER", (r"\b\d{6}\b",), unlike=("ticket",)),
    Detector("pair", "PAIR", (r"\d\d",)),
    Detector("vin", "VIN", (r"\b\d\d-\d{3}-\d\d\b",), context=("car",)),
)  # fmt: skip
SCANNER = Scanner(DETECTORS)
VALUES = (
    "123-45-6789",
    "4111 1111 1111 1111",
    "41111111 11111111 ",
    "jo.doe+x@mail.example.com",
    "sk-aB3dE5fG7",
    "sk-aB3",
    "password: hunter22",
    "-----BEGIN KEY-----\nabc def\n-----END KEY-----",
    "-----BEGIN KEY----- and no end",
    "1234",
    "AB 123",
    "ticket 123456",
    "654321",
    "\uff11\uff12\uff13-45-6789",
    "123\u200b-45\u00ad-6789",
    "123\u201145\u20116789",
    "\\u0031\\u0032\\u0033-45-6789",
    "%31%32%33-45-6789",
    "&#49;23-45-6789",
    "jo%40mail.example.com",
    "4111 1111\n1111 1111",
    "car 12-\n345-67",
    "12-345-\n67 car",
    "4111-1111-\r\n 1111-1111",
    "bXkgc3NuIGlzIDEyMy00NS02Nzg5",
    "bXkgc3NuIGlzIDEyMy00NS02Nzg5IG5vdy4=",
    "MTIzLTQ1LTY3ODkgam9AbWFpbC5leGFtcGxlLmNvbQ==",
    "bXkgY2FyZCA0MTExIDExMTEgMTExMQ 1111",
    "bXkgc3NuIGlzIDEyMy00NS02Nzg5IG5vdw_-x",
)
WORDS = ("pin", "the code", "car", "licence", "plate", "of", "is", "é", "漢字", "x" * 30, "\\", "%", "&a", "\ud800", "don't", "50%", "AT&T", "\U0001f600")  # fmt: skip
BETWEEN = (" ", " ", " ", ", ", "\n", "-", "", ". ", '"', "\u00a0", "\t", "\r\n")


@st.composite
def texts(draw: st.DrawFn) -> str:
    parts = draw(
        st.lists(st.tuples(st.sampled_from(VALUES + WORDS), st.sampled_from(BETWEEN)), max_size=14)
    )
    return "".join(one + between for one, between in parts)


def streamed(stream: StreamRedactor, text: str, cuts: list[int]) -> str:
    out = [stream.feed(text[a:b]) for a, b in pairwise([0, *sorted(cuts), len(text)])]
    rest = stream.flush()
    assert isinstance(rest, str)
    assert stream.held == 0
    return "".join(out) + rest


def cuttings(text: str, chance: random.Random) -> list[list[int]]:
    places = range(len(text) + 1)
    return [
        list(places),
        list(range(chance.randint(1, 32), len(text), 32)),
        *(sorted(chance.choices(places, k=chance.randint(0, 12))) for _ in range(4)),
    ]


@given(texts(), st.randoms(use_true_random=False), st.sampled_from((1, 1, 7, 100)))
@settings(max_examples=80)
def test_a_stream_is_redacted_as_the_whole(text: str, chance: random.Random, step: int) -> None:
    redactor = Redactor(SCANNER)
    whole = redactor.redact(text)
    for cuts in cuttings(text, chance):
        assert streamed(redactor.stream(step=step), text, cuts) == whole


@given(texts(), st.randoms(use_true_random=False), st.sampled_from(OPERATORS))
@settings(max_examples=20)
def test_what_is_found_at_a_second_look_is_found_in_a_stream_too(
    text: str, chance: random.Random, operator: str
) -> None:
    """A word that stood far from a number stands nearer, where values between them have gone."""
    redactor = Redactor(SCANNER, operator, key=KEY, vault=Vault(bytes))
    far = f"1234 {text} {'sk-' + 'aB3dE5' * 14} code {text}"
    whole = redactor.redact(far)
    if operator not in ("encrypt", "mask"):
        assert "1234" not in whole.split("code")[0]
        assert redactor.redact(whole) == whole
    if operator != "encrypt":  # with a nonce of its own each time
        for cuts in cuttings(far, chance):
            assert streamed(redactor.stream(), far, cuts) == whole


@given(texts(), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_bytes_are_cut_within_characters(text: str, chance: random.Random) -> None:
    redactor = Redactor(SCANNER)
    data = text.encode("utf-8", "replace") + chance.choice((b"", b"\xe2\x82", b"\xff a", b"\x80"))
    whole = redactor.redact(data.decode("utf-8", "surrogateescape"))
    for cuts in cuttings(data.decode("latin-1"), chance):
        stream = redactor.stream()
        out = [stream.feed(data[a:b]) for a, b in pairwise([0, *cuts, len(data)])]
        rest = stream.flush()
        assert isinstance(rest, bytes)
        assert b"".join([*out, rest]) == whole.encode("utf-8", "surrogateescape")


JSON = st.recursive(
    st.none() | st.integers() | st.sampled_from((1234567890123456, 4111111111111111, True)) | texts(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(JSON, st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=20)
def test_arguments_stay_json_and_are_redacted_as_the_whole(
    value: object, chance: random.Random, ascii_only: bool
) -> None:
    redactor = Redactor(SCANNER)
    text = json.dumps(value, ensure_ascii=ascii_only)
    whole = redactor.redact(text, holds_json=True)
    json.loads(whole)
    for cuts in cuttings(text, chance):
        assert streamed(redactor.stream(holds_json=True), text, cuts) == whole


@given(st.text('{}[]",: \\1u03ax-@.', max_size=60), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_what_is_no_json_is_redacted_as_the_whole_too(text: str, chance: random.Random) -> None:
    redactor = Redactor(SCANNER)
    whole = redactor.redact(text, holds_json=True)
    for cuts in cuttings(text, chance):
        assert streamed(redactor.stream(holds_json=True), text, cuts) == whole


@pytest.mark.parametrize("operator", OPERATORS)
def test_each_operator(operator: str) -> None:
    vault = Vault()
    redactor = Redactor(SCANNER, {"US_SSN": operator, "default": "label"}, key=KEY, vault=vault)
    text = "ssn 123-45-6789, mail jo@mail.example.com, ssn 123-45-6789."
    out = streamed(redactor.stream(), text, list(range(len(text))))
    assert "6789" not in out
    assert "[EMAIL_ADDRESS]" in out
    if operator != "encrypt":  # each time with a nonce of its own
        assert out == redactor.redact(text)
    if operator == "pseudonym":
        assert vault.restore(out) == text.replace("jo@mail.example.com", "[EMAIL_ADDRESS]")


def test_what_is_sure_is_sent_at_once() -> None:
    stream = StreamRedactor(Scanner(DETECTORS[:6] + DETECTORS[9:10]))
    assert stream.feed("Hello, wor") == "Hello, "
    assert stream.held == 3
    assert stream.feed("ld. Call 12") == "world. Call "
    assert stream.feed(" or 123-45-67") == "12 or ".replace("12", "[PAIR]")
    assert stream.feed("89") == ""
    assert stream.feed(", he said") == "[US_SSN], he "
    assert stream.flush() == "said"


def test_words_after_a_value_are_waited_for() -> None:
    stream = StreamRedactor(SCANNER)
    assert stream.feed("It was 2024 ") == "It was "
    assert stream.feed("that the ") == ""
    assert stream.feed("pin ").startswith("[PIN] that the ")
    other = StreamRedactor(Scanner(DETECTORS[6:7]))
    assert other.feed("It was 2024 ") == "It was "
    assert other.feed("x" * 77 + " ") == ""
    assert other.feed("xx") == ""  # it may be the beginning of a value in base64
    assert other.feed(" ").startswith("2024 ")


@pytest.mark.parametrize("operator", ["remove", "label"])
def test_a_value_that_waits_may_bring_words_nearer(operator: str) -> None:
    long = Detector("long", "LONG", (r"\bL\d{60}\b",), context=("pin",), needs_context=True)
    redactor = Redactor(Scanner([DETECTORS[6], long]), operator)
    text = f"1234 of L{'7' * 60} {'is of ' * 11}pin, and so on" + " and on" * 30
    whole = redactor.redact(text)
    assert "1234" not in whole
    assert "L7" not in whole
    for size in (1, 7, 40):
        stream = redactor.stream()
        out = [stream.feed(text[at : at + size]) for at in range(0, len(text), size)]
        assert "".join(out) + str(stream.flush()) == whole


def test_the_window_stays_small() -> None:
    stream = StreamRedactor(SCANNER)
    out = []
    for number in range(2_000):
        out.append(stream.feed(f"word{chr(97 + number % 7)} "))
        assert len(stream._text) < 1_000
    assert "".join(out) + str(stream.flush()) == "".join(
        f"word{chr(97 + n % 7)} " for n in range(2_000)
    )


def test_what_never_ends_is_held_back_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "so: " + "a" * 30_000
    stream = StreamRedactor(SCANNER)
    out = [stream.feed(text[at : at + 50]) for at in range(0, len(text), 50)]
    assert "".join(out) == "so: "
    assert stream.feed("@mail.example.com, ") == "[EMAIL_ADDRESS], "
    monkeypatch.setattr("jurat.scan._stream.MAX_HELD", 1_000)
    full = StreamRedactor(SCANNER)
    assert full.feed(text[:990]) == "so: "
    with pytest.raises(Undecided, match="more than 1,000 characters would have to wait"):
        full.feed(text[990:1_200])
    with pytest.raises(Undecided):
        full.feed("more")
    with pytest.raises(Undecided):
        full.flush()


@pytest.mark.parametrize(
    "piece", ["\\n", "\\u6f22", "\\\\", "1 ", "1\n", "%41", "a1 ", "&amp;", "\u200b", "漢", "1\\n"]
)
def test_long_rows_of_the_same_are_no_trouble(piece: str) -> None:
    text = piece * 1_500 + " 123-45-6789."
    redactor = Redactor(Scanner(DETECTORS[:6]))
    whole = redactor.redact(text)
    # a number of a card may reach into the other, where a line break is one within it
    assert whole.endswith("[CREDIT_CARD]." if piece == "1\n" else "[US_SSN].")
    cuts = list(range(0, len(text), 61))
    assert streamed(redactor.stream(step=64), text, cuts) == whole


def test_what_could_not_be_decided_is_withheld() -> None:
    def fails(value: str) -> bool:
        raise ValueError(value)

    broken = Scanner([Detector("bad", "BAD", (r"\d{5}",), validator=fails)])
    stream = StreamRedactor(broken)
    assert stream.feed("all is well ") == "all is well "
    with pytest.raises(Undecided, match="detectors could not finish: bad") as caught:
        stream.feed("until 12345 ")
    assert "12345" not in str(caught.value)
    assert caught.value.detectors == ("bad",)
    with pytest.raises(Undecided):
        stream.feed("x")
    with pytest.raises(Undecided):
        Redactor(broken).redact("12345")


def test_a_detector_without_patterns_waits_for_the_end() -> None:
    def names(text: str) -> list[tuple[int, int, str]]:
        at = text.find("Ada")
        return [(at, at + 3, "high")] if at >= 0 else []

    stream = StreamRedactor(Scanner([Detector("n", "PERSON", find=names)]))  # type: ignore[arg-type]  # a str is wider
    assert stream.feed("I met Ada at noon. ") == ""
    assert stream.flush() == "I met [PERSON] at noon. "


def test_what_does_not_count_stays() -> None:
    text = "123-45-6789, jo@mail.example.com, AB 123, 12345678 "
    only = Redactor(SCANNER, entities=["US_SSN", "PLATE"], min_confidence="low")
    assert only.redact(text) == "[US_SSN], jo@mail.example.com, [PLATE], 12345678 "
    sure = Redactor(SCANNER, entities=["PLATE"], min_confidence="medium")
    assert sure.redact(text) == text
    assert sure.redact(text + "car") == text.replace("AB 123", "[PLATE]") + "car"
    cuts = list(range(len(text)))
    assert streamed(sure.stream(), text + "car", cuts) == sure.redact(text + "car")


def test_a_redactor_shows_nothing() -> None:
    redactor = Redactor(SCANNER, "pseudonym")
    stream = redactor.stream()
    stream.feed("123-45-6789")
    assert repr(redactor) == "<Redactor of 11 detectors>"
    assert repr(stream) == "<StreamRedactor, 11 characters wait>"


@pytest.mark.parametrize(
    ("operator", "message"),
    [("shred", "unknown"), ("hash", "32 bytes"), ({"US_SSN": "encrypt"}, "32 bytes")],
)
def test_operators_are_checked_at_once(operator: str | dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Redactor(SCANNER, operator)
