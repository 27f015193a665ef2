"""Connections to the warehouse, each as one of its roles."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.rows import TupleRow

from pch.errors import Temporary
from pch.settings import Role, Settings

Connection = psycopg.Connection[TupleRow]

BUILD_LOCK = "pch build"
"""The advisory lock of whoever makes the models: one at a time."""


@contextmanager
def connect(settings: Settings, role: Role, *, autocommit: bool = False) -> Iterator[Connection]:
    """A connection as ``role``. The block is one transaction (committed at its end, rolled back on an
    exception) unless ``autocommit``. Raises Temporary when the database cannot be reached."""
    try:
        connection = psycopg.connect(
            settings.dsn(role), autocommit=autocommit, application_name=f"pch {role}", connect_timeout=10
        )
    except psycopg.OperationalError as e:
        raise Temporary(
            f"The warehouse at {settings.db_host}:{settings.db_port} does not answer ({_first_line(e)}). "
            "Is the stack up? 'make up' starts it."
        ) from e
    with connection:
        yield connection


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
