"""Hypothesis strategies over worlds and inputs, right by construction: nothing is filtered."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from worlds import (
    FIELDS,
    FLAGS,
    NUMBERS,
    STRINGS,
    And,
    Choose,
    Compare,
    Condition,
    Count,
    Divide,
    Has,
    IsNull,
    Not,
    Or,
    Order,
    Script,
    Waiver,
    World,
    WorldRule,
)

SEVERITIES = ("info", "low", "medium", "high", "critical")
SCRIPTED = ("model", "action", "provider", "actor.team", "project.environment")
OBLIGATIONS = ("redact", "route", "header")


def _subset(values: tuple[Any, ...], *, least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(
        st.sampled_from(values), unique=True, min_size=least, max_size=len(values)
    ).map(tuple)


@st.composite
def _compares(draw: st.DrawFn) -> Condition:
    path = draw(st.sampled_from(sorted(FIELDS)))
    op = draw(st.sampled_from(("==", "!=") if path in FLAGS else ("==", "!=", "in")))
    values = draw(_subset(FIELDS[path], least=1))
    return Compare(path, op, values if op == "in" else values[:1])


_leaves: st.SearchStrategy[Condition] = st.one_of(
    _compares(),
    _compares(),
    st.builds(
        Order, st.sampled_from(sorted(NUMBERS)), st.sampled_from("<>"), st.sampled_from((0, 10))
    ),
    st.builds(IsNull, st.sampled_from(sorted(STRINGS))),
    st.builds(Has, st.sampled_from(sorted(FIELDS))),
    st.builds(Divide, st.sampled_from(sorted(NUMBERS))),
)


def _deeper(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(And, several),
        st.builds(Or, several),
        st.builds(Not, inner),
        st.builds(Choose, inner, inner, inner),
    )


def conditions() -> st.SearchStrategy[Condition]:
    """Conditions over indexed and other fields of a request."""
    tree = st.recursive(_leaves, _deeper, max_leaves=5)
    return st.one_of(tree, st.builds(And, st.lists(tree, min_size=2, max_size=3).map(tuple)))


@st.composite
def _scripts(draw: st.DrawFn, effect: str) -> Script:
    path = draw(st.sampled_from(SCRIPTED))
    values = STRINGS[path]
    script = Script(
        path,
        fires=draw(_subset(values)),
        advises=draw(_subset(values)),
        raises=draw(st.one_of(st.just(()), st.just(()), _subset(values))),
    )
    if effect == "redact":
        operator = draw(st.sampled_from(("label", "remove", "mask", "hash")))
        script = replace(script, span=draw(st.sampled_from((0, 1))), operator=operator)
    elif effect == "require" and draw(st.booleans()):
        script = replace(script, header=draw(st.sampled_from(("a", "a", "b"))))
    elif effect == "require":
        script = replace(script, endpoints=draw(_subset(("e1", "e2", "e3"), least=1)))
    if effect in ("redact", "require"):
        script = replace(script, denies=draw(st.one_of(st.just(()), _subset(values))))
    return script


@st.composite
def rules(draw: st.DrawFn, id: str, *, effects: tuple[str, ...] = ()) -> WorldRule:
    """One rule. A permit is an expression in enforce mode, a redact is scripted."""
    drawn = effects or ("permit", "permit", "deny", "deny", "redact", "require", "advise")
    effect = draw(st.sampled_from(drawn))
    scripted = effect == "redact" or (effect != "permit" and draw(st.booleans()))
    when = draw(st.one_of(st.none(), conditions()) if scripted else conditions())
    enforce_mostly = ("enforce", "enforce", "enforce", "warn", "shadow")
    return WorldRule(
        id,
        effect,
        when=when,
        script=draw(_scripts(effect)) if scripted else None,
        severity=draw(st.sampled_from(SEVERITIES)),
        mode="enforce" if effect == "permit" else draw(st.sampled_from(enforce_mostly)),
        on_error=draw(st.sampled_from(("deny", "deny", "ignore"))) if effect == "deny" else "deny",
        header=draw(st.sampled_from(("a", "a", "b"))),
    )


@st.composite
def counting_rules(draw: st.DrawFn, id: str) -> WorldRule:
    """A rule that counts requests by a field, and lets none, one or two through."""
    effect = draw(st.sampled_from(("deny", "deny", "deny", "advise")))
    path = draw(st.sampled_from((*SCRIPTED, "actor.id")))
    return WorldRule(
        id,
        effect,
        when=draw(st.one_of(st.none(), st.none(), conditions())),
        severity=draw(st.sampled_from(SEVERITIES)),
        mode=draw(st.sampled_from(("enforce", "enforce", "enforce", "warn", "shadow"))),
        on_error=draw(st.sampled_from(("deny", "ignore"))) if effect == "deny" else "deny",
        count=Count(path, draw(st.integers(0, 2))),
    )


_ROWS: dict[str, st.SearchStrategy[Any]] = {
    "projects": st.dictionaries(
        st.sampled_from(STRINGS["project.id"]),
        st.fixed_dictionaries(
            {},
            optional={
                "environment": st.sampled_from(STRINGS["project.environment"]),
                "residency": st.sampled_from(STRINGS["project.residency"]),
            },
        ),
        min_size=1,
    ),
    "service_accounts": st.dictionaries(
        st.sampled_from(("svc-a", "svc-b")),
        st.fixed_dictionaries(
            {},
            optional={
                "team": st.sampled_from(STRINGS["actor.team"]),
                "kind": st.sampled_from(("service_account", "workload")),
            },
        ),
        min_size=1,
    ),
    "users": st.dictionaries(
        st.sampled_from(("u-1", "svc-b")),
        st.fixed_dictionaries({}, optional={"team": st.sampled_from(STRINGS["actor.team"])}),
        min_size=1,
    ),
}


def _apart(tables: dict[str, Any]) -> dict[str, Any]:
    """No id is both a user and a service account: a bundle that has one is not loaded."""
    accounts = tables.get("service_accounts", {})
    return {
        name: {id_: row for id_, row in rows.items() if name != "users" or id_ not in accounts}
        for name, rows in tables.items()
    }


@st.composite
def worlds(
    draw: st.DrawFn, *, least: int = 0, most: int = 6, name: str = "law", modes: bool = True
) -> World:
    """A bundle: rules, sometimes with tables, assumptions, waivers, a mode of its own."""
    count = draw(st.integers(least, most))
    made = tuple(draw(rules(f"r{number}")) for number in range(count))
    tables = _apart(draw(st.one_of(st.just({}), st.fixed_dictionaries({}, optional=_ROWS))))
    assumable = draw(st.one_of(st.just(()), _subset(tuple(sorted(FIELDS)))))
    waivable = [rule.id for rule in made if rule.effect != "permit"]
    waivers = draw(
        st.lists(
            st.builds(
                Waiver,
                st.sampled_from(waivable),
                st.one_of(st.none(), conditions()),
                st.sampled_from((False, False, True)),
            ),
            max_size=2,
        )
        if waivable
        else st.just([])
    )
    return World(
        made,
        name=name,
        mode=draw(st.sampled_from(("enforce",) * 4 + ("warn", "shadow"))) if modes else "enforce",
        assume={path: draw(st.sampled_from(FIELDS[path])) for path in assumable},
        tables=tables,
        waivers=tuple(waivers),
    )


@st.composite
def inputs(draw: st.DrawFn) -> dict[str, Any]:
    """A request: every field set, null or not sent, and so every parent."""
    given: dict[str, Any] = {"messages": [{"role": "user", "content": "0123456789"}]}
    parents: dict[str, Any] = {}
    for path, values in FIELDS.items():
        state = draw(st.sampled_from(("set", "set", "set", "null", "unset")))
        if state == "unset":
            continue
        value = draw(st.sampled_from(values)) if state == "set" else None
        *parent, name = path.split(".")
        if parent:
            parents.setdefault(parent[0], {})[name] = value
        else:
            given[name] = value
    for parent_name, fields in parents.items():
        state = draw(st.sampled_from(("set",) * 8 + ("null", "unset")))
        if state != "unset":
            given[parent_name] = fields if state == "set" else None
    return given


def supports() -> st.SearchStrategy[frozenset[str]]:
    """What the caller declares that it can do: everything, mostly."""
    some = st.frozensets(st.sampled_from(OBLIGATIONS))
    return st.one_of(st.just(frozenset(OBLIGATIONS)), st.just(frozenset(OBLIGATIONS)), some)
