"""The obligation that a rule of kind `expression` with effect `require` states."""

import re
from collections.abc import Collection

from jurat.plugin import HEADER_SOURCES, Approve, Header, HoldStream, Obligation, Route

from ._diagnostic import Diagnostic, mend
from ._keys import HEADER, HEADER_VALUE, OBLIGATION
from ._nodes import Mapping, Node, Scalar, described
from ._shape import Fields

FORMS = (
    "{header: {name: X-Team, value: a}}, {route: [endpoint ids]}, {hold_stream: true} "
    "or {approval: [approvers]}"
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)  # RFC 9110 section 5.6.2
_FIELD_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?|")  # section 5.5, as ASCII


def read_obligation(
    node: Node, endpoints: Collection[str] | None, problems: list[Diagnostic]
) -> Obligation | None:
    """The obligation at `node`. `endpoints` are the ids of the table, None where there is none."""
    if not isinstance(node, Mapping) or len(node.entries) != 1:
        what = "two or more" if isinstance(node, Mapping) and node.entries else described(node)
        message = f"an obligation is one of four forms, not {what}"
        problems.append(node.problem("JB041", message, f"write {FORMS}"))
        return None
    fields = Fields(node, OBLIGATION, "an obligation", problems)
    (form,) = node.entries
    match form:
        case "header":
            return _header(fields)
        case "route":
            ids = fields.texts("route", lambda id_: _endpoint(id_, endpoints))
            return Route(ids) if _some(fields, "route", ids) else None
        case "approval":
            approvers = fields.texts("approval")
            return Approve(approvers) if _some(fields, "approval", approvers) else None
        case "hold_stream":
            value = fields.get("hold_stream")
            if isinstance(value, Scalar) and value.value is True:
                return HoldStream()
            fields.refuse("JB041", "`hold_stream` is true", "hold_stream", "or leave it out")
    return None


def _header(fields: Fields) -> Header | None:
    node = fields.mapping("header")
    if node is None:
        return None
    header = Fields(node, HEADER, "a header", fields.problems)
    name = header.text("name", _TOKEN, "a header's name has letters, digits and `-`")
    value = _value(header)
    return Header(name, value) if header.fit and name and value else None


def _value(header: Fields) -> str | dict[str, str] | None:
    node = header.get("value")
    if not isinstance(node, Mapping):
        return header.text("value", _FIELD_VALUE, "a header's value is printable ASCII")
    fields = Fields(node, HEADER_VALUE, "a header's value", header.problems)
    source = fields.word("from", HEADER_SOURCES, "source of a header's value")
    header.fit = header.fit and fields.fit
    return {"from": source} if source else None


def _endpoint(id_: str, endpoints: Collection[str] | None) -> str:
    if endpoints is None or id_ in endpoints:
        return ""
    return mend(id_, endpoints) or "data/endpoints.yaml lists none"


def _some(fields: Fields, key: str, values: tuple[str, ...]) -> bool:
    if fields.fit and not values:
        fields.refuse("JB041", f"`{key}` names none", key)
    return fields.fit
