"""What stands in the place of a redacted value.

Made tokens are lower-case letters, so that no detector takes one for a value.
"""

import hashlib
import hmac
import os
import re
from collections.abc import Callable

_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_DIGITS = str.maketrans("abcdefghijklmnop", "0123456789abcdef")
_MASK = "*"
_SEPARATORS = frozenset(" -./:@()")


class Vault:
    """The pseudonyms of one scope, and the way back.

    One value has one token in a vault. A token carries a nonce of the vault's, so that nobody
    can type another's token and get the value. A vault belongs to one caller and is never
    logged.
    """

    def __init__(self, entropy: Callable[[int], bytes] = os.urandom) -> None:
        self._nonce = _letters(entropy(8))
        self._tokens: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}

    def token(self, entity: str, value: str) -> str:
        """The token of `value`."""
        token = self._tokens.get((entity, value))
        if token is None:
            count = len(self._tokens)
            number = _letters(count.to_bytes(2 if count < 2**16 else 4))
            token = f"<{entity}_{self._nonce}{number}>"
            self._tokens[(entity, value)] = token
            self._values[token[1:-1].lower()] = value
        return token

    def restore(self, text: str) -> str:
        """`text` with every token of this vault replaced by its value, also where the case of
        its letters or the brackets around it were changed."""
        if not self._values:
            return text
        # by shape, not by name: a vault may hold very many values
        entities = "|".join(re.escape(entity) for entity in sorted({e for e, _ in self._tokens}))
        pattern = re.compile(
            rf"<?(?<![A-Za-z_])((?:{entities})_{self._nonce}[a-p]+)(?![A-Za-z_])>?",
            re.IGNORECASE | re.ASCII,
        )
        return pattern.sub(lambda match: self._values.get(match[1].lower(), match[0]), text)

    def __repr__(self) -> str:
        return f"<Vault of {len(self._tokens)} values>"


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
