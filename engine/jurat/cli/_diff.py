"""`jurat diff`: what a change of policy opens, what it closes, and whom it would have hit."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from jurat.authoring.diff import (
    FORMATS,
    Change,
    Clocks,
    Difference,
    Past,
    Side,
    forecast,
    past,
    text_and_behaviour,
)
from jurat.bundle import Bundle, BundleError
from jurat.canon import parse_time
from jurat.engine import compile_bundles, versions_of
from jurat.log import LogBroken
from jurat.plan import Plan
from jurat.plugin import load_plugins
from jurat.wire import InputError, parse_json

from ._clock import moment_or_now
from ._failure import FINDINGS, OK, USAGE, Failure, printable
from ._output import write
from ._progress import Progress
from ._sources import read_whole

_TRIES = 5_000
_MAX_STATE = 2**40  # bytes: a snapshot comes from whoever runs the command


@click.command("diff", short_help="Say what a change of policy does.")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="[NEW]", required=False)
@click.option(
    "--tries",
    type=click.IntRange(min=0),
    default=_TRIES,
    show_default=True,
    help="How many inputs to try; 0 for none.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Where the search starts.")
@click.option("--log", "log", metavar="DIR", help="Decide the history of this log by both.")
@click.option(
    "--unverified", is_flag=True, help="Take a log that does not verify; the report says so."
)
@click.option(
    "--vkey", "vkeys", multiple=True, metavar="KEY", help="The log's verifier key, as for verify."
)
@click.option(
    "--checkpoint",
    "older",
    multiple=True,
    metavar="FILE",
    help="An older checkpoint of the log, as for verify.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many processes verify and decide the log.",
)
@click.option(
    "--as-of",
    "as_of",
    metavar="TIME",
    help="Say what time changes up to then; NEW decides the log at that time, OLD at now.",
)
@click.option("--now", metavar="TIME", help="The time to start from, instead of the clock's.")
@click.option(
    "--state", "state", metavar="FILE", help="A snapshot (- for stdin) to judge by both."
)
@click.option(
    "--format",
    "output",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="How to tell it; markdown is for a pull request.",
)
@click.option("-o", "--output", "file", metavar="FILE", help="Write it to FILE.")
def command(
    old: str,
    new: str | None,
    tries: int,
    seed: int,
    log: str | None,
    unverified: bool,
    vkeys: tuple[str, ...],
    older: tuple[str, ...],
    jobs: int,
    as_of: str | None,
    now: str | None,
    state: str | None,
    output: str,
    file: str | None,
) -> int:
    """Compare two bundles: what they say, inputs on which they decide differently, and with --log
    what the new one would have done to a log's history. Each is a directory, an archive, a URL or
    the name of a shipped bundle.

    With --as-of, what comes until then: waivers, models and contracts that end, and with --state
    what of the organisation will be denied. One bundle is then enough.

    Exits with 0 where nothing differs, with 1 where something does, as diff does. A log that does
    not verify ends it with 1, too, unless --unverified is given.
    """
    if new is None and as_of is None:
        raise Failure("name two bundles, or one with --as-of TIME", USAGE)
    if log is None and (unverified or vkeys or older):
        raise Failure("--unverified, --vkey and --checkpoint are about a log: give --log", USAGE)
    start = moment_or_now(now)
    then = None if as_of is None else _time(as_of)
    if then is not None and then <= start:
        raise Failure("--as-of is a time after now; --now gives another now", USAGE)
    registry = load_plugins()
    versions = versions_of(registry)
    sources = (old, old if new is None else new)
    (old_bundle, old_plan), (new_bundle, new_plan) = (
        _compiled(one, registry, versions) for one in sources
    )
    bundles, plans = (old_bundle, new_bundle), (old_plan, new_plan)
    snapshot = None if state is None else _snapshot(state)
    changed: tuple[Change, ...] = ()
    searched = None
    if new is not None:
        changed, searched = text_and_behaviour(bundles, plans, registry, tries=tries, seed=seed)
    coming = None
    if then is not None or snapshot is not None:
        coming = forecast(plans, start, then or start, snapshot)
    history = None
    if log is not None:
        clocks = Clocks() if then is None else Clocks(start, then)
        history = _past(Path(log), bundles, plans, clocks, jobs, unverified, vkeys, older)
    found = Difference(
        Side.of(sources[0], bundles[0]),
        Side.of(sources[1], bundles[1]),
        changed,
        searched,
        history,
        coming,
    )
    told = FORMATS[output](found)
    if file is not None:
        write(file, told.encode())
    else:
        click.echo("\n".join(map(printable, told.split("\n"))), nl=False)
    return FINDINGS if found else OK


def _compiled(source: str, registry: Any, versions: Any) -> tuple[Any, Any]:
    try:
        (bundle,), (plan,) = compile_bundles(source, registry, versions)
    except BundleError:
        click.echo(f"{printable(source)}:", err=True)  # which of the two it is
        raise
    return bundle, plan


def _time(text: str) -> datetime:
    try:
        return parse_time(text)
    except ValueError:
        raise click.BadParameter(
            "not a time with a zone; write it like 2026-05-25T12:00:00Z", param_hint="--as-of"
        ) from None


def _snapshot(name: str) -> Any:
    try:
        made = parse_json(read_whole(name), max_bytes=_MAX_STATE)
    except InputError as error:
        raise Failure(f"{printable(name)}: {error}") from None
    if not isinstance(made, dict) or made.get("type", "org_state") != "org_state":
        raise Failure(f"{printable(name)}: the state is no snapshot: its type must be org_state")
    return made


def _past(
    directory: Path,
    bundles: tuple[Bundle, Bundle],
    plans: tuple[Plan, Plan],
    clocks: Clocks,
    jobs: int,
    unverified: bool,
    vkeys: tuple[str, ...],
    older: tuple[str, ...],
) -> Past:
    progress = Progress()
    try:
        return past(
            directory,
            bundles,
            plans,
            clocks=clocks,
            jobs=jobs,
            unverified=unverified,
            vkeys=vkeys,
            checkpoints=tuple(Path(name).read_bytes() for name in older),
            progress=lambda what, count: progress.tell(f"{count:,} records {what}"),
        )
    except LogBroken as error:
        raise Failure(
            f"the log does not verify, so it is no evidence: {error}; --unverified takes it "
            "nevertheless, and says so in the report",
            FINDINGS,
        ) from None
    finally:
        progress.clear()
