"""Which zone a region lies in, and what a deployment guarantees of it."""

import pytest

from jurat.plugin import AZURE_SKUS, guaranteed, providers, regions, zone_of


@pytest.mark.parametrize(
    ("provider", "region", "zone"),
    [
        ("azure", "westeurope", "eu"),
        ("azure", "francecentral", "eu"),
        ("azure", "uksouth", None),
        ("azure", "switzerlandnorth", None),
        ("azure", "norwayeast", None),
        ("azure", "eastus", "us"),
        ("azure", "westus", "us"),
        ("azure", "japaneast", "apac"),
        ("azure", "australiaeast", "apac"),
        ("azure", "eu-west-1", None),
        ("aws", "eu-west-1", "eu"),
        ("aws", "eu-west-2", None),
        ("aws", "ap-southeast-2", "apac"),
        ("gcp", "europe-west4", "eu"),
        ("gcp", "europe-west2", None),
        ("openai", "eu", "eu"),
        ("openai", "global", None),
        ("nobody", "westeurope", None),
        (None, "westeurope", "eu"),
        (None, "eu", "eu"),
        (None, "nowhere", None),
        ("azure", None, None),
    ],
)
def test_zones(provider: str | None, region: str | None, zone: str | None) -> None:
    assert zone_of(provider, region) == zone


@pytest.mark.parametrize(
    ("sku", "region", "zone"),
    [
        ("Standard", "westeurope", "eu"),
        ("ProvisionedManaged", "japaneast", "apac"),
        ("DataZoneStandard", "westeurope", "eu"),
        ("DataZoneProvisionedManaged", "eastus", "us"),
        ("DataZoneBatch", "japaneast", None),
        ("DataZoneStandard", "uksouth", None),
        ("GlobalStandard", "westeurope", None),
        ("GlobalBatch", "eastus", None),
        ("DeveloperTier", "westeurope", None),
        ("standard", "westeurope", None),
        (None, "westeurope", None),
    ],
)
def test_the_sku_decides_on_azure(sku: str | None, region: str, zone: str | None) -> None:
    assert guaranteed("azure", sku, region) == zone


def test_elsewhere_the_region_decides() -> None:
    assert guaranteed("aws", None, "eu-central-1") == "eu"
    assert guaranteed("aws", "GlobalStandard", "eu-central-1") == "eu"


def test_the_tables_agree_with_themselves() -> None:
    assert {zone_of(p, r) for p in providers() for r in regions(p)} == {"eu", "us", "apac", None}
    assert regions() == frozenset().union(*map(regions, providers()))
    assert regions("nobody") == frozenset()
    assert all(guaranteed("azure", sku, "eastus") in ("us", None) for sku in AZURE_SKUS)
