"""Texts that look as if they held personal data, and hold none."""

import random

# `#` is a digit, `%` one that is no zero, `x` a hex digit, `A` a capital, `a` a small letter.
_FORMS = (
    "Order {} has shipped.|%########",
    "order #{} was cancelled|###-#######-#######",
    "Invoice {} is overdue|INV-20##-######",
    "invoice number {}|##########",
    "Bestellung {} ist unterwegs|%#########",
    "Auftragsnummer: {}|##-####-####",
    "Commande n° {} expédiée|#########",
    "ticket {} was closed|%#######",
    "Part no. {} is out of stock|####-###-####",
    "P/N {} rev B|###-####-##",
    "SKU {}|###-###-####",
    "serial number {}|AA##########",
    "Serial: {}|##########",
    "tracking number {}|1Z%#%##%########",
    "tracking {} arrives on Friday|9400##################",
    "Model {} replaces it|AA-####-###",
    "build {} passed|20240#1#.%#",
    "version {} fixes this|%.1#.%.#",
    "Chrome/{} on Linux|12#.0.6###.1##",
    "commit {}|xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "sha256:{}|xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "etag {}|xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "started at {}|2024-0%-1%T1#:%#:%#.###Z",
    "epoch {} is in the past|16########",
    "time={} level=info|16###########",
    "on {} we met|1#.0%.20##",
    "due {}|0%/1#/2024",
    "at {} it rained|1#:%#:%#",
    "from {} to the river|5#.######, 1#.######",
    "coords {}|4#.%#####,-7#.%#####",
    "ISBN {}|978-%-##-######-#",
    "EAN {}|400%#########",
    "The population was {} then.|%,###,###",
    "It cost {} in all.|$##,###.##",
    "Umsatz {} Euro|%.###.###,##",
    "about {} rows were read|%########",
    "pages {}|1##-1##",
    "x = 0x{}|0000%%##########",
    "seed={}|%########",
    "error code 0x{}|8007xxxx",
    "range({}, {})|%####|#####",
    "row {} of the table|###-##-###",
    "case no. {} of the court|%:2#-cv-#####",
    "meter reading {} kWh|######",
    "batch {} was recalled|LOT%#######",
    "the score was {}|1##-9#",
    "between {} and later|19%#-19%#",
    "temperature {} degrees|-1#.####",
    "id={} done|%#########",
    "pid {} exited|%####",
    "job {} failed twice|%#########",
    "docket {}|20##-%####-%###",
    "the constant {}|3.14159#########",
    "PO {}|45########",
    "request {} took long|xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx",
    "color #{};|xxxxxx",
    "reference {}|AA########",
    "订单号{}已发货|%###########",
    "第{}号文件|20##0%##",
    "注文番号 {}|%##-%######-#######",
    "pull request {}|#####",
    "flight LH{} to Rome|%###",
    "bus {} departs at 10:15|%##",
    "channel {} MHz|1##.%##",
    "chapter {}|1#.%.%.%",
    "RFC {} says so|%###",
    "matrix {}|[%.####, %##.####]",
    "std::vector<int> v{{{}}};|%, ##, ###, ####",
    "#define LIMIT {}|%#########",
    "a::{} is shadowed|%",
    "img/banner@2x.png {}|%##",
    "@media (max-width: {}px)|%##",
    "git@host:team/repo.git {}|xxxxxxx",
)
_FIXED = (
    "Call the method on line 4152 and ring the changes.",
    "The phone model 3310 was launched in 2000.",
    "We reached 1,250,000 calls on 2024-03-11.",
    "call_count=1700000000 calls_failed=0",
    "call order 4156240132 back from the queue",
    "Text of invoice 482-559-1023 attached",
    "The mobile site loads in 0.4829137 s.",
    "Card game rules: 4 players, 52 cards, 13 tricks.",
    "The bank of the river Elbe is 1,094 km long.",
    "Your passport photo must be 35 x 45 mm.",
    "Born to run: released 1975-08-25.",
    "def call(self, number: int = 4829137) -> None: ...",
    "SELECT * FROM calls WHERE id = 48291370;",
    "a[1::2] = b[::3]  # std::chrono",
    "node 12:34:56 drained; 00:15:30 left",
    "2024 population 8 258 035, 1990 7 322 564",
)


def _filled(form: str, chance: random.Random) -> str:
    return "".join(
        {
            "#": lambda: chance.choice("0123456789"),
            "%": lambda: chance.choice("123456789"),
            "x": lambda: chance.choice("0123456789abcdef"),
            "A": lambda: chance.choice("ABCDEFGHJKLMNPRSTUVWXYZ"),
            "a": lambda: chance.choice("abcdefghijklmnopqrstuvwxyz"),
        }.get(character, lambda character=character: character)()
        for character in form
    )


def negatives(chance: random.Random, each: int = 4) -> list[str]:
    """Ordinary texts full of numbers."""
    made = list(_FIXED)
    for form in _FORMS:
        template, *values = form.split("|")
        made += [
            template.format(*(_filled(value, chance) for value in values)) for _ in range(each)
        ]
    return made
