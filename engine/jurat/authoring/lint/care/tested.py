"""What a bundle's tests leave open."""

from collections.abc import Iterator

from jurat.plugin import LintExample, LintFinding, LintRule, LintSubject

_RULE = """\
- id: callers
  title: Anyone may call a model
  kind: expression
  effect: permit
  severity: info
  when: has(request.model)
- id: stored
  title: Answers are not stored
  kind: expression
  effect: deny
  severity: medium
  when: request.params.store == true
"""
_CASE = """\
- name: {name}
  now: 2026-05-25T12:00:00Z
  given: {{model: gpt-4.1, params: {{store: {store}}}}}
  expect: {{effect: {effect}}}
"""
_PASSES = _CASE.format(name="nothing is stored", store="false", effect="allow")
_FIRES = _CASE.format(name="what is stored is refused", store="true", effect="deny")
_ALSO = """\
- id: keys
  title: Keys are rotated
  kind: credential.age
  on: org_state
  effect: deny
  severity: high
  params: {max_age: 60d}
"""


class Untested(LintRule):
    """No test of the bundle is of an input that a rule judges, or there are no tests at all.

    A rule that no test reaches may be wrong in any way. `jurat test --coverage` shows what tests
    exercise.
    """

    code, name, needs = "JL504", "untested-rule", "whole"
    fires = LintExample({"rules/a.yaml": _RULE + _ALSO, "tests/a.yaml": _PASSES + _FIRES})
    passes = LintExample({"rules/a.yaml": _RULE, "tests/a.yaml": _PASSES + _FIRES})

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        bundle = subject.bundle
        if not bundle.rules:
            return
        if not bundle.tests:
            place = subject.of(subject.root("bundle.yaml").get("name"))
            message = "the bundle has no tests, so nothing shows that its rules do what they say"
            yield LintFinding(message, place, "write cases into tests/*.yaml")
            return
        tested = {case.type for case in bundle.tests}
        for rule in bundle.rules:
            if not tested & {judged.input for judged in rule.judges}:
                message = f"no test judges rule {rule.id}"
                help = "add a case in which it fires, and one in which it passes"
                yield LintFinding(message, subject.at(rule, "id"), help)


class NeverFires(LintRule):
    """The tests judge a rule and never let it fire.

    They would all pass without it. Add a case that it denies (redacts, …), or, for a permit, one
    that it lets in.
    """

    code, name, needs = "JL505", "never-fires", "whole"
    fires = LintExample({"rules/a.yaml": _RULE, "tests/a.yaml": _PASSES})
    passes = LintExample({"rules/a.yaml": _RULE, "tests/a.yaml": _PASSES + _FIRES})

    def check(self, subject: LintSubject) -> Iterator[LintFinding]:
        tested = {case.type for case in subject.bundle.tests}
        fired = subject.fired if tested else None
        for rule in subject.bundle.rules if fired is not None else ():
            if rule.id not in (fired or ()) and tested & {j.input for j in rule.judges}:
                message = f"rule {rule.id} fires in no test"
                help = "add a case in which it fires"
                yield LintFinding(message, subject.at(rule, "id"), help)
