"""Compile a bundle into a Plan, and decide: index, outcomes, combining, decision."""

from ._apply import replacements_of
from ._assumed import fill
from ._canonical import CanonicalForms, Said
from ._counters import NOT_COUNTED, Counters, held
from ._decision import Decision, Denied, refusal, refused
from ._entry import Entry, Outcome, judge
from ._explain import Explanation, RuleTrace, outcomes_of
from ._facts import FactSet
from ._index import POINTERS
from ._join import Joins
from ._obligations import Obligation
from ._plan import INPUTS, Plan
from ._reasons import Reason
from ._repeated import Repeated
from ._seen import branches, decides, denying, missing, state_read
from ._settle import VALUES
from ._several import decide as decide_several
from ._state import COLLECTIONS, State

__all__ = [
    "COLLECTIONS",
    "INPUTS",
    "NOT_COUNTED",
    "POINTERS",
    "VALUES",
    "CanonicalForms",
    "Counters",
    "Decision",
    "Denied",
    "Entry",
    "Explanation",
    "FactSet",
    "Joins",
    "Obligation",
    "Outcome",
    "Plan",
    "Reason",
    "Repeated",
    "RuleTrace",
    "Said",
    "State",
    "branches",
    "decide_several",
    "decides",
    "denying",
    "fill",
    "held",
    "judge",
    "missing",
    "outcomes_of",
    "refusal",
    "refused",
    "replacements_of",
    "state_read",
]
