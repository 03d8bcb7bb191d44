"""How well the scanner finds: precision and recall by entity, and what it takes for something.

    python benchmarks/accuracy.py [--min-confidence low|medium|high] [--show ENTITY|NEGATIVE|SECRET]

Personal data: the labelled set in `tests/cases/scan/personal.jsonl` (`labelled.py` makes it).
"strict" wants the exact span, "overlap" any part of it, both the entity. Secrets: every
provider's keys in the places where people leave them, and look-alikes, made in memory, so that no
file of ours holds what looks like a key. A detection marked `example` is no flag on a look-alike.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jurat.plugin import CONFIDENCES, Detection
from jurat.scan import Scanner

CASES = Path(__file__).parent.parent / "tests" / "cases" / "scan" / "personal.jsonl"
MAIN = ("EMAIL_ADDRESS", "PHONE_NUMBER", "US_SSN", "CREDIT_CARD", "IBAN_CODE", "IP_ADDRESS")
"""The entities of the overall figure."""


@dataclass(frozen=True)
class Line:
    """A text, the spans in it that hold something, and how hard it is."""

    kind: str
    text: str
    spans: tuple[tuple[int, int, str], ...]


def load(path: Path = CASES) -> list[Line]:
    """The labelled set."""
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [
        Line(row["kind"], row["text"], tuple((s, e, name) for s, e, name in row["spans"]))
        for row in rows
    ]


class Score:
    """Counts of one entity."""

    def __init__(self) -> None:
        self.wanted = self.strict = self.overlap = self.found = self.right = self.exact = 0

    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    def recall(self) -> float:
        return self.overlap / self.wanted if self.wanted else 1.0

    def f1(self) -> float:
        """Of overlaps."""
        return _f1(self.precision(), self.recall())

    def strict_f1(self) -> float:
        return _f1(
            self.exact / self.found if self.found else 1.0,
            self.strict / self.wanted if self.wanted else 1.0,
        )

    def add(self, other: "Score") -> None:
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def found_in(scanner: Scanner, text: str, least: str = "low") -> list[Detection]:
    """The detections in `text` of at least that confidence."""
    level = CONFIDENCES.index(least)
    return [d for d in scanner.scan(text) if CONFIDENCES.index(d.confidence) >= level]


def scores(scanner: Scanner, lines: Iterable[Line], least: str = "low") -> dict[str, Score]:
    """Counts by entity."""
    made: dict[str, Score] = {}
    for line in lines:
        found = found_in(scanner, line.text, least)
        for start, end, entity in line.spans:
            score = made.setdefault(entity, Score())
            score.wanted += 1
            mine = [d for d in found if d.entity == entity]
            score.strict += any((d.start, d.end) == (start, end) for d in mine)
            score.overlap += any(d.start < end and d.end > start for d in mine)
        for one in found:
            score = made.setdefault(one.entity, Score())
            score.found += 1
            same = [s for s in line.spans if s[2] == one.entity]
            score.right += any(one.start < e and one.end > s for s, e, _ in same)
            score.exact += any((one.start, one.end) == (s, e) for s, e, _ in same)
    return made


def total(made: dict[str, Score], entities: Iterable[str]) -> Score:
    """The counts of several entities in one."""
    whole = Score()
    for entity in entities:
        whole.add(made.get(entity, Score()))
    return whole


def missed(scanner: Scanner, lines: Iterable[Line], entity: str, least: str) -> list[str]:
    """What was missed of an entity, or taken for it."""
    told = []
    for line in lines:
        found = found_in(scanner, line.text, least)
        mine = [d for d in found if d.entity == entity or entity == "NEGATIVE"]
        if entity == "NEGATIVE" and line.spans:
            continue
        wanted = [(s, e) for s, e, name in line.spans if name == entity]
        for start, end in wanted:
            if (start, end) not in [(d.start, d.end) for d in mine]:
                told.append(f"missed {line.text[start:end]!r} in {line.text!r}: {_told(found)}")
        for one in mine:
            if not any(one.start < e and one.end > s for s, e in wanted):
                told.append(
                    f"false  {line.text[one.start : one.end]!r} in {line.text!r}: {_told([one])}"
                )
    return told


def _told(found: Sequence[Detection]) -> str:
    return ", ".join(f"{d.detector}/{d.confidence}[{d.start}:{d.end}]" for d in found) or "nothing"


def main() -> None:
    from secret_cases import lookalikes, secrets

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--min-confidence", choices=CONFIDENCES, default="low")
    parser.add_argument("--show", metavar="NAME", help="the misses of an entity instead")
    options = parser.parse_args()
    least, scanner, lines = options.min_confidence, Scanner(), load()
    hidden = secrets(scanner.detectors, random.Random(1))
    alike = lookalikes(random.Random(2))
    if options.show == "SECRET":
        for provider, text, start, end in hidden:
            if not _covered(found_in(scanner, text, least), start, end):
                print(f"missed {provider} in {text!r}")
        for text in alike:
            if flags := _flags(found_in(scanner, text, least)):
                print(f"false  in {text!r}: {_told(flags)}")
        return
    if options.show:
        print("\n".join(missed(scanner, lines, options.show, least)))
        return

    made = scores(scanner, lines, least)
    head = f"{'':28}{'values':>8}{'precision':>11}{'recall':>8}{'F1':>7}{'strict F1':>11}"
    print(
        f"{len(lines)} texts, confidence {least} and above; overlap unless it says strict\n{head}"
    )
    for entity in sorted(made, key=lambda name: (name not in MAIN, name)):
        _print(entity, made[entity])
    print()
    _print("the six first ones", total(made, MAIN))
    for kind in ("labelled", "plain", "ambiguous", "record"):
        some = [line for line in lines if line.kind in (kind, "negative")]
        _print(f"all, {kind} + negative", total(s := scores(scanner, some, least), s))
    negative = [line.text for line in lines if line.kind == "negative"]
    hits = sum(len(found_in(scanner, text, least)) for text in negative)
    print(f"\n{hits} false hits in {len(negative)} texts that hold nothing")

    hit: Counter[str] = Counter()
    for provider, text, start, end in hidden:
        hit[provider] += _covered(found_in(scanner, text, least), start, end)
    flagged = sum(bool(_flags(found_in(scanner, text, least))) for text in alike)
    print(
        f"secrets: {sum(hit.values())} of {len(hidden)} found ({sum(hit.values()) / len(hidden):.1%}), "
        f"{sum(1 for count in hit.values() if count)} of {len(hit)} kinds\n"
        f"look-alikes of secrets: {flagged} of {len(alike)} flagged ({flagged / len(alike):.1%})"
    )


def _covered(found: Iterable[Detection], start: int, end: int) -> bool:
    return any(d.entity == "SECRET" and d.start < end and d.end > start for d in found)


def _flags(found: Iterable[Detection]) -> list[Detection]:
    return [d for d in found if d.entity == "SECRET" and not d.example]


def _print(name: str, score: Score) -> None:
    print(
        f"{name:28}{score.wanted:8}{score.precision():11.1%}{score.recall():8.1%}"
        f"{score.f1():7.1%}{score.strict_f1():11.1%}"
    )


if __name__ == "__main__":
    main()
