"""What a person must still do: no rule can, and no report on rules may hide it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ._data import FrameworkPart, RuleLine

_SHOWN = 10  # names in one sentence


def duties(
    frameworks: Sequence[FrameworkPart],
    rules: Iterable[RuleLine],
    unknown: Mapping[str, tuple[str, ...]],
) -> Iterator[str]:
    """Sentences, the report's own findings first, then what always remains."""
    rules = list(rules)
    bare = sum(part.count("none") for part in frameworks)
    if bare:
        yield (
            f"Decide for each of the {bare} controls without a rule how it is met: by another "
            "system, by a procedure, or by a rule that is still to be written."
            if bare > 1
            else "Decide how the one control without a rule is met."
        )
    weak = [line.rule.id for line in rules if line.mode != "enforce"]
    if weak:
        yield f"Set to enforce, once they have proved themselves, the rules {_list(weak)}."
    untested = [line.rule.id for line in rules if not line.trials.fires]
    if untested:
        yield f"Write tests that make these rules fire: {_list(untested)}."
    finders = [line.rule.id for line in rules if line.snapshots_only]
    if finders:
        yield (
            "Judge a snapshot of the organisation at a fixed interval, and act on what is found: "
            f"only there do these rules see anything: {_list(finders)}."
        )
    waived = [line.rule.id for line in rules if line.waivers]
    if waived:
        yield f"Review the waivers in force, and what covers for these rules: {_list(waived)}."
    if unknown:
        yield (f"Correct these ids, or add them to data/controls.yaml: {_list(list(unknown))}.")
    for part in frameworks:
        for sentence in part.catalogue.remains:
            yield f"{part.catalogue.framework}: {sentence}"
    yield (
        "Read each rule against the framework's own text: the words here are a paraphrase, and "
        "that a rule supports a control is the claim of whoever wrote the rule."
    )
    yield (
        "Show that every AI call passes through a gateway that asks jurat: a rule says nothing "
        "about traffic that it never sees."
    )
    yield (
        "Show that the bundle of this digest was the one in force in the period in question: "
        "`jurat log verify` and the log's policy.load records are the evidence."
    )
    yield (
        "Review the tables (who may do what, which vendors, models and endpoints) at a fixed "
        "interval: rules are as right as the rows that they read."
    )


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
