"""What several packs need: arithmetic on values, and values for examples."""

import math
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module

UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER = UPPER.lower()
DIGITS = "0123456789"
ALNUM = UPPER + LOWER + DIGITS
HEX = DIGITS + "abcdef"
_NO_DIGITS = bytes(code for code in range(256) if chr(code) not in DIGITS)
_WORTH = bytes.maketrans(DIGITS.encode(), bytes(range(10)))
_DOUBLED = bytes.maketrans(bytes(range(10)), bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))


def digits(value: str) -> str:
    """The digits of `value`."""
    return value.encode("ascii", "ignore").translate(None, _NO_DIGITS).decode()


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1, annex B: the check digit of a string of digits."""
    data = number.encode().translate(_WORTH)
    return (sum(data[::-2]) + sum(data[-2::-2].translate(_DOUBLED))) % 10 == 0


def entropy(value: str) -> float:
    """Shannon entropy of the characters of `value`, in bits per character."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values())


@lru_cache(maxsize=1024)
def made(length: int, alphabet: str = ALNUM, seed: int = 1) -> str:
    """A made-up random-looking string, the same every time.

    Examples of keys are put together from these, so that no file of ours holds what looks like
    somebody's key.
    """
    state = seed * 2654435761 % 2**32
    characters = []
    for _ in range(length):
        state = (state * 1664525 + 1013904223) % 2**32
        characters.append(alphabet[(state >> 12) % len(alphabet)])
    return "".join(characters)


def checked(module: str) -> Callable[[str], bool]:
    """A validator by the module of stdnum of that name."""

    judge: Callable[[str], bool] | None = None

    def valid(value: str) -> bool:
        nonlocal judge
        if judge is None:
            judge = import_module(f"stdnum.{module}").is_valid
        return judge(value)

    return valid
