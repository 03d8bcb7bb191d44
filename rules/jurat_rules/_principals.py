"""Principals that stand beside what is judged: the owner of a key, and what it may do."""

from typing import Any

from jurat.model import View
from jurat.plugin import CompileContext, Facts, Finding

from ._left import who_left


class Owners:
    """Finds the owners of keys.

    For a request that is the actor itself, else a row of the bundle's tables, else the armed
    state's principal; in a snapshot it is the snapshot's principal, as the tables correct it.
    The tables may say that somebody has left whom the provider still has.
    """

    __slots__ = ("_accounts", "_both", "_left", "_on_request", "_users")

    def __init__(self, context: CompileContext, *, on_request: bool) -> None:
        accounts = getattr(context.data, "service_accounts", None)
        users = getattr(context.data, "users", None)
        self._accounts = accounts or {}
        self._users = users or {}
        self._both = accounts is not None and users is not None
        self._on_request = on_request
        self._left = {} if on_request else who_left(context.data)

    def find(self, owner: str, facts: Facts) -> Any:
        """The principal `owner`; None if it is not listed. Raises MissingFact where nobody lists
        principals, or the list is too old."""
        if self._on_request:
            actor = facts.request.actor
            if actor.__dict__.get("id") == owner:
                return actor
            row = self._accounts.get(owner) or self._users.get(owner)
            if row is not None or self._both:
                return row
        return facts.row("principals", owner)

    def status_of(self, owner: str, principal: View) -> str | None:
        """The status of the found principal of this id. On a snapshot whoever says that somebody
        is not active is believed, the provider or the bundle."""
        status: str | None = self._left.get(owner)
        return principal.status if status is None else status  # type: ignore[attr-defined]  # a field of principals

    def kind_of(self, principal: View) -> str | None:
        """What kind of actor a found principal is: a row of users is a user unless it says more."""
        kind: str | None = principal.kind  # type: ignore[attr-defined]  # a field of principals
        if kind is None and self._users.get(principal.__dict__.get("id", "")) is principal:
            return "user"
        return kind


NOT_LISTED = "Revoke the key, or give it to an account of the organisation."


def owner_absent() -> tuple[Finding, ...]:
    return (
        Finding(
            "owner-absent",
            "the credential has no owner",
            at="/owner",
            remediation=NOT_LISTED,
        ),
    )


def owner_not_listed() -> tuple[Finding, ...]:
    return (
        Finding(
            "owner-not-listed",
            "the owner of the credential is not listed among the organisation's principals",
            at="/owner",
            remediation=NOT_LISTED,
        ),
    )
