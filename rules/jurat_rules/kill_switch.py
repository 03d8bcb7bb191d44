"""What an incident has stopped stays stopped."""

from datetime import datetime
from typing import Any

from jurat.canon import format_time
from jurat.model import Request
from jurat.plugin import (
    Check,
    CompileContext,
    Example,
    Examples,
    Facts,
    Finding,
    RuleKind,
    RuleSpec,
)

from ._stops import Stop, stops_of


class KillSwitch(RuleKind):
    """Nothing that a row of the table `stops` stops is used.

    ## What it does
    Fires where the request falls under a stop in force: one whose `since` has come (or is left
    out) and whose `until` has not (or is left out). Every target that the row gives must match:
    `model`, `project`, `actor`, `credential` (its id or fingerprint), `provider`, `endpoint`,
    `tool`; a row with `everything: true` and no target stops all requests. The reason names the
    stop, who ordered it, why, and until when.

    ## Why
    In an incident one line in one file must be enough, it must work on the next request, and
    whoever is stopped must learn why and from whom. A stop with an end does not outlive the
    incident because somebody forgot it.

    ## Example
    ```yaml
    - id: kill-switch
      title: What an incident has stopped stays stopped
      kind: kill.switch
      effect: deny
      severity: critical
      waivable: false
    ```
    and in `data/stops.yaml`
    ```yaml
    inc-7:
      {project: proj-prod, model: gpt-4.1-mini, who: on-call, why: answers leak the system prompt,
       since: 2026-05-25T12:00:00Z, until: 2026-05-26T12:00:00Z}
    ```

    ## Options
    There are none: the table says it all. Without the table, or with no row in it, the rule
    passes.

    ## Limits
    The table is the bundle's alone; load the bundle anew after a change (`Engine.reload`). A
    model is stopped by its name or an alias, on both sides, with its dated snapshots and what
    was tuned from it; both the model that the request names and the one that the endpoint
    serves count. A tool is stopped by its name, its server or its host, or as lists of tools
    write it (`hosted:web_search`, `mcp:github/get_issue`, `mcp:github/*`), where it is offered
    and where it is called. A fact that a stop in force turns on and that was
    not sent is unknown, which denies, unless another target of that stop rules it out. The rule
    judges the endpoint that the request names: who chooses another one afterwards asks again.
    Of the endpoints that `data.residency` lets a call go to, those are left out that are stopped.
    In a bundle's own tests the table is empty, unless a case gives its own under `stops`: so a
    stop never keeps a bundle from being armed.

    ## Codes
    | code | meaning |
    |---|---|
    | `stopped` | a stop in force covers the request |
    """

    name = "kill.switch"
    judges = Request
    effects = {"deny", "advise"}

    def compile(self, rule: RuleSpec, context: CompileContext) -> Check:
        stops_in = stops_of(context)

        def check(request: Any, facts: Facts, now: datetime) -> tuple[Finding, ...]:
            stops = stops_in(facts.data)
            if stops is None:
                return ()
            hit = stops.hit(request, now)
            return tuple(_finding(stop, at) for stop, at in hit) if hit else ()

        return check

    def reads(self, params: Any) -> tuple[str, ...]:
        return (
            "/project/id",
            "/model",
            "/endpoint/model",
            "/actor/id",
            "/actor/credential/id",
            "/actor/credential/fingerprint",
            "/provider",
            "/endpoint/provider",
            "/endpoint/id",
            "/tools",
            "/tool/name",
            "/tool/server",
        )

    def examples(self, params: Any) -> Examples:
        row = {"model": "gpt-4.1-mini", "who": "on-call", "why": "answers leak the system prompt"}
        stops = {"inc-7": {**row, "until": "2026-05-26T12:00:00Z"}}

        def calls(model: str, now: str = "2026-05-25T12:00:00Z") -> Example:
            return Example(
                {"actor": {"id": "svc-1"}, "model": model, "endpoint": {"model": None}},
                now=now,
                data={"stops": stops},
                note=f"{model} is called at {now}, and gpt-4.1-mini is stopped until the 26th",
            )

        return Examples(
            fires=(calls("gpt-4.1-mini"),),
            passes=(calls("gpt-4.1"), calls("gpt-4.1-mini", "2026-05-26T12:00:00Z")),
        )


def _finding(stop: Stop, at: str) -> Finding:
    evidence = {"stop": stop.id}
    if stop.until is not None:
        evidence["until"] = format_time(stop.until)
    return Finding(
        "stopped",
        stop.told(),
        at=at,
        evidence=evidence,
        remediation="Wait until the stop is lifted, or ask who ordered it.",
    )
