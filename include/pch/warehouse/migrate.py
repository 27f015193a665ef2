"""Brings a warehouse database to this version of the code.

1. ``migrations/NNNN_*.sql``: applied once each, in order, never changed afterwards (checksums are kept).
2. ``functions/*.sql``: ``create or replace``, applied again whenever their text changes.
3. ``raw.<feed>``: a partitioned table a contract; new columns of a contract are added.
4. ``ref.*``: the declared facts of the registry.
"""

import csv
import hashlib
from itertools import zip_longest
from pathlib import Path

from psycopg import sql

from pch import registry
from pch.errors import StackError
from pch.registry import REFERENCE, Feed
from pch.registry.evaluation import evaluation
from pch.warehouse.db import Connection

HERE = Path(__file__).parent

KEY_COLUMNS = (
    "submission_id bigint not null, row_number integer not null, site_code text not null, period date not null"
)


def migrate(conn: Connection) -> list[str]:
    """Applies what is missing, as the owner, in one transaction; returns what it applied."""
    conn.execute("select pg_advisory_xact_lock(hashtext('pch migrate'))")
    conn.execute("create schema if not exists migration")
    conn.execute("create table if not exists migration.applied (name text primary key, sha256 text not null)")
    known: dict[str, str] = dict(conn.execute("select name, sha256 from migration.applied").fetchall())
    applied = []
    for path in sorted((HERE / "migrations").glob("*.sql")):
        if path.name in known and known[path.name] != _checksum(path):
            raise StackError(f"Migration {path.name} was changed after it was applied; add a new one instead.")
        if path.name not in known:
            applied.append(_apply(conn, path))
    for path in sorted((HERE / "functions").glob("*.sql")):
        if known.get(path.name) != _checksum(path):
            applied.append(_apply(conn, path))
    conn.execute("grant execute on all functions in schema stat to dbt, evaluator, analyst, bi_reader")
    for versions in registry.contracts().values():
        _ensure_raw_table(conn, *versions)
    _load_reference(conn)
    return applied


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _apply(conn: Connection, path: Path) -> str:
    conn.execute(path.read_bytes())
    conn.execute(
        "insert into migration.applied values (%s, %s) on conflict (name) do update set sha256 = excluded.sha256",
        (path.name, _checksum(path)),
    )
    return path.name


def column_definitions(feed: Feed) -> sql.Composable:
    """The contract's columns as they stand in ``raw`` and in a stage."""
    return sql.SQL(", ").join(
        [
            *(
                sql.SQL("{} {}").format(sql.Identifier(c.name), sql.SQL(registry.POSTGRES_TYPE[c.type]))
                for c in feed.columns
            ),
            sql.SQL("absent text"),
        ]
    )


def _ensure_raw_table(conn: Connection, *versions: Feed) -> None:
    """With the columns of every version of the contract: an old month keeps what its time had."""
    feed = versions[-1]
    table = sql.Identifier("raw", feed.feed)
    conn.execute(
        sql.SQL("create table if not exists {} ({}, {}) partition by list (period)").format(
            table, sql.SQL(KEY_COLUMNS), column_definitions(feed)
        )
    )
    known = "select column_name from information_schema.columns where table_schema = 'raw' and table_name = %s"
    have = {row[0] for row in conn.execute(known, (feed.feed,))}
    for c in {c.name: c for version in versions for c in version.columns}.values():
        if c.name not in have:
            conn.execute(
                sql.SQL("alter table {} add column {} {}").format(
                    table, sql.Identifier(c.name), sql.SQL(registry.POSTGRES_TYPE[c.type])
                )
            )
        conn.execute(
            sql.SQL("comment on column {} is {}").format(
                sql.Identifier("raw", feed.feed, c.name), sql.Literal(c.description)
            )
        )
    conn.execute(
        sql.SQL("comment on table {} is {}").format(
            table,
            sql.Literal(f"Rows of the accepted, current submissions of {feed.title.lower()}, one a line of the file."),
        )
    )
    conn.execute(sql.SQL("grant select, insert, delete on {} to loader").format(table))
    conn.execute(sql.SQL("grant select on {} to dbt, analyst").format(table))


def _load_reference(conn: Connection) -> None:
    conn.cursor().executemany(
        """insert into ref.feed values (%s, %s, %s, %s, %s) on conflict (feed) do update
           set title = excluded.title, contract_version = excluded.contract_version,
             names_practices = excluded.names_practices, due_months = excluded.due_months""",
        [(f.feed, f.title, f.version, f.names_practices, f.due_months) for f in registry.feeds().values()],
    )
    conn.cursor().executemany(
        """insert into ref.reason values (%s, %s)
           on conflict (reason_code) do update set meaning = excluded.meaning""",
        _rows("reasons.csv"),
    )
    _load_definitions(conn)
    _load_outcomes(conn)
    bands = [(band, i, n) for i, (band, n) in enumerate(_rows("esp2013.csv"), 1)]
    for table, rows in (
        ("ref.standard_population", bands),
        ("ref.deflator", _rows("deflators.csv")),
        ("ref.hourly_cost", _rows("hourly_costs.csv")),
        ("ref.bnf_group", _rows("bnf_groups.csv")),
        ("ref.unit_cost", _rows("unit_costs.csv")),
        ("ref.astro_pu", _rows("astro_pu.csv")),
        ("ref.asset_life", _rows("asset_lives.csv")),
    ):
        conn.execute(f"delete from {table}")
        conn.cursor().executemany(f"insert into {table} values ({', '.join(['%s'] * len(rows[0]))})", rows)


def _load_definitions(conn: Connection) -> None:
    """Every version of every metric; each is in force until the next one is."""
    rows = [
        {
            "metric_code": m.code, "metric_name": m.name, "aim": m.aim, "why": m.why,
            "numerator_measure": m.numerator, "denominator_measure": m.denominator, "squares_measure": m.squares,
            "nominal_measure": m.nominal, "volume_measure": m.volume, "exclusions": m.exclusions,
            "feeds": m.feeds_of(registry.feeds()), "unit": m.unit, "multiplier": m.multiplier, "polarity": m.polarity,
            "method": m.method, "period_windows": list(m.windows), "cohort": m.cohort, "age_from": m.age_from,
            "minimum_coverage_pct": m.minimum_coverage_pct, "worthwhile_change_pct": m.worthwhile_change_pct,
            "source": m.source, "source_read_date": m.source_read, "author": m.author, "checker": m.checker,
            "next_review_date": m.next_review, "definition_version": m.version, "variant": variant,
            "definition_id": f"{m.definition_id}.{variant}" if variant else m.definition_id,
            "is_newest": following is None, "effective_from": m.effective_from,
            "effective_to": following.effective_from if following else None,
            "signed_by": m.signed_by, "signed_on": m.signed_on,
        }
        for versions in registry.definitions().values()
        for version, following in zip_longest(versions, versions[1:])
        for variant, m in version.in_variants().items()
    ]  # fmt: skip
    conn.execute("delete from ref.metric")
    columns = list(rows[0])
    conn.cursor().executemany(
        f"insert into ref.metric ({', '.join(columns)}) values ({', '.join(f'%({c})s' for c in columns)})", rows
    )


def _load_outcomes(conn: Connection) -> None:
    conn.execute("delete from ref.outcome")
    conn.cursor().executemany(
        f"insert into ref.outcome values ({', '.join(['%s'] * 10)})",
        [
            (
                code, order, o.title, o.metric, o.variant, o.events, o.population, o.is_standardised, o.is_money,
                o.is_placebo,
            )
            for order, (code, o) in enumerate(evaluation().outcomes.items(), 1)
        ],
    )  # fmt: skip


def _rows(name: str) -> list[tuple[str, ...]]:
    """The data rows of a reference table of the registry (comment lines and the header left out)."""
    lines = [line for line in (REFERENCE / name).read_text().splitlines() if not line.startswith("#")]
    return [tuple(row) for row in csv.reader(lines[1:])]
