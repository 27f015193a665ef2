"""Anybody's question to the warehouse, in SQL: one statement, read-only, its rows streamed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

import psycopg

from pch.errors import Refused
from pch.settings import Role, Settings
from pch.warehouse.db import connect


@dataclass(frozen=True)
class Answer:
    columns: list[str]
    rows: Iterator[tuple[Any, ...]]


@contextmanager
def ask(settings: Settings, role: Role, query: str) -> Iterator[Answer]:
    """The answer to ``query``, to be read within the block. Raises Refused, in Postgres' words, for what it
    does not understand or allow."""
    with connect(settings, role) as conn:
        conn.read_only = True
        try:
            cursor = conn.cursor()
            #  streaming speaks the extended protocol, which takes one statement and no more: "commit; drop"
            #  cannot leave the read-only transaction
            rows = iter(cursor.stream(query))
            first = list(_take_one(rows))
            yield Answer([c.name for c in cursor.description or ()], chain(first, rows))
        except (psycopg.ProgrammingError, psycopg.DataError, psycopg.InternalError, psycopg.NotSupportedError) as e:
            where = f" (at character {e.diag.statement_position})" if e.diag.statement_position else ""
            said = e.diag.message_primary or str(e).strip()
            hint = f" Hint: {e.diag.message_hint}" if e.diag.message_hint else ""
            raise Refused(f"The database refused the query: {said}{where}.{hint}") from None


def _take_one(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        yield row
        return
