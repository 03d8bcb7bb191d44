"""Calls travel over current TLS, and over a private link where one is required."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from jurat.model import Endpoint, Request
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

from ._tools import CALLS
from ._words import VOCABULARY, must_know

_CACHED = 1024  # spellings kept per rule, of at most _LONGEST characters
_LONGEST = 32

# 1.2, TLSv1.2, TLS 1.2, TLS1_2, Tls12, and TLSv1 for 1.0; SSL 3.0, SSLv3
_TLS = re.compile(r"(?:TLS[ _/-]?V?[ _-]?)?1(?:[._]([0-3]))?|TLS[ _-]?V?1([0-3])", re.ASCII)
_SSL = re.compile(r"SSL[ _-]?V?[ _-]?[23](?:[._]?\d)?", re.ASCII)


Leg = Literal["caller", "endpoint"]


def _spelt(value: Any) -> Any:
    return str(value) if isinstance(value, float) else value  # YAML reads 1.2 as a number


Version = Annotated[Literal["1.2", "1.3"], BeforeValidator(_spelt)]


def minor_of(text: str) -> int | None:
    """The n of TLS 1.n; -1 for any SSL, None for what can't be read."""
    if len(text) > _LONGEST:
        return None
    upper = text.strip().upper()
    if match := _TLS.fullmatch(upper):
        return int(match[1] or match[2] or 0)
    return -1 if _SSL.fullmatch(upper) else None


class NetworkTransport(RuleKind):
    """Calls travel over a current version of TLS, and over a private link where required.

    ## What it does
    Looks at both legs of a call: from the caller to where it is enforced (`/source/tls_version`),
    and from there to the endpoint (`/endpoint/tls_version`). Fires where one has a version below
    `min_version`, none, or one that can't be read; below `advise_below` there is an advice. With
    `private_link: required` it fires where the endpoint isn't reached over a private link. On a
    snapshot it judges each endpoint.

    ## Why
    TLS 1.0 and 1.1 were withdrawn (RFC 8996) and SSL long before: who can listen can read. And a
    private link keeps production data off the public network, whatever the next certificate
    says.

    ## Example
    ```yaml
    - id: transport
      title: Current TLS on both legs, private links for production
      kind: network.transport
      on: [request, org_state]
      effect: deny
      severity: high
      params: {min_version: "1.2", private_link: required, environments: [production]}
    ```

    ## Options
    - `min_version`: the least version of TLS that is allowed: `"1.2"` (default) or `"1.3"`.
    - `advise_below`: below this version there is an advice: `"1.3"` (default), or null for none.
    - `legs`: which legs are looked at: `caller`, `endpoint` (default: both).
    - `private_link`: `required` where the endpoint must be reached over a private link.
    - `environments`: the environments of projects for which the private link is required
      (default: all).

    ## Limits
    Versions are read as proxies and libraries write them: `1.2`, `TLSv1.2`, `TLS 1.3`, `TLS1_2`,
    `Tls12`. Any SSL is too old. A version that is known to be absent fires: that leg isn't
    encrypted, as far as anybody knows. Where callers are in the same process, take their leg out
    of `legs`. Tool calls of their own go to no endpoint, so only the caller's leg of them is
    judged. An endpoint of a snapshot belongs to no project: with `environments` its private link
    isn't judged there.

    ## Codes
    | code | meaning |
    |---|---|
    | `tls-too-old` | the version is below `min_version` |
    | `tls-absent` | the leg is known to have no TLS |
    | `tls-unreadable` | the version is none that can be read |
    | `tls-below-advised` | advice: the version is below `advise_below` |
    | `private-link-missing` | the endpoint isn't reached over a private link |
    """

    name = "network.transport"
    judges = (Request, Endpoint)
    effects = {"deny", "advise"}

    class Params(RuleParams):
        min_version: Version = "1.2"
        """The least version of TLS that is allowed: `1.2` or `1.3`."""
        advise_below: Annotated[Literal["1.3"] | None, BeforeValidator(_spelt)] = "1.3"
        """Below this version of TLS there is an advice; null for none."""
        legs: tuple[Leg, ...] = ("caller", "endpoint")
        """Which legs of a call are looked at: caller, endpoint."""
        private_link: Literal["required"] | None = None
        """Whether the endpoint must be reached over a private link."""
        environments: tuple[str, ...] = ()
        """Environments of projects for which the private link is required; all where empty."""

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        params = rule.params
        _validate(params, context)
        judge = _judge(params.min_version, params.advise_below)
        if rule.target is Endpoint:
            return _of_snapshot(params, judge)
        return _of_request(params, judge)

    def reads(self, params: Any) -> tuple[str, ...]:
        read = []
        if "caller" in params.legs:
            read.append("request.source.tls_version")
        if "endpoint" in params.legs or params.private_link:
            read.append("request.action")
        if "endpoint" in params.legs:
            read.append("endpoint.tls_version")
        if params.environments:
            read += ["request.project.environment", "request.endpoint.private_link"]
        elif params.private_link:
            read.append("endpoint.private_link")
        return tuple(read)

    def examples(self, params: Any) -> Examples:
        environment = next(iter(params.environments), "production")

        def made(note: str, **endpoint: Any) -> Example:
            given = {
                "action": "chat.completions",
                "project": {"id": "proj-a", "environment": environment},
                "source": {"tls_version": endpoint.pop("caller", "TLSv1.3")},
                "endpoint": {"tls_version": "1.3", "private_link": True} | endpoint,
            }
            return Example(given, note=note)

        fires = []
        if "caller" in params.legs:
            fires.append(made("the caller uses TLS 1.1", caller="TLSv1.1"))
        if "endpoint" in params.legs:
            fires.append(made("the endpoint is reached by TLS 1.0", tls_version="1.0"))
        if params.private_link:
            fires.append(made("the endpoint is reached over the internet", private_link=False))
        return Examples(
            fires=tuple(fires), passes=(made("both legs have TLS 1.3, the link is private"),)
        )


def _validate(params: Any, context: CompileContext) -> None:
    if not params.legs and not params.private_link:
        raise ParamError(
            "legs is empty and no private link is required, so the rule would never fire",
            at=("legs",),
            help="name caller, endpoint or both",
        )
    if params.min_version == params.advise_below and "advise_below" in params.model_fields_set:
        raise ParamError(
            "advise_below is not above min_version, so there would be no advice",
            at=("advise_below",),
            help="leave it out",
        )
    if params.environments and not params.private_link:
        raise ParamError(
            "environments say where a private link is required, and none is",
            at=("environments",),
            help="add private_link: required, or say where the rule holds with `when`",
        )
    words = context.words("environment")
    for index, word in enumerate(params.environments):
        must_know("environment", word, words, ("environments", index), extend=VOCABULARY)


# (version, the leg in words, pointer) -> findings
_Judge = Callable[[str | None, str, str], tuple[Finding, ...]]


def _judge(min_version: str, advise_below: str | None) -> _Judge:
    least, advised = int(min_version[-1]), int((advise_below or min_version)[-1])
    minors: dict[str, int | None] = {}

    def judge(version: str | None, leg: str, at: str) -> tuple[Finding, ...]:
        if version is None:
            return (_absent(leg, at),)
        minor = minors.get(version)
        if minor is None:
            minor = minor_of(version)
            if minor is None:
                return (_unreadable(version, leg, at),)
            if len(minors) >= _CACHED:
                minors.clear()
            minors[version] = minor
        if minor >= advised:
            return ()
        return (
            (_too_old(minor, min_version, leg, at),) if minor < least else (_old(minor, leg, at),)
        )

    return judge


def _of_request(params: Any, judge: _Judge) -> Check:
    callers, endpoints = "caller" in params.legs, "endpoint" in params.legs
    links, environments = params.private_link is not None, frozenset(params.environments)
    looks_beyond = endpoints or links

    def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        found: tuple[Finding, ...] = ()
        if callers:
            found = judge(request.source.tls_version, "the caller's leg", "/source/tls_version")
        if not looks_beyond or request.action in CALLS:
            return found
        endpoint = request.endpoint
        if endpoints:
            found += judge(endpoint.tls_version, "the endpoint's leg", "/endpoint/tls_version")
        if links and (not environments or request.project.environment in environments):
            found += _link(endpoint, "/endpoint/private_link")
        return found

    return check


def _of_snapshot(params: Any, judge: _Judge) -> Check:
    endpoints = "endpoint" in params.legs
    links = params.private_link is not None and not params.environments
    if not endpoints and not links:
        raise ParamError(
            "a snapshot has endpoints alone, and nothing is asked of them",
            at=("legs",),
            help="add endpoint, or take org_state out of `on`",
        )

    def check(endpoint: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        found: tuple[Finding, ...] = ()
        if endpoints:
            found = judge(endpoint.tls_version, "the endpoint's leg", "/tls_version")
        return found + _link(endpoint, "/private_link") if links else found

    return check


_UPDATE = "Turn the old versions off on that leg."


def _too_old(minor: int, least: str, leg: str, at: str) -> Finding:
    has = "SSL" if minor < 0 else f"TLS 1.{minor}"
    return Finding(
        "tls-too-old",
        f"{leg} has {has}, at least TLS {least} is required",
        at=at,
        evidence={"version": has, "min_version": least},
        remediation=_UPDATE,
    )


def _old(minor: int, leg: str, at: str) -> Finding:
    return Finding(
        "tls-below-advised",
        f"{leg} has TLS 1.{minor}, a later version is advised",
        at=at,
        evidence={"version": f"TLS 1.{minor}"},
        remediation=_UPDATE,
        advice=True,
    )


def _absent(leg: str, at: str) -> Finding:
    return Finding(
        "tls-absent",
        f"{leg} has no TLS, as far as is known",
        at=at,
        remediation="Encrypt that leg, and have its version told.",
    )


def _unreadable(version: str, leg: str, at: str) -> Finding:
    return Finding(
        "tls-unreadable",
        f"{leg} has {{version}}, which is no version of TLS that can be read",
        at=at,
        quote={"version": version},
        remediation="Send it like 1.2 or TLSv1.2.",
    )


def _link(endpoint: Any, at: str) -> tuple[Finding, ...]:
    if endpoint.private_link is True:
        return ()
    return (
        Finding(
            "private-link-missing",
            "the endpoint isn't reached over a private link, and one is required",
            at=at,
            remediation="Reach the endpoint over a private link, or use another endpoint.",
        ),
    )
