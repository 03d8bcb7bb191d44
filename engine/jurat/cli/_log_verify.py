"""`jurat log verify`: recompute everything, show any edit."""

from pathlib import Path
from typing import Any

import click

from jurat.log import (
    LogBroken,
    Policy,
    PolicyError,
    Verified,
    checkpoint,
    parse_policy,
    set_name,
    signed_size,
    verify_range,
    verify_set,
)

from ._failure import FINDINGS, OK, USAGE, Failure, printable
from ._log_lines import as_json
from ._progress import Progress


@click.command("verify", short_help="Recompute everything and show any edit.")
@click.argument("directory", metavar="DIR")
@click.option(
    "--checkpoint",
    "older",
    multiple=True,
    metavar="FILE",
    help="An older checkpoint, kept elsewhere: the log must go on from it. Of a set, one a log.",
)
@click.option(
    "--vkey",
    "vkeys",
    multiple=True,
    metavar="KEY",
    help="The log's verifier key, known from elsewhere; without it the one in the log is taken.",
)
@click.option(
    "--policy",
    "policy_file",
    metavar="FILE",
    help="A trust policy (C2SP tlog-policy): its witnesses must have seen the checkpoint, given "
    "or in DIR/witnessed, that the log goes on from.",
)
@click.option(
    "--from", "start", type=click.IntRange(min=0), metavar="N", help="Only from record N on."
)
@click.option(
    "--to", "stop", type=click.IntRange(min=0), metavar="N", help="Only up to record N, with it."
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many processes share the work.",
)
@click.option(
    "--format", "output", type=click.Choice(["text", "json"]), default="text", help="How to print."
)
def verify_log(
    directory: str,
    older: tuple[str, ...],
    vkeys: tuple[str, ...],
    policy_file: str | None,
    start: int | None,
    stop: int | None,
    jobs: int,
    output: str,
) -> int:
    """Recompute the hashes and signatures of the log in DIR, or of all logs of a set. Needs no
    secret key.

    --from and --to verify these records alone, against the newest published checkpoint or the one
    given, by the hashes that the log keeps of all others.

    Exits with 1 and names the first bad record if the log is not what its key signed.
    """
    notes = [Path(file).read_bytes() for file in older]
    policy = None if policy_file is None else _policy(Path(policy_file))
    progress = Progress()
    try:
        found: tuple[Verified, ...]
        if start is not None or stop is not None:
            found = (_part(Path(directory), start, stop, notes, vkeys, policy),)
        else:
            found = verify_set(
                Path(directory),
                checkpoints=notes,
                vkeys=vkeys,
                policy=policy,
                progress=lambda count: progress.tell(f"{count:,} records"),
                jobs=jobs,
            )
    except LogBroken as error:
        progress.clear()
        if output == "json":
            click.echo(as_json(_broken(error)))
        raise Failure(f"the log is broken: {error}", FINDINGS) from None
    finally:
        progress.clear()
    name = set_name(Path(directory))
    if output == "json" and name is None:
        click.echo(as_json({"verified": True, **_verified(found[0])}))
    elif output == "json":
        told = [_verified(one) for one in found]
        click.echo(as_json({"verified": True, "set": name, "logs": told}))
    else:
        for one in found:
            _print(one)
        if name is not None:
            _print_set(name, found)
    return OK


def _part(
    path: Path,
    start: int | None,
    stop: int | None,
    notes: list[bytes],
    vkeys: tuple[str, ...],
    policy: Policy | None,
) -> Verified:
    if policy is not None or len(notes) > 1 or len(vkeys) > 1:
        raise Failure("--from and --to take one checkpoint and one key, and no policy", USAGE)
    end = signed_size(notes[0] if notes else checkpoint(path)) if stop is None else stop + 1
    return verify_range(
        path, start or 0, end, checkpoint=next(iter(notes), None), vkey=next(iter(vkeys), None)
    )


def _broken(error: LogBroken) -> dict[str, Any]:
    return {
        "verified": False,
        "error": error.reason,
        "file": error.file,
        "line": error.line,
        "seq": error.seq,
    }


def _verified(verified: Verified) -> dict[str, Any]:
    return {
        "origin": verified.origin,
        "size": verified.size,
        **({"below": verified.below} if verified.below else {}),
        "root": verified.root.hex(),
        "proven": list(verified.proven),
        "not_proven": list(verified.not_proven),
    }


def _print(verified: Verified) -> None:
    records = "1 record" if verified.size == 1 else f"{verified.size:,} records"
    click.echo(f"verified: {records} of {printable(verified.origin)}")
    click.echo(f"  root {verified.root.hex()}")
    for heading, lines in (("proven", verified.proven), ("not proven", verified.not_proven)):
        if lines:
            click.echo(heading)
            for line in lines:
                click.echo(f"  - {printable(line)}")


def _print_set(name: str, found: tuple[Verified, ...]) -> None:
    total = sum(one.size for one in found)
    click.echo(f"verified: the set {printable(name)}, {len(found)} logs with {total:,} records")
    click.echo("not proven")
    click.echo(
        "  - that the set had no more logs than these, of which no checkpoint or key was given"
    )


def _policy(path: Path) -> Policy:
    try:
        return parse_policy(path.read_text(encoding="utf-8"))
    except (PolicyError, UnicodeDecodeError) as error:
        raise Failure(f"{printable(str(path))}: {error}") from None
