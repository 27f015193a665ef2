"""The desk of each integration test: its own warehouse, and the steps of a day.

With --dist loadgroup the tests of a file go to one worker, and so do all that share a world: it is built once.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bi_world import World, world
from desk import Desk
from fresh import fresh_warehouse
from progress_world import programme

from pch.settings import Settings
from pch.warehouse.db import Connection, connect

WORLDS = ("small_world", "year_of_two")


@pytest.hookimpl(tryfirst=True)  # before xdist reads it
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    for item in items:
        group = next((world for world in WORLDS if world in item.fixturenames), item.path.name)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture
def desk(settings: Settings, owner: Connection) -> Desk:
    return Desk(settings, owner)


@pytest.fixture(scope="session")
def small_world(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """What BI tools see of a programme of small numbers, built once: read only."""
    with world(server, tmp_path_factory.mktemp("bi")) as made:
        yield made


@pytest.fixture(scope="session")
def year_of_two(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Two sites with a baseline, built once: to be copied."""
    with fresh_warehouse(server, tmp_path_factory.mktemp("two")) as made:
        with connect(made, "owner", autocommit=True) as owner:
            programme(Desk(made, owner))
        yield made


@pytest.fixture
def two_sites(server: Settings, year_of_two: Settings, tmp_path: Path) -> Iterator[Desk]:
    """A copy of them, of this test's own."""
    with fresh_warehouse(server, tmp_path, like=year_of_two) as copy, connect(copy, "owner", autocommit=True) as owner:
        yield Desk(copy, owner)
