"""Data of a class goes only where that class may go."""

from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from pydantic import Field

from jurat.model import Request
from jurat.plugin import (
    CONFIDENCES,
    Check,
    CompileContext,
    Confidence,
    Example,
    Examples,
    Facts,
    Finding,
    ParamError,
    RuleKind,
    RuleParams,
    RuleSpec,
    Unfinished,
)

from ._words import VOCABULARY, must_know

# What detectors find, and the class that it makes of a text.
_CLASSES: Mapping[str, str] = {
    "phi": """
        AU_MEDICARE DE_HEALTH_INSURANCE MEDICAL_RECORD_NUMBER UK_NHS US_CLAIM_NUMBER
        US_HEALTH_INSURANCE_MEMBER_ID US_MBI US_PRESCRIPTION_NUMBER
        US_PRIOR_AUTHORIZATION_NUMBER US_REFERRAL_NUMBER
    """,
    "pci": "CREDIT_CARD",
    "confidential": "SECRET",
    "pii": """
        AR_CUIT AR_DNI AT_VNR AU_PASSPORT AU_TFN BE_NN BG_EGN BG_PNF BR_CPF BR_RG
        CA_DRIVER_LICENSE CA_PASSPORT CA_SIN CH_AHV CL_RUT CN_PASSPORT CN_RIC CO_CEDULA
        CRYPTO CZ_RC DATE_OF_BIRTH DE_FUEHRERSCHEIN DE_ID_CARD DE_KFZ DE_LANR DE_PASSPORT
        DE_SOCIAL_SECURITY DE_TAX_ID DE_TAX_NUMBER DK_CPR DO_CEDULA EC_CEDULA EE_ISIKUKOOD
        EMAIL_ADDRESS ES_NIE ES_NIF ES_PASSPORT FI_PERSONAL_IDENTITY_CODE FR_CNI
        FR_LICENSE_PLATE FR_NIR FR_SPI GR_AFM GR_AMKA HK_ID HR_OIB IBAN_CODE ID_NIK ID_NPWP
        IE_PPS IL_ID_NUMBER IMEI IMSI IN_AADHAAR IN_DRIVING_LICENCE IN_PAN IN_PASSPORT
        IN_VEHICLE_REGISTRATION IN_VID IN_VOTER IP_ADDRESS IS_KENNITALA IT_DRIVER_LICENSE
        IT_FISCAL_CODE IT_IDENTITY_CARD IT_LICENSE_PLATE IT_PASSPORT JP_MY_NUMBER
        JP_PASSPORT KE_PIN KR_DRIVER_LICENSE KR_FRN KR_PASSPORT KR_RRN LT_ASMENS_KODAS
        MAC_ADDRESS MEDICAL_LICENSE MX_CURP MX_RFC MY_NRIC NG_NIN NG_VEHICLE_REGISTRATION
        NL_BSN NO_FODSELSNUMMER NZ_IRD PASSPORT PE_RUC PHONE_NUMBER PH_PASSPORT PH_TIN
        PH_UMID PK_CNIC PL_NIP PL_PESEL PT_CC PT_NIF RO_CNP RU_INN SE_PERSONNUMMER
        SG_NRIC_FIN SI_EMSO TH_TNIN TR_LICENSE_PLATE TR_NATIONAL_ID UA_RNTRC
        UK_DRIVING_LICENCE UK_NINO UK_PASSPORT UK_UTR UK_VEHICLE_REGISTRATION
        US_BANK_NUMBER US_DRIVER_LICENSE US_ITIN US_LICENSE_PLATE US_NPI US_PASSPORT US_SSN
        VE_RIF VIN ZA_DRIVER_LICENSE ZA_ID_NUMBER ZA_INCOME_TAX_NUMBER ZA_LICENSE_PLATE
        ZA_TRAFFIC_REGISTER_NUMBER
    """,
}
DEFAULT_ENTITIES: Mapping[str, str] = MappingProxyType(
    {entity: class_ for class_, entities in _CLASSES.items() for entity in entities.split()}
)


class DataClassification(RuleKind):
    """Data of a class is sent only to endpoints and vendors that may receive that class.

    ## What it does
    Looks at each class of the request. Fires where the endpoint's `classes` don't list it; where
    the endpoint guarantees none of the zones that `residency` gives for it; and where the vendor
    has no data processing agreement (`dpa`) or business associate agreement (`baa`) and the class
    needs one. The classes are those of `/classification`. Where that is null or empty, nobody
    classified the request: then it has the classes of what the detectors found in its text, by
    the table `entities`.

    ## Why
    Which data may leave, and to whom, is decided by its class: health data needs another contract
    than a press release. People forget to classify, so what the text itself shows counts where
    they did.

    ## Example
    ```yaml
    - id: classes
      title: Each class of data goes where it may
      kind: data.classification
      effect: deny
      severity: critical
      params:
        residency: {pii: [eu], phi: [eu]}
        dpa: [pii, phi]
        baa: [phi]
        entities: {EMPLOYEE_ID: confidential, IP_ADDRESS: null}
        otherwise: internal
    ```

    ## Options
    - `residency`: zones by class; the endpoint must guarantee one of them.
    - `dpa`: the classes for which the vendor needs a data processing agreement (default: `pii`).
    - `baa`: the classes for which it needs a business associate agreement (default: `phi`).
    - `anywhere`: the classes that any endpoint may receive (default: `public`).
    - `entities`: the class of what a detector finds, by entity. It adds to jurat's own table,
      and changes it; `null` takes an entity out. The table has `CREDIT_CARD` as pci, secrets as
      confidential, numbers of patients as phi, and what else identifies a person or their device
      as pii; numbers of companies and banks, postcodes and
      addresses of pages make no class.
    - `otherwise`: the class of a request that nobody classified and in which nothing was found
      (default: none, so it may go anywhere).
    - `min_confidence`: the least confidence of a detection that counts (default: `low`).
    - `unscanned`: whether images, audio and files in a request that nobody classified, which no
      detector reads, `deny` the call or `advise` of themselves.

    ## Limits
    A classification that was not sent is unknown, which denies. One that was sent is believed;
    `pii.patterns` judges what is in the text all the same. A class that is no word of the
    vocabulary fires. Patterns find what has a shape: a diagnosis in words makes no text phi. A
    detector that could not finish makes the rule err, which denies. What an endpoint claims about
    its residency is compared with its SKU by `data.residency`. `classes`, `dpa` and `baa` that
    are known to be absent admit nothing. Images, audio and files that the request does not count
    in `/unscanned` are those of its messages.

    ## Codes
    | code | meaning |
    |---|---|
    | `class-not-admitted` | the endpoint may not receive the class |
    | `class-outside-zone` | the endpoint guarantees none of the zones of the class |
    | `dpa-missing` | the vendor has no data processing agreement, and the class needs one |
    | `baa-missing` | the vendor has no business associate agreement, and the class needs one |
    | `class-unknown` | the class is no word of the vocabulary |
    | `content-unscanned` | nobody classified the request, and it has parts that no detector reads |
    """

    name = "data.classification"
    judges = Request
    effects = {"deny", "advise"}
    optional = ("/metadata", "/unscanned")  # text is what was sent of it

    class Params(RuleParams):
        residency: dict[str, tuple[str, ...]] = Field(default_factory=dict)
        """Zones by class: the endpoint must guarantee one of them."""
        dpa: tuple[str, ...] = ("pii",)
        """Classes for which the vendor needs a data processing agreement."""
        baa: tuple[str, ...] = ("phi",)
        """Classes for which the vendor needs a business associate agreement."""
        anywhere: tuple[str, ...] = ("public",)
        """Classes that any endpoint may receive."""
        entities: dict[str, str | None] = Field(default_factory=dict)
        """The class of what a detector finds, by entity; null takes an entity out."""
        otherwise: str | None = None
        """The class of a request that nobody classified and in which nothing was found."""
        min_confidence: Confidence = "low"
        """The least confidence of a detection that counts: low, medium, high."""
        unscanned: Literal["deny", "advise"] = "deny"
        """What happens where nobody classified a request with images, audio or files."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        known = context.words("classification")
        _validate(params, known, context)
        needs = {class_: _need(class_, params) for class_ in known}
        class_of = _class_of(params)
        confidences = frozenset(CONFIDENCES[CONFIDENCES.index(params.min_confidence) :])
        otherwise = params.otherwise
        plain: dict[str, dict[str, int]] = {} if otherwise is None else {otherwise: {}}
        unscanned_denies = params.unscanned == "deny"

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            given = request.classification
            if given:
                return _judge(given, request, needs, _NOTHING)
            detections = facts.detections
            media = request.__dict__.get("unscanned")
            if media is None and not (detections.hits or detections.undecided):
                return _judge(plain, request, needs, plain) if plain else ()
            seen: dict[str, dict[str, set[tuple[str, int, int]]]] = {}
            for hit in detections.hits:
                found = hit.detection
                class_ = class_of.get(found.entity)
                if class_ is not None and found.confidence in confidences:
                    values = seen.setdefault(class_, {}).setdefault(found.entity, set())
                    values.add((hit.at, found.start, found.end))
            if not seen and otherwise is not None:
                seen[otherwise] = {}
            evidence = {
                class_: {entity: len(values) for entity, values in sorted(entities.items())}
                for class_, entities in seen.items()
            }
            findings = _judge(evidence, request, needs, evidence)
            if detections.undecided and not findings:
                raise Unfinished(detections.undecided)
            return findings if media is None else findings + _unread(media, unscanned_denies)

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        read = ["/classification", "/endpoint/classes"]
        if params.residency:
            read.append("/endpoint/residency")
        read += [f"/vendor/{name}" for name in ("dpa", "baa") if getattr(params, name)]
        return tuple(read)

    def entities(self, params: Any) -> frozenset[str] | None:
        return frozenset(_class_of(params)) or None

    def examples(self, params: Any) -> Examples | None:
        classes = ("confidential", "internal", "pii", "phi", "pci")
        class_ = next((name for name in classes if name not in params.anywhere), None)
        if class_ is None:
            return None  # the classes of one's own are the bundle's affair
        zone = next(iter(params.residency.get(class_, ())), None)

        def made(note: str, classes: list[str], **more: Any) -> Example:
            given = {
                "classification": [class_],
                "endpoint": {"classes": classes, "residency": zone},
                "vendor": {"dpa": True, "baa": True},
                "unscanned": None,
            }
            return Example(given | more, note=note)

        fires = [made(f"{class_} data goes to an endpoint for other data", [])]
        if _class_of(params).get("US_SSN") not in (None, *params.anywhere):
            text = "The customer's social security number (SSN) is 219-09-9999."
            said = [{"role": "user", "content": text}]
            note = "nobody classified the request, and an identifier is in it"
            fires.append(made(note, [], classification=None, messages=said))
        passes = made(f"{class_} data goes to an endpoint that may receive it", [class_])
        return Examples(fires=tuple(fires), passes=(passes,))


class _Need(NamedTuple):
    """What a class asks for. `zones` is None where it may be anywhere."""

    endpoint: bool
    zones: frozenset[str] | None
    dpa: bool
    baa: bool


def _need(class_: str, params: Any) -> _Need:
    zones = params.residency.get(class_)
    return _Need(
        class_ not in params.anywhere,
        None if zones is None else frozenset(zones),
        class_ in params.dpa,
        class_ in params.baa,
    )


_NOTHING: Mapping[str, Mapping[str, int]] = {}


def _class_of(params: Any) -> dict[str, str]:
    """The class of each entity that counts."""
    merged = {**DEFAULT_ENTITIES, **params.entities}
    return {entity: class_ for entity, class_ in merged.items() if class_ is not None}


def _validate(params: Any, known: frozenset[str], context: CompileContext) -> None:
    def must_be_class(class_: str, *at: str | int) -> None:
        must_know("class", class_, known, at, extend=VOCABULARY)

    zones = context.words("residency")
    for class_, names in params.residency.items():
        must_be_class(class_, "residency", class_)
        if not names:
            raise ParamError(
                "there is no zone, so no endpoint would do",
                at=("residency", class_),
                help="name one or more, or leave the class out",
            )
        for index, zone in enumerate(names):
            must_know("zone", zone, zones, ("residency", class_, index), extend=VOCABULARY)
    for name in ("dpa", "baa", "anywhere"):
        for index, class_ in enumerate(getattr(params, name)):
            must_be_class(class_, name, index)
    for entity, class_ in params.entities.items():
        must_know("entity", entity, context.words("entity"), ("entities", entity))
        if class_ is not None:
            must_be_class(class_, "entities", entity)
    if params.otherwise is not None:
        must_be_class(params.otherwise, "otherwise")
    for index, class_ in enumerate(params.anywhere):
        for name in ("residency", "dpa", "baa"):
            if class_ in getattr(params, name):
                raise ParamError(
                    f"{class_} may go anywhere, and {name} asks something of it",
                    at=("anywhere", index),
                    help="take it out of one of the two",
                )


def _judge(
    classes: Collection[str],
    request: Any,
    needs: Mapping[str, _Need],
    detected: Mapping[str, Mapping[str, int]],
) -> tuple[Finding, ...]:
    found: tuple[Finding, ...] = ()
    for class_ in classes if len(classes) == 1 else dict.fromkeys(classes):
        need = needs.get(class_)
        if need is None:
            found += (_unknown(class_),)
            continue
        # the words of classes below are the vocabulary's, so messages may hold them
        endpoint, zones, dpa, baa = need
        if endpoint and class_ not in (request.endpoint.classes or ()):
            found += (
                Finding(
                    "class-not-admitted",
                    f"the endpoint may not receive {class_} data",
                    at="/endpoint/classes",
                    evidence={"class": class_, **detected.get(class_, {})},
                    remediation="Take the data out, or send it to an endpoint for its class.",
                ),
            )
        if zones is not None and request.endpoint.residency not in zones:
            found += (
                Finding(
                    "class-outside-zone",
                    f"{class_} data stays in {' or '.join(sorted(zones))}, "
                    "which the endpoint doesn't guarantee",
                    at="/endpoint/residency",
                    evidence={"class": class_, **detected.get(class_, {})},
                    remediation="Send the data to an endpoint that guarantees the zone.",
                ),
            )
        if dpa and request.vendor.dpa is not True:
            found += (
                Finding(
                    "dpa-missing",
                    f"the vendor has no data processing agreement, and {class_} data needs one",
                    at="/vendor/dpa",
                    evidence={"class": class_, **detected.get(class_, {})},
                    remediation="Use a vendor with the agreement, or conclude and register it.",
                ),
            )
        if baa and request.vendor.baa is not True:
            found += (
                Finding(
                    "baa-missing",
                    f"the vendor has no business associate agreement, and {class_} data needs one",
                    at="/vendor/baa",
                    evidence={"class": class_, **detected.get(class_, {})},
                    remediation="Use a vendor with the agreement, or conclude and register it.",
                ),
            )
    return found


def _unknown(class_: str) -> Finding:
    return Finding(
        "class-unknown",
        "{class} is no class of data that the policy knows",
        at="/classification",
        quote={"class": class_},
        remediation="Send a word of the vocabulary classification, or add this one to it.",
    )


def _unread(media: Any, denies: bool) -> tuple[Finding, ...]:
    """A finding for parts that no detector reads. `media` is the input's `unscanned`."""
    parts = {name: media.__dict__.get(name) or 0 for name in ("images", "audio", "files")}
    present = {name: count for name, count in parts.items() if count}
    if not present:
        return ()
    return (
        Finding(
            "content-unscanned",
            f"nobody classified the request, and no detector reads its {' and '.join(present)}",
            at="/unscanned",
            evidence=present,
            advice=not denies,
            remediation="Send the classification, or have the rule set `unscanned: advise`.",
        ),
    )
