"""The messages of cel.expr that a checked tree needs, as descriptors in a pool of our own.

Field numbers are those of cel/expr/syntax.proto and cel/expr/checked.proto (cel-spec).
"""

from functools import cache
from typing import Any

# message -> its fields: number, name, type (a scalar, a message, "[T]" repeated, "{K:V}" a map),
# and the oneof that it belongs to
_MESSAGES = {
    "CheckedExpr": "3 types {int64:Type}; 4 expr Expr; 5 info SourceInfo",
    "SourceInfo": "4 positions {int64:int32}",
    "Type": "1 dyn Nothing kind; 2 null int32 kind; 3 primitive int32 kind; 4 wrapper int32 kind; "
    "5 well_known int32 kind; 6 list ListType kind; 7 map MapType kind; 9 message string kind; "
    "10 param string kind; 11 type Type kind; 12 error Nothing kind; 14 abstract Nothing kind",
    "Nothing": "",
    "ListType": "1 elem Type",
    "MapType": "1 key Type; 2 value Type",
    "Expr": "2 id int64; 3 const Constant kind; 4 ident Ident kind; 5 select Select kind; "
    "6 call Call kind; 7 list CreateList kind; 8 struct CreateStruct kind; 9 fold Fold kind",
    "Constant": "1 null int32 kind; 2 bool bool kind; 3 int int64 kind; 4 uint uint64 kind; "
    "5 double double kind; 6 string string kind; 7 bytes bytes kind",
    "Ident": "1 name string",
    "Select": "1 operand Expr; 2 field string; 3 test bool",
    "Call": "1 target Expr; 2 function string; 3 args [Expr]",
    "CreateList": "1 elements [Expr]; 2 optional [int32]",
    "CreateStruct": "1 name string; 2 entries [Entry]",
    "Entry": "1 id int64; 2 field string kind; 3 key Expr kind; 4 value Expr; 5 optional bool",
    "Fold": "1 var string; 8 var2 string; 2 over Expr; 3 accu string; 4 init Expr; "
    "5 condition Expr; 6 step Expr; 7 result Expr",
}
_SCALARS = {"double": 1, "int64": 3, "uint64": 4, "int32": 5, "bool": 8, "string": 9, "bytes": 12}


@cache
def checked_expr() -> Any:
    """The message class CheckedExpr."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(
        name="jurat/checked.proto", package="jurat.checked", syntax="proto3"
    )
    for name, spec in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for part in filter(None, spec.split("; ")):
            number, field, kind, *oneof = part.split()
            repeated = kind[0] in "[{"
            if kind[0] == "{":
                key, _, value = kind[1:-1].partition(":")
                entry = message.nested_type.add(name=f"{field.title()}Entry")
                entry.options.map_entry = True
                _add(entry, 1, "key", key)
                _add(entry, 2, "value", value)
                kind = f"{name}.{entry.name}"
            added = _add(message, int(number), field, kind.strip("[]"), repeated)
            if oneof:
                if not message.oneof_decl:
                    message.oneof_decl.add(name=oneof[0])
                added.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("jurat.checked.CheckedExpr"))


def _add(message: Any, number: int, name: str, kind: str, repeated: bool = False) -> Any:
    field = message.field.add(name=name, number=number, label=3 if repeated else 1)
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type, field.type_name = 11, f".jurat.checked.{kind}"
    return field


def parse(serialized: bytes) -> Any:
    """The CheckedExpr inside the google.protobuf.Any that the library serializes."""
    from google.protobuf.any_pb2 import Any as Envelope

    return checked_expr().FromString(Envelope.FromString(serialized).value)
