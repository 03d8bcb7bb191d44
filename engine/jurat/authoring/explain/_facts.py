"""Which facts the rules of a bundle read, by input: what a caller has to send."""

from collections.abc import Iterator, Mapping

from jurat.plan import COLLECTIONS, INPUTS, POINTERS, Entry, Plan

_TABLES = {
    "actor": ("service_accounts", "users"),
    "project": ("projects",),
    "endpoint": ("endpoints",),
    "vendor": ("vendors",),
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
                if kind == "request" and table_of(plan, pointer):
                    found.setdefault(key_of(pointer), set()).add(entry.id)
        if found:
            read[kind] = {pointer: sorted(rules) for pointer, rules in sorted(found.items())}
    return read


def table_of(plan: Plan, pointer: str) -> str:
    """The table of the bundle that holds the fact at `pointer` of a request, "" for none."""
    first, *rest = pointer.removeprefix("/").split("/")
    if not rest or rest[0] == "id":
        return ""
    for name in _TABLES.get(first, ()):
        if name in plan.bundle.tables.names:
            rows: Mapping[str, object] = plan.bundle.tables[name]
            if any(rest[0] in vars(row) for row in rows.values()):
                return name
    return ""


def key_of(pointer: str) -> str:
    """The pointer of the id by which a table's row is found for a fact at `pointer`."""
    return f"/{pointer.split('/')[1]}/id"


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
