"""The built-in detectors: each finds what it is for, and ordinary text holds none of it."""

import pytest

from jurat.plugin import CONFIDENCES, Detector
from jurat.scan import Scanner, check_detector
from jurat_rules.packs import detectors

ALL = detectors()
PARAM_ALL = [pytest.param(detector, id=detector.id) for detector in ALL]


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner(ALL)


def test_ids_are_unique_and_each_says_where_its_format_is_described() -> None:
    ids = [detector.id for detector in ALL]
    assert len(ids) == len(set(ids))
    assert not [detector.id for detector in ALL if not detector.source]
    assert not [d.id for d in ALL if not d.examples or not d.counter_examples]


@pytest.mark.parametrize("detector", PARAM_ALL)
def test_examples_and_counter_examples(detector: Detector) -> None:
    assert check_detector(detector) == []


@pytest.mark.parametrize("detector", PARAM_ALL)
def test_examples_are_found_among_all_the_others(detector: Detector, scanner: Scanner) -> None:
    for text in detector.examples:
        assert detector.entity in {found.entity for found in scanner.scan(text)}, text


ORDINARY = (
    "Order 4829-1173-20 shipped on 2024-03-11 at 10:22:31.118Z, 14 items, $1,249.99 in all.",
    "order no. 100284617, invoice INV-2024-000173, ticket #48213377, PO 4500017733",
    "Upgrade from 1.2.3 to 1.20.3-rc.1+build.5 (was v10.4.2.1); Chrome/120.0.6099.109",
    "timestamps 1700000000, 1700000000123, 1700000000123456, 20240311102231",
    "2024-03-11T10:22:31+01:00, 11.03.2024, 03/11/2024 10:22, 11-03-24",
    "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709, md5 d41d8cd98f00b204e9800998ecf8427e",
    "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "request 550e8400-e29b-41d4-a716-446655440000 took 12.5 ms",
    "at 52.520008, 13.404954 or 40.7127837,-74.0059413, 48°51.5N",
    "part 3RT2026-1BB40, P/N 415-1132-08, SKU 0012-3400-11, ISBN 978-3-16-148410-0, EAN 4006381333931",
    "for i in range(1, 10): x[i] = a[1::2] + b[::3]  # std::vector<int> v{1, 2, 3};",
    "def f(token: str, password: str | None = None) -> Secret: return self.settings.token",
    "const apiKey = process.env.API_KEY; // set API_KEY=<your key> first",
    "@app.route('/v1/items/<int:item_id>') and @property, img/logo@2x.png, npm i left-pad@1.3.0",
    "pi is 3.14159265358979323846, e is 2.718281828459045, c is 299792458 m/s",
    "ratio 16:9, score 3-2-1, 10:15-11:45, pages 112-118, chapters 1.2.3.4.5, §12(3)",
    "The matrix [[0.4111111, 1234.5678], [1e-10, 6.02214076e23]] has rank 2.",
    "color #ff8800, #123456, rgb(12, 34, 56), 0xdeadbeef, 0x7fff5fbff8c0",
    "max_tokens=4096, temperature: 0.7, top_p=0.95, seed: 1234567890, n_ctx=131072",
    "git checkout 9fceb02 && git log --since=2024-01-01 --format='%h %s' HEAD~3..HEAD",
    "Die Auflage betrug 1.250.000 Stück; 12 345,67 Euro; Art. 6 Abs. 1 DSGVO.",
    "task-sk-management, sk-learn, risk-averse, desk-lamp-model-2024-edition-black",
    "2024 population 8 258 035, area 783.8 km2, 1990 7 322 564, 2000 8 008 278",
)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_holds_nothing_at_medium_or_above(text: str, scanner: Scanner) -> None:
    least = CONFIDENCES.index("medium")
    found = [d for d in scanner.scan(text) if CONFIDENCES.index(d.confidence) >= least]
    assert [(d.detector, text[d.start : d.end]) for d in found] == []


def test_the_scanner_has_the_packs_by_default() -> None:
    assert {d.id for d in ALL} <= {d.id for d in Scanner().detectors}
