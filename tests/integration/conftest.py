"""The desk of each integration test: its own warehouse, and the steps of a day."""

import pytest
from desk import Desk

from pch.settings import Settings
from pch.warehouse.db import Connection


@pytest.fixture
def desk(settings: Settings, owner: Connection) -> Desk:
    return Desk(settings, owner)
