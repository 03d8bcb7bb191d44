"""What cases share: fixtures that `given` is laid over, and rows that vary one case."""

from collections.abc import Mapping as MappingABC

from jurat.canon import tokens

from ._diagnostic import Diagnostic, mend
from ._nodes import Mapping, Node, Scalar, Sequence
from ._shape import list_of, mapping_of, text_of

FIXTURES = "tests/fixtures.yaml"


def laid_over(base: Mapping, over: Mapping) -> Mapping:
    """A mapping that says what `over` says, and what `base` says beside it, at every depth."""
    made = Mapping(over.file, over.line, over.column, over.length)
    made.entries.update(base.entries)
    for name, (key, value) in over.entries.items():
        under = base.get(name)
        if isinstance(value, Mapping) and isinstance(under, Mapping):
            value = laid_over(under, value)
        made.entries[name] = key, value
    return made


def without(node: Mapping, pointer: list[str]) -> Mapping | None:
    """`node` without what stands at a JSON Pointer; None where nothing does."""
    name, *rest = pointer
    if name not in node.entries:
        return None
    made = Mapping(node.file, node.line, node.column, node.length)
    made.entries.update(node.entries)
    key, value = node.entries[name]
    if not rest:
        del made.entries[name]
        return made
    inner = without(value, rest) if isinstance(value, Mapping) else None
    if inner is None:
        return None
    made.entries[name] = key, inner
    return made


def read_fixtures(root: Node | None, problems: list[Diagnostic]) -> dict[str, Mapping]:
    """tests/fixtures.yaml: objects by name."""
    node = None if root is None else mapping_of(root, FIXTURES, problems)
    found = {}
    for name, (_, value) in (node.entries if node else {}).items():
        if (fixture := mapping_of(value, f"fixture {name[:60]}", problems)) is not None:
            found[name] = fixture
    return found


def variations(case: Mapping, problems: list[Diagnostic]) -> list[Mapping]:
    """The cases that a case with `rows` stands for: each row laid over the rest of it, its name
    after the case's. A case without rows is itself."""
    if "rows" not in case.entries:
        return [case]
    key, listed = case.entries["rows"]
    rest = Mapping(case.file, case.line, case.column, case.length)
    rest.entries.update({name: entry for name, entry in case.entries.items() if name != "rows"})
    made = []
    for item in list_of(listed, "`rows`", problems):
        row = mapping_of(item, "a row", problems)
        if row is None:
            continue
        name = row.get("name")
        own = None if name is None else text_of(name, "`name`", problems)
        if own is None:
            if name is None:
                problems.append(row.problem("JB021", "a row needs `name`", "say what it varies"))
            continue
        merged = laid_over(rest, row)
        whole = case.get("name")
        if isinstance(whole, Scalar) and isinstance(whole.value, str):
            called = f"{whole.value}: {own}"
            label = Scalar(row.file, row.line, row.column, row.length, called, called, "")
            merged.entries["name"] = merged.entries["name"][0], label
        made.append(merged)
    if isinstance(listed, Sequence) and not listed.items:
        problems.append(key.problem("JB021", "`rows` has no row", "take it out, or add one"))
    return made


class Fixtures:
    """The fixtures of a bundle, and which were used."""

    def __init__(self, found: MappingABC[str, Mapping]) -> None:
        self._found = found
        self.used: set[str] = set()

    @property
    def unused(self) -> tuple[str, ...]:
        """The names of those that no case is laid over, sorted."""
        return tuple(sorted(self._found.keys() - self.used))

    def given(self, case: Mapping, problems: list[Diagnostic]) -> Mapping:
        """`case` with its `given` laid over the fixture that `base` names, and without what
        `without` names."""
        made = Mapping(case.file, case.line, case.column, case.length)
        made.entries.update(case.entries)
        base = case.entries.get("base")
        if base is not None:
            name = text_of(base[1], "`base`", problems)
            fixture = None if name is None else self._found.get(name)
            if name is not None and fixture is None:
                message = f"there is no fixture `{name[:60]}`"
                help = mend(name, self._found) or f"{FIXTURES} has none"
                problems.append(base[1].problem("JB070", message, help))
            elif name is not None:
                self.used.add(name)
            if fixture is None:  # then `given` is not missing, too
                fixture = Mapping(base[1].file, base[1].line, base[1].column, base[1].length)
            given = case.get("given")
            if given is None:
                made.entries["given"] = base[0], fixture
            elif isinstance(given, Mapping):
                made.entries["given"] = base[0], laid_over(fixture, given)
        if "without" in case.entries:
            self._leave_out(made, problems)
        return made

    def _leave_out(self, case: Mapping, problems: list[Diagnostic]) -> None:
        for item in list_of(case.entries["without"][1], "`without`", problems):
            pointer = text_of(item, "each of `without`", problems)
            given = case.get("given")
            if pointer is None or not isinstance(given, Mapping):
                continue
            left = None
            if pointer.startswith("/"):
                left = without(given, tokens(pointer))
            if left is None:
                message = "nothing of `given` stands there"
                problems.append(item.problem("JB070", message, "write it like /actor/id"))
            else:
                case.entries["given"] = case.entries["given"][0], left
