"""The server as an editor meets it: a child process, spoken to over its standard input."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest
from lsp_editor import FILES, SERVER, Editor, ended, started
from lsprotocol import types

from jurat.authoring.lint import Settings, look
from jurat.engine import shipped
from jurat.plugin import load_plugins

pytestmark = pytest.mark.asyncio(loop_scope="session")
RULES, CASES, WAIVERS = FILES["rules/a.yaml"], FILES["tests/a.yaml"], FILES["waivers.yaml"]


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


# -- what is wrong


async def test_a_mistake_is_told_while_it_is_typed_and_gone_when_mended(editor: Editor) -> None:
    editor.open("rules/a.yaml")
    editor.type("rules/a.yaml", RULES.replace("model.allowlist", "model.alowlist"))
    (found,) = await editor.until("rules/a.yaml", "JB031")
    assert "did you mean `model.allowlist`?" in found.message
    assert found.source == "jurat"
    assert (found.range.start.line, found.range.start.character) == (8, 8)
    assert found.range.end.character == 8 + len("model.alowlist")
    assert (editor.root / "rules/a.yaml").read_text("utf-8") == RULES  # nothing was saved
    editor.type("rules/a.yaml", RULES)
    assert await editor.until("rules/a.yaml") == []


async def test_a_file_that_is_not_open_is_looked_at_as_it_is_on_disk(editor: Editor) -> None:
    (editor.root / "tests/a.yaml").write_text(CASES.replace("[callers, stored]", "[sotred]"))
    editor.open("rules/a.yaml")
    (found,) = await editor.until("tests/a.yaml", "JB024")
    assert "did you mean `stored`?" in found.message
    (editor.root / "tests/a.yaml").write_text(CASES)
    event = types.FileEvent(editor.uri("tests/a.yaml"), types.FileChangeType.Changed)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    assert await editor.until("tests/a.yaml") == []


async def test_a_rule_renamed_and_not_saved_is_missed_by_its_test(editor: Editor) -> None:
    editor.open("rules/a.yaml")
    editor.type("rules/a.yaml", changed(RULES, "id: stored", "id: kept"))
    await editor.until("tests/a.yaml", "JB024")
    editor.open("tests/a.yaml")
    editor.type("tests/a.yaml", changed(CASES, "[callers, stored]", "[callers, kept]"))
    await editor.until("tests/a.yaml")


async def test_a_file_that_was_never_saved_is_part_of_the_bundle(editor: Editor) -> None:
    editor.open("rules/new.yaml", "- id: more\n  titel: no\n")
    found = await editor.until("rules/new.yaml", "JB020", "JB021", "JB021", "JB021")
    assert any("did you mean `title`?" in one.message for one in found)
    editor.close("rules/new.yaml")
    await editor.until("rules/new.yaml")


async def test_a_half_typed_line_says_so_and_the_rest_comes_back(editor: Editor) -> None:
    editor.open("rules/a.yaml")
    editor.type("rules/a.yaml", changed(RULES, "title: Known callers\n", "title: Known\n  kin\n"))
    await editor.until("rules/a.yaml", "JB005")
    editor.type("rules/a.yaml", changed(RULES, "controls: [GDPR:32]", "controls: [GDPR:320]"))
    await editor.until("rules/a.yaml", "JL405")


async def test_places_are_counted_in_units_of_utf16(editor: Editor) -> None:
    """U+1D54B is two of them, and one character."""
    editor.open("rules/a.yaml")
    line = '  when: request.project.id == "\U0001d54b" && request.parms.store == true\n'
    start = RULES.index('  when: request.project.id == "proj-a"')
    text = RULES[:start] + line + RULES[RULES.index("  controls: [GDPR") :]
    editor.type("rules/a.yaml", text)
    found = [f for f in await editor.until("rules/a.yaml", "JB040") if f.code == "JB040"]
    column = len(line[: line.index("parms")].encode("utf-16-le")) // 2
    assert column == line.index("parms") + 1
    assert found[0].range.start == types.Position(19, column)
    assert found[0].range.end == types.Position(19, column + len("parms"))


async def test_all_that_lint_finds_is_told_and_nothing_else(editor: Editor, root: Path) -> None:
    """The files of a whole company's bundle, each with a mistake that lint finds."""
    copytree(shipped()["openai-enterprise"], root / "large")
    files = sorted(path for path in (root / "large" / "rules").glob("*.yaml"))
    for path in files:
        text = path.read_text("utf-8")
        path.write_text(text.replace("  severity: high", "  severity: hihg", 1))
    (root / "large" / "bundle.yaml").write_text(
        (root / "large" / "bundle.yaml").read_text("utf-8") + "ownr: nobody\n", "utf-8"
    )
    editor.begin(root / "large")
    editor.open("bundle.yaml")
    expected = look(root / "large", load_plugins(), Settings(), now=datetime.now(UTC))
    by_file: dict[str, list[str]] = {}
    for each in expected.found:
        by_file.setdefault(each.diagnostic.file, []).append(each.diagnostic.code)
    assert len(by_file) > 3
    for name, codes in by_file.items():
        told = await editor.until(name, *codes)
        lines = sorted(f.diagnostic.line - 1 for f in expected.found if f.diagnostic.file == name)
        assert sorted(one.range.start.line for one in told) == lines


@pytest.mark.parametrize("name", sorted(shipped()))
async def test_nothing_is_told_of_a_shipped_bundle(name: str, editor: Editor, root: Path) -> None:
    copytree(shipped()[name], root / "shipped")
    editor.begin(root / "shipped")
    editor.open("bundle.yaml")
    text = (root / "shipped" / "bundle.yaml").read_text("utf-8")
    editor.type("bundle.yaml", text + "nmae: x\n")
    await editor.until("bundle.yaml", "JB020")  # it looked
    editor.type("bundle.yaml", text)
    await editor.until("bundle.yaml")
    assert {file for file, found in editor.told.items() if found} == set()


async def test_settings_of_the_project_hold(editor: Editor) -> None:
    (editor.root.parent / "pyproject.toml").write_text(
        "[tool.jurat.lint]\nignore = ['JL405']\n", "utf-8"
    )
    editor.open("rules/a.yaml")
    text = changed(RULES, "[GDPR:32]", "[GDPR:320]")
    editor.type("rules/a.yaml", changed(text, "severity: medium", "severity: mediun"))
    await editor.until("rules/a.yaml", "JB023")
    editor.type("rules/a.yaml", text)
    await editor.until("rules/a.yaml")
    (editor.root.parent / "pyproject.toml").write_text("[tool.jurat.lint]\nignor = []\n", "utf-8")
    editor.type("rules/a.yaml", text + "\n")
    assert "did you mean ignore?" in await editor.message()
    await editor.until("rules/a.yaml", "JL405")


async def test_a_path_may_have_blanks_and_letters_of_any_script(
    editor: Editor, root: Path
) -> None:
    other = root.parent / "r\u00e8gles n\u00b0 1"
    copytree(root, other)
    editor.begin(other)
    editor.open("rules/a.yaml")
    editor.type("rules/a.yaml", changed(RULES, "id: stored", "id: kept"))
    await editor.until("tests/a.yaml", "JB024")  # a file that the client never named
    editor.open("waivers.yaml")
    where = await editor.definition(
        "waivers.yaml", WAIVERS.replace("rule: models", "rule: mod|els")
    )
    assert where == [("rules/a.yaml", 6)]


async def test_a_file_that_is_of_no_bundle_is_let_alone(editor: Editor, root: Path) -> None:
    editor.open("rules/a.yaml")
    (root / "deploy").mkdir()
    (root / "deploy" / "chart.yaml").write_text("a: [\n")
    editor.open("deploy/chart.yaml")
    assert await editor.hover("deploy/chart.yaml", "a: |[\n") == ""
    assert await editor.complete("deploy/chart.yaml", "a|") == {}
    assert "deploy/chart.yaml" not in editor.told


# -- what may be typed


@pytest.mark.parametrize(
    ("name", "text", "there", "missing"),
    [
        ("rules/a.yaml", RULES + "- id: x\n  ti|\n", {"title", "kind", "when"}, {"id"}),
        ("rules/a.yaml", RULES + "- {id: x, k|}\n", {"title", "kind"}, {"id"}),
        ("rules/a.yaml", RULES + "- id: x\n  kind: |\n", {"model.allowlist", "expression"}, {"x"}),
        ("rules/a.yaml", RULES + "- id: x\n  kind: pii.patterns\n  effect: |\n",
         {"redact", "deny", "advise"}, {"permit", "require"}),
        ("rules/a.yaml", RULES + "- id: x\n  severity: |\n", {"high", "info"}, {"hihg"}),
        ("rules/a.yaml", RULES + "- id: x\n  mode: s|\n", {"shadow", "warn"}, set()),
        ("rules/a.yaml", RULES + "- id: x\n  on: [|]\n", {"request", "org_state"}, set()),
        ("rules/a.yaml", RULES + "- id: x\n  controls: [GDPR:3|]\n", {"GDPR:32"}, set()),
        ("rules/a.yaml", RULES + "- id: x\n  kind: credential.age\n  params: {m|}\n",
         {"max_age", "warn_before"}, {"models"}),
        ("rules/a.yaml", RULES + "- id: x\n  kind: credential.age\n  params:\n    |\n",
         {"max_age"}, {"title"}),
        ("rules/a.yaml", RULES + "- id: x\n  kind: pii.patterns\n  params: {operator: |}\n",
         {"label", "mask"}, {"deny"}),
        ("rules/a.yaml", RULES + "- id: x\n  kind: pii.patterns\n  params: {entities: [US_|]}\n",
         {"US_SSN", "CREDIT_CARD"}, set()),
        ("rules/a.yaml", RULES + "- id: x\n  kind: model.allowlist\n  params: {models: [g|]}\n",
         {"gpt-4.1"}, set()),
        ("rules/a.yaml", RULES + "- id: x\n  kind: model.allowlist\n  params: {projects: {p|}}\n",
         {"proj-a", "proj-b"}, set()),
        ("rules/a.yaml", RULES + "- id: x\n  kind: data.residency\n  params: {regions: {eu: [w|]}}\n",
         {"westeurope"}, set()),
        ("rules/a.yaml", RULES + "- id: x\n  kind: model.allowlist\n  params: {models: {param: |}}\n",
         {"reviewed"}, set()),
        ("rules/a.yaml", RULES + "- id: x\n  effect: require\n  obligation: {|}\n",
         {"header", "route"}, set()),
        ("rules/a.yaml", RULES + "- id: x\n  when: |\n", {"request", "data", "now", "has"}, set()),
        ("rules/a.yaml", RULES + "- id: x\n  when: request.|\n", {"actor", "model"}, {"title"}),
        ("rules/a.yaml", RULES + "- id: x\n  when: request.project.|\n",
         {"environment", "residency"}, {"actor"}),
        ("rules/a.yaml", RULES + "- id: x\n  when: request.model == 'a' && request.actor.cr|\n",
         {"credential"}, set()),
        ("rules/a.yaml", RULES + "- id: x\n  when: data.|\n", {"projects"}, {"prompts"}),
        ("rules/a.yaml", RULES + '- id: x\n  when: data.projects["proj-a"].|\n',
         {"environment"}, {"actor"}),
        ("rules/a.yaml", RULES + "- id: x\n  when: request.tools.exists(t, t.|)\n",
         {"server", "name"}, {"actor"}),
        ("rules/a.yaml", RULES + "- id: x\n  when: request.messages.exists(m, m.|)\n",
         {"role", "size"}, {"content"}),
        ("rules/a.yaml", RULES + '- id: x\n  when: request.project.environment == "|"\n',
         {"production"}, {"proj-a"}),
        ("rules/a.yaml", RULES + '- id: x\n  when: request.project.id in ["|\n',
         {"proj-a"}, {"production"}),
        ("rules/a.yaml", RULES + "- id: x\n  when: >-\n    request.actor.|\n", {"email"}, set()),
        ("rules/a.yaml", RULES + "- id: x\n  kind: credential.age\n  when: cred|\n",
         {"credential", "project"}, {"response"}),
        ("rules/a.yaml", RULES + "- id: x\n  kind: expression\n  over: principal\n"
         "  on: [org_state]\n  when: principal.|\n", {"status"}, {"model"}),
        ("rules/a.yaml", RULES + "|", {"- a rule"}, set()),
        ("waivers.yaml", WAIVERS + "- rule: |\n", {"models", "stored"}, set()),
        ("waivers.yaml", WAIVERS + "- rule: stored\n  ex|\n", {"expires"}, {"rule"}),
        ("waivers.yaml", WAIVERS + "- rule: stored\n  scope: request.ac|\n", {"actor"}, set()),
        ("tests/a.yaml", CASES + "- name: x\n  expect: {fired: [|]}\n", {"callers"}, set()),
        ("tests/a.yaml", CASES + "- name: x\n  expect: {effect: |}\n", {"allow", "deny"}, set()),
        ("tests/a.yaml", CASES + "- name: x\n  base: |\n", {"call"}, set()),
        ("tests/a.yaml", CASES + "- name: x\n  given: {project: {id: |}}\n", {"proj-a"}, set()),
        ("tests/a.yaml", CASES + "- name: x\n  given: {act|}\n", {"actor", "action"}, set()),
        ("bundle.yaml", FILES["bundle.yaml"] + "mo|\n", {"mode", "assume"}, {"name"}),
        ("bundle.yaml", FILES["bundle.yaml"] + "mode: |\n", {"shadow"}, set()),
        ("data/projects.yaml", FILES["data/projects.yaml"] + "proj-c: {residency: |}\n",
         {"eu", "us"}, {"production"}),
        ("data/projects.yaml", FILES["data/projects.yaml"] + "proj-c: {env|}\n",
         {"environment"}, set()),
        ("data/service_accounts.yaml", "svc-x: {project: |}\n", {"proj-a"}, set()),
    ],
)  # fmt: skip
async def test_what_may_stand_there_is_offered(
    reader: Editor, name: str, text: str, there: set[str], missing: set[str]
) -> None:
    await reader.settled()
    reader.open(name)
    offered = set(await reader.complete(name, text))
    assert there <= offered
    assert not missing & offered


async def test_what_is_taken_stands_where_it_was_typed(editor: Editor) -> None:
    editor.open("rules/a.yaml")
    await editor.settled()
    kinds = await editor.complete("rules/a.yaml", RULES + "- id: x\n  kind: model.al|\n")
    item = kinds["model.allowlist"]
    assert isinstance(item.text_edit, types.TextEdit)
    assert item.text_edit.new_text == "model.allowlist"
    line = RULES.count("\n") + 1
    assert item.text_edit.range == types.Range(
        types.Position(line, 8), types.Position(line, 8 + len("model.al"))
    )
    assert item.documentation is not None
    keys = await editor.complete("rules/a.yaml", RULES + "- id: x\n  se|\n")
    assert isinstance(keys["severity"].text_edit, types.TextEdit)
    assert keys["severity"].text_edit.new_text == "severity: "
    assert keys["severity"].detail == "required"


# -- what it means


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("rules/a.yaml", changed(RULES, "kind: model.allowlist", "kind: model.al|lowlist"),
         "Only models on the list"),
        ("rules/a.yaml", changed(RULES, "  remediation: Call", "  remed|iation: Call"),
         "What to do about a violation"),
        ("rules/a.yaml", changed(RULES, "{models: {param", "{mod|els: {param"), "models"),
        ("rules/a.yaml", changed(RULES, "param: reviewed", "param: rev|iewed"), "Who reviewed"),
        ("rules/a.yaml", changed(RULES, "[GDPR:32]", "[GDP|R:32]"), "GDPR"),
        ("rules/a.yaml", changed(RULES, "request.params.store", "request.params.st|ore"), "bool"),
        ("rules/a.yaml", changed(RULES, '"proj-a"', '"pr|oj-a"'), "environment: production"),
        ("rules/a.yaml", RULES + "- id: x\n  when: request.project.resi|dency == 'eu'\n",
         "`data/projects.yaml` by `request.project.id`"),
        ("rules/a.yaml", changed(RULES, "effect: permit", "effect: per|mit"), "permit"),
        ("rules/a.yaml", RULES + "- id: x\n  when: inNet|work(request.source.ip, '10.0.0.0/8')\n",
         "cidr"),
        ("rules/a.yaml", RULES + "- id: x\n  kind: data.residency\n  params: {regions: {eu: "
         "[weste|urope]}}\n", "zone `eu`"),
        ("rules/a.yaml", RULES + "# jurat: ignore[JL5|02] known\n", "no-remediation"),
        ("rules/a.yaml", RULES + "- id: x\n  kind: pii.patterns\n  params: {entities: [US_|SSN]}\n",
         "us.ssn"),
        ("waivers.yaml", changed(WAIVERS, "rule: models", "rule: mod|els"), "Reviewed models"),
        ("tests/a.yaml", changed(CASES, "[callers, stored]", "[callers, sto|red]"), "the pilot"),
        ("bundle.yaml", changed(FILES["bundle.yaml"], "revision: 1", "revi|sion: 1"), "grows"),
        ("data/projects.yaml", changed(FILES["data/projects.yaml"], "residency: eu",
         "resi|dency: eu"), "residency"),
    ],
)  # fmt: skip
async def test_what_is_under_the_cursor_is_explained(
    reader: Editor, name: str, text: str, said: str
) -> None:
    await reader.settled()
    reader.open(name)
    assert said in await reader.hover(name, text)


@pytest.mark.parametrize(
    ("name", "text", "places"),
    [
        ("rules/a.yaml", changed(RULES, '"proj-a"', '"pr|oj-a"'), [("data/projects.yaml", 0)]),
        ("rules/a.yaml", changed(RULES, "param: reviewed", "param: rev|iewed"),
         [("bundle.yaml", 5)]),
        ("rules/a.yaml", changed(RULES, "data.service_accounts", "data.serv|ice_accounts"),
         [("data/service_accounts.yaml", 0)]),
        ("rules/a.yaml", RULES + "- id: x\n  effect: require\n  obligation: {route: "
         "[azure|-weu]}\n", [("data/endpoints.yaml", 0)]),
        ("rules/a.yaml", RULES + "- id: x\n  kind: model.allowlist\n  params: {projects: "
         "{pro|j-b: [gpt-4.1]}}\n", [("data/projects.yaml", 1)]),
        ("waivers.yaml", changed(WAIVERS, "rule: models", "rule: mod|els"), [("rules/a.yaml", 6)]),
        ("waivers.yaml", changed(WAIVERS, '"proj-b"', '"proj|-b"'), [("data/projects.yaml", 1)]),
        ("tests/a.yaml", changed(CASES, "[callers, stored]", "[callers, sto|red]"),
         [("rules/a.yaml", 14)]),
        ("tests/a.yaml", CASES + "- name: x\n  base: ca|ll\n", [("tests/fixtures.yaml", 0)]),
        ("tests/a.yaml", CASES + "- name: x\n  given: {project: {id: pro|j-b}}\n",
         [("data/projects.yaml", 1)]),
        ("data/service_accounts.yaml", "svc-x: {project: proj|-a}\n", [("data/projects.yaml", 0)]),
        ("rules/a.yaml", changed(RULES, "title: Known", "title: Kno|wn"), []),
    ],
)  # fmt: skip
async def test_a_name_leads_to_where_it_is_defined(
    reader: Editor, name: str, text: str, places: list[tuple[str, int]]
) -> None:
    await reader.settled()
    reader.open(name)
    assert await reader.definition(name, text) == places


# -- what it changes


async def test_a_file_is_formatted_as_fmt_does(editor: Editor) -> None:
    editor.open("rules/a.yaml")
    untidy = changed(RULES, "  severity: info\n", "  severity:   'info'   # so it is\n")
    editor.type("rules/a.yaml", untidy)
    edits = await editor.client.text_document_formatting_async(
        types.DocumentFormattingParams(
            types.TextDocumentIdentifier(editor.uri("rules/a.yaml")),
            types.FormattingOptions(tab_size=2, insert_spaces=True),
        )
    )
    assert edits is not None
    (edit,) = edits
    assert edit.new_text == "  severity: info   # so it is\n"
    assert (edit.range.start.line, edit.range.end.line) == (4, 5)


@pytest.mark.parametrize(
    ("old", "new", "code", "title", "mended"),
    [
        ("model.allowlist", "model.alowlist", "JB031", "change to `model.allowlist`",
         "model.allowlist"),
        ("severity: medium", 'severity: "mediun"', "JB023", "change to `medium`", '"medium"'),
        ("request.params.store", "request.parms.store", "JB040", "change to `params`", "params"),
        ("  remediation: Set", "  # jurat: ignore[JL503] so\n  remediation: Set", "JL002",
         "take the unused code out of the comment (JL002)", ""),
    ],
)  # fmt: skip
async def test_a_mistake_is_mended_by_a_click(
    editor: Editor, old: str, new: str, code: str, title: str, mended: str
) -> None:
    editor.open("rules/a.yaml")
    editor.type("rules/a.yaml", changed(RULES, old, new))
    (found,) = await editor.until("rules/a.yaml", code)
    actions = await editor.client.text_document_code_action_async(
        types.CodeActionParams(
            types.TextDocumentIdentifier(editor.uri("rules/a.yaml")),
            found.range,
            types.CodeActionContext([found]),
        )
    )
    assert actions
    (action,) = [one for one in actions if isinstance(one, types.CodeAction)]
    assert action.title == title
    assert action.is_preferred
    assert action.edit is not None
    assert action.edit.changes is not None
    ((uri, edits),) = action.edit.changes.items()
    assert uri == editor.uri("rules/a.yaml")
    assert [edit.new_text for edit in edits] == [mended]


# -- beginning and end


@pytest.mark.parametrize("encoding", ["utf-8", "utf-32"])
async def test_other_units_hold_where_both_know_them(root: Path, encoding: str) -> None:
    editor = await started(root, encoding)
    editor.open("rules/a.yaml")
    text = changed(RULES, "Known callers", "\U0001d54b").replace(
        "title: \U0001d54b", "title: \U0001d54b   \n  titel: x"
    )
    editor.type("rules/a.yaml", text)
    await editor.until("rules/a.yaml", "JB020")
    offered = await editor.complete(
        "rules/a.yaml", RULES + '- {id: x, title: "\u00e9\U0001d54b", kind: model.a|}\n'
    )
    item = offered["model.allowlist"]
    assert isinstance(item.text_edit, types.TextEdit)
    wide = {"utf-8": 6, "utf-32": 2}[encoding]
    assert item.text_edit.range.start.character == len('- {id: x, title: "", kind: ') + wide
    assert await ended(editor) == 0


async def test_without_the_library_it_says_what_to_install(root: Path) -> None:
    code = f"import sys; sys.modules['pygls'] = None\n{SERVER[1]}"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, "lsp",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert (process.returncode, out) == (2, b"")
    assert b"pip install 'jurat[lsp]'" in err
    assert b"Traceback" not in err


async def test_a_client_that_is_gone_ends_the_server(root: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *SERVER, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate(b"")
    assert process.returncode == 1
    assert out == b""
    assert b"Traceback" not in err
