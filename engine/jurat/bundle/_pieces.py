"""Reading again what was changed in a bundle, against the rest of it as it was."""

from collections.abc import Mapping as MappingABC
from dataclasses import dataclass

from jurat.plugin import Detector

from ._bundle import Bundle, Case, Rule, Waiver
from ._cases import Cases
from ._detectors import Detectors
from ._diagnostic import Diagnostic, in_order
from ._files import MANIFEST, WAIVERS
from ._load import VOCABULARY, Context, Reading, Trees
from ._manifest import read_manifest
from ._nodes import Node, SourceFile
from ._registry import Registry
from ._rules import Rules
from ._tables import STANDARD, read_table
from ._variations import FIXTURES, Fixtures, read_fixtures
from ._vocabulary import read_vocabulary
from ._waivers import read_waivers
from ._yaml import parse


@dataclass(frozen=True, slots=True)
class Piece:
    """What a file, or a part of one, says, as far as it is fit, and every problem in it."""

    problems: tuple[Diagnostic, ...]
    rules: tuple[Rule, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    cases: tuple[Case, ...] = ()
    detectors: tuple[Detector, ...] = ()
    root: Node | None = None


class Pieces:
    """Manifest, vocabularies and tables of a bundle, read once; and single rules, waivers, cases
    and detectors, read against them.

    What is wrong between two items (an id that stands twice, say) is found by reading them all.
    `whole` is the bundle as it was last loaded: waivers and cases name its rules. With None, they
    may name any.
    """

    def __init__(
        self, files: MappingABC[str, bytes], registry: Registry, whole: Bundle | None
    ) -> None:
        around = {
            name: data
            for name, data in files.items()
            if name in (MANIFEST, FIXTURES) or name.startswith("data/")
        }
        ignored: list[Diagnostic] = []
        self._trees = Trees(around, ignored)
        self._registry = registry
        self._whole = whole
        root = self._trees.roots.get(MANIFEST)
        self.context: Context | None = None
        if root is not None:
            self.context = Reading(self._trees, registry, ignored).context(root)
        self._fixtures = read_fixtures(self._trees.roots.get(FIXTURES), ignored)

    def read(self, file: SourceFile) -> Piece:
        """What `file` says; its name tells what it holds. Its text may be a part of the file."""
        root, problems = parse(file)
        piece = Piece((), root=root)
        if root is not None and self.context is not None:
            piece = self._read(file, root, self.context, problems)
        return Piece(
            in_order(problems), piece.rules, piece.waivers, piece.cases, piece.detectors, root
        )

    def _read(
        self, file: SourceFile, root: Node, context: Context, problems: list[Diagnostic]
    ) -> Piece:
        name, whole = file.path, self._whole
        if name.startswith("rules/"):
            rules = Rules(
                self._registry,
                context.manifest.parameters,
                context.tables,
                context.conditions,
                problems,
            )
            rules.read(file, root)
            return Piece((), rules=tuple(rules.rules.values()))
        by_id = {} if whole is None else whole.rule_by_id
        ids = None if whole is None else frozenset(by_id)
        if name == WAIVERS:
            conditions = context.conditions
            waivers = read_waivers(file, root, by_id, ids, conditions, problems)
            return Piece((), waivers=waivers)
        if name == FIXTURES:
            read_fixtures(root, problems)
        elif name.startswith("tests/"):
            cases = Cases(ids, context.words, Fixtures(self._fixtures), problems)
            cases.read(file, root)
            return Piece((), cases=tuple(cases.cases))
        elif name.startswith("detectors/"):
            detectors = Detectors((one.id for one in self._registry.detectors), problems)
            detectors.read(file, root)
            return Piece((), detectors=tuple(detectors.detectors.values()))
        elif name == MANIFEST:
            standard = frozenset(STANDARD)
            read_manifest(root, self._registry, standard, dict(context.words), problems)
        elif name == VOCABULARY:
            read_vocabulary(root, problems)
        elif name.startswith("data/"):
            table = name.removeprefix("data/").removesuffix(".yaml")
            model = STANDARD.get(table) or context.models.get(table)
            if model is not None:
                read_table(table, root, model, context.words, problems)
        return Piece(())
