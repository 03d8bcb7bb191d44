from typing import Any

import pytest

from jurat_rules.project_isolation import ProjectIsolation

ACTOR = "actor-outside-project"
CREDENTIAL = "credential-outside-project"
KIND = "actor-kind-not-allowed"
GOOD: dict[str, Any] = {
    "project": {"id": "proj-a", "holders": ["service_account"]},
    "actor": {
        "kind": "service_account",
        "project": "proj-a",
        "projects": None,
        "credential": {"project": "proj-a"},
    },
}


# params with which the kind's own examples are tried
SAMPLES: list[dict[str, Any]] = [{}, {"parts": ["holders"]}]


def request(**changes: Any) -> dict[str, Any]:
    """The good request with fields changed (`actor__kind`), or left out where the value is `...`"""
    actor = {**GOOD["actor"]}
    project = {**GOOD["project"]}
    for path, value in changes.items():
        part, _, name = path.partition("__")
        target = {"actor": actor, "project": project}[part]
        target[name] = value
        if value is ...:
            del target[name]
    return {"actor": actor, "project": project}


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"actor__project": "proj-b"}, [ACTOR]),
        ({"actor__project": None}, [ACTOR]),
        ({"actor__project": None, "actor__projects": ["proj-b", "proj-a"]}, []),
        ({"actor__project": "proj-b", "actor__projects": ["proj-a"]}, []),
        ({"actor__project": "proj-b", "actor__projects": ["proj-c"]}, [ACTOR]),
        ({"actor__project": "proj-b", "actor__projects": ...}, [ACTOR]),
        ({"actor__project": ..., "actor__projects": ["proj-a"]}, []),
        ({"actor__project": ..., "actor__projects": ["proj-b"]}, ["unknown /actor/project"]),
        ({"actor__project": None, "actor__projects": ...}, ["unknown /actor/projects"]),
        ({"actor__credential": {"project": "proj-b"}}, [CREDENTIAL]),
        ({"actor__credential": {"project": None}}, [CREDENTIAL]),
        ({"actor__credential": None}, [CREDENTIAL]),
        ({"actor__credential": ...}, ["unknown /actor/credential/project"]),
        ({"actor__kind": "user"}, [KIND]),
        ({"actor__kind": None}, [KIND]),
        ({"actor__kind": ...}, ["unknown /actor/kind"]),
        ({"project__holders": ["user", "service_account"]}, []),
        ({"project__holders": []}, [KIND]),
        ({"project__holders": None}, [KIND]),
        ({"project__holders": ...}, ["unknown /project/holders"]),
        ({"project__id": None}, ["project-absent"]),
        ({"actor__project": "proj-b", "actor__kind": ...}, [ACTOR]),  # the wrong stands
        (
            {"actor__project": ..., "actor__projects": ..., "actor__kind": "user"},
            ["unknown /actor/projects"],
        ),
        ({"project__id": ...}, ["unknown /project/id"]),
        (
            {"actor__project": "proj-b", "actor__kind": "user", "actor__credential": None},
            [ACTOR, CREDENTIAL, KIND],
        ),
    ],
)
def test_parts(bench: Any, changes: dict[str, Any], codes: list[str]) -> None:
    assert bench(ProjectIsolation)().codes(request(**changes)) == codes


@pytest.mark.parametrize("part", ["actor", "credential", "holders"])
def test_one_part_needs_nothing_else(bench: Any, part: str) -> None:
    rule = bench(ProjectIsolation)({"parts": [part]})
    needed = {
        "actor": {"project": {"id": "proj-a"}, "actor": {"project": "proj-a"}},
        "credential": {
            "project": {"id": "proj-a"},
            "actor": {"credential": {"project": "proj-a"}},
        },
        "holders": {"project": {"id": "proj-a", "holders": ["user"]}, "actor": {"kind": "user"}},
    }
    assert rule.codes(needed[part]) == []


def test_no_part_is_refused(bench: Any) -> None:
    assert bench(ProjectIsolation).refuses({"parts": []}).at == ("parts",)


def test_pointers(bench: Any) -> None:
    everything = request(actor__project="proj-b", actor__kind="user", actor__credential=None)
    found = bench(ProjectIsolation)()(everything)
    assert [f.at for f in found] == ["/actor/project", "/actor/credential/project", "/actor/kind"]
