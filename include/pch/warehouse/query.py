"""Anybody's question to the warehouse, in SQL: one statement, read-only, its rows streamed."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, cast

import psycopg

from pch.errors import Refused
from pch.settings import Role, Settings
from pch.warehouse.db import connect

Rows = Generator[tuple[Any, ...], None, None]


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
            #  cannot leave the read-only transaction. Closing it ends the query when nobody reads on.
            with closing(cast(Rows, cursor.stream(query))) as rows:
                first = list(islice(rows, 1))
                if not first:
                    cursor.execute(query, prepare=True)  # a stream without rows does not tell its columns
                yield Answer([c.name for c in cursor.description or ()], chain(first, rows))
        except (psycopg.ProgrammingError, psycopg.DataError, psycopg.InternalError, psycopg.NotSupportedError) as e:
            conn.close()  # it may still be amid what was refused
            where = f" (at character {e.diag.statement_position})" if e.diag.statement_position else ""
            said = e.diag.message_primary or str(e).strip()
            hint = f" Hint: {e.diag.message_hint}" if e.diag.message_hint else ""
            raise Refused(f"The database refused the query: {said}{where}.{hint}") from None
