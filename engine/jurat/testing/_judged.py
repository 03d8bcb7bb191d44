"""One input judged by one plan, by itself: nothing is counted, armed or recorded."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from jurat.bundle import Bundle, Case, Expect
from jurat.engine import plan_of, run_case, versions_of
from jurat.model import OrgState, Request, Response
from jurat.plan import Decision, Plan
from jurat.plugin import Registry, load_plugins
from jurat.scan import Scanner

EVERYTHING = frozenset({"redact", "route", "header", "hold_stream", "approval"})
"""All that a caller can be asked to do."""

KINDS: Mapping[type, str] = {Request: "request", Response: "response", OrgState: "org_state"}


@cache
def installed() -> Registry:
    """The plugins that are installed."""
    return load_plugins()


@cache
def _scanner() -> Scanner:
    return Scanner(installed().detectors)


def plan_for(bundle: Bundle) -> Plan:
    """The plan of a bundle. Raises BundleError."""
    registry = installed()
    return plan_of(bundle, registry, versions_of(registry), _scanner)


def judged(
    plan: Plan,
    input: Any,
    given: Mapping[str, Any],
    now: datetime,
    supports: frozenset[str] = EVERYTHING,
) -> Decision | None:
    """What `plan` decides on the document `given` of that input (`request`, …)."""
    case = Case(
        file="",
        line=1,
        column=1,
        _origin=None,  # type: ignore[arg-type]  # it is asked for diagnostics alone
        name="",
        now=now,
        given=given,
        expect=Expect(),
        type=input,
        supports=supports,
    )
    return run_case(plan, case).decision
