"""The desk of each integration test: its own warehouse, and the steps of a day."""

from collections.abc import Iterator

import pytest
from bi_world import World, world
from desk import Desk

from pch.settings import Settings
from pch.warehouse.db import Connection


@pytest.fixture
def desk(settings: Settings, owner: Connection) -> Desk:
    return Desk(settings, owner)


@pytest.fixture(scope="session")
def small_world(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """What BI tools see of a programme of small numbers, built once: read only."""
    with world(server, tmp_path_factory.mktemp("bi")) as made:
        yield made
