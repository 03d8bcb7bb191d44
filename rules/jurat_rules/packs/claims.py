"""Numbers of insurance and care in the United States, named by a label right before them."""

from jurat.plugin import Detector


def _told(name: str, entity: str, label: str, value: str, *examples: str) -> Detector:
    """Each payer has its own form: only the label says what the value is."""
    return Detector(
        id=name,
        entity=entity,
        patterns=(
            (
                rf"(?i:{label})(?i:[ _-]?(?:number|no\.?|num|id|#))?[\"' ]{{0,2}}[:=#]?[\"' ]{{0,2}}"
                rf"(?i:is |was )?[\"']?(?P<value>{value})(?:[^0-9A-Za-z-]|$)"
            ),
        ),
        validator=lambda found: any(c.isdigit() for c in found),
        checksum=False,
        confidence="medium",
        examples=examples,
        counter_examples=(f"{examples[0].split()[0]} pending", "item 4829137"),
        source="HIPAA, 45 CFR 164.514(b)(2)(i); each payer has its own form",
    )


DETECTORS = (
    _told(
        "us.claim",
        "US_CLAIM_NUMBER",
        r"claim",
        r"[A-Z]{0,4}-?[0-9]{2,4}-?[0-9]{4,12}",
        "claim number CLM-2024-482913",
        "Claim #: 48291370512",
    ),
    _told(
        "us.member-id",
        "US_HEALTH_INSURANCE_MEMBER_ID",
        r"(?:member|subscriber|insurance)(?:[ _-]id)?",
        r"[A-Z]{1,4}-?[0-9]{6,12}|[0-9]{8,12}",
        "member ID XYZ482913705",
        "Subscriber ID: W48291370",
    ),
    _told(
        "us.prescription",
        "US_PRESCRIPTION_NUMBER",
        r"(?:\brx|prescription)",
        r"(?:RX-?)?[0-9]{6,12}",
        "Rx# 4829137",
        "prescription number RX48291370",
    ),
    _told(
        "us.prior-authorization",
        "US_PRIOR_AUTHORIZATION_NUMBER",
        r"(?:prior[ _-]auth(?:orization)?|authorization|pre-?authorization)",
        r"(?:PA|AUTH)?-?[0-9]{6,12}",
        "prior authorization number PA482913705",
        "authorization no. 482913705",
    ),
    _told(
        "us.referral",
        "US_REFERRAL_NUMBER",
        r"referral",
        r"(?:REF|R)?-?[0-9]{6,12}",
        "referral number REF-4829137",
        "Referral #48291370",
    ),
)
