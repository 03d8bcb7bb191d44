from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.engine import Engine
from jurat.plugin import Detection, Detections, LocatedDetection
from jurat_rules.data_classification import DEFAULT_ENTITIES, DataClassification
from jurat_rules.packs import detectors

NOT_ADMITTED = ["class-not-admitted"]
OUTSIDE = ["class-outside-zone"]
NO_DPA = ["dpa-missing"]
NO_BAA = ["baa-missing"]
UNKNOWN = ["class-unknown"]
CLASSES = ["public", "internal", "confidential", "pii", "phi", "pci"]
WORDS = {
    "classification": set(CLASSES),
    "residency": {"eu", "us", "global"},
    "entity": {*DEFAULT_ENTITIES, "EMPLOYEE_ID"},
}
ALL_OPEN: dict[str, Any] = {"dpa": [], "baa": []}


# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    {},
    {"residency": {"confidential": ["eu", "us"]}, "dpa": ["confidential", "pii"]},
    {"anywhere": ["public", "confidential", "internal"], "entities": {"US_SSN": None}},
]


def request(classes: Any = ..., admitted: Any = ..., **more: Any) -> dict[str, Any]:
    body = dict(more)
    if classes is not ...:
        body["classification"] = classes
    if admitted is not ...:
        body["endpoint"] = {"classes": admitted, **more.get("endpoint", {})}
    return body


def hit(entity: str, start: int = 0, **fields: Any) -> LocatedDetection:
    given: dict[str, Any] = {"confidence": "medium", **fields}
    found = Detection(entity, entity.lower(), start=start, end=start + 5, **given)
    return LocatedDetection("/messages/0/content", found)


def found(*hits: LocatedDetection, undecided: tuple[str, ...] = ()) -> Detections:
    return Detections(hits, scanned=1, undecided=undecided)


@pytest.mark.parametrize(
    ("classes", "admitted", "codes"),
    [
        (["internal"], ["internal", "pii"], []),
        (["internal"], ["pii"], NOT_ADMITTED),
        (["internal", "pii"], ["internal", "pii"], []),
        (["internal", "pii"], ["internal"], NOT_ADMITTED),
        (["pci", "pii"], ["internal"], NOT_ADMITTED * 2),
        (["pii", "pii"], ["internal"], NOT_ADMITTED),
        (["internal"], [], NOT_ADMITTED),
        (["internal"], None, NOT_ADMITTED),  # absent admits nothing
        (["internal"], ..., ["unknown /endpoint/classes"]),
        (["public"], [], []),
        (["public"], ..., []),
        (["PII"], ["PII", "pii"], UNKNOWN),
        (["pii "], ["pii "], UNKNOWN),
        (["secret"], ["secret"], UNKNOWN),  # no word of the vocabulary
        ([""], [""], UNKNOWN),
        (["secret", "internal"], [], UNKNOWN + NOT_ADMITTED),
        (..., ["pii"], ["unknown /classification"]),
    ],
)
def test_classes_and_endpoints(bench: Any, classes: Any, admitted: Any, codes: list[str]) -> None:
    rule = bench(DataClassification)(ALL_OPEN, words=WORDS)
    assert rule.codes(request(classes, admitted)) == codes


@pytest.mark.parametrize(
    ("class_", "endpoint", "codes"),
    [
        ("pii", {"residency": "eu"}, []),
        ("pii", {"residency": "us"}, OUTSIDE),
        ("pii", {"residency": "global"}, OUTSIDE),
        ("pii", {"residency": None}, OUTSIDE),
        ("pii", {}, ["unknown /endpoint/residency"]),
        ("pci", {"residency": "us"}, []),
        ("pci", {"residency": "eu"}, []),
        ("internal", {}, []),
    ],
)
def test_residency(bench: Any, class_: str, endpoint: Any, codes: list[str]) -> None:
    params = {**ALL_OPEN, "residency": {"pii": ["eu"], "pci": ["eu", "us"]}}
    rule = bench(DataClassification)(params, words=WORDS)
    given = {"classification": [class_], "endpoint": {"classes": CLASSES, **endpoint}}
    assert rule.codes(given) == codes


@pytest.mark.parametrize(
    ("classes", "vendor", "codes"),
    [
        (["pii"], {"dpa": True}, []),
        (["pii"], {"dpa": False}, NO_DPA),
        (["pii"], {"dpa": None}, NO_DPA),
        (["pii"], None, NO_DPA),
        (["pii"], {"baa": True}, ["unknown /vendor/dpa"]),
        (["phi"], {"baa": True}, []),
        (["phi"], {"baa": False}, NO_BAA),
        (["phi"], {"baa": None}, NO_BAA),
        (["phi"], {"dpa": True}, ["unknown /vendor/baa"]),
        (["pii", "phi"], {"dpa": False, "baa": False}, NO_DPA + NO_BAA),
        (["internal"], {}, []),
    ],
)
def test_agreements(bench: Any, classes: Any, vendor: Any, codes: list[str]) -> None:
    rule = bench(DataClassification)(words=WORDS)
    assert rule.codes(request(classes, CLASSES, vendor=vendor)) == codes


def test_everything_that_is_wrong_is_told(bench: Any) -> None:
    params = {"residency": {"phi": ["eu"]}, "dpa": ["pii", "phi"], "baa": ["phi"]}
    rule = bench(DataClassification)(params, words=WORDS)
    endpoint = {"classes": [], "residency": "us"}
    given = {"classification": ["phi"], "endpoint": endpoint, "vendor": None}
    assert rule.codes(given) == NOT_ADMITTED + OUTSIDE + NO_DPA + NO_BAA
    assert all(finding.evidence == {"class": "phi"} for finding in rule(given))


@pytest.mark.parametrize("classes", [None, []])
@pytest.mark.parametrize(
    ("params", "hits", "codes"),
    [
        ({}, [], []),
        ({}, [hit("US_SSN")], NOT_ADMITTED),
        ({}, [hit("ABA_ROUTING_NUMBER")], []),
        ({}, [hit("SOMEBODYS_OWN")], []),  # what another rule's detectors found
        ({"entities": {"US_SSN": None}}, [hit("US_SSN")], []),
        ({"entities": {"US_SSN": "internal"}}, [hit("US_SSN")], []),
        ({"entities": {"EMPLOYEE_ID": "pii"}}, [hit("EMPLOYEE_ID")], NOT_ADMITTED),
        ({"entities": {"EMPLOYEE_ID": "pii"}}, [hit("US_SSN")], NOT_ADMITTED),
        ({"min_confidence": "high"}, [hit("US_SSN")], []),
        ({"min_confidence": "medium"}, [hit("US_SSN")], NOT_ADMITTED),
        ({}, [hit("US_SSN"), hit("CREDIT_CARD")], NOT_ADMITTED * 2),
        ({"otherwise": "pii"}, [], NOT_ADMITTED),
        ({"otherwise": "internal"}, [], []),
        ({"otherwise": "pii"}, [hit("CREDIT_CARD")], NOT_ADMITTED),
        ({"otherwise": "pii", "entities": {"CREDIT_CARD": "public"}}, [hit("CREDIT_CARD")], []),
    ],
)
def test_requests_that_nobody_classified(
    bench: Any, classes: Any, params: Any, hits: Any, codes: list[str]
) -> None:
    rule = bench(DataClassification)({**ALL_OPEN, **params}, words=WORDS)
    given = request(classes, ["internal"])
    assert rule.codes(given, detections=found(*hits)) == codes


def test_a_classification_is_believed(bench: Any) -> None:
    rule = bench(DataClassification)(ALL_OPEN, words=WORDS)
    seen = found(hit("US_SSN"), undecided=("slow",))
    given = request(["public"], [], unscanned={"images": 1})
    assert rule.codes(given, detections=seen) == []


def test_evidence_of_what_was_found(bench: Any) -> None:
    rule = bench(DataClassification)(ALL_OPEN, words=WORDS)
    hits = [hit("US_SSN"), hit("US_SSN", 9), hit("US_SSN", 9), hit("EMAIL_ADDRESS", 20)]
    (finding,) = rule(request(None, []), detections=found(*hits))
    assert finding.evidence == {"class": "pii", "EMAIL_ADDRESS": 1, "US_SSN": 2}


def test_detectors_that_could_not_finish(bench: Any) -> None:
    rule = bench(DataClassification)({**ALL_OPEN, "otherwise": "public"}, words=WORDS)
    with pytest.raises(RuntimeError, match="could not finish: us_ssn"):
        rule(request(None, ["pii"]), detections=found(undecided=("us_ssn",)))
    seen = found(hit("US_SSN"), undecided=("credit_card",))
    with pytest.raises(RuntimeError, match="could not finish: credit_card"):
        rule(request(None, ["pii"]), detections=seen)
    # what was found is enough to refuse
    assert rule.codes(request(None, []), detections=seen) == NOT_ADMITTED


@pytest.mark.parametrize(
    ("params", "media", "codes"),
    [
        ({}, {"images": 2, "audio": 0, "files": None}, ["content-unscanned"]),
        ({"unscanned": "advise"}, {"images": 2}, ["advice content-unscanned"]),
        ({}, {"images": 0}, []),
        ({}, None, []),
    ],
)
def test_media(bench: Any, params: Any, media: Any, codes: list[str]) -> None:
    rule = bench(DataClassification)(params, words=WORDS)
    assert rule.codes(request(None, [], unscanned=media)) == codes


@pytest.mark.parametrize(
    ("params", "at", "text"),
    [
        ({"dpa": ["pi"]}, ("dpa", 0), "did you mean pii?"),
        ({"baa": ["pii", "ph"]}, ("baa", 1), "did you mean phi?"),
        ({"anywhere": ["publik"]}, ("anywhere", 0), "did you mean public?"),
        ({"residency": {"pi": ["eu"]}}, ("residency", "pi"), "did you mean pii?"),
        ({"residency": {"pii": ["eu", "uss"]}}, ("residency", "pii", 1), "did you mean us?"),
        ({"residency": {"pii": []}}, ("residency", "pii"), "leave the class out"),
        ({"entities": {"US_SNN": "pii"}}, ("entities", "US_SNN"), "did you mean US_SSN?"),
        ({"entities": {"US_SSN": "pi"}}, ("entities", "US_SSN"), "did you mean pii?"),
        ({"otherwise": "intern"}, ("otherwise",), "did you mean internal?"),
        ({"anywhere": ["pii"]}, ("anywhere", 0), "one of the two"),
    ],
)
def test_refused_params(bench: Any, params: Any, at: Any, text: str) -> None:
    error = bench(DataClassification).refuses(params, words=WORDS)
    assert error.at == at
    assert text in error.help


def test_the_class_is_quoted_not_written(bench: Any) -> None:
    (finding,) = bench(DataClassification)(words=WORDS)(request(["canary"], []))
    assert "canary" not in finding.message
    assert finding.quote == {"class": "canary"}


def test_entities_asked_for() -> None:
    kind = DataClassification()

    def asked(entities: dict[str, Any]) -> Any:
        return kind.entities(kind.Params.model_validate({"entities": entities}))

    assert asked({}) == DEFAULT_ENTITIES.keys()
    assert asked({"US_SSN": None, "OWN": "pii"}) == {*DEFAULT_ENTITIES, "OWN"} - {"US_SSN"}
    assert asked(dict.fromkeys(DEFAULT_ENTITIES)) is None  # an empty set would ask for all


# Numbers of companies and banks, places, pages and records: they make no class.
NOBODYS = """
    ABA_ROUTING_NUMBER AU_ABN AU_ACN AU_BSB BR_CNPJ CA_BN CA_POSTAL_CODE CO_NIT DE_BSNR
    DE_HANDELSREGISTER DE_PLZ DE_VAT_ID EG_TN ES_CIF IN_GSTIN IN_IFSC IT_VAT_CODE KR_BRN
    SE_ORGANISATIONSNUMMER SG_UEN SWIFT_CODE TW_UBN UK_POSTCODE UK_SORT_CODE UK_VAT
    URL US_PROVIDER_TAX_ID US_ZIP_CODE UUID UY_RUT VN_MST ZA_COMPANY_REGISTRATION ZA_VAT_NUMBER
"""


def test_every_entity_of_the_packs_is_considered() -> None:
    assert {d.entity for d in detectors()} == DEFAULT_ENTITIES.keys() | set(NOBODYS.split())


def test_reads() -> None:
    kind = DataClassification()
    assert kind.reads(kind.Params.model_validate({"residency": {"pii": ["eu"]}})) == (
        "/classification", "/endpoint/classes", "/endpoint/residency", "/vendor/dpa", "/vendor/baa",
    )  # fmt: skip
    assert kind.reads(kind.Params.model_validate(ALL_OPEN)) == (
        "/classification",
        "/endpoint/classes",
    )


def test_text_through_the_engine() -> None:
    rules = """
- {id: classes, title: C, kind: data.classification, effect: deny, severity: high,
   params: {residency: {pii: [eu]}, entities: {CREDIT_CARD: null}}}
- {id: any, title: A, kind: expression, effect: permit, severity: info, when: "true"}
"""
    engine = Engine.load(
        {
            "bundle.yaml": "{name: a, version: 1.0.0, revision: 1}",
            "rules/a.yaml": rules,
            "data/endpoints.yaml": "{eu: {provider: openai, residency: eu, classes: [pii]},"
            " any: {provider: openai}}",
            "data/vendors.yaml": "{openai: {dpa: true}}",
        }
    )

    def codes(text: str, endpoint: str, **more: Any) -> list[str]:
        said = [{"role": "user", "content": text}]
        call = {"classification": None, "messages": said, "provider": "openai"}
        decision = engine.evaluate({**call, "endpoint": {"id": endpoint}, **more})
        return [reason.code for reason in decision.reasons]

    ssn = "The social security number (SSN) is 219-09-9999."
    assert codes(ssn, "eu") == []
    assert sorted(codes(ssn, "any")) == NOT_ADMITTED + OUTSIDE
    assert codes(ssn, "eu", provider="other") == NO_DPA
    assert codes("Charge the credit card 4111 1111 1111 1111.", "any") == []
    assert codes("Plan a trip.", "any") == []
    image = {"type": "image_url", "image_url": {"url": "https://example.com/x.png"}}
    media = [{"role": "user", "content": [image]}]
    assert codes("", "any", messages=media) == ["content-unscanned"]


@given(
    classes=st.lists(st.sampled_from([*CLASSES, "odd"]), min_size=1, max_size=3),
    admitted=st.lists(st.sampled_from(CLASSES), max_size=4),
    drop=st.integers(0, 3),
)
def test_shrinking_a_list_never_widens(
    bench: Any, classes: list[str], admitted: list[str], drop: int
) -> None:
    rule = bench(DataClassification)(ALL_OPEN, words=WORDS)
    fewer = admitted[:drop] + admitted[drop + 1 :]
    if rule.codes(request(classes, fewer)) == []:
        assert rule.codes(request(classes, admitted)) == []


@given(
    classes=st.none() | st.lists(st.sampled_from([*CLASSES, "odd"]), max_size=3),
    endpoint=st.fixed_dictionaries(
        {
            "classes": st.none() | st.lists(st.sampled_from(CLASSES), max_size=4),
            "residency": st.sampled_from(["eu", "us", None]),
        }
    ),
    vendor=st.fixed_dictionaries(
        {"dpa": st.sampled_from([True, False, None]), "baa": st.sampled_from([True, False, None])}
    ),
    seen=st.sets(st.sampled_from(["US_SSN", "CREDIT_CARD", "UK_NHS"])),
    gone=st.sets(
        st.sampled_from(["classification", "endpoint", "classes", "residency", "vendor", "dpa"]),
        max_size=3,
    ),
)
def test_what_is_not_sent_never_helps(
    bench: Any, without: Any, classes: Any, endpoint: Any, vendor: Any, seen: Any, gone: set[str]
) -> None:
    rule = bench(DataClassification)({"residency": {"pii": ["eu"]}}, words=WORDS)
    given = {"classification": classes, "endpoint": endpoint, "vendor": vendor}
    detections = found(*map(hit, sorted(seen)))
    if rule.codes(without(given, gone), detections=detections) == []:
        assert rule.codes(given, detections=detections) == []
