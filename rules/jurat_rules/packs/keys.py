"""Keys and tokens that say by their own form what they are: PEM, JSON Web Tokens."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from jurat.plugin import Detector

from ._values import ALNUM, made

_PEM = "-----{} " + "RSA PRIVATE KEY-----"
_HEAD = r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
_FOOT = r"-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"


def _is_jwt(value: str) -> bool:
    """RFC 7515, section 4.1.1: the header is a JSON object that names its algorithm."""
    head = value.partition(".")[0]
    try:
        header = json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return False
    return isinstance(header, dict) and isinstance(header.get("alg"), str)


def _encoded(value: dict[str, str]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


_JWT = ".".join([_encoded({"alg": "HS256", "typ": "JWT"}), _encoded({"sub": "u-17"}), made(43)])

DETECTORS = (
    Detector(
        id="private-key",
        entity="SECRET",
        patterns=(
            # whole, also as one line with escaped line ends
            rf"(?P<value>{_HEAD}[A-Za-z0-9+/=\s\\:,.@<>()-]+{_FOOT})",
            # cut off after the head
            rf"(?P<value>{_HEAD}(?:\s|\\[nr])*[A-Za-z0-9+/]{{16}}[A-Za-z0-9+/=\s\\]*)",
        ),
        confidence="high",
        examples=(
            f"{_PEM.format('BEGIN')}\n{made(64)}\n{made(40)}==\n{_PEM.format('END')}\n",
            f"{_PEM.format('BEGIN')}\\n{made(64)}\\n",
        ),
        counter_examples=(
            f"A file that begins with {_PEM.format('BEGIN')} is secret.",
            "-----BEGIN " + "PUBLIC KEY-----\n" + made(64),
        ),
        source="RFC 7468, sections 10 and 11; RFC 9580, section 6.2",
    ),
    Detector(
        id="jwt",
        entity="SECRET",
        patterns=(
            (
                r"(?:^|[^A-Za-z0-9])(?P<value>ey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+"
                r"\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)?)"
            ),
        ),
        validator=_is_jwt,
        examples=(f"Authorization: Bearer {_JWT}",),
        counter_examples=(
            f"eyelashes.are.long {made(20, ALNUM)}",
            _encoded({"typ": "other"}) + ".e30.x",
        ),
        source="RFC 7519, section 3; RFC 7515, section 3.1; RFC 7516, section 3.1",
    ),
)
