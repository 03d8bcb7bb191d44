"""The laws can fail: each rule that is broken on purpose breaks the law that it should."""

import pytest
from broken_rules import RULE, BrokenRule, broken_rules
from harness import registry
from hypothesis import strategies as st

from jurat.bundle import load_bundle
from jurat.engine import plan_of, run_cases, versions_of
from jurat.testing import LAWS, LawBroken, run_laws

# those that show in one process: the others are in test_laws_apart
BROKEN = {name: broken for name, broken in broken_rules().items() if not broken.elsewhere}
each = pytest.mark.parametrize("name", BROKEN)
CHANCY = {"draws_at_random", "is_slow"}  # what they do differs from time to time
FEW = 40  # inputs


def breach(broken: BrokenRule, seed: int | None = 1, **how: object) -> LawBroken:
    with pytest.raises(LawBroken) as caught:
        LAWS[broken.law](
            broken.files(),
            registry=broken.registry,
            seed=seed,
            max_examples=FEW,
            **broken.how,
            **how,  # type: ignore[arg-type]  # options of a law
        )
    return caught.value


def test_every_law_can_fail() -> None:
    assert {broken.law for broken in BROKEN.values()} == set(LAWS)
    assert len(BROKEN) >= 20


@each
@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_caught_and_named(name: str, seed: int) -> None:
    found = breach(BROKEN[name], seed)
    assert found.law == BROKEN[name].law
    assert found.rule == RULE
    assert found.place == "rules/rules.yaml:1"
    assert found.seed in (seed, None)  # examples are not searched for


@pytest.mark.parametrize("name", sorted(set(BROKEN) - CHANCY))
def test_the_same_seed_finds_the_same(name: str) -> None:
    first = breach(BROKEN[name], 3)
    assert (breach(BROKEN[name], 3).case, first.case.count("\n- name")) == (first.case, 0)


@pytest.mark.parametrize(
    "law", sorted(set(LAWS) - {"total", "examples-hold"})
)  # not what takes time
def test_the_seed_that_is_told_finds_it_again(law: str) -> None:
    broken = next(one for name, one in BROKEN.items() if one.law == law and name not in CHANCY)
    first = breach(broken, None)
    assert breach(broken, first.seed).case == first.case


@each
def test_its_case_is_taken_by_jurat_test(name: str) -> None:
    """Pasted into the bundle's tests, it is read and decided; what it expects is not so yet where
    the law says what should be."""
    broken = BROKEN[name]
    found = breach(broken)
    files = {**broken.files(), "tests/laws.yaml": found.case}
    bundle, problems = load_bundle(files, broken.registry)
    assert not problems, "\n".join(map(str, problems))
    assert bundle is not None
    (result,) = run_cases(plan_of(bundle, broken.registry, versions_of(broken.registry)))
    assert result.decision is not None
    if broken.law == "missing-never-widens":
        assert result.failures


@pytest.mark.parametrize("name", ["breaks_on_null", "widens_on_a_missing_fact"])
def test_what_is_told_is_the_least(name: str) -> None:
    case = breach(BROKEN[name]).case
    assert case.count("\n") <= 5
    assert {"breaks_on_null": "given: {model: null}"}.get(name, "given: {actor: {}}") in case


def test_what_is_told() -> None:
    told = str(breach(BROKEN["reads_the_clock"]))
    assert "law pure is broken by rule broken of bundle trial (rules/rules.yaml:1)" in told
    assert "its check reads the clock" in told
    assert "in reads_the_clock.py:" in told
    assert "seed=1" in told


def test_other_rules_of_the_bundle_are_told_of_too() -> None:
    """One breach hides no other: the law is tried again for the rest."""
    broken = BROKEN["breaks_on_null"]
    files = broken.files()
    files["rules/more.yaml"] = files["rules/rules.yaml"].replace(f'"{RULE}"', '"second"')
    files["rules/more.yaml"] = files["rules/more.yaml"].replace('"anyone"', '"everyone"')
    (result,) = run_laws(files, laws=["total"], registry=broken.registry, seed=1, max_examples=FEW)
    assert [one.rule for one in result.broken] == [RULE, "second"]


def test_only_the_rule_that_is_asked_for() -> None:
    broken = BROKEN["breaks_on_null"]
    how = {"registry": broken.registry, "seed": 1, "max_examples": FEW}
    LAWS["total"](broken.files(), rule="anyone", **how)  # type: ignore[arg-type]  # options
    with pytest.raises(LawBroken):
        LAWS["total"](broken.files(), rule=RULE, **how)  # type: ignore[arg-type]  # options


def test_a_users_strategy_is_searched_and_shrunk() -> None:
    broken = BROKEN["breaks_on_null"]
    text = st.text(min_size=1)
    inputs = st.fixed_dictionaries(
        {"model": st.none() | text}, optional={"action": text, "provider": text}
    )
    found = breach(broken, inputs=inputs)
    assert "given: {model: null}" in found.case


def test_a_rule_that_keeps_state_is_caught_with_a_strategy_too() -> None:
    """Hypothesis finds that the same input does not fail again: that is the breach itself."""
    inputs = st.fixed_dictionaries({"model": st.sampled_from(["a", "b"])})
    assert breach(BROKEN["keeps_state"], inputs=inputs).law == "deterministic"


def test_laws_that_a_rule_holds_to_hold() -> None:
    """A sound rule beside them breaks nothing: what catches the others is not the bench."""
    files = BROKEN["breaks_on_null"].files()
    files["rules/rules.yaml"] = files["rules/rules.yaml"].replace(
        '"broken.breaks_on_null"', '"expression"'
    )
    files["rules/rules.yaml"] = files["rules/rules.yaml"].replace(
        '"params": {}', '"when": "request.model == \'gpt-4.1\'"'
    )
    for result in run_laws(files, registry=registry(), seed=1, max_examples=FEW):
        assert not result.broken, result.broken[0]
