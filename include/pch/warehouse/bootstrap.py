"""Makes a Postgres server ready for us: roles, databases, migrations. Safe to run again at any time."""

import psycopg
from psycopg import sql

from pch.settings import ROLES, Settings
from pch.warehouse.db import connect
from pch.warehouse.migrate import migrate


def prepare(settings: Settings) -> None:
    """Roles with their passwords, the two databases, the warehouse's migrations."""
    password = settings.password("postgres")
    with psycopg.connect(
        host=settings.db_host, port=settings.db_port, user="postgres", password=password, dbname="postgres",
        autocommit=True,
    ) as conn:  # fmt: skip
        known = {row[0] for row in conn.execute("select rolname from pg_roles")}
        for role in ROLES:
            verb = "alter" if role in known else "create"
            conn.execute(
                sql.SQL("{} role {} login password {}").format(
                    sql.SQL(verb), sql.Identifier(role), sql.Literal(settings.password(role))
                )
            )
        #  A build joins whole months by keys of four columns, of which the planner expects one row where there are
        #  thousands; whatever it then loops over takes minutes. A hash join of all keys is never far from the best.
        for setting in ("enable_nestloop", "enable_mergejoin"):
            conn.execute(sql.SQL("alter role dbt set {} = off").format(sql.Identifier(setting)))
        #  PG 16+: the owner must be a member of dbt to make schemas for it
        conn.execute("grant dbt to owner")
        databases = {row[0] for row in conn.execute("select datname from pg_database")}
        for name, role in ((settings.db_name, "owner"), (settings.airflow_db_name, "airflow")):
            if name not in databases:
                conn.execute(sql.SQL("create database {} owner {}").format(sql.Identifier(name), sql.Identifier(role)))
            conn.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))
        for role in ROLES:
            if role not in ("owner", "airflow"):
                conn.execute(
                    sql.SQL("grant connect, temporary on database {} to {}").format(
                        sql.Identifier(settings.db_name), sql.Identifier(role)
                    )
                )
    with connect(settings, "owner") as conn2:
        migrate(conn2)
