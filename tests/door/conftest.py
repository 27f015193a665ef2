"""The door of each module of tests."""

from collections.abc import Iterator

import pytest
from fresh import fresh_warehouse
from front import Door, a_port, open_door, register

from pch.settings import Settings


@pytest.fixture(scope="module")
def door(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A door of this module's, with the sites of ``SITES`` registered."""
    folder = tmp_path_factory.mktemp("door")
    with fresh_warehouse(server, folder) as fresh:
        settings = fresh.model_copy(update={"door_port": a_port(), "home": server.home})
        register(settings)
        with open_door(settings, folder) as opened:
            yield opened
