"""waivers.yaml: recorded exceptions."""

from collections.abc import Collection
from collections.abc import Mapping as MappingABC

from ._bundle import Origin, Rule, Waiver
from ._conditions import Conditions
from ._diagnostic import Diagnostic, mend
from ._keys import WAIVER
from ._nodes import Mapping, Node, SourceFile
from ._shape import Fields, list_of, mapping_of, shown


def read_waivers(
    file: SourceFile,
    root: Node | None,
    rules: MappingABC[str, Rule],
    ids: Collection[str] | None,
    conditions: Conditions,
    problems: list[Diagnostic],
) -> tuple[Waiver, ...]:
    """The waivers of the file. `ids` has the rules that are there but not fit, too.

    It is None where not all are known.
    """
    waivers = []
    for index, item in enumerate([] if root is None else list_of(root, file.path, problems)):
        node = mapping_of(item, "a waiver", problems)
        if node is None:
            continue
        before = len(problems)
        waiver = _waiver(node, Origin(file, index), rules, ids, conditions, problems)
        if waiver is not None and len(problems) == before:
            waivers.append(waiver)
    return tuple(waivers)


def _waiver(
    node: Mapping,
    origin: Origin,
    rules: MappingABC[str, Rule],
    ids: Collection[str] | None,
    conditions: Conditions,
    problems: list[Diagnostic],
) -> Waiver | None:
    fields = Fields(node, WAIVER, "a waiver", problems)
    name = fields.text("rule")
    owner, reason = fields.text("owner"), fields.text("reason")
    ticket = fields.text("ticket") or ""
    granted, expires = fields.time("granted"), fields.time("expires")
    if granted and expires and granted >= expires:
        fields.refuse("JB024", "the waiver expires before it is granted", "expires")
    scope_node = fields.get("scope")
    scope = None if scope_node is None else conditions.text(scope_node, "scope", problems)
    rule = rules.get(name or "")
    if name is not None and ids is not None and name not in ids:
        message = f"there is no rule {shown(node.entries['rule'][1])}"
        fields.refuse("JB060", message, "rule", mend(name, ids))
    if rule is not None and (rule.effect == "permit" or not rule.waivable):
        why = "it is a permit" if rule.effect == "permit" else "it says `waivable: false`"
        help = f"{why} ({rule.file}:{rule.line})"
        fields.refuse("JB061", f"rule {rule.id} cannot be waived", "rule", help)
    made = None
    if rule is not None and scope is not None:
        judges: list[tuple[str, type]] = [(judged.input, judged.target) for judged in rule.judges]
        made = conditions.compile(scope, judges, problems)
    if not (fields.fit and rule and owner and reason and expires and scope and made is not None):
        return None
    return Waiver(
        file=node.file.path,
        line=node.line,
        column=node.column,
        _origin=origin,
        rule=rule.id,
        scope=scope.text,
        conditions=tuple(made),
        owner=owner,
        reason=reason,
        expires=expires,
        ticket=ticket,
        granted=granted,
    )
