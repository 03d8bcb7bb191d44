"""Vendors are assessed and under contract."""

from datetime import datetime, timedelta
from typing import Any

from jurat.canon import format_duration, format_time
from jurat.model import PLACE, Vendor
from jurat.plugin import (
    Check,
    CompileContext,
    Example,
    Examples,
    Facts,
    Finding,
    ParamError,
    RuleKind,
    RuleParams,
    RuleSpec,
)

from ._durations import PositiveDuration, rough
from ._parts import Part, judged

_NONE = timedelta()
_AGREEMENTS = {"dpa": "data processing agreement", "baa": "business associate agreement"}
_ASSESS = "Have the vendor assessed, and enter the date in the register."
_CONTRACT = "Use a vendor under contract, or renew this one's and enter it in the register."


class VendorRegister(RuleKind):
    """The vendor is in the register, assessed recently, and under contract.

    ## What it does
    Judges the vendor that serves a request (the row of the table `vendors` whose id is the
    request's `provider`), and every vendor of a snapshot. It reports each of these that is wrong:
    the register has the vendor; its last assessment is no older than `max_assessment_age`; now is
    not before `contract_from`, and before `contract_to`; it has the agreements that are asked
    for. An assessment of exactly that age still passes. `now` is the clock of the decision.

    ## Why
    A vendor is checked once, when it is bought, and used for years. Without the dates, nobody
    notices that the contract has ended or that the assessment is of another company's time.

    ## Example
    ```yaml
    - id: vendors
      title: Vendors are assessed yearly and under contract
      kind: vendor.register
      on: [request, org_state]
      effect: deny
      severity: high
      params: {max_assessment_age: 365d, warn_before: 30d, dpa: true}
    ```

    ## Options
    - `max_assessment_age`: the greatest age of the last assessment, with its unit (`365d`).
    - `open_ended`: whether a contract may have no end (default: it may not).
    - `warn_before`: how long before the assessment is too old, and before the contract ends, an
      advice appears.
    - `dpa`: whether a data processing agreement must be in place.
    - `baa`: whether a business associate agreement (HIPAA) must be in place.

    ## Limits
    What is known to be absent fires: a vendor without an assessment, a contract without a
    beginning, an agreement that nobody recorded. Where the bundle has a table of vendors, it is
    the register, for snapshots too: a vendor that only the snapshot has is not listed. Ask for
    agreements in a rule of its own where only some data needs them (`when`).

    ## Codes
    | code | meaning |
    |---|---|
    | `vendor-absent` | the request is known to name no provider |
    | `vendor-not-listed` | the register doesn't have the vendor |
    | `vendor-not-assessed` | it was never assessed |
    | `vendor-assessment-in-future` | its assessment is dated later than now |
    | `vendor-assessment-too-old` | its assessment is older than `max_assessment_age` |
    | `vendor-assessment-ageing` | advice: it will be too old within `warn_before` |
    | `vendor-contract-absent` | the contract has no beginning |
    | `vendor-contract-not-begun` | the contract begins later |
    | `vendor-contract-ended` | the contract has ended |
    | `vendor-contract-endless` | the contract has no end, without `open_ended` |
    | `vendor-contract-ending` | advice: the contract ends within `warn_before` |
    | `vendor-agreement-missing` | an agreement that is asked for is not in place |
    """

    name = "vendor.register"
    judges = Vendor
    effects = {"deny", "advise"}

    class Params(RuleParams):
        max_assessment_age: PositiveDuration
        """The greatest age of the last assessment, with its unit: `365d`."""
        open_ended: bool = False
        """Whether a contract may have no end."""
        warn_before: PositiveDuration | None = None
        """How long before the assessment is too old or the contract ends an advice appears."""
        dpa: bool = False
        """Whether a data processing agreement must be in place."""
        baa: bool = False
        """Whether a business associate agreement must be in place."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        max_age: timedelta = params.max_assessment_age
        warn_before: timedelta = params.warn_before or _NONE
        if warn_before >= max_age:
            raise ParamError(
                "warn_before is not shorter than max_assessment_age, so every vendor would be "
                "advised of",
                at=("warn_before",),
                help=f"choose less than {format_duration(max_age)}",
            )
        table = getattr(context.data, "vendors", None)
        calm = max_age - warn_before
        open_ended: bool = params.open_ended
        agreements = tuple(name for name in _AGREEMENTS if getattr(params, name))
        parts = (
            _assessed(max_age, warn_before),
            _begun,
            _not_ended(warn_before, open_ended=open_ended),
            *(_agreed(name) for name in agreements),
        )

        def check(vendor: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            fields = vendor.__dict__  # what is unknown raises in the parts, after what is wrong
            assessed, begins = fields.get("assessed_at"), fields.get("contract_from")
            ends = fields.get("contract_to")
            if (
                assessed is not None
                and _NONE <= now - assessed <= calm
                and begins is not None
                and begins <= now
                and (
                    (open_ended and "contract_to" in fields)
                    if ends is None
                    else ends - now > warn_before
                )
                and (table is None or fields.get("id") in table)
            ):
                for name in agreements:
                    if not fields.get(name):
                        break
                else:
                    return ()
            return judge(vendor, now)

        def judge(vendor: Any, now: datetime) -> tuple[Finding, ...]:
            if vendor.__dict__.get("id", "") is None:
                return (_ABSENT,)
            if _unlisted(vendor, table):
                return (_NOT_LISTED,)
            return judged(parts, vendor, now)

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        agreements = tuple(f"/{name}" for name in _AGREEMENTS if getattr(params, name))
        return ("/id", "/assessed_at", "/contract_from", "/contract_to", *agreements)

    def examples(self, params: Any) -> Examples:
        now = datetime.fromisoformat("2026-05-25T12:00:00+00:00")
        lasting = (params.warn_before or _NONE) + timedelta(days=30)
        good: dict[str, Any] = {
            "assessed_at": format_time(now),
            "contract_from": format_time(now),
            "contract_to": format_time(now + lasting),
            "dpa": True,
            "baa": True,
        }

        def made(note: str, columns: dict[str, Any], provider: str = "azure") -> Example:
            rows = {"azure": {**good, **columns}}
            return Example({"provider": provider}, data={"vendors": rows}, note=note)

        old = now - params.max_assessment_age - timedelta(seconds=1)
        fires = [
            made("a vendor that the register doesn't have", {}, "unknown-1"),
            made("the assessment is a second too old", {"assessed_at": format_time(old)}),
            made("the contract ends at exactly now", {"contract_to": format_time(now)}),
            *(
                made(f"no {_AGREEMENTS[name]}", {name: False})
                for name in _AGREEMENTS
                if getattr(params, name)
            ),
        ]
        passes = [made("assessed today, and under contract", {})]
        (passes if params.open_ended else fires).append(made("no end", {"contract_to": None}))
        return Examples(fires=tuple(fires), passes=tuple(passes))


_ABSENT = Finding("vendor-absent", "the request names no provider", at="/id")
_NOT_LISTED = Finding(
    "vendor-not-listed",
    "the register of vendors does not have this one",
    at="/id",
    remediation="Use a registered vendor, or have this one assessed and registered.",
)


def _unlisted(vendor: Any, table: Any) -> bool:
    """Whether the register is known not to have `vendor`. Without a table, a vendor of whom an
    id is all there is, is one that the armed state doesn't have."""
    if table is not None:
        return vendor.id not in table
    fields = vendor.__dict__
    columns = [name for name in type(vendor).fields if name != "id"]
    return PLACE not in fields and all(fields.get(name, "") is None for name in columns)


def _assessed(max_age: timedelta, warn_before: timedelta) -> Part:
    limit = format_duration(max_age)
    at = "/assessed_at"

    def part(vendor: Any, now: datetime) -> tuple[Finding, ...]:
        assessed = vendor.assessed_at
        if assessed is None:
            return (
                Finding(
                    "vendor-not-assessed",
                    "the vendor was never assessed",
                    at=at,
                    remediation=_ASSESS,
                ),
            )
        age = now - assessed
        if age < _NONE:
            return (
                Finding(
                    "vendor-assessment-in-future",
                    f"the assessment is dated {rough(-age)} from now, so there has been none yet",
                    at=at,
                    remediation=_ASSESS,
                ),
            )
        evidence = {"age": rough(age), "max_age": limit}
        if age > max_age:
            return (
                Finding(
                    "vendor-assessment-too-old",
                    f"assessed {rough(age)} ago, at most {limit} are allowed",
                    at=at,
                    evidence=evidence,
                    remediation=_ASSESS,
                ),
            )
        if age <= max_age - warn_before:
            return ()
        return (
            Finding(
                "vendor-assessment-ageing",
                f"assessed {rough(age)} ago, too old in {rough(max_age - age)}",
                at=at,
                evidence=evidence,
                remediation=_ASSESS,
                advice=True,
            ),
        )

    return part


def _begun(vendor: Any, now: datetime) -> tuple[Finding, ...]:
    begins = vendor.contract_from
    at = "/contract_from"
    if begins is None:
        message = "the register has no beginning of a contract with the vendor"
        return (Finding("vendor-contract-absent", message, at=at, remediation=_CONTRACT),)
    if begins <= now:
        return ()
    message = f"the contract with the vendor begins in {rough(begins - now)}"
    return (Finding("vendor-contract-not-begun", message, at=at, remediation=_CONTRACT),)


def _not_ended(warn_before: timedelta, *, open_ended: bool) -> Part:
    at = "/contract_to"

    def part(vendor: Any, now: datetime) -> tuple[Finding, ...]:
        ends = vendor.contract_to
        if ends is None:
            if open_ended:
                return ()
            message = "the register has no end of the contract with the vendor"
            return (Finding("vendor-contract-endless", message, at=at, remediation=_CONTRACT),)
        left = ends - now
        if left <= _NONE:
            ago = f"{rough(-left)} ago" if left else "at this very moment"
            message = f"the contract with the vendor ended {ago}"
            return (Finding("vendor-contract-ended", message, at=at, remediation=_CONTRACT),)
        if left > warn_before:
            return ()
        return (
            Finding(
                "vendor-contract-ending",
                f"the contract with the vendor ends in {rough(left)}",
                at=at,
                evidence={"ends_in": rough(left)},
                remediation=_CONTRACT,
                advice=True,
            ),
        )

    return part


def _agreed(name: str) -> Part:
    finding = Finding(
        "vendor-agreement-missing",
        f"the register has no {_AGREEMENTS[name]} with the vendor",
        at=f"/{name}",
        remediation=f"Sign a {_AGREEMENTS[name]}, and enter it in the register.",
    )

    def part(vendor: Any, now: datetime) -> tuple[Finding, ...]:
        return () if getattr(vendor, name) else (finding,)

    return part
