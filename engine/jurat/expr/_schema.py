"""The closed world of a condition: its variables, their fields, and which words these may hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from jurat.model import VOCABULARY_FIELDS, Model

from ._functions import declarations
from ._types import BOOL, DOUBLE, DURATION, INT, STRING, TIMESTAMP, Type, parse_type

_NATIVE = {str: STRING, bool: BOOL, int: INT, float: DOUBLE, datetime: TIMESTAMP,
           timedelta: DURATION}  # fmt: skip
_RESERVED = frozenset({"in", "true", "false", "null"})
# text is for detectors, never for rules
_TEXT = frozenset({("Message", "content"), ("ToolCall", "arguments"), ("ToolUse", "arguments")})


@dataclass(slots=True)
class Field:
    type: Type
    vocabulary: str = ""
    words: frozenset[str] = frozenset()


@dataclass(slots=True)
class Object:
    """A message of the schema; `text` names fields that rules don't see."""

    name: str
    title: str
    fields: dict[str, Field] = field(default_factory=dict)
    text: set[str] = field(default_factory=set)


class Schema:
    """The type environment of conditions.

    `roots` maps a variable to a model or a type name; `now` is always there. `tables` maps a
    table to the model of its rows, or to its columns' type names: the variable `data` has one
    map(string, row) for each. Raises ValueError for a
    column type that is none.
    """

    def __init__(
        self,
        roots: Mapping[str, type[Model] | str],
        *,
        tables: Mapping[str, type[Model] | Mapping[str, str]] | None = None,
    ) -> None:
        self.objects: dict[str, Object] = {}
        self._models: dict[type[Any], Type] = {}
        self.roots: dict[str, Type] = {"now": TIMESTAMP}
        for name, root in roots.items():
            self.roots[name] = parse_type(root) if isinstance(root, str) else self._model(root)
        data = Object("jurat.Data", "data")
        for table, row in (tables or {}).items():
            if _selectable(table):
                data.fields[table] = Field(Type("map", (STRING, self._row(table, row))))
        self.objects[data.name] = data
        self.roots.setdefault("data", Type("message", name=data.name))
        self.cache: dict[Any, Any] = {}

    def _row(self, table: str, row: type[Model] | Mapping[str, str]) -> Type:
        if not isinstance(row, Mapping):
            return self._model(row)
        made = Object(f"jurat.Row_{table}", f"a row of data.{table}")
        for column, declared in row.items():
            if _selectable(column):
                found = parse_type(declared)
                scalar = found.kind not in ("list", "map")
                made.fields[column] = Field(Type(found.kind, found.args, nullable=scalar))
        self.objects[made.name] = made
        return Type("message", name=made.name)

    def _model(self, model: type[Any]) -> Type:
        if model in self._models:
            return self._models[model]
        name = f"jurat.{model.__name__}"
        while name in self.objects:
            name += "_"
        made = self.objects[name] = Object(name, model.__name__)
        self._models[model] = type = Type("message", name=name)
        for attribute, info in model.model_fields.items():
            called = info.alias or attribute
            if (model.__name__, called) in _TEXT:
                made.text.add(called)
                continue
            found = self._annotation(info.annotation)
            if found and _selectable(called):
                words = _literal(info.annotation)
                made.fields[called] = Field(
                    found, VOCABULARY_FIELDS.get((model.__name__, called), ""), words
                )
        return type

    def _annotation(self, annotation: Any, inside: bool = False) -> Type | None:
        origin, args = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self._annotation(args[0], inside)
        if origin in (Union, UnionType):
            some = [arg for arg in args if arg is not type(None)]
            return self._annotation(some[0], inside) if len(some) == 1 else None
        if origin is Literal:
            return Type("string", nullable=not inside)
        if origin is tuple:
            item = self._annotation(args[0], True)
            return Type("list", (item,)) if item and item.kind not in ("list", "map") else None
        if origin is dict:
            item = self._annotation(args[1], True)
            return (
                Type("map", (STRING, item)) if item and item.kind not in ("list", "map") else None
            )
        if isinstance(annotation, type) and hasattr(annotation, "model_fields"):
            return self._model(annotation)
        native = _NATIVE.get(annotation)
        return Type(native.kind, nullable=not inside) if native else None

    def field(self, type: Type, name: str) -> Field | None:
        """The field `name` of a message type."""
        made = self.objects.get(type.name)
        return made.fields.get(name) if made else None

    @cached_property
    def env(self) -> Any:
        """The checker's environment. Made at the first condition, for it imports protobuf."""
        from cel_expr_python import cel  # type: ignore[import-untyped]  # no py.typed

        pool = _pool(self.objects)
        return cel.NewEnv(
            descriptor_pool=pool,
            variables={name: _cel(type) for name, type in self.roots.items()},
            functions=declarations(),
        )


def _selectable(name: str) -> bool:
    return name.isascii() and name.isidentifier() and name not in _RESERVED


def _literal(annotation: Any) -> frozenset[str]:
    if get_origin(annotation) is Literal:
        return frozenset(get_args(annotation))
    found = [_literal(arg) for arg in get_args(annotation)]
    return frozenset().union(*found) if found else frozenset()


def _cel(type: Type) -> Any:
    from cel_expr_python import cel

    if type.kind == "list":
        return cel.Type.List(_cel(type.args[0]))
    if type.kind == "map":
        return cel.Type.Map(_cel(type.args[0]), _cel(type.args[1]))
    return cel.Type(type.name) if type.name else getattr(cel.Type, type.kind.upper())


_PROTO = {"double": 1, "int": 3, "bool": 8, "string": 9}
_WRAPPER = {"double": "DoubleValue", "int": "Int64Value", "bool": "BoolValue",
            "string": "StringValue", "timestamp": "Timestamp", "duration": "Duration"}  # fmt: skip


def _pool(objects: Mapping[str, Object]) -> Any:
    from google.protobuf import (
        descriptor_pb2,
        descriptor_pool,
        duration_pb2,
        timestamp_pb2,
        wrappers_pb2,
    )

    pool = descriptor_pool.DescriptorPool()
    file = descriptor_pb2.FileDescriptorProto(
        name="jurat/schema.proto", package="jurat", syntax="proto3"
    )
    for known in (wrappers_pb2, timestamp_pb2, duration_pb2):
        pool.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
        file.dependency.append(known.DESCRIPTOR.name)
    for made in objects.values():
        message = file.message_type.add(name=made.name.removeprefix("jurat."))
        for number, (name, spec) in enumerate(made.fields.items(), 1):
            _declare(message, number, name, spec.type)
    pool.AddSerializedFile(file.SerializeToString())
    return pool


def _declare(message: Any, number: int, name: str, type: Type) -> None:
    repeated = type.kind in ("list", "map")
    # lowerCamelCase names may collide where ours don't
    added = message.field.add(
        name=name, number=number, label=3 if repeated else 1, json_name=f"f{number}"
    )
    if type.kind == "map":
        camel = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
        entry = message.nested_type.add(name=f"{camel}Entry")
        entry.options.map_entry = True
        _declare(entry, 1, "key", Type(type.args[0].kind))
        _declare(entry, 2, "value", Type(type.args[1].kind, name=type.args[1].name))
        added.type, added.type_name = 11, f".jurat.{message.name}.{entry.name}"
        return
    inner = type.args[0] if type.kind == "list" else type
    if inner.name:
        added.type, added.type_name = 11, f".{inner.name}"
    elif inner.nullable or inner.kind in ("timestamp", "duration"):
        added.type, added.type_name = 11, f".google.protobuf.{_WRAPPER[inner.kind]}"
    else:
        added.type = _PROTO[inner.kind]
