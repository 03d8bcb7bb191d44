"""`jurat init`: a bundle of one's own, begun as a copy of one that ships."""

from difflib import get_close_matches
from importlib.metadata import entry_points
from pathlib import Path

import click

from ._failure import OK, printable
from ._schema import write_schemas

GROUP = "jurat_bundles"  # what jurat.engine calls SHIPPED; the engine itself is not needed here


@click.command("init", short_help="Start a bundle from one that ships with jurat.")
@click.argument("directory", required=False, metavar="[DIR]")
@click.option(
    "--template", default="starter", show_default=True, help="The shipped bundle to copy."
)
def command(directory: str | None, template: str) -> int:
    """Copy a bundle that ships with jurat into DIR (default: a directory of the template's name).

    DIR must be new or empty: nothing is ever overwritten. For editors, the schemas of its files
    stand in DIR/.jurat/schema, and the first line of each file leads there.
    """
    from jurat.bundle.editing import schema_of, with_header

    points = {point.name: point for point in entry_points(group=GROUP)}
    if template not in points:
        near = get_close_matches(template, points, n=1)
        hint = f"did you mean {near[0]}?" if near else "there are " + ", ".join(sorted(points))
        raise click.BadParameter(
            f"no bundle {printable(template)!r} ships; {hint}", param_hint="--template"
        )
    source = Path(str(points[template].load()))
    target = Path(directory if directory is not None else template)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise click.UsageError(
            f"{printable(str(target))} exists and is not an empty directory; name another one"
        )
    for file in _files(source):
        copy = target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        name = file.relative_to(source).as_posix()
        text = file.read_bytes()
        with copy.open("xb") as out:
            out.write(with_header(name, text.decode()).encode() if schema_of(name) else text)
        click.echo(printable(str(copy)))
    write_schemas(target)
    click.echo(f"next: jurat explain {printable(str(target))}", err=True)
    return OK


def _files(source: Path) -> list[Path]:
    """The files of a bundle's directory, without what tools leave in it."""
    return [
        path
        for path in sorted(source.rglob("*"))
        if path.is_file()
        and not any(
            part.startswith(".") or part == "__pycache__"
            for part in path.relative_to(source).parts
        )
    ]
