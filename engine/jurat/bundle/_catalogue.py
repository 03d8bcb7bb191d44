"""A catalogue of controls: one framework per file, ids with what they ask for."""

import re
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass
from types import MappingProxyType

from ._diagnostic import BundleError, Diagnostic
from ._keys import CATALOGUE
from ._nodes import SourceFile
from ._shape import Fields, mapping_of, text_of
from ._yaml import parse

_FRAMEWORK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_FRAMEWORK_HELP = "a framework has letters, digits, `.`, `_` and `-`, like SOC2"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The controls of one framework that rules may name."""

    framework: str
    """What stands before the colon of its ids."""
    title: str
    source: str
    controls: MappingABC[str, str]
    """By whole id (`SOC2:CC6.1`), in the framework's order, what the control asks for."""
    remains: tuple[str, ...] = ()
    """What a person must do that no rule can."""


def read_catalogue(file: str, text: str) -> Catalogue:
    """The catalogue that `text` is, called `file` in messages.

    Raises BundleError with every problem that was found.
    """
    root, problems = parse(SourceFile(file, text))
    catalogue = None
    if root is not None and (node := mapping_of(root, "a catalogue", problems)) is not None:
        catalogue = _catalogue(Fields(node, CATALOGUE, "a catalogue", problems), problems)
    if catalogue is None and not problems:
        problems.append(SourceFile(file, text).problem("JB021", "the catalogue is empty", 0, 0))
    if catalogue is None or problems:
        raise BundleError(problems)
    return catalogue


def _catalogue(fields: Fields, problems: list[Diagnostic]) -> Catalogue | None:
    framework = fields.text("framework", _FRAMEWORK, _FRAMEWORK_HELP)
    title, source = fields.text("title"), fields.text("source")
    remains = fields.texts("remains")
    listed = fields.mapping("controls")
    if framework is None or title is None or source is None or listed is None:
        return None
    controls: dict[str, str] = {}
    for id_, (key, node) in listed.entries.items():
        said = text_of(node, "what a control asks for", problems)
        if not id_.strip() or id_.strip() != id_:
            problems.append(key.problem("JB024", "an id is not empty and has no blanks around it"))
        elif said is not None and not said.strip():
            problems.append(node.problem("JB024", "the text is empty", "say what is asked for"))
        elif said is not None:
            controls[f"{framework}:{id_}"] = " ".join(said.split())
    return Catalogue(framework, title, source, MappingProxyType(controls), remains)
