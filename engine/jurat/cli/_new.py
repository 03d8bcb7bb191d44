"""`jurat new`: beginnings of a rule, a detector, a rule kind, of what a build server does."""

import keyword
import re
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

import click

from ._clock import moment_or_now
from ._failure import NOT_LOADED, OK, Failure, printable
from ._output import write
from ._schema import write_schemas

_KIND = re.compile(r"[a-z][a-z0-9]*\.[a-z][a-z0-9_]*", re.ASCII)
_DETECTOR = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


@click.group("new", short_help="Begin a rule, a detector, a rule kind of your own, or CI.")
def command() -> None:
    """Begin a rule of a kind, a detector, a plugin with a rule kind of your own, or what a build
    server does about a bundle."""


@command.command("rule")
@click.argument("kind")
@click.option("--bundle", default=".", metavar="DIR", help="The bundle [default: .].")
@click.option("--id", "id_", help="The rule's id [default: that of the kind's example].")
@click.option("--file", "file", metavar="NAME", help="Add it to this file of rules/.")
@click.option(
    "--mode",
    type=click.Choice(["enforce", "warn", "shadow"]),
    help="Begin in this mode: in shadow the rule is recorded and changes nothing.",
)
def rule(kind: str, bundle: str, id_: str | None, file: str | None, mode: str | None) -> int:
    """Write a rule of KIND into a bundle, with every param that the kind has, and with the kind's
    own examples as tests.

    What the bundle still lacks for it, a table say, is told.
    """
    from jurat.authoring.scaffold import new_rule
    from jurat.bundle import render
    from jurat.bundle.source import read_files
    from jurat.plugin import load_plugins

    registry = load_plugins()
    if kind not in registry.kinds:
        near = get_close_matches(kind, registry.kinds, n=1)
        hint = f"did you mean {near[0]}?" if near else "there are " + ", ".join(registry.kinds)
        raise click.BadParameter(f"no rule kind {printable(kind)!r}; {hint}", param_hint="KIND")
    root = _bundle(bundle)
    if id_ is not None:
        _named(id_, "--id")
    files, problems = read_files(root)
    if problems:
        raise Failure(f"the bundle can't be read\n\n{render(problems)}", NOT_LOADED)
    if file is not None:
        file = file.removeprefix("rules/").removesuffix(".yaml")
        _named(file, "--file")
    today = moment_or_now(None).date()
    made = new_rule(kind, files, registry, id_=id_, file=file, mode=mode, today=today)
    name = file or made.id
    _add(root / "rules" / f"{name}.yaml", made.rule, more=file is not None, root=root)
    if made.tests:
        _add(root / "tests" / f"{made.id}.yaml", made.tests, more=True, root=root)
    if made.upset:
        told = "\n  ".join(map(printable, made.upset))
        click.echo(
            "these tests of the bundle come out otherwise now; mend the rule or them, for the "
            f"bundle is not armed until they hold:\n  {told}",
            err=True,
        )
    if made.problems:
        click.echo(f"to be mended before it loads:\n\n{render(made.problems)}", err=True, nl=False)
    else:
        click.echo(f"next: jurat explain {printable(bundle)} {printable(made.id)}", err=True)
    return OK


@command.command("detector")
@click.argument("id_", metavar="ID")
@click.option("--bundle", default=".", metavar="DIR", help="The bundle [default: .].")
@click.option("--entity", help="What it finds [default: ID in capitals].")
def detector(id_: str, bundle: str, entity: str | None) -> int:
    """Write a detector of your own into a bundle, to be filled in."""
    from jurat.authoring.scaffold import new_detector

    if not _DETECTOR.fullmatch(id_):
        raise click.BadParameter("it reads like acme.customer-id", param_hint="ID")
    if entity is not None and not re.fullmatch(r"[A-Z][A-Z0-9_]*", entity):
        raise click.BadParameter("an entity reads like ACME_CUSTOMER_ID", param_hint="--entity")
    root = _bundle(bundle)
    _add(root / "detectors" / f"{id_}.yaml", new_detector(id_, entity), more=False, root=root)
    click.echo("next: jurat new rule pii.patterns, with the entity among its params", err=True)
    return OK


@command.command("kind")
@click.argument("name")
@click.option("--directory", metavar="DIR", help="Where to [default: jurat-VENDOR-KIND].")
def kind(name: str, directory: str | None) -> int:
    """Write a plugin: a package with the rule kind NAME (vendor.kind), its tests and its
    documentation."""
    from jurat.authoring.scaffold import kind_files

    parts = name.replace("_", ".").split(".")
    if not _KIND.fullmatch(name) or any(keyword.iskeyword(part) for part in parts):
        raise click.BadParameter(
            "a kind of your own is called vendor.kind, in lower case, like acme.call_window",
            param_hint="NAME",
        )
    files = kind_files(name)
    default = "jurat-" + name.replace(".", "-").replace("_", "-")
    root = Path(directory if directory is not None else default)
    if root.exists() and not (root.is_dir() and not any(root.iterdir())):
        raise click.UsageError(
            f"{printable(str(root))} exists and is not an empty directory; name another one"
        )
    for path, text in files.items():
        _add(root / path, text, more=False)
    click.echo(f"next: pip install -e {printable(str(root))}, then jurat plugins", err=True)
    return OK


@command.command("ci")
@click.argument("system", type=click.Choice(["github", "gitlab"]))
@click.option("--bundle", default=".", metavar="DIR", help="The bundle [default: .].")
def ci(system: str, bundle: str) -> int:
    """Write what a build server does about a bundle: format, lint, test and coverage for every
    change, with what is found where SYSTEM shows it; and build, sign and verify what has landed.

    It stands where SYSTEM looks for it, in the repository that the bundle is in: the nearest
    folder with .git, or where you are.
    """
    from importlib.metadata import version

    from jurat.authoring.scaffold import ci_file

    root = _bundle(bundle).resolve()
    above = (root, *root.parents)
    repository = next((path for path in above if (path / ".git").exists()), Path.cwd().resolve())
    if repository not in above:
        raise click.BadParameter(
            "it is neither in a repository nor below where you are", param_hint="--bundle"
        )
    inside = PurePosixPath(root.relative_to(repository).as_posix())
    try:
        name, text = ci_file(system, inside, version("jurat"))
    except ValueError as error:
        raise click.BadParameter(
            f"{printable(str(inside))}: {error}", param_hint="--bundle"
        ) from None
    _add(repository / name, text, more=False)
    if system == "gitlab":
        click.echo(f"next: in .gitlab-ci.yml, include: [{{local: {name}}}]", err=True)
    click.echo("next: jurat sign --new-key release.key, then set what the file names", err=True)
    return OK


def _bundle(directory: str) -> Path:
    root = Path(directory)
    if not (root / "bundle.yaml").is_file():
        raise Failure(f"{printable(directory)} is no bundle's directory: it has no bundle.yaml")
    return root


def _named(name: str, where: str) -> None:
    if not _ID.fullmatch(name):
        raise click.BadParameter(
            "it has letters, digits, `.`, `_` and `-`, like acme-customer", param_hint=where
        )


def _add(path: Path, text: str, *, more: bool, root: Path | None = None) -> None:
    """Write a new file; or with `more`, add to one that is there. A new one of the bundle at
    `root` gets the line that leads editors to its schema."""
    from jurat.authoring.scaffold import added
    from jurat.bundle.editing import SCHEMAS, with_header

    path.parent.mkdir(parents=True, exist_ok=True)
    if more and path.exists():
        whole = added(path.read_text("utf-8"), text)
        write(path, whole.encode())
    else:
        if root is not None:
            text = with_header(path.relative_to(root).as_posix(), text)
            if not (root / SCHEMAS).is_dir():
                write_schemas(root)
        try:
            with path.open("x", encoding="utf-8", newline="\n") as out:
                out.write(text)
        except FileExistsError:
            raise Failure(
                f"{printable(str(path))} exists, and nothing is overwritten; name another one"
            ) from None
    click.echo(printable(str(path)))
