"""The desk of each integration test: its own warehouse, and the steps of a day.

Spread over workers, the tests of a file go to one of them, and so do all that share a world: it is built once.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bi_world import World, world
from desk import Desk
from fresh import fresh_warehouse
from progress_world import programme
from xdist.scheduler import LoadFileScheduling

from pch.settings import Settings
from pch.warehouse.db import Connection, connect

WORLDS = {
    "small_world": ("test_bi.py", "test_bi_disclosure.py", "test_bi_security.py", "test_questions.py"),
    "year_of_two": ("test_baselines.py", "test_cli_progress.py"),
}
"""The files that share a world."""


class WorldScheduling(LoadFileScheduling):
    """Like loadfile; and files that share a world go to one worker, too. (xdist 3.8 does not see the marks of its own
    loadgroup with pytest 9.2: every test would go its own way.)"""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return next((world for world, files in WORLDS.items() if Path(file).name in files), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WorldScheduling:
    return WorldScheduling(config, log)


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
