"""Invitations are taken up soon, or withdrawn."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator

from jurat.canon import format_duration, format_time
from jurat.model import Invite
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
from ._parts import judged

WITHDRAW = "Withdraw the invitation; send a new one if it is still wanted."


def plain_domain(text: str) -> str:
    """A domain as it is compared: without capitals and final dot, as ASCII (RFC 5890 A-label)."""
    domain = text.casefold().removesuffix(".")
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain  # no name that a mail server could have


def _domain(text: str) -> str:
    domain = plain_domain(text)
    if "@" in domain:
        bare = domain.rpartition("@")[2]
        raise ParamError("an address, not a domain", help=f"write {bare}" if bare else "")
    if not domain or any(char.isspace() or char in "*/" for char in domain):
        help = "write it like example.com; a subdomain is a domain of its own"
        raise ParamError("no domain", help=help)
    return domain


def _role(text: str) -> str:
    if not text or text != text.strip():
        raise ParamError("a role is empty or has blanks around it", help="write it like owner")
    return text


Domain = Annotated[str, AfterValidator(_domain)]
Role = Annotated[str, AfterValidator(_role)]


class OrgPendingInvites(RuleKind):
    """No invitation hangs about, and none goes where it should not.

    ## What it does
    Judges every invitation of a snapshot that was neither accepted nor withdrawn. Fires where it
    has expired and is still listed, and, as far as the options ask for it, where it is older than
    `max_age`, goes to an address outside `domains`, or is for a role of `forbidden_roles`.

    ## Why
    An open invitation is a key under the mat: whoever reads that mailbox may join. Those to
    private addresses outlive the employment, and an owner's role is given to a known person, not
    to an address.

    ## Example
    ```yaml
    - id: invites
      title: Invitations are taken up within a week, by our own people
      kind: org.pending_invites
      effect: deny
      severity: medium
      params: {max_age: 7d, domains: [example.com], forbidden_roles: [owner]}
    ```

    ## Options
    - `max_age`: how long an invitation may be open, with its unit; exactly that long passes.
    - `domains`: the domains of the addresses that may be invited, capitals not counted. A
      subdomain is a domain of its own.
    - `forbidden_roles`: roles that nobody is invited to.

    ## Limits
    It judges snapshots only. What an address reads is never told: the reason names the
    invitation. An invitation counts as settled if its `accepted_at` is there, or its `status` is
    accepted, declined, revoked or withdrawn; where neither was collected, it is unknown. One
    that is known to have no creation time fires under `max_age`, one that is known to have no
    address under `domains`. One created later than now is an error, so it is denied: one of the
    two clocks is wrong.

    ## Codes
    | code | meaning |
    |---|---|
    | `invite-expired` | it has expired and is still listed |
    | `invite-too-old` | it has been open for more than `max_age` |
    | `invite-age-unknown` | the creation time is known to be absent |
    | `invite-domain` | it goes to an address outside `domains` |
    | `invite-role` | it is for a forbidden role |
    """

    name = "org.pending_invites"
    judges = Invite
    effects = {"deny", "advise"}
    inputs = {"org_state"}
    ages = True

    class Params(RuleParams):
        max_age: PositiveDuration | None = None
        """How long an invitation may be open, with its unit: `7d`."""
        domains: tuple[Domain, ...] | None = None
        """The domains of the addresses that may be invited."""
        forbidden_roles: tuple[Role, ...] = ()
        """Roles that nobody is invited to."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        parts: list[Callable[[Any, datetime], tuple[Finding, ...]]] = [_expired]
        if params.max_age is not None:
            parts.append(_age(params.max_age))
        if params.domains is not None:
            parts.append(_outside(frozenset(params.domains)))
        if params.forbidden_roles:
            parts.append(_forbidden(frozenset(params.forbidden_roles)))

        def check(invite: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            return () if _settled(invite) else judged(parts, invite, now)

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        read = ["/status", "/accepted_at", "/expires_at"]
        if params.max_age is not None:
            read.append("/created_at")
        if params.domains is not None:
            read.append("/email")
        if params.forbidden_roles:
            read.append("/role")
        return tuple(read)

    def examples(self, params: Any) -> Examples:
        now = datetime.fromisoformat("2026-05-25T12:00:00+00:00")
        domain = params.domains[0] if params.domains else "example.com"
        role = "reader" if "reader" not in params.forbidden_roles else "no-such-role"
        fit = {
            "status": "pending",
            "accepted_at": None,
            "email": f"ann@{domain}",
            "role": role,
            "created_at": format_time(now - (params.max_age or timedelta(days=1))),
            "expires_at": format_time(now + timedelta(days=1)),
        }

        def sent(note: str, **fields: str) -> Example:
            items = {"invite-1": {**fit, **fields}}
            given = {
                "type": "org_state",
                "org": {"id": "acme"},
                "invites": {"observed_at": "2026-05-25T11:50:00Z", "items": items},
            }
            return Example(given, now=format_time(now), note=note)

        fires = [sent("it has expired and is still listed", expires_at=format_time(now))]
        if params.domains is not None:
            outside = "nowhere.invalid"  # RFC 2606
            fires.append(sent(f"it goes to {outside}", email=f"ann@{outside}"))
        if params.forbidden_roles:
            given = params.forbidden_roles[0]
            fires.append(sent(f"it is for the role {given}", role=given))
        passes = [sent("it was accepted", status="accepted", expires_at=format_time(now))]
        if params.domains != ():  # else nobody may be invited
            passes.insert(0, sent("it is open, and as it should be"))
        return Examples(fires=tuple(fires), passes=tuple(passes))


_SETTLED = frozenset({"accepted", "declined", "revoked", "withdrawn"})


def _settled(invite: Any) -> bool:
    """Whether nobody can take the invitation up any more. Raises MissingFact."""
    fields = invite.__dict__
    status = fields.get("status")
    if status in _SETTLED or fields.get("accepted_at") is not None:
        return True
    if status is not None:
        return False
    if "status" in fields:
        return invite.accepted_at is not None
    return "accepted_at" not in fields and invite.status in _SETTLED


def _expired(invite: Any, now: datetime) -> tuple[Finding, ...]:
    if invite.__dict__.get("status") != "expired":
        ends = invite.expires_at
        if ends is None or ends > now:
            return ()
    return (
        Finding(
            "invite-expired",
            "the invitation has expired and is still listed",
            at="/expires_at",
            remediation=WITHDRAW,
        ),
    )


def _age(max_age: timedelta) -> Callable[[Any, datetime], tuple[Finding, ...]]:
    limit = format_duration(max_age)

    def part(invite: Any, now: datetime) -> tuple[Finding, ...]:
        created = invite.created_at
        if created is None:
            return (
                Finding(
                    "invite-age-unknown",
                    "nobody knows when the invitation was sent",
                    at="/created_at",
                    remediation=WITHDRAW,
                ),
            )
        age = now - created
        if age < timedelta():
            raise ValueError("created_at is later than now: one of the two clocks is wrong")
        if age <= max_age:
            return ()
        return (
            Finding(
                "invite-too-old",
                f"the invitation has been open for {rough(age)}, at most {limit} are allowed",
                at="/created_at",
                evidence={"age": rough(age), "max_age": limit},
                remediation=WITHDRAW,
            ),
        )

    return part


def _outside(domains: frozenset[str]) -> Callable[[Any, datetime], tuple[Finding, ...]]:
    def part(invite: Any, now: datetime) -> tuple[Finding, ...]:
        # the last @ is what mail servers go by (RFC 5321 section 4.1.2)
        local, _, domain = (invite.email or "").rpartition("@")
        if local and (domain in domains or plain_domain(domain) in domains):
            return ()
        return (
            Finding(
                "invite-domain",
                "the invitation goes to an address outside the domains allowed",
                at="/email",
                remediation="Withdraw it, and invite an address of the organisation.",
            ),
        )

    return part


def _forbidden(roles: frozenset[str]) -> Callable[[Any, datetime], tuple[Finding, ...]]:
    def part(invite: Any, now: datetime) -> tuple[Finding, ...]:
        role = invite.role
        if role not in roles:
            return ()
        return (
            Finding(
                "invite-role",
                f"the invitation is for the role {role}, which nobody is invited to",
                at="/role",
                evidence={"role": role},
                remediation="Withdraw it; invite with a lesser role, and raise that afterwards.",
            ),
        )

    return part
