from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jurat.engine import Engine
from jurat_rules.network_transport import NetworkTransport, minor_of

OLD = ["tls-too-old"]
ABSENT = ["tls-absent"]
UNREADABLE = ["tls-unreadable"]
ADVISED = ["advice tls-below-advised"]
NO_LINK = ["private-link-missing"]


# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [
    {},
    {"min_version": "1.3", "legs": ["endpoint"]},
    {"private_link": "required", "environments": ["production"]},
    {"private_link": "required", "legs": []},
]


def call(caller: Any = "1.3", endpoint: Any = "1.3") -> dict[str, Any]:
    body: dict[str, Any] = {"action": "chat.completions"}
    if caller is not ...:
        body["source"] = {"tls_version": caller}
    body["endpoint"] = {} if endpoint is ... else {"tls_version": endpoint}
    return body


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1.2", 2),
        ("1.3", 3),
        ("1.0", 0),
        ("1", 0),
        ("TLSv1", 0),
        ("TLSv1.1", 1),
        ("TLSv1.2", 2),
        ("TLS 1.3", 3),
        ("TLS1.3", 3),
        ("tls1_2", 2),
        ("TLSV1_3", 3),
        ("TLS_1_2", 2),
        ("Tls12", 2),
        ("TLSv13", 3),
        ("TLS/1.3", 3),
        (" TLSv1.2 ", 2),
        ("SSLv3", -1),
        ("SSL 3.0", -1),
        ("SSLv2", -1),
        ("ssl3", -1),
        # no version of TLS, or none that can be told
        ("", None),
        ("12", None),
        ("1.4", None),
        ("TLS", None),
        ("TLSv1.23", None),
        ("TLS 2.0", None),
        ("1.2.3", None),
        ("11.2", None),
        ("TLSv1.2, TLSv1.0", None),
        ("not TLSv1.3", None),
        ("TLSv1.3\x00", None),
        ("1.٣", None),
        ("0x0303", None),
        ("1.2" + " " * 100, None),
    ],
)
def test_versions(text: str, minor: int | None) -> None:
    assert minor_of(text) == minor


@pytest.mark.parametrize(
    ("params", "version", "codes"),
    [
        ({}, "1.3", []),
        ({}, "1.2", ADVISED),
        ({}, "1.1", OLD),
        ({}, "SSLv3", OLD),
        ({}, "quite new", UNREADABLE),
        ({}, None, ABSENT),
        ({"advise_below": None}, "1.2", []),
        ({"advise_below": None}, "1.1", OLD),
        ({"min_version": "1.3"}, "1.3", []),
        ({"min_version": "1.3"}, "1.2", OLD),
        ({"min_version": 1.3}, "1.2", OLD),  # YAML reads it as a number
        ({"min_version": 1.2, "advise_below": 1.3}, "1.2", ADVISED),
    ],
)
def test_both_legs(bench: Any, params: Any, version: Any, codes: list[str]) -> None:
    rule = bench(NetworkTransport)(params)
    on_snapshot = bench(NetworkTransport)(params, on="org_state")
    for _ in range(2):  # the second reading is the remembered one
        assert rule.codes(call(caller=version)) == codes
        assert rule.codes(call(endpoint=version)) == codes
        assert rule.codes(call(caller=version, endpoint=version)) == codes * 2
        assert on_snapshot.codes({"tls_version": version}) == codes
    if codes:
        first, second = rule(call(caller=version, endpoint=version))
        assert (first.at, second.at) == ("/source/tls_version", "/endpoint/tls_version")
        assert on_snapshot({"tls_version": version})[0].at == "/tls_version"


def test_what_is_not_sent(bench: Any) -> None:
    rule = bench(NetworkTransport)()
    assert rule.codes(call(caller=...)) == ["unknown /source/tls_version"]
    assert rule.codes(call(endpoint=...)) == ["unknown /endpoint/tls_version"]
    assert rule.codes({"source": None, "endpoint": None, "action": "embeddings"}) == ABSENT * 2
    given = call()
    del given["action"]
    assert rule.codes(given) == ["unknown /action"]
    assert bench(NetworkTransport)(on="org_state").codes({}) == ["unknown /tls_version"]


def test_legs(bench: Any) -> None:
    caller = bench(NetworkTransport)({"legs": ["caller"]})
    assert caller.codes({"source": {"tls_version": "1.3"}}) == []
    assert caller.codes(call(caller="1.0", endpoint="1.0")) == OLD
    endpoint = bench(NetworkTransport)({"legs": ["endpoint"]})
    assert endpoint.codes(call(caller=..., endpoint="1.3")) == []
    assert endpoint.codes(call(caller=..., endpoint="1.0")) == OLD


def test_tool_calls_go_to_no_endpoint(bench: Any) -> None:
    rule = bench(NetworkTransport)({"private_link": "required"})
    given = {"action": "mcp.tool_call", "source": {"tls_version": "1.3"}}
    assert rule.codes(given) == []
    assert rule.codes({**given, "source": {"tls_version": "1.0"}}) == OLD


@pytest.mark.parametrize(
    ("environments", "environment", "link", "codes"),
    [
        ([], ..., True, []),
        ([], ..., False, NO_LINK),
        ([], ..., None, NO_LINK),
        ([], ..., ..., ["unknown /endpoint/private_link"]),
        (["production", "staging"], "production", True, []),
        (["production", "staging"], "production", False, NO_LINK),
        (["production", "staging"], "staging", None, NO_LINK),
        (["production", "staging"], "production", ..., ["unknown /endpoint/private_link"]),
        (["production"], "development", False, []),
        (["production"], None, False, []),
        (["production"], ..., True, ["unknown /project/environment"]),
    ],
)
def test_private_links(
    bench: Any, environments: list[str], environment: Any, link: Any, codes: list[str]
) -> None:
    rule = bench(NetworkTransport)({"private_link": "required", "environments": environments})
    given = call()
    if link is not ...:
        given["endpoint"]["private_link"] = link
    if environment is not ...:
        given["project"] = {"environment": environment}
    assert rule.codes(given) == codes


def test_private_links_of_a_snapshot(bench: Any) -> None:
    rule = bench(NetworkTransport)({"private_link": "required"}, on="org_state")
    assert rule.codes({"tls_version": "1.3", "private_link": True}) == []
    assert rule.codes({"tls_version": "1.3", "private_link": None}) == NO_LINK
    assert rule.codes({"tls_version": "1.0", "private_link": False}) == OLD + NO_LINK
    assert rule.codes({"tls_version": "1.3"}) == ["unknown /private_link"]
    # an endpoint belongs to no project
    params = {"private_link": "required", "environments": ["production"]}
    rule = bench(NetworkTransport)(params, on="org_state")
    assert rule.codes({"tls_version": "1.3", "private_link": False}) == []


@pytest.mark.parametrize(
    ("params", "on", "at", "text"),
    [
        ({"legs": []}, "request", ("legs",), "name caller"),
        ({"min_version": "1.3", "advise_below": "1.3"}, "request", ("advise_below",), "leave"),
        ({"environments": ["production"]}, "request", ("environments",), "private_link"),
        (
            {"private_link": "required", "environments": ["prodution"]},
            "request",
            ("environments", 0),
            "did you mean production?",
        ),
        ({"legs": ["caller"]}, "org_state", ("legs",), "add endpoint"),
    ],
)
def test_refused_params(bench: Any, params: Any, on: str, at: Any, text: str) -> None:
    words = {"environment": {"production", "staging"}}
    error = bench(NetworkTransport).refuses(params, on=on, words=words)
    assert error.at == at
    assert text in error.help


@pytest.mark.parametrize(
    "params", [{"min_version": "1.1"}, {"min_version": 1}, {"private_link": True}, {"legs": ["x"]}]
)
def test_params_of_no_known_word(bench: Any, params: Any) -> None:
    with pytest.raises(ValueError, match="Input should be"):
        bench(NetworkTransport)(params)


def test_the_version_is_quoted_not_written(bench: Any) -> None:
    (finding,) = bench(NetworkTransport)()(call(caller="canary"))
    assert "canary" not in finding.message
    assert finding.quote == {"version": "canary"}


def test_many_spellings_are_forgotten_again(bench: Any) -> None:
    rule = bench(NetworkTransport)({"legs": ["caller"]})
    for n in range(3000):
        assert rule.codes({"source": {"tls_version": f"TLSv1.{n % 4}"}}) is not None
        assert rule.codes({"source": {"tls_version": f"TLSv{n}"}}) in (
            UNREADABLE,
            OLD,
            ADVISED,
            [],
        )


def test_a_snapshot_through_the_engine() -> None:
    rule = """
- {id: tls, title: T, kind: network.transport, on: [request, org_state], effect: deny,
   severity: high, params: {min_version: 1.2, private_link: required}}
"""
    engine = Engine.load(
        {"bundle.yaml": "{name: a, version: 1.0.0, revision: 1}", "rules/a.yaml": rule}
    )
    moment = "2026-05-25T12:00:00Z"
    items = {
        "good": {"tls_version": "1.3", "private_link": True},
        "bad": {"tls_version": "TLS1_0", "private_link": False},
    }
    state = {"type": "org_state", "observed_at": moment, "endpoints": {"items": items}}
    decision = engine.evaluate(state, now=moment)
    assert [(r.code, r.at) for r in decision.reasons] == [
        ("private-link-missing", "/endpoints/items/bad/private_link"),
        ("tls-too-old", "/endpoints/items/bad/tls_version"),
    ]


VERSIONS = st.sampled_from(["SSLv3", "1.0", "TLSv1.1", "TLS 1.2", "Tls13", "odd", None])


@given(caller=VERSIONS, endpoint=VERSIONS, gone=st.sets(st.sampled_from(["source", "endpoint"])))
def test_asking_for_more_and_knowing_less_never_help(
    bench: Any, caller: Any, endpoint: Any, gone: set[str]
) -> None:
    given = call(caller, endpoint)
    strict = bench(NetworkTransport)({"min_version": "1.3"})
    loose = bench(NetworkTransport)({"advise_below": None})
    less = {name: value for name, value in given.items() if name not in gone}
    if strict.codes(given) == []:
        assert loose.codes(given) == []
    if loose.codes(less) == []:
        assert loose.codes(given) == []


def test_reads() -> None:
    kind = NetworkTransport()

    def reads(**params: Any) -> tuple[str, ...]:
        return kind.reads(kind.Params.model_validate(params))

    tls = ("request.source.tls_version", "request.action", "endpoint.tls_version")
    assert reads() == tls
    assert reads(legs=["caller"]) == tls[:1]
    assert reads(private_link="required") == (*tls, "endpoint.private_link")
    assert reads(private_link="required", environments=["production"]) == (
        *tls,
        "request.project.environment",
        "request.endpoint.private_link",
    )
