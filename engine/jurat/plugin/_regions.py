"""Which zone a provider's region lies in, and what a deployment guarantees about it.

The zones are words of the vocabulary `residency`: `eu` is the European Union alone (neither the
United Kingdom nor Switzerland nor Norway), `apac` Asia and the Pacific. A region that lies in
none of the three is known, but has no zone. Sources: the providers' public lists of regions, and
Azure's list of deployment types for its SKUs.
"""

from collections.abc import Mapping
from types import MappingProxyType


def _table(*, other: str, **zones: str) -> Mapping[str, str]:
    """Zone by region; "" for a region that we know and that lies in no zone."""
    table = dict.fromkeys(other.split(), "")
    for zone, names in zones.items():
        table |= dict.fromkeys(names.split(), zone)
    return MappingProxyType(table)


_REGIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "azure": _table(
            eu="""westeurope northeurope francecentral francesouth germanywestcentral germanynorth
               swedencentral swedensouth polandcentral italynorth spaincentral austriaeast
               belgiumcentral denmarkeast""",
            us="""eastus eastus2 centralus northcentralus southcentralus westcentralus westus westus2
               westus3""",
            apac="""japaneast japanwest australiaeast australiasoutheast australiacentral
               australiacentral2 eastasia southeastasia koreacentral koreasouth centralindia
               southindia westindia jioindiawest jioindiacentral newzealandnorth indonesiacentral
               malaysiawest""",
            other="""uksouth ukwest switzerlandnorth switzerlandwest norwayeast norwaywest
               canadacentral canadaeast brazilsouth brazilsoutheast mexicocentral chilecentral
               southafricanorth southafricawest uaenorth uaecentral qatarcentral israelcentral""",
        ),
        "openai": _table(eu="eu", us="us", apac="au jp in sg kr", other="ca gb ae global"),
        "aws": _table(
            eu="""eu-west-1 eu-west-3 eu-central-1 eu-north-1 eu-south-1 eu-south-2
               eusc-de-east-1""",
            us="us-east-1 us-east-2 us-west-1 us-west-2 us-gov-east-1 us-gov-west-1",
            apac="""ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-east-1
               ap-east-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4
               ap-southeast-5 ap-southeast-6 ap-southeast-7""",
            other="""eu-west-2 eu-central-2 ca-central-1 ca-west-1 sa-east-1 mx-central-1 af-south-1
               me-south-1 me-central-1 il-central-1""",
        ),
        "gcp": _table(
            eu="""eu europe-west1 europe-west3 europe-west4 europe-west8 europe-west9 europe-west10
               europe-west12 europe-north1 europe-north2 europe-central2 europe-southwest1""",
            us="""us us-central1 us-east1 us-east4 us-east5 us-south1 us-west1 us-west2 us-west3
               us-west4""",
            apac="""asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3
               asia-south1 asia-south2 asia-southeast1 asia-southeast2 australia-southeast1
               australia-southeast2""",
            other="""europe-west2 europe-west6 northamerica-northeast1 northamerica-northeast2
               northamerica-south1 southamerica-east1 southamerica-west1 me-west1 me-central1
               me-central2 africa-south1 global""",
        ),
    }
)

AZURE_SKUS = (
    "Standard",
    "ProvisionedManaged",
    "DataZoneStandard",
    "DataZoneProvisionedManaged",
    "DataZoneBatch",
    "GlobalStandard",
    "GlobalProvisionedManaged",
    "GlobalBatch",
    "DeveloperTier",
)
"""Azure's deployment SKUs, as its resource manager spells them."""


def providers() -> frozenset[str]:
    """The providers whose regions are listed here."""
    return frozenset(_REGIONS)


def regions(provider: str | None = None) -> frozenset[str]:
    """The regions of `provider`, or of all; empty for a provider that is not listed."""
    if provider is not None:
        return frozenset(_REGIONS.get(provider, ()))
    return frozenset(region for table in _REGIONS.values() for region in table)


def zone_of(provider: str | None, region: str | None) -> str | None:
    """The zone (`eu`, `us`, `apac`) that `region` of `provider` lies in.

    None where the region lies in none of them, or is not listed. Without a provider the region
    decides where all providers that have one of that name agree.
    """
    if region is None:
        return None
    if provider is not None:
        return _REGIONS.get(provider, {}).get(region) or None
    zones = {table[region] for table in _REGIONS.values() if region in table}
    return (zones.pop() or None) if len(zones) == 1 else None


def guaranteed(provider: str | None, sku: str | None, region: str | None) -> str | None:
    """The zone in which a deployment keeps its processing, None where it guarantees none.

    On Azure the SKU decides: a regional one (Standard, ProvisionedManaged) stays in its region,
    so in that region's zone; a DataZone one stays in the zone, which Azure has for the EU and
    the US alone; a Global one, a developer's and an unknown or absent one may run anywhere. For
    other providers it is the region's zone.
    """
    zone = zone_of(provider, region)
    if provider != "azure":
        return zone
    if sku in ("Standard", "ProvisionedManaged"):
        return zone
    if sku in ("DataZoneStandard", "DataZoneProvisionedManaged", "DataZoneBatch", "DataZone"):
        return zone if zone in ("eu", "us") else None
    return None
