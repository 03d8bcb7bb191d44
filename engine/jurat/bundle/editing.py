"""The language of bundles as editors need it: what may stand where, and reading again what was
changed."""

from ._conditions import visible
from ._file_schemas import FOLDER as SCHEMAS
from ._file_schemas import file_schemas, schema_of, with_header
from ._keys import EFFECTS
from ._pieces import Piece, Pieces
from ._resources import judged, resources
from ._rules import EXPRESSION
from ._tables import STANDARD

__all__ = [
    "EFFECTS",
    "EXPRESSION",
    "SCHEMAS",
    "STANDARD",
    "Piece",
    "Pieces",
    "file_schemas",
    "judged",
    "resources",
    "schema_of",
    "visible",
    "with_header",
]
