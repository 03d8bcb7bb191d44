"""Allow lists by keyed hash."""

import pytest

from jurat.plugin import Detector
from jurat.scan import ENTRY, KnownValues, allow_key, entry_of

KEY, OTHER = b"k" * 16, b"o" * 16
NUMBERS = [Detector("n", "NUMBER", (r"[0-9]{2}(?:[ -]?[0-9]{2})+",))]


def test_the_key_comes_from_the_environment() -> None:
    assert allow_key({}) is None
    assert allow_key({"JURAT_ALLOW_KEY": " "}) is None
    assert allow_key({"JURAT_ALLOW_KEY": "6b" * 16 + "\n"}) == KEY
    for bad in ("6b" * 15, "6b" * 16 + "6", "secret" * 10):
        with pytest.raises(ValueError, match="hexadecimal") as caught:
            allow_key({"JURAT_ALLOW_KEY": bad})
        assert bad not in str(caught.value)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("4111 1111-1111", "411111111111", True),
        ("(415) 555.0100", "4155550100", True),
        ("Jane.Doe@Example.com", "jane.doe@example.com", True),
        ("jane.doe@example.com", "janedoe@example.com", False),
        ("DE89 3704", "de893704", True),
        ("\uff11\uff12\u200b34", "1234", True),
        ("12-34", "1235", False),
        ("\ud800 1", "\ud800 2", False),
    ],
)
def test_one_value_has_one_entry(one: str, other: str, same: bool) -> None:
    first = entry_of(KEY, "NUMBER", one)
    assert ENTRY.fullmatch(first)
    assert (first == entry_of(KEY, "NUMBER", other)) is same
    assert first != entry_of(KEY, "OTHER", one)
    assert first != entry_of(OTHER, "NUMBER", one)


def test_detections_are_marked() -> None:
    entry = entry_of(KEY, "NUMBER", "12 34")
    lost = entry_of(OTHER, "NUMBER", "5678")

    def known(entries: list[str], key: bytes | None) -> list[str]:
        return [d.known for d in KnownValues(NUMBERS, entries, key).scan("1234 and 56-78")]

    assert known([entry], KEY) == [entry, ""]
    assert known([entry, lost], KEY) == [entry, "?"]
    assert known([entry], OTHER) == ["?", "?"]
    assert known([entry], None) == ["?", "?"]
    assert known([], None) == ["", ""]
    assert KnownValues(NUMBERS, [entry], KEY).scan("none") == []
