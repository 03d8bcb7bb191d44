"""Bank codes, companies and devices."""

from jurat.plugin import Detector

from ._numbers import LEFT, RIGHT, labelled, number
from ._values import luhn


def _is_imei(value: str) -> bool:
    plain = value.replace("-", "").replace(" ", "")
    return luhn(plain) and len(set(plain)) > 3


DETECTORS = (
    Detector(
        id="imei",
        entity="IMEI",
        patterns=(f"{LEFT}(?P<value>[0-9]{{15}}|[0-9]{{2}}-[0-9]{{6}}-[0-9]{{6}}-[0-9]){RIGHT}",),
        validator=_is_imei,
        needs_context=True,
        context=("imei", "device id", "handset"),
        examples=("IMEI 357987292580500",),
        counter_examples=("IMEI 357987292580501", "order 357987292580500"),
        source="3GPP TS 23.003, section 6.2",
    ),
    labelled(
        "imsi",
        "IMSI",
        r"[2-7][0-9]{14}",
        "3GPP TS 23.003, section 2.2",
        ("imsi", "subscriber identity"),
        "262014829137051",
    ),
    labelled(
        "swift",
        "SWIFT_CODE",
        r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?",
        "ISO 9362",
        ("swift", "bic", "swift code", "bic code", "swift/bic"),
        "COBADEFF",
        "INGBNL2AXXX",
    ),
    labelled(
        "in.ifsc",
        "IN_IFSC",
        r"[A-Z]{4}0[A-Z0-9]{6}",
        "Reserve Bank of India, IFSC",
        ("ifsc", "ifsc code"),
        "HDFC0004829",
    ),
    labelled(
        "uk.sort-code",
        "UK_SORT_CODE",
        r"[0-9]{2}-[0-9]{2}-[0-9]{2}|[0-9]{2} [0-9]{2} [0-9]{2}|[0-9]{6}",
        "Vocalink, sorting codes",
        ("sort code", "sortcode", "sort-code"),
        "20-48-29",
    ),
    labelled(
        "au.bsb",
        "AU_BSB",
        r"[0-9]{3}-?[0-9]{3}",
        "AusPayNet, BSB numbers",
        ("bsb", "bsb number"),
        "482-913",
    ),
    labelled(
        "za.company",
        "ZA_COMPANY_REGISTRATION",
        r"(?:19|20)[0-9]{2}/[0-9]{6}/(?:0[6-9]|1[0-2]|2[1-6]|30)",
        "CIPC, enterprise numbers",
        ("company registration", "registration number", "reg no", "cipc", "ck number", "company"),
        "2014/482913/07",
    ),
    labelled(
        "za.vat",
        "ZA_VAT_NUMBER",
        r"4[0-9]{9}",
        "SARS, VAT registration number",
        ("vat", "vat number", "vat no", "vat registration", "btw"),
        "4829137051",
    ),
    number(
        "uk.vat",
        "UK_VAT",
        r"GB ?[0-9]{3} ?[0-9]{4} ?[0-9]{2}",
        "gb.vat",
        "HMRC, VAT registration number",
        ("vat", "vat number"),
        "GB100128052",
    ),
)
