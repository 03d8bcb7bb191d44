"""The scanner: the gate changes nothing but the cost, and nothing passes for clean unjudged."""

import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jurat.plugin import Detection, Detector
from jurat.scan import MAX_CHARACTERS, Scanner, check_detector, fold
from jurat.scan import _scanner as scanner_module
from jurat.scan._context import Near
from jurat.scan._gate import Gate
from jurat.scan._loosen import loosened, widened
from jurat.scan._sets import GateError, PatternSet


def even(value: str) -> bool:
    return sum(map(int, filter(str.isdigit, value))) % 2 == 0


DETECTORS = (
    Detector("ssn", "US_SSN", (r"\b\d{3}-\d{2}-\d{4}\b",), "medium"),
    Detector("card", "CARD", (r"\b(?:\d[ -]?){12,18}\d\b",), validator=even),
    Detector("mail", "EMAIL", (r"[\w.+]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z]{2,9}){1,3}\b",), "medium"),
    Detector("key", "SECRET", (r"\bsk_[A-Za-z0-9]{20,40}\b", r"\bkey_[0-9a-f]{16}\b"), "high"),
    Detector("token", "SECRET", (r"(?i)\btoken\s{0,3}[=:]\s{0,3}(?P<value>[a-z0-9]{8,32})",)),
    Detector("pin", "PIN", (r"\b\d{4}\b",), context=("pin", "geheimzahl"), needs_context=True),
    Detector("brace", "BRACE", (r"[{1}]\{2\}x{2,3}\\{1,2}",)),
    Detector("long", "LONG", (r"\d{3}-\d{2}-\d{4}(?:-\d{2}){1,2}",), "low"),
)
VALUES = (
    "123-45-6789",
    "4111 1111 1111 1112",
    "jo@example.com",
    "sk_" + "aB3" * 8,
    "key_0123456789abcdef",
    "token = abcdefgh1234",
    "pin 1234",
    "1{2}xx\\\\",
    "{{2}xxx\\",
    "123-45-6789-00-11",
)
FRAGMENTS = (
    "123-45",
    "@",
    "sk_",
    "token",
    "12",
    "-",
    "pin",
    ".com",
    "é",
    "\uff11",
    "\u200b",
    "\ud800",
)
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(VALUES),
        st.sampled_from(FRAGMENTS),
        st.sampled_from((" ", "", ",", "\n", "_", "-", "%2D", "\\u002d", "\xa0")),
        st.text(max_size=4),
    ),
    max_size=12,
).map("".join)

SHARED = Scanner(DETECTORS)
ALONE = [Scanner([detector]) for detector in DETECTORS]


def everything(text: str) -> list[Detection]:
    """What each detector finds that is asked without a gate."""
    scanner = Scanner(DETECTORS)
    scanner._confirmers = SHARED._confirmers
    scanner._gate = Shut()  # type: ignore[assignment]  # stands in for the gate
    return scanner.scan(text)


class Shut:
    """A gate that fails."""

    def places(self, data: bytes, near: object, signs: object) -> None:
        raise GateError


class Failing:
    """A set in whose place a pass over the text fails in one of its ways."""

    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome

    def Match(self, data: bytes) -> Any:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def sets_of(gate: Gate) -> list[PatternSet]:
    """Every set of a gate that was built so far."""
    sets = [one for one, _ in [*gate._general, *gate._rare]]
    sets += [one for one, _, _ in gate._sets]
    for cluster in [*gate._dense, *(one for _, each, _ in gate._sets for one in each)]:
        sets += [exact for group in cluster._groups or () for exact, _ in group.sets]
    return sets


@given(TEXTS)
@settings(max_examples=200)
def test_the_gate_loses_nothing(text: str) -> None:
    assert SHARED.scan(text) == everything(text)


@pytest.mark.parametrize("value", VALUES)
def test_each_value_is_found(value: str) -> None:
    assert SHARED.scan(f"see {value} there")


@pytest.mark.parametrize("outcome", [None, [], [0], [99], MemoryError(), RuntimeError("no")])
@pytest.mark.parametrize("value", VALUES)
def test_a_set_that_fails_lets_every_detector_run(value: str, outcome: Any) -> None:
    scanner = Scanner(DETECTORS)
    for text in (f"see {value} there", f"{'see 7 of 12: ' * 20} see {value} there"):
        found = SHARED.scan(text)
        assert found
        assert scanner.scan(text) == found
        assert scanner._gate is not None
        for one in sets_of(scanner._gate):
            whole = one._one
            one._one = Failing(outcome)
            assert scanner.scan(text) == found
            one._one = whole


def test_a_pattern_that_no_set_takes_opens_the_gate_for_its_detector_alone() -> None:
    scanner = Scanner([Detector("broken", "X", (r"(",)), *DETECTORS])
    result = scanner.run("jo@example.com")
    assert [d.entity for d in result.detections] == ["EMAIL"]
    assert result.undecided == ("broken",)
    gate = scanner._gate
    assert gate is not None
    assert gate.places(b"nothing", Near(fold("nothing"), "nothing")) == {(0, 0): None}


@pytest.mark.parametrize(
    ("pattern", "loose"),
    [
        (r"\d{3}", r"\d{3,}"),
        (r"\d{1,3}", r"\d+"),
        (r"\d{0,3}", r"\d*"),
        (r"\d{40}", r"\d{18,}"),
        (r"\\{2}", r"\\{2,}"),
        (r"\{2}", r"\{2}"),
        (r"[{1}]", r"[{1}]"),
        (r"[^]{1}]{2}", r"[^]{1}]{2,}"),
        (r"\x{10}\pN\p{L}{2}", r"\x{10}\pN\p{L}{2,}"),
        (r"[[:alpha:]{1}]", r"[[:alpha:]{1}]"),
        (r"(?P<value>a{2}?)", r"(?:a{2,}?)"),
    ],
)
def test_loosened(pattern: str, loose: str) -> None:
    assert loosened(pattern) == loose


@pytest.mark.parametrize(
    ("pattern", "wide"),
    [
        (r"[2-9]\d[13-5]{2}", r"[0-9]\d[0-9]{2}"),
        (r"(?P<value>[A-CX]|[0-2A-F])", r"(?:[A-Z]|[0-9A-Z])"),
        (r"\[1-2][^1-2][-12][a-f]\Q[12]\E", r"\[1-2][^1-2][-12][a-f]\Q[12]\E"),
    ],
)
def test_widened(pattern: str, wide: str) -> None:
    assert widened(pattern) == wide


@given(st.text(st.characters(codec=None), max_size=60))
def test_no_text_raises(text: str) -> None:
    assert SHARED.run(text).undecided == ()


@given(TEXTS)
def test_every_span_is_within_the_text(text: str) -> None:
    for found in SHARED.scan(text):
        assert 0 <= found.start < found.end <= len(text)


def failing(value: str) -> bool:
    if value == "2222":
        raise LookupError(value)
    return True


def test_a_validator_that_raises_is_undecided_and_the_rest_is_found() -> None:
    scanner = Scanner([Detector("v", "V", (r"\b\d{4}\b",), validator=failing), DETECTORS[2]])
    result = scanner.run("1111 2222 3333 jo@example.com")
    assert result.undecided == ("v",)
    assert [d.start for d in result.detections] == [0, 10, 15]
    assert scanner.run("2222") == scanner_module.ScanResult((), ("v",))


def test_a_text_over_the_cap_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_CHARACTERS >= 2**20
    monkeypatch.setattr(scanner_module, "MAX_CHARACTERS", 20)
    assert SHARED.run("jo@example.com").undecided == ()
    assert SHARED.run("jo@example.com" + " " * 20).undecided == tuple(
        sorted(d.id for d in DETECTORS)
    )


def test_a_pattern_that_matches_nothing_at_all_ends() -> None:
    assert Scanner([Detector("e", "E", (r"x*",))]).scan("axxb") == [
        Detection("E", "e", 1, 3, "low")
    ]


def test_what_reaches_further_than_the_surest_is_kept() -> None:
    found = SHARED.scan("123-45-6789-00-11")
    assert {(d.entity, d.start, d.end) for d in found} >= {("US_SSN", 0, 11), ("LONG", 0, 17)}


@given(TEXTS)
@settings(max_examples=100)
def test_all_that_any_detector_finds_is_covered(text: str) -> None:
    covered = {place for d in SHARED.scan(text) for place in range(d.start, d.end)}
    for alone in ALONE:
        for found in alone.scan(text):
            assert covered.issuperset(range(found.start, found.end))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my pin: 1234", True),
        ("user_pin=1234", True),
        ("PIN\n1234", True),
        ("spinning 1234", False),
        ("1234", False),
        ("pin" + " x" * 60 + " 1234", False),
    ],
)
def test_context(text: str, found: bool) -> None:
    assert bool(Scanner([DETECTORS[5]]).scan(text)) is found


@pytest.mark.parametrize("text", ["電話番号は1234です", "social  security: 1234"])
def test_context_of_several_words_and_of_scripts_without_spaces(text: str) -> None:
    words = ("電話番号", "social security")
    detector = Detector("c", "C", (r"\b\d{4}\b",), context=words, needs_context=True)
    assert Scanner([detector]).scan(text)


def test_select_keeps_the_named_entities() -> None:
    chosen = SHARED.select(["EMAIL"])
    assert [d.id for d in chosen.detectors] == ["mail"]
    assert SHARED.select(["EMAIL"]) is chosen


def test_threads_share_a_scanner() -> None:
    scanner = Scanner(DETECTORS)
    texts = [f"{value} {number}" for value in VALUES for number in range(20)]
    expected = [SHARED.scan(text) for text in texts]
    start = threading.Barrier(6)
    wrong: list[str] = []

    def work() -> None:
        start.wait()
        wrong.extend(t for t, e in zip(texts, expected, strict=True) if scanner.scan(t) != e)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("unit", ["1-", "123-45-6789 ", "a@", "\\u0031", "%31", "&#49;", "é1 "])
def test_hostile_text_asks_for_work_in_proportion(
    unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def searches(count: int) -> int:
        scanner = Scanner(DETECTORS)
        asked = 0

        class Counting:
            def __init__(self, pattern: Any) -> None:
                self.pattern = pattern

            def search(self, data: bytes, position: int, last: int) -> Any:
                nonlocal asked
                match = self.pattern.search(data, position, last)
                # a search reads on to its match, or to the end
                asked += (match.end() if match else last) - position + 1
                return match

        for confirmer in scanner._confirmers:
            patterns = [(Counting(pattern), group) for pattern, group in confirmer._patterns]
            confirmer.__dict__["_patterns"] = patterns
        scanner.run(unit * count)
        return asked

    assert searches(4000) <= 5 * searches(1000) + 1000


CHECKS: list[tuple[Detector, str]] = [
    (Detector("a", "A", (r"(",)), "is not RE2 syntax"),
    (Detector("a", "A", (r"a(?=b)",)), "is not RE2 syntax"),
    (Detector("a", "A", (r"a*",)), "matches the empty text"),
    (Detector("a", "A", ("a",), examples=("a", "b")), "nothing is found in example 2"),
    (
        Detector("a", "A", ("a",), counter_examples=("b", "a")),
        "something is found in counter-example 2",
    ),
    (
        Detector("a", "A", (r"\d+",), validator=failing, examples=("2222",)),
        "the validator fails on example 1",
    ),
    (
        Detector("a", "A", (r"\d+",), validator=failing, counter_examples=("2222",)),
        "the validator fails on counter-example 1",
    ),
]


@pytest.mark.parametrize(("detector", "message"), CHECKS)
def test_check_detector_says_what_is_wrong(
    detector: Detector, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (problem,) = check_detector(detector)
    assert message in problem
    assert capfd.readouterr().err == ""


def test_a_sound_detector_has_no_problems() -> None:
    assert (
        check_detector(Detector("a", "A", ("a+",), examples=("a",), counter_examples=("b",))) == []
    )
