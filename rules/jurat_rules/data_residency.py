"""Data stays in the zone that its project requires."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from pydantic import Field

from jurat.model import Request, is_known
from jurat.plugin import (
    Check,
    CompileContext,
    Example,
    Examples,
    Facts,
    Finding,
    ParamError,
    Route,
    RuleKind,
    RuleParams,
    RuleSpec,
    guaranteed,
)

from ._stops import Stops, stops_of
from ._words import VOCABULARY, must_know

ANYWHERE = "global"
_Keeps = Callable[[Any, str], bool]
_StopsIn = Callable[[Any], Stops | None]
_ZONES = frozenset({"eu", "us", "apac"})  # those whose regions jurat knows
_REGIONAL = frozenset({"Standard", "ProvisionedManaged"})  # Azure SKUs that stay in their region


class DataResidency(RuleKind):
    """Requests of a project are processed in the zone that the project requires.

    ## What it does
    What is required is `/project/residency`: a zone such as `eu`. With effect `deny` (or
    `advise`) it fires where the endpoint of the request doesn't guarantee that zone. With effect
    `require` it lets the call go to those endpoints only that do, as a `route` obligation; where
    there is none, the request is denied. What a row of the table `stops` has stopped, an endpoint,
    a provider or the model that an endpoint serves, is not among them (see `kill.switch`). A
    project without residency, or with `global`, may be served anywhere.

    ## Why
    Where data is processed decides which law holds for it, and a fallback to the nearest free
    region abroad is a transfer that nobody approved.

    ## Example
    ```yaml
    - id: eu-residency
      title: EU projects are served from the EU
      kind: data.residency
      effect: require
      severity: critical
      waivable: false
      when: request.project.residency == "eu"
    ```

    ## Options
    - `regions`: the regions of a zone, by zone, in place of jurat's own table:
      `{eu: [westeurope, francecentral]}`. For a zone given here the endpoint's region decides,
      and what the endpoint claims doesn't.

    ## Limits
    On Azure the deployment's SKU decides and not the endpoint's region: Standard stays in the
    region, DataZone in the EU or the US, Global nowhere. With a zone of your own `regions`,
    DataZone doesn't count either: it may leave them. An endpoint whose residency is known to be
    absent guarantees none. The rule believes a provider's published guarantee; it can't see where
    a call is really processed. Which of the eligible endpoints has the model, and answers, is the
    gateway's to find out.

    ## Codes
    | code | meaning |
    |---|---|
    | `residency-violated` | the endpoint doesn't guarantee the zone |
    | `residency-required` | the call may go to the eligible endpoints only |
    | `residency-unsatisfiable` | no endpoint guarantees the zone, or those that do are stopped |
    """

    name = "data.residency"
    judges = Request
    effects = {"deny", "require", "advise"}
    allowlists = ("regions",)

    class Params(RuleParams):
        regions: dict[str, tuple[str, ...]] = Field(default_factory=dict)
        """The regions of a zone, by zone, in place of jurat's own table."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        regions = {zone: frozenset(names) for zone, names in rule.params.regions.items()}
        _validate(rule.params.regions, context)
        table = getattr(context.data, "endpoints", None)
        keeps = _keeps(regions, listed=table is not None)
        if rule.effect != "require":
            return _judge(keeps, regions, listed=table is not None)
        stops_in = stops_of(context)
        if table is None:
            return _route_by_state(keeps, regions, stops_in)
        return _route(table, keeps, stops_in)

    def reads(self, params: Any) -> tuple[str, ...]:
        regional = ("/endpoint/region", "/endpoint/sku") if params.regions else ()
        return ("/project/residency", "/endpoint/residency", "/endpoint/provider", *regional)

    def examples(self, params: Any) -> Examples:
        zone = next(iter(params.regions), "eu")
        region = next(iter(params.regions.get(zone, ())), "westeurope")
        near: dict[str, Any] = {"id": "near", "provider": "azure", "residency": zone}
        near |= {"region": region, "sku": "Standard"}
        far: dict[str, Any] = {"id": "far", "provider": "azure", "residency": None}
        far |= {"region": "brazilsouth", "sku": "GlobalStandard"}

        def made(residency: str | None, endpoint: dict[str, Any], note: str) -> Example:
            row = {column: value for column, value in endpoint.items() if column != "id"}
            return Example(
                {"project": {"id": "proj-a", "residency": residency}, "endpoint": endpoint},
                data={"endpoints": {endpoint["id"]: row}},
                note=note,
            )

        # these hold for every effect: with require, even a good endpoint fires, as its route
        return Examples(
            fires=(made(zone, far, "the one endpoint is Global: it may run anywhere"),),
            passes=(
                made(None, far, "no residency is required"),
                made(ANYWHERE, near, "the project may be served anywhere"),
            ),
        )


def _validate(regions: Mapping[str, tuple[str, ...]], context: CompileContext) -> None:
    for zone, names in regions.items():
        must_know("zone", zone, context.words("residency"), ("regions", zone), extend=VOCABULARY)
        if zone == ANYWHERE:
            raise ParamError("global has no regions: it is anywhere", at=("regions", zone))
        for index, name in enumerate(names):
            at = ("regions", zone, index)
            must_know("region", name, context.words("region"), at, extend=VOCABULARY)


def _keeps(regions: Mapping[str, frozenset[str]], *, listed: bool) -> _Keeps:
    """Whether an endpoint guarantees a zone.

    `listed` says that the endpoint is a row of the bundle's table, whose claim was compared with
    its SKU when the bundle was loaded; any other claim is compared here.
    """
    guarantee = lru_cache(4096)(guaranteed)

    def by_claim(endpoint: Any, zone: str) -> bool:
        if endpoint.residency != zone:
            return False
        if listed or endpoint.provider != "azure":
            return True
        if zone in _ZONES:
            return guarantee("azure", endpoint.sku, endpoint.region) == zone
        return endpoint.sku in _REGIONAL  # a zone of the organisation's own: we know no regions

    if not regions:
        return by_claim

    def keeps(endpoint: Any, zone: str) -> bool:
        if zone not in regions:
            return by_claim(endpoint, zone)
        if endpoint.region not in regions[zone]:
            return False
        return endpoint.provider != "azure" or endpoint.sku in _REGIONAL

    return keeps


def _judge(keeps: _Keeps, regions: Mapping[str, frozenset[str]], *, listed: bool) -> Check:
    claim_counts = listed and not regions

    def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        zone = request.project.residency
        if (
            zone is None
            or zone == ANYWHERE
            or (claim_counts and request.endpoint.residency == zone)
            or keeps(request.endpoint, zone)
        ):
            return ()
        endpoint = request.endpoint.__dict__
        quote = {"required": zone}
        guarantee = endpoint.get("residency")
        if zone in regions:
            message = (
                "the endpoint is in none of the regions of {required}, or its SKU leaves them"
            )
        elif guarantee is None:
            message = "the endpoint guarantees no residency, the project requires {required}"
        elif guarantee == zone:
            message = "the endpoint claims {required}, and its SKU doesn't guarantee it"
        else:
            message = "the endpoint keeps data in {given}, the project requires {required}"
            quote["given"] = guarantee
        return (
            Finding(
                "residency-violated",
                message,
                at="/endpoint/region" if zone in regions else "/endpoint/residency",
                quote=quote,
                remediation="Send the call to an endpoint that guarantees the zone.",
            ),
        )

    return check


def _routes(zone: str, eligible: tuple[str, ...], *, stopped: bool = False) -> tuple[Finding, ...]:
    """`stopped` says that there were more, and that a stop keeps them from being used."""
    if not eligible:
        message = "no endpoint guarantees {required}, which the project requires"
        if stopped:
            message = "every endpoint that guarantees {required} is stopped"
        return (
            Finding(
                "residency-unsatisfiable",
                message,
                at="/project/residency",
                quote={"required": zone},
                effect="deny",
                remediation="Add an endpoint that guarantees the zone.",
            ),
        )
    noun = "endpoint guarantees" if len(eligible) == 1 else "endpoints guarantee"
    return (
        Finding(
            "residency-required",
            f"{len(eligible)} {noun} {{required}}, which the project requires",
            at="/project/residency",
            evidence={"eligible": len(eligible)},
            quote={"required": zone},
            obligation=Route(eligible),
        ),
    )


def _open(
    zone: str,
    eligible: tuple[str, ...],
    endpoints: Mapping[str, Any],
    stops: Stops | None,
    request: Any,
    now: datetime,
) -> tuple[Finding, ...]:
    """The route to those of the eligible that are not stopped."""
    usable = eligible if stops is None else stops.open_to(request, eligible, endpoints, now)
    return _routes(zone, usable, stopped=usable != eligible)


def _route(table: Mapping[str, Any], keeps: _Keeps, stops_in: _StopsIn) -> Check:
    """The bundle's endpoints are known now, so what is eligible is worked out once per zone."""
    zones = {row.__dict__.get("residency") for row in table.values()}

    def of(zone: str) -> tuple[str, ...]:
        return tuple(sorted(id_ for id_, row in table.items() if keeps(row, zone)))

    eligible = {zone: of(zone) for zone in sorted(zones - {None, ANYWHERE})}
    ready = {zone: _routes(zone, ids) for zone, ids in eligible.items()}

    def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        zone = request.project.residency
        if zone is None or zone == ANYWHERE:
            return ()
        stops = stops_in(facts.data)
        if stops is None and zone in ready:
            return ready[zone]
        ids = eligible[zone] if zone in eligible else of(zone)
        return _open(zone, ids, table, stops, request, now)

    return check


def _route_by_state(
    keeps: _Keeps, regions: Mapping[str, frozenset[str]], stops_in: _StopsIn
) -> Check:
    def eligible(endpoint: Any, zone: str) -> bool:
        """Where something that decides is unknown, nothing is routed there."""
        needed = ("provider", "region" if zone in regions else "residency")
        if not is_known(endpoint, *needed):
            return False
        if endpoint.provider == "azure" and not is_known(endpoint, "sku", "region"):
            return False
        return keeps(endpoint, zone)

    def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        zone = request.project.residency
        if zone is None or zone == ANYWHERE:
            return ()
        rows = facts.table("endpoints")
        ids = tuple(sorted(id_ for id_ in rows if eligible(rows[id_], zone)))
        return _open(zone, ids, rows, stops_in(facts.data), request, now)

    return check
