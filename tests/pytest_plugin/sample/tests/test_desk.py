"""What a team writes to test its policy: fixtures and markers come with jurat."""

from pathlib import Path

import pytest

from jurat import Engine

QUESTION = {"action": "chat.completions", "model": "gpt-4.1", "messages": []}
NOON = "2026-05-25T12:00:00Z"


def test_the_desk_may_ask(jurat_engine: Engine) -> None:
    assert jurat_engine.evaluate(QUESTION, now=NOON).allowed


def test_nobody_asks_at_night(jurat_engine: Engine) -> None:
    assert not jurat_engine.evaluate(QUESTION, now="2026-05-25T22:00:00Z").allowed


@pytest.mark.jurat_bundle("policies/other")
def test_the_other_bundle_knows_no_hours(jurat_bundle: Path, jurat_engine: Engine) -> None:
    assert jurat_bundle.name == "other"
    assert jurat_engine.evaluate(QUESTION, now="2026-05-25T22:00:00Z").allowed


class TestTogether:
    """A class of tests shares one engine."""

    seen: list[Engine] = []

    def test_one(self, jurat_engine: Engine) -> None:
        self.seen.append(jurat_engine)

    def test_two(self, jurat_engine: Engine) -> None:
        assert self.seen in ([], [jurat_engine])  # alone where they are spread over processes
