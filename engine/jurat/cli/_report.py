"""`jurat report`: what a bundle amounts to, for those who answer for it."""

from pathlib import Path

import click

from jurat.authoring.report import (
    BUNDLE_FORMATS,
    FORMATS,
    BundleReport,
    UnknownFramework,
    bundle_report,
    control_report,
    index_as_markdown,
)
from jurat.engine import compile_bundles, shipped, versions_of
from jurat.plugin import load_plugins

from ._clock import moment_or_now
from ._failure import OK, printable
from ._output import write


@click.group("report", short_help="Report on a bundle: its rules, and the controls they support.")
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
    if report.unknown:
        ids = ", ".join(report.unknown)
        click.echo(printable(f"in no catalogue: {ids}"), err=True)
    return _give(FORMATS[output](report), file)


@command.command("bundle", short_help="The page that documents a bundle.")
@click.argument("bundle", metavar="BUNDLE")
@click.option(
    "--format",
    "output",
    type=click.Choice(list(BUNDLE_FORMATS)),
    default="markdown",
    show_default=True,
    help="How to write it.",
)
@click.option("-o", "--output", "file", metavar="FILE", help="Write to FILE, not to stdout.")
def bundle_page(bundle: str, output: str, file: str | None) -> int:
    """Write the page that documents BUNDLE: what its rules demand, why, and of whom.

    With the tables to edit, how to adopt it, what a gateway has to say and do, and the controls
    that it supports. What the rules do is taken from the bundle's own tests, so these must pass.
    """
    return _give(BUNDLE_FORMATS[output](_reported(bundle)), file)


@command.command("bundles", short_help="An index of the bundles that ship.")
@click.option("-o", "--output", "file", metavar="FILE", help="Write to FILE, not to stdout.")
@click.option(
    "--pages",
    "folder",
    metavar="DIR",
    help="Write the index as README.md and the page of each bundle into DIR, which exists.",
)
def bundles(file: str | None, folder: str | None) -> int:
    """Write an index of the bundles that installed distributions ship, as Markdown.

    It links to a page NAME.md of each, which `jurat report bundle NAME` writes, or --pages.
    """
    if file is not None and folder is not None:
        raise click.UsageError("--pages writes the index, too; leave --output out")
    reports = [_reported(name) for name in sorted(shipped())]
    if folder is None:
        return _give(index_as_markdown(reports), file)
    _give(index_as_markdown(reports), str(Path(folder) / "README.md"))
    for report in reports:
        _give(BUNDLE_FORMATS["markdown"](report), str(Path(folder) / f"{report.bundle.name}.md"))
    return OK


def _reported(bundle: str) -> BundleReport:
    registry = load_plugins()
    _, (plan,) = compile_bundles(bundle, registry, versions_of(registry))
    return bundle_report(plan)


def _give(text: str, file: str | None) -> int:
    """Onto stdout, or into `file`."""
    made = "\n".join(map(printable, text.split("\n")))
    if file is None or file == "-":
        click.echo(made, nl=False)
    else:
        write(file, made.encode())
    return OK
