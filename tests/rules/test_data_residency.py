from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.plugin import Route
from jurat_rules.data_residency import DataResidency

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
