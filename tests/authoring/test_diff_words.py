"""What two bundles say differently, by rule, in the order of consequence."""

from collections.abc import Mapping

from jurat.authoring.diff import Change, changes
from jurat.engine import compile_bundles, versions_of
from jurat.plugin import load_plugins

OLD: Mapping[str, str] = {
    "bundle.yaml": """\
name: acme
version: 1.0.0
revision: 1
parameters: {oldest: {type: duration, value: 60d}}
assume: {/project/environment: production}
""",
    "rules/r.yaml": """\
- {id: let-in, title: Anyone, kind: expression, effect: permit, severity: info, when: "true"}
- {id: models, title: Reviewed models, kind: model.allowlist, effect: deny, severity: high,
   params: {models: [gpt-4.1, o3]}}
- {id: age, title: Young keys, kind: credential.age, effect: deny, severity: high,
   params: {max_age: {param: oldest}}}
""",
    "data/projects.yaml": "p: {environment: production}\nq: {environment: staging}\n",
    "waivers.yaml": """\
- {rule: models, scope: 'request.model == "o1"', owner: a, reason: r, expires: 2026-06-01T00:00:00Z}
""",
}


def told(**files: str) -> list[tuple[str, str, str, str]]:
    """(what, name, how, leaning) of the changes that these files make to the old bundle."""
    return [(one.what, one.name, one.how, one.leaning) for one in changed(**files)]


def changed(**files: str) -> tuple[Change, ...]:
    registry = load_plugins()
    new = dict(OLD)
    for name, text in files.items():
        new[{"bundle": "bundle.yaml", "waivers": "waivers.yaml"}.get(name, f"{name}.yaml")] = text
    for short, path in (("rules.yaml", "rules/r.yaml"), ("projects.yaml", "data/projects.yaml")):
        if short in new:
            new[path] = new.pop(short)
    bundles, _ = compile_bundles([new], registry, versions_of(registry))
    old, _ = compile_bundles([OLD], registry, versions_of(registry))
    return changes(old[0], bundles[0])


def rules(was: str, now: str) -> str:
    assert was in OLD["rules/r.yaml"]
    return OLD["rules/r.yaml"].replace(was, now)


def test_layout_and_order_are_no_change() -> None:
    lines = OLD["rules/r.yaml"].split("\n- ")
    assert changed(rules="- " + "\n- ".join([lines[1], lines[2], lines[0][2:]])) == ()
    assert changed(bundle="# a comment\n" + OLD["bundle.yaml"]) == ()


def test_a_list_says_what_it_lost_and_gained() -> None:
    (one,) = changed(rules=rules("[gpt-4.1, o3]", "[o1, gpt-4.1]"))
    assert (one.what, one.name, one.how, one.title) == (
        "rule", "models", "changed", "Reviewed models",
    )  # fmt: skip
    (detail,) = one.details
    assert (detail.key, detail.was, detail.now) == ("params.models", ["o3"], ["o1"])


def test_what_opens_stands_first_and_words_last() -> None:
    new = OLD["rules/r.yaml"]
    new = new.replace("title: Reviewed models", "title: Models")
    new = new.replace("kind: credential.age, effect: deny", "kind: credential.age, effect: advise")
    new += (
        '- {id: stored, title: T, kind: expression, effect: deny, severity: low, when: "false"}\n'
    )
    assert told(rules=new, waivers="[]") == [
        ("rule", "age", "changed", "opens"),
        ("rule", "stored", "added", "closes"),
        ("waiver", "models", "removed", "closes"),
        ("rule", "models", "changed", "none"),
    ]


def test_leanings() -> None:
    for was, now, leaning in (
        ("effect: deny, severity: high,\n   params: {models", "effect: deny, severity: low,\n   params: {models", "none"),
        ("effect: deny, severity: high,\n   params: {models", "mode: warn, effect: deny, severity: high,\n   params: {models", "opens"),
        ("effect: deny, severity: high,\n   params: {models", "on_error: ignore, effect: deny, severity: high,\n   params: {models", "opens"),
        ("effect: deny, severity: high,\n   params: {models", "mode: enforce, effect: deny, severity: high,\n   params: {models", None),
        ('when: "true"', "when: has(request.model)", "either"),
    ):  # fmt: skip
        found = told(rules=rules(was, now))
        assert [one[3] for one in found] == ([] if leaning is None else [leaning])


def test_a_rule_that_is_gone_opens_and_a_permit_that_is_gone_closes() -> None:
    first, rest = OLD["rules/r.yaml"].split("\n", 1)
    assert told(rules=rest) == [("rule", "let-in", "removed", "closes")]
    assert told(rules=first + "\n", waivers="[]") == [
        ("rule", "age", "removed", "opens"),
        ("rule", "models", "removed", "opens"),
        ("waiver", "models", "removed", "closes"),
    ]


def test_a_waiver_that_lasts_longer_opens() -> None:
    (one,) = changed(waivers=OLD["waivers.yaml"].replace("2026-06-01", "2026-07-01"))
    assert (one.what, one.how, one.leaning) == ("waiver", "changed", "opens")
    (detail,) = one.details
    assert (detail.key, detail.was, detail.now) == (
        "expires", "2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z",
    )  # fmt: skip


def test_tables_parameters_and_the_manifest() -> None:
    bundle = OLD["bundle.yaml"].replace("60d", "90d").replace("revision: 1", "revision: 2")
    assert told(
        bundle=bundle + "max_staleness: 12h\n",
        projects="p: {environment: staging, residency: eu}\nr: {environment: staging}\n",
    ) == [
        ("parameter", "oldest", "changed", "either"),
        ("manifest", "max_staleness", "changed", "either"),
        ("table", "projects/p", "changed", "either"),
        ("table", "projects/q", "removed", "either"),
        ("table", "projects/r", "added", "either"),
        ("manifest", "revision", "changed", "none"),
    ]
