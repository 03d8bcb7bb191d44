"""Networks that are in others."""

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network

from jurat.bundle.source import Mapping, Scalar, Sequence
from jurat.plugin import Fix, LintExample, LintFinding, LintRule, LintSubject

from .._extent import sequences, without_item

_RULE = """\
- id: networks
  title: Calls come from our networks
  kind: network.allowlist
  effect: deny
  severity: high
  params: {{networks: {}}}
"""
Network = IPv4Network | IPv6Network


def _networks(text: str) -> LintExample:
    return LintExample({"rules/a.yaml": _RULE.format(text)})


class OverlappingNetworks(LintRule):
    """A network in a list that lies in another of the same list.

    It changes nothing, and who takes it out to shut a site off is mistaken: the wider one still
    lets it in. `--fix` takes the narrow one out where nothing but the addresses counts.
    """

    code, name, needs = "JL111", "overlapping-networks", "files"
    apart = True
    fires = _networks("[10.0.0.0/8, 10.1.0.0/16]")
    passes = _networks("[10.0.0.0/16, 10.1.0.0/16]")

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        known = _containing(subject)
        for file in subject.texts:
            if file.startswith(("rules/", "data/")):
                for items in sequences(subject.root(file)):
                    place = (items.file.path, items.line, items.column)
                    yield from _within(subject, items, place in known)


def _containing(subject: LintSubject) -> set[tuple[str, int, int]]:
    """The lists of which all that counts is which addresses their networks hold: where a
    condition or another plugin's kind reads a list, its very words may count."""
    rules = subject.bundle.rules if subject.bundle is not None else ()
    found: list[Sequence] = []
    for rule in rules:
        if rule.kind.startswith("network."):
            found += sequences(subject.node(rule, "params"))
    if subject.bundle is not None and not any("networks" in (rule.when or "") for rule in rules):
        for table in ("service_accounts", "users"):
            root = subject.root(f"data/{table}.yaml")
            for _, row in root.entries.values() if isinstance(root, Mapping) else ():
                if isinstance(row, Mapping):
                    found += sequences(row.get("networks"))
    return {(items.file.path, items.line, items.column) for items in found}


def _within(subject: LintSubject, items: Sequence, safe: bool) -> Iterator[LintFinding]:
    read = [_network(node) for node in items.items]
    known = [(index, network) for index, network in enumerate(read) if network is not None]
    if len(known) < 2:
        return
    first: dict[tuple[int, int, int], int] = {}
    for index, network in known:
        first.setdefault(_key(network), index)
    lengths = {
        version: sorted({n.prefixlen for _, n in known if n.version == version})
        for version in (4, 6)
    }
    for index, network in known:
        for length in lengths[network.version]:
            if length > network.prefixlen:
                break
            if not length:
                continue  # every address: what is wrong is that one (JL110)
            wider = first.get(_key(network.supernet(new_prefix=length)))
            if wider is None or wider == index:
                continue
            node, other = items.items[index], items.items[wider]
            what = "stands twice" if length == network.prefixlen else f"lies in {read[wider]}"
            edit = without_item(subject, items, index)
            fix = Fix("take it out", (edit,), safe=safe) if edit else None
            related = (subject.of(other, message="the other one"),)
            message = f"the network {network} {what}"
            yield LintFinding(message, subject.of(node), "take one of the two out", related, fix)
            break


def _key(network: Network) -> tuple[int, int, int]:
    return network.version, network.prefixlen, int(network.network_address)


def _network(node: object) -> Network | None:
    if not isinstance(node, Scalar) or "/" not in node.text or not isinstance(node.value, str):
        return None
    try:
        return ip_network(node.text)
    except ValueError:
        return None
