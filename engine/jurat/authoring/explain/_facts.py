"""Which facts the rules of a bundle read, by input: what a caller has to send."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jurat.plan import COLLECTIONS, INPUTS, POINTERS, Entry, Plan


@dataclass(frozen=True, slots=True)
class Joined:
    """Where a fact of a request is joined from: tables of the bundle, by facts that are sent."""

    tables: tuple[str, ...]
    keys: tuple[str, ...]
    """JSON Pointers."""


# by the place of the joined thing in a request, the narrower place first
_JOINS: Mapping[str, Joined] = {
    "/actor/credential": Joined(("credentials",), ("/actor/credential/id",)),
    "/actor": Joined(("service_accounts", "users"), ("/actor/id",)),
    "/project": Joined(("projects",), ("/project/id",)),
    "/endpoint": Joined(("endpoints",), ("/endpoint/id",)),
    "/model_info": Joined(("models",), ("/model",)),
    "/prompt": Joined(("prompts",), ("/prompt/id", "/prompt/version")),
    "/vendor": Joined(("vendors",), ("/provider",)),
}


def facts_read(plan: Plan) -> dict[str, dict[str, list[str]]]:
    """By input (request, response, org_state) and JSON Pointer, the ids of the rules that read it.

    `*` in a pointer stands for each item of a snapshot's collection.
    """
    read: dict[str, dict[str, list[str]]] = {}
    for kind in INPUTS:
        found: dict[str, set[str]] = {}
        for entry in plan.entries(kind):
            for pointer in _pointers(entry, kind):
                found.setdefault(pointer, set()).add(entry.id)
                joined = source_of(plan, pointer) if kind == "request" else None
                for key in joined.keys if joined else ():
                    found.setdefault(key, set()).add(entry.id)
        if found:
            read[kind] = {pointer: sorted(rules) for pointer, rules in sorted(found.items())}
    return read


def source_of(plan: Plan, pointer: str) -> Joined | None:
    """Where the fact at `pointer` of a request comes from, with the tables that the bundle has.

    None for a fact that is sent, or that no table of the bundle holds.
    """
    for place, joined in _JOINS.items():
        if pointer.startswith(f"{place}/"):
            tables = tuple(name for name in joined.tables if name in plan.bundle.tables.names)
            if pointer in joined.keys or not tables:
                return None
            return Joined(tables, joined.keys)
    return None


def _pointers(entry: Entry, kind: str) -> Iterator[str]:
    for conjunct in entry.condition.conjuncts if entry.condition else ():
        for path in conjunct.paths:
            if pointer := _placed(path, entry, kind):
                yield pointer
    implementation = entry.rule.implementation
    if implementation is None:
        return
    for read in implementation.reads(entry.rule.params):
        if read.startswith("/"):
            yield _place(entry.resource, kind) + read
        elif read.partition(".")[0] != ("request" if kind == "org_state" else "org"):
            yield _placed(read, entry, kind)
    entities = implementation.entities(entry.rule.params)
    if entities is not None:
        yield "text"


def _placed(path: str, entry: Entry, kind: str) -> str:
    """The pointer of a condition's dotted path in the input; "" for tables and the time."""
    root, _, rest = path.partition(".")
    if root in ("data", "now") or not rest:
        return ""
    if root == "org" and kind == "org_state":
        return "/" + rest.replace(".", "/")
    return f"{_place(root, kind)}/{rest.replace('.', '/')}"


def _place(resource: str, kind: str) -> str:
    """Where a thing that conditions call `resource` stands in an input of this kind."""
    if resource == kind:
        return ""
    if kind == "org_state":
        return f"/{COLLECTIONS[resource]}/items/*" if resource in COLLECTIONS else f"/{resource}"
    within = "/request" if kind == "response" else ""
    return within + ("" if resource == "request" else POINTERS.get(resource, f"/{resource}"))
