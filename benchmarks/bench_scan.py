"""What the scanner costs: microseconds per kB of prose, of other scripts and of hostile text.

    python benchmarks/bench_scan.py [--length N]

A kB is 1,000 characters. "floor" is one pass of one `re2.Set` of thirty-two plain words over the
same text in the same run. "cold" is the first time that a text is seen by a scanner that has seen the detectors' examples, "warm"
the best of several later times. Texts are scanned in messages of 1 kB, as prompts come, and once
in a piece of 64 kB.
"""

import argparse
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import re2

from jurat.scan import Scanner

MESSAGE = 1000  # characters
PASSES = 5

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


@dataclass(frozen=True)
class Row:
    """One line of the table, in microseconds per kB."""

    name: str
    floor: float
    cold: float
    warm: float
    found: int


def _timed(work: Callable[[], object], characters: int) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1e9 / characters


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


def measure(name: str, texts: Sequence[str]) -> Row:
    """The cost of scanning `texts`, each on its own."""
    scanner = Scanner()
    for detector in scanner.detectors:  # builds what is built when first needed, imports included
        for text in detector.examples:
            scanner.scan(text)
    size = sum(map(len, texts))
    cold = _timed(lambda: [scanner.scan(text) for text in texts], size)
    warm = min(_timed(lambda: [scanner.scan(text) for text in texts], size) for _ in range(PASSES))
    found = sum(len(scanner.scan(text)) for text in texts)
    return Row(name, _floor(texts), cold, warm, found)


def messages(text: str) -> list[str]:
    return [text[at : at + MESSAGE] for at in range(0, len(text), MESSAGE)]


def rows(length: int) -> list[Row]:
    """The whole table over texts of `length` characters."""
    made = [measure("English prose", messages(prose(length)))]
    made.append(measure("prose, a value per kB", messages(values(length))))
    made += [measure(script, messages(other(script, length))) for script in _OTHERS]
    made.append(measure("hostile", messages(hostile(length))))
    made.append(measure("hostile, digits", messages(hostile(length, alphabet="0123456789 -."))))
    made.append(measure("prose, 64 kB in a piece", [prose(64_000)]))
    made.append(measure("hostile, 64 kB in a piece", [hostile(64_000)]))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--length", type=int, default=20_000, help="characters of each text")
    options = parser.parse_args()

    begun = time.perf_counter()
    scanner = Scanner()
    loaded = time.perf_counter()
    scanner.scan("one short text")
    built = time.perf_counter()
    print(
        f"{len(scanner.detectors)} detectors; loaded in {(loaded - begun) * 1e3:.0f} ms, "
        f"first scan {(built - loaded) * 1e3:.0f} ms\n"
    )
    print(f"{'µs per kB':28}{'floor':>8}{'cold':>9}{'warm':>9}{'x floor':>9}{'found':>7}")
    for row in rows(options.length):
        print(
            f"{row.name:28}{row.floor:8.1f}{row.cold:9.1f}{row.warm:9.1f}"
            f"{row.warm / row.floor:9.1f}{row.found:7}"
        )


if __name__ == "__main__":
    main()
