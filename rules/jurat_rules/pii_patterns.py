"""Personal data and secrets stay out of what is sent, or leave redacted."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, get_args

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
    Unfinished,
)
from jurat.scan import ENTRY, KEY_VARIABLE

from ._words import must_know

Operator = Literal["label", "mask", "hash", "encrypt", "pseudonym", "remove"]
Where = Literal["message", "tool_call", "tool_result", "tool_schema", "metadata", "other"]
Role = Literal["system", "developer", "user", "assistant", "tool", "function"]
_ROLES = frozenset(get_args(Role))


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
    - `entities`: what to look for (default: all that the detectors know).
    - `packs`: look for what the detectors of these packs find, `secrets` or `financial` say;
      beside `entities`, both count. `jurat plugins` lists the detectors.
    - `min_confidence`: `low` counts a bare shape, `medium` a shape with a word near that speaks
      for it, `high` a value whose checksum holds.
    - `examples`: `ignore` leaves out well-known documentation values (default: `count`).
    - `where`: which parts of the input are looked at: `message`, `tool_call`, `tool_result`,
      `tool_schema`, `metadata`, `other` (default: all).
    - `roles`: whose messages are looked at: `system`, `developer`, `user`, `assistant`, `tool`,
      `function` (default: all). Text that belongs to no message, and messages of a role that is
      none of these, are looked at in any case; `where` can leave them out.
    - `operator`: how a redacted value is replaced; `label` puts `[US_SSN]` there.
    - `operators`: the operator of single entities, `{US_SSN: remove, EMAIL_ADDRESS: pseudonym}`.
    - `allow`: known values that may pass, each as its keyed hash, `hmac:…`: the bundle tells
      nobody the values. Put a key of 32 or more hexadecimal digits into the environment variable
      `JURAT_ALLOW_KEY`, here and where the engine runs, and let
      `jurat scan --hash FILE` print the hashes of what it finds. A hash holds for one entity, and
      for a value however it is spaced or its letters are cased.
    - `unscanned`: whether images, audio, files and token ids, which no detector reads, `deny`
      the call or `advise` of themselves.

    ## Limits
    Patterns find what has a shape: names, places and what people describe in words have none; the
    extra `presidio` adds detectors of the first two, once a model is configured. A detector that
    could not finish makes the rule err, which denies: unread is never clean. The detectors that
    a rule does not ask for don't matter to it. Images, audio and files that the input does not
    count in `/unscanned` are those of its messages; one that counts none has none.
    What is left when values are redacted is looked at once more: a word that stood far from
    another value may speak for it then, and it is redacted, too. Without the key that `allow` was made with, no
    value is known, every value counts, and an advice says so.

    ## Codes
    | code | meaning |
    |---|---|
    | `pii-found` | a text holds one or more of the entities |
    | `content-unscanned` | the input has parts that no detector reads |
    | `allow-list-unused` | (advice) values could not be held against `allow`: the key is not there |
    """

    name = "pii.patterns"
    judges = (Request, Response)
    effects = {"deny", "redact", "advise"}
    optional = ("/metadata", "/unscanned")  # text is what was sent of it

    class Params(RuleParams):
        entities: tuple[str, ...] | None = None
        """What to look for; all that the detectors know where it is left out."""
        packs: tuple[str, ...] | None = None
        """Look for what the detectors of these packs find; beside `entities`, both count."""
        min_confidence: Confidence = "low"
        """The least confidence that counts: low, medium, high."""
        examples: Literal["count", "ignore"] = "count"
        """Whether well-known documentation values count."""
        where: tuple[Where, ...] | None = None
        """Which parts of the input are looked at; all where it is left out."""
        roles: tuple[Role, ...] | None = None
        """Whose messages are looked at; everybody's where it is left out."""
        operator: Operator = "label"
        """How a redacted value is replaced. For effect `redact` alone."""
        operators: Mapping[str, Operator] = {}
        """The operators of entities that have one of their own. For effect `redact` alone."""
        allow: tuple[str, ...] = ()
        """Keyed hashes of known values that may pass, as `jurat scan --hash` prints them."""
        unscanned: Literal["deny", "advise"] = "deny"
        """What happens where the input has images, audio or files."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        _validate(params, rule.effect, context)
        counts = _filter(params, context)
        concerns = _concerns(params, context)
        redacts = rule.effect == "redact"
        unscanned_denies = params.unscanned == "deny"
        obliges = params if redacts else None

        def check(target: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            found: Detections = facts.detections
            media = target.__dict__.get("unscanned")
            if not found.hits and not found.undecided and media is None:
                return ()
            texts: dict[str, list[Detection]] = {}
            for hit in found.hits:
                if counts(hit):
                    texts.setdefault(hit.at, []).append(hit.detection)
            undecided = [id_ for id_ in found.undecided if concerns is None or id_ in concerns]
            if undecided and (redacts or not texts):
                raise Unfinished(undecided)
            findings = [_finding(at, texts[at], obliges) for at in sorted(texts)]
            if params.allow and any(
                d.known == _UNCOMPARED for each in texts.values() for d in each
            ):
                findings.append(_ALLOW_UNUSED)
            if media is not None:
                findings += _unread(media, unscanned_denies, redacts)
            return tuple(findings)

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        return ()  # detector outcomes, and /unscanned as far as it is known

    def entities(self, params: Any) -> frozenset[str] | None:
        # of packs the entities are not known here, so all are asked for
        return frozenset() if params.packs else frozenset(params.entities or ())

    def allowed(self, params: Any) -> frozenset[str]:
        return frozenset(params.allow)

    def examples(self, params: Any) -> Examples | None:
        text = next((_TEXTS[e] for e in params.entities or ("US_SSN",) if e in _TEXTS), None)
        if text is None or params.examples == "ignore":
            return None
        if params.where is not None and "message" not in params.where:
            return None
        if params.packs or (params.roles is not None and "user" not in params.roles):
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


_UNCOMPARED = "?"
_ALLOW_UNUSED = Finding(
    "allow-list-unused",
    f"values could not be held against the allow list: {KEY_VARIABLE} is not the key it was made "
    "with, so every value counts",
    advice=True,
    remediation=f"Set {KEY_VARIABLE} where the engine runs.",
)


def _validate(params: Any, effect: Effect, context: CompileContext) -> None:
    for name, vocabulary in (("entities", "entity"), ("packs", "pack")):
        for index, word in enumerate(getattr(params, name) or ()):
            must_know(vocabulary, word, context.words(vocabulary), (name, index))
    for entity in params.operators:
        must_know("entity", entity, context.words("entity"), ("operators", entity))
    for name in ("entities", "packs", "where", "roles"):
        if getattr(params, name) == ():
            raise ParamError(
                f"{name} is empty, so the rule would find nothing",
                at=(name,),
                help="name one or more, or leave it out for all",
            )
    for index, entry in enumerate(params.allow):
        if not ENTRY.fullmatch(entry):
            raise ParamError(
                "this is no keyed hash of a value",
                at=("allow", index),
                help="values don't stand in a bundle; `jurat scan --hash` prints their hashes",
            )
    for name in ("operator", "operators"):
        if effect != "redact" and name in params.model_fields_set:
            raise ParamError(
                f"an operator has no use in a rule with effect {effect}",
                at=(name,),
                help="leave it out, or choose effect redact",
            )


def _ids(params: Any, context: CompileContext) -> frozenset[str]:
    """The ids of the detectors of the packs."""
    return frozenset().union(*(context.words(f"pack {pack}") for pack in params.packs or ()))


def _concerns(params: Any, context: CompileContext) -> frozenset[str] | None:
    """The detectors whose failing concerns a rule with `params`; None for all."""
    if params.entities is None and params.packs is None:
        return None
    each = [context.words(f"entity {entity}") for entity in params.entities or ()]
    if not all(each):
        return None  # which detectors these are is not told
    return _ids(params, context).union(*each)


def _filter(params: Any, context: CompileContext) -> Any:
    """Whether a detection counts for a rule with `params`."""
    entities = frozenset(params.entities or ())
    ids = _ids(params, context)
    everything = params.entities is None and params.packs is None
    where = None if params.where is None else frozenset(params.where)
    left_out = frozenset() if params.roles is None else _ROLES.difference(params.roles)
    confidences = frozenset(CONFIDENCES[CONFIDENCES.index(params.min_confidence) :])
    ignore_examples = params.examples == "ignore"
    allow = frozenset(params.allow)

    def counts(hit: LocatedDetection) -> bool:
        detection = hit.detection
        return (
            (everything or detection.entity in entities or detection.detector in ids)
            and detection.confidence in confidences
            and not (ignore_examples and detection.example)
            and (where is None or hit.where in where)
            and hit.role not in left_out
            and detection.known not in allow
        )

    return counts


def _finding(at: str, detections: Iterable[Detection], params: Any) -> Finding:
    """`params` are those of a rule that redacts, else None."""
    # two detectors of one entity may agree on one value: it counts once
    values: dict[tuple[int, int, str], bool] = {}
    found = sorted(detections, key=lambda d: (d.start, d.end, d.entity, d.detector))
    for d in found:
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
        obligation=params and Redact(at, tuple(values), params.operator, params.operators),
        remediation="" if params else "Take the values out, or put placeholders in.",
        found=tuple(found),
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
