"""Which bundles a project names, and which files of tests were asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import entry_points
from pathlib import Path

import pytest

MANIFEST = "bundle.yaml"  # stated here too: importing the engine to look at a name is too much
_SHIPPED = "jurat_bundles"
_FOLDER = "tests"


@dataclass(frozen=True, slots=True)
class Project:
    """The bundles that a project names, in order."""

    names: tuple[str, ...]
    """As they are written."""
    base: Path
    """What their paths are relative to."""
    directories: frozenset[Path]
    """Those that are directories."""


_KEY = pytest.StashKey[Project]()


def begin(config: pytest.Config) -> None:
    """Note the bundles of a project. Where pytest is not told what to run, their tests are run,
    also those that stand outside of `testpaths`."""
    named = config.getoption("jurat_bundle")
    base = config.invocation_params.dir if named else config.rootpath
    names = tuple(dict.fromkeys(named or config.getini("jurat_bundle")))
    for name in names:
        if wrong := _wrong(name, base):
            raise pytest.UsageError(f"jurat_bundle: {wrong}")
    found = {name: (base / name).resolve() for name in names if (base / name).is_dir()}
    config.stash[_KEY] = Project(names, base, frozenset(found.values()))
    source = config.ArgsSource
    if config.args_source == source.ARGS or (config.args_source != source.TESTPATHS and not named):
        return
    walked = [(config.invocation_params.dir / arg).resolve() for arg in config.args]
    config.args += [
        str(root / _FOLDER)
        for root in found.values()
        if (root / _FOLDER).is_dir() and not any(root.is_relative_to(path) for path in walked)
    ]


def _wrong(name: str, base: Path) -> str:
    """What is wrong with a name of a bundle; "" for nothing."""
    path = base / name
    if path.is_dir() and not (path / MANIFEST).is_file():
        return f"{path} is no bundle, it has no {MANIFEST}"
    shipped = () if path.exists() else {point.name for point in entry_points(group=_SHIPPED)}
    if path.exists() or name in shipped:
        return ""
    near = get_close_matches(name, shipped, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"there is no {path}, and no bundle that ships has the name {name}{hint}"


def names(config: pytest.Config) -> Sequence[str]:
    """The bundles that the project names, as they are written."""
    return config.stash[_KEY].names


def located(config: pytest.Config, name: str | Path) -> str | Path:
    """What `name`, as the project or a marker writes it, stands for: a path, or a shipped
    bundle's name."""
    project = config.stash[_KEY]
    base = project.base if name in project.names else config.rootpath
    path = base / name
    return path if path.exists() else name


def bundle_of(file: Path) -> Path | None:
    """The directory of the bundle of which `file` is a file of tests, by where it stands."""
    folder = file.parent
    if file.suffix != ".yaml" or folder.name != _FOLDER:
        return None
    return folder.parent if (folder.parent / MANIFEST).is_file() else None


def asked_for(root: Path, file: Path, session: pytest.Session) -> bool:
    """True where the project names the bundle, or an argument of pytest is `file` or what holds
    the bundle's tests."""
    if root.resolve() in session.config.stash[_KEY].directories:
        return True
    return any(session.isinitpath(path) for path in (file, file.parent, root))
