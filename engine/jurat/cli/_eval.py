"""`jurat eval`: judge what is in a file or comes in on standard input."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from jurat.engine import Engine, shipped
from jurat.limits import MemoryLimits
from jurat.model import InvalidInput, Request, Response, validate
from jurat.plan import Decision
from jurat.wire import FORMATS, from_body, parse_json

from ._clock import moment as moment_of
from ._context import Given, counters, parse, put
from ._failure import DENIED, INTERNAL, NOT_LOADED, OK, Failure, printable
from ._render import decision_text
from ._sources import Document, documents, read_whole

SUPPORTS = ("redact", "route", "header", "hold_stream", "approval")
_ARCHIVES = (".tar.gz", ".tgz")
_STATE_LIMIT = 2**31  # bytes: a snapshot of a large organisation


@click.command("eval", short_help="Judge requests, responses or a snapshot by a bundle.")
@click.argument("what", nargs=-1, required=True, metavar="BUNDLE... [FILE|-]")
@click.option(
    "--as",
    "format_",
    type=click.Choice(list(FORMATS)),
    help="FILE holds bodies of a provider's API in this format.",
)
@click.option(
    "--path",
    "path",
    metavar="URLPATH",
    help="Where the body was sent to, for a format of Azure: the deployment in it is what serves.",
)
@click.option(
    "--with",
    "with_",
    multiple=True,
    metavar="FACT=VALUE",
    help="A fact about every input, like actor.id=svc-chatbot; or what a counter holds before, "
    "like counters.RULE/rpm/actor/ID=4999. May be repeated.",
)
@click.option(
    "--state", metavar="FILE", help="A snapshot of the organisation to answer for requests."
)
@click.option(
    "--supports",
    multiple=True,
    metavar="TYPE",
    help="Obligations that the caller performs: redact, route, header, hold_stream, approval. "
    "With commas, or repeated.",
)
@click.option(
    "--key",
    "keys",
    metavar="VKEY|FILE",
    multiple=True,
    help="Take signed archives alone: a trusted verifier key, or a file of them, one a line; may "
    "be given again.",
)
@click.option(
    "--threshold",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How many of them must have signed.",
)
@click.option("--log", "log", metavar="DIR", help="Record every decision in this log.")
@click.option("--now", metavar="TIME", help="Decide at this time (RFC 3339), not by the clock.")
@click.option("--explain", is_flag=True, help="Show the outcome of every rule.")
@click.option("--exit-code", is_flag=True, help="Exit with 10 if anything is denied.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    help="json: one decision per line.",
)
def command(
    what: tuple[str, ...],
    format_: str | None,
    path: str | None,
    with_: tuple[str, ...],
    state: str | None,
    supports: tuple[str, ...],
    keys: tuple[str, ...],
    threshold: int,
    log: str | None,
    now: str | None,
    explain: bool,
    exit_code: bool,
    output: str,
) -> int:
    """Judge the inputs in FILE (default: standard input) by the policy in BUNDLE.

    BUNDLE is a directory, an archive or the name of a bundle that ships with jurat; with several,
    all must allow. FILE is one JSON object or one per line: requests, responses or snapshots, or
    with --as a provider's request bodies.
    """
    bundles, file = _split(what)
    model = Response if format_ and FORMATS[format_].kind is Response else Request
    facts, held = counters(with_)
    given = parse(facts, model)
    _check_values(given, format_, path)
    offered = _supported(supports)
    trusted = _trusted(keys, threshold)
    moment = moment_of(now)
    snapshot = None if state is None else _snapshot(state)
    inputs = documents(file)
    first = next(inputs)  # what can't be read ends here, before a log is opened
    denied = unrecorded = False
    with _engine(bundles, log, snapshot, state, held, trusted, threshold) as engine:
        judged = _judged(engine, _chain(first, inputs), format_, path, given, offered, moment)
        for document, decision in judged if output == "json" else _headed(judged):
            denied |= not decision.allowed
            unrecorded |= any(reason.code == "log-unavailable" for reason in decision.reasons)
            if output == "json":
                shown = decision.to_dict()
                if explain:
                    shown["explain"] = decision.explain().to_dict()
                click.echo(json.dumps(shown, ensure_ascii=True, separators=(",", ":")))
                continue
            if document is not None:
                click.echo(click.style(f"== {document.where}", bold=True))
            click.echo(decision_text(decision))
            if explain:
                click.echo("\n".join(map(printable, str(decision.explain()).splitlines())) + "\n")
    if unrecorded:
        raise Failure("not every decision could be recorded; those were denied", INTERNAL)
    return DENIED if denied and exit_code else OK


def _judged(
    engine: Engine,
    inputs: Iterable[Document],
    format_: str | None,
    path: str | None,
    given: Sequence[Given],
    supports: frozenset[str],
    now: datetime | None,
) -> Iterator[tuple[Document, Decision]]:
    for document in inputs:
        try:
            source: Any = document.data
            if format_ is not None:
                source = from_body(format_, document.data, path=path, **put({}, given))
            elif given:
                parsed = parse_json(document.data)
                source = put(parsed, given) if isinstance(parsed, dict) else document.data
        except InvalidInput as error:
            yield document, engine.refuse(error, now=now)
            continue
        yield document, engine.evaluate(source, supports=supports, now=now)


def _headed(
    judged: Iterator[tuple[Document, Decision]],
) -> Iterator[tuple[Document | None, Decision]]:
    """With the document that a heading is due for: none where there is only one."""
    first = next(judged)
    second = next(judged, None)
    if second is None:
        yield None, first[1]
        return
    yield first
    yield second
    yield from judged


def _chain(first: Document, rest: Iterator[Document]) -> Iterator[Document]:
    yield first
    yield from rest


def _engine(
    bundles: Sequence[str],
    log: str | None,
    snapshot: Any,
    state: str | None,
    held: Mapping[str, int],
    trusted: Sequence[str],
    threshold: int,
) -> Engine:
    limits = MemoryLimits(held=held)
    try:
        return Engine.load(
            list(bundles),
            log=log,
            state=snapshot,
            limits=limits,
            trusted=trusted,
            threshold=threshold,
        )
    except InvalidInput as error:  # only the snapshot is an input here
        raise Failure(f"{printable(state or '')}: {error}", NOT_LOADED) from None


def _split(what: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The bundles, and the file: the last word, where it names no bundle."""
    *before, last = what
    if "-" in before:
        raise click.UsageError("- (standard input) comes last")
    if last == "-" and not before:
        raise click.UsageError("name a bundle before -, like: jurat eval starter -")
    names = shipped()
    if not before or (last != "-" and _is_bundle(last, names)):
        return what, "-"
    if last != "-" and not Path(last).exists():
        near = get_close_matches(last, names, n=1)
        hint = f"; did you mean the bundle {near[0]}?" if near else ""
        raise Failure(f"{printable(last)}: no such file{hint}", NOT_LOADED)
    return tuple(before), last


def _is_bundle(name: str, names: Iterable[str]) -> bool:
    path = Path(name)
    return path.is_dir() or name.endswith(_ARCHIVES) or (name in names and not path.exists())


def _supported(options: Iterable[str]) -> frozenset[str]:
    given = [word.strip() for option in options for word in option.split(",") if word.strip()]
    for word in given:
        if word not in SUPPORTS:
            near = get_close_matches(word, SUPPORTS, n=1)
            hint = f"did you mean {near[0]}?" if near else "there are " + ", ".join(SUPPORTS)
            raise click.BadParameter(
                f"no obligation is called {printable(word)!r}; {hint}", param_hint="--supports"
            )
    return frozenset(given)


def _trusted(options: tuple[str, ...], threshold: int) -> list[str]:
    """The keys that options name. Raises click.BadParameter for more signatures than keys."""
    if not options:
        if threshold != 1:
            raise click.BadParameter("name the keys by --key", param_hint="--threshold")
        return []
    from jurat.bundle.signature import trusted_keys

    from ._trusted import verifier_keys

    keys = verifier_keys(options)
    try:
        trusted_keys(keys, threshold)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--threshold") from None
    return keys


def _check_values(given: Sequence[Given], format_: str | None, path: str | None) -> None:
    """Tell a value that no input could have once, and not as a deny of each."""
    if path is not None and (format_ is None or FORMATS[format_].operation is None):
        takes = ", ".join(name for name, one in FORMATS.items() if one.operation is not None)
        raise click.BadParameter(f"it is for --as with one of {takes}", param_hint="--path")
    if path is not None and format_ is not None:
        try:
            from_body(format_, "{}", path=path)
        except InvalidInput as error:
            raise click.BadParameter(str(error), param_hint="--path") from None
    try:
        if format_ is not None:
            from_body(format_, "{}", path=path, **put({}, given))
        else:
            validate(Request, put({}, given))
    except (InvalidInput, TypeError) as error:
        raise click.BadParameter(str(error), param_hint="--with") from None


def _snapshot(name: str) -> dict[str, Any]:
    try:
        parsed = parse_json(read_whole(name), max_bytes=_STATE_LIMIT)
    except InvalidInput as error:
        raise Failure(f"{printable(name)}: {error}", NOT_LOADED) from None
    if not isinstance(parsed, dict):
        raise Failure(f"{printable(name)}: a snapshot is a JSON object", NOT_LOADED)
    return parsed
