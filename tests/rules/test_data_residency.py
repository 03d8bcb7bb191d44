from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.plugin import Route
from jurat_rules.data_residency import DataResidency

NOW = datetime(2026, 5, 25, 12, tzinfo=UTC)
VIOLATED = ["residency-violated"]
UNSATISFIABLE = ["residency-unsatisfiable"]


# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [{}, {"regions": {"eu": ["francecentral"]}}]


def azure(region: str, sku: str, residency: str | None) -> dict[str, Any]:
    return {"provider": "azure", "region": region, "sku": sku, "residency": residency}


ENDPOINTS = {
    "azure-weu": azure("westeurope", "Standard", "eu"),
    "azure-frc": azure("francecentral", "DataZoneStandard", "eu"),
    "azure-sdc": azure("swedencentral", "GlobalStandard", None),
    "azure-eus": azure("eastus", "Standard", "us"),
    "openai": {"provider": "openai"},
}


def request(required: str | None, endpoint: Any = ...) -> dict[str, Any]:
    body: dict[str, Any] = {"project": {"id": "proj-a", "residency": required}}
    return body if endpoint is ... else {**body, "endpoint": endpoint}


@pytest.mark.parametrize(
    ("required", "endpoint", "codes"),
    [
        ("eu", azure("westeurope", "Standard", "eu"), []),
        ("eu", azure("westeurope", "ProvisionedManaged", "eu"), []),
        ("eu", azure("westeurope", "DataZoneStandard", "eu"), []),
        ("eu", azure("westeurope", "GlobalStandard", "eu"), VIOLATED),  # the SKU decides
        ("eu", azure("westeurope", "GlobalStandard", None), VIOLATED),
        ("eu", azure("westeurope", "Standard", None), VIOLATED),  # absent guarantees nothing
        ("eu", azure("eastus", "Standard", "eu"), VIOLATED),
        ("eu", azure("eastus", "Standard", "us"), VIOLATED),
        ("eu", azure("uksouth", "Standard", "eu"), VIOLATED),
        ("eu", azure("westeurope", "Standrad", "eu"), VIOLATED),
        ("apac", azure("japaneast", "Standard", "apac"), []),
        ("apac", azure("japaneast", "DataZoneStandard", "apac"), VIOLATED),  # no such data zone
        ("eu", {"provider": "openai", "residency": "eu"}, []),
        ("eu", {"provider": "openai", "residency": "global"}, VIOLATED),
        ("eu", None, VIOLATED),
        ("global", azure("eastus", "GlobalStandard", None), []),
        (None, azure("eastus", "GlobalStandard", None), []),
        (None, ..., []),
        ("eu", ..., ["unknown /endpoint/residency"]),
        ("eu", {"residency": "eu"}, ["unknown /endpoint/provider"]),
        (
            "eu",
            {"provider": "azure", "residency": "eu", "region": "westeurope"},
            ["unknown /endpoint/sku"],
        ),
        ("eu", {"residency": "us"}, VIOLATED),
        # a zone of the organisation's own
        ("ch", azure("switzerlandnorth", "Standard", "ch"), []),
        ("ch", azure("switzerlandnorth", "GlobalStandard", "ch"), VIOLATED),
    ],
)
def test_endpoint_as_the_caller_describes_it(
    bench: Any, required: str | None, endpoint: Any, codes: list[str]
) -> None:
    assert bench(DataResidency)().codes(request(required, endpoint)) == codes


def test_unsent_requirement(bench: Any) -> None:
    given = {"endpoint": azure("westeurope", "Standard", "eu")}
    for effect in ("deny", "require"):
        rule = bench(DataResidency)(effect=effect, tables={"endpoints": ENDPOINTS})
        assert rule.codes(given) == ["unknown /project/residency"]


@pytest.mark.parametrize(
    ("endpoint", "codes"),
    [
        (azure("westeurope", "Standard", "eu"), []),
        (azure("switzerlandnorth", "Standard", None), []),  # our table has it in no zone
        (azure("francecentral", "Standard", "eu"), VIOLATED),  # in the EU, and not on the list
        (azure("westeurope", "DataZoneStandard", "eu"), VIOLATED),  # may leave the list
        (azure("westeurope", "GlobalStandard", "eu"), VIOLATED),
        ({"provider": "aws", "region": "westeurope", "residency": None}, []),
        ({"provider": "openai", "region": None, "residency": "eu"}, VIOLATED),
        ({"provider": "azure", "residency": "eu"}, ["unknown /endpoint/region"]),
    ],
)
def test_regions_of_ones_own(bench: Any, endpoint: Any, codes: list[str]) -> None:
    rule = bench(DataResidency)({"regions": {"eu": ["westeurope", "switzerlandnorth"]}})
    assert rule.codes(request("eu", endpoint)) == codes
    assert rule.codes(request("us", azure("eastus", "Standard", "us"))) == []


@pytest.mark.parametrize(
    ("required", "routes"),
    [
        ("eu", ("azure-frc", "azure-weu")),
        ("us", ("azure-eus",)),
        ("apac", None),
        ("unheard-of", None),
        ("global", ()),
        (None, ()),
    ],
)
def test_routes(bench: Any, required: str | None, routes: tuple[str, ...] | None) -> None:
    rule = bench(DataResidency)(effect="require", tables={"endpoints": ENDPOINTS})
    found = rule(request(required))
    if routes == ():
        assert found == ()
    elif routes is None:
        assert [(f.code, f.effect, f.obligation) for f in found] == [
            ("residency-unsatisfiable", "deny", None)
        ]
    else:
        assert [f.obligation for f in found] == [Route(routes)]
        assert found[0].evidence == {"eligible": len(routes)}


def test_routes_with_regions_of_ones_own(bench: Any) -> None:
    def rule(regions: list[str]) -> Any:
        params = {"regions": {"eu": regions}}
        return bench(DataResidency)(params, effect="require", tables={"endpoints": ENDPOINTS})

    (found,) = rule(["westeurope", "francecentral"])(request("eu"))
    assert found.obligation == Route(("azure-weu",))  # azure-frc may leave its region
    assert rule(["northeurope"]).codes(request("eu")) == UNSATISFIABLE
    assert rule([]).codes(request("eu")) == UNSATISFIABLE


def test_routes_by_the_armed_state(bench: Any, endpoints_of_state: Any) -> None:
    rule = bench(DataResidency)(effect="require")
    assert rule.codes(request("eu")) == ["unknown /endpoints"]
    items = {
        **ENDPOINTS,
        "claims": azure("westeurope", "GlobalStandard", "eu"),
        "no-sku": {"provider": "azure", "region": "westeurope", "residency": "eu"},
        "no-residency": {"provider": "azure", "region": "westeurope", "sku": "Standard"},
    }
    collections = {"endpoints": endpoints_of_state(items)}
    (found,) = rule(request("eu"), collections=collections)
    assert found.obligation == Route(("azure-frc", "azure-weu"))
    assert rule.codes(request("apac"), collections=collections) == UNSATISFIABLE


SERVED = {
    "az-1": {**azure("westeurope", "Standard", "eu"), "model": "gpt-4.1"},
    "az-2": {**azure("francecentral", "Standard", "eu"), "model": "gpt-4.1-mini-2025-04-14"},
    "oai-eu": {"provider": "openai", "residency": "eu"},
}
ALL = ("az-1", "az-2", "oai-eu")


@pytest.mark.parametrize(
    ("stop", "routes"),
    [
        ({"endpoint": "az-1"}, ("az-2", "oai-eu")),
        ({"provider": "azure"}, ("oai-eu",)),
        ({"model": "gpt-4.1-mini"}, ("az-1", "oai-eu")),  # of which az-2 serves a snapshot
        ({"endpoint": "az-1", "project": "proj-b"}, ALL),
        ({"endpoint": "az-1", "project": "proj-a"}, ("az-2", "oai-eu")),
        ({"endpoint": "az-1", "actor": "svc-1"}, ("az-2", "oai-eu")),  # whose it is isn't known
        ({"endpoint": "az-1", "until": NOW}, ALL),
        ({"endpoint": "az-1", "since": NOW + timedelta(seconds=1)}, ALL),
        ({"endpoint": "az-1", "since": NOW}, ("az-2", "oai-eu")),
        # what stops the request wherever it goes is the kill switch's to tell
        ({"everything": True}, ALL),
        ({"project": "proj-a"}, ALL),
        ({"actor": "svc-1"}, ALL),
        ({"model": "o3"}, ALL),
        ({"endpoint": "nowhere"}, ALL),
    ],
)
def test_no_route_leads_to_what_is_stopped(
    bench: Any, endpoints_of_state: Any, stop: dict[str, Any], routes: tuple[str, ...]
) -> None:
    given = {**request("eu"), "model": "o3"}
    stops = {"inc-1": stop}
    rule = bench(DataResidency)(effect="require", tables={"endpoints": SERVED, "stops": stops})
    (found,) = rule(given)
    assert found.obligation == Route(routes)
    assert found.evidence == {"eligible": len(routes)}
    # which endpoint the request names doesn't matter
    (found,) = rule({**given, "endpoint": {"id": "az-1", **SERVED["az-1"]}})
    assert found.obligation == Route(routes)
    told = {
        name: {"model": None, "region": None, "sku": None} | row for name, row in SERVED.items()
    }
    collections = {"endpoints": endpoints_of_state(told)}
    (found,) = bench(DataResidency)(effect="require", tables={"stops": stops})(
        given, collections=collections
    )
    assert found.obligation == Route(routes)


def test_where_all_is_stopped_there_is_no_route(bench: Any) -> None:
    stops = {"inc-1": {"provider": "azure"}, "inc-2": {"endpoint": "oai-eu"}}
    rule = bench(DataResidency)(effect="require", tables={"endpoints": SERVED, "stops": stops})
    (found,) = rule({**request("eu"), "model": "o3"})
    assert (found.code, found.effect) == (*UNSATISFIABLE, "deny")
    assert found.message == "every endpoint that guarantees {required} is stopped"
    (found,) = rule({**request("us"), "model": "o3"})
    assert found.message == "no endpoint guarantees {required}, which the project requires"


@pytest.mark.parametrize(
    ("regions", "at", "text"),
    [
        ({"eu1": ["westeurope"]}, ("regions", "eu1"), "did you mean eu?"),
        ({"eu": ["westeurope", "westeurop"]}, ("regions", "eu", 1), "did you mean westeurope?"),
        ({"global": ["westeurope"]}, ("regions", "global"), ""),
    ],
)
def test_refused_params(bench: Any, regions: Any, at: Any, text: str) -> None:
    words = {"residency": {"eu", "us", "global"}, "region": {"westeurope", "eastus"}}
    error = bench(DataResidency).refuses({"regions": regions}, words=words)
    assert error.at == at
    assert text in error.help


def test_values_are_quoted_not_written(bench: Any) -> None:
    (finding,) = bench(DataResidency)()(request("canary", {"residency": "secret"}))
    assert finding.message == "the endpoint keeps data in {given}, the project requires {required}"
    assert finding.quote == {"given": "secret", "required": "canary"}
    assert finding.at == "/endpoint/residency"


ANY = st.fixed_dictionaries(
    {
        "provider": st.sampled_from(["azure", "openai", None]),
        "region": st.sampled_from(["westeurope", "eastus", "uksouth", None]),
        "sku": st.sampled_from(["Standard", "DataZoneStandard", "GlobalStandard", None]),
        "residency": st.sampled_from(["eu", "us", "global", None]),
    }
)


@given(endpoint=ANY, gone=st.sets(st.sampled_from(["provider", "region", "sku", "residency"])))
def test_what_is_not_sent_never_helps(bench: Any, endpoint: Any, gone: set[str]) -> None:
    rule = bench(DataResidency)()
    less = {name: value for name, value in endpoint.items() if name not in gone}
    if rule.codes(request("eu", less)) == []:
        assert rule.codes(request("eu", endpoint)) == []
