"""What is armed, since when, and what was last refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from jurat.bundle import Bundle, BundleError
from jurat.log import LogError
from jurat.model import InvalidInput
from jurat.plan import Plan

from ._supply import Signed


@dataclass(frozen=True, slots=True)
class Loaded:
    """One bundle that is armed. `digest` is the bundle's, `plan` that of bundle and plugins;
    `signers` are verifier keys, and `expires` is when their signatures cease to hold for a load
    (what is armed stays armed)."""

    name: str
    version: str
    revision: int
    digest: str
    plan: str
    signers: tuple[str, ...] = ()
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a load failed: what there is to say, and the codes of the diagnostics."""

    at: datetime
    message: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """`armed` since `since`; `failure` is the last load that failed, None once one succeeds."""

    armed: tuple[Loaded, ...] = ()
    since: datetime | None = None
    failure: Refusal | None = None
    loads: int = 0
    refusals: int = 0


def loaded(
    bundles: Sequence[Bundle], plans: Sequence[Plan], signed: Sequence[Signed | None]
) -> tuple[Loaded, ...]:
    """The bundles as a status shows them."""
    return tuple(
        Loaded(
            bundle.name,
            bundle.version,
            bundle.revision,
            bundle.digest,
            plan.digest,
            by.signers if by else (),
            by.expires if by else None,
        )
        for bundle, plan, by in zip(bundles, plans, signed, strict=True)
    )


def refusal(error: Exception, at: datetime) -> Refusal:
    """A failed load, told. The text of an error that nobody foresaw is not: it may hold anything."""
    match error:
        case BundleError():
            codes = tuple(sorted({item.code for item in error.diagnostics}))
            return Refusal(at, str(error), codes)
        case LogError():
            return Refusal(at, str(error), ("log-unavailable",))
        case InvalidInput():
            return Refusal(at, str(error), ("invalid-input",))
    return Refusal(
        at,
        f"loading raised {type(error).__name__}, a fault of jurat or a plugin",
        ("internal-error",),
    )
