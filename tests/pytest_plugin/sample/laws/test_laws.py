"""All laws, in three lines each way: a marker, or a class to inherit."""

import pytest

from jurat.testing import Laws


@pytest.mark.jurat_laws(max_examples=10)
def test_the_desk_keeps_every_law() -> None: ...


@pytest.mark.jurat_laws("policies/other", profile="quick", max_examples=5)
def test_the_other_keeps_them(jurat_law: str) -> None:
    assert jurat_law


class TestOther(Laws):
    bundle = "policies/other"
    max_examples = 10
