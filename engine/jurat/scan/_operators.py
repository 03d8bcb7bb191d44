"""What stands in the place of a redacted value.

Made tokens are lower-case letters, so that no detector takes one for a value.
"""

import hashlib
import hmac
import json
import os
import re
import threading
from collections.abc import Callable

_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_DIGITS = str.maketrans("abcdefghijklmnop", "0123456789abcdef")
_MASK = "*"
_NUMBER = 4  # letters of a token's number; twice as many from 65,536 values on
_LINE = r"(?:\\{0,2}_|[ -])"
_SEPARATORS = frozenset(" -./:@()")


class Vault:
    """The pseudonyms of one scope, and the way back.

    One value has one token in a vault: `<US_SSN_…>` with a nonce of the vault's, so that nobody
    can type another's token and get the value. A vault belongs to one caller (a request, or the
    conversation that the caller declares) and is never logged; it lives as long as it is held,
    and shows nothing of itself.
    """

    def __init__(self, entropy: Callable[[int], bytes] = os.urandom) -> None:
        self._nonce = _letters(entropy(8))
        self._lock = threading.Lock()
        self._tokens: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}
        self._entities: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None

    def token(self, entity: str, value: str) -> str:
        """The token of `value`."""
        token = self._tokens.get((entity, value))
        if token is None:
            with self._lock:
                token = self._tokens.get((entity, value)) or self._new(entity, value)
        return token

    def _new(self, entity: str, value: str) -> str:
        count = len(self._tokens)
        number = _letters(count.to_bytes(_NUMBER // 2 if count < 2**16 else _NUMBER))
        token = f"<{entity}_{self._nonce}{number}>"
        self._values[number] = value
        self._tokens[(entity, value)] = token
        if entity not in self._entities:
            self._entities |= {entity}
            self._pattern = None
        return token

    def restore(self, text: str, *, holds_json: bool = False) -> str:
        """`text` with every token of this vault replaced by its value, also where the case of
        its letters, its brackets or its low lines were changed (Markdown's `\\_`, a space, a
        hyphen). With `holds_json` the text is a JSON document, such as the arguments of a tool
        call: values are written as its strings need it."""
        pattern = self.pattern
        if pattern is None:
            return text
        return pattern.sub(lambda match: self.value(match, holds_json=holds_json), text)

    def value(self, match: "re.Match[str]", *, holds_json: bool = False) -> str:
        """What takes the place of a match of `pattern`."""
        letters = match["number"].lower()
        known = self._values.get(letters)
        rest = ""
        if known is None:  # letters that follow a shorter number
            known = self._values.get(letters[:_NUMBER])
            rest = f"{match['number'][_NUMBER:]}{match['end']}"
        if known is None:
            return match[0]
        return (json.dumps(known)[1:-1] if holds_json else known) + rest

    @property
    def pattern(self) -> "re.Pattern[str] | None":
        """What a token of this vault looks like, as a model may write it; None without tokens."""
        if self._pattern is None and self._entities:
            # by shape, not by name: a vault may hold very many values
            names = "|".join(map(_name, sorted(self._entities)))
            self._pattern = re.compile(
                rf"(?:<|&lt;|\\u003c|(?<![A-Za-z]))(?:{names}){_LINE}{self._nonce}"
                rf"(?P<number>[a-p]{{{_NUMBER}}}(?:[a-p]{{{_NUMBER}}})?)(?P<end>(?:>|&gt;|\\u003e)?)",
                re.IGNORECASE | re.ASCII,
            )
        return self._pattern

    @property
    def longest(self) -> int:
        """The most characters that a token may have, as a model may write it."""
        names = max(map(len, self._entities), default=0)
        return 2 * names + len(self._nonce) + 2 * _NUMBER + len(r"\_") + 2 * len(r"\u003c")

    def __repr__(self) -> str:
        return f"<Vault of {len(self._tokens)} values>"


def _name(entity: str) -> str:
    return _LINE.join(map(re.escape, entity.split("_")))


def replacement(
    operator: str,
    entity: str,
    value: str,
    *,
    key: bytes | None = None,
    keep: int = 4,
    vault: Vault | None = None,
    entropy: Callable[[int], bytes] = os.urandom,
) -> str:
    """What `operator` puts in the place of `value`.

    `key` (32 bytes) is needed by hash and encrypt, `vault` by pseudonym. `keep` is how many of
    the last characters mask leaves, never more than a third of them. Raises ValueError where one
    is missing or the operator is unknown.
    """
    match operator:
        case "label":
            return f"[{entity}]"
        case "remove":
            return ""
        case "mask":
            shown = max(0, min(keep, len(value) // 3))
            hidden = len(value) - shown
            # separators stay, which keeps the shape; everything else goes
            masked = "".join(c if c in _SEPARATORS else _MASK for c in value[:hidden])
            return masked + value[hidden:]
        case "hash":
            digest = hmac.digest(
                _key(key, operator),
                f"{entity}\0{value}".encode("utf-8", "surrogatepass"),
                hashlib.sha256,
            )
            return f"[{entity}:{_letters(digest[:10])}]"
        case "encrypt":
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            nonce = entropy(12)
            plain = value.encode("utf-8", "surrogatepass")
            sealed = AESGCM(_key(key, operator)).encrypt(nonce, plain, entity.encode())
            return f"[{entity}:{_letters(nonce + sealed)}]"
        case "pseudonym":
            if vault is None:
                raise ValueError("operator pseudonym needs a vault")
            return vault.token(entity, value)
    raise ValueError(f"unknown redaction operator {operator!r}")


def decrypt(token: str, key: bytes) -> str:
    """The value of a token that operator encrypt made. Raises ValueError if it is none of this
    key's."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    entity, _, letters = token.strip("[]").partition(":")
    try:
        sealed = bytes.fromhex(letters.lower().translate(_DIGITS))
        plain = AESGCM(key).decrypt(sealed[:12], sealed[12:], entity.encode())
    except (InvalidTag, ValueError):
        raise ValueError("not a value that was encrypted with this key") from None
    return plain.decode("utf-8", "surrogatepass")


def _key(key: bytes | None, operator: str) -> bytes:
    if key is None or len(key) != 32:
        raise ValueError(f"operator {operator} needs a key of 32 bytes")
    return key


def _letters(data: bytes) -> str:
    return data.hex().translate(_LETTERS)
