"""Load bundles, arm them, collect facts, evaluate, record, reload, replay."""

from ._detect import detect
from ._engine import MAX_INPUT, Engine
from ._ids import uuid7
from ._load import compile_bundles, plan_of, resolve, shipped, versions_of
from ._replay import Replayed, Replayer, replay
from ._replay_history import History, Past
from ._selftest import CaseResult, decide_case, outcomes_by_rule, run_case, run_cases, self_test
from ._status import Loaded, Refusal, Status
from ._watch import Watcher

__all__ = [
    "MAX_INPUT",
    "CaseResult",
    "Engine",
    "History",
    "Loaded",
    "Past",
    "Refusal",
    "Replayed",
    "Replayer",
    "Status",
    "Watcher",
    "compile_bundles",
    "decide_case",
    "detect",
    "outcomes_by_rule",
    "plan_of",
    "replay",
    "resolve",
    "run_case",
    "run_cases",
    "self_test",
    "shipped",
    "uuid7",
    "versions_of",
]
