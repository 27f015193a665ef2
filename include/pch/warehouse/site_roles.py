"""A role of the database for a site: it reads schema bi, and there the rows of its own site only.

``pch db site-role SITE`` -> role ``site_<code>`` with a new password, ops.site_role -> its address, told once. The
policies on the tables (``dbt_project/macros/row_security.sql``) ask ``ops.site_of`` whose rows the asking role may see.
Roles belong to the server and not to one database: they are made by its superuser, as ``bootstrap`` makes the others.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from pch.errors import Refused
from pch.settings import Settings
from pch.warehouse.db import Connection

GROUP = "site_reader"
"""What every site's role is a member of; the rights on schema bi are its."""


def role_of(site_code: str) -> str:
    """Codes are capitals and digits, so no two sites share a name in small letters."""
    return f"site_{site_code.lower()}"


def allow(settings: Settings, site_code: str, by: str) -> str:
    """Makes the site's role, or gives it a new password; returns the address to connect with, the password in it.
    Raises Refused for a site that the register does not have."""
    role, password = role_of(site_code), secrets.token_urlsafe(18)
    with _server(settings) as conn:
        if conn.execute("select from ref.site where site_code = %s", (site_code,)).fetchone() is None:
            raise Refused(f"The register has no site '{site_code}'. 'pch sites import' adds one.")
        _ensure_group(conn, settings.db_name)
        if not _exists(conn, role):
            conn.execute(sql.SQL("create role {} in role {}").format(sql.Identifier(role), sql.Identifier(GROUP)))
        conn.execute(sql.SQL("alter role {} login password {}").format(sql.Identifier(role), sql.Literal(password)))
        conn.execute(
            """insert into ops.site_role (role_name, site_code, granted_by) values (%s, %s, %s)
               on conflict (role_name) where revoked_at is null do nothing""",
            (role, site_code, by),
        )
        _audit(conn, "allow_site_role", role, site_code, by)
    return f"postgresql://{role}:{quote(password, safe='')}@{settings.db_host}:{settings.db_port}/{settings.db_name}"


def revoke(settings: Settings, site_code: str, by: str) -> int:
    """Ends the role, who is connected as it included; returns how many connections that were. Raises Refused where
    the site has none."""
    role = sql.Identifier(role_of(site_code))
    with _server(settings) as conn:
        ended = conn.execute(
            "update ops.site_role set revoked_at = clock_timestamp() where role_name = %s and revoked_at is null",
            (role_of(site_code),),
        ).rowcount
        if not ended:
            raise Refused(f"Site '{site_code}' has no role of the database.")
        conn.execute(sql.SQL("alter role {} nologin").format(role))
        _audit(conn, "revoke_site_role", role_of(site_code), site_code, by)
    with _server(settings) as conn:  # from here on it sees no row and cannot come back
        found = conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", (role_of(site_code),)
        ).fetchall()
        conn.execute(sql.SQL("drop role {}").format(role))
    return len(found)


def _ensure_group(conn: Connection, database: str) -> None:
    """Rights on schema bi as it is and as dbt will make it anew; said each time, for a database may be restored."""
    if not _exists(conn, GROUP):
        conn.execute(sql.SQL("create role {}").format(sql.Identifier(GROUP)))
    for grant in (
        "grant connect on database {database} to {group}",
        "grant usage on schema bi, stat to {group}",
        "grant select on all tables in schema bi to {group}",
        "grant execute on all functions in schema stat to {group}",
        "alter default privileges for role dbt in schema bi grant select on tables to {group}",
    ):
        conn.execute(sql.SQL(grant).format(database=sql.Identifier(database), group=sql.Identifier(GROUP)))


def _exists(conn: Connection, role: str) -> bool:
    return conn.execute("select from pg_roles where rolname = %s", (role,)).fetchone() is not None


def _audit(conn: Connection, action: str, role: str, site_code: str, by: str) -> None:
    conn.execute(
        "insert into ops.audit (action, subject, detail) values (%s, %s, %s)",
        (action, role, Jsonb({"site_code": site_code, "by": by})),
    )


@contextmanager
def _server(settings: Settings) -> Iterator[Connection]:
    """The warehouse as the server's superuser; one transaction."""
    with psycopg.connect(
        host=settings.db_host, port=settings.db_port, user="postgres", password=settings.password("postgres"),
        dbname=settings.db_name, application_name="pch site roles", connect_timeout=10,
    ) as conn:  # fmt: skip
        yield conn
