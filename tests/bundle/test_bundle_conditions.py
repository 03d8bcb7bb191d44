"""Conditions of rules and waivers: what they see, and the place of what is wrong with them."""

from typing import Any

import pytest

from jurat.bundle import Diagnostic, load_bundle, read_bundle

HEAD = "- id: z\n  title: Z\n  effect: deny\n  severity: low\n"


def rule(text: str) -> str:
    return HEAD + "".join(f"  {line}\n" for line in text.splitlines())


def problems(files: dict[str, str], registry: Any) -> list[Diagnostic]:
    return load_bundle(files, registry)[1]


@pytest.mark.parametrize(
    "text",
    [
        "kind: expression\nwhen: request.project.environment == 'sandbox'",
        "kind: expression\nwhen: request.actor.id in data.service_accounts",
        "kind: expression\nwhen: 'data.drill[\"all\"].reason == request.model'",
        "kind: expression\nwhen: now > timestamp('2026-05-25T12:00:00Z')",
        "kind: expression\non: response\nwhen: response.model != request.model",
        (
            "kind: expression\nover: credential\non: [request, org_state]\n"
            "when: credential.status == 'revoked' && project.id == 'a'"
        ),
        (
            "kind: expression\nover: credential\non: org_state\n"
            "when: org.org.id == 'a' && credential.project == project.id"
        ),
        "kind: expression\nover: project\non: org_state\nwhen: project.residency == 'eu'",
        "kind: expression\nover: org\non: org_state\nwhen: org.org.retention == 'zero'",
        "kind: pii.patterns\non: [request, response]\nwhen: request.project.id == 'a'",
        "kind: invite.stale\nwhen: invite.role == 'owner'",
    ],
)
def test_what_a_rule_sees(text: str, files: dict[str, str], registry: Any) -> None:
    found = read_bundle({**files, "rules/z.yaml": rule(text)}, registry).rule_by_id["z"]
    assert all(judged.condition is not None for judged in found.judges)


@pytest.mark.parametrize(
    "text",
    [
        "kind: expression\nwhen: response.model == 'gpt-4.1'",
        "kind: expression\nwhen: project.id == 'a'",
        "kind: expression\nwhen: org.org.id == 'a'",
        "kind: expression\nwhen: request.actor.id in data.users",
        "kind: expression\nwhen: request.messages[0].content == 'a'",
        "kind: expression\nover: credential\non: org_state\nwhen: request.model == 'gpt-4.1'",
        "kind: expression\nover: credential\non: [request, org_state]\nwhen: org.org.id == 'a'",
        "kind: credential.age\nparams: {max_age: 1d}\nwhen: principal.id == 'a'",
        "kind: pii.patterns\non: [request, response]\nwhen: response.model == 'gpt-4.1'",
        "kind: expression\nwhen: request.model",
        "kind: expression\nwhen: request.model == 1",
        "kind: expression\nwhen: request.model ==",
    ],
)
def test_what_a_rule_does_not_see(text: str, files: dict[str, str], registry: Any) -> None:
    found = problems({**files, "rules/z.yaml": rule(text)}, registry)
    assert {d.code for d in found} == {"JB040"}
    assert {d.file for d in found} == {"rules/z.yaml"}


def test_a_problem_of_one_input_names_it(files: dict[str, str], registry: Any) -> None:
    text = "kind: expression\nover: credential\non: [request, org_state]\nwhen: org.org.id == 'a'"
    (found,) = problems({**files, "rules/z.yaml": rule(text)}, registry)
    assert found.message.endswith("(on request)")
    text = "kind: expression\nover: credential\non: [request, org_state]\nwhen: credential.stat == 'a'"
    (found,) = problems({**files, "rules/z.yaml": rule(text)}, registry)
    assert "(on " not in found.message


@pytest.mark.parametrize(
    ("text", "line", "columns"),
    [
        ("when: request.project.enviroment == 'production'\nkind: expression", 5, (24, 36)),
        ("when: 'request.project.enviroment == \"production\"'\nkind: expression", 5, (25, 37)),
        ('when: "request.project.enviroment == \\"a\\""\nkind: expression', 5, (25, 37)),
        ("kind: expression\nwhen: |\n  request.id == 'x'\n    && request.project.enviroment == 'a'",
         8, (25, 37)),
    ],
)  # fmt: skip
def test_the_place_in_the_file(
    text: str, line: int, columns: tuple[int, int], files: dict[str, str], registry: Any
) -> None:
    (found,) = problems({**files, "rules/z.yaml": rule(text)}, registry)
    assert (found.code, found.line) == ("JB040", line)
    assert columns[0] <= found.column <= columns[1]
    assert "environment" in found.message + found.help


def test_a_misspelt_word_of_a_vocabulary(files: dict[str, str], registry: Any) -> None:
    text = "kind: expression\nwhen: request.project.environment == 'prodution'"
    (found,) = problems({**files, "rules/z.yaml": rule(text)}, registry)
    assert (found.code, found.line) == ("JB040", 6)
    assert "production" in found.help


def test_the_scope_of_a_waiver_is_checked_like_a_condition(
    files: dict[str, str], registry: Any
) -> None:
    files["waivers.yaml"] = files["waivers.yaml"].replace("project.id", "request.id")
    (found,) = problems(files, registry)
    assert (found.code, found.file, found.line) == ("JB040", "waivers.yaml", 2)
