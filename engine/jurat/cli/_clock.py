"""`--now TIME`: a time instead of the clock's."""

from datetime import UTC, datetime

import click

from jurat.canon import parse_time


def moment(now: str | None) -> datetime | None:
    """The time that an option gives. Raises click.BadParameter."""
    if now is None:
        return None
    try:
        return parse_time(now)
    except ValueError:
        raise click.BadParameter(
            "not a time with a zone; write it like 2026-05-25T12:00:00Z", param_hint="--now"
        ) from None


def moment_or_now(now: str | None) -> datetime:
    """The same, or the clock's time to the second."""
    return moment(now) or datetime.now(UTC).replace(microsecond=0)
