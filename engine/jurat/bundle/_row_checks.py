"""What a row of a standard table cannot mean, though each value is of the right type."""

import re
from collections.abc import Mapping as MappingABC
from contextlib import suppress
from typing import Any

from ._diagnostic import Diagnostic, mend
from ._nodes import Mapping, Node, Sequence
from ._shape import shown

# (table, what must not come before …, … the other)
_ORDER = (
    ("models", "retires", "released", "the model retires before it is released"),
    ("credentials", "expires_at", "created_at", "the credential expires before it is created"),
    ("vendors", "contract_to", "contract_from", "the contract ends before it begins"),
)
# 1.2, TLSv1.2, TLS 1.2, tls1_2, TLS12, TLSv1 for 1.0, and SSLv3: too old, but a version
_TLS = re.compile(
    r"(TLS[ _/-]?V?[ _-]?)?1([._][0-3])?|TLS[ _-]?V?1[0-3]|SSL[ _-]?V?[ _-]?[23]([._]?\d)?",
    re.ASCII | re.IGNORECASE,
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_CONTROL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*:\S(?:.*\S)?")
_NETWORK_HELP = "write it like 10.0.1.0/24, 2001:db8::/32 or 10.0.1.5"


def check_row(
    table: str, node: Mapping, row: MappingABC[str, Any], problems: list[Diagnostic]
) -> None:
    """Tell what is wrong with a row whose columns are of the right types."""
    for name, later, earlier, message in _ORDER:
        if name != table or row[later] is None or row[earlier] is None:
            continue
        if row[later] < row[earlier]:
            place = node.at((later,))
            help = f"`{earlier}` is {shown(node.at((earlier,)))}"
            problems.append(place.problem("JB055", message, help))
    for item in _items(node, "networks"):
        if (why := _no_network(item)) is not None:
            problems.append(item.problem("JB050", why[0], why[1]))
    if isinstance(row.get("tls_version"), str) and not _TLS.fullmatch(row["tls_version"]):
        place = node.at(("tls_version",))
        message = f"{shown(place)} is no version of TLS"
        help = mend(row["tls_version"], ["1.0", "1.1", "1.2", "1.3"])
        problems.append(place.problem("JB050", message, help))
    if isinstance(row.get("email"), str) and not _EMAIL.fullmatch(row["email"]):
        place = node.at(("email",))
        help = "write it like ann@example.com"
        problems.append(place.problem("JB050", f"{shown(place)} is no e-mail address", help))


def check_control(
    id_: str, key: Node, row: MappingABC[str, Any], problems: list[Diagnostic]
) -> None:
    """Tell a row of the table `controls` that no rule could name, or that says nothing."""
    if not _CONTROL.fullmatch(id_):
        help = "a control is keyed by framework and id, like SOC2:CC6.1"
        problems.append(key.problem("JB050", f"{shown(key)} is no id of a control", help))
    if not (row["text"] or "").strip():
        help = "say what the control asks for, in words of your own"
        problems.append(key.problem("JB021", "a row of controls needs `text`", help))


def _items(node: Mapping, column: str) -> list[Node]:
    value = node.get(column)
    return value.items if isinstance(value, Sequence) else []


def _no_network(item: Node) -> tuple[str, str] | None:
    """Message and help for what is no network in CIDR notation (RFC 4632, RFC 4291 section 2.3).

    A bare address is a network of one.
    """
    import ipaddress  # only for a table that lists networks

    text = str(item.plain())
    address, slash, length = text.partition("/")
    odd = "%" in text or (slash and not (length.isascii() and length.isdigit()))
    if odd:
        return f"{shown(item)} is no network", _NETWORK_HELP
    with suppress(ValueError):
        ipaddress.ip_network(text)
        return None
    try:
        wide = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return f"{shown(item)} is no network", _NETWORK_HELP
    message = f"the network {shown(item)} has bits set beyond its prefix"
    return message, f"write {wide}, or {address} for the one address"
