"""The gateway policy in the languages of comparable engines that run inside a Python process.

Each peer is prepared as its documentation advises (policies parsed once, input handed over as its
fastest entrance takes it) and answers with effect and the rules that stood against, as far as it
can say. Times are numbers for all of them: none is made to parse a time.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from gateway import MODELS, NOW, Told

Ask = Callable[[], Any]


class Peer:
    """One engine: `prepare` turns the JSON of a request into a call to time."""

    name: str
    packages: str
    names_rules = True
    """Whether it says which rules denied; else its effect alone is compared."""

    def prepare(self, request: dict[str, Any]) -> Ask:
        raise NotImplementedError

    def told(self, answer: Any) -> Told:
        raise NotImplementedError

    def judge(self, request: dict[str, Any]) -> Told:
        """What it says of one request."""
        return self.told(self.prepare(request)())


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def numbered(request: dict[str, Any]) -> dict[str, Any]:
    """The request with its times as seconds, and the time to decide at."""
    credential = dict(request["actor"]["credential"])
    for name in ("created_at", "expires_at"):
        credential[name] = _seconds(credential[name])
    actor = {**request["actor"], "credential": credential}
    return {**request, "actor": actor, "now": int(NOW.timestamp())}


MAX_AGE_SECONDS = 60 * 24 * 3600

# Cedar has no loop over a set, so the account's networks stand in the policy.
_CEDAR = f"""\
@id("callers") permit(principal, action, resource) when {{
  context.actor.kind == "service_account" && context.actor.project == context.project.id }};
@id("models") forbid(principal, action, resource) unless {{
  [{", ".join(f'"{m}"' for m in MODELS)}].contains(context.model) }};
@id("networks") forbid(principal, action, resource) unless {{
  context.ip.isInRange(ip("10.0.1.0/24")) || context.ip.isInRange(ip("10.0.2.0/24")) }};
@id("key-age") forbid(principal, action, resource) when {{
  context.project.environment != "experimentation"
  && context.now - context.actor.credential.created_at > {MAX_AGE_SECONDS} }};
@id("key-expiry") forbid(principal, action, resource) when {{
  context.actor.credential.expires_at <= context.now }};
@id("eu-residency") forbid(principal, action, resource) when {{
  context.project.residency == "eu" && context.endpoint.residency != "eu" }};
@id("isolation") forbid(principal, action, resource) when {{
  context.actor.project != context.project.id
  || context.actor.credential.project != context.project.id
  || !context.project.holders.contains(context.actor.kind) }};
@id("permissions") forbid(principal, action, resource) unless {{
  context.actor.permissions.contains(context.action) }};
@id("max-tokens") forbid(principal, action, resource) when {{
  context.params.max_tokens > 4096 }};
@id("prod-store") forbid(principal, action, resource) when {{
  context.project.environment == "production" && context.params.store != false }};
"""
_CEDAR_IDS = re.findall(r'@id\("([\w-]+)"\)', _CEDAR)


class Cedar(Peer):
    name = "cedarpy, policies and entities parsed once"
    packages = "cedarpy"

    def __init__(self) -> None:
        import cedarpy

        self._cedar = cedarpy
        self._policies = cedarpy.PolicySet.from_str(_CEDAR)
        self._entities = cedarpy.Entities.from_json_str("[]")

    def prepare(self, request: dict[str, Any]) -> Ask:
        context = numbered(request)
        source = context.pop("source")
        context["ip"] = {"__extn": {"fn": "ip", "arg": source["ip"]}}
        asked = {
            "principal": {"type": "Account", "id": request["actor"]["id"]},
            "action": {"type": "Action", "id": request["action"]},
            "resource": {"type": "Model", "id": request["model"]},
            "context": context,
        }
        is_authorized, policies, entities = (
            self._cedar.is_authorized,
            self._policies,
            self._entities,
        )
        return lambda: is_authorized(asked, policies, entities)

    def told(self, answer: Any) -> Told:
        ids = {_CEDAR_IDS[int(name.removeprefix("policy"))] for name in answer.diagnostics.reasons}
        if answer.diagnostics.errors:
            raise RuntimeError(answer.diagnostics.errors)
        return Told("allow" if answer.allowed else "deny", frozenset(ids - {"callers"}))


REGO = f"""\
package gateway
import rego.v1

deny contains "models" if not input.model in {{{", ".join(f'"{m}"' for m in MODELS)}}}
deny contains "networks" if not inside
inside if {{ some network in input.actor.networks; net.cidr_contains(network, input.source.ip) }}
deny contains "key-age" if {{
  input.project.environment != "experimentation"
  input.now - input.actor.credential.created_at > {MAX_AGE_SECONDS}
}}
deny contains "key-expiry" if input.actor.credential.expires_at <= input.now
deny contains "eu-residency" if {{
  input.project.residency == "eu"
  input.endpoint.residency != "eu"
}}
deny contains "isolation" if input.actor.project != input.project.id
deny contains "isolation" if input.actor.credential.project != input.project.id
deny contains "isolation" if not input.actor.kind in input.project.holders
deny contains "permissions" if not input.action in input.actor.permissions
deny contains "max-tokens" if input.params.max_tokens > 4096
deny contains "prod-store" if {{
  input.project.environment == "production"
  input.params.store != false
}}
permit if {{
  input.actor.kind == "service_account"
  input.actor.project == input.project.id
}}
default allow := false
allow if {{ permit; count(deny) == 0 }}
decision := {{"allow": allow, "deny": deny}}
"""


def rules_of_rego(answer: Any) -> Told:
    return Told("allow" if answer["allow"] else "deny", frozenset(answer["deny"]))


class Rego(Peer):
    name = "regorus (Rego in process)"
    packages = "celine-regorus"

    def __init__(self) -> None:
        import regorus

        self._engine = regorus.Engine()
        self._engine.add_policy("gateway.rego", REGO)

    def prepare(self, request: dict[str, Any]) -> Ask:
        from json import dumps

        engine, text = self._engine, dumps(numbered(request))

        def ask() -> Any:
            engine.set_input_json(text)
            return engine.eval_rule("data.gateway.decision")

        return ask

    def told(self, answer: Any) -> Told:
        return rules_of_rego(answer)


_CEL = {
    "callers": 'actor.kind == "service_account" && actor.project == project.id',
    "models": f"!(model in [{', '.join(repr(m) for m in MODELS)}])",
    "networks": "!inside(ip, actor.networks)",
    "key-age": 'project.environment != "experimentation" '
    f"&& now - actor.credential.created_at > {MAX_AGE_SECONDS}",
    "key-expiry": "actor.credential.expires_at <= now",
    "eu-residency": 'project.residency == "eu" && endpoint.residency != "eu"',
    "isolation": "actor.project != project.id || actor.credential.project != project.id "
    "|| !(actor.kind in project.holders)",
    "permissions": "!(action in actor.permissions)",
    "max-tokens": "params.max_tokens > 4096",
    "prod-store": 'project.environment == "production" && params.store != false',
}


class Cel(Peer):
    name = "cel-expr-python, ten compiled expressions"
    packages = "cel-expr-python"

    def __init__(self) -> None:
        from cel_expr_python import cel  # type: ignore[import-untyped]  # no py.typed
        from gateway import _inside

        def inside(address: str, networks: Any) -> bool:
            return _inside(address, tuple(networks))

        record = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
        text = cel.Type.STRING
        variables = dict.fromkeys(("actor", "project", "endpoint", "params"), record)
        variables |= {"model": text, "action": text, "ip": text, "now": cel.Type.INT}
        inside_of = cel.FunctionDecl(
            "inside",
            [
                cel.Overload(
                    "inside_ip_list",
                    return_type=cel.Type.BOOL,
                    parameters=[text, cel.Type.List(cel.Type.DYN)],
                    impl=inside,
                )
            ],
        )
        self._env = cel.NewEnv(variables=variables, functions=[inside_of])
        self._rules = [(id_, self._env.compile(source)) for id_, source in _CEL.items()]

    def prepare(self, request: dict[str, Any]) -> Ask:
        data = numbered(request)
        data["ip"] = data.pop("source")["ip"]
        del data["id"]
        env, (_, permit), denies = self._env, self._rules[0], self._rules[1:]

        def ask() -> tuple[bool, list[str]]:
            activation = env.Activation(data)
            fired = [id_ for id_, rule in denies if rule.eval(activation).value() is not False]
            return not fired and permit.eval(activation).value() is True, fired

        return ask

    def told(self, answer: Any) -> Told:
        allowed, fired = answer
        return Told("allow" if allowed else "deny", frozenset(fired))


OWN: tuple[type[Peer], ...] = (Cedar, Rego, Cel)


def installed(classes: Iterable[type[Peer]]) -> list[Peer]:
    """Those that are installed; each that is not says which package it needs."""
    made: list[Peer] = []
    for cls in classes:
        try:
            made.append(cls())
        except ImportError:
            print(f"left out: {cls.name} (pip install {cls.packages})")
    return made
