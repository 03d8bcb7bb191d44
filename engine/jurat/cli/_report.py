"""`jurat report`: what a bundle amounts to, for those who answer for it."""

import click

from jurat.authoring.report import FORMATS, UnknownFramework, control_report
from jurat.engine import compile_bundles, versions_of
from jurat.plugin import load_plugins

from ._clock import moment_or_now
from ._failure import OK, printable
from ._output import write


@click.group("report", short_help="Report on a bundle: which controls its rules support.")
def command() -> None:
    """Report on a bundle, for those who answer for it."""


@command.command("controls", short_help="Which controls are supported by which rules.")
@click.argument("bundle", metavar="BUNDLE")
@click.option(
    "--framework",
    "frameworks",
    multiple=True,
    metavar="NAME",
    help="Report on this framework, like SOC2; may be repeated. Else on all that a rule names.",
)
@click.option(
    "--format",
    "output",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="How to write it.",
)
@click.option("-o", "--output", "file", metavar="FILE", help="Write to FILE, not to stdout.")
@click.option(
    "--now", metavar="TIME", help="Count waivers at this time (RFC 3339), not by the clock."
)
def controls(
    bundle: str, frameworks: tuple[str, ...], output: str, file: str | None, now: str | None
) -> int:
    """Say which controls the rules of BUNDLE support, which have none, and what people must do.

    Whether a rule does what it says is taken from the bundle's own tests, so these must pass.
    """
    at = moment_or_now(now)
    registry = load_plugins()
    _, (plan,) = compile_bundles(bundle, registry, versions_of(registry))
    try:
        report = control_report(plan, now=at, frameworks=frameworks or None)
    except UnknownFramework as error:
        raise click.BadParameter(str(error), param_hint="--framework") from None
    lines = FORMATS[output](report).split("\n")
    made = "\n".join(map(printable, lines))
    if report.unknown:
        ids = ", ".join(report.unknown)
        click.echo(printable(f"in no catalogue: {ids}"), err=True)
    if file is None or file == "-":
        click.echo(made, nl=False)
        return OK
    write(file, made.encode())
    return OK
