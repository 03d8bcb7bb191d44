"""What a decision has redacted is looked at once more: where values go, a word that stood far from
another value stands nearer, and may speak for it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from jurat.model import Text
from jurat.plan import Decision, FactSet, Obligation, Plan, Reason, refused, replacements_of
from jurat.plugin import CONFIDENCES, Detections, LocatedDetection
from jurat.scan import Vault, json_replacements, redact_text, spans_before

from ._detect import Seen, detect
from ._judging import decide_on
from ._made import with_replacements

LOOKS = 4


def with_redactions(
    decision: Decision,
    plans: Sequence[Plan],
    collected: Sequence[FactSet],
    texts: Sequence[Text],
    now: datetime,
    key: bytes,
    vault: Vault | None = None,
) -> Decision:
    """`decision` with the replacements made (see `with_replacements`), after whose redactions the
    detectors find nothing more that a rule would redact.

    What they find in a text as redacted is added to the facts, at its place in the text as it was
    sent, and decided on again: so the record has it. A deny where there is no end to it.
    """
    for one in decision.obligations:
        if one.type == "redact":
            break
    else:
        return decision
    for _ in range(LOOKS):
        decision = with_replacements(decision, texts, key, vault)
        asked = [one for one in decision.obligations if one.type == "redact"]
        if not asked or not _found_more(asked, plans, collected, texts):
            return decision
        vault = decision.vault or vault  # a value has one token, however often it is made
        further = decide_on(plans, collected, now)
        if [one for one in further.obligations if one.type == "redact"] == [
            replace(one, made=()) for one in asked
        ]:
            return with_replacements(further, texts, key, vault)
        decision = further
    return refused(decision, [_endless(one) for one in decision.obligations if one.spans])


def _found_more(
    asked: Iterable[Obligation],
    plans: Sequence[Plan],
    collected: Sequence[FactSet],
    texts: Iterable[Text],
) -> bool:
    """Whether facts were added: what is found in the texts as redacted, and was not before."""
    by_pointer = {text.at: text for text in texts}
    made: dict[str, list[tuple[int, int, str]]] = {}
    redacted = []
    for obligation in asked:
        text = by_pointer.get(obligation.at)
        if text is not None:
            each = replacements_of(obligation)
            made[text.at] = json_replacements(text.text, each) if text.kind == "json" else each
            redacted.append(replace(text, text=redact_text(text.text, made[text.at])))
    more = False
    seen: Seen = {}
    for plan, facts in zip(plans, collected, strict=True):
        found = detect(redacted, plan.entities(facts.kind), plan.scanner(), seen)
        before = facts.detections
        hits = tuple(_further(found.hits, before.hits, made))
        undecided = sorted({*before.undecided, *found.undecided})
        if hits or len(undecided) > len(before.undecided):
            facts.detections = Detections((*before.hits, *hits), before.scanned, tuple(undecided))
            more = True
    return more


def _further(
    hits: Iterable[LocatedDetection],
    before: Iterable[LocatedDetection],
    made: Mapping[str, Sequence[tuple[int, int, str]]],
) -> Iterator[LocatedDetection]:
    """Those of `hits`, found once `made` was, that were not found `before`, or not as surely."""
    sure = {_what(hit): CONFIDENCES.index(hit.detection.confidence) for hit in before}
    for hit in hits:
        found = hit.detection
        ((start, end),) = spans_before([(found.start, found.end)], made[hit.at])
        if any(first <= start and end <= last for first, last, _ in made[hit.at]):
            continue  # it is within what was made
        one = replace(hit, detection=replace(found, start=start, end=end))
        if CONFIDENCES.index(found.confidence) > sure.get(_what(one), -1):
            yield one


def _what(hit: LocatedDetection) -> tuple[str, str, str, int, int]:
    found = hit.detection
    return hit.at, found.entity, found.detector, found.start, found.end


def _endless(obligation: Obligation) -> Reason:
    return Reason(
        "obligation-conflict",
        f"the text at {obligation.at} can't be redacted: values are found as others go",
        "high",
        rules=obligation.rules,
        effect="deny",
        at=obligation.at,
    )
