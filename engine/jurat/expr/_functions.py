"""The functions that we add to CEL, and matching by RE2; literals are prepared at load."""

import socket
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from ._values import EvalError

_MAPPED = (b"\0" * 10) + b"\xff\xff"


def _packed(text: str) -> bytes:
    try:
        packed = socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
    except (OSError, ValueError):
        raise EvalError("not an address") from None
    return packed[12:] if packed.startswith(_MAPPED) else packed


class Networks:
    """CIDR networks, one set of prefixes for each family and length."""

    __slots__ = ("prefixes",)

    def __init__(self, texts: Sequence[str]) -> None:
        prefixes: dict[tuple[int, int], set[int]] = {}
        for text in texts:
            address, _, length = text.partition("/")
            packed = _packed(address)
            bits = len(packed) * 8
            mapped = 96 if bits == 32 and ":" in address else 0
            if length and not (length.isascii() and length.isdecimal()):
                raise EvalError("not a network; write it like 10.0.1.0/24")
            keep = (int(length) - mapped) if length else bits
            if not 0 <= keep <= bits:
                raise EvalError("not a network; write it like 10.0.1.0/24")
            value = int.from_bytes(packed, "big")
            if value & ((1 << (bits - keep)) - 1):
                raise EvalError("the network's address has bits beyond its prefix length")
            prefixes.setdefault((bits, bits - keep), set()).add(value >> (bits - keep))
        self.prefixes = tuple((bits, shift, frozenset(v)) for (bits, shift), v in prefixes.items())

    def __contains__(self, text: str) -> bool:
        packed = _packed(text)
        value, bits = int.from_bytes(packed, "big"), len(packed) * 8
        return any(of == bits and value >> shift in wanted for of, shift, wanted in self.prefixes)


@lru_cache(maxsize=1024)
def _networks(texts: tuple[str, ...]) -> Networks:
    return Networks(texts)


def networks(value: Any) -> Networks:
    """The networks that a CIDR, or a list of them, stands for."""
    return _networks((value,) if isinstance(value, str) else tuple(value))


def in_network(ip: str, where: Any) -> bool:
    return ip in networks(where)


class Pattern:
    """An RE2 pattern; `in` searches."""

    __slots__ = ("match",)

    def __init__(self, pattern: str, whole: bool = False) -> None:
        import re2

        options = re2.Options()
        options.log_errors = False
        try:
            found = re2.Set.FullMatchSet(options) if whole else re2.Set.SearchSet(options)
            found.Add(pattern)
            found.Compile()
        except re2.error:
            raise EvalError("not a pattern that RE2 knows") from None
        self.match = found.Match

    def __contains__(self, text: str) -> bool:
        return bool(self.match(text))


@lru_cache(maxsize=256)
def search_pattern(pattern: str) -> Pattern:
    return Pattern(pattern)


@lru_cache(maxsize=256)
def glob_pattern(pattern: str) -> Pattern:
    """`*` stands for any run of characters, `?` for one."""
    import re2

    parts = {"*": ".*", "?": "."}
    return Pattern("(?s)" + "".join(parts.get(c) or re2.escape(c) for c in pattern), whole=True)


def glob(text: str, pattern: str) -> bool:
    return text in glob_pattern(pattern)


def matches(text: str, pattern: str) -> bool:
    return text in search_pattern(pattern)


# functions whose last argument, where literal, is prepared at load
PREPARED: Mapping[str, Callable[[Any], Any]] = {
    "inNetwork": networks,
    "glob": glob_pattern,
    "matches": search_pattern,
}
ADDED: Mapping[str, Callable[..., Any]] = {
    "inNetwork": in_network,
    "glob": glob,
    "matches": matches,
}


def declarations() -> list[Any]:
    """Our functions as the checker needs them."""
    from cel_expr_python import cel  # type: ignore[import-untyped]  # no py.typed

    string, strings = cel.Type.STRING, cel.Type.List(cel.Type.STRING)

    def declare(name: str, result: Any, *overloads: tuple[Any, ...]) -> Any:
        return cel.FunctionDecl(name, [
            cel.Overload(f"jurat_{name}_{n}", return_type=result, parameters=list(parameters),
                         is_member=False)
            for n, parameters in enumerate(overloads)
        ])  # fmt: skip

    return [
        declare("inNetwork", cel.Type.BOOL, (string, string), (string, strings)),
        declare("glob", cel.Type.BOOL, (string, string)),
        declare("age", cel.Type.DURATION, (cel.Type.TIMESTAMP,)),
        declare("lower", string, (string,)),
    ]
