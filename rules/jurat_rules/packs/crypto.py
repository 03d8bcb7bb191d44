"""Addresses of cryptocurrency wallets."""

from hashlib import sha256

from jurat.plugin import Detector

from ._values import HEX, made

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def base58check(payload: bytes) -> str:
    """`payload` and the first four bytes of its double SHA-256, in base 58."""
    data = payload + sha256(sha256(payload).digest()).digest()[:4]
    number = int.from_bytes(data)
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def _is_base58check(value: str) -> bool:
    number = 0
    for character in value:
        number = number * 58 + _BASE58.index(character)
    if number >= 1 << 200:
        return False
    data = number.to_bytes(25)
    return data[21:] == sha256(sha256(data[:21]).digest()).digest()[:4]


def _is_bech32(value: str) -> bool:
    """BIP 173 and BIP 350: the polynomial over the expanded prefix and the data."""
    if value not in (value.lower(), value.upper()):
        return False
    prefix, _, data = value.lower().rpartition("1")
    numbers = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    numbers += [_BECH32.index(c) for c in data]
    return _polynomial(numbers) in (1, 0x2BC830A3)


def _polynomial(numbers: list[int]) -> int:
    check = 1
    for number in numbers:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ number
        for place, generator in enumerate(_GENERATORS):
            if top >> place & 1:
                check ^= generator
    return check


def bech32(prefix: str, data: str) -> str:
    """`data`, characters of bech32, with prefix and check characters."""
    numbers = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    numbers += [_BECH32.index(c) for c in data] + [0] * 6
    check = _polynomial(numbers) ^ 1
    tail = "".join(_BECH32[check >> 5 * (5 - place) & 31] for place in range(6))
    return f"{prefix}1{data}{tail}"


_GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
_PAY_TO_HASH = base58check(b"\0" + sha256(b"jurat").digest()[:20])
_PAY_TO_SCRIPT = base58check(b"\5" + sha256(b"jurat").digest()[:20])

DETECTORS = (
    Detector(
        id="bitcoin",
        entity="CRYPTO",
        patterns=(
            r"(?:^|[^0-9A-Za-z])(?P<value>[13][1-9A-HJ-NP-Za-km-z]{25,34})(?:[^0-9A-Za-z]|$)",
        ),
        validator=_is_base58check,
        documentation=lambda value: value == _GENESIS,
        examples=(f"send to {_PAY_TO_HASH}", f"bitcoin:{_PAY_TO_SCRIPT}?amount=1"),
        counter_examples=(_PAY_TO_HASH[:-1] + ("2" if _PAY_TO_HASH[-1] != "2" else "3"),),
        source="Bitcoin wiki, Base58Check encoding",
    ),
    Detector(
        id="base58-coins",
        entity="CRYPTO",
        patterns=(
            r"(?:^|[^0-9A-Za-z])(?P<value>[LMDT][1-9A-HJ-NP-Za-km-z]{33})(?:[^0-9A-Za-z]|$)",
        ),
        validator=_is_base58check,
        examples=(
            "litecoin " + base58check(b"\x30" + sha256(b"jurat").digest()[:20]),
            "tron " + base58check(b"\x41" + sha256(b"jurat").digest()[:20]),
        ),
        counter_examples=("L" + _PAY_TO_HASH[1:34],),
        source="the version bytes of Litecoin, Dogecoin and Tron; Base58Check",
    ),
    Detector(
        id="bitcoin.segwit",
        entity="CRYPTO",
        patterns=(
            (
                r"(?:^|[^0-9A-Za-z])(?P<value>(?:bc|tb|ltc)1[02-9ac-hj-np-z]{11,71}"
                r"|(?:BC|TB|LTC)1[02-9AC-HJ-NP-Z]{11,71})(?:[^0-9A-Za-z]|$)"
            ),
        ),
        validator=_is_bech32,
        examples=(bech32("bc", "q" + made(32, _BECH32)), bech32("bc", made(53, _BECH32)).upper()),
        counter_examples=("bc1" + made(39, _BECH32),),
        source="BIP 173 and BIP 350",
    ),
    Detector(
        id="ethereum",
        entity="CRYPTO",
        patterns=(r"(?:^|[^0-9A-Za-z])(?P<value>0x[0-9A-Fa-f]{40})(?:[^0-9A-Za-z]|$)",),
        context=(
            "eth",
            "ether",
            "ethereum",
            "wallet",
            "erc20",
            "erc-20",
            "usdt",
            "usdc",
            "address",
            "metamask",
        ),
        validator=lambda value: len(set(value[2:])) > 3,
        checksum=False,
        unlike=("sha1", "sha-1", "hash", "commit", "digest", "checksum"),
        examples=("my ETH wallet 0x" + made(40, HEX),),
        counter_examples=("sha1 0x" + made(40, HEX), "ETH 0x" + "0" * 40),
        source="ERC-55; capitals as checksum need Keccak and are not judged",
    ),
)
