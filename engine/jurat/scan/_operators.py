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
        names = "|".join(re.escape(name) for name in sorted(self._values))
        pattern = re.compile(rf"<?(?<![A-Za-z_])({names})(?![A-Za-z_])>?", re.IGNORECASE)
        return pattern.sub(lambda match: self._values[match[1].lower()], text)

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
            shown = min(keep, len(value) // 3)
            hidden = len(value) - shown
            # separators stay, which keeps the shape; letters and digits go
            masked = "".join(_MASK if c.isalnum() else c for c in value[:hidden])
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
