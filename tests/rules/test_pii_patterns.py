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
    where, role = fields.pop("where", "message"), fields.pop("role", "")
    detection: dict[str, Any] = {"detector": entity.lower(), "confidence": "medium", **fields}
    return LocatedDetection(at, Detection(entity, start=start, end=end, **detection), where, role)


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


ENTRY = "hmac:0a1b2c3d:" + "5" * 40
DETECTORS = {
    "entity": {"US_SSN", "IBAN_CODE", "PERSON"},
    "entity US_SSN": {"us.ssn", "us.ssn.bare"},
    "entity PERSON": {"names"},
    "pack": {"secrets", "national"},
    "pack national": {"us.ssn"},
}


@pytest.mark.parametrize(
    ("params", "detection", "codes"),
    [
        ({"roles": ["user"]}, hit(role="user"), FOUND),
        ({"roles": ["user"]}, hit(role="system"), []),
        ({"roles": ["user"]}, hit(role=""), FOUND),
        ({"roles": ["user"]}, hit(role="narrator"), FOUND),
        ({"packs": ["national"]}, hit(detector="us.ssn"), FOUND),
        ({"packs": ["national"]}, hit(detector="us.ssn.bare"), []),
        ({"packs": ["national"], "entities": ["US_SSN"]}, hit(detector="us.ssn.bare"), FOUND),
        ({"allow": [ENTRY]}, hit(known=ENTRY), []),
        ({"allow": [ENTRY]}, hit(known=""), FOUND),
        ({"allow": [ENTRY]}, hit(known="?"), [*FOUND, "advice allow-list-unused"]),
        ({}, hit(known="?"), FOUND),
        ({}, hit(known=ENTRY), FOUND),
    ],
)
def test_whose_text_which_packs_and_what_is_known(
    bench: Any, params: Any, detection: LocatedDetection, codes: list[str]
) -> None:
    rule = bench(PiiPatterns)(params, words=DETECTORS)
    assert rule.codes({}, detections=found(detection)) == codes


def test_detectors_that_were_not_asked_for_do_not_matter(bench: Any) -> None:
    rule = bench(PiiPatterns)({"entities": ["US_SSN"]}, effect="redact", words=DETECTORS)
    assert rule({}, detections=found(undecided=("names",))) == ()
    with pytest.raises(RuntimeError, match=r"could not finish: us\.ssn$"):
        rule({}, detections=found(undecided=("names", "us.ssn")))
    for params in ({}, {"entities": ["IBAN_CODE"]}):  # all; whose detectors are not told
        with pytest.raises(RuntimeError):
            bench(PiiPatterns)(params, words=DETECTORS)({}, detections=found(undecided=("names",)))


def test_operators_by_entity(bench: Any) -> None:
    params = {"operator": "mask", "operators": {"US_SSN": "remove"}}
    (finding,) = bench(PiiPatterns)(params, effect="redact", words=DETECTORS)(
        {}, detections=found(hit())
    )
    assert finding.obligation == Redact(AT, ((0, 11, "US_SSN"),), "mask", {"US_SSN": "remove"})


def test_what_a_finding_tells_of_each_detection(bench: Any) -> None:
    one = hit(detector="us.ssn")
    (finding,) = bench(PiiPatterns)()({}, detections=found(one))
    assert finding.found == (one.detection,)


@pytest.mark.parametrize(
    ("params", "effect", "at", "text"),
    [
        ({"packs": ["secret"]}, "deny", ("packs", 0), "did you mean secrets?"),
        ({"packs": []}, "deny", ("packs",), "leave it out for all"),
        ({"roles": []}, "deny", ("roles",), "leave it out for all"),
        ({"operators": {"US_SNN": "mask"}}, "redact", ("operators", "US_SNN"), "US_SSN?"),
        ({"operators": {"US_SSN": "mask"}}, "advise", ("operators",), "effect redact"),
        ({"allow": ["123-45-6789"]}, "deny", ("allow", 0), "jurat scan --hash"),
    ],
)
def test_more_refused_params(bench: Any, params: Any, effect: Any, at: Any, text: str) -> None:
    error = bench(PiiPatterns).refuses(params, effect=effect, words=DETECTORS)
    assert error.at == at
    assert text in error.help
    assert "123-45" not in str(error)
