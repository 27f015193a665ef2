"""The desk of each integration test: its own warehouse, and the steps of a day.

With --dist loadgroup the tests of a file go to one worker, and so do all that read the small world: it is built once.
"""

from collections.abc import Iterator

import pytest
from bi_world import World, world
from desk import Desk

from pch.settings import Settings
from pch.warehouse.db import Connection


@pytest.hookimpl(tryfirst=True)  # before xdist reads it
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    for item in items:
        group = "small_world" if "small_world" in item.fixturenames else item.path.name
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture
def desk(settings: Settings, owner: Connection) -> Desk:
    return Desk(settings, owner)


@pytest.fixture(scope="session")
def small_world(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """What BI tools see of a programme of small numbers, built once: read only."""
    with world(server, tmp_path_factory.mktemp("bi")) as made:
        yield made
