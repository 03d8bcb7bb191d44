"""What is admitted, what is refused and how that is told: never with the value."""

import json
import traceback
import warnings
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from jurat.model import (
    InvalidInput,
    Message,
    MissingFact,
    OrgState,
    Request,
    Response,
    Text,
    build,
    nothing,
    to_plain,
    validate,
    view_class,
    view_of,
)

CANARY = "canary-4111111111111111"

STRICT = [
    ("naive time", {"time": "2026-05-25T12:00:00"}, "/time", "RFC 3339"),
    ("time as a number", {"time": 1779710400}, "/time", "RFC 3339"),
    ("week date", {"time": "2026-W01-1T12:00:00Z"}, "/time", "RFC 3339"),
    ("no such day", {"time": "2026-02-30T12:00:00Z"}, "/time", "calendar"),
    ("zoned IPv6", {"source": {"ip": "fe80::1%eth0"}}, "/source/ip", "leave the zone"),
    ("short IPv4", {"source": {"ip": "10.1"}}, "/source/ip", "not an IPv4"),
    ("address as a number", {"source": {"ip": 167772161}}, "/source/ip", "not an IPv4"),
    ("string for int", {"params": {"n": "5"}}, "/params/n", "must be a whole number"),
    ("bool for int", {"params": {"n": True}}, "/params/n", "must be a whole number"),
    ("float for int", {"params": {"n": 5.5}}, "/params/n", "must be a whole number"),
    ("huge int", {"params": {"n": 10**40}}, "/params/n", "at most"),
    ("negative count", {"messages": [{"size": -1}]}, "/messages/0/size", "at least 0"),
    ("int for bool", {"params": {"store": 1}}, "/params/store", "must be true or false"),
    ("string for bool", {"params": {"store": "true"}}, "/params/store", "must be true or false"),
    ("string for float", {"params": {"top_p": "1"}}, "/params/top_p", "must be a number"),
    ("string for list", {"classification": CANARY}, "/classification", "must be a list"),
    ("number in a list", {"classification": ["pii", 5]}, "/classification/1", "must be a string"),
    ("closed word", {"actor": {"kind": CANARY}}, "/actor/kind", "'user', 'service_account'"),
    ("list for object", {"actor": [CANARY]}, "/actor", "must be an object"),
    ("string for object", {"actor": CANARY}, "/actor", "must be an object"),
    ("unknown key", {"actr": {"id": CANARY}}, "/actr", "did you mean actor?"),
    ("nested key", {"actor": {"credential": {"created": CANARY}}}, "/actor/credential/created",
     "did you mean created_at?"),
    ("in a list", {"messages": [{}, {"sise": 5}]}, "/messages/1/sise", "did you mean size?"),
    ("alias", {"model_info": {"class_": "a"}}, "/model_info/class_", "did you mean class?"),
    ("a key not to show", {"actor": {CANARY: 5}}, "/actor", "not shown"),
    ("content", {"messages": [{"content": 5}]}, "/messages/0/content", "a string or a list"),
]  # fmt: skip


@pytest.mark.parametrize("how", ["bytes", "str", "mapping"])
@pytest.mark.parametrize(
    ("data", "at", "said"), [row[1:] for row in STRICT], ids=[row[0] for row in STRICT]
)
def test_what_is_refused(how: str, data: Any, at: str, said: str) -> None:
    given = data if how == "mapping" else json.dumps(data)
    if how == "bytes":
        given = given.encode()
    with pytest.raises(InvalidInput) as caught:
        validate(Request, given)
    (problem,) = caught.value.problems
    assert problem.at == at
    assert said in problem.message + "; " + problem.help
    told = "".join(traceback.format_exception(caught.value)) + repr(problem)
    assert "canary" not in told
    assert caught.value.__context__ is None
    with pytest.raises(ValidationError) as refused:  # the model itself agrees
        Request.model_validate(data)
    assert "canary-4111" not in str(refused.value).replace(at, "") or at == "/actor"


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_no_number_that_json_lacks(number: float) -> None:
    for given in ({"params": {"top_p": number}}, json.dumps({"params": {"top_p": number}})):
        with pytest.raises(InvalidInput):
            validate(Request, given)
    with pytest.raises(InvalidInput, match="not JSON"):
        validate(Request, json.dumps({"messages": [{"content": [{"odd": number}]}]}))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"model": "canary', "line 1, column"),
        (b"", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"model": "\xff"}', "UTF-8"),
        (b'{"model": "\\ud800"}', "not JSON"),
        (b"[]", "must be an object"),
        (b"null", "must be an object"),
    ],
)
def test_what_is_no_document(data: bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        validate(Request, data)
    assert "canary" not in "".join(traceback.format_exception(caught.value))


def test_too_large() -> None:
    with pytest.raises(InvalidInput, match="larger than 5 bytes"):
        validate(Request, b'{"model":"a"}', max_bytes=5)


def test_every_problem_is_told() -> None:
    with pytest.raises(InvalidInput) as caught:
        validate(Request, {"actr": 1, "model": 2, "source": {"ip": "x"}, "tools": [{"kind": "y"}]})
    assert {problem.at for problem in caught.value.problems} == {
        "/actr",
        "/model",
        "/source/ip",
        "/tools/0/kind",
    }


ADMITTED = [
    {"time": "2026-05-25T14:00:00.123456+02:00"},
    {"source": {"ip": "::ffff:10.0.0.1", "forwarded_for": ["10.0.0.1", "2001:db8::1"]}},
    {"params": {"temperature": 1}},
    {"model_info": {"class": "frontier", "price": {"input": 5}}},
    {"actor": None, "tools": [], "metadata": {"4111 1111": "a"}},
    {"messages": [{"content": [{"type": "text", "text": "a"}]}]},
]


@pytest.mark.parametrize("data", ADMITTED)
def test_what_is_admitted(data: dict[str, Any]) -> None:
    before = json.dumps(data)
    made = validate(Request, data)
    assert json.dumps(data) == before
    assert made.keys() == data.keys()
    assert made == validate(Request, before)
    assert to_plain(view_of(Request.model_validate(data))) == to_plain(
        build(view_class(Request), made)
    )
    assert json.dumps(data) == before, "a mapping that was validated is the caller's still"


def test_what_a_caller_changes_later_is_not_in_the_view() -> None:
    made = Request.model_validate({"tags": {"team": "a"}, "model_info": {"price": {"input": 5}}})
    view: Any = view_of(made)
    assert made.tags is not None
    assert made.model_info is not None
    assert made.model_info.price is not None
    made.tags["team"] = "b"
    made.model_info.price["input"] = 0
    assert to_plain(view) == {"tags": {"team": "a"}, "model_info": {"price": {"input": 5}}}


def test_an_item_of_a_list_knows_its_place() -> None:
    calls = [{"name": "a"}, {"id": "1"}]
    made = Request.model_validate(
        {"messages": [{"role": "user"}, {"role": "assistant", "tool_calls": calls}]}
    )
    view: Any = view_of(made)
    places = {
        "/messages/0": view.messages[0],
        "/messages/1": view.messages[1],
        "/messages/1/tool_calls/1": view.messages[1].tool_calls[1],
    }
    for at, item in places.items():
        with pytest.raises(MissingFact) as caught:
            _ = item.name
        assert caught.value.pointer == f"{at}/name"


def test_an_instance_made_without_a_check_has_a_view_too() -> None:
    made = Request.model_construct(actor={"id": "ann"}, model="m")  # type: ignore[arg-type]  # what a caller may do
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic's own word on it
        assert to_plain(view_of(made)) == {"actor": {"id": "ann"}, "model": "m"}


def test_times_are_utc() -> None:
    made = validate(Request, {"time": "2026-05-25T14:00:00+02:00"})
    assert made["time"] == datetime(2026, 5, 25, 12, tzinfo=UTC)
    assert made["time"].tzinfo is UTC
    assert validate(Request, {"time": "2026-05-25T12:00:00Z"})["time"].tzinfo is UTC


def test_a_snapshot() -> None:
    data = {"type": "org_state", "credentials": {"items": {"k1": {"status": "active"}}}}
    made = validate(OrgState, json.dumps(data))
    assert made == data
    view: Any = build(view_class(OrgState), made)
    with pytest.raises(MissingFact) as missing:
        _ = view.credentials.observed_at
    assert missing.value.pointer == "/credentials/observed_at"
    limited = {"principals": {"items": {"u1": {"limits": {"rpm": 5}}}}}
    people: Any = build(view_class(OrgState), validate(OrgState, limited))
    with pytest.raises(MissingFact) as missing:
        _ = people.principals.items["u1"].limits.tpm
    assert missing.value.pointer == "/principals/items/u1/limits/tpm"
    data["credentials"]["items"]["k1"]["creatd_at"] = "x"  # type: ignore[index] # a dict of dicts
    with pytest.raises(InvalidInput, match="/credentials/items/k1/creatd_at: no such field"):
        validate(OrgState, data)


MISSING = [
    ({}, "model", "/model"),
    ({}, "actor.credential.created_at", "/actor/credential/created_at"),
    ({"actor": {"id": "a"}}, "actor.kind", "/actor/kind"),
    ({"messages": [{"role": "a"}, {"size": 1}]}, "messages.1.role", "/messages/1/role"),
    ({"messages": [{"tool_calls": [{}, {}]}]}, "messages.0.tool_calls.1.name",
     "/messages/0/tool_calls/1/name"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "path", "pointer"), MISSING)
def test_unset_is_unknown(data: dict[str, Any], path: str, pointer: str) -> None:
    for view in (
        build(view_class(Request), validate(Request, data)),
        view_of(Request.model_validate(data)),
    ):
        with pytest.raises(MissingFact) as missing:
            walk(view, path)
        assert missing.value.pointer == pointer


def walk(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value[int(step)] if step.isdecimal() else getattr(value, step)
    return value


def test_a_null_parent_has_null_leaves() -> None:
    view: Any = build(view_class(Request), validate(Request, {"actor": None}))
    assert view.actor.id is None
    assert view.actor.credential.created_at is None
    assert view.actor is nothing(view_class(Request).children["actor"])


def test_a_misspelt_name_is_no_missing_fact() -> None:
    view: Any = build(view_class(Request), {})
    with pytest.raises(AttributeError):
        _ = view.modle


def test_no_repr_tells_a_text() -> None:
    made = Request(messages=(Message(role="user", content=CANARY),))
    assert "canary" not in repr(made)
    assert "canary" not in repr(Text("/a", CANARY))
    assert "canary" not in repr(view_of(made))


@pytest.mark.parametrize("model", [Request, Response, OrgState])
def test_json_schema(model: type[Request | Response | OrgState]) -> None:
    schema = model.model_json_schema(by_alias=True)
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == {
        field.alias or name for name, field in model.model_fields.items()
    }
    assert json.loads(json.dumps(schema)) == schema
