"""What the loader asks of what plugins register before it lets it in."""

import inspect
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, get_args

from jurat.canon import tokens
from jurat.model import Model, Request

from ._data import CONFIDENCES, Effect
from ._detector import Detector
from ._kind import RuleKind, RuleParams
from ._limits import LimitStore
from ._lint import LintExample, LintNeeds, LintRule, LintSeverity
from ._source import FactSource

INPUTS = frozenset({"request", "response", "org_state"})
EFFECTS = frozenset(get_args(Effect))

# First words of kind names that are jurat's own, now or later: the nouns of the model and the
# subjects of policy. A third party's kinds start with its own name.
RESERVED = frozenset(
    [
        "access",
        "action",
        "actor",
        "approval",
        "assignment",
        "budget",
        "content",
        "credential",
        "data",
        "endpoint",
        "environment",
        "expression",
        "group",
        "invite",
        "jurat",
        "key",
        "kill",
        "limit",
        "limits",
        "log",
        "mcp",
        "member",
        "model",
        "network",
        "org",
        "pci",
        "permission",
        "phi",
        "pii",
        "principal",
        "project",
        "prompt",
        "provider",
        "rate",
        "region",
        "request",
        "residency",
        "response",
        "retention",
        "role",
        "schedule",
        "secret",
        "source",
        "spend",
        "stop",
        "stream",
        "text",
        "time",
        "token",
        "tool",
        "user",
        "vendor",
    ]
)

_KIND = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", re.ASCII)
_OWN_KIND = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?", re.ASCII)
_ID = re.compile(r"[a-z0-9][a-z0-9_.-]*", re.ASCII)
_ENTITY = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)


def kind_problems(kind: Any, *, own: bool) -> list[str]:
    """What is wrong with `kind`, in the words its author reads; empty for a good one.

    `own` is true for the kinds that come with jurat itself: their names may be of one word and
    may use the reserved first words.
    """
    if not (isinstance(kind, type) and issubclass(kind, RuleKind)):
        return [f"jurat_rule_kinds gave {_shown(kind)}; it gives subclasses of RuleKind"]
    if kind is RuleKind:
        return ["jurat_rule_kinds gave RuleKind itself; it gives subclasses of it"]
    name = getattr(kind, "name", None)
    if not isinstance(name, str):
        return [f"kind {kind.__name__} has no `name`; write one like acme.call_window"]
    return [
        f"kind {name}: {problem}"
        for problem in (
            *_name_problems(name, own),
            *_judges_problems(kind),
            *_effects_problems(kind, own),
            *_body_problems(kind),
        )
    ]


def _name_problems(name: str, own: bool) -> Iterable[str]:
    pattern = _OWN_KIND if own else _KIND
    if not pattern.fullmatch(name):
        yield "a name is vendor.kind, both of lower-case letters, digits and _"
    elif not own and name.partition(".")[0] in RESERVED:
        yield f"names that start with {name.partition('.')[0]}. are jurat's own; use your own name"


def _judges_problems(kind: type[RuleKind]) -> Iterable[str]:
    judges = getattr(kind, "judges", None)
    targets = judges if isinstance(judges, tuple) else (judges,)
    if not targets or not all(isinstance(t, type) and issubclass(t, Model) for t in targets):
        yield "`judges` is Request, Response or a resource of jurat.model, or a tuple of these"
    inputs = getattr(kind, "inputs", None)
    if inputs is not None and not (_is_set(inputs) and inputs and inputs <= INPUTS):
        yield f"`inputs` is None or a set of {', '.join(sorted(INPUTS))}"


def _effects_problems(kind: type[RuleKind], own: bool) -> Iterable[str]:
    effects = getattr(kind, "effects", None)
    if not (_is_set(effects) and effects and effects <= EFFECTS):
        yield f"`effects` is a set of one or more of {', '.join(sorted(EFFECTS))}"
    elif "permit" in effects and not own:
        yield "`permit` belongs to the kind expression alone; other kinds report violations"


def _body_problems(kind: type[RuleKind]) -> Iterable[str]:
    params = getattr(kind, "Params", None)
    if not (isinstance(params, type) and issubclass(params, RuleParams)):
        yield "`Params` is a subclass of RuleParams"
    if not inspect.cleandoc(kind.__doc__ or ""):
        yield "it has no docstring, which is its documentation"
    if kind.compile is RuleKind.compile and kind.name != "expression":
        yield "it has no `compile`"
    if kind.counters is not RuleKind.counters and kind.judges is not Request:
        yield "it declares `counters`, so `judges` is Request alone"


def detector_problems(detector: Any) -> list[str]:
    """What is wrong with `detector`; empty for a good one. The scanner compiles its patterns."""
    if not isinstance(detector, Detector):
        return [f"jurat_detectors gave {_shown(detector)}; it gives Detector objects"]
    if not isinstance(detector.id, str) or not _ID.fullmatch(detector.id):
        return ["a detector's `id` is of lower-case letters, digits, and _ . -"]
    problems = []
    if not isinstance(detector.entity, str) or not _ENTITY.fullmatch(detector.entity):
        problems.append("`entity` is of upper-case letters, digits and _, like US_SSN")
    if detector.find is not None and (detector.patterns or not callable(detector.find)):
        problems.append("`find` is a function, and stands in place of `patterns`")
    elif detector.find is None and not (_is_words(detector.patterns) and detector.patterns):
        problems.append("`patterns` is a tuple of one or more RE2 patterns")
    if detector.confidence not in CONFIDENCES:
        problems.append(f"`confidence` is one of {', '.join(CONFIDENCES)}")
    if not _is_words(detector.context) or (detector.needs_context and not detector.context):
        problems.append("`context` is a tuple of words, and not empty with `needs_context`")
    return [f"detector {detector.id}: {problem}" for problem in problems]


def source_problems(source: Any) -> list[str]:
    """What is wrong with a fact source; empty for a good one."""
    if isinstance(source, type) or not isinstance(source, FactSource):
        wanted = "objects with name, provides, deadline and collect"
        return [f"jurat_fact_sources gave {_shown(source)}; it gives {wanted}"]
    if not isinstance(source.name, str) or not _ID.fullmatch(source.name):
        return ["a fact source's `name` is of lower-case letters, digits, and _ . -"]
    problems = []
    if not (
        _is_words(source.provides) and source.provides and all(map(_pointer, source.provides))
    ):
        problems.append(
            "`provides` is a tuple of JSON Pointers into the request, like /actor/groups"
        )
    if not (isinstance(source.deadline, timedelta) and source.deadline > timedelta()):
        problems.append("`deadline` is a timedelta above zero")
    if not callable(source.collect):
        problems.append("`collect` is not callable")
    return [f"fact source {source.name}: {problem}" for problem in problems]


def store_problems(store: Any) -> list[str]:
    """What is wrong with a limit store; empty for a good one."""
    if isinstance(store, type) or not isinstance(store, LimitStore):
        wanted = "objects with name, deadline, reserve, give_back and correct"
        return [f"jurat_limit_stores gave {_shown(store)}; it gives {wanted}"]
    if not isinstance(store.name, str) or not _ID.fullmatch(store.name):
        return ["a limit store's `name` is of lower-case letters, digits, and _ . -"]
    problems = []
    if store.deadline is not None and not (
        isinstance(store.deadline, timedelta) and store.deadline > timedelta()
    ):
        problems.append("`deadline` is None or a timedelta above zero")
    for method in ("reserve", "give_back", "correct"):
        if not callable(getattr(store, method)):
            problems.append(f"`{method}` is not callable")
    return [f"limit store {store.name}: {problem}" for problem in problems]


def _pointer(text: str) -> bool:
    try:
        return bool(tokens(text))
    except ValueError:
        return False


def _is_set(value: Any) -> bool:
    return isinstance(value, set | frozenset)


def _is_words(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(word, str) and word for word in value)


def _shown(value: Any) -> str:
    """A thing of the wrong type by its name or type: its value may hold anything."""
    return (
        f"the class {value.__name__}" if isinstance(value, type) else f"a {type(value).__name__}"
    )


_CODE = re.compile(r"[A-Z]{2,6}[0-9]{3}", re.ASCII)
_WORDS = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", re.ASCII)


def lint_problems(rule: Any) -> list[str]:
    """What is wrong with a lint rule; empty for a good one."""
    if not (isinstance(rule, type) and issubclass(rule, LintRule)):
        return [f"jurat_lint_rules gave {_shown(rule)}; it gives subclasses of LintRule"]
    code, name = getattr(rule, "code", None), getattr(rule, "name", None)
    if not (isinstance(code, str) and _CODE.fullmatch(code)) or code[:2] in ("JB", "JL"):
        return ["a lint rule's `code` is letters of your own and three digits, like ACME101"]
    problems = []
    if not (isinstance(name, str) and _WORDS.fullmatch(name)):
        problems.append("`name` is in lower case with hyphens, like old-contract")
    for attribute, words in (
        ("severity", get_args(LintSeverity)),
        ("confidence", CONFIDENCES),
        ("needs", get_args(LintNeeds)),
    ):
        if getattr(rule, attribute) not in words:
            problems.append(f"`{attribute}` is one of {', '.join(words)}")
    if not (rule.__doc__ or "").strip():
        problems.append("it has no docstring, which is its documentation")
    for attribute in ("fires", "passes"):
        if not isinstance(getattr(rule, attribute, None), LintExample):
            problems.append(f"`{attribute}` is a LintExample")
    return [f"lint rule {code}: {problem}" for problem in problems]
