"""The decision log: signed, chained records that show any edit to whoever keeps a checkpoint.

`Log.open` appends; `read_log` and `LogReader` read; `verify` recomputes everything from the bytes.
"""

from ._command import CommandSigner
from ._custody import Custody, Erased, custody_of
from ._describe import Durability, OnFailure
from ._entry import Entry, entry_of
from ._errors import LogBroken, LogError, LogHeld, LogLocked, LogUnavailable, RecordError
from ._export import export_csv, export_jsonl, export_tiles
from ._held import Hold
from ._index import Index
from ._keeping import open_again
from ._keycopy import Restored, Secret, back_up, change_master_key, restore, unexplained
from ._keys import KeyStore
from ._log import Log
from ._mask import Mask, covers
from ._merkle import ProofError
from ._new_epoch import new_epoch
from ._note import Signer, parse_vkey
from ._os import System
from ._pending import Pending, Receipt
from ._policy import Policy, PolicyError, parse_policy
from ._proof import Proof, Proven, check_proof, parse_proof, prove
from ._publish import Published, Publisher, WitnessAt
from ._query import Query, query, subject_ref
from ._read import LogReader, Record, read_log
from ._rotate import retire_key, rotate_key
from ._set import logs_in, open_worker, set_name
from ._several import query_set, read_set, verify_set
from ._sql import Sql, SqlNotInstalled
from ._summary import Line, Summary, summarise
from ._trust import checkpoint, signed_size
from ._types import RECORD_TYPES
from ._verdict import Verified
from ._verify import verify
from ._verify_range import verify_range
from ._witness import MOST_BODY as MOST_WITNESS_BODY
from ._witness import Witness

__all__ = [
    "MOST_WITNESS_BODY",
    "RECORD_TYPES",
    "CommandSigner",
    "Custody",
    "Durability",
    "Entry",
    "Erased",
    "Hold",
    "Index",
    "KeyStore",
    "Line",
    "Log",
    "LogBroken",
    "LogError",
    "LogHeld",
    "LogLocked",
    "LogReader",
    "LogUnavailable",
    "Mask",
    "OnFailure",
    "Pending",
    "Policy",
    "PolicyError",
    "Proof",
    "ProofError",
    "Proven",
    "Published",
    "Publisher",
    "Query",
    "Receipt",
    "Record",
    "RecordError",
    "Restored",
    "Secret",
    "Signer",
    "Sql",
    "SqlNotInstalled",
    "Summary",
    "System",
    "Verified",
    "Witness",
    "WitnessAt",
    "back_up",
    "change_master_key",
    "check_proof",
    "checkpoint",
    "covers",
    "custody_of",
    "entry_of",
    "export_csv",
    "export_jsonl",
    "export_tiles",
    "logs_in",
    "new_epoch",
    "open_again",
    "open_worker",
    "parse_policy",
    "parse_proof",
    "parse_vkey",
    "prove",
    "query",
    "query_set",
    "read_log",
    "read_set",
    "restore",
    "retire_key",
    "rotate_key",
    "set_name",
    "signed_size",
    "subject_ref",
    "summarise",
    "unexplained",
    "verify",
    "verify_range",
    "verify_set",
]
