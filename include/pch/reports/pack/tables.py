"""Every table of schema bi as a Parquet and a CSV file, the same bytes from the same content.

bi.<table> -> columns but for those of our own work, rows in an order of their own -> data/<table>.parquet, .csv

Months after the last evaluated one are left out: the bundle is about the months that were evaluated.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from psycopg import sql

from pch.warehouse.db import Connection

DIGITS, DECIMALS = 9, 9
"""What is kept of a figure that is not whole: the order in which a sum is taken moves the sixteenth digit."""
BATCH_ROWS = 65_536
OF_OUR_WORK = {"as_of", "built_at", "finished_at", "evaluation.because"}
"""Columns, of every table or of one, that say when and why we worked, and not what the figures are about."""

FIGURES = ("float8", "numeric")

_TYPES: dict[str, pa.DataType] = {
    "text": pa.string(), "date": pa.date32(), "int2": pa.int64(), "int4": pa.int64(), "int8": pa.int64(),
    "bool": pa.bool_(), "float8": pa.float64(), "numeric": pa.float64(), "jsonb": pa.string(),
    "timestamptz": pa.timestamp("us", tz="UTC"),
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    description: str


@dataclass(frozen=True)
class Written:
    """A table of the bundle."""

    table: str
    description: str
    columns: list[Column]
    rows_count: int


def write(conn: Connection, folder: Path, last_period: date) -> list[Written]:
    """All of them, by name."""
    folder.mkdir(parents=True)
    return [_write(conn, folder, table, said, last_period) for table, said in _tables(conn)]


def _tables(conn: Connection) -> list[tuple[str, str]]:
    """What bi_reader may read, with what it is; bi's own workings (``bi_...``) are none of its tables."""
    return conn.execute(
        """select c.relname, coalesce(obj_description(c.oid), '')
           from pg_class as c
           where c.relnamespace = 'bi'::regnamespace and c.relkind in ('r', 'v', 'p')
             and c.relname not like 'bi\\_%' and has_table_privilege(c.oid, 'select')
           order by c.relname collate "C\""""
    ).fetchall()


def _columns(conn: Connection, table: str) -> list[Column]:
    rows = conn.execute(
        """select a.attname, t.typname, coalesce(col_description(a.attrelid, a.attnum), '')
           from pg_attribute as a inner join pg_type as t on t.oid = a.atttypid
           where a.attrelid = format('bi.%%I', %s::text)::regclass and a.attnum > 0 and not a.attisdropped
           order by a.attname collate "C\"""",
        (table,),
    ).fetchall()
    return [Column(*row) for row in rows if not {row[0], f"{table}.{row[0]}"} & OF_OUR_WORK]


def _write(conn: Connection, folder: Path, table: str, description: str, last_period: date) -> Written:
    columns = _columns(conn, table)
    schema = pa.schema([pa.field(c.name, _TYPES[c.type]) for c in columns])
    rows_count = 0
    with (
        pq.ParquetWriter(folder / f"{table}.parquet", schema, compression="zstd", store_schema=False) as parquet,
        pa_csv.CSVWriter(folder / f"{table}.csv", schema) as written,
    ):
        for rows in _batches(conn, table, columns, last_period):
            by_column = zip(columns, zip(*rows, strict=True), schema, strict=True)
            arrays = [pa.array(_plain(c.type, values), field.type) for c, values, field in by_column]
            batch = pa.record_batch(arrays, schema=schema)
            parquet.write_batch(batch)
            written.write_batch(batch)
            rows_count += len(rows)
    return Written(table, description, columns, rows_count)


def _batches(
    conn: Connection, table: str, columns: Sequence[Column], last_period: date
) -> Iterator[list[tuple[Any, ...]]]:
    """Rows ordered by what names them, figures last."""
    names = [sql.Identifier(c.name) for c in columns]
    keys = [_key(c) for c in sorted(columns, key=lambda c: c.type in (*FIGURES, "jsonb"))]
    has_period = any((c.name, c.type) == ("period", "date") for c in columns)
    query = sql.SQL("select {} from bi.{} where {} order by {}").format(
        sql.SQL(", ").join(names),
        sql.Identifier(table),
        sql.SQL("period <= {}" if has_period else "true").format(sql.Literal(last_period)),
        sql.SQL(", ").join(keys),
    )
    with conn.cursor(name="pack") as cursor:
        cursor.itersize = BATCH_ROWS
        cursor.execute(query, binary=True)
        rows = iter(cursor)
        while batch := list(islice(rows, BATCH_ROWS)):
            yield batch


def _key(c: Column) -> sql.Composed:
    """By bytes, whatever the server's language is."""
    form = {"text": '{} collate "C"', "jsonb": '{}::text collate "C"'}.get(c.type, "{}")
    return sql.SQL(form).format(sql.Identifier(c.name))


def _plain(type_: str, values: Sequence[Any]) -> Sequence[Any]:
    """A column's values as they are written: figures without noise, what has parts as JSON."""
    if type_ in FIGURES:
        return [plain(value) for value in values]
    if type_ == "jsonb":
        return [None if v is None else json.dumps(plain(v), sort_keys=True, ensure_ascii=False) for v in values]
    return values


def plain(value: Any) -> Any:
    """Without the noise of computing, also within what has parts."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    if value is None or isinstance(value, bool | int | str | date):
        return value
    figure = float(value)
    return round(float(f"{figure:.{DIGITS}g}"), DECIMALS) + 0.0 if isfinite(figure) else None
