"""What the role of the process at the door may see and do, tried as that role: rows of the site it serves, no others."""

from collections.abc import Iterator

import psycopg
import pytest
from fresh import fresh_warehouse
from two_sites import HERE, PERIOD, THERE, fill

from pch.intake.landing import Landing
from pch.intake.receive import Return, Sender, receive
from pch.settings import Settings
from pch.warehouse.db import Connection, connect

READABLE = """select c.relname from pg_class as c
              where c.relnamespace = %s::regnamespace and c.relkind in ('r', 'v', 'm', 'p')
                and has_table_privilege('door', c.oid, 'select')"""

OF_NO_SITE = {"feed", "period", "reason", "membership"}
"""What is declared, or public: read in full."""


class World:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.submission = fill(settings)

    def seen(self, relation: str, site: str | None) -> list[str]:
        """The rows that the door sees, serving ``site``."""
        with self.door(site) as conn:
            return sorted(r[0] for r in conn.execute(f"select t::text from {relation} as t"))

    def rows(self, relation: str) -> list[str]:
        with connect(self.settings, "owner") as conn:
            return sorted(r[0] for r in conn.execute(f"select t::text from {relation} as t"))

    def door(self, site: str | None) -> psycopg.Connection:
        conn = psycopg.connect(self.settings.dsn("door"), autocommit=True)
        conn.execute("select set_config('pch.site', %s, false)", (site or "",))
        return conn

    def refused(self, statement: str, *parameters: object, site: str | None = "*") -> None:
        with self.door(site) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(statement, parameters)


@pytest.fixture(scope="module")
def world(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with fresh_warehouse(server, tmp_path_factory.mktemp("rows")) as settings:
        yield World(settings)


@pytest.fixture(scope="module")
def catalog(world: World) -> Iterator[Connection]:
    with connect(world.settings, "owner", autocommit=True) as conn:
        yield conn


def names(conn: Connection, query: str, *parameters: object) -> set[str]:
    return {row[0] for row in conn.execute(query, parameters)}


def test_a_site_sees_its_own_rows_of_everything_and_no_other(world: World, catalog: Connection) -> None:
    relations = [f"ops.{name}" for name in names(catalog, READABLE, "ops")]
    relations += [f"ref.{name}" for name in names(catalog, READABLE, "ref") - OF_NO_SITE]
    assert {"ops.submission", "ops.return_state", "ops.question", "ops.finding_course", "ref.site"} < set(relations)
    for relation in relations:
        everything = world.rows(relation)
        here, there = world.seen(relation, HERE), world.seen(relation, THERE)
        assert here and there, f"{relation} has a row of each site"
        assert not set(here) & set(there), relation
        assert sorted(here + there) == everything, relation
        assert world.seen(relation, None) == [], relation
        assert world.seen(relation, "*") == everything, relation
        assert world.seen(relation, f"{HERE}' or '1'='1") == [], relation


def test_what_is_of_no_site_is_read_in_full(world: World, catalog: Connection) -> None:
    assert names(catalog, READABLE, "ref") - {"site"} == OF_NO_SITE
    for name in OF_NO_SITE:
        assert world.seen(f"ref.{name}", None) == world.rows(f"ref.{name}") != []


def test_neither_keys_nor_the_audit_nor_figures_are_read(world: World, catalog: Connection) -> None:
    for table in ("access_key", "access_key_revocation", "key_state", "session", "session_end", "sign_in_link", "sign_in_link_revocation",
                  "audit", "profile", "submission_total"):  # fmt: skip
        world.refused(f"select from ops.{table}")
    world.refused("select from raw.registered_list")
    elsewhere = (
        """select nspname from pg_namespace where nspname !~ '^pg_' and has_schema_privilege('door', oid, 'usage')"""
    )
    assert names(catalog, elsewhere) == {"ops", "ref", "information_schema", "stat"}  # stat holds functions only
    assert {"raw", "stg", "int", "mart", "bi"} <= names(catalog, "select nspname from pg_namespace")


def test_nothing_is_changed_or_deleted(world: World, catalog: Connection) -> None:
    changing = """select c.oid::regclass::text from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
                  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relkind in ('r', 'v', 'm', 'p')
                    and (has_any_column_privilege('door', c.oid, 'update')
                      or has_table_privilege('door', c.oid, 'delete, truncate, trigger, references'))"""
    assert names(catalog, changing) == set()
    world.refused("update ops.submission set file_name = 'x'", site=HERE)
    world.refused("delete from ops.submission", site=HERE)
    world.refused("delete from ops.queue", site=HERE)
    world.refused("truncate ops.audit", site=HERE)
    world.refused("create table ops.mine ()", site=HERE)


def test_nothing_is_inserted_for_a_site_that_is_not_served(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = {t: world.rows(f"ops.{t}") for t in ("submission", "queue", "door_check", "reply")}
    landing = Landing(tmp_path_factory.mktemp("landing").as_uri())
    for served in (HERE, None):
        with (
            world.door(served) as conn,
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"),
        ):
            receive(conn, landing, Return(THERE, "prescribing", PERIOD), "a.csv", b"x", Sender("api", "somebody"))
    with connect(world.settings, "owner", autocommit=True) as conn:
        conn.execute("delete from ops.queue where submission_id = %s", (world.submission[THERE],))
        conn.execute("delete from ops.door_check where submission_id = %s", (world.submission[THERE],))
    number = world.submission[THERE]
    world.refused("insert into ops.queue (submission_id, reason) values (%s, 'x')", number, site=HERE)
    world.refused("insert into ops.door_check values (%s, 1, '[]')", number, site=HERE)
    world.refused(
        "insert into ops.reply (submission_id, rule, subject, reason_code, sentence, replied_by) values (%s, 'unusual_total', "
        "'total', (select min(reason_code) from ref.reason), 'A practice joined us.', 'x')", number, site=HERE,
    )  # fmt: skip
    with world.door(THERE) as conn:  # the same, for the site it is of
        conn.execute("insert into ops.queue (submission_id, reason) values (%s, 'received')", (number,))
        conn.execute("insert into ops.door_check values (%s, 1, '[]')", (number,))
    after = {t: world.rows(f"ops.{t}") for t in before}
    assert {t: len(rows) for t, rows in after.items()} == {t: len(rows) for t, rows in before.items()}


def test_it_runs_no_function_of_its_betters_but_those_it_was_given(catalog: Connection) -> None:
    given = names(
        catalog,
        """select p.oid::regproc::text from pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace
           where p.prosecdef and n.nspname !~ '^pg_' and has_schema_privilege('door', n.oid, 'usage')
             and has_function_privilege('door', p.oid, 'execute')""",
    )
    assert given == {
        "ops.recognise_key", "ops.recognise_session", "ops.start_session", "ops.link_holder", "ops.use_link",
        "ops.end_session", "ops.site_of", "ref.first_period",
    }  # fmt: skip


def test_the_other_roles_see_every_site_as_before(world: World) -> None:
    for role in ("intake", "loader", "dbt", "analyst"):
        with connect(world.settings, role) as conn:
            found = {row[0] for row in conn.execute("select site_code from ops.return_state")}
        assert found == {HERE, THERE}, role
