"""From what a caller names to compiled plans, with every problem in one go."""

import os
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import Any

from jurat.bundle import Bundle, BundleError, Diagnostic, diagnostic, load_bundle
from jurat.net import Fetch, Fetched, NetError, fetch
from jurat.plan import Plan
from jurat.plugin import Registry
from jurat.scan import KnownValues, Scanner, allow_key, unfit

MAX_ARCHIVE = 96 * 2**20  # bytes: 64 MiB of files, and the headers around them
SHIPPED = "jurat_bundles"  # entry points that name the bundles a distribution ships

# a directory, an archive, its https URL, the name of a shipped bundle; or files by name
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


def is_url(source: object) -> bool:
    """True for what names a bundle on another machine."""
    return isinstance(source, str) and source.startswith(("https://", "http://"))


def download(url: str, fetching: Fetch = fetch, etag: str = "") -> Fetched | None:
    """The archive at `url`, None where it still has the entity tag `etag`. Raises BundleError."""
    try:
        return fetching(url, etag=etag, most=MAX_ARCHIVE)
    except NetError as error:
        where, _, what = str(error).rpartition(": ")
        raise BundleError([diagnostic("JB001", f"cannot be fetched: {what}", where)]) from None


def listed(source: Source | Sequence[Source]) -> list[Source]:
    """One source or several, as a list."""
    if isinstance(source, str | os.PathLike | Mapping | Bundle):
        return [source]
    return list(source)


def compile_bundles(
    source: Source | Sequence[Source | bytes], registry: Registry, versions: Mapping[str, str]
) -> tuple[tuple[Bundle, ...], tuple[Plan, ...]]:
    """Read and compile every bundle. Raises BundleError with the problems of all of them."""
    problems = _unfit_detectors(registry)
    sources = listed(source)  # type: ignore[arg-type]  # bytes of an archive pass through
    bundles: list[Bundle] = []
    plans: list[Plan] = []
    shared = cache(lambda: Scanner(registry.detectors))
    for one in sources:
        if isinstance(one, Bundle):
            bundle: Bundle | None = one
        else:
            bundle, found = load_bundle(_readable(one), registry)
            problems += found
        if bundle is None:
            continue
        try:
            plan = plan_of(bundle, registry, versions, shared)
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


def _readable(one: Any) -> Any:
    if isinstance(one, Mapping | bytes):
        return one
    if is_url(one):
        fetched = download(one)
        return b"" if fetched is None else fetched.body
    return resolve(one)


def plan_of(
    bundle: Bundle,
    registry: Registry,
    versions: Mapping[str, str],
    shared: Callable[[], Scanner] | None = None,
) -> Plan:
    """`bundle` compiled, with a scanner of all detectors and its own, made when first needed: that
    of `shared` where the bundle adds nothing to it, so that several bundles scan a text once."""

    @cache
    def scanner() -> Scanner:
        own = _scanner(bundle, registry)
        plain = type(own) is Scanner and not bundle.detectors
        return shared() if plain and shared is not None else own

    kinds = {rule.kind for rule in bundle.rules}
    used = {
        name: number
        for name, number in versions.items()
        if name == "jurat" or _uses(registry, name, kinds)
    }
    return Plan(bundle, versions=used, scanner=scanner)


def _unfit_detectors(registry: Registry) -> list[Diagnostic]:
    """What is wrong with detectors of third parties' plugins: those of the house are tried when
    it is built, those of a bundle when it is read."""
    by_id = {detector.id: detector for detector in registry.detectors}
    plugins: Sequence[Any] = registry.plugins
    return [
        diagnostic("JB032", f"detector {id_} of plugin {plugin.name}: {why}", plugin.name)
        for plugin in plugins
        if getattr(plugin, "distribution", "jurat").lower() != "jurat"
        for id_ in getattr(plugin, "detectors", ())
        for why in unfit(by_id[id_])
    ]


def _scanner(bundle: Bundle, registry: Registry) -> Scanner:
    detectors = [*registry.detectors, *bundle.detectors]
    entries: set[str] = set()
    for rule in bundle.rules:
        if rule.implementation is not None:
            entries |= rule.implementation.allowed(rule.params)
    if not entries:
        return Scanner(detectors)
    try:
        key = allow_key()
    except ValueError:  # no key: whoever has the list finds it told that it could not be used
        key = None
    return KnownValues(detectors, entries, key)


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
