"""The life of an engine: arming and reloading, waivers and modes, many inputs, answers, redaction."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from harness import MOMENT, engine, registry

from jurat import BundleError, Decision, Denied, Engine, from_body
from jurat.engine import replay
from jurat.log import Log
from jurat.model import Request
from jurat.scan import Vault

SDK = Path(__file__).parents[1] / "cases" / "sdk"
NOW = "2026-05-25T12:00:00Z"
SSN, IBAN = "123-45-6789", "DE89370400440532013000"
PERMIT = "{id: let-in, title: T, kind: expression, effect: permit, severity: info, when: 'true'}"


def files(*rules: str, waivers: str = "", tests: str = "", **manifest: str) -> dict[str, str]:
    fields = {"name": "life", "version": "1.0.0", "revision": "1", **manifest}
    made = {
        "bundle.yaml": "{" + ", ".join(f"{key}: {value}" for key, value in fields.items()) + "}",
        "rules/r.yaml": "\n".join(f"- {rule}" for rule in (PERMIT, *rules)) + "\n",
    }
    if waivers:
        made["waivers.yaml"] = waivers
    if tests:
        made["tests/t.yaml"] = tests
    return made


def rule(when: str = "true", effect: str = "deny", id: str = "stop", **more: str) -> str:
    fields = "".join(f", {key}: {value}" for key, value in more.items())
    return (
        f"{{id: {id}, title: T, kind: expression, effect: {effect}, severity: low, "
        f"when: '{when}'{fields}}}"
    )


def pii(operator: str = "label", **more: str) -> str:
    fields = "".join(f", {key}: {value}" for key, value in more.items())
    return (
        "{id: pii, title: T, kind: pii.patterns, on: [request, response], effect: redact, "
        f"severity: high, params: {{entities: [US_SSN, IBAN_CODE], operator: {operator}, "
        f"unscanned: advise}}{fields}}}"
    )


def ask(bundle: Mapping[str, str], given: Any = None, **options: Any) -> Decision:
    options.setdefault("now", NOW)
    return engine(bundle).evaluate({} if given is None else given, **options)


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


def advice(decision: Decision) -> list[tuple[str, str]]:
    return [(one.rule or ",".join(one.rules), one.code) for one in decision.advice]


def said(text: str, **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], **more}


# -- reload


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "bundle"
    write(made, files())
    return made


def write(root: Path, bundle: Mapping[str, str]) -> None:
    for name, text in bundle.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


BROKEN = {
    "YAML": files() | {"rules/r.yaml": "- {id: x"},
    "a word": files(rule(effect="denny")),
    "a condition": files(rule("request.modle == 1")),
    "parameters": files(
        "{id: x, title: T, kind: credential.age, effect: deny, severity: low, params: {}}"
    ),
    "its own test": files(
        tests="- {name: closed, now: 2026-05-25T12:00:00Z, given: {}, expect: {effect: deny}}\n"
        "- {name: open, now: 2026-05-25T12:00:00Z, given: {}, expect: {effect: allow}}\n"
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_armed_keeps_what_is(root: Path, name: str) -> None:
    loaded = Engine.load(root, registry=registry(), clock=lambda: MOMENT)
    before, plans = loaded.evaluate({}).canonical(), loaded.plans
    write(root, BROKEN[name])
    with pytest.raises(BundleError) as caught:
        loaded.reload()
    assert caught.value.diagnostics
    assert all(problem.line for problem in caught.value.diagnostics)
    if name == "its own test":
        assert "closed" in str(caught.value)
        assert "open" not in str(caught.value)
    assert loaded.plans == plans
    assert loaded.evaluate({}).canonical() == before
    write(root, files(rule()) | {"tests/t.yaml": "[]\n"})
    loaded.reload()
    assert not loaded.evaluate({}).allowed


def test_a_bundle_that_is_gone_keeps_what_is_armed(root: Path) -> None:
    loaded = Engine.load(root, registry=registry())
    root.rename(root.with_name("elsewhere"))
    with pytest.raises(BundleError):
        loaded.reload()
    assert loaded.evaluate({}).allowed


def test_reload_is_one_swap(root: Path, tmp_path: Path) -> None:
    """While plans are swapped, each decision is wholly by one of them, and its record too."""
    texts = files(rule(id="one")), files(rule(id="two"))
    write(root, texts[0])
    log = tmp_path / "log"
    failures: list[object] = []
    done = threading.Event()
    digests: set[object] = set()
    with Engine.load(
        root, registry=registry(), clock=lambda: MOMENT, log=log, durability="off"
    ) as loaded:

        def work() -> None:
            while not done.is_set():
                decision = loaded.evaluate({"model": "gpt-4.1"})
                digests.add((decision.bundle, *(reason.rule for reason in decision.reasons)))
                if decision.effect != "deny" or len(decision.reasons) != 1:
                    failures.append(decision.to_dict())

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for turn in range(6):
            write(root, texts[(turn + 1) % 2])
            loaded.reload()
        done.set()
        for thread in threads:
            thread.join()
    assert not failures
    assert len(digests) <= 2
    assert {one.verdict for one in replay(log)} == {"agrees"}


def test_a_decision_keeps_the_plan_it_was_made_by(root: Path) -> None:
    loaded = Engine.load(root, registry=registry(), clock=lambda: MOMENT)
    decision = loaded.evaluate({})
    plan = decision.plan
    write(root, files(rule()))
    loaded.reload()
    assert decision.plan == plan
    assert [trace.id for trace in decision.explain().rules] == ["let-in"]


# -- waivers


def waiver(**more: str) -> str:
    fields = {
        "rule": "stop",
        "scope": "'request.project.id == \"p\"'",
        "owner": "ann",
        "reason": "moving",
        "expires": "2026-05-25T12:00:00Z",
        **more,
    }
    return "- {" + ", ".join(f"{key}: {value}" for key, value in fields.items()) + "}\n"


IN_P = {"project": {"id": "p"}}


@pytest.mark.parametrize(
    ("given", "now", "waived"),
    [
        (IN_P, "2026-05-25T11:59:59.999999Z", True),
        (IN_P, "2026-05-25T12:00:00Z", False),  # expired at exactly now
        (IN_P, "2026-05-26T12:00:00Z", False),
        ({"project": {"id": "q"}}, "2026-05-25T11:00:00Z", False),
        ({"project": {"id": None}}, "2026-05-25T11:00:00Z", False),
        ({}, "2026-05-25T11:00:00Z", False),  # scope unknown
    ],
)
@pytest.mark.parametrize(
    "when", ["true", 'request.model == "gpt-4.1"', "1 / request.estimated_tokens > 0"]
)
def test_a_waiver_acts_where_its_scope_is_known(
    given: Any, now: str, waived: bool, when: str
) -> None:
    """On what fired, is unknown or failed alike."""
    bundle = files(rule(when), waivers=waiver())
    decision = ask(bundle, {"estimated_tokens": 0, **given}, now=now)
    assert decision.allowed == waived
    if waived:
        assert decision.value == "Permit"
        assert decision.reasons == ()
        [told] = decision.advice
        assert (told.code, told.rule, told.until) == ("waived", "stop", "2026-05-25T12:00:00Z")
        assert ("stop", "waived", "enforce") in decision.outcomes
        assert decision.counts == {"fired": 1, "waived": 1}
        assert {t.id: t.outcome for t in decision.explain().rules}["stop"] == "waived"
    else:
        assert advice(decision) == []


@pytest.mark.parametrize(
    ("granted", "waived"),
    [("2026-05-25T11:00:00Z", True), ("2026-05-25T11:00:01Z", False)],
)
def test_a_waiver_holds_from_when_it_is_granted(granted: str, waived: bool) -> None:
    bundle = files(rule(), waivers=waiver(granted=granted))
    assert ask(bundle, IN_P, now="2026-05-25T11:00:00Z").allowed == waived


def test_a_waiver_is_of_its_rule_alone() -> None:
    bundle = files(rule(), rule(id="other"), waivers=waiver())
    decision = ask(bundle, IN_P, now="2026-05-25T11:00:00Z")
    assert [reason.rule for reason in decision.reasons] == ["other"]
    waived = files(rule(waivable="false"), waivers=waiver())
    with pytest.raises(BundleError):
        engine(waived)


def test_a_waived_redaction_asks_for_nothing() -> None:
    bundle = files(pii(), waivers=waiver(rule="pii", scope="'true'"))
    decision = ask(bundle, said(SSN), now="2026-05-25T11:00:00Z")
    assert (decision.allowed, decision.obligations) == (True, ())
    assert not ask(bundle, said(SSN)).allowed


# -- modes


@pytest.mark.parametrize("when", ["true", 'request.model == "gpt-4.1"', "1 / 0 > 0"])
def test_warn_tells_and_shadow_records(when: str) -> None:
    warned = ask(files(rule(when, mode="warn")))
    shadowed = ask(files(rule(when, mode="shadow")))
    for decision in (warned, shadowed):
        assert (decision.effect, decision.value, decision.reasons) == ("allow", "Permit", ())
        assert decision.would is None
    [told] = warned.advice
    assert told.mode == "warn"
    assert shadowed.advice == ()
    [[id_, outcome]] = shadowed.to_dict()["shadow"]
    assert id_ == "stop"
    assert ("stop", outcome, "shadow") in shadowed.outcomes
    assert (outcome, told.outcome) in {("fired",) * 2, ("unknown",) * 2, ("error",) * 2}


def test_a_redaction_that_only_watches_asks_for_nothing() -> None:
    for mode in ("warn", "shadow"):
        decision = ask(files(pii(mode=mode)), said(SSN))
        assert (decision.allowed, decision.obligations) == (True, ())


@pytest.mark.parametrize("mode", ["warn", "shadow"])
@pytest.mark.parametrize(
    ("rules", "value"),
    [((), "Permit"), ((rule(),), "Deny"), ((rule('request.model == "o3"'),), "Indeterminate{DP}")],
)
def test_a_bundle_that_watches_allows_and_says_what_it_would(
    mode: str, rules: Any, value: str, tmp_path: Path
) -> None:
    with engine(files(*rules, mode=mode), log=tmp_path / "log") as loaded:
        decision = loaded.evaluate({}, now=NOW)
        assert (decision.effect, decision.value) == ("allow", "Permit")
        assert decision.would == {
            "effect": "allow" if value == "Permit" else "deny",
            "value": value,
        }
        assert decision.reasons == ()
        assert bool(decision.advice) == (mode == "warn" and bool(rules))
        unread = loaded.evaluate(b"{", now=NOW)
        assert not unread.allowed
    assert next(replay(tmp_path / "log")).verdict == "agrees"


@pytest.mark.parametrize(
    ("when", "code"),
    [('request.model == "o3"', "missing-fact"), ("1 / 0 > 0", "condition-failed")],
)
def test_what_on_error_ignores_is_told(when: str, code: str) -> None:
    heeded = ask(files(rule(when)))
    assert (heeded.value, heeded.would_allow) == ("Indeterminate{DP}", True)
    ignored = ask(files(rule(when, on_error="ignore")))
    assert (ignored.effect, ignored.value, ignored.reasons) == ("allow", "Permit", ())
    assert advice(ignored) == [("stop", code)]


# -- many, and in an event loop

INPUTS: list[Any] = [{}, {"model": "o3"}, b"{", said(SSN), b"{}", {"type": "response"}, None]


def test_many_are_decided_like_each(tmp_path: Path) -> None:
    bundle = files(rule('request.model == "o3"'), pii())
    with engine(bundle, log=tmp_path / "log") as loaded:
        many = loaded.evaluate_many(iter(INPUTS), supports={"redact"}, now=NOW)
        each = [loaded.evaluate(given, supports={"redact"}, now=NOW) for given in INPUTS]
        assert [one.canonical() for one in many] == [one.canonical() for one in each]
        places = [one.receipt.wait().seq for one in many]
        assert places == list(range(places[0], places[0] + len(INPUTS)))
        assert len({one.id for one in (*many, *each)}) == 2 * len(INPUTS)
        assert loaded.evaluate_many([]) == []


LONG = "word " * 20_000 + SSN


@pytest.mark.parametrize("logged", [False, True])
def test_an_event_loop_gets_the_same(logged: bool, tmp_path: Path) -> None:
    options = {"log": tmp_path / "log"} if logged else {}

    async def ask_all(loaded: Engine) -> list[Decision]:
        return list(
            await asyncio.gather(
                *(
                    loaded.aevaluate(given, supports={"redact"}, now=NOW)
                    for given in [*INPUTS, said(LONG), orjson.dumps(said(LONG))]
                )
            )
        )

    with engine(files(pii()), **options) as loaded:
        told = asyncio.run(ask_all(loaded))
        for given, decision in zip(INPUTS, told, strict=False):
            expected = loaded.evaluate(given, supports={"redact"}, now=NOW)
            assert decision.canonical() == expected.canonical()
        assert told[-1].obligations == told[-2].obligations != ()
        assert all((decision.receipt is not None) == logged for decision in told)
    if logged:
        assert {one.verdict for one in replay(tmp_path / "log")} == {"agrees", "not-decided"}


@pytest.mark.parametrize(
    "given",
    [
        from_body("openai.chat", said(LONG, model="gpt-4.1")),
        orjson.dumps(said(LONG)),
        said(LONG),
        Request.model_validate(said(LONG)),
    ],
    ids=["a body", "JSON", "a mapping", "a request"],
)
def test_a_long_text_is_scanned_in_a_thread(given: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scanned: list[bool] = []
    loaded = engine(files(pii()))
    scanner = loaded.plans[0].scanner()

    def watched(text: str) -> Any:
        scanned.append(threading.current_thread() is threading.main_thread())
        return chosen(text)

    wanted = loaded.plans[0].entities("request")
    assert wanted
    selected = scanner.select(wanted)
    chosen = selected.run
    monkeypatch.setattr(type(selected), "run", lambda self, text: watched(text))
    decision = asyncio.run(loaded.aevaluate(given, supports={"redact"}, now=NOW))
    assert decision.obligations
    assert scanned
    assert not any(scanned)


def test_a_loop_waits_for_the_log_where_a_caller_would(tmp_path: Path) -> None:
    for durability, settled in (("sync", True), ("buffered", None), ("release", None)):
        log = Log.open(tmp_path / durability, durability=durability)  # type: ignore[arg-type]  # each is one
        loaded = engine(files(), log=log)
        decision = asyncio.run(loaded.aevaluate({}, now=NOW))
        assert decision.allowed
        if settled:
            assert decision.receipt.settled
        assert decision.receipt.wait(5).seq == 2
        log.close()


# -- answers


def test_an_answer_knows_the_request_that_was_decided_on(tmp_path: Path) -> None:
    bundle = files(
        rule(
            'request.project.id == "p" && request.model == "gpt-4.1"', id="bound", on="[response]"
        ),
        pii(),
    )
    given = said("hello", model="gpt-4.1", actor={"id": "ann"}, **IN_P)
    answer = {"type": "response", "messages": [{"role": "assistant", "content": SSN}]}
    with engine(bundle, log=tmp_path / "log") as loaded:
        first = loaded.evaluate(given, now=NOW)
        linked = loaded.evaluate(answer, parent=first, now=NOW)
        assert [reason.rule for reason in linked.reasons if reason.rule == "bound"] == ["bound"]
        alone = loaded.evaluate(answer, now=NOW)
        assert "missing-fact" in codes(alone)
        own = loaded.evaluate(
            answer | {"request": {"model": "o3", "project": {"id": "q"}}},
            parent=first,
            supports={"redact"},
            now=NOW,
        )
        assert own.allowed, "a response's own word for its request stands"
        [obligation] = own.obligations
        assert own.apply(answer)["messages"][0]["content"] == "[US_SSN]"
        assert obligation.at == "/messages/0/content"
        of_unread = loaded.evaluate(answer, parent=loaded.evaluate(b"{", now=NOW), now=NOW)
        assert "missing-fact" in codes(of_unread)
        assert first.header is not None
        assert loaded.evaluate(given, parent=first, now=NOW).allowed, "a request has no parent"
    verdicts = [one.verdict for one in replay(tmp_path / "log")]
    assert verdicts == ["agrees"] * 4 + ["not-decided"] + ["agrees"] * 2


# -- redaction

OPERATORS = ("label", "remove", "mask", "hash", "encrypt", "pseudonym")
TEXT = f"My number is {SSN}, yes {SSN}; pay {IBAN} please"


@pytest.mark.parametrize("operator", OPERATORS)
def test_each_operator_is_performed(operator: str, tmp_path: Path) -> None:
    given = said(TEXT, actor={"id": "ann"})
    with engine(files(pii(operator)), log=tmp_path / "log") as loaded:
        decision = loaded.evaluate(given, supports={"redact"}, now=NOW)
        assert decision.allowed, decision.to_dict()
        again = loaded.evaluate(given, supports={"redact"}, now=NOW)
        sent = decision.apply(given)["messages"][0]["content"]
        assert SSN not in sent
        assert IBAN not in sent
        assert sent.startswith("My number is ")
        assert sent.endswith(" please")
        assert decision.canonical() == again.canonical()
        twice = loaded.evaluate(decision.apply(given), supports={"redact"}, now=NOW)
        assert twice.allowed
        assert not twice.obligations, "a rescan finds nothing"
    [obligation] = decision.obligations
    assert SSN not in str(decision.to_dict()) + repr(decision) + str(decision.explain())
    for made in obligation.made:
        assert made.encode() not in decision.canonical() or made in ("", "[US_SSN]")
    for file in (tmp_path / "log").rglob("*"):
        if file.is_file():
            held = file.read_bytes()
            assert not any(len(made) > 9 and made.encode() in held for made in obligation.made)
    if operator == "pseudonym":
        assert obligation.made[0] == obligation.made[1]
        assert decision.vault.restore(sent) == TEXT
        assert again.vault.restore(sent) != TEXT, "a vault is of one decision"
    else:
        assert decision.vault is None or decision.vault.restore(sent) == sent
    assert {one.verdict for one in replay(tmp_path / "log")} == {"agrees"}


def test_hashes_are_alike_under_one_key_alone() -> None:
    bundle, given = files(pii("hash")), said(SSN)
    keyed = [
        engine(bundle, redaction_key=key * 32).evaluate(given, supports={"redact"}, now=NOW)
        for key in (b"a", b"a", b"b")
    ]
    one, two, three = (decision.obligations[0].made for decision in keyed)
    assert one == two != three
    fresh = [engine(bundle).evaluate(given, supports={"redact"}) for _ in range(2)]
    assert fresh[0].obligations[0].made != fresh[1].obligations[0].made


def native() -> Iterator[tuple[str, Any, str]]:
    yield "mapping", said(TEXT), "mapping"
    yield "bytes", orjson.dumps(said(TEXT)), "bytes"
    yield "text", json.dumps(said(TEXT)), "text"


@pytest.mark.parametrize("operator", ["label", "mask"])
@pytest.mark.parametrize("form", ["mapping", "bytes", "text"])
def test_a_native_body_comes_back_in_its_form(form: str, operator: str) -> None:
    body = {name: made for name, made, _ in native()}[form]
    decision = ask(files(pii(operator)), body, supports={"redact"})
    sent = decision.apply(body)
    assert type(sent) is type(body)
    assert SSN not in (sent.decode() if isinstance(sent, bytes) else str(sent))
    assert isinstance(body, dict) is (form == "mapping")
    clean = ask(files(pii(operator)), said("fine"), supports={"redact"})
    unchanged: list[Any] = [b' {"messages" : [ ] }', '{"messages":[]} ', {"messages": []}]
    for untouched in unchanged:
        assert clean.apply(untouched) == untouched


CAPTURED = sorted(path.stem for path in SDK.glob("*.json"))


@pytest.mark.parametrize("name", CAPTURED)
@pytest.mark.parametrize("operator", ["label", "pseudonym"])
def test_a_captured_body_comes_back_in_its_shape(name: str, operator: str) -> None:
    """The bodies that the SDKs sent, as bytes, text and mapping."""
    captured = json.loads((SDK / f"{name}.json").read_bytes())["request"]["body"]
    format = ".".join(name.split("-")[:2])
    loaded = engine(files(pii(operator)))
    for body in (captured.encode(), captured, json.loads(captured)):
        decision = loaded.evaluate(from_body(format, body), supports={"redact"}, now=NOW)
        assert decision.allowed, decision.to_dict()
        sent = decision.apply(body)
        assert type(sent) is type(body)
        if not decision.obligations:
            assert sent == body
            continue
        held = sent.decode() if isinstance(sent, bytes) else sent
        document = json.loads(held) if isinstance(held, str) else held
        assert SSN not in json.dumps(document)
        assert shape(document) == shape(json.loads(captured))
        if decision.vault is not None:
            restored = json.loads(decision.vault.restore(json.dumps(document)))
            assert restored == json.loads(captured)


def shape(value: Any) -> Any:
    """A document without its texts; a text that holds JSON still holds it."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    if isinstance(value, str) and value.startswith("{"):
        return shape(json.loads(value))
    return type(value)


def test_no_body_is_made_of_a_deny() -> None:
    bundle = files(rule(), pii())
    decision = ask(bundle, said(SSN), supports={"redact"})
    for body in (said(SSN), b"{}", "{}"):
        with pytest.raises(Denied) as caught:
            decision.apply(body)
        assert caught.value.decision is decision
        assert "condition-met" in str(caught.value)
        assert SSN not in str(caught.value)


def test_another_body_than_was_judged_is_not_redacted_as_if() -> None:
    decision = ask(files(pii()), said(TEXT), supports={"redact"})
    with pytest.raises(ValueError, match="not the one that was judged"):
        decision.apply(said("short"))


# -- explaining


def test_a_request_is_explained() -> None:
    bundle = files(
        rule('request.model == "o3"', id="a"),
        rule('request.model == "gpt-4.1" && request.project.id == "p"', id="b"),
        rule("1 / 0 > 0", id="c"),
        rule('request.model == "gpt-4.1"', id="d", mode="warn"),
    )
    told = ask(bundle, {"model": "gpt-4.1"}).explain()
    assert (told.effect, told.value) == ("deny", "Indeterminate{DP}")
    rules = {trace.id: trace for trace in told.rules}
    assert {id_: trace.outcome for id_, trace in rules.items()} == {
        "a": "not_applicable",
        "b": "unknown",
        "c": "error",
        "d": "fired",
        "let-in": "fired",
    }
    assert rules["a"].facts == (("request.model", '"gpt-4.1"'),)
    assert "/project/id is not known" in rules["b"].why
    assert dict(rules["b"].facts)["request.project.id"] == "not supplied"
    assert rules["d"].mode == "warn"
    assert orjson.dumps(told.to_dict())
    assert "unknown" in str(told)


def test_an_answer_is_explained() -> None:
    bundle = files(rule('response.finish_reason == "length"', id="cut", on="[response]"))
    told = ask(bundle, {"type": "response", "finish_reason": "length"}).explain()
    assert [(trace.id, trace.outcome) for trace in told.rules] == [("cut", "fired")]
    assert told.rules[0].facts == (("response.finish_reason", '"length"'),)
    nobody = ask(files(), {"type": "response"}).explain()
    assert (nobody.effect, nobody.value, nobody.rules) == ("allow", "NotApplicable", ())


def test_a_snapshot_is_explained_by_resource() -> None:
    bundle = files(
        rule("limit.rpm > 4", id="low", on="[org_state]", over="limit"),
        rule("limit.rpm > 99", id="high", on="[org_state]", over="limit"),
    )
    given = {
        "type": "org_state",
        "limits": {"observed_at": NOW, "items": {"a": {"rpm": 5}, "b": {"rpm": 1}, "c": {}}},
    }
    told = ask(bundle, given).explain()
    assert [(trace.id, trace.at, trace.outcome) for trace in told.rules] == [
        ("high", "/limits/items/c", "unknown"),
        ("low", "/limits/items/a", "fired"),
        ("low", "/limits/items/c", "unknown"),
    ]
    none = ask(bundle, given | {"limits": {"observed_at": NOW, "items": {}}}).explain()
    assert {trace.outcome for trace in none.rules} == {"not_applicable"}


def test_what_was_not_decided_is_explained_too() -> None:
    told = ask(files(), b"{").explain()
    assert (told.effect, told.value, told.rules) == ("deny", None, ())


# -- closing


def test_an_open_log_stays_open_and_an_own_one_is_closed(tmp_path: Path) -> None:
    log = Log.open(tmp_path / "given")
    with engine(files(), log=log) as loaded:
        loaded.evaluate({}, now=NOW)
    log.append("decision", {"dec": "hmac:" + "0" * 64, "effect": "allow"}).wait()
    log.close()
    with engine(files(), log=tmp_path / "own"):
        pass
    Log.open(tmp_path / "own").close()


def test_nothing_is_recorded_without_a_log() -> None:
    decision = ask(files())
    assert decision.receipt is None
    assert decision.id


def test_a_vault_holds_as_many_values_as_an_input() -> None:
    vault = Vault()
    tokens = {vault.token("EMAIL_ADDRESS", f"a{number}@example.net") for number in range(66_000)}
    assert len(tokens) == 66_000
    values = [f"a{number}@example.net" for number in (0, 255, 256, 65_535, 65_536, 65_999)]
    text = " ".join(vault.token("EMAIL_ADDRESS", value) for value in values)
    assert vault.restore(text) == " ".join(values)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_not_absent(number: float) -> None:
    decision = ask(files(), {"params": {"temperature": number}})
    assert codes(decision) == ["invalid-input"]
    assert ask(files(), {"params": {"temperature": None}}).allowed


class Broken(Mapping[str, Any]):
    """A mapping that can't be read."""

    def __getitem__(self, key: str) -> Any:
        raise RuntimeError("canary")

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("canary")

    def __len__(self) -> int:
        return 1


def test_a_mapping_that_raises_is_an_input_that_cannot_be_read() -> None:
    itself: dict[str, Any] = {}
    itself["metadata"] = itself
    loaded = engine(files())
    for given in (Broken(), itself):
        for decision in (loaded.evaluate(given), asyncio.run(loaded.aevaluate(given))):
            assert (decision.effect, decision.value) == ("deny", None)
            assert codes(decision) == ["invalid-input"]
            assert "canary" not in str(decision.to_dict())


def test_media_in_a_request_built_by_hand_is_noticed() -> None:
    files = {
        "bundle.yaml": "{name: b, version: 1.0.0, revision: 1}",
        "rules/r.yaml": """
- {id: all, title: All, kind: expression, effect: permit, severity: info, when: has(request.model)}
- {id: pii, title: Pii, kind: pii.patterns, effect: deny, severity: low, params: {unscanned: deny}}
""",
    }
    image = {"type": "image_url", "image_url": {"url": "https://example.com/i.png"}}
    given = {"model": "m", "messages": [{"role": "user", "content": [image]}]}
    with engine(files) as loaded:
        decision = loaded.evaluate(given, now=NOW)
        assert [reason.code for reason in decision.reasons] == ["content-unscanned"]
        assert loaded.evaluate({**given, "messages": []}, now=NOW).allowed
