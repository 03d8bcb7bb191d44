"""A bundle in a directory, and an editor at it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsp_editor import FILES, Editor, ended, started


def written(folder: Path) -> Path:
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return written(tmp_path / "acme")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    """One server for all tests: it serves as many bundles as are opened."""
    made = await started(tmp_path_factory.mktemp("nothing"))
    yield made
    assert await ended(made) == 0


@pytest.fixture
def editor(server: Editor, root: Path) -> Iterator[Editor]:
    server.begin(root)
    yield server
    server.finish()


@pytest.fixture(scope="session")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("read") / "acme")


@pytest.fixture
def reader(server: Editor, reading: Path) -> Iterator[Editor]:
    """An editor at a bundle that stays open: what it is asked changes nothing."""
    server.begin(reading)
    server.open("data/endpoints.yaml")
    yield server
    server.finish("data/endpoints.yaml")
