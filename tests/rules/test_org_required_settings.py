from typing import Any

import pytest
from one_rule import NOW, STALE, load, snapshot, told

from jurat_rules.org_required_settings import OrgRequiredSettings

SAMPLES: list[dict[str, Any]] = [
    {"settings": {"audit_log": "enabled"}},
    {
        "settings": {"audit_log": "enabled", "mfa": "required"},
        "limits": ["rpm", "tpm", "spend"],
        "retention": True,
        "residency": True,
        "models": ["gpt-4.1", "o4-*"],
        "tools_off": ["web_search"],
        "environments": ["staging"],
    },
    {"models": ["*"]},
    {"retention": True},
]

KIND = "org.required_settings"
P = "/projects/items/proj-a"
TABLES: dict[str, Any] = {
    "projects": {
        "proj-a": {
            "environment": "production",
            "retention": "zero",
            "residency": "eu",
            "limits": {"rpm": 100, "spend": 5},
        }
    }
}


def codes(params: Any, given: Any = None, tables: Any = TABLES, **collections: Any) -> list[str]:
    projects = {"proj-a": given or {}}
    shown = snapshot(**{"projects": projects, **collections})
    return told(KIND, params, shown, tables=tables)


@pytest.mark.parametrize(
    ("org", "expected"),
    [
        ({"settings": {"audit_log": "enabled"}}, []),
        ({"settings": {"audit_log": "enabled", "more": "x"}}, []),
        ({"settings": {"audit_log": "disabled"}}, ["setting-differs /org/settings/audit_log"]),
        ({"settings": {"audit_log": "Enabled"}}, ["setting-differs /org/settings/audit_log"]),
        ({"settings": {}}, ["setting-differs /org/settings/audit_log"]),
        ({"settings": None}, ["setting-differs /org/settings/audit_log"]),
        ({}, ["unknown /org/settings"]),
        (None, ["setting-differs /org/settings/audit_log"]),
    ],
)
def test_settings(org: Any, expected: list[str]) -> None:
    given = {**snapshot(), "org": org}
    assert told(KIND, SAMPLES[0], given) == expected  # and no project is looked at


def test_each_setting_is_a_finding() -> None:
    wanted = {"settings": {"a/b": "on", "c": "off"}}
    given = {**snapshot(), "org": {"settings": {"a/b": "off"}}}
    at = "/org/settings"
    assert told(KIND, wanted, given) == [f"setting-differs {at}/a~1b", f"setting-differs {at}/c"]


LIMIT = {"id": "l", "project": "proj-a", "model": None}
L = "/limits/items/l"


@pytest.mark.parametrize(
    ("project", "limits", "expected"),
    [
        ({}, {"l": {**LIMIT, "rpm": 100}}, []),
        ({}, {"l": {**LIMIT, "rpm": 101}}, [f"limit-too-high {L}/rpm"]),
        ({}, {"l": {**LIMIT, "rpm": None}}, [f"limit-absent {P}"]),
        ({}, {"l": LIMIT}, [f"unknown {L}/rpm"]),
        ({}, {}, [f"limit-absent {P}"]),
        ({}, None, ["unknown /limits"]),
        ({}, {"l": {**LIMIT, "project": "other", "rpm": 100}}, [f"limit-absent {P}"]),
        ({}, {"l": {**LIMIT, "project": None, "rpm": 100}}, [f"limit-absent {P}"]),
        # what the project says itself, as it was collected: never what the table declares
        ({"limits": {"rpm": 100}}, None, []),
        ({"limits": {"rpm": 101}}, None, [f"limit-too-high {P}/limits/rpm"]),
        ({"limits": {"rpm": None}}, None, ["unknown /limits"]),
        ({"limits": None}, {}, [f"limit-absent {P}"]),
        ({"limits": {"rpm": 9}}, {"l": {**LIMIT, "rpm": 101}}, [f"limit-too-high {L}/rpm"]),
        # limits by model
        ({}, {"l": {**LIMIT, "model": "o3", "rpm": 9}}, []),
        (
            {},
            {"l": {**LIMIT, "model": "o3", "rpm": 9}, "m": {**LIMIT, "model": "o4", "rpm": None}},
            [f"limit-absent {P}"],
        ),
        (
            {},
            {"l": {**LIMIT, "rpm": 9}, "m": {**LIMIT, "model": "o4", "rpm": None}},
            [],
        ),
    ],
)
def test_limits(project: Any, limits: Any, expected: list[str]) -> None:
    more = {} if limits is None else {"limits": limits}
    assert codes({"limits": ["rpm"]}, project, **more) == expected


def test_limits_that_nothing_is_declared_for() -> None:
    high = {"limits": {"l": {**LIMIT, "rpm": 10**9, "tpm": 10**9, "spend": 10**9}}}
    assert codes({"limits": ["rpm"]}, tables=None, **high) == []
    assert codes({"limits": ["tpm", "spend"]}, **high) == []  # spend has another currency


CONTROL = {"project": "proj-a", "retention": "zero", "residency": "eu"}
C = "/data_controls/items/c"


@pytest.mark.parametrize(
    ("controls", "expected"),
    [
        ({"c": CONTROL}, []),
        ({"c": {**CONTROL, "retention": "default"}}, [f"control-differs {C}/retention"]),
        ({"c": {**CONTROL, "residency": "us"}}, [f"control-differs {C}/residency"]),
        ({"c": {**CONTROL, "retention": None}}, [f"control-absent {P}"]),
        ({}, [f"control-absent {P}", f"control-absent {P}"]),
        ({"c": {"project": "proj-a", "residency": "us"}}, [f"control-differs {C}/residency"]),
        ({"c": {"project": "proj-a", "residency": "eu"}}, [f"unknown {C}/retention"]),
        ({"c": {"retention": "zero", "residency": "eu"}}, [f"unknown {C}/project"]),
        # the organisation's holds where the project has none
        ({"c": {**CONTROL, "project": None}}, []),
        ({"c": {**CONTROL, "retention": None}, "o": {**CONTROL, "project": None}}, []),
        ({"c": CONTROL, "o": {"project": None, "retention": "default", "residency": "us"}}, []),
        (
            {"c": {**CONTROL, "project": None, "retention": "default"}},
            [f"control-differs {C}/retention"],
        ),
        (None, ["unknown /data_controls"]),
    ],
)
def test_retention_and_residency(controls: Any, expected: list[str]) -> None:
    more = {} if controls is None else {"data_controls": controls}
    assert codes({"retention": True, "residency": True}, **more) == expected


def test_what_is_declared_decides() -> None:
    params = {"retention": True, "residency": True}
    controls = {"data_controls": {"c": {**CONTROL, "retention": "default", "residency": "us"}}}
    bare: dict[str, Any] = {"projects": {"proj-a": {}}}
    assert codes(params, tables=bare, **controls) == []
    anywhere = {"projects": {"proj-a": {"residency": "global", "retention": "default"}}}
    assert codes(params, tables=anywhere, **controls) == []
    other: dict[str, Any] = {"projects": {"proj-b": {}}}
    assert codes(params, tables=other, **controls) == [f"project-undeclared {P}"]
    assert codes({"models": ["*"]}, tables=other, model_permissions={"m": ALLOW}) == []


ALLOW = {"project": "proj-a", "mode": "allowlist", "models": ["gpt-4.1"]}
M = "/model_permissions/items/m"


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        ({"m": ALLOW}, []),
        ({"m": {**ALLOW, "models": ["gpt-4.1-2025-04-14", "chat-default"]}}, []),
        ({"m": {**ALLOW, "models": ["gpt-4.1", "o3"]}}, [f"model-permitted {M}/models"]),
        ({"m": {**ALLOW, "models": []}}, []),
        ({"m": {**ALLOW, "models": None}}, []),
        ({"m": {**ALLOW, "mode": "denylist"}}, [f"models-open {M}/mode"]),
        ({"m": {**ALLOW, "mode": None}}, [f"models-open {M}/mode"]),
        ({}, [f"models-open {P}"]),
        ({"m": {**ALLOW, "project": "other"}}, [f"models-open {P}"]),
        ({"m": {**ALLOW, "project": None}}, []),
        ({"m": {"project": "proj-a", "models": []}}, [f"unknown {M}/mode"]),
        ({"m": {"project": "proj-a", "mode": "allowlist"}}, [f"unknown {M}/models"]),
        (None, ["unknown /model_permissions"]),
    ],
)
def test_models(permissions: Any, expected: list[str]) -> None:
    tables = {**TABLES, "models": {"gpt-4.1": {"aliases": ["chat-default"]}}}
    more = {} if permissions is None else {"model_permissions": permissions}
    assert codes({"models": ["gpt-4.1"]}, tables=tables, **more) == expected


T = "/tool_permissions/items/t"


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        ({"t": {"project": "proj-a", "tools": {"web": False}}}, []),
        ({"t": {"project": "proj-a", "tools": {"web": True}}}, [f"tool-on {T}/tools"]),
        ({"t": {"project": "proj-a", "tools": {}}}, [f"tool-on {T}/tools"]),
        ({"t": {"project": "proj-a", "tools": None}}, [f"tool-on {T}/tools"]),
        ({"t": {"project": None, "tools": {"web": False}}}, []),
        ({}, [f"tool-on {P}"]),
        ({"t": {"project": "proj-a"}}, [f"unknown {T}/tools"]),
        (None, ["unknown /tool_permissions"]),
    ],
)
def test_tools(permissions: Any, expected: list[str]) -> None:
    more = {} if permissions is None else {"tool_permissions": permissions}
    assert codes({"tools_off": ["web"]}, **more) == expected


def test_which_projects() -> None:
    off = {"tools_off": ["web"]}
    none: dict[str, Any] = {"tool_permissions": {}}
    assert codes(off, {"status": "archived"}, **none) == []
    assert codes(off, {"status": "active"}, **none) == [f"tool-on {P}"]
    production = {**off, "environments": ["production"]}
    assert codes(production, **none) == [f"tool-on {P}"]
    assert codes({**off, "environments": ["staging"]}, **none) == []
    assert codes(production, tables=None, **none) == [f"unknown {P}/environment"]
    assert codes(production, {"environment": "staging"}, tables=None, **none) == []
    assert told(KIND, off, snapshot(tool_permissions={})) == ["unknown /projects"]
    assert told(KIND, off, snapshot(tool_permissions={}, projects={})) == []


def test_one_unknown_hides_nothing() -> None:
    params = {**SAMPLES[0], "limits": ["rpm"], "tools_off": ["web"]}
    given = snapshot(projects={"proj-a": {}}, tool_permissions={})
    assert told(KIND, params, given, tables=TABLES) == [f"tool-on {P}"]
    off = {"t": {"project": "proj-a", "tools": {"web": False}}}
    given = snapshot(projects={"proj-a": {}}, tool_permissions=off)
    assert told(KIND, params, given, tables=TABLES) == ["unknown /org/settings"]
    old = snapshot(STALE, projects={"proj-a": {}}, tool_permissions=off)
    assert told(KIND, {"tools_off": ["web"]}, old) == ["unknown /projects"]


def test_reason() -> None:
    given = snapshot(projects={"proj-a": {}}, data_controls={"c": {**CONTROL, "residency": "us"}})
    rule = load(KIND, {"residency": True}, "org_state", TABLES)
    (reason,) = rule.evaluate(given, now=NOW).reasons
    assert reason.message == 'residency of project "proj-a" is "us", and declared is eu'
    assert reason.evidence == {"declared": "eu"}
    assert reason.remediation


@pytest.mark.parametrize(
    ("params", "tables", "at", "help"),
    [
        ({}, {}, (), "give settings"),
        ({"retention": True}, {}, ("retention",), "data/projects.yaml"),
        ({"settings": {"a": "b"}, "environments": ["production"]}, {}, ("environments",), "leave"),
        ({"limits": ["rpm"], "environments": []}, {}, ("environments",), "name one"),
        (
            {"limits": ["rpm"], "environments": ["prodution"]},
            {},
            ("environments", 0),
            "did you mean",
        ),
        ({"models": ["gpt-4.1", "gtp-4.1"]}, {}, ("models", 1), "did you mean gpt-4.1?"),
        ({"tools_off": [" web"]}, {}, (), "as it is called"),
    ],
)
def test_refused_params(bench: Any, params: Any, tables: Any, at: Any, help: str) -> None:
    words = {"model": {"gpt-4.1"}, "environment": {"production", "staging"}}
    error = bench(OrgRequiredSettings).refuses(params, on="org_state", tables=tables, words=words)
    assert error.at == at
    assert help in error.help


@pytest.mark.parametrize("dropped", ["proj-a", "proj-b"])
def test_fewer_projects_never_get_worse(dropped: str) -> None:
    params = {"tools_off": ["web"], "models": ["gpt-4.1"]}
    projects: dict[str, Any] = {"proj-a": {}, "proj-b": {}}
    more: dict[str, Any] = {"tool_permissions": {}, "model_permissions": {"m": ALLOW}}
    before = told(KIND, params, snapshot(projects=projects, **more))
    del projects[dropped]
    assert set(told(KIND, params, snapshot(projects=projects, **more))) < set(before)
