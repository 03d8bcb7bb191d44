"""Makes the labelled set of personal data: `tests/cases/scan/personal.jsonl`.

    python benchmarks/labelled.py            # needs the group bench: Faker makes the values

Every line holds a text and the spans in it with their entity, in code points. The same seed gives
the same file. Sentences are ours, in several languages; values come from Faker, or are made here
where Faker has none. `kind` says how hard a line is: `labelled` (words say what stands there),
`plain` (they need none), `ambiguous` (they should), `record` (forms, JSON, CSV, logs), `negative` (nothing personal, though it
looks like it).
"""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "tests" / "cases" / "scan" / "personal.jsonl"
SEED = 20_250_117

# Locale of the values, language of the sentences.
PHONES = {
    **dict.fromkeys(("en_US", "en_GB", "en_CA", "en_AU", "en_IN", "en_IE", "en_NZ"), "en"),
    **dict.fromkeys(("de_DE", "de_AT", "de_CH"), "de"),
    **dict.fromkeys(("fr_FR", "fr_CH"), "fr"),
    **dict.fromkeys(("es_ES", "es_MX"), "es"),
    **dict.fromkeys(("it_IT",), "it"),
    **dict.fromkeys(("pt_BR", "pt_PT"), "pt"),
    **dict.fromkeys(("nl_NL",), "nl"),
    **dict.fromkeys(("pl_PL",), "pl"),
    **dict.fromkeys(("sv_SE",), "sv"),
    **dict.fromkeys(("ja_JP",), "ja"),
    **dict.fromkeys(("zh_CN",), "zh"),
    **dict.fromkeys(("ko_KR",), "ko"),
    **dict.fromkeys(("ru_RU",), "ru"),
    **dict.fromkeys(("tr_TR",), "tr"),
    **dict.fromkeys(("no_NO", "da_DK", "fi_FI", "cs_CZ", "hu_HU", "ro_RO", "el_GR"), "en"),
}
CALLS = {
    "en": (
        "Please call me at {} before noon.",
        "My phone number is {}.",
        "You can reach her on {}, she is in all day.",
        "Contact: {}",
        "Fax {} or write to us.",
        "Text {} when you arrive!",
        "Her mobile ({}) was switched off.",
        "Our hotline {} is open until six",
    ),
    "de": (
        "Bitte rufen Sie mich unter {} an.",
        "Meine Telefonnummer lautet {}.",
        "Tel.: {}",
        "Du erreichst ihn mobil: {}",
    ),
    "fr": (
        "Appelez-moi au {} demain.",
        "Mon numéro de téléphone est le {}.",
        "Tél. : {}",
        "Son portable : {}",
    ),
    "es": (
        "Llámame al {} mañana.",
        "Mi número de teléfono es {}.",
        "Tel. {}",
        "Su móvil es el {}",
    ),
    "it": ("Chiamami al {} domani.", "Il mio numero di telefono è {}.", "Cellulare: {}"),
    "pt": ("Ligue para {} amanhã.", "Meu telefone é {}.", "Celular: {}"),
    "nl": ("Bel me op {} morgen.", "Mijn telefoonnummer is {}.", "Mobiel: {}"),
    "pl": ("Proszę dzwonić pod numer {}.", "Mój telefon to {}.", "tel. kom. {}"),
    "sv": ("Ring mig på {} i morgon.", "Mitt telefonnummer är {}.", "Mobil: {}"),
    "ja": ("電話番号は{}です。", "{}までお電話ください。", "携帯:{}"),
    "zh": ("请拨打电话{}联系我。", "我的手机号是{}。", "联系电话:{}"),
    "ko": ("전화번호는 {}입니다.", "{}로 전화해 주세요.", "휴대폰: {}"),
    "ru": ("Позвоните мне по номеру {}.", "Мой телефон: {}", "тел. {}"),
    "tr": ("Beni {} ile ara.", "Telefon: {}", "Cep: {}"),
}
# For values that say by themselves what they are, or whose label stands in the sentence.
SAYS: dict[str, tuple[str, ...]] = {
    "EMAIL_ADDRESS": (
        "Write to {} for details.",
        "E-Mail: {}",
        "<{}> wrote on Monday:",
        "Schreiben Sie an {}, danke.",
        "Mon adresse est {}.",
        "mailto:{}?subject=hello",
        "联系邮箱{}谢谢",
    ),
    "US_SSN": (
        "My SSN is {}.",
        "Social Security Number: {}",
        "The applicant (SSN {}) was born in 1971.",
        "social security no. {} on file",
    ),
    "CREDIT_CARD": (
        "I paid with my card {} yesterday.",
        "Card number: {}, exp 09/27",
        "Meine Kreditkarte {} funktioniert nicht.",
        "charge it to {} please",
        "Ma carte bancaire : {}",
    ),
    "IBAN_CODE": (
        "Please transfer it to {}.",
        "IBAN: {}",
        "Überweisen Sie auf {} bis Freitag.",
        "Mon IBAN est le {}.",
    ),
    "IP_ADDRESS": (
        "The request came from {}.",
        "Connected to {}, port 443",
        "host {} is down",
        "src={} action=deny",
        "Die Adresse {} ist gesperrt.",
    ),
    "MAC_ADDRESS": ("eth0 has {}.", "The device {} joined.", "MAC: {}"),
    "URL": ("Visit {} for more.", "My website is {}, have a look.", "Webseite: {}"),
    "UK_NINO": ("My NI number is {}.", "National Insurance: {}"),
    "UK_NHS": ("NHS number {}", "The patient's NHS no. is {}."),
    "FI_PERSONAL_IDENTITY_CODE": ("Henkilötunnus: {}", "Her personal identity code is {}."),
    "SE_PERSONNUMMER": ("Personnummer: {}", "Mitt personnummer är {}."),
    "PL_PESEL": ("PESEL: {}", "Mój numer PESEL to {}."),
    "IT_FISCAL_CODE": ("Codice fiscale: {}", "Il mio codice fiscale è {}."),
    "ES_NIF": ("Mi DNI es {}.", "NIF: {}"),
    "BR_CPF": ("CPF: {}", "Meu CPF é {}."),
    "DE_TAX_ID": ("Steuer-ID: {}", "Meine Steueridentifikationsnummer ist {}."),
    "IN_AADHAAR": ("Aadhaar: {}", "My Aadhaar number is {}."),
    "KR_RRN": ("주민등록번호 {}", "주민번호: {}"),
    "TH_TNIN": ("เลขประจำตัวประชาชน {}", "Thai national ID {}"),
    "CA_SIN": ("My SIN is {}.", "Social Insurance Number: {}"),
    "AU_TFN": ("My tax file number is {}.", "TFN: {}"),
    "AU_MEDICARE": ("Medicare card {}", "Medicare number: {}"),
    "US_ITIN": ("ITIN: {}", "His taxpayer number (ITIN) is {}."),
    "US_PASSPORT": ("US passport number {}", "Passport No: {}"),
    "US_DRIVER_LICENSE": ("Driver's license: {}", "driver license number {}"),
    "US_BANK_NUMBER": ("Bank account number: {}", "my checking account {}"),
    "ABA_ROUTING_NUMBER": ("Routing number {}", "ABA: {}"),
    "CRYPTO": ("Send it to {} today.", "BTC wallet: {}"),
    "DATE_OF_BIRTH": ("Date of birth: {}", "She was born on {}.", "geboren am {}", "né le {}"),
}
# Values that say what they are without any word.
ALONE = ("EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "IP_ADDRESS", "MAC_ADDRESS", "CRYPTO")
# Values that may be something else where no word names them.
AMBIGUOUS = ("US_SSN", "UK_NHS", "US_ITIN", "IN_AADHAAR", "BR_CPF", "UK_NINO", "SE_PERSONNUMMER")
PLAIN = (
    "She left {} on a note.",
    "{} was the last thing he wrote",
    "Das hier: {}",
    "Here you are: {} — thanks!",
    "({})",
    "我记得是{}。",
    "\n{}\n",
)
RECORDS: dict[str, tuple[str, ...]] = {
    "EMAIL_ADDRESS": ('{{"email": "{}"}}', "id;{};active", "user={} ok"),
    "PHONE_NUMBER": ('{{"phone": "{}"}}', "Phone\t{}", "tel={};", "mobile_number: {}"),
    "US_SSN": ('{{"ssn": "{}"}}', "SSN\t{}", "applicant_ssn={}"),
    "CREDIT_CARD": ('{{"card": "{}"}}', "pan={};", "card_no: {}"),
    "IBAN_CODE": ('{{"iban": "{}"}}', "iban={};", "IBAN\t{}"),
    "IP_ADDRESS": ('{{"ip": "{}"}}', '{} - - [10/Oct/2024:13:55:36 +0000] "GET / HTTP/1.1" 200'),
}
Make = Callable[[], str]


def _spaced(value: str, size: int = 4, mark: str = " ") -> str:
    return mark.join(value[at : at + size] for at in range(0, len(value), size))


def values(fakes: dict[str, Any], chance: random.Random) -> dict[str, Make]:
    """A maker of values for each entity."""
    from faker.providers import BaseProvider

    us = fakes["en_US"]

    def any_of(*makes: Make) -> Make:
        return lambda: chance.choice(makes)()

    def digits(pattern: str) -> Make:
        return lambda: str(BaseProvider.numerify(us, pattern))

    def checked(module: str, make: Make) -> Make:
        from importlib import import_module

        valid = import_module(f"stdnum.{module}").is_valid

        def made() -> str:
            while not valid(value := make()):
                pass
            return value

        return made

    def ssn() -> str:
        value = str(us.ssn())
        return chance.choice((value, value, value.replace("-", " "), value.replace("-", "")))

    def card() -> str:
        value = us.credit_card_number()
        if len(value) != 16:
            return str(value)
        return chance.choice((value, _spaced(value), _spaced(value, mark="-")))

    def iban() -> str:
        value = fakes[chance.choice(("de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "en_GB"))].iban()
        return chance.choice((value, _spaced(value)))

    def birth() -> str:
        date = us.date_of_birth()
        return str(date.strftime(chance.choice(("%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%d", "%B %d, %Y"))))

    def passport() -> str:
        return chance.choice("123456789XA") + str(us.numerify("########"))

    from jurat_rules.packs.crypto import base58check

    return {
        "EMAIL_ADDRESS": any_of(
            *(fakes[at].email for at in ("en_US", "de_DE", "fr_FR", "pl_PL")),
            us.company_email,
            us.free_email,
        ),
        "US_SSN": ssn,
        "CREDIT_CARD": card,
        "IBAN_CODE": iban,
        "IP_ADDRESS": any_of(us.ipv4, us.ipv4_public, us.ipv4_private, us.ipv6),
        "MAC_ADDRESS": us.mac_address,
        "URL": any_of(us.url, us.uri),
        "UK_NINO": lambda: chance.choice(("JG", "PX", "AB", "CE")) + us.numerify("######") + "A",
        "UK_NHS": checked("gb.nhs", any_of(digits("### ### ####"), digits("##########"))),
        "FI_PERSONAL_IDENTITY_CODE": fakes["fi_FI"].ssn,
        "SE_PERSONNUMMER": fakes["sv_SE"].ssn,
        "PL_PESEL": fakes["pl_PL"].pesel,
        "IT_FISCAL_CODE": fakes["it_IT"].ssn,
        "ES_NIF": fakes["es_ES"].nif,
        "BR_CPF": fakes["pt_BR"].cpf,
        "DE_TAX_ID": checked("de.idnr", digits("%##########")),
        "IN_AADHAAR": checked("in_.aadhaar", digits("%### #### ####")),
        "KR_RRN": fakes["ko_KR"].ssn,
        "TH_TNIN": fakes["th_TH"].ssn,
        "CA_SIN": fakes["en_CA"].ssn,
        "AU_TFN": checked("au.tfn", digits("%## ### ###")),
        "AU_MEDICARE": lambda: _medicare(us.numerify("########"), chance),
        "US_ITIN": us.itin,
        "US_PASSPORT": passport,
        "US_DRIVER_LICENSE": any_of(digits("########"), lambda: "D" + us.numerify("#######")),
        "US_BANK_NUMBER": any_of(digits("%#########"), digits("%###########")),
        "ABA_ROUTING_NUMBER": us.aba,
        "CRYPTO": lambda: base58check(b"\0" + chance.randbytes(20)),
        "DATE_OF_BIRTH": birth,
    }


def _medicare(body: str, chance: random.Random) -> str:
    body = "2" + body[1:]
    check = sum(int(c) * w for c, w in zip(body, (1, 3, 7, 9, 1, 3, 7, 9), strict=True)) % 10
    return f"{body[:4]} {body[4:]}{check} {chance.randint(1, 9)}"


def _line(template: str, value: str, entity: str, kind: str) -> dict[str, Any]:
    before = template[: template.index("{}")].replace("{{", "{")
    spans = [[len(before), len(before) + len(value), entity]]
    return {"kind": kind, "text": template.format(value), "spans": spans}


def lines(seed: int = SEED) -> list[dict[str, Any]]:
    """The whole set."""
    from faker import Faker
    from labelled_forms import FORMS
    from labelled_forms import values as form_values
    from negatives import negatives

    locales = {*PHONES, "th_TH"}
    fakes = {locale: Faker(locale) for locale in sorted(locales)}
    for number, locale in enumerate(sorted(locales)):
        fakes[locale].seed_instance(seed + number)
    chance = random.Random(seed)
    makes = values(fakes, chance)
    made = []
    for locale, language in PHONES.items():
        for number in range(12):
            template = CALLS[language][number % len(CALLS[language])]
            made.append(_line(template, fakes[locale].phone_number(), "PHONE_NUMBER", "labelled"))
        if locale in (
            "en_US",
            "en_GB",
            "en_CA",
            "de_DE",
            "fr_FR",
            "es_ES",
            "pt_BR",
            "ja_JP",
            "ko_KR",
        ):
            for number in range(7):
                value = fakes[locale].phone_number()
                made.append(_line(PLAIN[number], value, "PHONE_NUMBER", "ambiguous"))
        record = chance.choice(RECORDS["PHONE_NUMBER"])
        made.append(_line(record, fakes[locale].phone_number(), "PHONE_NUMBER", "record"))
    for entity, templates in SAYS.items():
        make = makes[entity]
        size = 40 if entity in RECORDS else 10
        made += [
            _line(templates[n % len(templates)], make(), entity, "labelled") for n in range(size)
        ]
        if entity in AMBIGUOUS:
            made += [_line(PLAIN[n % len(PLAIN)], make(), entity, "ambiguous") for n in range(21)]
        if entity in ALONE:
            made += [_line(PLAIN[n % len(PLAIN)], make(), entity, "plain") for n in range(14)]
        for template in RECORDS.get(entity, ()):
            made += [_line(template, make(), entity, "record") for _ in range(3)]
    for entity, (_, _, templates) in FORMS.items():
        for number, value in enumerate(form_values(entity, chance, 6)):
            made.append(_line(templates[number % len(templates)], value, entity, "labelled"))
    made += [{"kind": "negative", "text": text, "spans": []} for text in negatives(chance)]
    return made


def main() -> None:
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    made = lines()
    TARGET.write_text(
        "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in made), encoding="utf-8"
    )
    print(f"{len(made)} texts, {sum(len(line['spans']) for line in made)} values: {TARGET.name}")


if __name__ == "__main__":
    main()
