"""A checked tree as plain Python: right wherever it raises nothing.

An unset field raises when it is read, and so does every operator where CEL errs; the caller then
asks the judge. Statements are made only for macros, and for operators over macros.
"""

from collections.abc import Callable, Mapping
from keyword import iskeyword
from typing import Any

from ._functions import ADDED, PREPARED
from ._judge import has
from ._types import (
    Call,
    Const,
    Fold,
    Ident,
    Items,
    Node,
    Pairs,
    Select,
)
from ._values import (
    FUNCTIONS,
    MAX_INT,
    MAX_SPAN,
    MIN_INT,
    MIN_SPAN,
    equal,
    make_map,
    no_bool,
    overflow,
    span,
)

_COMPARE = {"_==_": "==", "_!=_": "!=", "_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">="}
_ARITHMETIC = {"_+_": "+", "_-_": "-", "_*_": "*"}
_PLAIN = frozenset({"bool", "int", "double", "string", "timestamp", "duration"})
_METHODS = {"startsWith": "startswith", "endsWith": "endswith", "lower": "lower"}


class Fast:
    """Writes one program. `constant` gives the source of a value that is known at load.

    `where` maps a variable to the source that reaches it; `helper` registers what the code calls.
    """

    def __init__(
        self,
        where: Mapping[str, str],
        constant: Callable[[Any], str],
        helper: Callable[[str, Any], str],
    ) -> None:
        self.where = dict(where)
        self.constant = constant
        self.helper = helper
        self.count = 0

    def conjunction(self, nodes: list[Node], result: str) -> list[str]:
        """Statements that bind the bool `result` to the conjunction of `nodes`."""
        lines: list[str] = []
        pending: list[str] = []
        indent = ""
        for node in nodes:
            before: list[str] = []
            source = self._bool(node, before)
            if before:
                if pending:
                    lines += [
                        f"{indent}{result} = {' and '.join(pending)}",
                        f"{indent}if {result}:",
                    ]
                    indent += "    "
                    pending = []
                lines += [indent + line for line in before]
            pending.append(source)
        return [*lines, f"{indent}{result} = {' and '.join(pending) or 'True'}"]

    def value(self, node: Node, result: str) -> list[str]:
        """Statements that bind `result` to the value of `node`."""
        lines: list[str] = []
        source = self._node(node, lines)
        return [*lines, f"{result} = {source}"]

    def _name(self) -> str:
        self.count += 1
        return f"_t{self.count}"

    def _bool(self, node: Node, out: list[str]) -> str:
        """`node` where true or false is needed: a null raises."""
        source = self._node(node, out)
        if not node.type.nullable:
            return source
        name = self._name()
        fail = self.helper("no_bool", no_bool)
        return f"({name} if ({name} := {source}) is not None else {fail}())"

    def _node(self, node: Node, out: list[str]) -> str:
        match node:
            case Const():
                return self.constant(node.value)
            case Ident():
                source = self.where[node.name]
                return f"({source} or ())" if node.type.kind == "list" else source
            case Select():
                return self._select(node, out)
            case Call():
                return self._call(node, out)
            case Items():
                if all(isinstance(item, Const) for item in node.items):
                    return self.constant(
                        tuple(i.value for i in node.items if isinstance(i, Const))
                    )
                return f"({''.join(self._node(item, out) + ', ' for item in node.items)})"
            case Pairs():
                pairs = (f"({self._node(k, out)}, {self._node(v, out)}), " for k, v in node.items)
                return f"{self.helper('make_map', make_map)}(({''.join(pairs)}))"
            case Fold():
                return self._fold(node, out)

    def _select(self, node: Select, out: list[str]) -> str:
        owner = self._node(node.operand, out)
        if node.operand.type.kind == "map":
            key = self.constant(node.field)
            return f"({key} in {owner})" if node.test else f"{owner}[{key}]"
        name = node.field
        source = f'getattr({owner}, "{name}")' if iskeyword(name) else f"{owner}.{name}"
        if node.test:
            if not self.scalar(node):
                return f"{self.helper('has', has)}({source})"
            return f"({source} is not None)"
        if node.type.kind in ("list", "map"):
            return f"({source} or {'()' if node.type.kind == 'list' else '{}'})"
        return source

    def scalar(self, node: Select) -> bool:
        """Whether the field that has() asks for is no object; the schema knows, where there is one."""
        return False

    def _call(self, node: Call, out: list[str]) -> str:
        name, args = node.function, node.args
        if name in ("_&&_", "_||_", "_?_:_"):
            return self._logic(node, out)
        if name == "!_":
            return f"(not {self._bool(args[0], out)})"
        if name == "@in":
            return self._in(args[0], args[1], out)
        if name in ("_==_", "_!=_") and any(a.type.kind == "message" for a in args):
            found = args[0] if args[0].type.kind == "message" else args[1]
            negated = "not " * (name == "_==_")
            return f"({negated}{self.helper('has', has)}({self._node(found, out)}))"
        if name in ("_==_", "_!=_") and any(a.type.kind == "null" for a in args):
            other = args[0] if args[1].type.kind == "null" else args[1]
            return f"({self._node(other, out)} is {'not ' * (name == '_!=_')}None)"
        if name in PREPARED:
            literal = self._literal(args[1])
            if literal is not None:
                return f"({self._node(args[0], out)} in {self.constant(PREPARED[name](literal))})"
        sources = [self._node(arg, out) for arg in args]
        kinds = [arg.type.kind for arg in args]
        plain = all(kind in _PLAIN for kind in kinds) and kinds[0] == kinds[-1]
        if name in _COMPARE and plain:
            return f"({sources[0]} {_COMPARE[name]} {sources[1]})"
        if name in ("_==_", "_!=_"):
            negated = "not " * (name == "_!=_")
            return f"({negated}{self.helper('equal', equal)}({', '.join(sources)}))"
        if name == "age" or (name == "_-_" and kinds == ["timestamp", "timestamp"]):
            pair = sources if name == "_-_" else [self.where["now"], *sources]
            return self._span(f"{pair[0]} - {pair[1]}")
        if name in _ARITHMETIC and kinds == ["int", "int"]:
            return self._whole(f"{sources[0]} {_ARITHMETIC[name]} {sources[1]}")
        if name == "_+_" and kinds == ["string", "string"]:
            return f"({sources[0]} + {sources[1]})"
        if name == "size":
            return f"len({sources[0]})"
        if name in _METHODS:
            return f"{sources[0]}.{_METHODS[name]}({', '.join(sources[1:])})"
        if name == "contains":
            return f"({sources[1]} in {sources[0]})"
        if name == "_[_]" and kinds[0] == "map":
            return f"{sources[0]}[{sources[1]}]"
        function = ADDED.get(name) or FUNCTIONS[name]
        return f"{self.helper(function.__name__.lstrip('_') + '_' + name.strip('_@[]-+*/%<>=!'), function)}({', '.join(sources)})"

    def _whole(self, source: str) -> str:
        name, fail = self._name(), self.helper("overflow", overflow)
        return f"({name} if {MIN_INT} <= ({name} := {source}) <= {MAX_INT} else {fail}())"

    def _span(self, source: str) -> str:
        name, check = self._name(), self.helper("span", span)
        low, high = self.helper("MIN_SPAN", MIN_SPAN), self.helper("MAX_SPAN", MAX_SPAN)
        return f"({name} if {low} <= ({name} := {source}) <= {high} else {check}({name}))"

    def _logic(self, node: Call, out: list[str]) -> str:
        name, args = node.function, node.args
        first = self._bool(args[0], out)
        parts: list[tuple[str, list[str]]] = []
        for arg in args[1:]:
            before: list[str] = []
            read = self._node if name == "_?_:_" else self._bool
            parts.append((read(arg, before), before))
        if name == "_?_:_":
            if not any(before for _, before in parts):
                return f"({parts[0][0]} if {first} else {parts[1][0]})"
            result = self._name()
            for head, (source, before) in zip((f"if {first}:", "else:"), parts, strict=True):
                out += [head, *("    " + line for line in before), f"    {result} = {source}"]
            return result
        source, before = parts[0]
        word = "and" if name == "_&&_" else "or"
        if not before:
            return f"({first} {word} {source})"
        result = self._name()
        out += [
            f"{result} = {first}",
            f"if {'not ' * (word == 'or')}{result}:",
            *("    " + line for line in before),
            f"    {result} = {source}",
        ]
        return result

    def _literal(self, node: Node) -> Any:
        if isinstance(node, Const):
            return node.value
        if isinstance(node, Items) and all(isinstance(i, Const) for i in node.items):
            return tuple(i.value for i in node.items if isinstance(i, Const))
        return None

    def _in(self, item: Node, items: Node, out: list[str]) -> str:
        source = self._node(item, out)
        literals = self._literal(items) if isinstance(items, Items) else None
        if literals is not None and item.type.kind in ("string", "int", "bool"):
            wanted = {"string": str, "int": int, "bool": bool}[item.type.kind]
            if not any(isinstance(value, float) for value in literals):
                same = frozenset(v for v in literals if type(v) is wanted)
                if None in literals and item.type.nullable:
                    same |= {None}
                return f"({source} in {self.constant(same)})"
        if items.type.kind == "map" or (
            item.type.kind in _PLAIN and items.type.args[0].kind == item.type.kind
        ):
            return f"({source} in {self._node(items, out)})"
        among = self.helper("among", FUNCTIONS["@in"])
        return f"{among}({source}, {self._node(items, out)})"

    def _fold(self, node: Fold, out: list[str]) -> str:
        over, result, item = self._node(node.over, out), self._name(), self._name()
        outer = self.where.get(node.var)
        self.where[node.var] = item
        body: list[str] = []
        match node.macro:
            case "all" | "exists":
                source = self._bool(node.body, body)
                start, negated = (("True", "not "), ("False", ""))[node.macro == "exists"]
                done = "False" if node.macro == "all" else "True"
                body += [f"if {negated}{source}:", f"    {result} = {done}", "    break"]
            case "exists_one":
                start = "0"
                body += [f"if {self._bool(node.body, body)}:", f"    {result} += 1"]
            case _:
                start, inner = "[]", ""
                if node.keep is not None:
                    body.append(f"if {self._bool(node.keep, body)}:")
                    inner = "    "
                under: list[str] = []
                under.append(f"{result}.append({self._node(node.body, under)})")
                body += [inner + line for line in under]
        self.where.pop(node.var)
        if outer is not None:
            self.where[node.var] = outer
        out += [f"{result} = {start}", f"for {item} in {over}:", *("    " + x for x in body)]
        return {"exists_one": f"({result} == 1)", "map": f"tuple({result})"}.get(
            node.macro, result
        )
