"""What lets requests in: nothing, everything, or more than was meant."""

from collections.abc import Iterator

from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject

from .conditions import always

_PERMIT = """\
- id: callers
  title: Registered callers
  kind: expression
  effect: permit
  severity: info
  when: '{}'
"""
_DENY = """\
- id: stored
  title: Answers are not stored
  kind: expression
  effect: deny
  severity: medium
  when: request.params.store == true
"""
KNOWN = "has(request.actor.id)"


def _permit(when: str) -> LintExample:
    return LintExample({"rules/a.yaml": _PERMIT.format(when) + _DENY})


class NegatedMissing(LintRule):
    """A permit that opens where a fact is absent, by a `!=` or a `!( … in …)`.

    Null is known to be absent, and `null != "production"` is true: a project without an
    environment is let in by `environment != "production"`. (A fact that was not sent at all is
    unknown, and lets nothing in.) Name what is let in, or add `has(…)`.
    """

    code, name = "JL108", "negated-missing-fact"
    apart = True
    fires = _permit('request.project.environment != "production"')
    passes = _permit(
        'has(request.project.environment) && request.project.environment != "production"'
    )

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for rule in subject.bundle.rules:
            if rule.effect != "permit":
                continue
            for judged in rule.judges:
                for case in subject.cases(judged.condition) or ():
                    for term, values in case.items():
                        if not (values.null and values.inverted and values.listed):
                            continue
                        text = judged.condition.text
                        start = max(0, text.find(term.rpartition(".")[2]))
                        start = text.find(term) if term in text else start
                        message = f"permit {rule.id} opens where {term} is absent"
                        help = f"name what is let in, or add `has({term}) &&`"
                        place = subject.in_condition(rule, start, len(term))
                        yield LintFinding(message, place, help)


class UnlimitedPermit(LintRule):
    """A permit that is always true: whoever reaches the gateway is let in.

    What denies is all that is left. Say who may call, by what you know of the caller:
    `request.actor.id in data.service_accounts`, say.
    """

    code, name = "JL113", "unlimited-permit"
    apart = True
    fires = _permit("true")
    passes = _permit(KNOWN)

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        for rule in subject.bundle.rules:
            if rule.effect == "permit" and always(rule):
                message = f"nothing limits permit {rule.id}: its condition is always true"
                help = "say who may call, like `request.actor.id in data.service_accounts`"
                yield LintFinding(message, subject.at(rule, "when"), help)


class NoPermit(LintRule):
    """A bundle with rules for requests and no permit: every request is denied.

    Nothing is allowed that no permit lets in. Where the bundle is loaded beside another that has
    one, look over both at once (`jurat lint org team`), and it is no finding.
    """

    code, name, needs = "JL114", "no-permit", "whole"
    fires = LintExample({"rules/a.yaml": _DENY})
    passes = _permit(KNOWN)

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        rules = [r for r in subject.bundle.rules if any(j.input == "request" for j in r.judges)]
        if not subject.alone or not rules or any(rule.effect == "permit" for rule in rules):
            return
        node = subject.root("bundle.yaml").get("name")
        message = "no rule permits anything, so every request is denied"
        help = (
            "add a permit:\n- {id: callers, title: Registered callers, kind: expression, "
            "effect: permit, severity: info,\n   when: request.actor.id in data.service_accounts}"
        )
        yield LintFinding(message, subject.of(node), help)
