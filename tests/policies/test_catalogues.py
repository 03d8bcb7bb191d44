"""The catalogues of controls that ship: what every rule of a shipped bundle names is in them."""

import re

import pytest

import jurat_policies
from jurat.authoring.report import FORMATS, control_report
from jurat.bundle import Catalogue, read_catalogue
from jurat.canon import parse_time
from jurat.engine import compile_bundles, versions_of
from jurat.plugin import load_plugins

NOW = parse_time("2026-05-25T12:00:00Z")
FILES = sorted(jurat_policies.CONTROLS.glob("*.yaml"))
CATALOGUES: dict[str, Catalogue] = {
    made.framework: made
    for made in (read_catalogue(path.name, path.read_text()) for path in FILES)
}


def test_the_frameworks_that_ship() -> None:
    assert set(CATALOGUES) == {
        "SOC2", "GDPR", "HIPAA", "PCI", "CCPA", "ISO42001", "NIST-AI-RMF", "OWASP-LLM",
    }  # fmt: skip


@pytest.mark.parametrize(
    "control",
    [
        "SOC2:CC6.1", "SOC2:CC9.2", "SOC2:A1.1", "SOC2:C1.1", "SOC2:PI1.4", "SOC2:P4.2",
        "GDPR:5", "GDPR:22", "GDPR:46", "HIPAA:164.308(a)(4)(ii)(C)", "HIPAA:164.310(d)(1)",
        "HIPAA:164.312(b)", "HIPAA:164.314(a)(1)", "HIPAA:164.316(b)(1)", "PCI:3.4.1",
        "PCI:8.6.3", "PCI:10.2.1", "CCPA:1798.100", "CCPA:1798.150", "ISO42001:A.7.4",
        "ISO42001:A.10.3", "NIST-AI-RMF:GOVERN-1.1", "NIST-AI-RMF:MEASURE-2.13",
        "NIST-AI-RMF:MANAGE-2.4", "OWASP-LLM:LLM01", "OWASP-LLM:LLM10",
    ],
)  # fmt: skip
def test_ids_are_written_as_the_frameworks_write_them(control: str) -> None:
    assert CATALOGUES[control.partition(":")[0]].controls[control]


@pytest.mark.parametrize(
    ("framework", "count"),
    [("SOC2", 61), ("ISO42001", 38), ("NIST-AI-RMF", 72), ("OWASP-LLM", 10)],
)
def test_whole_frameworks_are_whole(framework: str, count: int) -> None:
    assert len(CATALOGUES[framework].controls) == count


@pytest.mark.parametrize("framework", CATALOGUES)
def test_texts_are_short_sentences_that_promise_nothing(framework: str) -> None:
    catalogue = CATALOGUES[framework]
    assert catalogue.remains
    texts = [*catalogue.controls.values(), *catalogue.remains]
    assert len(set(texts)) == len(texts)
    for text in texts:
        assert text.endswith("."), text
        assert len(text) <= 200, text
        assert not re.search(r"complian|\bshall\b|[“”]", text), text


@pytest.mark.parametrize("name", jurat_policies.names())
def test_every_control_of_a_shipped_bundle_is_in_a_catalogue(name: str) -> None:
    registry = load_plugins()
    _, (plan,) = compile_bundles(name, registry, versions_of(registry))
    report = control_report(plan, now=NOW)
    assert report.unknown == {}
    assert report.unnamed == ()
    for write in FORMATS.values():
        assert "compliant" not in write(report).casefold()
