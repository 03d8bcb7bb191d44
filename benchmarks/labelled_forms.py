"""More entities of the labelled set: sentences, and the form of their values.

In a form `#` is a digit, `%` one that is no zero, `A` a capital, `?` a capital or a digit; all
else stands for itself. Where a module of stdnum is named, values are drawn until it says that one
holds.
"""

import random
from importlib import import_module

_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_DIGITS = "0123456789"

FORMS: dict[str, tuple[str, str | None, tuple[str, ...]]] = {
    "AU_ABN": (
        "%# ### ### ###",
        "au.abn",
        ("ABN: {}", "Our ABN is {}.", "the business number {}"),
    ),
    "AU_ACN": ("### ### ###", "au.acn", ("ACN {}", "The company number (ACN) is {}.")),
    "ES_NIE": ("X#######A", "es.nie", ("NIE: {}", "Mi NIE es {}.", "extranjero con NIE {}")),
    "IN_PAN": ("AAAPA####A", "in_.pan", ("PAN: {}", "My PAN is {}.", "PAN card number {}")),
    "IN_GSTIN": ("2#AAAPA####A1Z?", "in_.gstin", ("GSTIN {}", "Our GSTIN is {}.")),
    "IN_VOTER": ("AAA#######", "in_.epic", ("Voter ID: {}", "My EPIC number is {}.")),
    "IN_PASSPORT": ("K%######", None, ("Passport No. {}", "my Indian passport {}")),
    "IN_VEHICLE_REGISTRATION": ("MH%2AA%###", None, ("Vehicle number {}", "number plate {}")),
    "SG_UEN": ("#########A", "sg.uen", ("UEN: {}", "The UEN of the company is {}.")),
    "KR_FRN": ("9#0%1#-5######", None, ("외국인등록번호 {}", "외국인등록번호: {}")),
    "KR_DRIVER_LICENSE": ("1#-##-######-##", None, ("운전면허번호 {}", "면허번호: {}")),
    "KR_PASSPORT": ("M########", None, ("여권번호 {}", "여권: {}")),
    "ZA_ID_NUMBER": ("8#0%%#####08#", "za.idnr", ("ID number {}", "South African ID: {}")),
    "IT_VAT_CODE": ("0##########", "it.iva", ("Partita IVA {}", "P.IVA: {}")),
    "IT_DRIVER_LICENSE": ("AA#######A", None, ("Patente di guida {}", "numero patente: {}")),
    "IT_IDENTITY_CARD": ("CA#####AA", None, ("Carta d'identità n. {}", "carta di identità {}")),
    "IT_PASSPORT": ("YA#######", None, ("Passaporto {}", "Il mio passaporto è {}.")),
    "ES_PASSPORT": ("PAA######", None, ("Pasaporte {}", "Número de pasaporte: {}")),
    "DE_PASSPORT": ("C%X%%KT%#", None, ("Reisepass {}", "Meine Passnummer ist {}.")),
    "DE_ID_CARD": ("L%X%%KT%#", None, ("Personalausweis {}", "Ausweisnummer: {}")),
    "DE_TAX_NUMBER": ("93%/815/08###", "de.stnr", ("Steuernummer: {}", "St.-Nr. {}")),
    "DE_VAT_ID": ("DE%########", "de.vat", ("USt-IdNr. {}", "Umsatzsteuer-ID: {}")),
    "DE_KFZ": ("M-AA %###", None, ("Kennzeichen {}", "Das Nummernschild ist {}.")),
    "DE_HANDELSREGISTER": ("HRB %####", None, ("Amtsgericht München, {}", "Handelsregister {}")),
    "DE_PLZ": ("8####", None, ("PLZ {}", "Postleitzahl: {}")),
    "TR_NATIONAL_ID": ("%##########", "tr.tckimlik", ("TC Kimlik No: {}", "TCKN {}")),
    "TR_LICENSE_PLATE": ("34 AAA %##", None, ("Plaka: {}", "araç plaka {}")),
    "UK_PASSPORT": ("AA#######", None, ("Passport number: {}", "my British passport {}")),
    "UK_DRIVING_LICENCE": ("MORAA######AA9AA", None, ("Driving licence {}", "licence number {}")),
    "UK_POSTCODE": ("LS%# %QT", None, ("Postcode: {}", "12 Harbour Road, Leeds {}")),
    "UK_VEHICLE_REGISTRATION": ("LB%# AAA", None, ("Number plate {}", "Vehicle registration: {}")),
    "CA_POSTAL_CODE": ("K%H %L%", None, ("Postal code {}", "Ottawa ON {}")),
    "NG_NIN": ("%##########", None, ("NIN: {}", "My National Identification Number is {}.")),
    "NG_VEHICLE_REGISTRATION": ("LSR-%##AA", None, ("Plate number {}", "licence plate: {}")),
    "PH_UMID": ("0111-#######-#", None, ("UMID: {}", "CRN {}")),
    "PH_TIN": ("4##-###-###", None, ("TIN: {}", "BIR taxpayer identification {}")),
    "PH_PASSPORT": ("P#######A", None, ("Passport: {}", "Philippine passport {}")),
    "SE_ORGANISATIONSNUMMER": (
        "55%%##-####",
        "se.orgnr",
        ("Organisationsnummer {}", "Org.nr: {}"),
    ),
    "US_MBI": ("1KG%CE%HK%%", None, ("MBI: {}", "Medicare beneficiary {}")),
    "US_CLAIM_NUMBER": ("CLM-20%%-######", None, ("Claim number {}", "claim #: {}")),
    "US_PRESCRIPTION_NUMBER": ("%######", None, ("Rx# {}", "Prescription number: {}")),
    "US_REFERRAL_NUMBER": ("REF-#######", None, ("Referral number {}", "referral no. {}")),
    "US_HEALTH_INSURANCE_MEMBER_ID": ("XYZ#########", None, ("Member ID: {}", "subscriber id {}")),
    "US_PROVIDER_TAX_ID": ("%#-#######", "us.ein", ("EIN: {}", "Federal tax ID {}")),
    "ZA_COMPANY_REGISTRATION": ("201%/######/07", None, ("Company registration {}", "Reg no {}")),
    "ZA_VAT_NUMBER": ("4#########", None, ("VAT number {}", "VAT no: {}")),
    "ZA_LICENSE_PLATE": ("CA %#####", None, ("Licence plate {}", "number plate: {}")),
    "NL_BSN": ("%########", "nl.bsn", ("BSN: {}", "Mijn burgerservicenummer is {}.")),
    "FR_NIR": ("1%#0%%#########", "fr.nir", ("Numéro de sécurité sociale {}",)),
    "MX_CURP": ("AAAA8#0%%#HDFAAA0#", "mx.curp", ("CURP: {}", "Mi CURP es {}.")),
    "CL_RUT": ("1#.###.###-#", "cl.rut", ("RUT: {}", "Mi RUT es {}.")),
    "IE_PPS": ("#######A", "ie.pps", ("PPS number {}", "PPSN: {}")),
    "HR_OIB": ("%##########", "hr.oib", ("OIB: {}", "Moj OIB je {}.")),
}


def values(entity: str, chance: random.Random, count: int) -> list[str]:
    """So many values of an entity."""
    form, module, _ = FORMS[entity]
    valid = import_module(f"stdnum.{module}").is_valid if module else None
    made: list[str] = []
    while len(made) < count:
        value = "".join(
            chance.choice(
                {"#": _DIGITS, "%": _DIGITS[1:], "A": _LETTERS, "?": _LETTERS + _DIGITS}.get(c, c)
            )
            for c in form
        )
        if valid is None or valid(value):
            made.append(value)
    return made
