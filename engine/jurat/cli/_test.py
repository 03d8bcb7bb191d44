"""`jurat test`: run the tests of bundles."""

import time
from collections.abc import Callable
from pathlib import Path

import click

from jurat.authoring.cases import TestRun, cover, run_tests, selected
from jurat.authoring.report import TEST_FORMATS, tests_as
from jurat.bundle import BundleError, Case
from jurat.engine import compile_bundles, versions_of
from jurat.plugin import load_plugins

from ._failure import FINDINGS, NOT_LOADED, OK, Failure, failed, printable
from ._output import write

_POLL = 0.3  # seconds


@click.command("test", short_help="Run the tests of a bundle.")
@click.argument("bundles", metavar="[BUNDLE …]", nargs=-1)
@click.option(
    "-k",
    "expression",
    default="",
    metavar="WORDS",
    help="Only tests in whose file or name these words stand; joined by and, or, not.",
)
@click.option(
    "--format",
    "output",
    type=click.Choice(TEST_FORMATS),
    default="text",
    show_default=True,
    help="How to tell it.",
)
@click.option("-o", "--output", "file", metavar="FILE", help="Write FILE too, in that format.")
@click.option("--coverage", is_flag=True, help="Say what the tests exercise of each rule.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Fail where coverage is less.",
)
@click.option("--watch", is_flag=True, help="Run again whenever a file changes.")
def command(
    bundles: tuple[str, ...],
    expression: str,
    output: str,
    file: str | None,
    coverage: bool,
    fail_under: float | None,
    watch: bool,
) -> int:
    """Run the tests in tests/*.yaml of each BUNDLE (default: the directory that one is in). A
    directory that is no bundle is searched for some.

    A failure shows what was expected, what was decided, and what the rules did with which facts.
    With --format junit or github and -o, the terminal still gets text.
    """
    try:
        wanted = selected(expression)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="-k") from None
    names = tuple(name for each in bundles or (".",) for name in _within(each))

    def once() -> int:
        runs = [_run(name, wanted) for name in names]
        if not any(run.results for run in runs):
            raise Failure("no test was collected", NOT_LOADED)
        whole = "".join(tests_as(output, run, coverage=coverage) for run in runs)
        if file is not None:
            write(file, whole.encode())
            whole = "".join(tests_as("text", run, coverage=coverage) for run in runs)
        click.echo("\n".join(map(printable, whole.split("\n"))), nl=False)
        return _verdict(runs, fail_under)

    return _watch(once, names) if watch else once()


def _within(name: str) -> list[str]:
    """The bundles below a directory that is none itself; else just what is named."""
    path = Path(name)
    if not path.is_dir() or (path / "bundle.yaml").exists():
        return [name]
    found = [manifest.parent for manifest in sorted(path.rglob("bundle.yaml"))]
    seen = [
        one for one in found if not any(p.startswith(".") for p in one.relative_to(path).parts)
    ]
    return [one.as_posix() for one in seen] or [name]


def _run(name: str, wanted: Callable[[Case], bool]) -> TestRun:
    registry = load_plugins()
    _, (plan,) = compile_bundles(name, registry, versions_of(registry))
    return run_tests(plan, wanted)


def _verdict(runs: list[TestRun], least: float | None) -> int:
    code = FINDINGS if any(run.failed for run in runs) else OK
    for run in runs if least is not None else ():
        percent = cover(run.plan, run.results).percent
        if percent < (least or 0):
            click.echo(
                f"{printable(run.plan.bundle.name)}: coverage is {percent:.1f} %, less than "
                f"{least:g} %",
                err=True,
            )
            code = FINDINGS
    return code


def _watch(once: Callable[[], int], names: tuple[str, ...]) -> int:
    """Run, and again after each change, until interrupted."""
    seen = None
    while True:
        now = _state(names)
        if now != seen:
            seen = now
            try:
                once()
            except (BundleError, Failure) as error:
                (error if isinstance(error, Failure) else failed(error)).show()
            click.echo(f"watching {', '.join(map(printable, names))}", err=True)
        time.sleep(_POLL)


def _state(names: tuple[str, ...]) -> frozenset[tuple[str, int, int]]:
    found = set()
    for name in names:
        root = Path(name)
        for path in [root, *(root.rglob("*") if root.is_dir() else ())]:
            try:
                status = path.stat()
            except OSError:
                continue
            found.add((str(path), status.st_mtime_ns, status.st_size))
    return frozenset(found)
