"""The prefixes of a pattern are just those of what it matches."""

import re

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from jurat.plugin import Detector
from jurat.scan._closure import longest, parse, prefixes, prefixes_of
from jurat.scan._hold import Holdback

CASES = {
    "abc": "abc",
    "a?b": "b",
    "ab|cd": "cd",
    "[a-c]{2,4}x": "abcx",
    "(?:ab){2}c": "ababc",
    "(?i:ab)c": "aBc",
    "(?i)ab|cd": "CD",
    "ab(?i)c|de": "DE",
    "ab(?i)c|de(?-i)f|gh": "abC",
    "x(?:a(?i)b)c": "xaBc",
    "(?i)a(?-i)b|c": "c",
    r"\bab\b": "ab",
    "^ab$": "ab",
    r"\Qa.b\E+c": "a.bbc",
    r"[]a-]+\x41": "]-A",
    "[[:alpha:]]+9": "ab9",
    r"\pL{2}": "ab",
    "ab(?=cd)": "abcd",
    "ab(?!cd)e": "abe",
    "(?<=x)ab": "ab",
    "(?P<name>ab)c": "abc",
    "a++b": "aab",
    "(?>ab)c": "abc",
    "a.c": "abc",
    "a{,2}": "a{,2}",
    "ab(c|)d": "abcd",
    "(?:a|bc)*d": "abcad",
}


@pytest.mark.parametrize("pattern", CASES)
def test_every_beginning_of_a_match_is_a_prefix(pattern: str) -> None:
    made = re2.compile(rf"(?:{prefixes(pattern)})\z")
    loose = re2.compile(rf"(?:{prefixes_of(parse(pattern), 1)})\z")
    match = CASES[pattern]
    for length in range(len(match) + 1):
        assert made.fullmatch(match[:length]), match[:length]
        assert loose.fullmatch(match[:length]), match[:length]
    assert made.search("~" + match).start() == 1
    assert made.search(match + "~\n").start() == len(match) + 2


@pytest.mark.parametrize(
    ("pattern", "from_value_on"),
    [
        ("(?:^|[^0-9])(?P<value>[0-9]{3})(?:[^0-9]|$)", 4),
        ("(?:^|[^0-9])(?:x|[^y])(?P<value>ab)", 2),
        ("(?:^|[^a-z])key (?P<value>[0-9]{3})", 7),
        ("[^a]key (?P<value>[0-9]{3})", 8),
        ("(?P<value>ab*)", None),
        ("ab{0}c", 2),
    ],
)
def test_a_boundary_before_the_value_does_not_count(
    pattern: str, from_value_on: int | None
) -> None:
    assert longest(pattern) == from_value_on


@pytest.mark.parametrize("pattern", [r"(a)\1", "(?x)a b", "(?R)", "(a", "a)", "*a", "[a", "a\\"])
def test_what_has_no_prefixes(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(pattern)


PATTERNS = st.recursive(
    st.sampled_from(("a", "b", "[ab]", "c", ".", "[^a]")),
    lambda inner: st.one_of(
        st.builds(lambda x, y: x + y, inner, inner),
        st.builds(lambda x, y: f"(?:{x}|{y})", inner, inner),
        st.builds(
            lambda x, times: f"(?:{x}){times}",
            inner,
            st.sampled_from(("*", "+", "?", "{2}", "{1,3}", "{2,}", "*?", "{0,2}")),
        ),
    ),
    max_leaves=6,
)


@given(PATTERNS, st.text("abc", max_size=8))
@settings(max_examples=200)
def test_the_prefixes_are_all_and_no_more(pattern: str, text: str) -> None:
    exact = re2.compile(rf"(?:{prefixes(pattern)})\z").fullmatch(text) is not None
    loose = re2.compile(rf"(?:{prefixes_of(parse(pattern), 1)})\z").fullmatch(text) is not None
    assert loose or not exact
    whole = re.compile(pattern)
    ends = [rest for rest in _continuations() if whole.fullmatch(text + rest)]
    if ends:
        assert exact


def _continuations() -> list[str]:
    found = [""]
    for _ in range(3):
        found += [one + letter for one in found for letter in "abc"]
    return sorted(set(found), key=len)


def test_what_waits_is_bounded_by_the_longest_pattern() -> None:
    ssn = Detector(
        "s", "US_SSN", (r"(?:^|[^0-9])(?P<value>[0-9]{3}-[0-9]{2}-[0-9]{4})(?:[^0-9]|$)",)
    )
    key = Detector("k", "SECRET", (r"\bsk-[A-Za-z0-9]{20,40}\b",))
    hold = Holdback([ssn, key])
    assert hold.most == 43
    assert hold.whole == ()
    assert hold.value_start(b"x" * 1_000) == 1_000
    assert hold.value_start(b"my number is 123-4") == 13
    assert hold.value_start(b"sk-" + b"a" * 100) == 103
    assert hold.value_start(b"x sk-" + b"a" * 40) == 2


def test_what_no_pattern_tells_keeps_everything_waiting() -> None:
    named = Detector("n", "PERSON", find=lambda text: [])
    twice = Detector("t", "SECRET", (r"(a)\1",))
    hold = Holdback([named, twice])
    assert hold.whole == ("n", "t")
    assert hold.value_start(b"text") == 0


@pytest.mark.parametrize(
    ("pattern", "start"),
    [(r"\ha", 0), ("a{1,3000}b", 2), ("(?:(?:(?:ab){1,14}c){1,14}d){1,14}e", 2)],
)
def test_what_re2_does_not_know_keeps_more_waiting(pattern: str, start: int) -> None:
    hold = Holdback([Detector("r", "SECRET", (pattern,))])
    assert hold.value_start(b"x a") == hold.match_start(b"x a") == start


def test_without_detectors_nothing_waits() -> None:
    hold = Holdback([])
    assert hold.most == 0
    assert hold.value_start(b"text") == 4


def test_patterns_within_the_run_of_another_cost_nothing() -> None:
    mail = Detector("m", "EMAIL_ADDRESS", (r"[A-Za-z0-9_][A-Za-z0-9._+-]*@[a-z]+",))
    key = Detector("k", "SECRET", (r"(?:^|[^a-z])(?P<value>sk-[A-Za-z0-9]{20})(?:[^A-Za-z]|$)",))
    slash = Detector("l", "SECRET", (r"x/[a-z]{4}",))
    alone = Holdback([mail, slash])
    both = Holdback([mail, key, slash])
    for text in ("a sk-abc", "sk-" + "a" * 20 + ",", "say x/ab", "-sk-aa", "sk-", "%sk", ".sk-a"):
        assert both.value_start(text.encode()) == alone.value_start(text.encode())
    assert both.value_start(b"see x/ab") == 4
    assert both.value_start(b"joe.doe@exam") == 0
