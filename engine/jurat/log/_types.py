"""The types of record: what each must hold beside `id`, `ts` and `type`."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ._errors import LogError

RECORD_TYPES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "audit": frozenset({"effect", "dec"}),
        "breaker": frozenset({"endpoint", "state"}),
        "decision": frozenset({"effect", "dec"}),
        "erasure": frozenset({"kid", "ref"}),
        "failover": frozenset({"from", "to"}),
        "gap": frozenset({"count", "first", "last", "reason"}),
        "genesis": frozenset({"format", "origin", "set", "vkey"}),
        "hold": frozenset({"ref"}),
        "key.rotate": frozenset({"key"}),
        "log.key": frozenset({"change", "key"}),
        "org.change": frozenset({"action", "target"}),
        "policy.load": frozenset({"bundle", "plan"}),
        "policy.refused": frozenset({"codes"}),
        "prune": frozenset({"below"}),
        "recovered": frozenset({"bytes", "file", "sha256"}),
        "response": frozenset({"effect", "dec"}),
        "waiver": frozenset({"rule"}),
    }
)

OURS = frozenset(
    {
        "audit",
        "decision",
        "erasure",
        "gap",
        "genesis",
        "hold",
        "log.key",
        "policy.load",
        "policy.refused",
        "prune",
        "recovered",
        "response",
    }
)
"""What only jurat writes: it says what jurat decided, or did to the log."""


def with_types(more: Mapping[str, Iterable[str]] | None) -> Mapping[str, frozenset[str]]:
    """The registered types and `more`. Raises LogError where one is taken already."""
    types = dict(RECORD_TYPES)
    for name, required in (more or {}).items():
        if name in types:
            raise LogError(f"record type {name!r} is taken already; choose another name")
        types[name] = frozenset(required)
    return MappingProxyType(types)
