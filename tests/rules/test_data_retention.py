from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.engine import Engine
from jurat.model import DataControl
from jurat_rules.data_retention import DataRetention

STORED = ["response-stored"]
BY_DEFAULT = ["response-stored-by-default"]
BACKGROUND = ["background-mode"]
CONVERSATION = ["conversation-kept"]
KEPT = ["state-kept"]
ENDPOINT = ["endpoint-retains"]
NOT_ZERO = ["retention-not-zero"]


# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    {},
    {"of": ["org"], "endpoint": "ignore"},
    {"of": ["project", "org"], "stores_by_default": ["messages"], "keeps_state": ["embeddings"]},
]


def call(action: str = "responses", retention: Any = "zero", **params: Any) -> dict[str, Any]:
    return {
        "action": action,
        "project": {"retention": retention},
        "params": {"conversation": None, **params},
        "endpoint": {"retention": "zero"},
    }


@pytest.mark.parametrize(
    ("action", "params", "codes"),
    [
        ("responses", {"store": False, "background": False}, []),
        ("responses", {"store": False, "background": None}, []),
        ("responses", {"store": True, "background": None}, STORED),
        ("responses", {"store": None, "background": None}, BY_DEFAULT),
        ("responses", {"store": False, "background": True}, BACKGROUND),
        ("responses", {"store": True, "background": True}, STORED + BACKGROUND),
        ("responses", {"background": None}, ["unknown /params/store"]),
        ("responses", {"store": False}, ["unknown /params/background"]),
        ("responses", {"store": False, "background": None, "conversation": "c"}, CONVERSATION),
        ("chat.completions", {"store": None, "conversation": "c"}, []),
        # chat completions are stored on request alone, and have no background mode
        ("chat.completions", {"store": None}, []),
        ("chat.completions", {"store": False}, []),
        ("chat.completions", {"store": True}, STORED),
        ("chat.completions", {}, ["unknown /params/store"]),
        # these have no such parameter
        ("embeddings", {}, []),
        ("messages", {}, []),
        ("realtime", {}, []),
        # these leave state behind, whatever the parameters
        ("files.create", {}, KEPT),
        ("batches.create", {"store": False}, KEPT),
        ("assistants.create", {}, KEPT),
        ("threads.update", {}, KEPT),
        ("runs.create", {}, KEPT),
        ("conversations.create", {}, KEPT),
        ("vector_stores.create", {}, KEPT),
        ("fine_tuning.create", {}, KEPT),
        ("containers.create", {}, KEPT),
        ("videos.create", {}, KEPT),
        ("evals.run", {}, KEPT),
        # cleaning up and looking are no keeping
        ("files.delete", {}, []),
        ("files.list", {}, []),
        ("responses.delete", {}, []),
        # who knows what an unknown action does
        ("acme.ask", {}, ["unknown /params/store"]),
        ("acme.ask", {"store": None}, ["unknown /params/background"]),
        ("acme.ask", {"store": None, "background": None}, []),
        ("acme.ask", {"store": True, "background": True}, STORED + BACKGROUND),
        (None, {"store": None}, ["unknown /params/background"]),
    ],
)
def test_calls(bench: Any, action: str, params: dict[str, Any], codes: list[str]) -> None:
    assert bench(DataRetention)().codes(call(action, **params)) == codes
    # nothing of it matters, and nothing is needed, where zero retention isn't required
    assert bench(DataRetention)().codes({"project": {"retention": None}}) == []


@pytest.mark.parametrize(
    ("of", "project", "org", "codes"),
    [
        (["project"], "zero", ..., STORED),
        (["project"], "default", "zero", []),
        (["project"], None, ..., []),
        (["project"], ..., "zero", ["unknown /project/retention"]),
        (["org"], ..., "zero", STORED),
        (["org"], "zero", "default", []),
        (["org"], "zero", ..., ["unknown /org/retention"]),
        (["project", "org"], "default", "zero", STORED),
        (["project", "org"], "zero", "default", STORED),
        (["project", "org"], "default", None, []),
        (["org", "project"], "zero", ..., STORED),
        (["project", "org"], None, ..., ["unknown /org/retention"]),
        (["project"], "Zero", ..., []),  # words of the vocabulary are checked in tables
    ],
)
def test_whose_retention_counts(
    bench: Any, of: list[str], project: Any, org: Any, codes: list[str]
) -> None:
    given = call(store=True, background=None)
    del given["project"]
    for name, value in (("project", project), ("org", org)):
        if value is not ...:
            given[name] = {"retention": value}
    assert bench(DataRetention)({"of": of}).codes(given) == codes


def test_an_unsent_conversation(bench: Any) -> None:
    given = call(store=False, background=None)
    del given["params"]["conversation"]
    assert bench(DataRetention)().codes(given) == ["unknown /params/conversation"]


def test_a_header_turns_nothing_on(bench: Any) -> None:
    given = call(retention="default", store=True) | {
        "metadata": {"retention": "zero"},
        "tags": {"X-Zero-Retention": "true"},
    }
    assert bench(DataRetention)().codes(given) == []


@pytest.mark.parametrize(
    ("endpoint", "codes"),
    [
        ({"retention": "zero"}, []),
        ({"retention": "default"}, ENDPOINT),
        ({"retention": None}, ENDPOINT),
        (None, ENDPOINT),
        ({"id": "e"}, ["unknown /endpoint/retention"]),
        (..., ["unknown /endpoint/retention"]),
    ],
)
def test_endpoints(bench: Any, endpoint: Any, codes: list[str]) -> None:
    given = call("embeddings")
    del given["endpoint"]
    if endpoint is not ...:
        given["endpoint"] = endpoint
    assert bench(DataRetention)().codes(given) == codes
    assert bench(DataRetention)({"endpoint": "ignore"}).codes(given) == []
    assert bench(DataRetention)().codes({**given, "action": "mcp.tool_call"}) == []


def test_everything_that_is_wrong_is_told(bench: Any) -> None:
    given = call(store=True, background=True) | {"endpoint": {"retention": "default"}}
    found = bench(DataRetention)()(given)
    assert [f.at for f in found] == ["/params/store", "/params/background", "/endpoint/retention"]
    given["action"] = "files.create"
    assert bench(DataRetention)().codes(given) == KEPT + ENDPOINT


def test_more_actions(bench: Any) -> None:
    rule = bench(DataRetention)({"stores_by_default": ["messages", "acme.ask"]})
    assert rule.codes(call("messages", store=None)) == BY_DEFAULT
    assert rule.codes(call("messages", store=False)) == []
    assert rule.codes(call("messages")) == ["unknown /params/store"]
    assert rule.codes(call("acme.ask", store=None, background=None)) == BY_DEFAULT
    rule = bench(DataRetention)({"keeps_state": ["acme.index", "images.generate"]})
    assert rule.codes(call("acme.index")) == KEPT
    assert rule.codes(call("images.generate")) == KEPT
    assert rule.codes(call("files.create")) == KEPT


@pytest.mark.parametrize(
    ("params", "at", "text"),
    [
        ({"of": []}, ("of",), ""),
        ({"keeps_state": ["file.create"]}, ("keeps_state", 0), "did you mean files.create?"),
        ({"stores_by_default": ["respones"]}, ("stores_by_default", 0), "mean responses?"),
    ],
)
def test_refused_params(bench: Any, params: Any, at: Any, text: str) -> None:
    words = {"action": {"files.create", "responses"}}
    error = bench(DataRetention).refuses(params, words=words)
    assert error.at == at
    assert text in error.help


@pytest.mark.parametrize(
    ("retention", "controls", "codes"),
    [
        ("zero", {"c": {"project": "p", "retention": "zero"}}, []),
        ("zero", {"c": {"project": "p", "retention": "default"}}, NOT_ZERO),
        ("zero", {"c": {"project": "p", "retention": None}}, NOT_ZERO),
        ("zero", {"c": {"project": "p"}}, ["unknown /items/c/retention"]),
        ("zero", {"c": {"retention": "zero"}}, ["unknown /items/c/project"]),
        ("zero", {}, NOT_ZERO),
        ("zero", {"c": {"project": "other", "retention": "zero"}}, NOT_ZERO),
        # the organisation's holds where the project has none
        ("zero", {"c": {"project": None, "retention": "zero"}}, []),
        ("zero", {"c": {"project": None, "retention": "default"}}, NOT_ZERO),
        (
            "zero",
            {
                "c": {"project": None, "retention": "zero"},
                "d": {"project": "p", "retention": "default"},
            },
            NOT_ZERO,
        ),
        (
            "zero",
            {
                "c": {"project": "p", "retention": "zero"},
                "d": {"project": "p", "retention": "default"},
            },
            NOT_ZERO,
        ),
        ("zero", None, ["unknown /data_controls"]),
        ("default", None, []),
        (None, None, []),
        (..., {}, ["unknown /retention"]),
    ],
)
def test_snapshots(
    bench: Any, items_of_state: Any, retention: Any, controls: Any, codes: list[str]
) -> None:
    rule = bench(DataRetention)(on="org_state")
    project = {"id": "p"} | ({} if retention is ... else {"retention": retention})
    rows = {} if controls is None else {"data_controls": items_of_state(controls, DataControl)}
    assert rule.codes(project, collections=rows) == codes


def test_snapshots_by_the_organisation(bench: Any, items_of_state: Any) -> None:
    rule = bench(DataRetention)({"of": ["org"]}, on="org_state")
    project = {"id": "p", "retention": None}
    rows = {"data_controls": items_of_state({}, DataControl)}
    assert rule.codes(project, collections=rows, org={"retention": "zero"}) == NOT_ZERO
    assert rule.codes(project, collections=rows, org={"retention": None}) == []
    assert rule.codes(project, collections=rows) == ["unknown /org/retention"]


def test_a_new_snapshot_is_looked_at_anew(bench: Any, items_of_state: Any) -> None:
    rule = bench(DataRetention)(on="org_state")
    for word, codes in [("zero", []), ("default", NOT_ZERO), ("zero", [])]:
        controls = items_of_state({"c": {"project": "p", "retention": word}}, DataControl)
        rows = {"data_controls": controls}
        for _ in range(2):
            assert rule.codes({"id": "p", "retention": "zero"}, collections=rows) == codes


def test_a_snapshot_through_the_engine() -> None:
    rule = """
- {id: zdr, title: Z, kind: data.retention, on: [request, org_state], effect: deny, severity: high}
- {id: any, title: A, kind: expression, effect: permit, severity: info, when: "true"}
"""
    engine = Engine.load(
        {
            "bundle.yaml": "{name: a, version: 1.0.0, revision: 1}",
            "rules/a.yaml": rule,
            "data/projects.yaml": "{good: {retention: zero}, bad: {retention: zero}, dev: {}}",
        }
    )
    moment = "2026-05-25T12:00:00Z"
    state = {
        "type": "org_state",
        "observed_at": moment,
        "projects": {"items": {"good": {}, "bad": {}, "dev": {}}},
        "data_controls": {"items": {"c": {"project": "good", "retention": "zero"}}},
    }
    decision = engine.evaluate(state, now=moment)
    assert decision.effect == "deny"
    assert [(r.code, r.at) for r in decision.reasons] == [
        ("retention-not-zero", "/projects/items/bad/retention")
    ]
    request = {"action": "embeddings", "project": {"id": "bad"}, "endpoint": {"retention": "zero"}}
    assert engine.evaluate(request, now=moment).effect == "allow"
    request["action"] = "files.create"
    assert engine.evaluate(request, now=moment).reasons[0].code == "state-kept"


FACTS = st.fixed_dictionaries(
    {
        "store": st.sampled_from([True, False, None]),
        "background": st.sampled_from([True, False, None]),
        "conversation": st.sampled_from(["c", None]),
    }
)


@given(
    action=st.sampled_from(["responses", "chat.completions", "embeddings", "acme.ask"]),
    params=FACTS,
    retention=st.sampled_from(["zero", "default", None]),
    gone=st.sets(
        st.sampled_from(["store", "background", "conversation", "endpoint", "project", "action"])
    ),
)
def test_what_is_not_sent_never_helps(
    bench: Any, action: str, params: Any, retention: Any, gone: set[str]
) -> None:
    rule = bench(DataRetention)()
    given = call(action, retention, **params)
    less = {name: value for name, value in given.items() if name not in gone}
    less["params"] = {name: value for name, value in params.items() if name not in gone}
    if rule.codes(less) == []:
        assert rule.codes(given) == []


def test_reads() -> None:
    kind = DataRetention()
    params = kind.Params.model_validate({"of": ["project", "org"]})
    assert kind.reads(params) == (
        "project.retention", "request.org.retention", "org.org.retention", "request.action",
        "request.params.store", "request.params.background", "request.params.conversation",
        "request.endpoint.retention", "org.data_controls",
    )  # fmt: skip
    params = kind.Params.model_validate({"endpoint": "ignore"})
    assert "request.endpoint.retention" not in kind.reads(params)
