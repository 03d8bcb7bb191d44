"""From what a caller names to compiled plans, with every problem in one go."""

import os
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import Any

from jurat.bundle import Bundle, BundleError, Diagnostic, diagnostic, load_bundle
from jurat.plan import Plan
from jurat.plugin import Registry
from jurat.scan import Scanner

SHIPPED = "jurat_bundles"  # entry points that name the bundles a distribution ships

# a directory, an archive, the name of a shipped bundle; or files by name
Source = str | os.PathLike[str] | Mapping[str, str] | Bundle


def shipped() -> dict[str, Path]:
    """The bundles that installed distributions ship, by name."""
    return {point.name: Path(str(point.load())) for point in entry_points(group=SHIPPED)}


def resolve(source: str | os.PathLike[str]) -> Path:
    """The path of a bundle: what exists on disk, else a shipped bundle of that name.

    Raises BundleError, with the nearest name, where there is neither.
    """
    path = Path(source)
    if path.exists():
        return path
    names = {point.name: point for point in entry_points(group=SHIPPED)}
    if str(source) in names:
        return Path(str(names[str(source)].load()))
    near = get_close_matches(str(source), names, n=1)
    hint = f'did you mean "{near[0]}"? ' if near else ""
    raise BundleError(
        [
            diagnostic(
                "JB001",
                "there is no such bundle",
                str(source),
                help=f"{hint}name a directory, a .tar.gz archive, or a shipped bundle: "
                + ", ".join(sorted(names)),
            )
        ]
    )


def compile_bundles(
    source: Source | Sequence[Source], registry: Registry, versions: Mapping[str, str]
) -> tuple[tuple[Bundle, ...], tuple[Plan, ...]]:
    """Read and compile every bundle. Raises BundleError with the problems of all of them."""
    sources = [source] if isinstance(source, str | os.PathLike | Mapping | Bundle) else [*source]
    problems: list[Diagnostic] = []
    bundles: list[Bundle] = []
    plans: list[Plan] = []
    for one in sources:
        if isinstance(one, Bundle):
            bundle: Bundle | None = one
        else:
            where = one if isinstance(one, Mapping) else resolve(one)
            bundle, found = load_bundle(where, registry)
            problems += found
        if bundle is None:
            continue
        try:
            plan = plan_of(bundle, registry, versions)
        except BundleError as error:
            problems += error.diagnostics
            continue
        bundles.append(bundle)
        plans.append(plan)
    names = [bundle.name for bundle in bundles]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(
            diagnostic("JB030", f"two bundles have the name {name}", name, help="rename one")
        )
    if errors := [problem for problem in problems if problem.severity == "error"]:
        raise BundleError(errors)
    if not sources:
        raise BundleError([diagnostic("JB001", "no bundle is named", "", help="name one")])
    return tuple(bundles), tuple(plans)


def plan_of(bundle: Bundle, registry: Registry, versions: Mapping[str, str]) -> Plan:
    """`bundle` compiled, with a scanner of all detectors and its own, made when first needed."""
    made: list[Scanner] = []

    def scanner() -> Scanner:
        if not made:
            made.append(Scanner([*registry.detectors, *bundle.detectors]))
        return made[0]

    kinds = {rule.kind for rule in bundle.rules}
    used = {
        name: number
        for name, number in versions.items()
        if name == "jurat" or _uses(registry, name, kinds)
    }
    return Plan(bundle, versions=used, scanner=scanner)


def versions_of(registry: Registry) -> dict[str, str]:
    """The versions of the engine and of every plugin that is loaded."""
    try:
        own = version("jurat")
    except PackageNotFoundError:
        own = "unknown"
    return {**dict(registry.versions), "jurat": own}


def _uses(registry: Registry, name: str, kinds: set[str]) -> bool:
    plugins: Sequence[Any] = registry.plugins
    return any(
        plugin.name == name and (kinds & set(plugin.kinds) or plugin.detectors)
        for plugin in plugins
    )
