"""From files to a bundle: every part is read, every problem told."""

import gc
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as MappingABC
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from jurat.model import Model, View
from jurat.plugin import Detector

from ._archive import pack_files
from ._bundle import Bundle, Rule, Tables, Waiver
from ._cases import Cases
from ._conditions import Conditions
from ._detectors import Detectors
from ._diagnostic import BundleError, Diagnostic, diagnostic, did_you_mean, in_order
from ._digest import bundle_digest
from ._files import MANIFEST, WAIVERS, Source, read_files
from ._links import check_links
from ._manifest import Manifest, read_manifest
from ._nodes import Mapping, Node, Scalar, Sequence, SourceFile
from ._registry import Registry
from ._rules import Rules
from ._stops import check_references
from ._tables import STANDARD, aliases, read_table
from ._types import row_model
from ._variations import FIXTURES, Fixtures, read_fixtures
from ._vocabulary import read_vocabulary
from ._waivers import read_waivers
from ._yaml import parse

VOCABULARY = "data/vocabulary.yaml"


def read_bundle(source: Source, registry: Registry) -> Bundle:
    """The bundle at `source`: a directory, a `.tar.gz` (path or bytes), or texts by file name.

    Raises BundleError with every problem that was found.
    """
    bundle, problems = load_bundle(source, registry)
    if bundle is None or problems:
        raise BundleError(problems)
    return bundle


def load_bundle(source: Source, registry: Registry) -> tuple[Bundle | None, list[Diagnostic]]:
    """The bundle, as far as it is fit, and every problem: a caller who checks on tells all at once.

    The bundle is None where there is no manifest to speak of. With any problem it is not whole and
    must not be armed.
    """
    with collector_paused():
        return _load(source, registry)


@contextmanager
def collector_paused() -> Iterator[None]:
    """No garbage collection meanwhile: a large bundle makes a million objects that all live, and
    looking through them again and again would take longer than reading it."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _load(source: Source, registry: Registry) -> tuple[Bundle | None, list[Diagnostic]]:
    files, problems = read_files(source)
    trees = Trees(files, problems)
    if MANIFEST not in files:
        if not problems or files:
            problems.append(_no_manifest("there is no bundle.yaml"))
        return None, list(in_order(problems))
    bundle = Reading(trees, registry, problems).bundle()
    return bundle, list(in_order(problems))


def _no_manifest(message: str) -> Diagnostic:
    help = "the least one has name, version and revision"
    return diagnostic("JB015", message, MANIFEST, help=help)


def pack(source: Source | Bundle) -> bytes:
    """A bundle as a `.tar.gz`, the same bytes for the same files, anywhere.

    Raises BundleError if the files cannot be read; what stands in them is not judged.
    """
    if isinstance(source, Bundle):
        return pack_files(source.files)
    files, problems = read_files(source)
    if problems:
        raise BundleError(problems)
    return pack_files(files)


class Trees:
    """The files that are YAML, parsed."""

    def __init__(self, files: MappingABC[str, bytes], problems: list[Diagnostic]) -> None:
        self.files = files
        self.sources: dict[str, SourceFile] = {}
        self.roots: dict[str, Node | None] = {}
        self.failed: set[str] = set()
        """Files of which nothing could be read: what they would have said is not held against
        others that count on it."""
        for name, data in files.items():
            if name.endswith(".yaml"):
                self._parse(name, data, problems)

    def _parse(self, name: str, data: bytes, problems: list[Diagnostic]) -> None:
        try:
            text = data.decode().removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            before = data[: error.start].decode()
            line = before.count("\n") + 1
            column = len(before) - (before.rfind("\n") + 1) + 1
            message = f"the byte 0x{data[error.start]:02X} is not UTF-8"
            problems.append(diagnostic("JB004", message, name, line, column))
            text = ""
            self.failed.add(name)
        self.sources[name] = SourceFile(name, text)
        self.roots[name], found = parse(self.sources[name])
        problems += found
        if found and self.roots[name] is None:
            self.failed.add(name)

    def below(self, folder: str) -> Iterable[tuple[SourceFile, Node]]:
        """The files of a folder that are not empty, in the order of their names."""
        for name in sorted(self.roots):
            root = self.roots[name]
            if name.startswith(f"{folder}/") and root is not None:
                yield self.sources[name], root

    def plain(self, name: str) -> Any:
        root = self.roots.get(name)
        return None if root is None else root.plain()

    def items(self, folder: str) -> list[Any]:
        """The items of all lists of a folder that have an id."""
        return [
            item.plain()
            for _, root in self.below(folder)
            if isinstance(root, Sequence)
            for item in root.items
            if isinstance(item, Mapping) and _has_id(item)
        ]


def _words_of(detectors: Iterable[Detector]) -> dict[str, frozenset[str]]:
    """The vocabularies of detectors: entities, packs (those of a family under its name, too), and
    which detectors each of them has."""
    ids: dict[str, set[str]] = {}
    for one in detectors:
        packs = {one.pack, one.pack.partition("_")[0]} - {""}
        for word in (f"entity {one.entity}", *(f"pack {pack}" for pack in packs)):
            ids.setdefault(word, set()).add(one.id)
    words = {word: frozenset(named) for word, named in ids.items()}
    for kind in ("entity", "pack"):
        words[kind] = frozenset(w.partition(" ")[2] for w in ids if w.startswith(f"{kind} "))
    return words


def _has_id(item: Mapping) -> bool:
    id_ = item.get("id")
    return isinstance(id_, Scalar) and isinstance(id_.value, str)


@dataclass(frozen=True, slots=True)
class Context:
    """What rules, waivers and cases are read against."""

    manifest: Manifest
    words: dict[str, frozenset[str]]
    tables: Tables
    models: dict[str, type[Model]]
    conditions: Conditions


class Reading:
    """Reads one bundle, part by part; what is wrong with it goes to `problems`."""

    def __init__(self, trees: Trees, registry: Registry, problems: list[Diagnostic]) -> None:
        self.trees = trees
        self.registry = registry
        self.problems = problems

    def bundle(self) -> Bundle | None:
        trees, problems = self.trees, self.problems
        root = trees.roots.get(MANIFEST)
        if root is None:
            if MANIFEST not in trees.failed:
                problems.append(_no_manifest("bundle.yaml is empty"))
            return None
        context = self.context(root)
        manifest, words = context.manifest, context.words
        tables, models, conditions = context.tables, context.models, context.conditions
        rules = Rules(
            registry=self.registry,
            parameters=manifest.parameters,
            tables=tables,
            conditions=conditions,
            problems=problems,
        )
        for file, root_ in trees.below("rules"):
            rules.read(file, root_)
        some_missing = any(name.startswith("rules/") for name in trees.failed)
        ids = None if some_missing else rules.ids
        by_id: dict[str, Rule] = dict(sorted(rules.rules.items()))
        waivers: tuple[Waiver, ...] = ()
        if (source := trees.sources.get(WAIVERS)) is not None:
            listed = trees.roots[WAIVERS]
            waivers = read_waivers(source, listed, by_id, ids, conditions, problems)
        detectors = Detectors((item.id for item in self.registry.detectors), problems)
        for file, root_ in trees.below("detectors"):
            detectors.read(file, root_)
        fixtures = Fixtures(read_fixtures(trees.roots.get(FIXTURES), problems))
        cases = Cases(ids, words, fixtures, problems)
        for file, root_ in trees.below("tests"):
            if file.path != FIXTURES:
                cases.read(file, root_)
        if not manifest.name:
            return None
        own = tuple(detectors.detectors.values())
        words |= _words_of((*self.registry.detectors, *own))
        return Bundle(
            name=manifest.name,
            version=manifest.version,
            revision=manifest.revision,
            rules=tuple(by_id.values()),
            tables=tables,
            models=MappingProxyType(models),
            vocabulary=MappingProxyType(words),
            digest=self._digest(),
            files=trees.files,
            max_staleness=MappingProxyType(manifest.max_staleness),
            mode=manifest.mode,
            requires=manifest.requires,
            parameters=MappingProxyType(
                {name: value for name, value in manifest.parameters.items() if value}
            ),
            assume=MappingProxyType(manifest.assume),
            currency=manifest.currency,
            description=manifest.description,
            owner=manifest.owner,
            waivers=waivers,
            tests=tuple(cases.cases),
            unused_fixtures=fixtures.unused,
            detectors=own,
        )

    def context(self, root: Node) -> "Context":
        """What the manifest, the vocabularies and the tables say."""
        words = read_vocabulary(self.trees.roots.get(VOCABULARY), self.problems)
        standard = frozenset(STANDARD)
        manifest = read_manifest(root, self.registry, standard, words, self.problems)
        tables, models = self._tables(manifest, words)
        own_tables = {name: {"id": "string", **row} for name, row in manifest.tables.items()}
        conditions = Conditions({**models, **own_tables}, words)
        return Context(manifest, words, tables, models, conditions)

    def _tables(
        self, manifest: Manifest, words: dict[str, frozenset[str]]
    ) -> tuple[Tables, dict[str, type[Model]]]:
        """The tables, the register of models first: its ids and aliases are words of `model`."""
        models: dict[str, type[Model]] = {}
        tables: dict[str, MappingABC[str, View]] = {}
        for name, columns in manifest.tables.items():
            models[name] = row_model(name, columns)
            tables[name] = {}
        roots: dict[str, tuple[SourceFile, Node | None]] = {}
        for path, source in self.trees.sources.items():
            if path.startswith("data/") and path != VOCABULARY:
                name = path.removeprefix("data/").removesuffix(".yaml")
                roots[name] = source, self.trees.roots[path]
        for name in sorted(roots, key=lambda name: (name != "models", name)):
            source, root = roots[name]
            model = STANDARD.get(name) or models.get(name)
            if model is None:
                self._undeclared(name, source)
                continue
            rows = read_table(name, root, model, words, self.problems)
            models[name], tables[name] = model, rows
            if name == "models":
                words["model"] |= rows.keys()
                words["model"] |= aliases(rows)
        if "stops" in roots:
            check_references(roots["stops"][1], tables, self.problems)
        check_links(
            {
                name: root
                for name, (_, root) in roots.items()
                if name in STANDARD and f"data/{name}.yaml" not in self.trees.failed
            },
            self.problems,
        )
        return Tables(tables), models

    def _undeclared(self, name: str, source: SourceFile) -> None:
        help = did_you_mean(name, [*STANDARD, "vocabulary"])
        declare = f"declare it in bundle.yaml: tables: {{{name[:60]}: {{column: type, …}}}}"
        message = f"{name[:60]} is no standard table, and bundle.yaml declares no columns for it"
        help = f"{help} else {declare}" if help else declare
        self.problems.append(source.problem("JB052", message, 1, 1, help=help))

    def _digest(self) -> str:
        trees = self.trees
        data = {
            name.removeprefix("data/").removesuffix(".yaml"): trees.plain(name)
            for name in trees.roots
            if name.startswith("data/")
        }
        waivers = trees.plain(WAIVERS)
        manifest = trees.plain(MANIFEST)
        if isinstance(manifest, dict):
            manifest.pop("lint", None)  # about the bundle, no part of what it decides
        return bundle_digest(
            manifest,
            trees.items("rules"),
            data,
            waivers if isinstance(waivers, list) else [],
            trees.items("detectors"),
        )
