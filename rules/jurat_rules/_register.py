"""What a register of models says of one of them, and what is wrong with it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from jurat.plugin import Finding

from ._durations import rough


class Registered(NamedTuple):
    """A model, by the name that is called, and what the register (or the caller) says of it."""

    name: str
    named_at: str
    """The pointer of the name."""
    row: Any
    row_at: str | None
    """The pointer of the row in what is judged; None where it has none there."""

    def at(self, column: str) -> str:
        return self.named_at if self.row_at is None else f"{self.row_at}/{column}"


Part = Callable[[Registered, datetime], tuple[Finding, ...]]


def unregistered(name: str | None, at: str) -> Finding:
    return Finding(
        "model-not-registered",
        "the register of models does not have {model}",
        at=at,
        quote={"model": name},
        remediation="Call a registered model, or have this one reviewed and registered.",
    )


def approved(statuses: frozenset[str]) -> Part:
    allowed = ", ".join(sorted(statuses))

    def part(model: Registered, now: datetime) -> tuple[Finding, ...]:
        status = model.row.status
        if status in statuses:
            return ()
        return (
            Finding(
                "model-not-approved",
                "{model} has no status in the register"
                if status is None
                else "{model} is {status}",
                at=model.at("status"),
                evidence={"allowed": allowed},
                quote={"model": model.name, "status": status},
                remediation="Call an approved model, or have this one reviewed.",
            ),
        )

    return part


def released(*, demanded: bool) -> Part:
    def part(model: Registered, now: datetime) -> tuple[Finding, ...]:
        released = model.row.released
        at = model.at("released")
        if released is None:
            if not demanded:
                return ()
            return (
                Finding(
                    "model-release-unknown",
                    "the register has no release date of {model}",
                    at=at,
                    quote={"model": model.name},
                    remediation="Enter the date in the register.",
                ),
            )
        if released <= now:
            return ()
        return (
            Finding(
                "model-not-released",
                f"{{model}} is released in {rough(released - now)}",
                at=at,
                quote={"model": model.name},
                remediation="Call a released model until then.",
            ),
        )

    return part


def in_time(warn_before: timedelta | None, *, demanded: bool) -> Part:
    mend = "Move the callers to a model that stays, and test it first."

    def part(model: Registered, now: datetime) -> tuple[Finding, ...]:
        retires = model.row.retires
        at = model.at("retires")
        if retires is None:
            if not demanded:
                return ()
            return (
                Finding(
                    "model-retirement-unknown",
                    "the register has no retirement date of {model}",
                    at=at,
                    quote={"model": model.name},
                    remediation="Enter the date that the provider gives in the register.",
                ),
            )
        left = retires - now
        if left <= timedelta():
            gone = f"retired {rough(-left)} ago" if left else "retires at this very moment"
            return (
                Finding(
                    "model-retired",
                    f"{{model}} {gone}",
                    at=at,
                    quote={"model": model.name},
                    remediation=mend,
                ),
            )
        if warn_before is None or left > warn_before:
            return ()
        return (
            Finding(
                "model-retiring",
                f"{{model}} retires in {rough(left)}",
                at=at,
                quote={"model": model.name},
                evidence={"retires_in": rough(left)},
                remediation=mend,
                advice=True,
            ),
        )

    return part


def pinned(stands_still: Callable[[str], bool]) -> Part:
    def part(model: Registered, now: datetime) -> tuple[Finding, ...]:
        if stands_still(model.name):
            return ()
        return (
            Finding(
                "model-not-pinned",
                "{model} is not the name of a dated snapshot, so it may become another model",
                at=model.named_at,
                quote={"model": model.name},
                remediation="Name the snapshot that was reviewed, like gpt-4.1-2025-04-14.",
            ),
        )

    return part
