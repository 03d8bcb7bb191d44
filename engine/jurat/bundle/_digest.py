"""A bundle's digest: over what it says, not over how it is laid out."""

from collections.abc import Iterable, Mapping
from typing import Any

from jurat.canon import MAX_SAFE_INTEGER, canonical, digest


def bundle_digest(
    manifest: Any,
    rules: Iterable[Any],
    data: Mapping[str, Any],
    waivers: Iterable[Any],
    detectors: Iterable[Any],
) -> str:
    """SHA-256 of the canonical JSON of the parsed files.

    Rules and detectors are taken by id and waivers by content, so the order of files and of the
    lists in them does not count; tests are no part of it.
    """
    return digest(
        canonical(
            _told_apart(
                {
                    "manifest": manifest,
                    "rules": _by_id(rules),
                    "data": data,
                    "waivers": sorted(map(_told_apart, waivers), key=canonical),
                    "detectors": _by_id(detectors),
                }
            )
        )
    )


def _by_id(items: Iterable[Any]) -> dict[str, Any]:
    return {item["id"]: item for item in items}


def _told_apart(value: Any) -> Any:
    """Numbers that canonical JSON writes as texts, kept apart from texts."""
    if isinstance(value, dict):
        return {key: _told_apart(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_told_apart(item) for item in value]
    if isinstance(value, float):
        return {"$double": repr(value)}
    if isinstance(value, int) and not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        return {"$int": str(value)}
    return value
