"""Looking again at what changed: the same as looking over all of it, as far as one item can tell."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jurat.authoring.lint import Again, Looked, Settings, all_rules, look, own_rules
from jurat.authoring.lint._items import change_of, items_of
from jurat.bundle._rules import Rules
from jurat.bundle.source import read_files
from jurat.engine import shipped
from jurat.plugin import LEAST, Registry, load_plugins

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
BUNDLE = {
    "bundle.yaml": "name: acme\nversion: 1.0.0\nrevision: 1\nowner: me\n",
    "data/projects.yaml": "proj-a: {environment: production}\nproj-b: {environment: staging}\n",
    "rules/a.yaml": """\
# Who may call.
- id: callers
  title: Known callers
  kind: expression
  effect: permit
  severity: info
  when: has(request.actor.id)

# jurat: ignore[JL502] everybody knows
- id: models
  title: Reviewed models only
  kind: model.allowlist
  effect: deny
  severity: high
  params: {models: [gpt-4.1]}
  controls: [SOC2:CC8.1]

- {id: stored, title: Answers are not stored, kind: expression, effect: deny, severity: low,
   when: request.project.id == "proj-a" && request.params.store == true, controls: [GDPR:32],
   remediation: Set store to false.}
""",
    "tests/a.yaml": """\
- name: a stored answer is refused
  now: 2026-05-25T12:00:00Z
  given: {model: gpt-4.1, project: {id: proj-a}, actor: {id: a}, params: {store: true}}
  expect: {effect: deny, fired: [stored]}
- name: another model is refused
  now: 2026-05-25T12:00:00Z
  given: {model: gpt-4o, project: {id: proj-b}, actor: {id: a}, params: {store: false}}
  expect: {effect: deny, fired: [models]}
""",
}


def data(files: Mapping[str, str]) -> dict[str, bytes]:
    return {name: text.encode() for name, text in files.items()}


def whole(files: Mapping[str, bytes], registry: Registry) -> Looked:
    return look(files, registry, Settings(), now=NOW)


def told(looked: Looked, file: str = "") -> list[tuple[object, ...]]:
    items = [each.diagnostic for each in looked.found]
    return [
        (item.file, item.line, item.column, item.code, item.message, item.help, item.length)
        for item in items
        if not file or item.file == file
    ]


def changed(registry: Registry, file: str, old: str, new: str) -> tuple[Looked, Looked]:
    """What is told at once after a change, and what by looking over everything."""
    before = data(BUNDLE)
    assert BUNDLE[file].count(old) == 1
    after = {**before, file: BUNDLE[file].replace(old, new).encode()}
    first = whole(before, registry)
    again = Again(first, registry, Settings(), now=NOW)
    return again.look(first, after), whole(after, registry)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("rules/a.yaml", "model.allowlist", "model.alowlist"),
        ("rules/a.yaml", "kind: expression\n", "kind: expression\n  sevrity: low\n"),
        ("rules/a.yaml", "request.params.store", "request.parms.store"),
        ("rules/a.yaml", '"proj-a"', '"proj-x"'),
        ("rules/a.yaml", "SOC2:CC8.1", "SOC2:CC88"),
        ("rules/a.yaml", "# Who may call.\n", ""),
        ("rules/a.yaml", "# jurat: ignore[JL502] everybody knows\n", ""),
        ("rules/a.yaml", "[gpt-4.1]", "[]"),
        ("rules/a.yaml", "has(request.actor.id)", "true"),
        ("rules/a.yaml", "# jurat: ignore[JL502]", "# TODO 2026-01-01\n# jurat: ignore[JL502]"),
        ("rules/a.yaml", "params: {models: [gpt-4.1]}", "params: {models: [gpt-4.1"),
        ("tests/a.yaml", "given: {model: gpt-4o,", "givn: {model: gpt-4o,"),
        ("tests/a.yaml", "{id: proj-b}", "{ident: proj-b}"),
        ("bundle.yaml", "owner: me", "ownr: me"),
        ("bundle.yaml", "revision: 1", "revision: one"),
        ("data/projects.yaml", "staging", "stagin"),
    ],
)
def test_a_change_is_told_as_by_looking_over_everything(
    registry: Registry, file: str, old: str, new: str
) -> None:
    quick, slow = changed(registry, file, old, new)
    own = {code for _, _, _, code, *_ in told(slow, file)} & (
        {rule.code for rule in own_rules() if rule.apart}
        | {code for _, _, _, code, *_ in told(slow, file) if str(code).startswith("JB")}
    )
    codes = own | {"JL001", "JL002", "JL003"}
    expected = [row for row in told(slow, file) if row[3] in codes]
    assert [row for row in told(quick, file) if row[3] in codes] == expected
    assert expected or not new.strip().strip("#")


def test_what_stands_below_moves_with_its_lines(registry: Registry) -> None:
    quick, slow = changed(registry, "rules/a.yaml", "# Who may call.\n", "# Who\n# may\n# call.\n")
    assert told(quick) == told(slow)
    fixes = [each.fix for each in quick.found if each.fix]
    assert fixes == [each.fix for each in slow.found if each.fix]


def test_a_finding_about_several_items_holds_until_all_is_looked_over(registry: Registry) -> None:
    quick, slow = changed(registry, "tests/a.yaml", "fired: [stored]", "fired: [sotred]")
    assert [row[3] for row in told(quick) if row[3] == "JB024"] == ["JB024"]
    assert told(slow, "tests/a.yaml") == told(quick, "tests/a.yaml")


@pytest.mark.parametrize("name", sorted(shipped()))
def test_one_item_at_a_time_tells_what_all_tell(name: str, registry: Registry) -> None:
    """Every item of a shipped bundle, spoilt and mended again: nothing is left, nothing is lost."""
    files, problems = read_files(shipped()[name])
    assert not problems
    first = whole(files, registry)
    again = Again(first, registry, Settings(), now=NOW)
    for file in [name for name in files if name.startswith("rules/")]:
        text = files[file].decode()
        for item in items_of(text):
            if not item.text.strip() or "title:" not in item.text:
                continue
            spoilt = text.replace(item.text, item.text.replace("title:", "titel:", 1), 1)
            broken = again.look(first, {**files, file: spoilt.encode()})
            new = [row for row in told(broken) if row not in told(first)]
            assert [row[3] for row in new] == ["JB020"], (file, item.line)
            assert told(again.look(broken, files)) == told(first)


@pytest.mark.parametrize("rule", [r for r in own_rules() if r.apart], ids=lambda rule: rule.name)
def test_the_example_of_a_rule_that_looks_at_one_item(registry: Registry, rule: object) -> None:
    """Typed into a bundle that was empty, it is found at once."""
    example = next(one for one in all_rules(registry) if one is rule).fires
    if example.plugin:
        pytest.skip("needs a plugin")
    now = datetime.fromisoformat(example.now)
    files = data({**LEAST, **example.files})
    around = {n: d for n, d in files.items() if n == "bundle.yaml" or n.startswith("data/")}
    code = next(one.code for one in all_rules(registry) if one is rule)
    expected = [row for row in told(look(files, registry, Settings(), now=now)) if row[3] == code]
    if around == files:  # it is about a table or the manifest: that is what is typed
        around = data(LEAST)
    first = look(around, registry, Settings(), now=now)
    quick = Again(first, registry, Settings(), now=now).look(first, files)
    found = [row for row in told(quick) if row[3] == code]
    if any(name == "waivers.yaml" for name in files):
        rules = {n: d for n, d in files.items() if n != "waivers.yaml"}
        first = look(rules, registry, Settings(), now=now)
        quick = Again(first, registry, Settings(), now=now).look(first, files)
        found = [row for row in told(quick) if row[3] == code]
    assert found == expected
    assert found


def test_of_many_rules_the_one_that_changed_is_read(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = """\
- id: stored-{n}
  title: Answers of project {n} are not stored
  kind: expression
  effect: deny
  severity: low
  when: request.project.id == "proj-{n}" && request.params.store == true
"""
    text = "".join(rule.format(n=n) for n in range(100))
    files = data({**LEAST, "rules/a.yaml": text, "rules/b.yaml": rule.format(n=100)})
    first = whole(files, registry)
    again = Again(first, registry, Settings(), now=NOW)
    read = []
    monkeypatch.setattr(
        Rules, "_rule", lambda self, node, origin: read.append(node.line), raising=True
    )
    changed = text.replace('"proj-41" && request', '"proj-41" || request')
    again.look(first, {**files, "rules/a.yaml": changed.encode()})
    assert read == [6 * 41 + 1]


LINES = st.sampled_from(
    ["- id: a\n", "  title: b\n", "# comment\n", "\n", "  # inner\n", "- {id: c}\n", "  when: |\n",
     "    x\r\n", "-\n", "text", "- é\x85", "  \n"]
)  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LINES, max_size=12), st.lists(LINES, max_size=12))
def test_pieces_make_up_the_text_and_a_change_leads_from_one_to_the_other(
    one: list[str], other: list[str]
) -> None:
    old, new = "".join(one), "".join(other)
    for text in (old, new):
        assert "".join(item.text for item in items_of(text)) == text
        for item in items_of(text):
            assert text[item.start :].startswith(item.text)
            assert len(text[: item.start].splitlines()) == item.line - 1
            assert item.alone[item.start - item.shift :] == item.text
    change = change_of("rules/a.yaml", old, new)
    start = change.new.start
    assert new == old[:start] + change.new.text + old[change.end :]
    lines = old.splitlines(keepends=True)
    assert "".join(lines[: change.first - 1]) == old[:start]
    assert "".join(lines[change.last - 1 :]) == old[change.end :]
    assert change.lines == len(new.splitlines()) - len(old.splitlines())


def test_a_bundle_without_a_manifest_is_looked_at_as_far_as_it_can_be(
    registry: Registry, tmp_path: Path
) -> None:
    files = {"rules/a.yaml": b"- id: a\n"}
    first = whole(files, registry)
    again = Again(first, registry, Settings(), now=NOW)
    assert "JB005" in [r[3] for r in told(again.look(first, {"rules/a.yaml": b"- id: [a\n"}))]


PARTS = st.sampled_from(
    ["", "- ", "\n", "  ", ":", "'", '"', "[", "]", "{", "}", "#", "id: ", "kind: ", "x", "when: ",
     "\n- id: z\n", "\u2028", "\x85", "\r\n", "\u00e9", "params:"]
)  # fmt: skip
EDITS = st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0, 1, 3, 20]), PARTS), min_size=1,
                 max_size=3)  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(BUNDLE)), EDITS)
def test_whatever_is_typed_is_told_at_once(file: str, edits: list[tuple[float, int, str]]) -> None:
    """What is said of each item is the same; where the file is no YAML, that it is none."""
    registry, first, again = room()
    text = BUNDLE[file]
    for at, gone, put in edits:
        start = int(at * len(text))
        text = text[:start] + put + text[start + gone :]
    files = {**data(BUNDLE), file: text.encode()}
    quick, slow = told(again.look(first, files), file), told(whole(files, registry), file)
    apart = {rule.code for rule in own_rules() if rule.apart} | {"JL001", "JL002", "JL003"}
    if any(row[3] == "JB005" for row in slow):
        assert any(row[3] == "JB005" for row in quick)
        return
    assert [r for r in quick if r[3] in apart] == [r for r in slow if r[3] in apart]
    between = {"JB015", "JB030"}  # about the bundle, or two items
    assert [r[:5] for r in quick if str(r[3])[:2] == "JB" and r[3] not in between] == [
        r[:5] for r in slow if str(r[3])[:2] == "JB" and r[3] not in between
    ]


@cache
def room() -> tuple[Registry, Looked, Again]:
    registry = load_plugins()
    first = whole(data(BUNDLE), registry)
    return registry, first, Again(first, registry, Settings(), now=NOW)
