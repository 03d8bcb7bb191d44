"""A bundle's files written anew: in another order, with every rule twice, with more rules."""

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from jurat.bundle import Bundle
from jurat.bundle.source import SourceFile, parse

COPY = "copy-of-"


def reordered(bundle: Bundle, seed: int) -> dict[str, bytes]:
    """The same policy: its lists of rules and waivers shuffled, all mappings turned round."""
    random = Random(seed)

    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(inner) for key, inner in reversed(list(value.items()))}
        if isinstance(value, list):  # the order of a list may be meant
            return [turned(item) for item in value]
        return value

    def shuffled(items: list[Any]) -> list[Any]:
        items = [turned(item) for item in items]
        random.shuffle(items)
        return items

    made = _each(bundle, rules=shuffled, waivers=shuffled, data=turned, manifest=turned)
    return dict(reversed(made.items()))


def doubled(bundle: Bundle) -> dict[str, bytes]:
    """The policy with a copy of every rule, and of every waiver for the copy of its rule."""

    def copied(key: str) -> Callable[[list[Any]], list[Any]]:
        return lambda items: [*items, *({**item, key: COPY + item[key]} for item in items)]

    return _each(bundle, rules=copied("id"), waivers=copied("rule"))


def with_rules(bundle: Bundle, *rules: Mapping[str, Any]) -> dict[str, bytes]:
    """The policy with more rules."""
    name = "rules/added-by-a-law.yaml"
    return {**_each(bundle), name: json.dumps(list(rules)).encode()}


def _same(value: Any) -> Any:
    return value


def _each(
    bundle: Bundle,
    *,
    rules: Callable[[list[Any]], list[Any]] = _same,
    waivers: Callable[[list[Any]], list[Any]] = _same,
    data: Callable[[Any], Any] = _same,
    manifest: Callable[[Any], Any] = _same,
) -> dict[str, bytes]:
    """The files without tests, each changed by what is said for its part."""
    made = {}
    for name, text in bundle.files.items():
        how: Callable[[Any], Any] = _same
        match name.split("/")[0]:
            case "tests":
                continue
            case "rules":
                how = rules
            case "waivers.yaml":
                how = waivers
            case "data":
                how = data
            case "bundle.yaml":
                how = manifest
        made[name] = text if how is _same else _changed(name, text, how)
    return made


def _changed(name: str, text: bytes, how: Callable[[Any], Any]) -> bytes:
    tree, _ = parse(SourceFile(name, text.decode()))
    if tree is None:  # nothing in it
        return text
    return json.dumps(how(tree.plain())).encode()  # JSON is YAML
