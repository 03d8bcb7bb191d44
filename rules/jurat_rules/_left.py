"""Who has left by the word of the bundle, whatever a provider still says."""

from typing import Any


def who_left(data: Any) -> dict[str, str]:
    """The people and accounts whose rows in the bundle's tables say that they are not active, with
    the status there."""
    found = {}
    for name in ("users", "service_accounts"):
        for id_, row in (getattr(data, name, None) or {}).items():
            status = row.__dict__.get("status")
            if status not in ("active", None):
                found[id_] = status
    return found
