"""rules/*.yaml: lists of rules, each checked against its kind."""

import re
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from jurat.model import Model, Request, Response
from jurat.plugin import SEVERITIES, Obligation, RuleKind, RuleParams

from ._bundle import Judged, Origin, Parameter, Rule, Tables
from ._conditions import Conditions
from ._diagnostic import Diagnostic, did_you_mean, mend
from ._invalid import refusals
from ._keys import EFFECTS, INPUTS, MODES, ON_ERROR, RULE
from ._nodes import Mapping, Node, Scalar, SourceFile
from ._obligations import FORMS, read_obligation
from ._parameters import Unresolved, substituted
from ._registry import Registry
from ._resources import judged, met_in, name_of, resources
from ._shape import Fields, list_of, mapping_of, shown

EXPRESSION = "expression"
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)
_ID_HELP = "an id has letters, digits, `.`, `_` and `-`, like eu-residency"
_CONTROL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*:\S(?:.*\S)?")
_PERMIT = (
    "permit belongs to kind expression alone:\n"
    "- {id: …, title: …, kind: expression, effect: permit, severity: info, when: '…'}"
)
_EXPRESSION_EFFECTS = frozenset({"permit", "deny", "require", "advise"})


@dataclass(slots=True)
class Rules:
    """Reads the rules of one bundle: `rules` are the fit ones, `ids` where each id stands."""

    registry: Registry
    parameters: MappingABC[str, Parameter | None]
    tables: Tables
    conditions: Conditions
    problems: list[Diagnostic]
    rules: dict[str, Rule] = field(default_factory=dict)
    ids: dict[str, Scalar] = field(default_factory=dict)

    def read(self, file: SourceFile, root: Node) -> None:
        """Read one file."""
        for index, item in enumerate(list_of(root, file.path, self.problems)):
            node = mapping_of(item, "a rule", self.problems)
            if node is None:
                continue
            before = len(self.problems)
            rule = self._rule(node, Origin(file, index))
            if rule is not None and len(self.problems) == before:
                self.rules[rule.id] = rule

    def _rule(self, node: Mapping, origin: Origin) -> Rule | None:
        fields = Fields(node, RULE, "a rule", self.problems)
        id_ = fields.text("id", ID, _ID_HELP)
        if id_ is not None:
            self._first(id_, fields)
        title = fields.text("title")
        severity: Any = fields.word("severity", SEVERITIES)
        effect: Any = fields.word("effect", EFFECTS)
        kind_name = fields.text("kind")
        kind = self._kind(kind_name, fields) if kind_name else None
        controls = fields.texts("controls", _control)
        known = kind is not None or kind_name == EXPRESSION
        if known and effect and not self._effect_fits(kind_name, kind, effect, fields):
            effect = None
        mode, on_error = self._knobs(effect, fields)
        judges = self._judges(kind_name, kind, effect, fields) if known else []
        obligation = self._obligation(kind_name, effect, fields)
        params = self._params(kind_name, kind, fields)
        waivable = fields.flag("waivable", True)
        texts = {key: fields.text(key) or "" for key in ("remediation", "owner", "description")}
        when, conditions = self._when(kind_name, judges, fields)
        if not fields.fit or not (id_ and title and severity and effect and kind_name and judges):
            return None
        return Rule(
            file=node.file.path,
            line=node.line,
            column=node.column,
            _origin=origin,
            id=id_,
            title=title,
            kind=kind_name,
            implementation=None if kind_name == EXPRESSION else kind,
            params=params,
            effect=effect,
            severity=severity,
            judges=tuple(
                Judged(input_, target, name_of(target), condition)  # type: ignore[arg-type]  # INPUTS
                for (input_, target), condition in zip(judges, conditions, strict=True)
            ),
            when=when,
            mode=mode,
            on_error=on_error,
            waivable=waivable,
            obligation=obligation,
            controls=controls,
            **texts,
        )

    def _first(self, id_: str, fields: Fields) -> None:
        node = fields.get("id")
        assert isinstance(node, Scalar)  # its text was read
        first = self.ids.setdefault(id_, node)
        if first is not node:
            message = f"another rule has the id {shown(node)}"
            help = f"it stands in {first.file.path}:{first.line}:{first.column}"
            fields.refuse("JB030", message, node, help)

    # -- kind and effect

    def _kind(self, name: str, fields: Fields) -> RuleKind | None:
        kind = self.registry.kinds.get(name)
        if kind is not None or name == EXPRESSION:
            return kind
        vendor = name.partition(".")[0]
        close = did_you_mean(name, [*self.registry.kinds, EXPRESSION])
        # the plugin of that name first: another broken one is only a guess
        for broken in sorted(self.registry.broken, key=lambda broken: broken.name != vendor):
            if broken.name == vendor or not close:
                message = f"kind `{name[:100]}` is missing, and plugin {broken.name} is broken"
                fields.refuse("JB032", f"{message}: {broken.error}", "kind", close)
                return None
        help = close or "`jurat plugins` lists the kinds that are installed"
        fields.refuse("JB031", f"there is no rule kind `{name[:100]}`", "kind", help)
        return None

    def _effect_fits(
        self, name: str | None, kind: RuleKind | None, effect: str, fields: Fields
    ) -> bool:
        if name == EXPRESSION:
            effects = _EXPRESSION_EFFECTS
        else:
            effects = frozenset(kind.effects if kind else ()) - {"permit"}
        if effect in effects:
            return True
        admitted = ", ".join(word for word in EFFECTS if word in effects)
        help = f"{_PERMIT}\nkind {name} admits {admitted}"
        if effect != "permit":
            help = f"it admits {admitted}"
        fields.refuse(
            "JB033", f"a rule of kind {name} cannot have effect {effect}", "effect", help
        )
        return False

    def _knobs(self, effect: str | None, fields: Fields) -> tuple[Any, Any]:
        mode = fields.word("mode", MODES)
        on_error = fields.word("on_error", ON_ERROR)
        if mode and effect == "permit":
            help = "take it out; bundle.yaml can set a mode for all"
            fields.refuse("JB035", "a permit has no `mode`", self._key("mode", fields), help)
        if on_error and effect and effect != "deny":
            message = f"`on_error` is for deny rules, not for {effect}"
            fields.refuse("JB035", message, self._key("on_error", fields), "take it out")
        return mode or "enforce", on_error or "deny"

    def _key(self, key: str, fields: Fields) -> Node:
        return fields.node.entries[key][0]

    # -- what is judged

    def _judges(
        self, name: str | None, kind: RuleKind | None, effect: str | None, fields: Fields
    ) -> list[tuple[str, type[Model]]]:
        if name == EXPRESSION:
            possible, reason = self._expression(fields)
        else:
            if fields.has("over"):
                message = f"`over` is for kind expression; kind {name} says itself what it judges"
                fields.refuse("JB035", message, self._key("over", fields), "take it out")
            possible = judged(kind) if kind else []
            reason = f"kind {name}"
        admitted = list(dict.fromkeys(input_ for input_, _ in possible))
        wanted = self._on(fields)
        if wanted is None:
            wanted = {} if not admitted else {admitted[0]: fields.node}
            if name == EXPRESSION and fields.has("over") and fields.fit:
                help = "write `on: [org_state]`"
                message = "`over` is about org_state, which the rule is not on"
                fields.refuse("JB035", message, self._key("over", fields), help)
        for input_, node in wanted.items():
            if admitted and input_ not in admitted:
                help = f"it judges {', '.join(admitted)}"
                if name == EXPRESSION and input_ == "org_state":
                    help = f"name the resource: over: {', '.join(sorted(resources()))}"
                fields.refuse("JB034", f"{reason} does not judge {input_}", node, help)
            elif effect == "permit" and input_ != "request":
                message = f"a permit lets requests in; it cannot be on {input_}"
                fields.refuse("JB034", message, node, "write `on: [request]`, or leave `on` out")
        if effect == "permit" and fields.has("over"):
            message = "a permit judges requests, not a resource"
            fields.refuse("JB035", message, self._key("over", fields), "take it out")
        return [pair for pair in possible if pair[0] in wanted]

    def _expression(self, fields: Fields) -> tuple[list[tuple[str, type[Model]]], str]:
        if not fields.has("over"):
            return [("request", Request), ("response", Response)], "an expression without `over`"
        over = fields.word("over", resources(), "resource")
        if over is None:
            return [], ""
        target = resources()[over]
        return [(input_, target) for input_ in met_in(target)], f"an expression over {over}"

    def _on(self, fields: Fields) -> dict[str, Node] | None:
        """The inputs of `on` with their places, None where there is no `on`."""
        node = fields.get("on")
        if node is None:
            return None
        wanted: dict[str, Node] = {}
        items = [node] if isinstance(node, Scalar) and node.value else fields.items("on")
        for item in items:
            word = item.value if isinstance(item, Scalar) else None
            if word not in INPUTS:
                help = mend(word, INPUTS) if isinstance(word, str) else ""
                fields.refuse("JB023", f"{shown(item)} is no input", item, help)
            else:
                wanted[word] = item
        if not items and fields.fit:
            fields.refuse(
                "JB024", "`on` names no input", node, f"name some of {', '.join(INPUTS)}"
            )
        return wanted

    # -- the rest

    def _obligation(
        self, name: str | None, effect: str | None, fields: Fields
    ) -> Obligation | None:
        node = fields.get("obligation")
        stated = name == EXPRESSION and effect == "require"
        if node is None:
            if stated:
                message = "an expression with effect require needs `obligation`"
                fields.refuse("JB021", message, "effect", f"write {FORMS}")
            return None
        if not stated:
            if name and effect:
                message = "`obligation` is for kind expression with effect require"
                help = f"kind {name} with effect {effect} has none to state"
                fields.refuse("JB035", message, self._key("obligation", fields), help)
            return None
        endpoints = getattr(self.tables, "endpoints", None)
        return read_obligation(node, endpoints, self.problems)

    def _params(self, name: str | None, kind: RuleKind | None, fields: Fields) -> Any:
        given = fields.mapping("params")
        if name == EXPRESSION and kind is None:
            model: type[RuleParams] = RuleParams
        elif kind is not None:
            model = kind.Params
        else:
            return None
        node: Node = given or fields.node
        plain: Any = {}
        if given is not None:
            try:
                node = substituted(given, self.parameters, self.problems)
            except Unresolved:
                fields.fit = False
                return None
            plain = node.plain()
        try:
            return model.model_validate(plain)
        except ValidationError as error:
            self.problems += refusals(node, error, "JB036", model, f"the params of {name}")
        except Exception as error:  # noqa: BLE001  # a plugin's validator may raise anything
            message = f"kind {name} failed on these params with {type(error).__name__}"
            self.problems.append(node.problem("JB032", message))
        return None

    def _when(
        self, name: str | None, judges: list[tuple[str, type[Model]]], fields: Fields
    ) -> tuple[str | None, list[Any]]:
        node = fields.get("when")
        if node is None:
            if name == EXPRESSION:
                help = "an expression has no other check than its condition"
                fields.refuse("JB021", "a rule of kind expression needs `when`", fields.node, help)
            return None, [None] * len(judges)
        scalar = self.conditions.text(node, "when", self.problems)
        if scalar is None or not judges:
            return None, [None] * len(judges)
        made = self.conditions.compile(scalar, judges, self.problems)
        return scalar.text, made or [None] * len(judges)


def _control(text: str) -> str:
    return "" if _CONTROL.fullmatch(text) else "write catalogue and id, like SOC2:CC6.1"
