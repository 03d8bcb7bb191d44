"""The report on controls: what supports what, what does not count, what is left to people."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from jurat.authoring.report import (
    FORMATS,
    ControlReport,
    UnknownFramework,
    as_json,
    as_markdown,
    as_text,
    control_report,
)
from jurat.bundle import BundleError
from jurat.plan import Plan

Planned = Callable[[Mapping[str, str]], Plan]
NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)


@pytest.fixture
def report(planned: Planned, files: dict[str, str]) -> ControlReport:
    return control_report(planned(files), now=NOW, frameworks=["SOC2", "ACME"])


def lines(report: ControlReport) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {
        line.id: (line.support, line.rules) for part in report.frameworks for line in part.controls
    }


def marks(report: ControlReport) -> dict[str, tuple[str, ...]]:
    return {id_: line.marks for id_, line in report.rules.items()}


# -- what supports what


def test_a_control_is_supported_by_the_strongest_of_its_rules(report: ControlReport) -> None:
    found = lines(report)
    assert found["SOC2:CC6.1"] == ("enforced", ("callers", "models"))
    assert found["ACME:1"] == ("enforced", ("models",))
    assert found["SOC2:C1.1"] == ("reported", ("background",))
    assert found["SOC2:C1.2"] == ("reported", ("background", "stored"))
    assert found["ACME:2"] == ("none", ())
    assert found["SOC2:A1.1"] == ("none", ())
    assert report.rules["large"].support == "reported"  # an advice


def test_a_shadow_rule_supports_nothing_yet(planned: Planned, files: dict[str, str]) -> None:
    files["rules/a.yaml"] = files["rules/a.yaml"].replace("[SOC2:C1.1, SOC2:C1.2]", "[SOC2:C1.1]")
    report = control_report(planned(files), now=NOW)
    assert lines(report)["SOC2:C1.2"] == ("recorded", ("stored",))
    assert "shadow: supports nothing yet" in marks(report)["stored"]
    told = " ".join(as_text(report).split())
    assert "1 only rules in shadow mode, which support nothing yet" in told
    assert "recorded: stored (shadow)" in told


@pytest.mark.parametrize(("mode", "support"), [("shadow", "recorded"), ("warn", "reported")])
def test_the_mode_of_the_bundle_weakens_all_its_rules(
    mode: str, support: str, planned: Planned, files: dict[str, str]
) -> None:
    files["bundle.yaml"] += f"mode: {mode}\n"
    files["tests/a.yaml"] = ""
    report = control_report(planned(files), now=NOW)
    assert lines(report)["SOC2:CC6.1"][0] == support
    assert report.rules["stored"].support == "recorded"  # the weaker holds


def test_what_takes_from_a_rules_weight_is_marked(report: ControlReport) -> None:
    assert marks(report) == {
        "callers": (),
        "models": ("waived in part until 2026-06-01",),
        "stored": ("shadow: supports nothing yet",),
        "background": ("warn: told, does not decide",),
        "large": ("advice: told, does not decide",),
        "lost": ("a missing fact lets through (on_error: ignore)", "no test makes it fire"),
    }


@pytest.mark.parametrize(
    ("now", "waived"),
    [
        ("2026-04-30T23:59:59Z", False),
        ("2026-05-01T00:00:00Z", True),
        ("2026-05-31T23:59:59Z", True),
        ("2026-06-01T00:00:00Z", False),
    ],
)
def test_a_waiver_counts_while_it_is_in_force(
    now: str, waived: bool, planned: Planned, files: dict[str, str]
) -> None:
    report = control_report(planned(files), now=datetime.fromisoformat(now))
    assert bool(report.rules["models"].waivers) is waived


def test_the_tests_of_a_rule_are_counted_by_what_it_does_in_them(report: ControlReport) -> None:
    counts = {
        id_: (len(line.trials.fires), len(line.trials.rests), len(line.trials.lacks))
        for id_, line in report.rules.items()
    }
    assert counts["models"] == (1, 1, 1)
    assert counts["stored"] == (1, 2, 0)
    assert counts["lost"] == (0, 2, 1)
    assert [case.name for case in report.rules["models"].trials.fires] == ["another model is not"]


def test_a_bundle_whose_tests_fail_supports_nothing(
    planned: Planned, files: dict[str, str]
) -> None:
    files["tests/a.yaml"] = files["tests/a.yaml"].replace("effect: allow", "effect: deny")
    with pytest.raises(BundleError, match="JB092"):
        control_report(planned(files), now=NOW)


def test_a_rule_on_snapshots_alone_stops_no_request(
    planned: Planned, files: dict[str, str]
) -> None:
    files["rules/b.yaml"] = """\
- id: old-keys
  title: Keys are rotated
  kind: credential.age
  on: org_state
  effect: deny
  severity: high
  params: {max_age: 60d}
  controls: [ACME:2]
"""
    report = control_report(planned(files), now=NOW)
    assert "snapshots only: finds, and stops no request" in marks(report)["old-keys"]
    assert "enforced: old-keys (snapshots, untested)" in as_text(report)
    assert any(duty.endswith("see anything: old-keys.") for duty in report.duties)


# -- what is not there


def test_rules_and_ids_that_lead_nowhere_are_named(report: ControlReport) -> None:
    assert report.unnamed == ("large",)
    assert report.unknown == {"NOBODY:1": ("lost",), "SOC2:CC99": ("lost",)}


def test_without_a_choice_it_is_about_what_rules_name(
    planned: Planned, files: dict[str, str]
) -> None:
    report = control_report(planned(files), now=NOW)
    assert [part.catalogue.framework for part in report.frameworks] == ["ACME", "SOC2"]
    assert "GDPR" in report.left_out


def test_a_framework_may_be_chosen_that_no_rule_names(
    planned: Planned, files: dict[str, str]
) -> None:
    report = control_report(planned(files), now=NOW, frameworks=["gdpr"])
    assert [part.catalogue.framework for part in report.frameworks] == ["GDPR"]
    assert {line.support for line in report.frameworks[0].controls} == {"none"}
    with pytest.raises(UnknownFramework, match="did you mean GDPR"):
        control_report(planned(files), now=NOW, frameworks=["GDPRR"])
    with pytest.raises(UnknownFramework, match="there are ACME, CCPA"):
        control_report(planned(files), now=NOW, frameworks=["zzz"])


def test_a_bundle_without_controls_is_reported_on(planned: Planned, files: dict[str, str]) -> None:
    files["rules/a.yaml"] = re.sub(r"  controls: .*\n", "", files["rules/a.yaml"])
    report = control_report(planned(files), now=NOW)
    assert report.frameworks == ()
    assert len(report.unnamed) == len(report.rules) == 6
    for write in FORMATS.values():
        assert "still" in write(report)


# -- what is left to people


def test_the_report_ends_with_what_a_person_must_still_do(report: ControlReport) -> None:
    told = "\n".join(report.duties)
    for part in (
        "controls without a rule",
        "the rules background, stored.",
        "make these rules fire: lost.",
        "waivers in force",
        "data/controls.yaml: NOBODY:1, SOC2:CC99.",
        "SOC2: Run the organisation's own controls",
        "a paraphrase",
        "jurat log verify",
    ):
        assert part in told, part
    end = " ".join(as_text(report).split()).split("what a person must still do")[1]
    assert end.endswith(" ".join(report.duties[-1].split()))


def test_nothing_is_ever_called_compliant(report: ControlReport) -> None:
    for write in FORMATS.values():
        assert "compliant" not in write(report).casefold()


# -- formats


def test_a_title_of_two_lines_breaks_no_table(planned: Planned, files: dict[str, str]) -> None:
    title = "title: |\n    Large | requests\n    are noticed"
    files["rules/a.yaml"] = files["rules/a.yaml"].replace(
        "title: Large requests are noticed", title
    )
    report = control_report(planned(files), now=NOW)
    assert "Large | requests are noticed\n" in as_text(report)
    assert r"| Large \| requests are noticed |" in as_markdown(report)


def test_markdown_holds_no_markup_but_its_own(report: ControlReport) -> None:
    made = as_markdown(report)
    assert r"Nothing is \<b\>said\</b\> \| twice" in made
    assert r"Reviewed models only \| with a \`pipe\`" in made
    rows = [line for line in made.splitlines() if line.startswith("|")]
    for line in rows:
        cells = re.split(r"(?<!\\)\|", line)
        assert cells[0] == cells[-1] == ""
    widths = {len(re.split(r"(?<!\\)\|", line)) - 2 for line in rows}
    assert widths == {2, 4, 9}
    assert made.startswith("# Controls of acme-ai 1.0.0, revision 1\n\nDigest `sha256:")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", r"a\|b"),
        ("a\\|b", r"a\\\|b"),
        ("a\n| b", r"a \| b"),
        ("[x](y) <i> `c` *d* _e_ ~f~ #g &h; !i", None),
    ],
)
def test_a_cell_is_one_line_and_literal(text: str, shown: str | None) -> None:
    from jurat.authoring.report._markdown import escaped

    made = escaped(text)
    assert "\n" not in made
    assert re.sub(r"\\(.)", r"\1", made) == " ".join(text.split())
    assert shown in (None, made)
    assert not re.search(r"(?<!\\)(?:\\\\)*[|<`*_\[&]", made)


def test_json_says_all_of_it(report: ControlReport) -> None:
    told: dict[str, Any] = json.loads(as_json(report))
    assert told["bundle"]["digest"].startswith("sha256:")
    assert told["now"] == "2026-05-25T12:00:00Z"
    frameworks = {part["id"]: part for part in told["frameworks"]}
    assert frameworks["ACME"]["counts"] == {
        "enforced": 1, "reported": 0, "recorded": 0, "none": 1,
    }  # fmt: skip
    rules = {rule["id"]: rule for rule in told["rules"]}
    assert rules["models"]["waivers"] == [
        {
            "scope": 'request.project.id == "proj-a"',
            "owner": "ann",
            "reason": "migration",
            "ticket": "T-1",
            "expires": "2026-06-01T00:00:00Z",
        }
    ]
    assert rules["models"]["tests"]["fires"] == ["another model is not"]
    assert told["rules_without_control"] == ["large"]
    assert told["unknown_controls"][0] == {"id": "NOBODY:1", "rules": ["lost"]}
    assert told["still_to_do"] == list(report.duties)


@pytest.mark.parametrize("format_", FORMATS)
def test_the_same_files_in_another_order_give_the_same_bytes(
    format_: str, planned: Planned, files: dict[str, str]
) -> None:
    blocks = re.split(r"(?m)^(?=- id:)", files["rules/a.yaml"])
    files["rules/a.yaml"] = "".join(blocks[:3])
    files["rules/b.yaml"] = "".join(blocks[3:])
    shuffled = dict(files)
    shuffled["rules/a.yaml"], shuffled["rules/b.yaml"] = (
        "".join(reversed(blocks[3:])),
        "".join(reversed(blocks[:3])),
    )
    write = FORMATS[format_]
    one = write(control_report(planned(files), now=NOW))
    other = write(control_report(planned(shuffled), now=NOW))
    drop = re.compile(r'"(file|line)": .*')
    assert drop.sub("", one) == drop.sub("", other)
