"""A warehouse of a test's own: a copy of the migrated template, and an empty landing store."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from pch.settings import Settings

_taken: set[str] = set()


@contextmanager
def fresh_warehouse(server: Settings, folder: Path, like: Settings | None = None) -> Iterator[Settings]:
    """Settings of a database copied from ``server``'s, or with its files from ``like``'s, to which nobody may be
    connected; dropped at the end. Files land in ``folder``.

    Names are used again: for a database of another name dbt reads its whole project anew, which takes seconds."""
    name = next(name for n in count(1) if (name := f"test_{n}") not in _taken)
    _taken.add(name)
    template, landing = (like or server).db_name, folder / "landing"
    if like:
        shutil.copytree(like.landing_url, landing)
    database = sql.Identifier(name)
    with superuser(server) as conn:
        conn.execute(sql.SQL("create database {} template {} owner owner").format(database, sql.Identifier(template)))
        conn.execute(sql.SQL("grant connect, temporary on database {} to public").format(database))
    try:
        yield server.model_copy(update={"db_name": name, "landing_url": str(landing)})
    finally:
        with superuser(server) as conn:
            conn.execute(sql.SQL("drop database {} with (force)").format(database))
        _taken.remove(name)


def superuser(settings: Settings) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(
        host=settings.db_host,
        port=settings.db_port,
        user="postgres",
        password=settings.password("postgres"),
        dbname="postgres",
        autocommit=True,
    )
