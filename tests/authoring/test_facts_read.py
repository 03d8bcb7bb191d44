"""Which facts rules need, and which of them the tables of the bundle give."""

from collections.abc import Callable, Mapping

import pytest

from jurat.authoring.explain import Joined, facts_read, source_of
from jurat.plan import Plan

Planned = Callable[[Mapping[str, str]], Plan]


@pytest.fixture
def plan(planned: Planned) -> Plan:
    when = (
        "request.model_info.status == 'approved' && request.prompt.status == 'approved' "
        "&& request.vendor.dpa && request.actor.credential.status == 'active' "
        "&& request.actor.team == 'a' && request.project.environment == 'production'"
    )
    return planned(
        {
            "bundle.yaml": "name: a\nversion: 1.0.0\nrevision: 1\n",
            "rules/a.yaml": "- {id: x, title: X, kind: expression, effect: permit, severity: low,\n"
            f'   when: "{when}"}}\n',
            "data/models.yaml": "m: {}\n",
            "data/prompts.yaml": "p@1: {}\n",
            "data/vendors.yaml": "v: {}\n",
            "data/users.yaml": "u: {}\n",
            "data/service_accounts.yaml": "s: {}\n",
        }
    )


@pytest.mark.parametrize(
    ("pointer", "joined"),
    [
        ("/model_info/status", Joined(("models",), ("/model",))),
        ("/prompt/status", Joined(("prompts",), ("/prompt/id", "/prompt/version"))),
        ("/prompt/version", None),
        ("/vendor/dpa", Joined(("vendors",), ("/provider",))),
        ("/actor/team", Joined(("service_accounts", "users"), ("/actor/id",))),
        ("/actor/id", None),
        ("/actor/credential/status", None),  # no table of credentials
        ("/project/environment", None),
        ("/model", None),
        ("/source/ip", None),
    ],
)
def test_a_fact_comes_from_its_table_where_there_is_one(
    pointer: str, joined: Joined | None, plan: Plan
) -> None:
    assert source_of(plan, pointer) == joined


def test_the_keys_of_joins_are_needed_too(plan: Plan) -> None:
    assert set(facts_read(plan)["request"]) == {
        "/model_info/status", "/model",
        "/prompt/status", "/prompt/id", "/prompt/version",
        "/vendor/dpa", "/provider",
        "/actor/credential/status",
        "/actor/team", "/actor/id",
        "/project/environment",
    }  # fmt: skip
