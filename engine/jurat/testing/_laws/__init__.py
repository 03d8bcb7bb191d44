"""What must hold of every policy: laws for any bundle, any rule kind, any plugin."""

from ._bench import Bench, Subject
from ._broken import LawBroken
from ._deterministic import assert_deterministic
from ._duplicate_free import assert_duplicate_free
from ._examples import assert_examples_hold
from ._fails_closed import assert_fails_closed
from ._missing import assert_missing_never_widens
from ._monotone import assert_monotone
from ._options import How
from ._order_free import assert_order_free
from ._pure import assert_pure
from ._redaction import assert_redaction_complete
from ._replays import assert_replays
from ._secrets import assert_no_secret_in_evidence
from ._suite import LAWS, LawResult, Laws, NamedLaw, run_laws
from ._total import assert_total

__all__ = [
    "LAWS",
    "Bench",
    "How",
    "LawBroken",
    "LawResult",
    "Laws",
    "NamedLaw",
    "Subject",
    "assert_deterministic",
    "assert_duplicate_free",
    "assert_examples_hold",
    "assert_fails_closed",
    "assert_missing_never_widens",
    "assert_monotone",
    "assert_no_secret_in_evidence",
    "assert_order_free",
    "assert_pure",
    "assert_redaction_complete",
    "assert_replays",
    "assert_total",
    "run_laws",
]
