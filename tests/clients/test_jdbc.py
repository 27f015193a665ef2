"""JDBC: Debian's libpostgresql-jdbc-java, the way of Metabase, DBeaver and Tableau."""

import os
import subprocess
from pathlib import Path

from reading import ANSWER, QUERY, ROLE, TABLES, absent, program

from pch.settings import Settings

DRIVER = Path("/usr/share/java/postgresql.jar")
PROGRAM = Path(__file__).with_name("Query.java")


def java(settings: Settings, query: str, password: str = "") -> "subprocess.CompletedProcess[str]":
    program("javac", "default-jdk-headless")  # java compiles the single file itself, with the compiler of the JDK
    if not DRIVER.exists():
        absent("The JDBC driver is not here (Debian's package libpostgresql-jdbc-java)")
    url = f"jdbc:postgresql://{settings.db_host}:{settings.db_port}/{settings.db_name}"
    return subprocess.run(
        ["java", "-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", "-cp", str(DRIVER), str(PROGRAM), url, ROLE, query, "bi"],
        capture_output=True, text=True, timeout=120,
        env=os.environ | {"PGPASSWORD": password or settings.password(ROLE)},
    )  # fmt: skip


def test_figures_what_is_absent_and_the_tables(programme: Settings) -> None:
    lines = [tuple(line.split("\t")) for line in java(programme, QUERY).stdout.splitlines()]
    rows, tables = lines[: len(ANSWER)], dict(lines[len(ANSWER) :])
    assert rows == [(name, str(p), "absent" if v is None else str(v), state) for name, p, v, state in ANSWER]
    assert set(tables) >= TABLES
    assert all(comment != "null" for comment in tables.values())


def test_a_wrong_password_is_refused(programme: Settings) -> None:
    done = java(programme, QUERY, password="wrong")
    assert done.returncode == 1 and "password authentication failed" in done.stderr
