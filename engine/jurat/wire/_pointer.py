"""How texts in a body are addressed.

JSON Pointers (RFC 6901), with one addition. Keys come with the input as values do, and a pointer
is shown in reasons and logs: so a member whose key does not read like a field's name
(`jurat.canon.is_plain_name`) is addressed by its place in its object, `#0` for the first, and
such a key's own text, which is scanned too, by `#0#`.
"""

from jurat.canon import escape, is_plain_name


def member(at: str, key: str, index: int) -> str:
    """The pointer of the value of the member `key`, the `index`th of the object at `at`."""
    return f"{at}/{escape(key)}" if is_plain_name(key) else f"{at}/#{index}"


def position(token: str) -> int | None:
    """The place that a token like `#3` names; None for an ordinary token."""
    digits = token[1:]
    return int(digits) if token[:1] == "#" and digits.isdecimal() else None


def is_key(token: str) -> bool:
    """True for a token like `#3#`, which names a key itself."""
    return len(token) > 2 and token[-1] == "#" and position(token[:-1]) is not None
