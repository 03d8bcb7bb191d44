"""What redacting a stream costs: microseconds per chunk of 32 bytes, beside what can't be saved.

    python benchmarks/bench_stream.py [--length CHARACTERS]

"whole" is the text redacted at once, for as many characters as a chunk has: what any streaming
costs at least. "naive" keeps a tail of the longest value and searches it again with every chunk, as
filters for streams commonly do; it leaks what is longer, and what words after a value decide.
"held" is how many characters waited after a chunk, median and 99th of a hundred.
All with every detector, warm; the first stream of a process is told apart.
"""

import argparse
import time
from collections.abc import Callable

from bench_scan import hostile, other, prose, values

from jurat.scan import Redactor, StreamRestorer, Vault

CHUNK = 32
STEPS = (1, 32, 128)
CARRY = 256
PASSES = 5


def _stream(redactor: Redactor, text: str, step: int) -> tuple[float, list[int], str]:
    stream = redactor.stream(step=step)
    held, out = [], []
    begun = time.process_time()
    for at in range(0, len(text), CHUNK):
        out.append(stream.feed(text[at : at + CHUNK]))
        held.append(stream.held)
    out.append(str(stream.flush()))
    return time.process_time() - begun, sorted(held), "".join(out)


def _naive(redactor: Redactor, text: str) -> None:
    carry = ""
    for at in range(0, len(text), CHUNK):
        carry = (carry + text[at : at + CHUNK])[-CARRY - CHUNK :]
        redactor.redact(carry)


def _restored(vault: Vault, text: str) -> None:
    stream = StreamRestorer(vault)
    for at in range(0, len(text), CHUNK):
        stream.feed(text[at : at + CHUNK])
    stream.flush()


def _best(work: Callable[[], object], chunks: int) -> float:
    taken = []
    for _ in range(PASSES):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return min(taken) * 1e6 / chunks


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--length", type=int, default=10_000, help="characters of each text")
    length = parser.parse_args().length
    redactor = Redactor()
    begun = time.process_time()
    redactor.stream().feed("a first chunk ")
    print(f"building, once: {(time.process_time() - begun) * 1e3:.0f} ms")
    texts = {
        "English prose": prose(length),
        "prose, a value per kB": values(length),
        "Chinese prose": other("Chinese", length),
        "hostile": hostile(length),
    }
    steps = "".join(f"{f'step {step}':>10}" for step in STEPS)
    print(f"{'us per chunk of 32':24}{'whole':>8}{'naive':>8}{steps}{'first':>10}{'held':>10}")
    for name, text in texts.items():
        chunks = -(-len(text) // CHUNK)
        first, held, out = _stream(redactor, text, 1)
        if out != redactor.redact(text):
            raise SystemExit(f"{name}: the stream differs from the whole")
        row = [_best(lambda text=text: redactor.redact(text), chunks)]  # type: ignore[misc]  # a default binds the loop's value
        row.append(_best(lambda text=text: _naive(redactor, text), chunks))  # type: ignore[misc]  # likewise
        for step in STEPS:
            row.append(min(_stream(redactor, text, step)[0] for _ in range(PASSES)) * 1e6 / chunks)
        figures = "".join(f"{one:{8 if n < 2 else 10}.1f}" for n, one in enumerate(row))
        waits = f"{held[len(held) // 2]}/{held[len(held) * 99 // 100]}"
        print(f"{name:24}{figures}{first * 1e6 / chunks:10.0f}{waits:>10}")
    vault = Vault()
    tokens = [vault.token("US_SSN", f"{n:09}") for n in range(50)]
    answer = " ".join(f"{word} {tokens[n % 50]}" for n, word in enumerate(prose(length).split()))
    chunks = -(-len(answer) // CHUNK)
    print(f"{'restoring':24}{_best(lambda: _restored(vault, answer), chunks):8.1f}")


if __name__ == "__main__":
    main()
