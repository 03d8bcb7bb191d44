"""The words that the formats for people share."""

from collections.abc import Mapping

from ._data import ControlLine, ControlReport, FrameworkPart, RuleLine

HEADINGS: Mapping[str, str] = {
    "none": "no rule names these",
    "rules": "the rules",
    "marks": "what takes from their weight",
    "unnamed": "rules that name no control",
    "unknown": "ids that no catalogue has",
    "left_out": "catalogues that this report leaves out (ask with --framework)",
    "duties": "what a person must still do",
}
RULE_HEADINGS = ("rule", "effect", "severity", "mode", "inputs", "tests: fires, rests, lacks")


def heading(report: ControlReport) -> str:
    bundle = report.bundle
    return f"Controls of {bundle.name} {bundle.version}, revision {bundle.revision}"


def summary(part: FrameworkPart) -> str:
    """One sentence with the counts of a framework."""
    told = (
        f"{part.count('enforced')} of {len(part.controls)} controls of this catalogue have a "
        f"rule that decides"
    )
    if number := part.count("reported"):
        told += f", {number} only rules that are told"
    if number := part.count("recorded"):
        told += f", {number} only rules in shadow mode, which support nothing yet"
    bare = part.count("none")
    return f"{told}; {bare} {'has' if bare == 1 else 'have'} no rule."


def supporters(control: ControlLine, rules: Mapping[str, RuleLine]) -> str:
    """The rules that name a control, each with what takes from its weight in a word or two."""
    return ", ".join(_named(rules[id_]) for id_ in control.rules)


def _named(line: RuleLine) -> str:
    words: list[str] = []
    if line.support != "enforced":
        words.append(line.mode if line.mode != "enforce" else "advice")
    if line.snapshots_only:
        words.append("snapshots")
    if not line.trials.fires:
        words.append("untested")
    if line.waivers:
        words.append("waived in part")
    return f"{line.rule.id} ({', '.join(words)})" if words else line.rule.id


def rule_cells(line: RuleLine) -> tuple[str, ...]:
    """The cells of a rule's row, below RULE_HEADINGS."""
    trials = line.trials
    return (
        line.rule.id,
        line.rule.effect,
        line.rule.severity,
        line.mode,
        ", ".join(line.inputs),
        f"{len(trials.fires)}, {len(trials.rests)}, {len(trials.lacks)}",
    )
