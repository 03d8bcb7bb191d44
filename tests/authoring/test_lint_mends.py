"""Fixes: made again they change nothing, the bundle still loads, and its digest keeps where they
say so. And no bundle, however broken, makes a rule fail."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jurat.authoring.lint import Looked, Settings, differences, look, mend
from jurat.plugin import Registry

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
MANIFEST = "name: acme\nversion: 1.0.0\nrevision: 1\n"

NETWORKS = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "192.0.2.0/24", "192.0.2.0/24", "fd00::/8"]
COMMENTS = [
    "",
    "  # jurat: ignore[JL308] because",
    "  # jurat: ignore[JL307, JL308] because",
    "  # jurat: ignore[no-controls] because",
    "  # plain \u202e text",
    "  # jurat: ignore[JL111] two sites",
]
ABOVE = ["", "# jurat: ignore[JL101] for now\n", "# TODO 2026-01-01 this\n"]


@st.composite
def bundles(draw: st.DrawFn) -> dict[str, str]:
    listed = draw(st.lists(st.sampled_from(NETWORKS), min_size=1, max_size=5))
    comment, above = draw(st.sampled_from(COMMENTS)), draw(st.sampled_from(ABOVE))
    if draw(st.booleans()):
        networks = f" [{', '.join(listed)}]{comment}\n"
    else:
        networks = f"{comment}\n" + "".join(f"      - {network}\n" for network in listed)
    mode = draw(st.sampled_from(["", "  mode: shadow\n", "  on_error: ignore\n"]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    mark = draw(st.sampled_from(["", "\ufeff"]))
    rule = (
        f"{above}- id: networks\n  title: From our networks{draw(st.sampled_from(COMMENTS))}\n"
        "  kind: network.allowlist\n  effect: deny\n  severity: high\n"
        f"{mode}  params:\n    networks:{networks}"
    )
    waivers = ""
    if draw(st.booleans()):
        expires = draw(st.sampled_from(["2026-05-01", "2026-07-01"]))
        waivers = (
            "- rule: networks\n  scope: request.project.id == 'a'\n  owner: a\n  reason: b\n"
            f"  expires: {expires}T00:00:00Z{draw(st.sampled_from(COMMENTS))}\n"
        )
    parameters = draw(st.sampled_from(["", "parameters:\n  a: {type: string, value: x}\n"]))
    files = {"bundle.yaml": MANIFEST + parameters, "rules/a.yaml": mark + rule.replace("\n", end)}
    return {**files, "waivers.yaml": waivers} if waivers else files


@settings(max_examples=35, deadline=None)
@given(files=bundles(), unsafe=st.booleans())
def test_fixes_come_to_an_end_and_keep_their_word(
    files: dict[str, str], unsafe: bool, registry: Registry
) -> None:
    def again(given: Mapping[str, bytes]) -> Looked:
        return look(given, registry, Settings(), now=NOW)

    first = look(files, registry, Settings(), now=NOW)
    assert first.loaded
    assert not first.failed
    mended = mend(first, again, unsafe=unsafe)
    assert mended.looked.loaded
    assert not any(f.fix and (f.fix.safe or unsafe) for f in mended.looked.found)
    once_more = mend(mended.looked, again, unsafe=unsafe)
    assert once_more.count == 0
    assert list(differences(mended.files, once_more.files, "")) == []
    made = [f.fix for f in first.found if f.fix and (f.fix.safe or unsafe)]
    if all(fix.keeps_digest for fix in made):
        assert mended.looked.digest == first.digest
    for name, data in mended.files.items():
        assert data.startswith(b"\xef\xbb\xbf") == first.files[name].startswith(b"\xef\xbb\xbf")
        assert data.count(b"\r\n") in (0, data.count(b"\n"))


@settings(max_examples=35, deadline=None)
@given(
    text=st.text(alphabet=" -:#|>[]{}'\"abc\n\u202e\u0430", max_size=60),
    file=st.sampled_from(["rules/a.yaml", "bundle.yaml", "waivers.yaml", "detectors/a.yaml"]),
)
def test_no_text_makes_a_rule_fail(text: str, file: str, registry: Registry) -> None:
    files: dict[str, Any] = {"bundle.yaml": MANIFEST, file: text + "# jurat: ignore[JL101]\n"}
    assert look(files, registry, Settings(), now=NOW).failed == ()


@pytest.mark.parametrize("cut", range(0, 1400, 101))
def test_no_cut_bundle_makes_a_rule_fail(
    cut: int, files: dict[str, str], registry: Registry
) -> None:
    made = {**files, "rules/a.yaml": files["rules/a.yaml"][:cut]}
    assert look(made, registry, Settings(), now=NOW).failed == ()
