"""What the laws found of snapshots: the order in which a source tells of things decides nothing."""

from jurat import Engine

NOW = "2026-05-25T12:00:00Z"


def test_what_is_missed_first_hangs_on_no_order() -> None:
    """A record holds items by id: what a check met first in another order did not replay."""
    engine = Engine.load("openai-enterprise")
    observed = {"observed_at": "2026-05-25T11:50:00Z"}
    decided = []
    for ids in (("proj-prod", "proj-a"), ("proj-a", "proj-prod")):
        projects = {"items": {id_: {} for id_ in ids}, **observed}
        decision = engine.evaluate({"type": "org_state", "projects": projects}, now=NOW)
        decided.append(decision.canonical())
    assert decided[0] == decided[1]
