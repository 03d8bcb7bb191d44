"""tests/*.yaml: cases, run as a self-test before a bundle is armed."""

from collections.abc import Collection
from typing import Any

from pydantic import ValidationError

from jurat.model import Model, OrgState, Request, Response, Stop

from ._bundle import Case, Expect, Origin
from ._diagnostic import Diagnostic, mend
from ._invalid import refusals
from ._keys import CASE, EXPECT, INPUTS, VALUES
from ._nodes import Mapping, Node, Scalar, SourceFile, described
from ._shape import Fields, list_of, mapping_of, shown
from ._tables import Words, read_table
from ._variations import Fixtures, variations

_MODELS: dict[str, type[Model]] = {
    "request": Request,
    "response": Response,
    "org_state": OrgState,
}
_RULE_LISTS = ("fired", "passed", "not_applicable", "unknown", "error", "waived")
OBLIGATIONS = ("redact", "route", "header", "hold_stream", "approval")


class Cases:
    """Reads the cases of one bundle; `ids` are those of its rules, None if not all are known,
    `words` its vocabularies."""

    def __init__(
        self,
        ids: Collection[str] | None,
        words: Words,
        fixtures: Fixtures,
        problems: list[Diagnostic],
    ) -> None:
        self._ids = ids
        self._words = words
        self._fixtures = fixtures
        self._problems = problems
        self.cases: list[Case] = []

    def read(self, file: SourceFile, root: Node) -> None:
        """Read one file."""
        for index, item in enumerate(list_of(root, file.path, self._problems)):
            node = mapping_of(item, "a case", self._problems)
            if node is None:
                continue
            before = len(self._problems)
            made = [
                self._case(self._fixtures.given(one, self._problems), Origin(file, index))
                for one in variations(node, self._problems)
            ]
            # what all rows share is wrong but once
            self._problems[before:] = dict.fromkeys(self._problems[before:])
            if len(self._problems) == before:
                self.cases += [case for case in made if case is not None]

    def _case(self, node: Mapping, origin: Origin) -> Case | None:
        fields = Fields(node, CASE, "a case", self._problems)
        name = fields.text("name")
        now = fields.time("now")
        given = fields.get("given")
        type_: Any = fields.word("type", INPUTS) or _own_type(given) or "request"
        supports = fields.texts("supports", _obligation)
        state, facts = fields.mapping("state"), fields.mapping("facts")
        stops = read_table("stops", fields.mapping("stops"), Stop, self._words, self._problems)
        expect_node = fields.mapping("expect")
        expect = None if expect_node is None else self._expect(expect_node)
        if given is not None and not (expect and "invalid-input" in (expect.reasons or ())):
            self._check(given, _MODELS[type_], f"a given {type_.replace('_', ' ')}")
        if state is not None:
            self._check(state, OrgState, "a state")
        if not (fields.fit and name and now and given is not None and expect):
            return None
        return Case(
            file=node.file.path,
            line=node.line,
            column=node.column,
            _origin=origin,
            name=name,
            now=now,
            given=given.plain(),
            expect=expect,
            type=type_,
            supports=frozenset(supports),
            state=None if state is None else state.plain(),
            facts={} if facts is None else facts.plain(),
            stops=stops,
        )

    def _check(self, node: Node, model: type[Model], what: str) -> None:
        """An input as it would be sent. One meant to be invalid expects `invalid-input`."""
        if not isinstance(node, Mapping):
            help = "a case that means it expects `reasons: [invalid-input]`"
            message = f"{what} is a mapping, not {described(node)}"
            self._problems.append(node.problem("JB022", message, help))
            return
        try:
            model.model_validate(node.plain())
        except ValidationError as error:
            self._problems += refusals(node, error, "JB024", model, what)

    def _expect(self, node: Mapping) -> Expect | None:
        fields = Fields(node, EXPECT, "`expect`", self._problems)
        effect: Any = fields.word("effect", ("allow", "deny"))
        value = fields.word("value", VALUES)
        lists: dict[str, Any] = {}
        for key in (*_RULE_LISTS, "reasons"):
            check = self._rule if key in _RULE_LISTS else None
            lists[key] = fields.texts(key, check) if fields.has(key) else None
        obligations = _obligations(fields) if fields.has("obligations") else None
        if not node.entries:
            fields.refuse("JB021", "the case expects nothing", node, "write {effect: allow}, say")
        if not fields.fit:
            return None
        return Expect(effect=effect, value=value, obligations=obligations, **lists)

    def _rule(self, id_: str) -> str:
        if self._ids is None or id_ in self._ids:
            return ""
        return f"there is no such rule; {mend(id_, self._ids) or 'the bundle has none'}"


def _own_type(given: Node | None) -> str | None:
    node = given.get("type") if isinstance(given, Mapping) else None
    return node.value if isinstance(node, Scalar) and node.value in INPUTS else None


def _obligation(word: str) -> str:
    return "" if word in OBLIGATIONS else mend(word, OBLIGATIONS)


def _obligations(fields: Fields) -> tuple[Any, ...]:
    found: list[Any] = []
    for item in fields.items("obligations"):
        if isinstance(item, Scalar) and item.value in OBLIGATIONS:
            found.append(item.value)
        elif isinstance(item, Mapping):
            found.append(item.plain())
        else:
            help = mend(item.text, OBLIGATIONS) if isinstance(item, Scalar) else ""
            fields.refuse("JB023", f"{shown(item)} is no obligation", item, help)
    return tuple(found)
