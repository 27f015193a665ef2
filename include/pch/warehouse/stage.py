"""A batch of typed rows in the database, for the length of one transaction.

Arrow table -> COPY -> temporary table ``stage`` (submission_id, row_number, contract's columns, absent)
                    -> temporary table ``stage_practice``: its sums by submission and practice

Both vanish with their transaction: after a crash there is nothing to tidy. Neither is analysed: every
question to them reads all rows, and statistics would cost more than they could save.
"""

import io
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.csv as pacsv
from psycopg import sql

from pch.registry import Feed
from pch.warehouse.db import Connection
from pch.warehouse.migrate import column_definitions

_CHUNK_ROWS = 65_536


def stage(conn: Connection, feed: Feed, rows: pa.Table) -> None:
    """Copies ``rows`` into the temporary table ``stage`` of this transaction."""
    conn.execute(
        sql.SQL("create temporary table stage (submission_id bigint, row_number integer, {}) on commit drop").format(
            column_definitions(feed)
        )
    )
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in rows.column_names)
    options = pacsv.WriteOptions(include_header=False, quoting_style="needed")
    with conn.cursor().copy(sql.SQL("copy stage ({}) from stdin (format csv)").format(columns)) as copy:
        for batch in rows.to_batches(max_chunksize=_CHUNK_ROWS):
            buffer = io.BytesIO()
            pacsv.write_csv(batch, buffer, options)
            copy.write(buffer.getbuffer())


def summarise(conn: Connection, feed: Feed, totals: Mapping[str, sql.Composable]) -> None:
    """One pass over ``stage`` for all that is asked of whole submissions: submission_id, practice_code,
    rows_count, first_line, content_hash, and a column ``total <name>`` for each aggregate in ``totals``.

    The content hash adds up a hash a row, so neither the order of the rows nor the period matters.
    """
    columns = sql.SQL(", ").join(sql.Identifier(c.name) for c in feed.columns)
    sums = [sql.SQL(", {} as {}").format(what, sql.Identifier(f"total {name}")) for name, what in totals.items()]
    conn.execute(
        sql.SQL(
            """create temporary table stage_practice on commit drop as
               select submission_id, practice_code, count(*) as rows_count, min(row_number) as first_line,
                 sum(hash_record_extended(row({columns}), 0)) as content_hash{sums}
               from stage group by submission_id, practice_code"""
        ).format(columns=columns, sums=sql.SQL("").join(sums))
    )
