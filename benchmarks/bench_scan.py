"""What the scanner costs, and its peers: microseconds per kB of prose, other scripts, hostile text.

    python benchmarks/bench_scan.py [--length N]

A kB is 1,000 characters. "floor" is one pass of one `re2.Set` of thirty-two plain words over the
same text in the same run, the least that a hand-made scanner could take. "cold" is the first time
that a text is seen by a scanner that has seen the detectors' examples and 100 kB of text of the
same kind, "first" that of one that has seen the examples alone, "warm" the best of several later
times. All is time of the process, which others on the machine disturb less. Texts are scanned in messages of 1 kB, as prompts come, and once in a piece of 64 kB. Peers
that are not installed are named as left out.
"""

import argparse
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import re2
from peers_scan import PEERS, Scan, start_of

from jurat.scan import Scanner

MESSAGE = 1000  # characters
PASSES = 5
SEEN = 100_000  # characters
_PIECES = ("0", "1-", "1 ", "9.", "a1", "A1 ", "=", "aA0", "::", "x@y.", "ey.", "+1", "key=", "é1")

_SUBJECTS = ("The committee", "Our neighbour", "A careful reader", "The new engineer", "Nobody")
_VERBS = ("wrote about", "remembered", "had never questioned", "described", "argued against")
_OBJECTS = (
    "the long winter of that year",
    "a letter that came too late",
    "the rules by which the harbour was run",
    "what the survey had shown in 1987",
    "the plan for the old railway station",
    "her grandmother's recipe for plum cake",
)
_TAILS = (
    ", although it was hardly mentioned afterwards.",
    "; the minutes say so twice.",
    ", and the discussion went on until ten o'clock.",
    " because the budget of 4.5 million had been cut by 12 %.",
    ".",
    " (see chapter 3), which surprised everyone.",
)
_OTHERS = {
    "German": (
        "Während der Überprüfung fiel auf, dass die Schlüssel für das Gebäude fehlten. ",
        "Größere Änderungen müssen drei Tage vorher angekündigt werden, sagte Frau Özdemir. ",
    ),
    "Russian": (
        "Вчера вечером мы долго спорили, почему город изменился за последние годы. ",
        "Никто не заметил, что в отчёте не хватает двух страниц и таблицы. ",
    ),
    "Chinese": (
        "昨天的会议讨论了新的项目计划。大家都同意推迟到下个月再决定。",
        "他在报告里写道:这座城市在过去十年里发生了很大的变化。",
    ),
    "Hindi": (
        "कल की बैठक में नई योजना पर लंबी चर्चा हुई और निर्णय अगले महीने तक टाल दिया गया। ",
        "रिपोर्ट में दो पृष्ठ नहीं थे, पर किसी ने ध्यान नहीं दिया। ",
    ),
}
_HOSTILE = (
    "0123456789" * 4 + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" + " -.:/_@=+,()" * 2
)


def prose(length: int, seed: int = 1) -> str:
    """Plain English sentences, put together at random."""
    choose = random.Random(seed).choice
    parts: list[str] = []
    size = 0
    while size < length:
        sentence = f"{choose(_SUBJECTS)} {choose(_VERBS)} {choose(_OBJECTS)}{choose(_TAILS)} "
        parts.append(sentence)
        size += len(sentence)
    return "".join(parts)[:length]


def other(script: str, length: int, seed: int = 1) -> str:
    """Sentences of another language, put together at random."""
    choose = random.Random(seed).choice
    text = "".join(choose(_OTHERS[script]) for _ in range(length // 20))
    return text[:length]


def hostile(length: int, seed: int = 1, alphabet: str = _HOSTILE) -> str:
    """Random letters, digits and separators."""
    return "".join(random.Random(seed).choices(alphabet, k=length))


def values(length: int, seed: int = 1) -> str:
    """Prose with one value in each kB."""
    found = (
        "His number is 518-72-0394. ",
        "Write to maria.keller@stadtwerke-nord.de. ",
        "Call +49 30 9018 2417. ",
        "Host 185.17.44.9 is down. ",
    )
    step = MESSAGE - 40
    text = prose(length, seed)
    pieces = (
        text[at : at + step] + found[at // step % len(found)] for at in range(0, length, step)
    )
    return "".join(pieces)[:length]


def _number(choose: random.Random, size: int) -> str:
    return "".join(choose.choices("0123456789", k=size))


def _card(choose: random.Random) -> str:
    begun = choose.choice(("4", "51", "5425", "6011", "37"))
    number = begun + _number(choose, (14 if begun == "37" else 15) - len(begun))
    total = sum(
        int(digit) if place % 2 else sum(divmod(2 * int(digit), 10))
        for place, digit in enumerate(reversed(number))
    )
    number += str(-total % 10)
    if begun == "37" or choose.random() < 0.5:
        return number
    return " ".join(number[at : at + 4] for at in range(0, 16, 4))


def _phone(choose: random.Random) -> str:
    first, second = _number(choose, 4), _number(choose, 4)
    return choose.choice(
        (
            f"+49 30 {first} {second}",
            f"+1 212 {choose.randrange(2, 9)}{first[:2]} {second}",
            f"(415) 555-{first}",
            f"Tel. 030 {first} {second}",
        )
    )


def _any_value(choose: random.Random) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    name = "".join(choose.choices(letters, k=13))
    token = "".join(choose.choices(letters + letters.upper() + "0123456789", k=48))
    made: tuple[Callable[[], str], ...] = (
        lambda: _card(choose),
        lambda: _phone(choose),
        lambda: f"{name[:6]}@{name[6:]}.de",
        lambda: f"{_number(choose, 3)}-{_number(choose, 2)}-{_number(choose, 4)}",
        lambda: ".".join(str(choose.randrange(256)) for _ in range(4)),
        lambda: f"ghp_{token[:36]}",
        lambda: f"sk-{token}",
        lambda: f"DE{_number(choose, 20)}",
    )
    return choose.choice(made)()


VALUES = {"cards": _card, "phone numbers": _phone, "values of all kinds": _any_value}


def nothing_but(kind: str, length: int, seed: int) -> str:
    """Values of a kind, one after the other, no two alike."""
    choose = random.Random(seed)
    parts: list[str] = []
    size = 0
    while size < length:
        parts.append(VALUES[kind](choose))
        size += len(parts[-1]) + 1
    return " ".join(parts)[:length]


@dataclass(frozen=True)
class Row:
    """One line of the table, in microseconds per kB."""

    name: str
    floor: float
    first: float
    cold: float
    warm: float
    found: int


def _timed(work: Callable[[], object], characters: int) -> float:
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1e9 / characters


def _floor(texts: Sequence[str]) -> float:
    words = re2.Set.SearchSet()
    for number in range(32):
        words.Add(f"word{number:02d}")
    words.Compile()
    encoded = [text.encode("ascii", "replace") for text in texts]
    size = sum(map(len, texts))
    return min(
        _timed(lambda: [words.Match(text) for text in encoded], size) for _ in range(PASSES)
    )


Make = Callable[[int], Sequence[str]]
"""Texts of a kind by seed: each seed's were never seen before."""


def measure(name: str, make: Make) -> Row:
    """The cost of scanning such texts, each on its own."""
    scanner = Scanner()
    for detector in scanner.detectors:  # builds what is built when first needed, imports included
        for text in detector.examples:
            scanner.scan(text)

    def seen(texts: Sequence[str]) -> float:
        return _timed(lambda: [scanner.scan(text) for text in texts], sum(map(len, texts)))

    texts = make(1)
    first = seen(texts)
    size = 0
    for seed in range(2, 2000):
        more = make(seed)
        seen(more)
        size += sum(map(len, more))
        if size >= SEEN:
            break
    cold = seen(make(2000))
    warm = min(seen(texts) for _ in range(PASSES))
    found = sum(len(scanner.scan(text)) for text in texts)
    return Row(name, _floor(texts), first, cold, warm, found)


def messages(text: str) -> list[str]:
    return [text[at : at + MESSAGE] for at in range(0, len(text), MESSAGE)]


def rows(length: int) -> list[Row]:
    """The whole table over texts of `length` characters."""

    def each(write: Callable[[int, int], str]) -> Make:
        return lambda seed: messages(write(length, seed))

    def digits(size: int, seed: int) -> str:
        return hostile(size, seed, "0123456789 -.")

    made = [measure("English prose", each(prose))]
    made.append(measure("prose, a value per kB", each(values)))
    for script in _OTHERS:
        made.append(measure(script, each(lambda size, seed, s=script: other(s, size, seed))))  # type: ignore[misc]  # a default binds the loop's value
    made.append(measure("hostile", each(hostile)))
    made.append(measure("hostile, digits", each(digits)))
    made.append(measure("prose, 64 kB in a piece", lambda seed: [prose(64_000, seed)]))
    made.append(measure("hostile, 64 kB in a piece", lambda seed: [hostile(64_000, seed)]))
    made.append(measure("digits, 64 kB in a piece", lambda seed: [digits(64_000, seed)]))
    return made


def worst(sizes: int = 64_000) -> tuple[str, float]:
    """Of texts of one piece over and over the one that takes longest, and its milliseconds."""
    scanner = Scanner()
    for detector in scanner.detectors:
        for text in detector.examples:
            scanner.scan(text)
    times = {}
    for piece in (*_PIECES, *(f"{d.examples[0]} " for d in scanner.detectors if d.examples)):
        text = (piece * (sizes // len(piece) + 1))[:sizes]
        times[piece] = _timed(lambda text=text: scanner.scan(text), len(text)) * len(text) / 1e6  # type: ignore[misc]  # likewise
    piece = max(times, key=lambda name: times[name])
    return piece, times[piece]


def full(size: int = 64_000) -> None:
    """What a text in one piece costs that is full of values, in milliseconds: the second such
    text that a scanner sees."""
    scanner = Scanner()
    for detector in scanner.detectors:
        for text in detector.examples:
            scanner.scan(text)
    for kind in VALUES:
        scanner.scan(nothing_but(kind, size, 1))
        text = nothing_but(kind, size, 2)
        took = min(_timed(lambda text=text: scanner.scan(text), 1_000_000) for _ in range(3))  # type: ignore[misc]  # likewise
        print(f"64 kB of nothing but {kind}: {took:.0f} ms, {len(scanner.scan(text))} found")


def peers(length: int) -> None:
    """The same for each peer, as far as it is installed, in one table."""
    kinds = {
        "prose": prose(length),
        "a value": values(length),
        "German": other("German", length),
        "Chinese": other("Chinese", length),
        "hostile": hostile(length, seed=4),
        "digits": hostile(length, 4, "0123456789 -."),
    }
    names = "".join(f"{kind:>10}" for kind in kinds)
    print(f"\n{'µs per kB':22}{names}{'build ms':>10}{'first ms':>10}{'MB':>7}{'later':>7}")
    left_out = []
    for name, build in PEERS.items():
        start = start_of(name)
        if start is None:
            left_out.append(name)
            continue
        scan = build()
        costs = "".join(f"{_best(scan, messages(text)):10.1f}" for text in kinds.values())
        print(
            f"{name:22}{costs}{start['build']:10.0f}{start['first']:10.0f}"
            f"{start['memory']:7.0f}{start['after']:7.0f}"
        )
    if left_out:
        print(f"left out, not installed: {', '.join(left_out)}")


def _best(scan: Scan, texts: Sequence[str]) -> float:
    size = sum(map(len, texts))
    return min(_timed(lambda: [scan(text) for text in texts], size) for _ in range(3))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--length", type=int, default=20_000, help="characters of each text")
    parser.add_argument("--alone", action="store_true", help="without peers")
    options = parser.parse_args()

    begun = time.process_time()
    scanner = Scanner()
    loaded = time.process_time()
    scanner.scan("one short text")
    built = time.process_time()
    personal = sum(detector.entity != "SECRET" for detector in scanner.detectors)
    print(
        f"{personal} detectors of personal data, {len(scanner.detectors) - personal} of secrets; "
        f"loaded in {(loaded - begun) * 1e3:.0f} ms, first scan {(built - loaded) * 1e3:.0f} ms\n"
    )
    head = "".join(f"{name:>9}" for name in ("floor", "first", "cold", "warm", "x floor", "found"))
    print(f"{'µs per kB':28}{head}")
    for row in rows(options.length):
        print(
            f"{row.name:28}{row.floor:9.1f}{row.first:9.1f}{row.cold:9.1f}{row.warm:9.1f}"
            f"{row.warm / row.floor:9.1f}{row.found:9}"
        )
    piece, took = worst()
    print(f"\nworst 64 kB of one piece over and over: {took:.0f} ms, {piece[:24]!r}")
    full()
    if not options.alone:
        peers(min(options.length, 10_000))


if __name__ == "__main__":
    main()
