"""With every detector that there is a stream is redacted as the whole text would be."""

import random
from itertools import pairwise

import pytest

from jurat.scan import Redactor, Scanner

PROSE = "The order 12345 came on 2024-03-11, see https://docs.acme.test/a?b=1&c=2; 50% of it. "
BETWEEN = (" ", ", ", "\n", " and ", "", "; ", "\u00a0", "\u200b", " \u6f22\u5b57 ", "%20", "\\n", "&amp;")  # fmt: skip


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    made = Redactor(Scanner())
    assert made.scanner.detectors
    return made


def disguised(text: str, chance: random.Random) -> str:
    match chance.randrange(8):
        case 0:
            return text.replace("-", "\u2011").replace(" ", "\u00a0")
        case 1:
            return "".join(f"\\u{ord(c):04x}" if chance.random() < 0.2 else c for c in text)
        case 2:
            return "".join(
                f"%{ord(c):02x}" if ord(c) < 128 and chance.random() < 0.3 else c for c in text
            )
        case 3:
            return text[: chance.randint(0, len(text))]
    return text


def mixture(texts: list[str], chance: random.Random) -> str:
    parts = []
    for text in chance.sample(texts, chance.randint(1, 4)):
        parts += [PROSE * chance.randint(0, 2), disguised(text, chance), chance.choice(BETWEEN)]
    return "".join(parts)


@pytest.mark.parametrize("seed", range(2))
def test_a_stream_is_redacted_as_the_whole(seed: int, redactor: Redactor) -> None:
    chance = random.Random(seed)
    texts = [text for d in redactor.scanner.detectors for text in d.examples]
    for _ in range(6):
        text = mixture(texts, chance)
        whole = redactor.redact(text)
        places = range(len(text) + 1)
        for cuts in (
            list(places)[: 600 if len(text) < 600 else 0],
            list(range(chance.randint(1, 32), len(text), 32)),
            *(sorted(chance.choices(places, k=12)) for _ in range(3)),
        ):
            stream = redactor.stream()
            out = [stream.feed(text[a:b]) for a, b in pairwise([0, *cuts, len(text)])]
            assert "".join(out) + str(stream.flush()) == whole, (seed, cuts)


def test_little_waits(redactor: Redactor) -> None:
    """In prose the word that is being written, and what may be a number to be told by a word."""
    stream = redactor.stream()
    held = []
    text = "We met in the old town and talked about the weather, the harvest and the war. " * 20
    for at in range(0, len(text), 5):
        stream.feed(text[at : at + 5])
        held.append(stream.held)
    assert sorted(held)[len(held) // 2] <= 5
    assert max(held) <= 20
