"""More peers of the gateway policy: pycasbin's matchers, Cloud Custodian's filters, OPA itself.

Both Python ones evaluate an expression per rule. Casbin says whether, not which rules denied, so
its effect alone is compared. Custodian's filters know no arithmetic on times, so the age of the key
comes with the resource; and no address in a list of the resource's own, so the account's networks
stand in the policy, as for Cedar.
"""

from typing import Any

from gateway import MODELS, Told
from peers import MAX_AGE_SECONDS, REGO, Ask, Peer, numbered, rules_of_rego

_MODEL = """
[request_definition]
r = q
[policy_definition]
p = id, when, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = eval(p.when)
"""
_CASBIN = {
    "callers": "r.q.actor.kind == 'service_account' && r.q.actor.project == r.q.project.id",
    "models": f"!(r.q.model in {MODELS!r})",
    "networks": "!inside(r.q.source.ip, r.q.actor.networks)",
    "key-age": "r.q.project.environment != 'experimentation' "
    f"&& r.q.now - r.q.actor.credential.created_at > {MAX_AGE_SECONDS}",
    "key-expiry": "r.q.actor.credential.expires_at <= r.q.now",
    "eu-residency": "r.q.project.residency == 'eu' && r.q.endpoint.residency != 'eu'",
    "isolation": "r.q.actor.project != r.q.project.id "
    "|| r.q.actor.credential.project != r.q.project.id "
    "|| !(r.q.actor.kind in r.q.project.holders)",
    "permissions": "!(r.q.action in r.q.actor.permissions)",
    "max-tokens": "r.q.params.max_tokens > 4096",
    "prod-store": "r.q.project.environment == 'production' && r.q.params.store != False",
}


class Casbin(Peer):
    name = "pycasbin, ten rules with eval()"
    packages = "pycasbin"
    names_rules = False

    def __init__(self) -> None:
        import casbin
        from gateway import _inside

        def inside(address: str, networks: Any) -> bool:
            return _inside(address, tuple(networks))

        model = casbin.Model()
        model.load_model_from_text(_MODEL)
        self._enforcer = casbin.Enforcer(model)
        self._enforcer.add_function("inside", inside)
        for id_, when in _CASBIN.items():
            self._enforcer.add_policy(id_, when, "allow" if id_ == "callers" else "deny")

    def prepare(self, request: dict[str, Any]) -> Ask:
        enforce, data = self._enforcer.enforce, numbered(request)
        return lambda: enforce(data)

    def told(self, answer: Any) -> Told:
        return Told("allow" if answer else "deny", frozenset())


def _value(key: str, value: Any = True, op: str = "eq", kind: str = "") -> dict[str, Any]:
    made = {"type": "value", "key": key, "value": value, "op": op}
    return made | {"value_type": kind} if kind else made


_CUSTODIAN: dict[str, list[Any]] = {
    "callers": [_value("actor.kind", "service_account"), _value("actor.project == project.id")],
    "models": [_value("model", list(MODELS), "not-in")],
    "networks": [
        {"not": [_value("source.ip", "10.0.1.0/24", "in", "cidr")]},
        {"not": [_value("source.ip", "10.0.2.0/24", "in", "cidr")]},
    ],
    "key-age": [
        _value("project.environment", "experimentation", "ne"),
        _value("key_age", MAX_AGE_SECONDS, "gt"),
    ],
    "key-expiry": [_value("actor.credential.expires_at <= now")],
    "eu-residency": [_value("project.residency", "eu"), _value("endpoint.residency", "eu", "ne")],
    "isolation": [
        _value(
            "actor.project != project.id || actor.credential.project != project.id "
            "|| !contains(project.holders, actor.kind)"
        )
    ],
    "permissions": [_value("contains(actor.permissions, action)", False)],
    "max-tokens": [_value("params.max_tokens", 4096, "gt")],
    "prod-store": [
        _value("project.environment", "production"),
        _value("params.store", False, "ne"),
    ],
}


class Custodian(Peer):
    name = "Cloud Custodian's filters, ten rules"
    packages = "c7n"

    def __init__(self) -> None:
        from c7n.filters.core import FilterRegistry

        parse = FilterRegistry("gateway").parse
        self._rules = [(id_, parse(filters, None)) for id_, filters in _CUSTODIAN.items()]

    def prepare(self, request: dict[str, Any]) -> Ask:
        resource = numbered(request)
        resource["key_age"] = resource["now"] - resource["actor"]["credential"]["created_at"]
        (_, permit), *denies = self._rules

        def matches(filters: Any) -> bool:
            left = [resource]
            for one in filters:  # as a policy runs them
                if not left:
                    return False
                left = one.process(left)
            return bool(left)

        def ask() -> tuple[bool, list[str]]:
            fired = [id_ for id_, filters in denies if matches(filters)]
            return not fired and matches(permit), fired

        return ask

    def told(self, answer: Any) -> Told:
        allowed, fired = answer
        return Told("allow" if allowed else "deny", frozenset(fired))


class Opa(Peer):
    name = "OPA itself in process (Go library)"
    packages = "--ignore-requires-python opa-golib-python-bindings"

    def __init__(self) -> None:
        from opa_bindings import OpaEngine

        self._engine = OpaEngine()
        self._engine.add_policy("gateway.rego", REGO)

    def prepare(self, request: dict[str, Any]) -> Ask:
        evaluate, data = self._engine.eval_document, numbered(request)
        return lambda: evaluate("gateway.decision", data)

    def told(self, answer: Any) -> Told:
        return rules_of_rego(answer)
