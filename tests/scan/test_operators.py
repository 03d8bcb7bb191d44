"""Redaction operators: nothing is left to find, and only who may gets a value back."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.plugin import Detector
from jurat.scan import (
    OPERATORS,
    Scanner,
    Span,
    Vault,
    decrypt,
    merge,
    redact_text,
    replacement,
)

KEY = bytes(range(32))
OTHER = bytes(reversed(range(32)))
VALUES = (
    "123-45-6789",
    "4111 1111 1111 1111",
    "jo.doe@example.com",
    "sk_" + "aB3" * 8,
    "10.0.0.1",
)
SCANNER = Scanner(
    [
        Detector("ssn", "US_SSN", (r"\b\d{3}-\d{2}-\d{4}\b",)),
        Detector("card", "CREDIT_CARD", (r"\b(?:\d[ -]?){12,18}\d\b",)),
        Detector("mail", "EMAIL_ADDRESS", (r"[\w.+]+@[\w-]+(?:\.\w+)+",)),
        Detector("key", "SECRET", (r"\bsk_[A-Za-z0-9]{20,40}\b",)),
        Detector("ip", "IP_ADDRESS", (r"\b\d{1,3}(?:\.\d{1,3}){3}\b",)),
        Detector("hex", "SECRET", (r"\b[0-9a-f]{32}\b",)),
        Detector("mixed", "SECRET", (r"\b[A-Za-z]*\d[A-Za-z0-9]{15,}",)),
    ]
)


def seeded(seed: int) -> Callable[[int], bytes]:
    return random.Random(seed).randbytes


def redacted(text: str, operator: str, vault: Vault) -> str:
    found = merge(Span(d.start, d.end, d.entity, operator) for d in SCANNER.scan(text))
    return redact_text(
        text,
        [
            (
                span.start,
                span.end,
                replacement(
                    operator, span.entity, text[span.start : span.end], key=KEY, vault=vault
                ),
            )
            for span in found
        ],
    )


@pytest.mark.parametrize("operator", OPERATORS)
@given(
    values=st.lists(st.sampled_from(VALUES), min_size=1, max_size=4),
    between=st.sampled_from((" ", ", ", "\n", " é ", " \u200b ", "; ")),
    seed=st.integers(0, 2**32),
)
def test_nothing_is_found_in_what_was_redacted(
    operator: str, values: list[str], between: str, seed: int
) -> None:
    text = between.join(values)
    vault = Vault(seeded(seed))
    made = redacted(text, operator, vault)
    assert SCANNER.scan(made) == []
    assert redacted(made, operator, vault) == made
    assert not any(value in made for value in values)
    if operator == "pseudonym":
        assert vault.restore(made) == text


@pytest.mark.parametrize(
    ("value", "keep", "mask"),
    [
        ("123-45-6789", 4, "***-**-*789"),
        ("123-45-6789", 0, "***-**-****"),
        ("123-45-6789", -3, "***-**-****"),
        ("abc", 4, "**c"),
        ("ab", 4, "**"),
        ("p+s=w!rd#", 0, "*********"),
        ("", 4, ""),
    ],
)
def test_mask(value: str, keep: int, mask: str) -> None:
    assert replacement("mask", "X", value, keep=keep) == mask


def test_a_hash_tells_values_entities_and_keys_apart() -> None:
    def made(value: str, entity: str = "A", key: bytes = KEY) -> str:
        return replacement("hash", entity, value, key=key)

    assert made("x") == made("x")
    assert len({made("x"), made("y"), made("x", "B"), made("x", key=OTHER)}) == 4


@given(st.text(st.characters(codec=None), max_size=30))
def test_what_was_encrypted_comes_back(value: str) -> None:
    token = replacement("encrypt", "A", value, key=KEY)
    assert decrypt(token, KEY) == value
    assert decrypt(token.upper().replace("[A:", "[A:"), KEY) == value


REFUSED: dict[str, tuple[Callable[[str], str], bytes]] = {
    "another key": (lambda token: token, OTHER),
    "a short key": (lambda token: token, b"short"),
    "another entity": (lambda token: token.replace("[A:", "[B:"), KEY),
    "a letter changed": (
        lambda token: token[:-2] + ("a" if token[-2] != "a" else "b") + token[-1],
        KEY,
    ),
    "nothing sealed": (lambda token: "[A:]", KEY),
    "too short": (lambda token: "[A:aabb]", KEY),
    "foreign letters": (lambda token: "[A:xyz!]", KEY),
    "no token": (lambda token: "", KEY),
    "a lone surrogate": (lambda token: "[\ud800:" + token[3:], KEY),
}


@pytest.mark.parametrize("name", REFUSED)
def test_decrypt_refuses(name: str) -> None:
    change, key = REFUSED[name]
    token = replacement("encrypt", "A", "value", key=KEY)
    with pytest.raises(ValueError, match="not a value that was encrypted with this key"):
        decrypt(change(token), key)


@pytest.mark.parametrize(
    ("operator", "key", "message"),
    [
        ("hash", None, "operator hash needs a key of 32 bytes"),
        ("encrypt", b"short", "operator encrypt needs a key of 32 bytes"),
        ("pseudonym", KEY, "operator pseudonym needs a vault"),
        ("shred", KEY, "unknown redaction operator 'shred'"),
    ],
)
def test_what_an_operator_needs(operator: str, key: bytes | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replacement(operator, "A", "secret", key=key)


def test_a_value_has_one_token_in_a_vault_and_another_elsewhere() -> None:
    one, two = Vault(), Vault()
    assert one.token("A", "x") == one.token("A", "x")
    assert len({one.token("A", "x"), one.token("A", "y"), one.token("B", "x")}) == 3
    assert one.token("A", "x") != two.token("A", "x")


CHANGES: dict[str, Callable[[str], str]] = {
    "none": str,
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
    "no brackets": lambda token: token.strip("<>"),
    "no opening bracket": lambda token: token[1:],
    "no closing bracket": lambda token: token[:-1],
}


@pytest.mark.parametrize("name", CHANGES)
def test_changed_tokens_are_restored(name: str) -> None:
    vault = Vault(seeded(1))
    token = vault.token("US_SSN", "123-45-6789")
    vault.token("US_SSN", "other")
    assert vault.restore(f"It is {CHANGES[name](token)}, é.") == "It is 123-45-6789, é."


def test_only_ones_own_tokens_are_restored() -> None:
    mine, theirs = Vault(), Vault()
    mine.token("A", "mine")
    token = theirs.token("A", "theirs")
    for text in (
        token,
        "<A_aaaaaaaaaaaaaaaaaaaa>",
        mine.token("A", "mine")[:-3] + "zz>",
        "<A>",
        "",
    ):
        assert mine.restore(text) == text
    assert Vault().restore(token) == token


@pytest.mark.parametrize("letter", ["\u212a", "\u017f", "\u0131"])  # fold to letters of ASCII
def test_letters_that_only_fold_to_ascii_are_no_token(letter: str) -> None:
    vault = Vault(seeded(2))
    token = vault.token("SKI", "value")
    assert vault.restore(letter + token[2:]) == letter + token[2:]


def test_a_token_in_a_value_stays_as_it_is() -> None:
    vault = Vault()
    inner = vault.token("A", "x")
    assert vault.restore(vault.token("A", f"see {inner}")) == f"see {inner}"


def test_a_vault_shows_nothing() -> None:
    vault = Vault(seeded(3))
    token = vault.token("A", "hidden")
    assert repr(vault) == str(vault) == "<Vault of 1 values>"
    assert token[3:19] not in repr(vault)


def test_a_vault_holds_very_many_values() -> None:
    vault = Vault()
    count = 2**16 + 50
    tokens = [vault.token("A", str(number)) for number in range(count)]
    assert len(set(tokens)) == count
    shown = [0, 1, 2**16 - 1, 2**16, count - 1]
    assert vault.restore(" ".join(tokens[n] for n in shown)) == " ".join(map(str, shown))
