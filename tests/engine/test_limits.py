"""Counting through a whole engine: what is reserved, what is given back, what is recorded."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from harness import engine, registry
from log_kit import FaultySystem

from jurat import BundleError, Decision, Engine
from jurat.engine import replay
from jurat.engine._withheld import Withheld
from jurat.limits import MemoryLimits
from jurat.log import KeyStore, Log, LogUnavailable
from jurat.plugin import Counted, CounterUse

NOW = "2026-05-25T12:00:00Z"
HEAD = "{name: counted, version: 1.0.0, revision: 1}"
LET_IN = (
    '- {id: let-in, title: T, kind: expression, effect: permit, severity: info, when: "true"}\n'
)
RATE = """\
- {id: rate, title: T, kind: limits.rate, effect: deny, severity: high,
   params: {by: [actor], rpm: 2}}
"""
TOKENS = """\
- {id: tokens, title: T, kind: limits.rate, effect: deny, severity: high,
   params: {by: [actor], tpm: 1000}}
"""
SPEND = """\
- {id: budget, title: T, kind: limits.spend, effect: deny, severity: high,
   params: {budget: 1000, period: day}}
"""
MODELS = """\
- {id: models, title: T, kind: model.allowlist, effect: deny, severity: high,
   params: {models: [gpt-4.1]}}
"""
REDACT = """\
- {id: pii, title: T, kind: pii.patterns, effect: redact, severity: high,
   params: {entities: [US_SSN]}}
"""


def files(*rules: str, **more: str) -> dict[str, str]:
    return {"bundle.yaml": HEAD, "rules/r.yaml": LET_IN + "".join(rules), **more}


def call(actor: str = "ann", **fields: Any) -> dict[str, Any]:
    given = {"model": "gpt-4.1", "actor": {"id": actor}, "project": {"id": "p"}}
    return {**given, "estimated_tokens": 400, "estimated_cost": 300, **fields}


def ask(loaded: Engine, *args: Any, at: str = NOW, **fields: Any) -> Decision:
    return loaded.evaluate(call(*args, **fields), now=at)


def effects(decisions: Sequence[Decision]) -> str:
    return "".join("a" if decision.allowed else "d" for decision in decisions)


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


def held(loaded: Engine) -> dict[str, int]:
    """What the counters of the engine's own store hold."""
    store = loaded._limits._store
    assert isinstance(store, MemoryLimits)
    totals = {}
    for table in store._tables:
        for key, cells in table.counters.items():
            totals[key] = table.held(cells)
    return totals


# -- the limit


def test_what_is_over_the_limit_is_denied_until_the_window_has_passed() -> None:
    loaded = engine(files(RATE))
    assert effects([ask(loaded) for _ in range(4)]) == "aadd"
    assert ask(loaded, "bob").allowed
    assert effects([ask(loaded, at="2026-05-25T12:01:01Z") for _ in range(3)]) == "aad"


def test_the_reason_says_when_it_fits() -> None:
    loaded = engine(files(RATE))
    denied = [ask(loaded) for _ in range(3)][-1]
    (reason,) = denied.reasons
    assert denied.value == "Deny"
    assert reason.code == "rate-exceeded"
    assert reason.evidence["retry_after"] == 61
    assert ask(loaded, at="2026-05-25T12:01:01Z").allowed


def test_an_engine_has_counters_of_its_own_and_a_reload_keeps_them() -> None:
    loaded, other = engine(files(RATE)), engine(files(RATE))
    assert effects([ask(loaded), ask(loaded)]) == "aa"
    loaded.reload()
    assert not ask(loaded).allowed
    assert ask(other).allowed


def test_engines_may_share_a_store_and_bundles_are_counted_apart() -> None:
    store = MemoryLimits()
    one, same = engine(files(RATE), limits=store), engine(files(RATE), limits=store)
    other = engine(files(RATE) | {"bundle.yaml": HEAD.replace("counted", "other")}, limits=store)
    assert effects([ask(one), ask(same), ask(one), ask(same), ask(other)]) == "aadda"


# -- given back


@pytest.mark.parametrize(
    ("rules", "fields", "supports"),
    [
        (MODELS, {"model": "o3"}, ()),  # denied before anything is counted
        (SPEND, {"estimated_cost": 1001}, ()),  # denied by another counter
        (REDACT, {"messages": [{"role": "user", "content": "SSN 123-45-6789"}]}, ()),
    ],
    ids=["rule", "counter", "obligation"],
)
def test_a_deny_counts_nothing(rules: str, fields: dict[str, Any], supports: Any) -> None:
    loaded = engine(files(RATE, rules))
    for _ in range(5):
        assert not loaded.evaluate(call(**fields), now=NOW, supports=supports).allowed
    assert sum(held(loaded).values()) == 0
    assert effects([ask(loaded) for _ in range(3)]) == "aad"


def test_a_fault_of_the_log_gives_back(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "keys", notify=lambda told: None)
    broken: list[OSError] = []
    system = FaultySystem(lambda name, number: broken[0] if broken else None)
    with Log.open(tmp_path / "log", keys=keys, system=system) as log:
        loaded = engine(files(RATE), log=log)
        assert ask(loaded).allowed
        broken.append(OSError("no space"))
        denied = ask(loaded)
        assert "log-unavailable" in codes(denied)
        assert held(loaded) == {"counted/rate/rpm/actor/ann": 1}


ANN = "counted/rate/rpm/actor/ann"


@contextmanager
def failing(place: Path) -> Iterator[tuple[Engine, Callable[[], None]]]:
    """An engine whose log fails after decisions were returned, and what lets it."""
    keys = KeyStore(place / "keys", notify=lambda told: None)
    broken: list[OSError] = []
    system = FaultySystem(lambda name, number: broken[0] if broken else None)
    log = Log.open(place / "log", keys=keys, system=system, durability="release")
    loaded = engine(files(RATE), log=log)
    log.flush()  # of the load, too, there is a record
    yield loaded, lambda: broken.append(OSError("no space"))
    with suppress(LogUnavailable):  # the answer's record, which nobody waited for
        log.close()


@pytest.mark.parametrize("how", ["wait", "await", "many"])
async def test_who_is_told_later_that_it_must_not_stand_has_it_given_back(
    how: str, tmp_path: Path
) -> None:
    with failing(tmp_path) as (loaded, fail):
        fine = ask(loaded)
        assert fine.receipt.wait().seq == fine.receipt.seq
        fail()
        if how == "await":
            decision = await loaded.aevaluate(call(), now=NOW)
        elif how == "many":
            (decision,) = loaded.evaluate_many([call()], now=NOW)
        else:
            decision = ask(loaded)
        assert decision.allowed
        for _ in range(2):  # told twice, given back once
            with pytest.raises(LogUnavailable):
                _ = await decision.receipt if how == "await" else decision.receipt.wait()
            assert held(loaded) == {ANN: 1}


def test_a_call_that_was_answered_stays_counted(tmp_path: Path) -> None:
    with failing(tmp_path) as (loaded, fail):
        fail()
        decision = ask(loaded)
        loaded.evaluate({"type": "response", "messages": []}, parent=decision, now=NOW)
        with pytest.raises(LogUnavailable):
            decision.receipt.wait()
        assert held(loaded) == {ANN: 1}


def test_what_had_failed_before_the_decision_came_back_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing(tmp_path) as (loaded, fail):
        recorder = loaded._arming.recorder
        assert recorder is not None
        record = recorder.record

        def settled(*args: Any) -> Decision:
            decision = record(*args)
            while not decision.receipt.settled:
                time.sleep(0.001)
            return decision

        monkeypatch.setattr(recorder, "record", settled)  # a log that is quick to fail
        fail()
        decision = ask(loaded)
        with pytest.raises(LogUnavailable):
            decision.receipt.wait()
        assert held(loaded) == {ANN: 0}


class Slow:
    """A pending record that has no answer yet, and has had one."""

    settled = False
    seq = 7
    answers: list[Any] = [LogUnavailable("not yet"), "receipt", LogUnavailable("lost")]

    def wait(self, timeout: float | None = None) -> Any:
        answer = self.answers.pop(0)
        self.settled = not self.answers
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_what_may_still_stand_or_was_let_go_on_is_not_given_back() -> None:
    back: list[int] = []
    receipt = Withheld(Slow(), lambda: back.append(1))
    assert receipt.seq == 7
    with pytest.raises(LogUnavailable):
        receipt.wait(0)
    assert receipt.wait() == "receipt"
    with pytest.raises(LogUnavailable):
        receipt.wait()
    assert back == []


def test_rules_that_only_watch_count_and_deny_nothing() -> None:
    loaded = engine(files(RATE.replace("severity", "mode: warn, severity")))
    decisions = [ask(loaded) for _ in range(3)]
    assert effects(decisions) == "aaa"
    assert [len(decision.advice) for decision in decisions] == [0, 0, 1]
    assert decisions[-1].advice[0].code == "rate-exceeded"
    assert held(loaded) == {"counted/rate/rpm/actor/ann": 3}


def test_a_bundle_that_only_watches_counts_what_goes_through() -> None:
    shadow = files(RATE) | {"bundle.yaml": HEAD.replace("}", ", mode: shadow}")}
    loaded = engine(shadow)
    decisions = [ask(loaded) for _ in range(3)]
    assert effects(decisions) == "aaa"
    assert [decision.would and decision.would["effect"] for decision in decisions] == [
        "allow",
        "allow",
        "deny",
    ]


def test_only_what_a_rule_applies_to_is_counted() -> None:
    rule = RATE.replace("severity", """when: 'request.model == "gpt-4.1"', severity""")
    loaded = engine(files(rule))
    asked = [ask(loaded, model=model) for model in ("o3", "o3", "o3", "gpt-4.1", "gpt-4.1")]
    assert effects(asked) == "aaaaa"
    assert held(loaded) == {"counted/rate/rpm/actor/ann": 2}
    unknown = loaded.evaluate({"actor": {"id": "ann"}}, now=NOW)
    assert unknown.value == "Indeterminate{DP}"
    assert held(loaded) == {"counted/rate/rpm/actor/ann": 2}


def test_a_condition_that_holds_in_spite_of_what_is_unknown_is_counted() -> None:
    when = "request.provider == 'azure' || request.model == 'gpt-4.1'"
    loaded = engine(files(RATE.replace("severity", f'when: "{when}", severity')))
    assert effects([ask(loaded) for _ in range(3)]) == "aad"


def test_two_rules_may_share_a_counter_which_counts_once() -> None:
    def rule(name: str, rpm: int) -> str:
        params = f"{{by: [actor], rpm: {rpm}, counter: calls}}"
        return f"- {{id: {name}, title: T, kind: limits.rate, effect: deny, severity: high, params: {params}}}\n"

    loaded = engine(files(rule("small", 2), rule("large", 5)))
    decisions = [ask(loaded) for _ in range(3)]
    assert effects(decisions) == "aad"
    assert held(loaded) == {"counted/calls/rpm/actor/ann": 2}
    assert [reason.rule for reason in decisions[-1].reasons] == ["small"]


def test_several_bundles_count_in_one_step() -> None:
    org = files(RATE)
    team = {
        "bundle.yaml": HEAD.replace("counted", "team"),
        "rules/r.yaml": TOKENS.replace("1000", "500"),
    }
    loaded = engine(org, team)
    assert ask(loaded).allowed
    denied = ask(loaded)
    assert [reason.rule for reason in denied.reasons] == ["team/tokens"]
    assert held(loaded) == {"counted/rate/rpm/actor/ann": 1, "team/tokens/tpm/actor/ann": 400}


# -- corrected


def answer(**usage: Any) -> dict[str, Any]:
    return {"type": "response", "messages": [], "usage": usage}


PRICES = {"data/models.yaml": "gpt-4.1: {price: {input: 1000000, output: 4000000}}\n"}


def test_the_usage_of_the_response_takes_the_estimates_place() -> None:
    loaded = engine(files(RATE, TOKENS, SPEND, **PRICES))
    first = ask(loaded)
    expected = {
        "counted/rate/rpm/actor/ann": 1,
        "counted/tokens/tpm/actor/ann": 400,
        "counted/budget/spend/project/2026-05-25/p": 300,
    }
    assert held(loaded) == expected
    for _ in range(2):  # twice is as good as once
        loaded.evaluate(answer(input_tokens=10, output_tokens=20), parent=first, now=NOW)
        assert held(loaded) == expected | {
            "counted/tokens/tpm/actor/ann": 30,
            "counted/budget/spend/project/2026-05-25/p": 90,
        }
    loaded.evaluate(answer(output_tokens=999), parent=first, now=NOW)  # half of it says nothing
    loaded.evaluate({"type": "response", "messages": []}, parent=first, now=NOW)
    loaded.evaluate(answer(input_tokens=10, output_tokens=20), now=NOW)
    assert held(loaded)["counted/tokens/tpm/actor/ann"] == 30


def test_what_was_denied_is_not_corrected() -> None:
    loaded = engine(files(TOKENS))
    decisions = [ask(loaded) for _ in range(3)]
    assert effects(decisions) == "aad"
    loaded.evaluate(answer(input_tokens=10, output_tokens=20), parent=decisions[-1], now=NOW)
    assert held(loaded) == {"counted/tokens/tpm/actor/ann": 800}


# -- stores that fail or are late


@dataclass
class Store:
    """A store that does what it is told; it remembers what was given back."""

    answer: Callable[[Sequence[CounterUse]], Any]
    name: str = "told"
    deadline: timedelta | None = None
    back: list[Any] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)

    def reserve(self, uses: Sequence[CounterUse], now: datetime) -> Any:
        return self.answer(uses)

    def give_back(self, reserved: Any) -> None:
        self.back.append(reserved)
        self.gone.set()

    def correct(self, reserved: Any, actual: Mapping[str, int]) -> None:
        raise OSError("no route")


@dataclass
class Held:
    counted: Any


def raises(uses: Sequence[CounterUse]) -> Any:
    raise OSError("secret: ann")


def nothing_used(uses: Sequence[CounterUse]) -> Held:
    return Held({use.key: Counted(0) for use in uses})


@pytest.mark.parametrize(
    ("does", "why"),
    [
        (raises, "the limit store failed (OSError)"),
        (lambda uses: Held({}), "the limit store gave no count"),
        (lambda uses: None, "the limit store gave no count"),
    ],
    ids=["raises", "no counter", "nothing"],
)
def test_a_store_that_fails_leaves_the_counters_unknown(does: Any, why: str) -> None:
    loaded = engine(files(RATE), limits=Store(does))
    denied = ask(loaded)
    assert (denied.effect, denied.value) == ("deny", "Indeterminate{DP}")
    (reason,) = denied.reasons
    assert (reason.code, reason.at) == ("missing-fact", "/counters")
    assert why in reason.message
    assert "ann" not in reason.message
    lenient = engine(
        files(RATE.replace("severity", "on_error: ignore, severity")), limits=Store(does)
    )
    assert ask(lenient).allowed


def test_a_full_store_denies_and_says_so() -> None:
    loaded = engine(files(RATE), limits=MemoryLimits(most=1))
    assert ask(loaded).allowed
    denied = ask(loaded, "bob")
    assert "LimitsFull" in denied.reasons[0].message


def test_a_late_answer_is_given_back() -> None:
    def late(uses: Sequence[CounterUse]) -> Held:
        time.sleep(0.2)
        return nothing_used(uses)

    store = Store(late, deadline=timedelta(milliseconds=20))
    with engine(files(RATE), limits=store) as loaded:
        denied = ask(loaded)
        assert "did not answer in time" in denied.reasons[0].message
        assert store.gone.wait(5)
        assert len(store.back) == 1


def test_a_correction_that_fails_disturbs_nothing() -> None:
    loaded = engine(files(TOKENS), limits=Store(nothing_used))
    first = ask(loaded)
    assert loaded.evaluate(answer(input_tokens=1, output_tokens=1), parent=first, now=NOW).allowed


def test_a_store_is_named_by_its_plugin() -> None:
    known = replace(registry(), limit_stores={"told": Store(nothing_used)})
    assert ask(engine(files(RATE), limits="told", registry=known)).allowed
    with pytest.raises(ValueError, match="there are: told"):
        engine(files(RATE), limits="valkey", registry=known)
    for wrong in (MemoryLimits, 60):
        with pytest.raises(TypeError, match="like MemoryLimits"):
            engine(files(RATE), limits=wrong)


# -- threads and tasks


def test_threads_let_exactly_the_limit_through() -> None:
    loaded = engine(files(RATE.replace("rpm: 2", "rpm: 50")))
    allowed: list[bool] = []

    def run() -> None:
        allowed.extend(ask(loaded).allowed for _ in range(20))

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(allowed) <= 50
    assert held(loaded) == {"counted/rate/rpm/actor/ann": sum(allowed)}
    ask(loaded)
    while ask(loaded).allowed:
        pass
    assert held(loaded) == {"counted/rate/rpm/actor/ann": 50}


async def test_tasks_let_exactly_the_limit_through() -> None:
    loaded = engine(files(RATE))
    decisions = await asyncio.gather(*[loaded.aevaluate(call(), now=NOW) for _ in range(5)])
    assert effects(decisions).count("a") == 2
    assert held(loaded) == {"counted/rate/rpm/actor/ann": 2}


async def test_a_store_that_waits_does_not_hold_the_loop_up() -> None:
    def slow(uses: Sequence[CounterUse]) -> Held:
        time.sleep(0.15)
        return nothing_used(uses)

    store = Store(slow, deadline=timedelta(seconds=5))
    with engine(files(RATE), limits=store) as loaded:
        deciding = asyncio.ensure_future(loaded.aevaluate(call(), now=NOW))
        turns = 0
        while not deciding.done():
            await asyncio.sleep(0.01)
            turns += 1
        assert turns > 3
        assert (await deciding).allowed


async def test_a_decision_that_nobody_waits_for_is_given_back() -> None:
    def slow(uses: Sequence[CounterUse]) -> Held:
        time.sleep(0.1)
        return nothing_used(uses)

    store = Store(slow, deadline=timedelta(seconds=5))
    with engine(files(RATE), limits=store) as loaded:
        deciding = asyncio.ensure_future(loaded.aevaluate(call(), now=NOW))
        await asyncio.sleep(0.02)
        deciding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await deciding
        await asyncio.to_thread(store.gone.wait, 5)
        assert len(store.back) == 1


# -- recorded, replayed, explained


def test_records_replay_with_what_the_counters_held(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "keys", notify=lambda told: None)
    place = tmp_path / "log"
    all_of_them = files(RATE, SPEND, MODELS)
    with engine(all_of_them, log=Log.open(place, keys=keys)) as loaded:
        made = [ask(loaded), ask(loaded, model="o3"), ask(loaded), ask(loaded)]
        made.append(ask(loaded, "bob", estimated_cost=None))
        made += loaded.evaluate_many([call("eve"), call("eve"), call("eve")], now=NOW)
        assert loaded.log is not None
        loaded.log.close()
    assert effects(made) == "adaddadd"
    told = list(replay(place, keys=keys))
    assert [one.verdict for one in told] == ["agrees"] * len(made)
    narrower = files(RATE.replace("rpm: 2", "rpm: 1"), SPEND, MODELS)
    changed = [one.verdict for one in replay(place, bundle=narrower, keys=keys)]
    assert changed == ["agrees", "agrees", "changed"] + ["agrees"] * 5
    another = files(RATE.replace("id: rate", "id: other"))
    verdicts = [one.verdict for one in replay(place, bundle=another, keys=keys)]
    assert verdicts[0] == "changed"  # a counter that nobody read is unknown


def test_a_record_without_counters_replays(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "keys", notify=lambda told: None)
    log = Log.open(tmp_path / "log", keys=keys)
    lenient = SPEND.replace("severity", "on_error: ignore, severity")
    with engine(files(lenient), log=log, limits=Store(raises)) as loaded:
        assert ask(loaded).allowed
        loaded.reload()
    with engine(files(RATE, lenient), log=log, limits=Store(raises)) as loaded:
        assert not ask(loaded).allowed
    log.close()
    told = list(replay(tmp_path / "log", keys=keys))
    assert [(one.verdict, one.was[0]) for one in told] == [("agrees", "allow"), ("agrees", "deny")]


def test_explain_tells_what_was_decided() -> None:
    loaded = engine(files(RATE, MODELS))

    def outcomes(decision: Decision) -> dict[str, str]:
        return {trace.id: trace.outcome for trace in decision.explain().rules}

    assert outcomes(ask(loaded))["rate"] == "passed"
    ask(loaded)
    assert outcomes(ask(loaded))["rate"] == "fired"
    denied = ask(loaded, model="o3")
    assert outcomes(denied)["rate"] == "passed"  # taken so: nothing was counted
    assert denied.counts == {"fired": 2, "passed": 1}


# -- a bundle's own tests

CASES = """\
- {name: the third is denied, now: "2026-05-25T12:00:00Z",
   given: {actor: {id: ann}}, facts: {/counters: {rate/rpm/actor/ann: HELD}},
   expect: {effect: deny, fired: [rate], reasons: [rate-exceeded]}}
- {name: the first is not, now: "2026-05-25T12:00:00Z", given: {actor: {id: ann}},
   expect: {effect: allow, passed: [rate]}}
- {name: nobody knows, now: "2026-05-25T12:00:00Z", given: {actor: {id: ann}},
   facts: {/counters: null}, expect: {effect: deny, unknown: [rate]}}
"""


def test_a_case_says_what_counters_hold() -> None:
    engine(files(RATE, **{"tests/t.yaml": CASES.replace("HELD", "2")}))
    with pytest.raises(BundleError, match="the third is denied"):
        engine(files(RATE, **{"tests/t.yaml": CASES.replace("HELD", "1")}))


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ("{rate/rpm/actor/bob: 2}", "counted are rate/rpm/actor/ann"),
        ("{rate/rpm/actor/ann: -1}", "whole amounts"),
        ("7", "whole amounts"),
    ],
)
def test_a_case_that_names_what_is_not_counted_fails(facts: str, told: str) -> None:
    wrong = CASES.replace("{rate/rpm/actor/ann: HELD}", facts)
    with pytest.raises(BundleError, match=told):
        engine(files(RATE, **{"tests/t.yaml": wrong}))
