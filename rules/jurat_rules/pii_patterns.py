"""Personal data and secrets stay out of what is sent, or leave redacted."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from jurat.model import Request, Response
from jurat.plugin import (
    CONFIDENCES,
    Check,
    CompileContext,
    Confidence,
    Detection,
    Detections,
    Effect,
    Example,
    Examples,
    Facts,
    Finding,
    LocatedDetection,
    ParamError,
    Redact,
    RuleKind,
    RuleParams,
    RuleSpec,
)

from ._words import must_know

Operator = Literal["label", "mask", "hash", "encrypt", "pseudonym", "remove"]
Where = Literal["message", "tool_call", "tool_result", "tool_schema", "metadata", "other"]


class PiiPatterns(RuleKind):
    """Personal data and secrets in text are refused, redacted or reported.

    ## What it does
    Fires once for each text in which a detector found one of `entities`. With effect `redact` the
    call is allowed on the obligation to redact what was found; with `deny` it is denied; with
    `advise` it is reported. The rule reads what the detectors found, never the text.

    ## Why
    What a model is told is stored, logged and reviewed by others, and a prompt is where people
    paste things. A number that is redacted before it leaves needs no incident report.

    ## Example
    ```yaml
    - id: pii
      title: Identifiers leave redacted
      kind: pii.patterns
      on: [request, response]
      effect: redact
      severity: high
      params: {entities: [US_SSN, CREDIT_CARD, IBAN_CODE], operator: label}
    ```

    ## Options
    - `entities`: what to look for (default: all that the detectors know). `jurat plugins` lists
      the detectors.
    - `min_confidence`: `low` counts a bare shape, `medium` a shape with a word near that speaks
      for it, `high` a value whose checksum holds.
    - `examples`: `ignore` leaves out well-known documentation values (default: `count`).
    - `where`: which parts of the input are looked at: `message`, `tool_call`, `tool_result`,
      `tool_schema`, `metadata`, `other` (default: all).
    - `operator`: how a redacted value is replaced; `label` puts `[US_SSN]` there.
    - `unscanned`: whether images, audio, files and token ids, which no detector reads, `deny`
      the call or `advise` of themselves.

    ## Limits
    Patterns find what has a shape: names, places and what people describe in words have none. A
    detector that could not finish makes the rule err, which denies: unread is never clean.

    ## Codes
    | code | meaning |
    |---|---|
    | `pii-found` | a text holds one or more of the entities |
    | `content-unscanned` | the input has parts that no detector reads |
    """

    name = "pii.patterns"
    judges = (Request, Response)
    effects = {"deny", "redact", "advise"}

    class Params(RuleParams):
        entities: tuple[str, ...] | None = None
        """What to look for; all that the detectors know where it is left out."""
        min_confidence: Confidence = "low"
        """The least confidence that counts: low, medium, high."""
        examples: Literal["count", "ignore"] = "count"
        """Whether well-known documentation values count."""
        where: tuple[Where, ...] | None = None
        """Which parts of the input are looked at; all where it is left out."""
        operator: Operator = "label"
        """How a redacted value is replaced. For effect `redact` alone."""
        unscanned: Literal["deny", "advise"] = "deny"
        """What happens where the input has images, audio or files."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        _validate(params, rule.effect, context.words("entity"))
        counts = _filter(params)
        redacts = rule.effect == "redact"
        unscanned_denies = params.unscanned == "deny"
        operator = params.operator

        def check(target: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            found: Detections = facts.detections
            media = target.__dict__.get("unscanned")
            if not found.hits and not found.undecided and media is None:
                return ()
            texts: dict[str, list[Detection]] = {}
            for hit in found.hits:
                if counts(hit):
                    texts.setdefault(hit.at, []).append(hit.detection)
            if found.undecided and (redacts or not texts):
                raise RuntimeError("detectors could not finish: " + ", ".join(found.undecided))
            findings = [
                _finding(at, texts[at], operator if redacts else None) for at in sorted(texts)
            ]
            if media is not None:
                findings += _unread(media, unscanned_denies, redacts)
            return tuple(findings)

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        return ()  # detector outcomes, and /unscanned as far as it is known

    def entities(self, params: Any) -> frozenset[str] | None:
        return frozenset(params.entities or ())

    def examples(self, params: Any) -> Examples | None:
        text = next((_TEXTS[e] for e in params.entities or ("US_SSN",) if e in _TEXTS), None)
        if text is None or params.examples == "ignore":
            return None
        if params.where is not None and "message" not in params.where:
            return None

        def says(content: str, note: str) -> Example:
            given = {"messages": [{"role": "user", "content": content}], "unscanned": None}
            return Example(given, note=note)

        return Examples(
            fires=(says(text, "an identifier in a message"),),
            passes=(says("Summarise our travel policy in five lines.", "ordinary prose"),),
        )


# well-known documentation values, with words near that speak for them
_TEXTS = {
    "US_SSN": "The customer's social security number (SSN) is 219-09-9999.",
    "CREDIT_CARD": "Charge the credit card 4111 1111 1111 1111.",
    "IBAN_CODE": "Pay to IBAN DE89 3704 0044 0532 0130 00.",
    "EMAIL_ADDRESS": "Write an e-mail to jane.doe@example.com.",
    "PHONE_NUMBER": "Call the phone number +1 202-555-0143.",
    "IP_ADDRESS": "The server's IP address is 192.0.2.17.",
}


def _validate(params: Any, effect: Effect, known: frozenset[str]) -> None:
    for index, entity in enumerate(params.entities or ()):
        must_know("entity", entity, known, ("entities", index))
    for name in ("entities", "where"):
        if getattr(params, name) == ():
            raise ParamError(
                f"{name} is empty, so the rule would find nothing",
                at=(name,),
                help="name one or more, or leave it out for all",
            )
    if effect != "redact" and "operator" in params.model_fields_set:
        raise ParamError(
            f"an operator has no use in a rule with effect {effect}",
            at=("operator",),
            help="leave it out, or choose effect redact",
        )


def _filter(params: Any) -> Any:
    """Whether a detection counts for a rule with `params`."""
    entities = None if params.entities is None else frozenset(params.entities)
    where = None if params.where is None else frozenset(params.where)
    confidences = frozenset(CONFIDENCES[CONFIDENCES.index(params.min_confidence) :])
    ignore_examples = params.examples == "ignore"

    def counts(hit: LocatedDetection) -> bool:
        detection = hit.detection
        return (
            (entities is None or detection.entity in entities)
            and detection.confidence in confidences
            and not (ignore_examples and detection.example)
            and (where is None or hit.where in where)
        )

    return counts


def _finding(at: str, detections: Iterable[Detection], operator: str | None) -> Finding:
    # two detectors of one entity may agree on one value: it counts once
    values: dict[tuple[int, int, str], bool] = {}
    for d in sorted(detections, key=lambda d: (d.start, d.end, d.entity, d.detector)):
        span = (d.start, d.end, d.entity)
        values[span] = values.get(span, True) and d.example
    number: dict[str, int] = {}
    for _, _, entity in values:
        number[entity] = number.get(entity, 0) + 1
    noun = "identifier" if len(values) == 1 else "identifiers"
    return Finding(
        "pii-found",
        f"{len(values)} {noun}: {', '.join(number)}",
        at=at,
        evidence=number,
        example=all(values.values()),
        obligation=None if operator is None else Redact(at, tuple(values), operator),
        remediation="" if operator else "Take the values out, or put placeholders in.",
    )


_UNREAD = ("images", "audio", "files", "tokens")


def _unread(media: Any, denies: bool, redacts: bool) -> list[Finding]:
    """A finding for parts that no detector reads. `media` is the input's `unscanned`."""
    parts = {name: media.__dict__.get(name) or 0 for name in _UNREAD}
    present = {name: count for name, count in parts.items() if count}
    if not present:
        return []
    return [
        Finding(
            "content-unscanned",
            f"no detector reads the input's {' and '.join(present)}",
            at="/unscanned",
            evidence=present,
            effect="deny" if denies and redacts else None,
            advice=not denies,
            remediation="Send text alone, or have the rule set `unscanned: advise`.",
        )
    ]
