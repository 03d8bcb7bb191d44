"""`jurat lint`: what is told, in which format, with which exit code, and what is mended."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from click.testing import Result

from jurat.authoring.lint import own_rules

Run = Callable[..., Result]
NOW = ("--now", "2026-05-25T12:00:00Z")
SARIF = Path(__file__).parents[1] / "cases" / "sarif" / "lint.json"

FILES: Mapping[str, str] = {
    "bundle.yaml": "name: acme\nversion: 1.0.0\nrevision: 1\nowner: ann\n",
    "rules/a.yaml": """\
- id: callers
  title: Callers
  kind: expression
  effect: permit
  severity: info
  when: has(request.actor.id)
- id: networks
  title: From our networks
  kind: network.allowlist
  effect: deny
  severity: high
  params: {networks: [10.0.0.0/8, 10.1.0.0/16, 10.2.0.0/16]}
  remediation: Come from there.
  controls: [SOC2:CC6.6]
- id: never
  title: Never
  kind: expression
  effect: deny
  severity: low
  when: |
    request.provider == "azure"
    && request.provider == "openai"
  remediation: None.
  controls: [SOC2:CC6.6]
""",
    "tests/a.yaml": """\
- name: from elsewhere
  now: 2026-05-25T12:00:00Z
  given: {actor: {id: a}, source: {ip: 192.0.2.1, forwarded_for: null}, provider: azure}
  expect: {effect: deny, fired: [networks]}
""",
}


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    def made(name: str = "acme", **changed: str) -> Path:
        files = {**FILES, **{key.replace("__", "/") + ".yaml": v for key, v in changed.items()}}
        for file, text in files.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        return tmp_path / name

    return made


def test_a_finding_has_place_source_line_caret_and_help(
    run: Run, make: Callable[..., Path]
) -> None:
    folder = make()
    result = run("lint", folder, "--select", "JL102", *NOW)
    assert result.exit_code == 1
    assert result.stdout == (
        f"{folder}/rules/a.yaml:22:8: error: rule never never applies: this contradicts "
        '`request.provider == "azure"` [JL102 dead-rule]\n'
        '  22 |     && request.provider == "openai"\n'
        f"     |        {'^' * 28}\n"
        "  help: say what was meant, `||` perhaps, or take the rule out\n"
        "\n"
        "1 problem in 1 file\n"
        "1 error\n"
    )


def test_load_errors_and_findings_come_together(run: Run, make: Callable[..., Path]) -> None:
    broken = FILES["rules/a.yaml"].replace("effect: permit", "effect: permitt")
    result = run("lint", make(rules__a=broken), *NOW)
    assert result.exit_code == 3
    assert "did you mean `permit`?" in result.stdout
    assert "JL102" in result.stdout
    assert "JL111" in result.stdout
    assert "JL114" not in result.stdout  # the permit is there, and not fit


@pytest.mark.parametrize(
    ("files", "code", "text"),
    [
        ({"bundle": "name: a: b\n"}, 3, "JB005"),
        ({"bundle": ""}, 3, "JB015"),
        ({"rules__a": "&a b\n"}, 3, "JB009"),
        ({"rules__a": "- id: [" + "[" * 100}, 3, "JB0"),
    ],
)
def test_what_can_not_be_loaded_is_told(
    run: Run, make: Callable[..., Path], files: dict[str, str], code: int, text: str
) -> None:
    result = run("lint", make(**files), *NOW)
    assert result.exit_code == code, result.output
    assert text in result.stdout
    assert "Traceback" not in result.output


def test_nothing_to_look_at(run: Run, tmp_path: Path) -> None:
    assert run("lint", tmp_path).exit_code == 3
    result = run("lint", tmp_path / "nowhere")
    assert result.exit_code == 3
    assert "there is no such bundle" in result.stderr
    (tmp_path / "a.yaml").write_text("a: 1\n")
    assert "no bundle.yaml beside" in run("lint", tmp_path / "a.yaml").stderr


def test_a_file_of_a_bundle_is_looked_over_in_its_bundle(
    run: Run, make: Callable[..., Path]
) -> None:
    folder = make(bundle="name: acme\nversion: 1.0.0\nrevision: 1\n# TODO an owner\n")
    result = run("lint", folder / "rules" / "a.yaml", "--format", "json", *NOW)
    told = json.loads(result.stdout)["bundles"][0]["findings"]
    assert {one["file"] for one in told} == {f"{folder.as_posix()}/rules/a.yaml"}


def test_a_folder_of_bundles(run: Run, make: Callable[..., Path]) -> None:
    make("one")
    folder = make("two")
    result = run("lint", folder.parent, "--format", "json", *NOW)
    names = [bundle["bundle"] for bundle in json.loads(result.stdout)["bundles"]]
    assert names == [f"{folder.parent.as_posix()}/one", f"{folder.parent.as_posix()}/two"]


def test_shipped_bundles_have_no_finding(run: Run) -> None:
    result = run("lint", "starter", "openai-enterprise", *NOW)
    assert (result.exit_code, result.stdout) == (0, "no problem in 2 bundles\n")


def test_select_ignore_and_their_misspellings(run: Run, make: Callable[..., Path]) -> None:
    folder = make()

    def codes(*args: str) -> set[str]:
        result = run("lint", folder, "--format", "json", *args, *NOW)
        return set(json.loads(result.stdout)["statistics"])

    assert codes("--select", "JL1") == {"JL102", "JL111"}
    assert codes("--select", "dead-rule") == {"JL102"}
    assert codes("--select", "JL1", "--ignore", "JL102,JL114") == {"JL111"}
    result = run("lint", folder, "--select", "dead-ruel")
    assert result.exit_code == 2
    assert "did you mean dead-rule?" in result.stderr


def test_settings_in_pyproject_and_bundle(run: Run, make: Callable[..., Path]) -> None:
    folder = make(bundle=FILES["bundle.yaml"] + "lint: {ignore: [JL111]}\n")
    project = folder.parent / "pyproject.toml"
    project.write_text('[tool.jurat.lint]\nselect = ["JL1"]\n')
    result = run("lint", folder, "--format", "json", *NOW)
    assert json.loads(result.stdout)["statistics"] == {"JL102": 1}
    project.write_text('[tool.jurat.lint]\nslect = ["JL1"]\n')
    result = run("lint", folder)
    assert result.exit_code == 3
    assert "did you mean select?" in result.stderr


def test_lint_settings_are_no_part_of_the_digest(run: Run, make: Callable[..., Path]) -> None:
    from jurat.bundle import read_bundle
    from jurat.plugin import load_plugins

    registry = load_plugins()
    plain = read_bundle(make("one"), registry)
    other = read_bundle(
        make("two", bundle=FILES["bundle.yaml"] + "lint: {shadow: 7d}\n"), registry
    )
    assert plain.digest == other.digest


def test_fix_makes_what_is_safe_and_keeps_the_rest(run: Run, make: Callable[..., Path]) -> None:
    folder = make()
    before = (folder / "rules" / "a.yaml").read_text()
    result = run("lint", folder, "--diff", "--fix", *NOW)
    assert result.exit_code == 1
    assert "-  params: {networks: [10.0.0.0/8, 10.1.0.0/16, 10.2.0.0/16]}" in result.stdout
    assert "+  params: {networks: [10.0.0.0/8]}" in result.stdout
    assert (folder / "rules" / "a.yaml").read_text() == before
    result = run("lint", folder, "--fix", *NOW)
    assert "(2 mended)" in result.stdout
    after = before.replace(", 10.1.0.0/16, 10.2.0.0/16", "")
    assert (folder / "rules" / "a.yaml").read_text() == after
    result = run("lint", folder, "--fix", *NOW)
    assert "mended" not in result.stdout
    assert (folder / "rules" / "a.yaml").read_text() == after


def test_only_the_file_that_is_named_is_mended(run: Run, make: Callable[..., Path]) -> None:
    folder = make(waivers="# jurat: ignore[JL305] for now\n[]\n")
    run("lint", folder / "waivers.yaml", "--fix", *NOW)
    assert (folder / "waivers.yaml").read_text() == "[]\n"
    assert (folder / "rules" / "a.yaml").read_text() == FILES["rules/a.yaml"]


def test_an_archive_is_not_mended(run: Run, make: Callable[..., Path], tmp_path: Path) -> None:
    from jurat.bundle import pack

    archive = tmp_path / "acme.tar.gz"
    archive.write_bytes(pack(make()))
    assert run("lint", archive, *NOW).exit_code == 1
    assert run("lint", archive, "--fix", *NOW).exit_code == 2


def test_a_comment_accepts_a_finding_and_is_told_where_it_does_not(
    run: Run, make: Callable[..., Path]
) -> None:
    rules = FILES["rules/a.yaml"].replace(
        "- id: never\n", "# jurat: ignore[JL102, JL308] kept for the drill\n- id: never\n"
    )
    folder = make(rules__a=rules)
    result = run("lint", folder, "--select", "JL0,JL102,JL308", *NOW)
    assert "[JL102 dead-rule]" not in result.stdout
    assert "JL308 is not found here" in result.stdout
    assert "(1 ignored by comments)" in result.stdout
    run("lint", folder, "--select", "JL0,JL102,JL308", "--fix", *NOW)
    assert "# jurat: ignore[JL102] kept for the drill\n" in (folder / "rules/a.yaml").read_text()


def test_what_keeps_a_bundle_from_loading_is_not_ignored(
    run: Run, make: Callable[..., Path]
) -> None:
    rules = FILES["rules/a.yaml"].replace(
        "effect: permit", "effect: permitt  # jurat: ignore[JB023] please"
    )
    result = run("lint", make(rules__a=rules), "--select", "JL0", *NOW)
    assert result.exit_code == 3
    assert "did you mean `permit`?" in result.stdout
    assert "JB023 keeps the bundle from being loaded and can't be ignored" in result.stdout


def test_a_baseline_knows_what_was_there(run: Run, make: Callable[..., Path]) -> None:
    folder = make()
    file = folder.parent / "known.json"
    assert run("lint", folder, "--write-baseline", file, *NOW).exit_code == 0
    result = run("lint", folder, "--baseline", file, *NOW)
    assert result.exit_code == 0
    assert "known to the baseline" in result.stdout
    rules = folder / "rules" / "a.yaml"
    rules.write_text("# moved\n" + rules.read_text().replace("10.2.0.0/16", "10.3.0.0/16"))
    result = run("lint", folder, "--baseline", file, *NOW)
    assert result.exit_code == 1
    assert "10.3.0.0/16" in result.stdout
    assert run("lint", folder, "--baseline", folder / "none.json").exit_code == 3
    run("lint", folder, "--baseline", folder / "none.json", "--write-baseline", file, *NOW)
    assert run("lint", folder, "--baseline", file, *NOW).exit_code == 0
    other = make("other", bundle=FILES["bundle.yaml"].replace("acme", "globex"))
    assert run("lint", other, "--baseline", file, *NOW).exit_code == 1


def test_statistics(run: Run, make: Callable[..., Path]) -> None:
    result = run("lint", make(), "--statistics", "--select", "JL1", *NOW)
    assert result.stdout.splitlines()[:2] == [
        "     2  JL111  overlapping-networks (warning)",
        "     1  JL102  dead-rule (error)",
    ]


def test_sarif_is_valid_and_has_places_fixes_and_fingerprints(
    run: Run, make: Callable[..., Path]
) -> None:
    folder = make()
    document = json.loads(run("lint", folder, "--format", "sarif", *NOW).stdout)
    jsonschema.Draft202012Validator(json.loads(SARIF.read_text("utf-8"))).validate(document)
    (run_,) = document["runs"]
    results: list[dict[str, Any]] = run_["results"]
    fixed = [result for result in results if "fixes" in result]
    assert {result["ruleId"] for result in fixed} == {"JL111"}
    assert all(result["partialFingerprints"]["jurat/v1"] for result in results)
    assert all(
        run_["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        for result in results
    )


def test_junit_and_github(run: Run, make: Callable[..., Path], tmp_path: Path) -> None:
    folder = make()
    file = tmp_path / "out.xml"
    result = run("lint", folder, "--format", "junit", "-o", file, *NOW)
    assert "JL102 dead-rule" in result.stdout  # the terminal still gets text
    suite = ElementTree.parse(file).getroot()[0]
    assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
    result = run("lint", folder, "--format", "github", "--select", "JL102", *NOW)
    first = result.stdout.splitlines()[0]
    assert first.startswith(f"::error file={folder.as_posix()}/rules/a.yaml,line=22,col=8,")
    assert "title=JL102 dead-rule::rule never never applies" in first


def test_a_secret_is_found_and_not_shown(run: Run, make: Callable[..., Path]) -> None:
    secret = "ghp_" + "1A2b3C4d5E6f7G8h9I0jKlMnOpQrSt1BE9rp"
    folder = make(bundle=FILES["bundle.yaml"] + f"description: use {secret} here\n")
    for output in ("text", "json", "sarif", "junit", "github"):
        result = run("lint", folder, "--format", output, *NOW)
        assert "JL303" in result.stdout
        assert secret not in result.output
        assert secret[4:20] not in result.output


def test_the_list_and_explain_know_every_rule(run: Run) -> None:
    listed = run("lint", "--list").stdout
    for rule in own_rules():
        assert rule.code in listed
    assert "It fires on" in run("explain", "jl104").stdout
    assert "JL104" in run("explain", "shadowed-rule").stdout
    assert "did you mean" in run("explain", "JL999").stderr
