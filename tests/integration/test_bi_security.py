"""Who sees what of schema bi: a site's own role, on tables and on views, made and taken away by the command."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import psycopg
import pytest
from bi_world import SITES, World
from fresh import superuser

from pch.errors import Refused
from pch.pipeline.build import run_dbt
from pch.settings import Settings
from pch.warehouse import site_roles
from pch.warehouse.db import Connection, connect

MINE, OTHER = "AAA01", "AAA02"
OF_SITES = {
    "site_result": "site_code", "slice_result": "area_code", "version_result": "site_code", "progress": "site_code",
    "change_part": "site_code", "spc": "site_code", "funnel": "site_code", "peer": "site_code",
    "peer_result": "site_code", "returns": "site_code", "reporting": "area_code", "priority": "site_code",
    "characteristic": "site_code", "site_month": "site_code",
    "cost": "area_code", "cost_change": "area_code", "budget": "site_code",
    "input": "site_code", "input_completeness": "site_code", "grant_award": "site_code",
    "effect": "area_code", "effect_diagnostic": "area_code", "effect_event": "area_code", "effect_course": "area_code",
    "worth": "area_code", "claim": "area_code",
}  # fmt: skip
OF_ALL = (
    "metric", "definition", "site", "month", "area_result", "inequality", "evaluation", "worth_plane", "acceptability",
)  # fmt: skip
VIEWS = ("current_result",)


@pytest.fixture
def address(small_world: World) -> Iterator[str]:
    """Where site AAA01 connects."""
    settings = small_world.desk.settings
    yield site_roles.allow(settings, MINE, "tester")
    with suppress(Refused):  # the test has done so
        site_roles.revoke(settings, MINE, "tester")


@contextmanager
def as_site(address: str) -> Iterator[Connection]:
    with psycopg.connect(address, autocommit=True) as conn:
        yield conn


def value(conn: Connection, query: str) -> object:
    row = conn.execute(query).fetchone()
    return row[0] if row else None


def test_every_table_is_one_of_these(small_world: World) -> None:
    tables = small_world.desk.rows("select table_name from information_schema.tables where table_schema = 'bi'")
    assert {name for (name,) in tables} == {*OF_SITES, *OF_ALL, *VIEWS}


def test_a_site_sees_its_own_rows_and_none_of_others(small_world: World, address: str) -> None:
    """Case 29: not one row, from tables and views, asked for by name or not."""
    with as_site(address) as conn, connect(small_world.desk.settings, "bi_reader") as reader:
        for table, column in {**OF_SITES, **dict.fromkeys(VIEWS, "site_code")}.items():
            of_others = f"select count(*) from bi.{table} where {column} = any(%s)"
            others = [site for site in SITES if site != MINE]
            assert conn.execute(of_others, (others,)).fetchone() == (0,), table
            mine = f"select count(*) from bi.{table} where {column} = '{MINE}'"
            assert value(conn, mine) == value(reader, mine), table
        assert value(conn, "select count(distinct site_code) from bi.site_result") == 1
        assert value(reader, "select count(distinct site_code) from bi.site_result") == len(SITES)


def test_a_site_sees_what_is_everybodys(small_world: World, address: str) -> None:
    with as_site(address) as conn, connect(small_world.desk.settings, "bi_reader") as reader:
        for table in OF_ALL:
            count = f"select count(*) from bi.{table}"
            assert value(conn, count) == value(reader, count), table
        for table in ("slice_result", "reporting"):
            count = f"select count(*) from bi.{table} where area_type <> 'site'"
            assert value(conn, count) == value(reader, count) != 0, table
        assert value(conn, "select (stat.rate(20, 1000)).value") == 0.02


def test_a_site_reads_nothing_else_and_writes_nothing(address: str) -> None:
    with as_site(address) as conn:
        for forbidden in (
            "select * from mart.fct_metric_value", "select * from ops.site_role", "select * from ref.site",
            "delete from bi.site_result", "update bi.site_result set value = 0",
            "alter table bi.site_result disable row level security", "set role dbt", "create table bi.mine (x int)",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(forbidden)


def test_row_security_is_on_every_table_with_rows_of_sites(small_world: World) -> None:
    on = small_world.desk.rows(
        """select c.relname from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
           where n.nspname = 'bi' and c.relkind = 'r' and c.relrowsecurity"""
    )
    assert {name for (name,) in on} == set(OF_SITES)
    views = small_world.desk.rows(
        """select c.relname, c.reloptions from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
           where n.nspname = 'bi' and c.relkind = 'v'"""
    )
    assert {name for name, _ in views} == set(VIEWS)
    assert all("security_invoker=true" in (options or []) for _, options in views)


def test_a_table_made_anew_is_never_without(small_world: World, address: str) -> None:
    """dbt makes tables anew and fills others again: a site that asks all the while sees its own rows only."""
    seen: set[str] = set()
    watcher = subprocess.Popen(
        [sys.executable, "-c", WATCH, address], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert watcher.stdout is not None
    assert watcher.stdout.readline() == "watching\n"
    result = run_dbt(small_world.desk.settings, "--quiet", "run", "--full-refresh", "--select", "priority", "peer")
    assert result.success
    out, _ = watcher.communicate("enough\n", timeout=60)
    asked, *sites = out.split()
    seen.update(sites)
    assert int(asked) > 10 and seen <= {MINE}
    with connect(small_world.desk.settings, "bi_reader") as reader:
        assert value(reader, "select count(distinct site_code) from bi.peer") == len(SITES)


WATCH = """
import sys, threading, psycopg
enough = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), enough.set()), daemon=True).start()
asked, sites = 0, set()
with psycopg.connect(sys.argv[1], autocommit=True) as conn:
    print("watching", flush=True)
    while not enough.is_set():
        for table in ("bi.peer", "bi.priority"):
            sites |= {row[0] for row in conn.execute(f"select distinct site_code from {table}")}
        asked += 1
print(asked, *sites)
"""


def test_a_revoked_role_is_gone_and_its_connections_with_it(small_world: World, address: str) -> None:
    settings = small_world.desk.settings
    with psycopg.connect(address, autocommit=True) as conn:
        assert site_roles.revoke(settings, MINE, "tester") == 1
        with pytest.raises(psycopg.OperationalError):
            conn.execute("select 1")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address)
    with pytest.raises(Refused, match="no role"):
        site_roles.revoke(settings, MINE, "tester")
    told = small_world.desk.rows(
        """select action from ops.audit where subject = 'site_aaa01' order by audit_id desc limit 2"""
    )
    assert told == [("revoke_site_role",), ("allow_site_role",)]


def test_asked_again_the_old_password_ends(small_world: World, address: str) -> None:
    again = site_roles.allow(small_world.desk.settings, MINE, "tester")
    assert urlsplit(again).username == "site_aaa01"
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(address)
    with as_site(again) as conn:
        assert value(conn, "select count(distinct site_code) from bi.returns") == 1


def test_an_unknown_site_gets_no_role(server: Settings) -> None:
    with pytest.raises(Refused, match="no site 'ZZZ99'"):
        site_roles.allow(server, "ZZZ99", "tester")
    with superuser(server) as conn:
        assert value(conn, "select count(*) from pg_roles where rolname = 'site_zzz99'") == 0


def test_the_command(small_world: World) -> None:
    settings = small_world.desk.settings
    environment = {
        "PCH_HOME": str(settings.home),
        "PCH_DB_PORT": str(settings.db_port),
        "PCH_DB_NAME": settings.db_name,
    }
    pch = [sys.executable, "-c", "from pch.cli import app; app()", "db", "site-role"]
    made = subprocess.run([*pch, OTHER.lower()], env=environment, capture_output=True, text=True, check=True)
    with as_site(made.stdout.strip()) as conn:
        assert value(conn, "select string_agg(distinct site_code, ' ') from bi.current_result") == OTHER
    taken = subprocess.run([*pch, OTHER, "--revoke"], env=environment, capture_output=True, text=True, check=True)
    assert taken.stdout == "Site AAA02 cannot log in any more; 0 connection(s) were ended.\n"
