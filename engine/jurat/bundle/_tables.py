"""data/*.yaml: one table per file, rows keyed by id, checked against the table's model."""

from collections.abc import Mapping as MappingABC
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from jurat.canon import join
from jurat.model import (
    Control,
    Credential,
    Endpoint,
    Model,
    ModelInfo,
    Place,
    Principal,
    Project,
    Prompt,
    Role,
    Stop,
    Vendor,
    View,
    build_at,
    view_class,
)
from jurat.plugin import AZURE_SKUS, guaranteed, regions, zone_of

from ._diagnostic import Diagnostic, mend
from ._invalid import refusals
from ._nodes import Mapping, Node, Scalar, Sequence
from ._row_checks import check_control, check_row
from ._shape import mapping_of, shown
from ._stops import check_stop
from ._vocabulary import COLUMNS

STANDARD: MappingABC[str, type[Model]] = MappingProxyType(
    {
        "projects": Project,
        "service_accounts": Principal,
        "users": Principal,
        "credentials": Credential,
        "endpoints": Endpoint,
        "models": ModelInfo,
        "prompts": Prompt,
        "roles": Role,
        "vendors": Vendor,
        "stops": Stop,
        "controls": Control,
    }
)

Words = MappingABC[str, frozenset[str]]


def read_table(
    name: str, root: Node | None, model: type[Model], words: Words, problems: list[Diagnostic]
) -> dict[str, View]:
    """The rows of a table as views that have every column (one left out is absent)."""
    rows: dict[str, View] = {}
    node = None if root is None else mapping_of(root, f"table {name}", problems)
    if node is None:
        return rows
    cls = view_class(model)
    for id_, (key, value) in node.entries.items():
        if not id_.strip():
            problems.append(key.problem("JB024", "the id of a row is empty"))
            continue
        row = _row(name, id_, key, value, model, words, problems)
        if row is not None:
            rows[id_] = build_at(cls, row, Place(join(f"/data/{name}", id_)))
    if name == "models":
        _check_aliases(node, problems)
    return rows


def aliases(models: MappingABC[str, Any]) -> frozenset[str]:
    """The aliases that the rows of the register of models declare."""
    return frozenset(alias for row in models.values() for alias in row.aliases or ())


def _row(
    table: str,
    id_: str,
    key: Scalar,
    node: Node,
    model: type[Model],
    words: Words,
    problems: list[Diagnostic],
) -> dict[str, Any] | None:
    """A row's columns, all of them, nested objects as dicts."""
    if isinstance(node, Scalar) and node.value is None:
        plain: dict[str, Any] = {}
    elif isinstance(node, Mapping):
        plain = node.plain()
    else:
        problems.append(node.problem("JB050", f"a row of {table} is a mapping of its columns"))
        return None
    before = len(problems)
    try:
        row = model.model_validate(plain).model_dump(by_alias=True)
    except ValidationError as error:
        problems += refusals(node, error, "JB050", model, f"a row of {table}")
        return None
    if isinstance(node, Mapping):
        _check_words(model, node, words, problems)
        if STANDARD.get(table) is model:
            check_row(table, node, row, problems)
        if table == "endpoints":
            _check_residency(id_, node, row, problems)
    if table == "stops":
        check_stop(node, row, problems)
    _identify(table, id_, key, node, row, problems)
    return row if len(problems) == before else None


def _identify(
    table: str,
    id_: str,
    key: Scalar,
    node: Node,
    row: dict[str, Any],
    problems: list[Diagnostic],
) -> None:
    """Fill in what the key says, and refuse a row that says otherwise."""
    told: dict[str, Any] = {"id": id_}
    if table == "prompts":
        name, at, version = id_.rpartition("@")
        if not (name and at and version):
            help = f'write the id and the version of the prompt, like "{id_[:60]}@1"'
            problems.append(key.problem("JB050", "a prompt is keyed as id@version", help))
            return
        told = {"id": name, "version": version}
    if table == "controls":
        check_control(id_, key, row, problems)
    for column, value in told.items():
        if row[column] is None:
            row[column] = value
        elif row[column] != value:
            place = node.at((column,))
            message = f"`{column}` is {shown(place)}, but the key of the row says `{value[:60]}`"
            problems.append(place.problem("JB050", message, "take the column out"))
    if table == "service_accounts":
        if row["kind"] == "user":
            help = "move the row to data/users.yaml, or say service_account or workload"
            problems.append(node.at(("kind",)).problem("JB050", "no service account", help))
        row["kind"] = row["kind"] or "service_account"


def _check_words(
    model: type[Model], node: Mapping, words: Words, problems: list[Diagnostic]
) -> None:
    for column, (_, value) in node.entries.items():
        vocabulary = COLUMNS.get((model.__name__, column))
        if vocabulary is None:
            continue
        for item in value.items if isinstance(value, Sequence) else (value,):
            if not isinstance(item, Scalar) or not isinstance(item.value, str):
                continue
            if item.value not in words[vocabulary]:
                message = f"{shown(item)} is no {vocabulary.replace('_', ' ')}"
                help = mend(item.value, sorted(words[vocabulary]))
                help += "; a new one goes into data/vocabulary.yaml"
                problems.append(item.problem("JB023", message, help))


def _check_residency(
    id_: str, node: Mapping, row: dict[str, Any], problems: list[Diagnostic]
) -> None:
    """An Azure row claims no more than its SKU guarantees."""
    claim, sku, region = row["residency"], row["sku"], row["region"]
    if row["provider"] != "azure":
        return
    if sku is not None and sku not in AZURE_SKUS and sku != "DataZone" and sku != "Global":
        place = node.at(("sku",))
        problems.append(
            place.problem("JB023", f"{shown(place)} is no SKU of Azure", mend(sku, AZURE_SKUS))
        )
        return
    if claim is None or claim == "global":
        return
    regional = sku in ("Standard", "ProvisionedManaged", None)
    zone = zone_of("azure", region) if sku is None else guaranteed("azure", sku, region)
    if claim == zone or (regional and _own_claim(claim, region)):
        return
    place = node.at(("residency",))
    message = f"endpoint {id_[:60]} claims residency {shown(place)}, which it does not guarantee"
    problems.append(place.problem("JB051", message, _guarantee(sku, region, zone)))


def _own_claim(claim: str, region: str | None) -> bool:
    """True for a zone or region of the bundle's own words, on which jurat's table is silent."""
    return claim not in ("eu", "us", "apac") or (
        region is not None and region not in regions("azure")
    )


def _guarantee(sku: str | None, region: str | None, zone: str | None) -> str:
    if sku is not None and zone is None and sku not in ("Standard", "ProvisionedManaged"):
        what = f"{sku} in {region or 'no region'}"
        return f"{what} may run anywhere: say `residency: null`, or change the SKU"
    if zone is None:
        return f"region {region or '(none)'} lies in none of eu, us and apac"
    return f"{sku or 'a deployment'} in {region} stays in {zone}"


def _check_aliases(node: Mapping, problems: list[Diagnostic]) -> None:
    """An alias stands for one model, and is not itself the id of another."""
    owners: dict[str, str] = {}
    for id_, (_, row) in node.entries.items():
        aliases = row.get("aliases") if isinstance(row, Mapping) else None
        for item in aliases.items if isinstance(aliases, Sequence) else ():
            if not isinstance(item, Scalar) or not isinstance(item.value, str):
                continue
            if item.value in node.entries and item.value != id_:
                message = f"the alias {shown(item)} is the id of another model"
                problems.append(item.problem("JB050", message))
            elif (owner := owners.setdefault(item.value, id_)) != id_:
                message = f"the alias {shown(item)} stands for {owner[:60]} already"
                problems.append(item.problem("JB050", message))
