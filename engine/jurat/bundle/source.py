"""The files of a bundle as texts and trees that know their places: for those who check and
rewrite them."""

from ._align import place_in
from ._diagnostic import nearest
from ._files import Source, read_files
from ._load import collector_paused
from ._nodes import Mapping, Node, Scalar, Sequence, SourceFile
from ._yaml import composed, parse

__all__ = [
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "Source",
    "SourceFile",
    "collector_paused",
    "composed",
    "nearest",
    "parse",
    "place_in",
    "read_files",
]
