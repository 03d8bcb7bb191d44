"""Inputs guided by a bundle: its rules fire and pass, and one that never fires is told."""

import subprocess
import sys
import warnings
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from jurat import BundleError, Decision, Engine, OrgState, Request, Response
from jurat.engine import outcomes_by_rule, shipped
from jurat.testing import (
    UNSENT,
    NeverFired,
    Tally,
    clock_of,
    given_org_states,
    given_requests,
    given_responses,
    org_states_for,
    profile,
    requests_for,
    responses_for,
)
from jurat.testing._mentions_collect import leaves

STRATEGIES: Any = {
    "request": requests_for,
    "response": responses_for,
    "org_state": org_states_for,
}


def fixed(examples: int) -> settings:
    """The same draws in each run."""
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
    )


MINI = {
    "bundle.yaml": "{name: mini, version: 1.0.0, revision: 1}",
    "rules/r.yaml": """
- {id: callers, title: Who, kind: expression, effect: permit, severity: info,
   when: 'request.actor.id in ["ann", "ben"]'}
- {id: models, title: Which, kind: model.allowlist, effect: deny, severity: high,
   params: {models: [gpt-4.1]}}
- {id: age, title: How old, kind: credential.age, effect: deny, severity: high,
   params: {max_age: 60d}}
- {id: often, title: How often, kind: limits.rate, effect: deny, severity: high,
   params: {by: [actor], rpm: 10}}
""",
}
DEAD = {
    **MINI,
    "rules/dead.yaml": """
- {id: dead, title: Never, kind: expression, effect: deny, severity: high,
   when: 'request.model == "gpt-4.1" && request.model == "o4-mini"'}
""",
}
NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)


def sent(value: Any) -> dict[str, Any]:
    plain: dict[str, Any] = value.model_dump(mode="json", exclude_unset=True, by_alias=True)
    return plain


def least(strategy: st.SearchStrategy[Any], condition: Any) -> Any:
    how = settings(
        max_examples=2000,
        database=None,
        derandomize=True,
        phases=(Phase.generate, Phase.shrink),
    )
    return find(strategy, condition, settings=how)


# -- the rules of the bundles that ship --------------------------------------------------------


@cache
def tally_of(name: str) -> Tally:
    return Tally(name)


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_rule_of_a_shipped_bundle_fires_and_rests(name: str) -> None:
    tally = tally_of(name)
    bundle = tally.engine.plans[0].bundle
    stops = {rule.id for rule in bundle.rules if rule.kind == "kill.switch"}
    for input, guided in STRATEGIES.items():
        judged = {r.id for r in bundle.rules if any(one.input == input for one in r.judges)}
        if not judged:
            continue
        tally.rules.clear()
        tally.inputs.clear()

        @fixed(220 if input == "request" else 100)
        @given(guided(tally.engine))
        def judge(drawn: Any) -> None:
            tally.evaluate(drawn)

        judge()
        assert set(tally.rules) == judged
        assert set(tally.never_fired) <= stops
        for rule, did in tally.rules.items():
            assert did["passed"] + did["not_applicable"], f"{rule} always fires"


@pytest.mark.parametrize("input", sorted(STRATEGIES))
def test_what_is_drawn_is_valid(input: str) -> None:
    @settings(max_examples=60, deadline=None)
    @given(STRATEGIES[input](tally_of("agents-and-tools").engine))
    def valid(drawn: Any) -> None:
        assert type(drawn).model_validate(sent(drawn)) == drawn
        assert input == "org_state" or drawn.time is not None

    valid()


# -- what is drawn -----------------------------------------------------------------------------


@given(requests_for(MINI, now=NOW, model=st.sampled_from(["gpt-4.1", None]), source=UNSENT))
def test_fields_and_the_clock_are_given(request: Request) -> None:
    assert request.time == NOW
    assert request.model in ("gpt-4.1", None)
    assert "source" not in request.model_fields_set


@given(requests_for(Engine.load(MINI)))
def test_an_engine_guides_as_its_bundle_does(request: Request) -> None:
    assert isinstance(request, Request)


def test_a_name_that_is_no_field() -> None:
    with pytest.raises(TypeError, match=r"requests_for\(\) has no option 'modle'; did you mean m"):
        requests_for(MINI, modle="gpt-4.1")


def test_a_bundle_that_cannot_load_is_told_when_the_test_begins() -> None:
    strategy = requests_for({"bundle.yaml": "{name: x}"})
    with pytest.raises(BundleError):
        strategy.validate()
    with pytest.raises(BundleError, match="starter"):
        requests_for("startr").validate()


def test_one_bundle_guides() -> None:
    other = {**MINI, "bundle.yaml": "{name: other, version: 1.0.0, revision: 1}"}
    with pytest.raises(ValueError, match="one bundle guides a strategy, and these are 2"):
        requests_for(Engine.load([MINI, other])).validate()


@pytest.mark.parametrize("rule", ["callers", "models", "age"])
def test_what_makes_a_rule_fire_shrinks_to_little(rule: str) -> None:
    engine = Engine.load(MINI)

    def fires(request: Request) -> bool:
        decision = engine.evaluate(request, now=request.time)
        return "fired" in outcomes_by_rule(decision)[rule]

    found = sent(least(requests_for(MINI), fires))
    assert len(list(leaves("request", found))) <= 3


def test_an_age_shrinks_to_a_second_over_the_limit_or_to_null() -> None:
    tally = Tally(MINI)
    strategy = requests_for(MINI, now=NOW)
    found = least(strategy, lambda drawn: _fires(tally, "age", drawn))
    (field,) = sent(found)["actor"]["credential"].items()
    assert field in {
        ("created_at", None),
        ("created_at", "2026-03-26T11:59:59Z"),
        ("status", "revoked"),
    }


def _fires(tally: Tally, rule: str, request: Request) -> bool:
    return "fired" in outcomes_by_rule(tally.evaluate(request))[rule]


def test_a_counterexample_can_be_pasted() -> None:
    @settings(max_examples=200, database=None, derandomize=True)
    @given(requests_for(MINI))
    def holds(request: Request) -> None:
        assert request.model != "gpt-4.1"

    with pytest.raises(AssertionError) as caught:
        holds()
    (note,) = [note for note in caught.value.__notes__ if "Request.model_validate" in note]
    pasted = note[note.index("Request.model_validate") : note.rindex(")")].rstrip(" ,\n")
    assert eval(pasted, {"Request": Request}).model == "gpt-4.1"


# -- the tally ---------------------------------------------------------------------------------


def request_of(**fields: Any) -> Request:
    return Request.model_validate({"time": "2026-05-25T12:00:00Z", **fields})


ANN = {"id": "ann", "credential": {"created_at": "2026-05-01T12:00:00Z"}}


def test_a_tally_counts_what_each_rule_did() -> None:
    tally = Tally(MINI)
    assert tally.evaluate(request_of(model="gpt-4.1", actor=ANN)).allowed
    assert not tally.evaluate(request_of(model="o4-mini", actor={"id": "ben"})).allowed
    assert tally.inputs == {"request": 2}
    assert tally.effects == {"allow": 1, "deny": 1}
    assert tally.rules["models"] == {"passed": 1, "fired": 1}
    assert tally.rules["age"] == {"passed": 1, "unknown": 1}
    assert tally.never_fired == ("age",)
    lines = tally.summary()
    assert lines[0] == "2 requests, 1 allowed, 1 denied"
    assert "  age      passed 1, unknown 1  (never fired)" in lines


def test_a_tally_counts_nothing_between_inputs_and_shows_used_up_counters() -> None:
    tally = Tally(MINI)
    decisions = {tally.evaluate(request_of(model="gpt-4.1", actor=ANN)).allowed for _ in range(50)}
    assert decisions == {True}
    assert tally.rules["often"]["fired"] == 50
    assert tally.rules["often"]["passed"] == 50


def test_a_tally_takes_the_clock_of_the_input() -> None:
    tally = Tally(MINI)
    old = {"id": "ann", "credential": {"created_at": "2026-01-01T00:00:00Z"}}
    assert not tally.evaluate(request_of(model="gpt-4.1", actor=old)).allowed
    assert tally.evaluate(
        request_of(model="gpt-4.1", actor=old), now="2026-01-02T00:00:00Z"
    ).allowed
    untimed = Request.model_validate({"model": "gpt-4.1"})
    assert tally.evaluate(untimed).now == clock_of(MINI) == NOW


def test_a_tally_judges_models_alone() -> None:
    with pytest.raises(TypeError, match="a Request, a Response or an OrgState"):
        Tally(MINI).evaluate({"model": "gpt-4.1"})  # type: ignore[arg-type]  # that is the test


def test_a_rule_that_never_fired_is_told() -> None:
    with (
        pytest.warns(NeverFired, match="rules age, often never fired in 1 r"),
        Tally(MINI) as tally,
    ):
        tally.evaluate(request_of(model="o4-mini", actor=ANN))


def test_nothing_is_told_of_a_run_that_failed() -> None:
    def fails() -> None:
        with Tally(MINI) as tally:
            tally.evaluate(request_of(model="o4-mini", actor=ANN))
            raise ZeroDivisionError

    with warnings.catch_warnings(record=True) as told, pytest.raises(ZeroDivisionError):
        fails()
    assert not told


def test_all_must_fire_but_those_exempt() -> None:
    def run(**options: Any) -> None:
        with Tally(MINI, **options) as tally:
            tally.evaluate(request_of(model="o4-mini", actor=ANN))

    with pytest.raises(AssertionError, match="rules age, often never fired") as caught:
        run(must_fire="all")
    assert "models   fired 1" in str(caught.value)
    run(must_fire="all", exempt=["age", "often"])
    run(must_fire=["models"])
    run(must_fire=())
    with pytest.raises(AssertionError, match="rule age never fired in 1 request, so"):
        run(must_fire=["age", "models"])


def test_rules_that_do_not_exist_are_not_named() -> None:
    with pytest.raises(ValueError, match="exempt: there is no rule 'modles'; did you mean models"):
        Tally(MINI, exempt=["modles"])
    with pytest.raises(ValueError, match="must_fire: there is no rule 'nothing'"):
        Tally(MINI, must_fire=["nothing"])


def test_a_tally_of_several_bundles_names_rules_with_their_bundle() -> None:
    other = {**MINI, "bundle.yaml": "{name: other, version: 1.0.0, revision: 1}"}
    tally = Tally(Engine.load([MINI, other]))
    tally.evaluate(request_of(model="o4-mini", actor=ANN))
    assert tally.rules["mini/models"] == tally.rules["other/models"] == {"fired": 1}


# -- decorators --------------------------------------------------------------------------------


def test_the_decision_comes_with_the_request(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[tuple[str, Decision, Tally]] = []

    @given_requests(MINI)
    @fixed(150)
    def every(request: Request, decision: Decision, tally: Tally) -> None:
        assert decision.now == request.time
        seen.append((decision.effect, decision, tally))

    every()
    assert {effect for effect, _, _ in seen} == {"allow", "deny"}
    assert len({id(tally) for _, _, tally in seen}) == 1
    assert capsys.readouterr().out.splitlines() == list(seen[0][2].summary())


def test_each_run_is_counted_by_itself() -> None:
    tallies: list[Tally] = []

    @given_requests(MINI)
    @fixed(100)
    def every(request: Request, tally: Tally) -> None:
        tallies.append(tally)

    every()
    every()
    first, second = {id(tally): tally for tally in tallies}.values()
    assert first.inputs == second.inputs


def test_a_dead_rule_is_told_though_the_test_passes() -> None:
    @given_requests(DEAD)
    @fixed(60)
    def passes(request: Request) -> None:
        assert request.time

    with pytest.warns(NeverFired, match="rule dead never fired in 60 requests"):
        passes()


def test_a_dead_rule_fails_where_all_must_fire() -> None:
    @given_requests(DEAD, must_fire="all")
    @fixed(60)
    def passes(request: Request) -> None:
        assert request.time

    with pytest.raises(AssertionError, match="rule dead never fired"):
        passes()


def test_fixtures_and_methods_go_through() -> None:
    seen = []

    class Case:
        @given_requests(MINI, must_fire=(), model="gpt-4.1")
        @fixed(5)
        def method(self, request: Request, tmp: str) -> None:
            assert request.model == "gpt-4.1"
            seen.append(tmp)

    Case().method(tmp="x")
    assert set(seen) == {"x"}


@given_responses("starter", must_fire="all")
@fixed(40)
def test_responses_with_their_decisions(response: Response, decision: Decision) -> None:
    assert decision.effect in ("allow", "deny")


@given_org_states("agents-and-tools", now=NOW, must_fire=())
@fixed(20)
def test_snapshots_with_their_decisions(org_state: OrgState, decision: Decision) -> None:
    assert decision.now == NOW


def test_a_test_must_take_what_is_drawn() -> None:
    with pytest.raises(TypeError, match="the test must take `request`"):

        @given_requests(MINI)
        def nothing(decision: Decision) -> None: ...


def test_settings_above_the_decorator_are_refused_by_pytest(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("""
from hypothesis import settings
from jurat.testing import given_requests

@settings(max_examples=5)
@given_requests("starter")
def test_it(request):
    pass
""")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Using `@settings` on a test without `@given`" in done.stdout


# -- profiles, and what is there without hypothesis --------------------------------------------


def test_profiles() -> None:
    assert profile("quick").max_examples == 100
    assert profile("nightly").max_examples > profile("ci").max_examples == 1000
    assert settings.get_profile("jurat-ci").max_examples == 1000
    with pytest.raises(ValueError, match="did you mean nightly"):
        profile("nighly")


@given_requests(MINI, must_fire="all")
@settings(profile("quick"), derandomize=True, database=None)
def test_three_lines(request: Request, decision: Decision) -> None:
    if decision.allowed:  # a dated version of a model that is listed is that model
        assert request.model is not None
        assert request.model.startswith("gpt-4.1")


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_hypothesis_the_message_says_what_to_install() -> None:
    printed = run("""
import sys
sys.modules["hypothesis"] = None
import jurat.testing
from jurat.testing import documents, mentions, UNSENT
for name in ("requests", "requests_for", "Tally", "rules"):
    try:
        getattr(jurat.testing, name)
    except ImportError as error:
        print(error)
try:
    jurat.testing.profile("ci")
except ImportError as error:
    print(error)
""")
    assert printed.splitlines() == [
        f"jurat.testing.{name} needs hypothesis: pip install 'jurat[testing]'"
        for name in ("requests", "requests_for", "Tally", "rules", "profile")
    ]


BLIND = "import sys; from hypothesis import given, settings, strategies as st\n"
USE = """
import jurat
from jurat.model import Credential
from jurat.bundle import Bundle

@settings(max_examples=4, deadline=None)
@given(st.data())
def use(data):
    for kind in (jurat.Request, jurat.Response, jurat.OrgState, Credential, jurat.Decision, Bundle):
        assert isinstance(data.draw(st.from_type(kind)), kind)

use()
print("drawn", *[f for f in sys.meta_path if "jurat" in type(f).__module__])
"""


@pytest.mark.parametrize(
    "code",
    [
        f"{BLIND}assert 'jurat.model' not in sys.modules and 'pydantic' not in sys.modules\n{USE}",
        f"import jurat.model, jurat.plan\n{BLIND}{USE}",
    ],
    ids=["hypothesis first", "jurat first"],
)
def test_types_are_known_to_hypothesis(code: str) -> None:
    assert run(code) == "drawn\n"
