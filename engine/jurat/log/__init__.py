"""The decision log: signed, chained records that show any edit to whoever keeps a checkpoint.

`Log.open` appends; `read_log` and `LogReader` read; `verify` recomputes everything from the bytes.
"""

from ._errors import LogBroken, LogError, LogUnavailable
from ._export import export_csv, export_jsonl, export_tiles
from ._keys import KeyStore
from ._log import Durability, Log
from ._merkle import ProofError
from ._note import Signer, parse_vkey
from ._os import System
from ._pending import Pending, Receipt
from ._policy import Policy, PolicyError, parse_policy
from ._proof import Proof, Proven, check_proof, parse_proof, prove
from ._publish import Published, Publisher, WitnessAt
from ._read import LogReader, Record, read_log
from ._types import RECORD_TYPES
from ._verify import Verified, checkpoint, verify
from ._witness import MOST_BODY as MOST_WITNESS_BODY
from ._witness import Witness

__all__ = [
    "MOST_WITNESS_BODY",
    "RECORD_TYPES",
    "Durability",
    "KeyStore",
    "Log",
    "LogBroken",
    "LogError",
    "LogReader",
    "LogUnavailable",
    "Pending",
    "Policy",
    "PolicyError",
    "Proof",
    "ProofError",
    "Proven",
    "Published",
    "Publisher",
    "Receipt",
    "Record",
    "Signer",
    "System",
    "Verified",
    "Witness",
    "WitnessAt",
    "check_proof",
    "checkpoint",
    "export_csv",
    "export_jsonl",
    "export_tiles",
    "parse_policy",
    "parse_proof",
    "parse_vkey",
    "prove",
    "read_log",
    "verify",
]
