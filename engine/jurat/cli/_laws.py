"""`jurat laws`: hold a bundle to the laws of policy, in a process of its own."""

import secrets
from typing import TYPE_CHECKING

import click

from ._failure import FINDINGS, INTERNAL, NOT_LOADED, OK, Failure, printable
from ._liveness import LIMIT as LIVENESS_LIMIT
from ._liveness import TRIES as LIVENESS_TRIES
from ._liveness import liveness as certify_liveness
from ._output import write
from ._progress import Progress

if TYPE_CHECKING:
    from jurat.testing._laws._apart import Task

_MEBIBYTE = 2**20


@click.command("laws", short_help="Hold a bundle to the laws that hold for every policy.")
@click.argument("bundle", metavar="BUNDLE")
@click.option(
    "--profile",
    type=click.Choice(("quick", "ci", "nightly")),
    default="quick",
    show_default=True,
    help="How long to search.",
)
@click.option(
    "--max-examples",
    type=click.IntRange(min=1),
    metavar="N",
    help="Try N inputs for each law, in place of the profile's number.",
)
@click.option("--law", "laws", multiple=True, metavar="NAME", help="Only this law; repeatable.")
@click.option("--rule", metavar="ID", help="Only breaches by this rule.")
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Search as a run did.")
@click.option(
    "--format",
    "output",
    type=click.Choice(("text", "json", "junit")),
    default="text",
    show_default=True,
    help="How to tell it.",
)
@click.option("-o", "--output", "file", metavar="FILE", help="Write FILE too, in that format.")
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="End a law, or the loading, after that.  [default: 300, nightly 7200]",
)
@click.option(
    "--memory-limit",
    type=click.IntRange(min=256),
    default=4096,
    show_default=True,
    metavar="MIB",
    help="Address space of the process that runs the rules; not on Windows.",
)
@click.option("--liveness", is_flag=True, help="Show what each rule can do, in place of the laws.")
@click.option("--check", is_flag=True, help="With --liveness: hold to what was shown before.")
def command(
    bundle: str,
    profile: str,
    max_examples: int | None,
    laws: tuple[str, ...],
    rule: str | None,
    seed: int | None,
    output: str,
    file: str | None,
    time_limit: float | None,
    memory_limit: int,
    liveness: bool,
    check: bool,
) -> int:
    """Hold the rules of BUNDLE to what holds for every policy: that each input gets a decision,
    the same one each time; that what is missing or fails lets nothing through; that nothing
    secret is told.

    A breach comes with the least input that shows it, ready to be pasted into tests/*.yaml.
    The laws run in a process of their own: a plugin that hangs, takes all memory or ends the
    process is named.
    """
    if liveness:
        if output == "junit":
            raise click.UsageError("--liveness is told as text or json")
        tries = max_examples or LIVENESS_TRIES[profile]
        return certify_liveness(
            bundle,
            check=check,
            tries=tries,
            output=output,
            limit=time_limit or LIVENESS_LIMIT,
            memory=memory_limit * _MEBIBYTE,
        )
    if check:
        raise click.UsageError("--check belongs to --liveness")
    from jurat.testing._laws._apart import Task

    limit = time_limit or (7200.0 if profile == "nightly" else 300.0)
    task = Task(
        bundle,
        laws,
        rule,
        profile,
        max_examples,
        secrets.randbits(32) if seed is None else seed,
        limit,
        memory_limit * _MEBIBYTE,
    )
    return _run(task, output, file)


def _run(task: "Task", output: str, file: str | None) -> int:
    from jurat.authoring.report import LawRun, laws_as
    from jurat.testing._laws._apart import Begun, Held, Loaded, Lost, NotLoaded, laws_apart
    from jurat.testing._laws._suite import named

    try:
        left = named(task.laws)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--law") from None
    bundle = Loaded(task.source, "", 0)
    held: list[Held] = []
    lost: Lost | None = None
    progress = Progress()
    for event in progress.beside(laws_apart(task)):
        match event:
            case NotLoaded():
                raise Failure(_printable(event.text), INTERNAL if event.plugin else NOT_LOADED)
            case Loaded():
                bundle = event
            case Begun():
                progress.tell(f"{event.law} …")
            case Held():
                held.append(event)
            case Lost():
                lost = event
    tried = {one.law for one in held} | ({lost.law} if lost else set())
    left = [law for law in left if law not in tried]
    run = LawRun(bundle, task.profile, task.seed, tuple(held), lost, tuple(left))
    whole = laws_as(output, run)
    if file is not None:
        write(file, whole.encode())
        whole = laws_as("text", run)
    click.echo(_printable(whole), nl=False)
    if lost is not None:
        return INTERNAL
    return FINDINGS if run.broken else OK


def _printable(text: str) -> str:
    """`text` with what could steer a terminal made visible, its lines kept."""
    return "\n".join(map(printable, text.split("\n")))
