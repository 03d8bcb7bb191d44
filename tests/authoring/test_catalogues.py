"""Catalogues of controls: found by entry point, read strictly, and a bundle's own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jurat.authoring import _catalogues
from jurat.authoring._catalogues import catalogues_for, framework_of, installed_catalogues
from jurat.bundle import BundleError, read_catalogue
from jurat.plan import Plan

Planned = Callable[[Mapping[str, str]], Plan]
GOOD = "framework: ACME\ntitle: Acme's own\nsource: the board\ncontrols:\n  A1: Say yes.\n"


@dataclass
class Point:
    name: str
    path: Path

    def load(self) -> Path:
        return self.path


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def installed(*points: Point) -> None:
        def found(*, group: str) -> list[Any]:
            assert group == "jurat_controls"
            return list(points)

        monkeypatch.setattr(_catalogues, "entry_points", found)

    return installed


def test_a_distribution_adds_its_own(tmp_path: Path, install: Callable[..., None]) -> None:
    (tmp_path / "acme.yaml").write_text(GOOD)
    (tmp_path / "README.md").write_text("no catalogue")
    install(Point("acme", tmp_path))
    found = installed_catalogues()
    assert dict(found["ACME"].controls) == {"ACME:A1": "Say yes."}


def test_two_of_one_framework_are_refused(tmp_path: Path, install: Callable[..., None]) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD)
    install(Point("acme", tmp_path))
    with pytest.raises(BundleError, match=r"acme/b\.yaml: error: another") as caught:
        installed_catalogues()
    assert "it is acme/a.yaml" in str(caught.value)


def test_without_any_there_are_none(install: Callable[..., None]) -> None:
    install()
    assert installed_catalogues() == {}


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("framework: ACME", "framwork: ACME", "JB020", "`framework`"),
        ("framework: ACME", "framework: A B", "JB024", "letters"),
        ("title: Acme's own\n", "", "JB021", "`title`"),
        ("  A1: Say yes.", "  1: Say yes.", "JB012", "quotes"),
        ("Say yes.", "", "JB022", "text"),
        ("Say yes.", "' '", "JB024", "say what is asked for"),
        ("  A1: Say yes.", "  ' A1': Say yes.", "JB024", "blanks"),
        ("  A1: Say yes.", "  A1: x\n  A1: y", "JB008", "twice"),
        (GOOD, "", "JB021", "empty"),
        (GOOD, "- a\n", "JB022", "mapping"),
    ],
)
def test_a_broken_catalogue_is_told(old: str, new: str, code: str, says: str) -> None:
    assert old in GOOD
    with pytest.raises(BundleError) as caught:
        read_catalogue("acme/a.yaml", GOOD.replace(old, new, 1))
    first = caught.value.diagnostics[0]
    assert (first.code, first.file) == (code, "acme/a.yaml")
    assert says in f"{first.message} {first.help}"


def test_bytes_that_are_no_text(tmp_path: Path, install: Callable[..., None]) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff")
    install(Point("acme", tmp_path))
    with pytest.raises(BundleError, match="JB004"):
        installed_catalogues()


def test_a_bundle_adds_to_a_framework_and_words_its_own(
    planned: Planned, files: dict[str, str]
) -> None:
    files["data/controls.yaml"] += '"SOC2:CC6.1": {text: Ours}\n"SOC2:X": {text: More}\n'
    found = catalogues_for(planned(files).bundle)
    assert found["SOC2"].controls["SOC2:CC6.1"] == "Ours"
    assert list(found["SOC2"].controls)[-1] == "SOC2:X"
    assert found["SOC2"].source == "AICPA, TSP section 100"
    assert found["ACME"].title == "controls of acme-ai"
    assert "SOC2:X" not in installed_catalogues()["SOC2"].controls


def test_the_framework_of_an_id() -> None:
    assert framework_of("HIPAA:164.312(b)") == "HIPAA"
    assert framework_of("NIST-AI-RMF:GOVERN-1.1") == "NIST-AI-RMF"
