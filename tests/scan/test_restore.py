"""Originals come back into the answer: whole, in chunks, and in the arguments of tool calls."""

import json
import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jurat.scan import StreamRestorer, Vault

VALUES = ("123-45-6789", 'a "quoted" \\ value', "Zoë\n", "\U0001f600\ud800", "<US_SSN_x>")


def filled(seed: int = 1) -> tuple[Vault, list[str]]:
    vault = Vault(random.Random(seed).randbytes)
    entities = ("US_SSN", "A", "EMAIL_ADDRESS")
    return vault, [vault.token(e, v) for e in entities for v in VALUES]


CHANGES: dict[str, Callable[[str], str]] = {
    "none": str,
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
    "no brackets": lambda token: token[1:-1],
    "half a bracket": lambda token: token[1:],
    "Markdown": lambda token: token.replace("_", "\\_"),
    "spaces": lambda token: token.replace("_", " "),
    "hyphens": lambda token: token[1:-1].replace("_", "-"),
    "HTML": lambda token: token.replace("<", "&lt;").replace(">", "&gt;"),
    "bold": lambda token: f"**{token}**",
    "quoted": lambda token: f'"{token[1:-1]}"',
    "possessive": lambda token: f"{token[1:-1]}'s",
    "plural": lambda token: f"{token[1:-1]}s",
    "letters after it": lambda token: f"{token[1:-1]}abcd",
    "twice": lambda token: token + token,
    "with a full stop": lambda token: token + ".",
}
PIECES = ("<", "US_", "SSN", "_", " ", "a", "&lt;", "ema", "x", "é", "\\", ".")


KEPT = {  # what of a change stays around the value
    "bold": "**~**",
    "quoted": '"~"',
    "possessive": "~'s",
    "plural": "~s",
    "letters after it": "~abcd",
    "twice": "~~",
    "with a full stop": "~.",
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_token_is_restored(name: str) -> None:
    vault, tokens = filled()
    expected = KEPT.get(name, "~").replace("~", VALUES[0])
    assert vault.restore(f"It is {CHANGES[name](tokens[0])} then") == f"It is {expected} then"


def streamed(vault: Vault, text: str, cuts: list[int], *, holds_json: bool = False) -> str:
    stream = StreamRestorer(vault, holds_json=holds_json)
    out = []
    for a, b in pairwise([0, *cuts, len(text)]):
        out.append(stream.feed(text[a:b]))
        assert stream.held <= vault.longest
    rest = stream.flush()
    assert isinstance(rest, str)
    assert stream.held == 0
    return "".join(out) + rest


@given(st.data(), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_a_stream_is_restored_as_the_whole(data: st.DataObject, chance: random.Random) -> None:
    vault, tokens = filled()
    other, foreign = filled(2)
    parts = data.draw(
        st.lists(
            st.one_of(
                st.sampled_from(PIECES),
                st.builds(
                    lambda token, change: CHANGES[change](token),
                    st.sampled_from(tokens + foreign[:1]),
                    st.sampled_from(sorted(CHANGES)),
                ),
                st.builds(lambda t, n: t[:n], st.sampled_from(tokens), st.integers(0, 30)),
            ),
            max_size=8,
        )
    )
    text = "".join(parts)
    whole = vault.restore(text)
    assert other.restore(tokens[0]) == tokens[0]
    for cuts in (
        list(range(len(text))),
        *(sorted(chance.choices(range(len(text) + 1), k=5)) for _ in range(5)),
    ):
        assert streamed(vault, text, cuts) == whole


@given(st.lists(st.sampled_from(range(15)), max_size=5), st.booleans(), st.randoms(use_true_random=False))  # fmt: skip
@settings(max_examples=60)
def test_arguments_stay_json(
    chosen: list[int], angles_escaped: bool, chance: random.Random
) -> None:
    vault, tokens = filled()
    values = [VALUES[n % len(VALUES)] for n in chosen]
    text = json.dumps({"to": [f"say {tokens[n]}!" for n in chosen], "n": 1})
    if angles_escaped:
        text = text.replace("<", "\\u003c").replace(">", "\\u003e")
    restored = vault.restore(text, holds_json=True)
    assert json.loads(restored) == {"to": [f"say {value}!" for value in values], "n": 1}
    for cuts in (
        list(range(len(text))),
        sorted(chance.choices(range(len(text) + 1), k=6)),
    ):
        assert streamed(vault, text, cuts, holds_json=True) == restored


def test_bytes_are_cut_within_characters() -> None:
    vault, tokens = filled()
    data = f"é {tokens[2]} ü".encode()
    stream = StreamRestorer(vault)
    out = b"".join(stream.feed(data[n : n + 1]) for n in range(len(data)))
    rest = stream.flush()
    assert isinstance(rest, bytes)
    assert (out + rest).decode() == "é Zoë\n ü"


def test_what_is_no_token_is_sent_at_once() -> None:
    vault, tokens = filled()
    stream = StreamRestorer(vault)
    assert stream.feed("Dear reader, ") == "Dear reader, "
    assert stream.feed(tokens[0][:12]) == ""
    assert stream.feed(tokens[0][12:-1]) == ""
    assert stream.feed(">, ") == "123-45-6789, "
    empty = StreamRestorer(Vault())
    assert empty.feed("<US_SSN_") == "<US_SSN_"
    assert empty.flush() == ""


def test_a_restorer_shows_nothing() -> None:
    vault, tokens = filled()
    stream = StreamRestorer(vault)
    stream.feed(tokens[0])
    assert repr(stream) == f"<StreamRestorer, {len(tokens[0])} characters wait>"


def test_threads_make_one_token_of_one_value() -> None:
    from concurrent.futures import ThreadPoolExecutor

    vault = Vault()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: vault.token("A", str(n % 50)), range(2_000)))
    assert len(set(made)) == 50
    assert vault.restore(" ".join(made[:50])) == " ".join(map(str, range(50)))
