"""Requests and tokens per minute stay within their limits."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from pydantic import field_validator

from jurat.model import MissingFact, Request
from jurat.plugin import (
    Check,
    CompileContext,
    CounterUse,
    Example,
    Examples,
    Facts,
    Finding,
    ParamError,
    RuleKind,
    RuleParams,
    RuleSpec,
    Uses,
)

from ._counting import SUBJECTS, CounterName, Limit, prefix

MINUTE = timedelta(minutes=1)
_TABLES = {
    "actor": "actor.limits",
    "project": "project.limits",
    "model": "model_info.limits",
}
_BY = {"actor": "this actor", "project": "this project", "model": "this model"}
_TOKENS = (1_000_000, 1_000_000)  # each token of input and of output counts as one

# a named tuple is made in half the time of its own call, four times a request
_use = partial(tuple.__new__, CounterUse)

By = Literal["actor", "project", "model"]


class LimitsRate(RuleKind):
    """Requests and tokens per minute stay within their limits.

    ## What it does
    Counts requests and estimated tokens in a sliding minute, for each of `by`: the actor, the
    project, the model. Fires where this request would take one of them over its limit. The limits
    are `rpm` and `tpm` of the tables: those of the actor, of the project, and of the model in
    their columns `limits`; or, where the rule has `rpm` or `tpm`, these alone, for everyone alike.
    A request that is denied, by this rule or another, counts nothing. The tokens of an answer that
    is evaluated with `parent` take the place of the estimate.

    ## Why
    One loop without an end, or one stolen key, can use up what all others need, and a bill has no
    other brake. Providers' own limits are per organisation: they stop the others, too.

    ## Example
    ```yaml
    - id: rate
      title: Everyone stays within their rate
      kind: limits.rate
      effect: deny
      severity: medium
      params: {by: [actor, project]}
    ```

    ## Options
    - `by`: whose use is counted, each with a limit of its own (default: actor and project).
    - `rpm`: requests per minute for each of `by`. With it, or `tpm`, the tables are not read.
    - `tpm`: tokens per minute for each of `by`.
    - `counter`: the name of a counter that several rules share. Without it each rule counts for
      itself what it applies to.

    ## Limits
    The minute has sixty buckets, and a request counts for up to one second longer than a minute. A
    subject without a limit is not limited by it; a request that no limit applies to fires. With
    `by: [model]` a model goes by the id of its row, aliases included. Counters are where the
    engine's limit store has them: in one process, unless it has another. What can't be counted
    (no estimate, a store that fails) is unknown, which denies.

    The counter of an actor's requests is `RULE/rpm/actor/ID`, and so on: a case of the bundle's
    tests gives what it holds in `facts: {/counters: {rate/rpm/actor/svc-1: 5000}}`.

    ## Codes
    | code | meaning |
    |---|---|
    | `rate-exceeded` | one more would be over the limit; `retry_after`: seconds until it fits |
    | `limit-absent` | no limit applies to the request |
    | `limit-subject-absent` | a limit applies, but whom to count is known to be absent |
    | `tokens-not-estimated` | a limit of tokens applies, and the estimate is known to be absent |
    """

    name = "limits.rate"
    judges = Request
    effects = {"deny", "advise"}

    class Params(RuleParams):
        by: tuple[By, ...] = ("actor", "project")
        """Whose use is counted, each with a limit of its own."""
        rpm: Limit | None = None
        """Requests per minute for each of `by`, in place of the tables' limits."""
        tpm: Limit | None = None
        """Tokens per minute for each of `by`, in place of the tables' limits."""
        counter: CounterName | None = None
        """The name of a counter that several rules share."""

        @field_validator("by")
        @classmethod
        def _each_once(cls, by: tuple[By, ...]) -> tuple[By, ...]:
            if not by or len(set(by)) < len(by):
                raise ParamError("each of `by` is named once", help="like [actor, project]")
            return by

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        subjects = _subjects(rule)

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            counters = facts.counters
            limited = False
            found: list[Finding] = []
            for subject in subjects:
                rpm, tpm = subject.limits(request)
                if rpm is None and tpm is None:
                    continue
                limited = True
                id_ = subject.id(request)
                if id_ is None:
                    found.append(_nobody(subject))
                    continue
                if rpm is not None:
                    used, wait = counters[subject.requests + id_]
                    if used >= rpm:
                        found.append(_exceeded(subject, "rpm", used, 1, rpm, wait))
                if tpm is not None:
                    tokens = request.estimated_tokens
                    if tokens is None:
                        found.append(_NOT_ESTIMATED)
                        continue
                    used, wait = counters[subject.tokens + id_]
                    if used + tokens > tpm:
                        found.append(_exceeded(subject, "tpm", used, tokens, tpm, wait))
            if found:
                return _distinct(found)
            return () if limited else _NO_LIMIT

        return check

    def counters(self, rule: RuleSpec, context: CompileContext) -> Uses:
        subjects = _subjects(rule)

        def uses(request: Any, facts: Facts, now: datetime) -> tuple[CounterUse, ...]:
            found = []
            tokens = request.__dict__.get("estimated_tokens")
            complete = True
            for _, _, id_of, limits_of, requests_of, tokens_of in subjects:
                try:
                    rpm, tpm = limits_of(request)
                    id_ = id_of(request)
                except MissingFact:  # the others are counted none the less
                    complete = False
                    continue
                if id_ is None:
                    complete = False
                    continue
                if rpm is not None:
                    found.append(_use((requests_of + id_, 1, rpm, MINUTE, None, rpm)))
                if tpm is not None:
                    if tokens is None:
                        complete = False
                        continue
                    found.append(_use((tokens_of + id_, tokens, tpm, MINUTE, _TOKENS, tpm)))
            if complete:
                return tuple(found)
            return tuple([use._replace(passes_to=None) for use in found])  # it has more to say

        return uses

    def reads(self, params: Any) -> tuple[str, ...]:
        read = [SUBJECTS[by][1] for by in params.by]
        if params.rpm is None and params.tpm is None:
            tables = [_TABLES[by].replace(".", "/") for by in params.by]
            read += [f"/{table}/{measure}" for table in tables for measure in ("rpm", "tpm")]
        if params.tpm is not None or params.rpm is None:
            read.append("/estimated_tokens")
        return tuple(read)

    def examples(self, params: Any) -> Examples:
        fixed = params.rpm is not None or params.tpm is not None

        def made(tokens: int, rpm: int, tpm: int, note: str) -> Example:
            limits = {} if fixed else {"limits": {"rpm": rpm, "tpm": tpm}}
            given = {
                "actor": {"id": "svc-1", **limits},
                "project": {"id": "proj-a", **limits},
                "model": "gpt-4.1",
                "model_info": {"id": "gpt-4.1", **limits},
                "estimated_tokens": tokens,
            }
            return Example(given, note=note)

        most = params.tpm if fixed else 1000
        fires, passes = [], []
        if most is not None:
            fires.append(made(most + 1, 10, most, "more tokens in one request than in a minute"))
        if params.rpm == 0 or not fixed:
            fires.append(made(0, 0, 1000, "no requests are allowed"))
        if params.rpm != 0:
            passes.append(made(most or 0, 10, most or 0, "the first request of the minute"))
        return Examples(fires=tuple(fires), passes=tuple(passes))


class _Subject(NamedTuple):
    """Whose use is counted."""

    by: str
    at: str
    id: Callable[[Any], str | None]
    limits: Callable[[Any], tuple[int | None, int | None]]
    """Requests and tokens per minute, None for no limit."""
    requests: str
    """What the keys of the counters of requests begin with."""
    tokens: str


def _subjects(rule: RuleSpec) -> tuple[_Subject, ...]:
    params = rule.params
    begin = prefix(rule, params.counter)
    return tuple(
        _Subject(
            by,
            SUBJECTS[by][1],
            SUBJECTS[by][0],
            _limits(params, by),
            f"{begin}rpm/{by}/",
            f"{begin}tpm/{by}/",
        )
        for by in params.by
    )


def _limits(params: Any, by: str) -> Callable[[Any], tuple[int | None, int | None]]:
    if params.rpm is None and params.tpm is None:
        return attrgetter(f"{_TABLES[by]}.rpm", f"{_TABLES[by]}.tpm")
    both = (params.rpm, params.tpm)
    return lambda request: both


def _exceeded(
    subject: _Subject, measure: str, used: int, asked: int, limit: int, wait: int | None
) -> Finding:
    what = "requests" if measure == "rpm" else "tokens"
    evidence = {"by": subject.by, "measure": measure, "used": used, "asked": asked, "limit": limit}
    if wait is None:
        then = "Ask for less at once, or have the limit raised."
    else:
        evidence["retry_after"] = wait
        then = "Try again later, or have the limit raised."
    who = _BY[subject.by]
    return Finding(
        "rate-exceeded",
        f"{used + asked:,} {what} in a minute for {who}, at most {limit:,} are allowed",
        at=subject.at,
        evidence=evidence,
        remediation=then,
    )


def _nobody(subject: _Subject) -> Finding:
    return Finding(
        "limit-subject-absent", f"a rate of {_BY[subject.by]} can't be counted", at=subject.at
    )


def _distinct(found: list[Finding]) -> tuple[Finding, ...]:
    """Each finding once: what is true of the request is found for each subject."""
    return tuple(one for at, one in enumerate(found) if one not in found[:at])


_NO_LIMIT = (
    Finding(
        "limit-absent",
        "no limit of requests or tokens applies",
        remediation="Give the actor or the project `limits` in its table, or the rule rpm or tpm.",
    ),
)
_NOT_ESTIMATED = Finding(
    "tokens-not-estimated",
    "a limit of tokens applies, and nobody estimated them",
    at="/estimated_tokens",
    remediation="Send estimated_tokens: those of the input, and the most that may come out.",
)
