"""A checked tree as our own nodes, macros recognised; what we don't compile is refused."""

from typing import Any

from ._problem import Problem, problem
from ._types import (
    BOOL,
    DOUBLE,
    DYN,
    INT,
    NULL,
    STRING,
    Call,
    Const,
    Fold,
    Ident,
    Items,
    Node,
    Pairs,
    Select,
    Type,
)

_PRIMITIVES = {1: BOOL, 2: INT, 3: Type("uint"), 4: DOUBLE, 5: STRING, 6: Type("bytes")}
_NULLABLE = {n: Type(t.kind, nullable=True) for n, t in _PRIMITIVES.items()}
_WELL_KNOWN = {1: DYN, 2: Type("timestamp", nullable=True), 3: Type("duration", nullable=True)}
_CONSTANTS = {
    "null": NULL,
    "bool": BOOL,
    "int": INT,
    "uint": Type("uint"),
    "double": DOUBLE,
    "string": STRING,
    "bytes": Type("bytes"),
}
MAX_MACROS, MAX_ITEMS = 4, 1000


class Reader:
    """Turns one CheckedExpr into nodes; what is refused collects in `problems`."""

    def __init__(self, text: str, checked: Any) -> None:
        self.text = text
        self.checked = checked
        self.types = checked.types
        self.positions = checked.info.positions
        self.problems: list[Problem] = []
        self.bound: list[str] = []

    def read(self) -> Node:
        return self._node(self.checked.expr, 0)

    def refuse(self, at: int, message: str, help: str = "", length: int = 1) -> None:
        self.problems.append(problem(self.text, at, length, message, help))

    def _type(self, id: int) -> Type:
        return self._typed(self.types[id]) if id in self.types else DYN

    def _typed(self, message: Any) -> Type:
        kind = message.WhichOneof("kind")
        match kind:
            case "primitive":
                return _PRIMITIVES[message.primitive]
            case "wrapper":
                return _NULLABLE[message.wrapper]
            case "well_known":
                return _WELL_KNOWN[message.well_known]
            case "list":
                return Type("list", (self._typed(message.list.elem),))
            case "map":
                return Type("map", (self._typed(message.map.key), self._typed(message.map.value)))
            case "message":
                return Type("message", name=message.message)
            case "null":
                return NULL
            case "type":
                return Type("type")
        return DYN

    def _node(self, expr: Any, macros: int) -> Node:
        at = self.positions.get(expr.id, 0)
        kind = expr.WhichOneof("kind")
        type = self._type(expr.id)
        match kind:
            case "const":
                return self._constant(expr.const, type, at)
            case "ident":
                name = expr.ident.name
                if name[1:] not in self.bound:  # a leading dot matters under a macro's variable
                    name = name.removeprefix(".")
                if type.kind == "type":
                    self.refuse(
                        at, f"types are not values in conditions: {name}", length=len(name)
                    )
                return Ident(type, at, name)
            case "select":
                operand = self._node(expr.select.operand, macros)
                return Select(type, at, operand, expr.select.field, expr.select.test)
            case "call":
                args = [self._node(arg, macros) for arg in expr.call.args]
                if expr.call.HasField("target"):
                    args.insert(0, self._node(expr.call.target, macros))
                return Call(type, at, expr.call.function, tuple(args))
            case "list":
                if len(expr.list.elements) > MAX_ITEMS:
                    self.refuse(
                        at,
                        f"a list has at most {MAX_ITEMS} literals",
                        "keep long lists in a table and test with `in data.…`",
                    )
                return Items(type, at, tuple(self._node(e, macros) for e in expr.list.elements))
            case "struct":
                if expr.struct.name:
                    self.refuse(at, "conditions build no objects", "compare the fields one by one")
                    return Const(NULL, at, None)
                return Pairs(
                    type,
                    at,
                    tuple(
                        (self._node(e.key, macros), self._node(e.value, macros))
                        for e in expr.struct.entries
                    ),
                )
            case "fold":
                return self._fold(expr.fold, type, at, macros + 1)
        raise AssertionError(kind)

    def _constant(self, const: Any, type: Type, at: int) -> Const:
        kind = const.WhichOneof("kind")
        if kind in ("uint", "bytes"):
            self.refuse(
                at,
                f"{kind} literals are not supported in conditions",
                "leave the u away" if kind == "uint" else "use a string",
            )
        value = None if kind == "null" else getattr(const, kind)
        return Const(_CONSTANTS[kind], at, value)

    def _fold(self, fold: Any, type: Type, at: int, macros: int) -> Node:
        if macros == MAX_MACROS + 1:
            self.refuse(at, f"macros nest at most {MAX_MACROS} deep")
        over = self._node(fold.over, macros)
        found = self._shape(fold) if not fold.var2 else None
        if found is None:
            self.refuse(
                at, "this macro is not supported", "use exists, all, exists_one, map or filter"
            )
            return Const(BOOL, at, False)
        macro, body, keep = found
        self.bound.append(fold.var)
        read = self._node(body, macros), None if keep is None else self._node(keep, macros)
        self.bound.pop()
        return Fold(type, at, macro, fold.var, over, *read)

    def _shape(self, fold: Any) -> tuple[str, Any, Any] | None:
        step, init = fold.step, fold.init
        if step.WhichOneof("kind") != "call":
            return None
        function, args = step.call.function, step.call.args
        if function == "_&&_" and init.const.bool:
            return "all", args[1], None
        if function == "_||_" and init.const.WhichOneof("kind") == "bool":
            return "exists", args[1], None
        keep = None
        if function == "_?_:_":
            if init.const.WhichOneof("kind") == "int":
                return "exists_one", args[0], None
            keep, step = args[0], args[1]
            function, args = step.call.function, step.call.args
        if function == "_+_" and init.WhichOneof("kind") == "list":
            added = args[1].list.elements
            if len(added) == 1:
                return "map", added[0], keep
        return None
