"""The built-in detectors against the labelled set: what `make bench-accuracy` prints holds."""

import json
import random

import pytest
from accuracy import CASES, MAIN, Line, Score, found_in, load, scores, total
from secret_cases import lookalikes, secrets

from jurat.scan import Scanner
from jurat_rules.packs import detectors

PRESIDIO = """
ABA_ROUTING_NUMBER AU_ABN AU_ACN AU_MEDICARE AU_TFN CA_POSTAL_CODE CA_SIN CREDIT_CARD CRYPTO DE_BSNR
DE_FUEHRERSCHEIN DE_HANDELSREGISTER DE_HEALTH_INSURANCE DE_ID_CARD DE_KFZ DE_LANR DE_PASSPORT DE_PLZ
DE_SOCIAL_SECURITY DE_TAX_ID DE_TAX_NUMBER DE_VAT_ID EMAIL_ADDRESS ES_NIE ES_NIF ES_PASSPORT
FI_PERSONAL_IDENTITY_CODE IBAN_CODE IN_AADHAAR IN_GSTIN IN_PAN IN_PASSPORT IN_VEHICLE_REGISTRATION
IN_VOTER IP_ADDRESS IT_DRIVER_LICENSE IT_FISCAL_CODE IT_IDENTITY_CARD IT_PASSPORT IT_VAT_CODE KR_BRN
KR_DRIVER_LICENSE KR_FRN KR_PASSPORT KR_RRN MAC_ADDRESS MEDICAL_LICENSE NG_NIN
NG_VEHICLE_REGISTRATION PHONE_NUMBER PH_PASSPORT PH_TIN PH_UMID PL_PESEL SE_ORGANISATIONSNUMMER
SE_PERSONNUMMER SG_NRIC_FIN SG_UEN TH_TNIN TR_LICENSE_PLATE TR_NATIONAL_ID UK_DRIVING_LICENCE UK_NHS
UK_NINO UK_PASSPORT UK_POSTCODE UK_VEHICLE_REGISTRATION URL US_BANK_NUMBER US_CLAIM_NUMBER
US_DRIVER_LICENSE US_HEALTH_INSURANCE_MEMBER_ID US_ITIN US_MBI US_NPI US_PASSPORT
US_PRESCRIPTION_NUMBER US_PRIOR_AUTHORIZATION_NUMBER US_PROVIDER_TAX_ID US_REFERRAL_NUMBER US_SSN
UUID ZA_COMPANY_REGISTRATION ZA_DRIVER_LICENSE ZA_ID_NUMBER ZA_INCOME_TAX_NUMBER ZA_LICENSE_PLATE
ZA_TRAFFIC_REGISTER_NUMBER ZA_VAT_NUMBER
"""
"""The entities that bear the names of Presidio's."""


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner(detectors())


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return load()


@pytest.fixture(scope="module")
def made(scanner: Scanner, lines: list[Line]) -> dict[str, Score]:
    return scores(scanner, lines)


def test_there_are_enough_detectors() -> None:
    every = detectors()
    secret = [d.id for d in every if d.entity == "SECRET"]
    personal = [d for d in every if d.entity != "SECRET"]
    assert len({name.partition(".")[0] for name in secret}) >= 200
    assert len(personal) >= 100
    names = PRESIDIO.split()
    assert len(names) >= 60
    assert set(names) <= {d.entity for d in personal}


def test_what_people_ask_for_first_is_found(made: dict[str, Score]) -> None:
    assert total(made, MAIN).f1() >= 0.97
    assert made["PHONE_NUMBER"].f1() >= 0.95
    assert all(made[entity].precision() >= 0.95 for entity in MAIN)


def test_each_entity_is_found_to_the_character_where_words_name_it(
    scanner: Scanner, lines: list[Line]
) -> None:
    named = [line for line in lines if line.kind in ("labelled", "plain", "record")]
    made = scores(scanner, named)
    weak = {entity: score.strict_f1() for entity, score in made.items() if score.wanted}
    # of the dates of birth that the set holds for Korea some are no dates
    assert {e: f for e, f in weak.items() if f < (0.9 if e == "KR_RRN" else 0.95)} == {}


def test_ambiguous_values(scanner: Scanner, lines: list[Line]) -> None:
    some = [line for line in lines if line.kind in ("ambiguous", "negative")]
    made = scores(scanner, some)
    whole = total(made, made)
    assert whole.precision() >= 0.85
    assert whole.recall() >= 0.8


def test_texts_that_hold_nothing(scanner: Scanner, lines: list[Line]) -> None:
    texts = [line.text for line in lines if line.kind == "negative"]
    assert len(texts) > 250
    assert sum(len(found_in(scanner, text)) for text in texts) <= 3


def test_secrets_and_their_lookalikes(scanner: Scanner) -> None:
    cases = secrets(scanner.detectors, random.Random(1))
    missed = [
        kind
        for kind, text, start, end in cases
        if not any(
            d.entity == "SECRET" and d.start < end and d.end > start for d in scanner.scan(text)
        )
    ]
    assert len(missed) <= len(cases) * 0.02
    alike = lookalikes(random.Random(2))
    flagged = [
        text
        for text in alike
        if any(d.entity == "SECRET" and not d.example for d in scanner.scan(text))
    ]
    assert len(flagged) <= len(alike) * 0.03


def test_the_set_is_what_its_generator_makes() -> None:
    pytest.importorskip("faker", reason="group bench: makes the set anew")
    from labelled import lines as make

    kept = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    assert json.loads(json.dumps(make())) == kept
