"""A snapshot is judged resource by resource: counts and value as worked out by hand."""

from typing import Any

from harness import engine
from hypothesis import given
from hypothesis import strategies as st
from reference import Policy, Rule, Truth, decide, outcome
from worlds import NOW, UNSET, Condition, Divide, Has, IsNull, Or, Order, cel, truth

FIELDS = ("rpm", "tpm")
_leaves: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Order, st.sampled_from(FIELDS), st.sampled_from("<>"), st.sampled_from((0, 10))),
    st.builds(IsNull, st.sampled_from(FIELDS)),
    st.builds(Has, st.sampled_from(FIELDS)),
    st.builds(Divide, st.sampled_from(FIELDS)),
)
conditions = st.one_of(_leaves, st.builds(Or, st.tuples(_leaves, _leaves)))
items = st.dictionaries(
    st.sampled_from(("l1", "l2", "l3")),
    st.fixed_dictionaries(
        {}, optional={name: st.sampled_from((0, 5, 50, None)) for name in FIELDS}
    ),
)
rules = st.lists(
    st.tuples(conditions, st.sampled_from(("enforce", "enforce", "warn")), st.booleans()),
    max_size=4,
)
KINDS = ("passed", "fired", "unknown", "error", "waived")


def bundle(made: list[tuple[Condition, str, bool]]) -> dict[str, str]:
    files = {"bundle.yaml": "{name: state, version: 1.0.0, revision: 1}"}
    if made:
        files["rules/r.yaml"] = "".join(
            f"- {{id: r{number}, title: R, kind: expression, on: [org_state], over: limit, "
            f"effect: deny, severity: low, mode: {mode}, "
            f"on_error: {'ignore' if ignore else 'deny'}, "
            f'when: "{cel(when).replace("request.", "limit.")}"}}\n'
            for number, (when, mode, ignore) in enumerate(made)
        )
    return files


@given(rules, st.none() | items, st.booleans())
def test_a_snapshot_is_the_sum_of_its_resources(
    made: list[tuple[Condition, str, bool]], limits: dict[str, Any] | None, fresh: bool
) -> None:
    """A collection that is missing or stale is unknown; an empty one is known to be empty."""
    given: dict[str, Any] = {"type": "org_state"}
    if limits is not None:
        observed = "2026-05-25T11:00:00Z" if fresh else "2026-05-20T11:00:00Z"
        given["limits"] = {"source": "made", "observed_at": observed, "items": limits}
    decision = engine(bundle(made)).evaluate(given, now=NOW)
    judged: list[Rule] = []
    counts: dict[str, dict[str, int]] = {}
    for number, (when, mode, ignore) in enumerate(made):
        of_rule = [
            Rule(
                f"r{number}",
                "deny",
                rest=truth(when, {name: item.get(name, UNSET) for name in FIELDS}),
                mode="warn" if mode == "warn" else "enforce",
                on_error="ignore" if ignore else "deny",
            )
            for item in (limits or {}).values()
        ]
        if limits is None or not fresh:
            of_rule = [unknown_all(number, mode, ignore)]
        else:
            told = [outcome(rule) for rule in of_rule]
            counts[f"r{number}"] = {kind: told.count(kind) for kind in KINDS}
        judged += of_rule
    # with no resource to judge, the rules are there all the same
    judged.append(Rule("there", "deny", rest=Truth.FALSE))
    expected = decide((Policy(tuple(judged) if made else ()),), input="org_state")
    assert (decision.effect, decision.value) == (expected.effect, expected.value)
    assert decision.allowed or decision.reasons
    if limits is not None and fresh:
        told_counts = {
            rule: {kind: count for kind, count in told.items() if kind in KINDS}
            for rule, told in (decision.rules or {}).items()
        }
        assert told_counts == counts


def unknown_all(number: int, mode: str, ignore: bool) -> Rule:
    """A rule whose whole collection is unknown."""
    return Rule(
        f"r{number}",
        "deny",
        rest=Truth.UNKNOWN,
        mode="warn" if mode == "warn" else "enforce",
        on_error="ignore" if ignore else "deny",
    )
