"""Several bundles over one input: each decides alone, and a team can only narrow."""

from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson
import pytest
from harness import engine

from jurat import Decision, Engine
from jurat.engine import replay
from jurat.log import LogReader
from jurat.scan import Scanner, ScanResult

NOW = "2026-05-25T12:00:00Z"
SSN, CARD = "123-45-6789", "4111 1111 1111 1111"


def bundle(name: str, *rules: str, **manifest: str) -> dict[str, str]:
    fields = {"name": name, "version": "1.0.0", "revision": "1", **manifest}
    head = ", ".join(f"{key}: {value}" for key, value in fields.items())
    made = {"bundle.yaml": f"{{{head}}}"}
    if rules:
        made["rules/r.yaml"] = "\n".join(f"- {rule}" for rule in rules) + "\n"
    return made


def rule(id: str, effect: str, when: str = "true", more: str = "") -> str:
    return (
        f"{{id: {id}, title: T, kind: expression, effect: {effect}, severity: low, "
        f"when: '{when}'{more}}}"
    )


PERMIT = rule("let-in", "permit")
DENY = rule("stop", "deny")


def pii(entity: str, operator: str = "label", on: str = "[request]") -> str:
    return (
        f"{{id: pii, title: T, kind: pii.patterns, on: {on}, effect: redact, severity: high, "
        f"params: {{entities: [{entity}], operator: {operator}}}}}"
    )


def decide(
    *bundles: dict[str, str], given: Any = MappingProxyType({}), supports: Any = ()
) -> Decision:
    return engine(*bundles).evaluate(given, now=NOW, supports=supports)


@pytest.mark.parametrize(
    ("org", "team", "effect", "value"),
    [
        ([PERMIT], [PERMIT], "allow", "Permit"),
        ([PERMIT], [rule("let-in", "permit", "false")], "deny", "NotApplicable"),
        ([PERMIT, DENY], [PERMIT], "deny", "Deny"),
        ([PERMIT], [DENY], "deny", "Deny"),  # a bundle without permits still denies
        ([PERMIT], [rule("stop", "deny", "false")], "allow", "Permit"),  # and abstains otherwise
        ([rule("stop", "deny", "false")], [rule("s", "deny", "false")], "deny", "NotApplicable"),
        ([PERMIT], [rule("s", "deny", 'request.model == "gpt-4.1"')], "deny", "Indeterminate{D}"),
        (
            [PERMIT, rule("s", "deny", 'request.model == "gpt-4.1"')],
            [PERMIT],
            "deny",
            "Indeterminate{DP}",
        ),
        (
            [PERMIT],
            [rule("p", "permit", 'request.model == "gpt-4.1"')],
            "deny",
            "Indeterminate{P}",
        ),
    ],
)
def test_allow_only_if_all_allow(org: Any, team: Any, effect: str, value: str) -> None:
    for pair in ((org, team), (team, org)):
        decision = decide(*(bundle(name, *rules) for name, rules in zip("ab", pair, strict=True)))
        assert (decision.effect, decision.value) == (effect, value)
        assert decision.allowed or decision.reasons
        assert decision.allowed == (not decision.reasons)


def test_ids_say_which_bundle_and_digests_are_by_name() -> None:
    org, team = bundle("org", PERMIT, DENY), bundle("team", PERMIT, DENY)
    decision = decide(org, team)
    assert decision.permits == ("org/let-in", "team/let-in")
    assert [reason.rule for reason in decision.reasons] == ["org/stop", "team/stop"]
    assert {id_ for id_, _, _ in decision.outcomes} == {
        f"{name}/{id_}" for name in ("org", "team") for id_ in ("let-in", "stop")
    }
    assert set(decision.bundle or ()) == set(decision.plan or ()) == {"org", "team"}
    assert decision.counts == {"fired": 4}
    assert [trace.id for trace in decision.explain().rules] == [
        "org/let-in",
        "org/stop",
        "team/let-in",
        "team/stop",
    ]


def test_the_order_of_bundles_changes_no_byte() -> None:
    org, team = bundle("org", PERMIT, pii("US_SSN")), bundle("team", PERMIT, pii("CREDIT_CARD"))
    given = {"messages": [{"role": "user", "content": f"{SSN} and {CARD}"}]}
    one = decide(org, team, given=given, supports={"redact"})
    assert one.canonical() == decide(team, org, given=given, supports={"redact"}).canonical()


def test_obligations_are_united() -> None:
    given = {"messages": [{"role": "user", "content": f"{SSN} and {CARD}"}]}
    bundles = bundle("org", PERMIT, pii("US_SSN")), bundle("team", pii("CREDIT_CARD", "remove"))
    decision = decide(*bundles, given=given, supports={"redact"})
    assert decision.allowed
    [obligation] = decision.obligations
    assert obligation.rules == ("org/pii", "team/pii")
    sent = decision.apply(given)["messages"][0]["content"]
    assert sent == "[US_SSN] and "
    refused = decide(*bundles, given=given)
    assert (refused.effect, refused.value, refused.obligations) == ("deny", "Permit", ())


def header(value: str) -> str:
    return (
        "{id: mark, title: T, kind: expression, effect: require, severity: low, when: 'true', "
        f"obligation: {{header: {{name: x-mark, value: {value}}}}}}}"
    )


def test_headers_that_differ_conflict() -> None:
    same = decide(
        bundle("org", PERMIT, header("a")), bundle("team", header("a")), supports={"header"}
    )
    assert [(o.name, o.value) for o in same.obligations] == [("x-mark", "a")]
    differ = decide(
        bundle("org", PERMIT, header("a")), bundle("team", header("b")), supports={"header"}
    )
    assert (differ.effect, differ.value, differ.obligations) == ("deny", "Permit", ())
    [reason] = [reason for reason in differ.reasons if reason.code == "obligation-conflict"]
    assert (reason.code, reason.rules) == ("obligation-conflict", ("org/mark", "team/mark"))


def test_routes_intersect() -> None:
    def route(*ids: str) -> str:
        return (
            "{id: route, title: T, kind: law.script, effect: require, severity: low, "
            f"params: {{field: model, fires: [m], endpoints: [{', '.join(ids)}]}}}}"
        )

    given = {"model": "m"}
    narrowed = decide(
        bundle("org", PERMIT, route("a", "b")),
        bundle("team", route("b", "c")),
        given=given,
        supports={"route"},
    )
    assert [o.endpoints for o in narrowed.obligations] == [("b",)]
    empty = decide(
        bundle("org", PERMIT, route("a")),
        bundle("team", route("c")),
        given=given,
        supports={"route"},
    )
    assert "obligation-conflict" in {reason.code for reason in empty.reasons}
    assert (empty.effect, empty.obligations) == ("deny", ())


def test_a_bundle_that_watches_beside_one_that_is_enforced_changes_nothing() -> None:
    watching = bundle("trial", DENY, mode="shadow")
    decision = decide(bundle("org", PERMIT), watching)
    assert (decision.effect, decision.value, decision.would) == ("allow", "Permit", None)
    assert ("trial/stop", "fired", "shadow") in decision.outcomes
    only = decide(watching, bundle("other", PERMIT, mode="warn"))
    assert only.allowed
    assert only.would == {"effect": "deny", "value": "Deny"}


@pytest.mark.parametrize("kind", ["response", "org_state"])
def test_a_bundle_without_a_rule_for_the_input_abstains(kind: str) -> None:
    given: dict[str, Any] = {"type": kind, "finish_reason": "stop"}
    on = ", on: [response]"
    if kind == "org_state":
        given = {"type": kind, "limits": {"observed_at": NOW, "items": {"l": {"rpm": 5}}}}
        on = ", on: [org_state], over: limit"
    judging = bundle("judge", rule("check", "deny", "false", on))
    silent = bundle("silent", PERMIT)
    assert decide(judging, silent, given=given).value == "Permit"
    nobody = decide(silent, bundle("other", PERMIT), given=given)
    assert (nobody.effect, nobody.value) == (
        "allow" if kind == "response" else "deny",
        "NotApplicable",
    )
    assert nobody.allowed or [r.code for r in nobody.reasons] == ["no-rule", "no-rule"]


def test_a_snapshot_is_judged_by_each() -> None:
    on = ", on: [org_state], over: limit"
    given = {"type": "org_state", "limits": {"observed_at": NOW, "items": {"l": {"rpm": 5}}}}
    decision = decide(
        bundle("org", rule("low", "deny", "limit.rpm > 4", on)),
        bundle("team", rule("low", "deny", "limit.rpm > 9", on)),
        given=given,
    )
    assert decision.value == "Deny"
    counts = decision.rules or {}
    assert counts["org/low"]["fired"] == 1
    assert counts["team/low"]["passed"] == 1
    assert {trace.id: trace.outcome for trace in decision.explain().rules} == {
        "org/low": "fired",
        "team/low": "passed",
    }


TEXTS = {
    "both read text": (pii("US_SSN"), pii("CREDIT_CARD")),
    "the first": (pii("US_SSN"), DENY.replace("true", "false")),
    "the last": (DENY.replace("true", "false"), pii("US_SSN")),
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_record_of_several_replays(name: str, tmp_path: Path) -> None:
    """What the detectors found for one bundle is not what they found for the other."""
    first, last = TEXTS[name]
    given = {"actor": {"id": "a"}, "messages": [{"role": "user", "content": f"{SSN} and {CARD}"}]}
    with engine(
        bundle("z-org", PERMIT, first), bundle("a-team", last), log=tmp_path / "log"
    ) as made:
        decision = made.evaluate(given, now=NOW, supports={"redact"})
        assert decision.allowed
        made.evaluate({"type": "response", "finish_reason": "stop"}, parent=decision, now=NOW)
    with LogReader(tmp_path / "log") as log:
        bodies = [record.body for record in log.records() if record.body["type"] == "decision"]
        facts = log.unseal(bodies[0]["facts"])
    assert facts is not None
    assert SSN.encode() not in facts
    found = {entity for obligation in decision.obligations for _, _, entity in obligation.spans}
    assert set(bodies[0]["detections"]) == found
    assert orjson.loads(facts)["kind"] == "request"
    assert [one.verdict for one in replay(tmp_path / "log")] == ["agrees", "agrees"]


def test_detections_are_counted_once(tmp_path: Path) -> None:
    given = {"messages": [{"role": "user", "content": SSN}]}
    with engine(
        bundle("org", PERMIT, pii("US_SSN")), bundle("team", pii("US_SSN")), log=tmp_path / "log"
    ) as made:
        made.evaluate(given, now=NOW, supports={"redact"})
    with LogReader(tmp_path / "log") as log:
        [body] = [record.body for record in log.records() if record.body["type"] == "decision"]
    assert body["detections"] == {"US_SSN": 1}


def test_a_text_is_scanned_once_for_all_bundles(monkeypatch: pytest.MonkeyPatch) -> None:
    def pii(id: str, entity: str) -> str:
        return (
            f"{{id: {id}, title: T, kind: pii.patterns, effect: deny, severity: low, "
            f"params: {{entities: [{entity}]}}}}"
        )

    scanned: list[str] = []
    run = Scanner.run

    def counted(self: Scanner, text: str) -> ScanResult:
        scanned.append(text)
        return run(self, text)

    several = [
        bundle("one", rule("let-in", "permit"), pii("ssn", "US_SSN")),
        bundle("two", rule("let-in", "permit"), pii("card", "CREDIT_CARD")),
    ]
    with Engine.load(several) as loaded:
        monkeypatch.setattr(Scanner, "run", counted)
        request = {"messages": [{"role": "user", "content": f"{SSN}, {CARD}"}]}
        decision = loaded.evaluate(request, now=NOW)
        assert scanned == [f"{SSN}, {CARD}"]
        monkeypatch.undo()
        assert {reason.rule for reason in decision.reasons} == {"one/ssn", "two/card"}
