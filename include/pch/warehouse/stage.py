"""A batch of typed rows in the database, for the length of one transaction.

Arrow table -> COPY -> temporary table ``stage`` (submission_id, row_number, contract's columns, absent)

The stage vanishes with its transaction: after a crash there is nothing to tidy.
"""

import io

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
    conn.execute("analyze stage")
