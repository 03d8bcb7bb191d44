"""Number plates and vehicles."""

from jurat.plugin import Detector

from ._numbers import LEFT, RIGHT, labelled

_VIN = {
    **{str(n): n for n in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    **dict(zip("PRSTUVWXYZ", (7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)),
}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_PLATE = (
    "number plate",
    "licence plate",
    "license plate",
    "plate",
    "plates",
    "registration number",
    "registration plate",
    "vehicle registration",
    "vehicle number",
    "reg no",
    "vrm",
)


def _is_vin(value: str) -> bool:
    """ISO 3779; 49 CFR 565.15: the ninth character checks the others."""
    total = sum(_VIN[c] * w for c, w in zip(value, _WEIGHTS, strict=True)) % 11
    return value[8] == ("X" if total == 10 else str(total))


DETECTORS = (
    Detector(
        id="vin",
        entity="VIN",
        patterns=(f"{LEFT}(?P<value>[A-HJ-NPR-Z0-9]{{8}}[0-9X][A-HJ-NPR-Z0-9]{{8}}){RIGHT}",),
        validator=_is_vin,
        needs_context=True,
        context=("vin", "chassis", "vehicle", "fahrgestellnummer", "fin", "car"),
        examples=("VIN 1M8GDM9AXKP042788",),
        counter_examples=("VIN 1M8GDM9A1KP042788", "token 1M8GDM9AXKP042788"),
        source="ISO 3779; 49 CFR 565.15",
    ),
    labelled(
        "uk.plate",
        "UK_VEHICLE_REGISTRATION",
        r"[A-Z]{2}[0-9]{2} ?[A-Z]{3}|[A-Z][0-9]{1,3} ?[A-Z]{3}|[A-Z]{3} ?[0-9]{1,3}[A-Z]",
        "DVLA, INF104",
        (*_PLATE, "dvla", "vehicle registration"),
        "KX58 BRW",
        "LB07SEO",
    ),
    labelled(
        "de.plate",
        "DE_KFZ",
        r"[A-Z]{1,3}[- ][A-Z]{1,2}[ -]?[1-9][0-9]{0,3}[EH]?",
        "Fahrzeug-Zulassungsverordnung, section 9",
        (
            "kennzeichen",
            "kfz",
            "kfz-kennzeichen",
            "nummernschild",
            "autokennzeichen",
            "amtliches kennzeichen",
        ),
        "B-MW 4829",
        "M AB 123E",
    ),
    labelled(
        "in.plate",
        "IN_VEHICLE_REGISTRATION",
        r"[A-Z]{2}[ -]?[0-9]{1,2}[ -]?[A-Z]{1,3}[ -]?[0-9]{4}|[0-9]{2} ?BH ?[0-9]{4} ?[A-Z]{1,2}",
        "Central Motor Vehicles Rules, rule 50",
        (*_PLATE, "rto", "vehicle number", "vehicle no", "gaadi"),
        "MH12AB4829",
        "KA 05 MJ 1370",
    ),
    labelled(
        "ng.plate",
        "NG_VEHICLE_REGISTRATION",
        r"[A-Z]{3}[ -]?[0-9]{3}[ -]?[A-Z]{2}",
        "FRSC of Nigeria, number plates",
        (*_PLATE, "frsc"),
        "LSR-482KJ",
    ),
    labelled(
        "tr.plate",
        "TR_LICENSE_PLATE",
        r"(?:0[1-9]|[1-7][0-9]|8[01]) ?[A-Z]{1,3} ?[0-9]{2,4}",
        "Karayollari Genel Mudurlugu",
        ("plaka", "plakalı", "plakası", *_PLATE),  # noqa: RUF001  # Turkish
        "34 ABC 123",
    ),
    labelled(
        "za.plate",
        "ZA_LICENSE_PLATE",
        r"[A-Z]{2} ?[0-9]{2} ?[A-Z]{2} ?(?:GP|MP|NW|L|FS|NC|EC|ZN)|[A-Z]{3} ?[0-9]{3} ?(?:GP|MP|NW|L|FS|NC|EC|ZN)|C[A-Z]{1,2} ?[0-9]{2,6}|N[A-Z]{1,2} ?[0-9]{2,6}",
        "National Road Traffic Act 93 of 1996",
        (*_PLATE, "nommerplaat"),
        "CA 482913",
        "BC 48 DF GP",
    ),
    labelled(
        "us.plate",
        "US_LICENSE_PLATE",
        r"[0-9][A-Z]{3}[0-9]{3}|[A-Z]{3}[ -]?[0-9]{3,4}",
        "AAMVA, license plate standard",
        ("license plate", "licence plate", "plate number", "plate no", "tag number"),
        "7KDR482",
    ),
    labelled(
        "it.plate",
        "IT_LICENSE_PLATE",
        r"[A-Z]{2} ?[0-9]{3} ?[A-Z]{2}",
        "Codice della strada, art. 100",
        ("targa", "targata", "targato"),
        "FK 482 RD",
    ),
    labelled(
        "fr.plate",
        "FR_LICENSE_PLATE",
        r"[A-Z]{2}-[0-9]{3}-[A-Z]{2}",
        "Arrêté du 9 février 2009",
        ("immatriculation", "plaque", "immatriculé", "immatriculée"),
        "FK-482-RD",
    ),
)
