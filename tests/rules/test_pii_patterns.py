from typing import Any, get_args

import pytest

from jurat.model import Text
from jurat.plugin import Detection, Detections, LocatedDetection, Redact
from jurat_rules.pii_patterns import Operator, PiiPatterns, Where

FOUND = ["pii-found"]
AT = "/messages/0/content"


# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [{}, {"entities": ["IBAN_CODE"]}, {"min_confidence": "medium"}]


def hit(
    entity: str = "US_SSN", start: int = 0, end: int = 11, at: str = AT, **fields: Any
) -> LocatedDetection:
    where = fields.pop("where", "message")
    detection: dict[str, Any] = {"detector": entity.lower(), "confidence": "medium", **fields}
    return LocatedDetection(at, Detection(entity, start=start, end=end, **detection), where)


def found(*hits: LocatedDetection, undecided: tuple[str, ...] = ()) -> Detections:
    return Detections(hits, scanned=1, undecided=undecided)


def test_the_reason_of_the_worked_case(bench: Any) -> None:
    entities = ["US_SSN", "CREDIT_CARD", "IBAN_CODE"]
    rule = bench(PiiPatterns)({"entities": entities, "operator": "label"}, effect="redact")
    detections = found(
        hit("CREDIT_CARD", 49, 68, validated=True, confidence="high", example=True),
        hit("US_SSN", 32, 43, example=True),
    )
    (finding,) = rule({}, detections=detections)
    assert finding.code == "pii-found"
    assert finding.at == AT
    assert finding.message == "2 identifiers: US_SSN, CREDIT_CARD"
    assert finding.evidence == {"US_SSN": 1, "CREDIT_CARD": 1}
    assert finding.example
    assert finding.obligation == Redact(AT, ((32, 43, "US_SSN"), (49, 68, "CREDIT_CARD")), "label")


@pytest.mark.parametrize(
    ("params", "detection", "codes"),
    [
        ({}, hit(), FOUND),
        ({"entities": ["US_SSN"]}, hit(), FOUND),
        ({"entities": ["IBAN_CODE"]}, hit(), []),
        ({"min_confidence": "medium"}, hit(confidence="low"), []),
        ({"min_confidence": "medium"}, hit(confidence="medium"), FOUND),
        ({"min_confidence": "high"}, hit(confidence="medium"), []),
        ({"min_confidence": "high"}, hit(confidence="high"), FOUND),
        ({}, hit(example=True), FOUND),
        ({"examples": "ignore"}, hit(example=True), []),
        ({"examples": "ignore"}, hit(), FOUND),
        ({"where": ["message"]}, hit(where="tool_call"), []),
        ({"where": ["message", "tool_call"]}, hit(where="tool_call"), FOUND),
        ({}, hit(where="other"), FOUND),
    ],
)
@pytest.mark.parametrize("on", ["request", "response"])
@pytest.mark.parametrize("effect", ["deny", "redact", "advise"])
def test_what_counts(
    bench: Any, params: Any, detection: LocatedDetection, codes: list[str], on: str, effect: Any
) -> None:
    rule = bench(PiiPatterns)(params, effect=effect, on=on)
    assert rule.codes({}, detections=found(detection)) == codes
    assert rule.codes({}, detections=found()) == []


def test_one_finding_per_text(bench: Any) -> None:
    detections = found(
        hit(at="/messages/1/content"), hit("SECRET", 20, 60), hit(start=90, end=101), hit()
    )
    first, second = bench(PiiPatterns)(effect="redact")({}, detections=detections)
    assert (first.at, second.at) == ("/messages/0/content", "/messages/1/content")
    assert first.message == "3 identifiers: US_SSN, SECRET"
    assert first.evidence == {"US_SSN": 2, "SECRET": 1}
    assert second.message == "1 identifier: US_SSN"


def test_two_detectors_agree_on_one_value(bench: Any) -> None:
    detections = found(hit(detector="a", example=True), hit(detector="b"))
    (finding,) = bench(PiiPatterns)(effect="redact")({}, detections=detections)
    assert finding.evidence == {"US_SSN": 1}
    assert finding.obligation == Redact(AT, ((0, 11, "US_SSN"),))
    assert not finding.example  # to one of them it is real


def test_order_of_detections_changes_nothing(bench: Any) -> None:
    hits = [hit(), hit("SECRET", 20, 60), hit("SECRET", 0, 11), hit(at="/a")]
    rule = bench(PiiPatterns)(effect="redact")
    assert rule({}, detections=found(*hits)) == rule({}, detections=found(*reversed(hits)))


@pytest.mark.parametrize("effect", ["deny", "redact"])
def test_unfinished_detectors_are_never_clean(bench: Any, effect: Any) -> None:
    rule = bench(PiiPatterns)(effect=effect)
    with pytest.raises(RuntimeError, match="could not finish: slow"):
        rule({}, detections=found(undecided=("slow",)))
    if effect == "redact":  # what one detector found is not all that has to go
        with pytest.raises(RuntimeError):
            rule({}, detections=found(hit(), undecided=("slow",)))
    else:
        assert rule.codes({}, detections=found(hit(), undecided=("slow",))) == FOUND


@pytest.mark.parametrize(
    ("params", "effect", "media", "expected"),
    [
        ({}, "deny", {"images": 2}, ("content-unscanned", False, None)),
        ({}, "redact", {"images": 2}, ("content-unscanned", False, "deny")),
        ({}, "advise", {"images": 2}, ("content-unscanned", False, None)),
        ({"unscanned": "advise"}, "deny", {"images": 2}, ("content-unscanned", True, None)),
        ({"unscanned": "advise"}, "redact", {"images": 2}, ("content-unscanned", True, None)),
        ({}, "deny", {"tokens": 1}, ("content-unscanned", False, None)),
        ({}, "deny", {"images": 0, "audio": None}, None),
        ({}, "deny", None, None),
        ({}, "deny", {}, None),
    ],
)
def test_media(bench: Any, params: Any, effect: Any, media: Any, expected: Any) -> None:
    findings = bench(PiiPatterns)(params, effect=effect)({"unscanned": media})
    assert [(f.code, f.advice, f.effect) for f in findings] == ([expected] if expected else [])


def test_media_beside_text(bench: Any) -> None:
    given = {"unscanned": {"images": 1, "files": 3}}
    text, media = bench(PiiPatterns)()(given, detections=found(hit()))
    assert text.code == "pii-found"
    assert media.message == "no detector reads the input's images and files"
    assert media.evidence == {"images": 1, "files": 3}


def test_entities_to_run() -> None:
    kind = PiiPatterns()
    assert kind.entities(kind.Params()) == frozenset()  # all
    assert kind.entities(kind.Params(entities=("US_SSN",))) == frozenset({"US_SSN"})


@pytest.mark.parametrize(
    ("params", "effect", "at", "text"),
    [
        ({"entities": []}, "deny", ("entities",), "leave it out for all"),
        ({"where": []}, "deny", ("where",), "leave it out for all"),
        ({"operator": "label"}, "deny", ("operator",), "choose effect redact"),
        ({"entities": ["US_SNN"]}, "deny", ("entities", 0), "did you mean US_SSN?"),
    ],
)
def test_refused_params(bench: Any, params: Any, effect: Any, at: Any, text: str) -> None:
    words = {"entity": {"US_SSN", "IBAN_CODE"}}
    error = bench(PiiPatterns).refuses(params, effect=effect, words=words)
    assert error.at == at
    assert text in error.help


def test_words_are_those_of_the_model() -> None:
    assert set(get_args(Where)) == set(get_args(Text.__dataclass_fields__["where"].type))


def test_operators_are_those_of_the_scanner() -> None:
    scan = pytest.importorskip("jurat.scan")
    assert set(get_args(Operator)) == set(scan.OPERATORS)
