"""psql, of Debian's postgresql-client."""

import csv
import os
import subprocess

import pytest
from reading import ANSWER, QUERY, ROLE, TABLES, program

from pch.settings import Settings
from pch.warehouse.site_roles import allow


class Psql:
    def __init__(self, settings: Settings) -> None:
        self.path = program("psql", "postgresql-client")
        self.address = ["-h", settings.db_host, "-p", str(settings.db_port), "-U", ROLE, "-d", settings.db_name]
        self.password = settings.password(ROLE)

    def run(self, *arguments: str, password: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self.path, "-X", "-w", "-v", "ON_ERROR_STOP=1", *self.address, *arguments],
            capture_output=True, text=True, timeout=60, env=os.environ | {"PGPASSWORD": password or self.password},
        )  # fmt: skip


@pytest.fixture
def psql(programme: Settings) -> Psql:
    return Psql(programme)


def test_figures_and_what_is_absent(psql: Psql) -> None:
    rows = list(csv.reader(psql.run("--csv", "-P", "null=absent", "-c", QUERY).stdout.splitlines()))[1:]
    expected = [(name, str(p), "absent" if v is None else f"{v:g}", state) for name, p, v, state in ANSWER]
    assert [tuple(row) for row in rows] == expected


def test_it_lists_tables_with_their_comments(psql: Psql) -> None:
    listed = psql.run("-A", "-t", "-c", r"\d+ bi.*").stdout
    said = psql.run("-A", "-t", "-c", r"\dtv+ bi.*").stdout
    rows = {line.split("|")[1]: line.split("|")[-1] for line in said.splitlines()}
    assert set(rows) >= TABLES
    assert all(rows.values())
    assert "First day of the month." in listed


@pytest.mark.parametrize(
    "statement", ["delete from bi.site", "create table bi.mine (x integer)", "select * from mart.fct_metric_value"]
)
def test_it_only_reads(psql: Psql, statement: str) -> None:
    done = psql.run("-c", statement)
    assert done.returncode != 0 and "permission denied" in done.stderr


def test_a_wrong_password_is_refused(psql: Psql) -> None:
    done = psql.run("-c", "select 1", password="wrong")
    assert done.returncode == 2 and "password authentication failed" in done.stderr


def test_a_site_reads_its_own_rows(programme: Settings) -> None:
    address = allow(programme, "AAA", by="test")
    query = "select distinct site_code from bi.site_result"
    done = subprocess.run([program("psql", "postgresql-client"), "-X", "-A", "-t", "-c", query, address], capture_output=True, text=True)  # fmt: skip
    assert done.stdout.split() == ["AAA"]
