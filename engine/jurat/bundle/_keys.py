"""The keys of every mapping in a bundle: the one list that reading and the JSON Schema share."""

from collections.abc import Mapping
from typing import Any

from jurat.plugin import CONFIDENCES, HEADER_SOURCES, SEVERITIES

from ._shape import Key, Keys
from ._types import TYPES

EFFECTS = ("permit", "deny", "redact", "require", "advise")
MODES = ("enforce", "warn", "shadow")
INPUTS = ("request", "response", "org_state")
ON_ERROR = ("deny", "ignore")
VALUES = (
    "Permit",
    "Deny",
    "Indeterminate{DP}",
    "Indeterminate{D}",
    "Indeterminate{P}",
    "NotApplicable",
)

TEXT: Mapping[str, Any] = {"type": "string", "minLength": 1}
WHOLE: Mapping[str, Any] = {"type": "integer", "minimum": 0}
OBJECT: Mapping[str, Any] = {"type": "object"}
LIST: Mapping[str, Any] = {"type": "array"}
TEXTS: Mapping[str, Any] = {"type": "array", "items": {"type": "string"}}
FLAG: Mapping[str, Any] = {"type": "boolean"}
TIME: Mapping[str, Any] = {"type": "string", "format": "date-time"}
DURATION: Mapping[str, Any] = {"type": "string", "pattern": r"^(\d+(ms|w|d|h|m|s))+$"}


def _word(words: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


MANIFEST: Keys = {
    "name": Key("The bundle's name, of letters, digits, `.`, `_` and `-`.", TEXT, True),
    "version": Key("A semantic version, like 1.0.0.", TEXT, True),
    "revision": Key("A whole number that grows with every release.", WHOLE, True),
    "description": Key("What the bundle is for.", TEXT),
    "owner": Key("Who answers for the bundle.", TEXT),
    "requires": Key("The versions of jurat, and the plugins, that the bundle needs.", OBJECT),
    "mode": Key(
        "enforce, warn or shadow: the weaker of this and a rule's own holds.", _word(MODES)
    ),
    "parameters": Key("Typed values that params name as {param: name}.", OBJECT),
    "tables": Key("Columns and types of the bundle's own tables, by table.", OBJECT),
    "assume": Key("By JSON Pointer, the value that stands in for a fact not sent.", OBJECT),
    "max_staleness": Key(
        "How old state may be: one duration, or one per collection; else 24h.",
        {"anyOf": [DURATION, {"type": "object", "additionalProperties": DURATION}]},
    ),
    "currency": Key(
        "The ISO 4217 currency of prices and costs, like USD.",
        {"type": "string", "pattern": "^[A-Z]{3}$"},
    ),
    "lint": Key("What `jurat lint` holds the bundle to; no part of the digest.", OBJECT),
}

LINT: Keys = {
    "select": Key("The lint rules that look: codes, beginnings of codes or names.", TEXTS),
    "ignore": Key("The lint rules that do not.", TEXTS),
    "shadow": Key("How long a rule may stay in shadow mode; else 30d.", DURATION),
    "waiver": Key("How long a waiver may last; else 365d.", DURATION),
    "rotation": Key("How old a key may get before it is rotated; else 90d.", DURATION),
}

REQUIRES: Keys = {
    "jurat": Key("Versions of jurat, like `>=0.1,<2`.", TEXT),
    "plugins": Key(
        "Names of plugins, as a list, or as a mapping to versions.",
        {"anyOf": [TEXTS, {"type": "object", "additionalProperties": {"type": "string"}}]},
    ),
}

PARAMETER: Keys = {
    "type": Key("The type of the value.", _word(tuple(TYPES)), True),
    "value": Key("The value.", {}),
    "default": Key("Another spelling of `value`.", {}),
    "description": Key("What the parameter is for.", TEXT),
}

RULE: Keys = {
    "id": Key("Names the rule in decisions, waivers and the log.", TEXT, True),
    "title": Key("What the rule demands, in one line.", TEXT, True),
    "kind": Key("The rule kind: what the rule checks.", TEXT, True),
    "effect": Key("permit, deny, redact, require or advise.", _word(EFFECTS), True),
    "severity": Key("info, low, medium, high or critical.", _word(SEVERITIES), True),
    "when": Key("A CEL condition: the rule applies where it is true.", TEXT),
    "params": Key("The options of the kind.", OBJECT),
    "on": Key(
        "The inputs that the rule judges; else the first that its kind admits.",
        {"anyOf": [_word(INPUTS), {"type": "array", "minItems": 1, "items": _word(INPUTS)}]},
    ),
    "over": Key("The resource that an expression judges on org_state, like `credential`.", TEXT),
    "mode": Key("enforce, warn (told to the caller) or shadow (recorded only).", _word(MODES)),
    "on_error": Key(
        "What an unknown or failed deny rule does: deny (the default) or ignore.", _word(ON_ERROR)
    ),
    "waivable": Key("Whether a waiver may name the rule; true unless said.", FLAG),
    "obligation": Key("What a `require` expression asks of the caller.", OBJECT),
    "controls": Key("Ids in catalogues that the rule supports, like SOC2:CC6.1.", TEXTS),
    "remediation": Key("What to do about a violation.", TEXT),
    "owner": Key("Who answers for the rule.", TEXT),
    "description": Key("Why the rule exists.", TEXT),
}

OBLIGATION: Keys = {
    "header": Key("Set a header on the call to the provider: {name, value}.", OBJECT),
    "route": Key("Send the call to one of these endpoints.", TEXTS),
    "hold_stream": Key("Hold the answer back until it was judged whole.", {"const": True}),
    "approval": Key("Get an approval first, by one of these approvers.", TEXTS),
}

HEADER: Keys = {
    "name": Key("The header's name.", TEXT, True),
    "value": Key(
        "The header's value, or {from: decision.id} for the id of the decision.",
        {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/header_value"}]},
        True,
    ),
}
HEADER_VALUE: Keys = {
    "from": Key("What the value is filled in from.", _word(HEADER_SOURCES), True),
}

WAIVER: Keys = {
    "rule": Key("The id of the rule.", TEXT, True),
    "scope": Key("A CEL condition that must be known to be true.", TEXT, True),
    "owner": Key("Who asked for the exception and answers for it.", TEXT, True),
    "reason": Key("Why it is needed.", TEXT, True),
    "expires": Key("When it ends: a time with its zone.", TIME, True),
    "ticket": Key("Where it was decided.", TEXT),
    "granted": Key("Since when it holds: a time with its zone.", TIME),
}

DETECTOR: Keys = {
    "id": Key("Names the detector, like acme.customer-id.", TEXT, True),
    "entity": Key("What it finds, like ACME_CUSTOMER_ID.", TEXT, True),
    "patterns": Key("Regular expressions (RE2); a group named `value` is the span.", TEXTS, True),
    "context": Key("Words near a value that make it more likely.", TEXTS),
    "unlike": Key("Words right before a value that say that it is something else.", TEXTS),
    "needs_context": Key("Whether there is no detection without such a word.", FLAG),
    "confidence": Key("low, medium or high: that of a bare match.", _word(CONFIDENCES)),
    "examples": Key("Texts in which it must find something.", TEXTS),
    "counter_examples": Key("Texts in which it must find nothing.", TEXTS),
    "source": Key("Where the format is described.", TEXT),
}

CASE: Keys = {
    "name": Key("What the case shows, in one line.", TEXT, True),
    "now": Key("The time of the decision, with its zone.", TIME, True),
    "given": Key("The input that is judged; laid over `base`, where that is named.", {}, True),
    "expect": Key("What the decision must be.", OBJECT, True),
    "base": Key("A fixture of tests/fixtures.yaml that `given` is laid over.", TEXT),
    "without": Key("JSON Pointers of what `given` shall not have, though `base` has it.", TEXTS),
    "rows": Key(
        "Variations, each with a name and what it lays over this case: `given`, `expect`, `now`, …",
        {"type": "array", "items": OBJECT},
    ),
    "type": Key("request, response or org_state; request unless said.", _word(INPUTS)),
    "supports": Key("The obligations that the caller can perform.", TEXTS),
    "state": Key("An armed state to judge a request with.", OBJECT),
    "facts": Key(
        "Facts beside the input, by JSON Pointer of the request; under /counters what counters "
        "hold, by key (null: unknown).",
        OBJECT,
    ),
    "stops": Key("Rows of the table `stops`, which is empty in a case without.", OBJECT),
}

EXPECT: Keys = {
    "effect": Key("allow or deny.", _word(("allow", "deny"))),
    "value": Key("The value of the combining table.", _word(VALUES)),
    "fired": Key("Rules that fire.", TEXTS),
    "passed": Key("Rules that pass.", TEXTS),
    "not_applicable": Key("Rules that do not apply.", TEXTS),
    "unknown": Key("Rules for which a fact is missing.", TEXTS),
    "error": Key("Rules that fail.", TEXTS),
    "waived": Key("Rules that are waived.", TEXTS),
    "reasons": Key("The codes of all reasons.", TEXTS),
    "obligations": Key("All obligations: their types, or mappings of fields that one has.", LIST),
}

CATALOGUE: Keys = {
    "framework": Key("What stands before the colon of its ids, like SOC2.", TEXT, True),
    "title": Key("The framework's name and edition.", TEXT, True),
    "source": Key("Who publishes it, and where.", TEXT, True),
    "controls": Key("By id, what the control asks for, in words of one's own.", OBJECT, True),
    "remains": Key("What a person must do that no rule can.", TEXTS),
}
