"""What a good bundle holds once it is read."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jurat.bundle import Bundle, BundleError, Expect, load_bundle, read_bundle
from jurat.bundle._resources import judged as types_judged
from jurat.model import Credential, MissingFact, Org, Project, Request, Response, place_of
from jurat.plugin import Approve, Header, HoldStream, Route, RuleKind


@pytest.fixture
def bundle(files: dict[str, str], registry: Any) -> Bundle:
    return read_bundle(files, registry)


def with_rule(files: dict[str, str], text: str) -> dict[str, str]:
    return {**files, "rules/z.yaml": text}


def test_the_manifest(bundle: Bundle) -> None:
    assert (bundle.name, bundle.version, bundle.revision) == ("acme-ai", "1.0.0", 1)
    assert bundle.mode == "enforce"
    assert bundle.currency == "USD"
    assert bundle.assume == {"/params/store": False}
    assert bundle.parameters["reviewed"].value == ["gpt-4.1"]
    assert bundle.max_staleness["credentials"] == timedelta(hours=6)
    assert bundle.max_staleness["principals"] == timedelta(hours=24)
    assert bundle.digest in repr(bundle)


def test_rules_are_sorted_by_id_and_carry_their_defaults(bundle: Bundle) -> None:
    assert [rule.id for rule in bundle.rules] == ["callers", "key-age", "models"]
    rule = bundle.rule_by_id["models"]
    assert (rule.mode, rule.on_error, rule.waivable) == ("enforce", "deny", True)
    assert rule.params.models == ("gpt-4.1",)
    assert rule.implementation is not None
    assert (rule.file, rule.line, rule.column) == ("rules/a.yaml", 7, 3)
    assert bundle.rule_by_id["callers"].implementation is None


def test_a_rule_says_where_in_its_params_something_is_wrong(
    files: dict[str, str], registry: Any
) -> None:
    bundle = read_bundle(with_rule(files, """\
- id: z
  title: Z
  kind: model.allowlist
  effect: deny
  severity: low
  params:
    models:
      - gpt-4.1
      - gpt-4o
"""), registry)  # fmt: skip
    rule = bundle.rule_by_id["z"]
    found = rule.diagnostic("JB038", "no", at=("params", "models", 1), help="mend")
    assert (found.file, found.line, found.column) == ("rules/z.yaml", 9, 9)
    assert (found.name, found.help, found.source_line) == (
        "params-conflict",
        "mend",
        "      - gpt-4o",
    )
    beyond = rule.diagnostic("JB038", "no", at=("params", "zones", "eu"))
    assert (beyond.line, beyond.column) == (7, 5)


def test_a_rule_is_judged_on_the_first_input_unless_it_says_on(
    files: dict[str, str], registry: Any
) -> None:
    head = "- {id: z, title: Z, effect: deny, severity: low, "
    for text, inputs in [
        ("kind: credential.age, params: {max_age: 1d}}", ["request"]),
        ("kind: credential.age, params: {max_age: 1d}, on: org_state}", ["org_state"]),
        ("kind: pii.patterns}", ["request"]),
        ("kind: pii.patterns, on: [response, request]}", ["request", "response"]),
        ("kind: invite.stale}", ["org_state"]),
        ("kind: key.inventory}", ["org_state"]),
        ("kind: expression, when: 'true'}", ["request"]),
        ("kind: expression, when: 'true', on: response}", ["response"]),
        ("kind: expression, when: 'true', over: org, on: [org_state]}", ["org_state"]),
        (
            "kind: expression, when: 'true', over: credential, on: [request, org_state]}",
            ["request", "org_state"],
        ),
    ]:
        rule = read_bundle(with_rule(files, head + text), registry).rule_by_id["z"]
        assert [judged.input for judged in rule.judges] == inputs, text
    targets = [Request, Response, Credential, Org]
    assert all(judged.target in targets for judged in rule.judges)
    assert {judged.resource for judged in rule.judges} == {"credential"}


@pytest.mark.parametrize(
    ("text", "obligation"),
    [
        ("{header: {name: X-Team, value: core}}", Header("X-Team", "core")),
        (
            "{header: {name: X-Audit-ID, value: {from: decision.id}}}",
            Header("X-Audit-ID", {"from": "decision.id"}),
        ),
        ("{route: [a, b]}", Route(("a", "b"))),
        ("{hold_stream: true}", HoldStream()),
        ("{approval: [ann]}", Approve(("ann",))),
    ],
)
def test_obligations(text: str, obligation: Any, files: dict[str, str], registry: Any) -> None:
    rule = f"""\
- {{id: z, title: Z, kind: expression, effect: require, severity: low, when: 'true',
   obligation: {text}}}
"""
    found = read_bundle(with_rule(files, rule), registry).rule_by_id["z"]
    assert found.obligation == obligation
    assert found.obligations == (obligation,)


@pytest.mark.parametrize(
    ("value", "code", "column", "message", "help"),
    [
        ("{from: decision.di}", "JB023", 58, "`decision.di` is no source", "`decision.id`"),
        ("{from: request.id}", "JB023", 58, "`request.id` is no source", "decision.id"),
        ("{form: decision.id}", "JB020", 52, "`form` is no key of a header's", "`from`"),
        ("{}", "JB021", 51, "a header's value needs `from`", ""),
        ("[a]", "JB022", 51, "`value` is a text", ""),
        ('"a\\nb"', "JB024", 51, "`value` cannot be", "printable ASCII"),
    ],
)
def test_headers_that_can_not_be_set(
    value: str,
    code: str,
    column: int,
    message: str,
    help: str,
    files: dict[str, str],
    registry: Any,
) -> None:
    rule = f"""\
- {{id: z, title: Z, kind: expression, effect: require, severity: low, when: 'true',
   obligation: {{header: {{name: X-Audit-ID, value: {value}}}}}}}
"""
    _, (problem, *more) = load_bundle(with_rule(files, rule), registry)
    assert not more
    assert (problem.code, problem.line, problem.column) == (code, 2, column)
    assert message in problem.message
    assert help in problem.help


def test_a_route_leads_to_endpoints_of_the_table(files: dict[str, str], registry: Any) -> None:
    rule = """\
- {id: z, title: Z, kind: expression, effect: require, severity: low, when: 'true',
   obligation: {route: [azure-wue]}}
"""
    made = with_rule({**files, "data/endpoints.yaml": "azure-weu: {}\n"}, rule)
    _, found = load_bundle(made, registry)
    assert [(d.code, d.line, d.column) for d in found] == [("JB024", 2, 25)]
    assert "`azure-weu`" in found[0].help


# -- tables


def test_a_row_has_every_column(bundle: Bundle) -> None:
    row: Any = bundle.tables["service_accounts"]["svc-a"]
    assert (row.id, row.project, row.kind) == ("svc-a", "proj-a", "service_account")
    assert row.email is None
    assert (row.limits.rpm, row.limits.tpm) == (5, None)
    bare: Any = bundle.tables["service_accounts"]["svc-b"]
    assert bare.limits.rpm is None
    assert place_of(row).pointer == "/data/service_accounts/svc-a"
    with pytest.raises(AttributeError):
        row.projct  # noqa: B018  # reading it is the test


def test_tables_are_attributes_and_those_not_there_are_not(bundle: Bundle) -> None:
    tables: Any = bundle.tables
    assert tables.names == ("drill", "projects", "service_accounts")
    assert tables.projects["proj-a"].environment == "production"
    assert not hasattr(tables, "users")
    with pytest.raises(AttributeError):
        tables.users = {}
    with pytest.raises(KeyError):
        tables["names"]


def test_a_table_of_the_bundles_own_has_typed_columns(bundle: Bundle) -> None:
    row: Any = bundle.tables["drill"]["all"]
    assert (row.id, row.reason) == ("all", "drill")
    assert row.until == datetime(2026, 5, 25, 12, tzinfo=UTC)
    assert set(bundle.models["drill"].model_fields) == {
        "column_id",
        "column_reason",
        "column_until",
    }


def test_a_declared_table_without_a_file_is_empty(files: dict[str, str], registry: Any) -> None:
    del files["data/drill.yaml"]
    assert read_bundle(files, registry).tables["drill"] == {}


def test_prompts_are_keyed_by_id_and_version(files: dict[str, str], registry: Any) -> None:
    files["data/prompts.yaml"] = "refund@2: {sha256: ab}\n"
    row: Any = read_bundle(files, registry).tables["prompts"]["refund@2"]
    assert (row.id, row.version, row.sha256, row.status) == ("refund", "2", "ab", None)


def test_the_register_of_models_adds_words(files: dict[str, str], registry: Any) -> None:
    files["data/models.yaml"] = "in-house: {aliases: [house], class: chat}\n"
    bundle = read_bundle(files, registry)
    row: Any = bundle.tables["models"]["in-house"]
    assert vars(row)["class"] == "chat"
    assert {"in-house", "house", "house-model", "gpt-4.1"} <= bundle.words("model")
    assert {"sandbox", "production"} <= bundle.words("environment")
    assert bundle.words("nothing") == frozenset()


def test_plain_rows_are_not_missing_facts(bundle: Bundle) -> None:
    for name in bundle.tables:
        for row in bundle.tables[name].values():
            for column in row.fields:
                try:
                    getattr(row, column)
                except MissingFact as missing:  # pragma: no cover
                    pytest.fail(str(missing))


# -- residency of Azure endpoints

AZURE = "provider: azure, region: "


@pytest.mark.parametrize(
    ("row", "fits"),
    [
        (f"{AZURE}westeurope, sku: Standard, residency: eu", True),
        (f"{AZURE}westeurope, sku: ProvisionedManaged, residency: eu", True),
        (f"{AZURE}westeurope, sku: Standard, residency: us", False),
        (f"{AZURE}westeurope, sku: DataZoneStandard, residency: eu", True),
        (f"{AZURE}eastus, sku: DataZoneBatch, residency: us", True),
        (f"{AZURE}japaneast, sku: Standard, residency: apac", True),
        (f"{AZURE}japaneast, sku: DataZoneStandard, residency: apac", False),
        (f"{AZURE}westeurope, sku: GlobalStandard, residency: eu", False),
        (f"{AZURE}westeurope, sku: GlobalStandard, residency: global", True),
        (f"{AZURE}westeurope, sku: GlobalStandard, residency: null", True),
        (f"{AZURE}westeurope, sku: GlobalStandard", True),
        (f"{AZURE}westeurope, sku: DeveloperTier, residency: eu", False),
        (f"{AZURE}uksouth, sku: Standard, residency: eu", False),
        (f"{AZURE}switzerlandnorth, sku: Standard, residency: eu", False),
        (f"{AZURE}uksouth, sku: Standard, residency: uk", True),
        (f"{AZURE}uksouth, sku: GlobalStandard, residency: uk", False),
        (f"{AZURE}norwayfar, sku: Standard, residency: eu", True),
        (f"{AZURE}westeurope, residency: eu", True),
        (f"{AZURE}westeurope, residency: us", False),
        ("provider: azure, sku: Standard, residency: eu", False),
        ("provider: openai, region: us, residency: eu", True),
    ],
)
def test_a_row_claims_no_more_than_its_sku_guarantees(
    row: str, fits: bool, files: dict[str, str], registry: Any
) -> None:
    files["data/endpoints.yaml"] = f"a: {{{row}}}\n"
    files["data/vocabulary.yaml"] = "residency: [uk]\nregions: [norwayfar]\n"
    files["data/projects.yaml"] = "proj-a: {}\n"
    _, found = load_bundle(files, registry)
    assert [d.code for d in found] == ([] if fits else ["JB051"])


# -- waivers, tests, detectors


def test_a_waiver(bundle: Bundle) -> None:
    (waiver,) = bundle.waivers
    assert (waiver.rule, waiver.owner, waiver.reason) == ("key-age", "ann", "migration")
    assert waiver.expires == datetime(2026, 9, 1, tzinfo=UTC)
    assert len(waiver.conditions) == len(bundle.rule_by_id["key-age"].judges) == 2


def test_a_rule_that_cannot_be_waived_is_not(files: dict[str, str], registry: Any) -> None:
    files["rules/b.yaml"] += "  waivable: false\n"
    with pytest.raises(BundleError, match="cannot be waived"):
        read_bundle(files, registry)


def test_a_case(bundle: Bundle) -> None:
    (case,) = bundle.tests
    assert case.name == "a caller is let in"
    assert case.now == datetime(2026, 5, 25, 12, tzinfo=UTC)
    assert case.type == "request"
    assert case.given["actor"] == {"id": "svc-a"}
    assert case.expect == Expect(effect="allow", value="Permit", fired=("callers",))
    assert case.diagnostic("JB024", "x", at=("expect", "fired", 0)).column == 50


def test_a_case_may_give_what_is_no_input(files: dict[str, str], registry: Any) -> None:
    files["tests/b.yaml"] = """\
- name: nonsense is denied
  now: 2026-05-25T12:00:00Z
  given: {actr: 1}
  expect: {effect: deny, reasons: [invalid-input]}
"""
    assert len(read_bundle(files, registry).tests) == 2


def test_the_type_of_a_case_is_that_of_its_input(files: dict[str, str], registry: Any) -> None:
    files["tests/b.yaml"] = """\
- name: a snapshot
  now: 2026-05-25T12:00:00Z
  given: {type: org_state, credentials: {items: {}}}
  expect: {effect: allow}
"""
    assert read_bundle(files, registry).tests[1].type == "org_state"


def test_a_detector(bundle: Bundle) -> None:
    (detector,) = bundle.detectors
    assert (detector.id, detector.entity) == ("acme.customer", "ACME_CUSTOMER")
    assert detector.patterns == ("C-[0-9]{6}",)
    assert "ACME_CUSTOMER" in bundle.words("entity")


def test_look_arounds_are_a_pattern_too(files: dict[str, str], registry: Any) -> None:
    files["detectors/a.yaml"] = "- {id: a, entity: A, patterns: ['(?<!x)y']}\n"
    assert read_bundle(files, registry).detectors[0].patterns == ("(?<!x)y",)


def test_examples_of_a_detector_are_tried(files: dict[str, str], registry: Any) -> None:
    files["detectors/a.yaml"] = """
- id: acme.id
  entity: ACME_ID
  patterns: ['(?<![0-9])[0-9]{6}(?![0-9])', 'C-[0-9]{6}']
  context: [customer]
  unlike: [order]
  examples: ['customer 123456', 'C-123456']
  counter_examples: ['order 123456', '1234567']
"""
    (detector,) = read_bundle(files, registry).detectors
    assert detector.unlike == ("order",)


# -- sources


def test_a_directory_is_read_like_its_files(
    files: dict[str, str], registry: Any, tmp_path: Path, bundle: Bundle
) -> None:
    write(files, tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.yaml").write_text("a: b: c")
    (tmp_path / "rules" / ".a.yaml.swp").write_bytes(b"\0")
    (tmp_path / "docs").mkdir()
    found = read_bundle(tmp_path, registry)
    assert found.digest == bundle.digest
    assert found.files == bundle.files


def test_folders_that_mean_nothing_are_told(
    files: dict[str, str], registry: Any, tmp_path: Path
) -> None:
    write(files, tmp_path)
    (tmp_path / "rule").mkdir()
    (tmp_path / "data" / "more").mkdir()
    _, found = load_bundle(tmp_path, registry)
    assert [(d.code, d.file) for d in found] == [("JB014", "data/more"), ("JB014", "rule")]


def test_a_pipe_is_not_waited_for(files: dict[str, str], registry: Any, tmp_path: Path) -> None:
    write(files, tmp_path)
    os.mkfifo(tmp_path / "rules" / "z.yaml")
    (tmp_path / "rules" / "y.yaml").symlink_to(tmp_path / "nowhere")
    _, found = load_bundle(tmp_path, registry)
    assert [(d.code, d.file) for d in found] == [
        ("JB001", "rules/y.yaml"),
        ("JB001", "rules/z.yaml"),
    ]


def test_links_to_files_are_followed(
    files: dict[str, str], registry: Any, tmp_path: Path, bundle: Bundle
) -> None:
    (tmp_path / "..data").mkdir()  # as a mounted ConfigMap does it
    write(files, tmp_path / "..data")
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).symlink_to(tmp_path / "..data" / name)
    assert read_bundle(tmp_path, registry).digest == bundle.digest


def test_what_is_not_there_is_told(registry: Any, tmp_path: Path) -> None:
    for source in (tmp_path / "none", tmp_path):
        with pytest.raises(BundleError) as caught:
            read_bundle(source, registry)
        assert caught.value.diagnostics[0].code in ("JB001", "JB015")


def test_sizes_are_bounded(files: dict[str, str], registry: Any, tmp_path: Path) -> None:
    large = "#" * (8 * 2**20 + 1)
    _, found = load_bundle({**files, "rules/z.yaml": large}, registry)
    assert [(d.code, d.file) for d in found] == [("JB003", "rules/z.yaml")]
    many = {f"data/t{i}.yaml": "#" * 7 * 2**20 for i in range(10)}
    _, found = load_bundle({**files, **many}, registry)
    assert "JB003" in {d.code for d in found}
    write({**files, "rules/z.yaml": large}, tmp_path)
    _, found = load_bundle(tmp_path, registry)
    assert [(d.code, d.file) for d in found] == [("JB003", "rules/z.yaml")]


def write(files: dict[str, str], root: Path) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def test_a_kind_that_judges_requests_judges_resources_on_snapshots_only() -> None:
    class Kind(RuleKind):
        """Judges both."""

        name = "acme.both"
        judges = (Project, Request, Credential)
        effects = {"deny"}

    assert types_judged(Kind()) == [
        ("request", Request),
        ("org_state", Project),
        ("org_state", Credential),
    ]
