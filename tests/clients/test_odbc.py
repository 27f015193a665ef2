"""ODBC: unixODBC and Debian's odbc-postgresql, the way of Power BI, Excel and Tableau."""

from collections.abc import Iterator

import pyodbc
import pytest
from reading import ANSWER, JUNE, QUERY, ROLE, TABLES, absent

from pch.settings import Settings

DRIVER = "PostgreSQL Unicode"


@pytest.fixture
def odbc(programme: Settings) -> Iterator[pyodbc.Connection]:
    if DRIVER not in pyodbc.drivers():
        absent(f"The ODBC driver '{DRIVER}' is not here (Debian's packages unixodbc and odbc-postgresql)")
    where = f"SERVER={programme.db_host};PORT={programme.db_port};DATABASE={programme.db_name}"
    who = f"UID={ROLE};PWD={{{programme.password(ROLE)}}}"
    connection = pyodbc.connect(f"DRIVER={{{DRIVER}}};{where};{who};BoolsAsChar=0")
    yield connection
    connection.close()


def test_figures_and_what_is_absent(odbc: pyodbc.Connection) -> None:
    cursor = odbc.execute(QUERY)
    assert [column[1].__name__ for column in cursor.description] == ["str", "date", "float", "str"]
    assert [tuple(row) for row in cursor] == ANSWER


def test_what_a_tool_lists(odbc: pyodbc.Connection) -> None:
    assert {row.table_name for row in odbc.cursor().tables(schema="bi")} >= TABLES
    kinds = {row.column_name: row.type_name for row in odbc.cursor().columns("month", schema="bi")}
    assert kinds["is_closed"] == "bool" and kinds["period"] == "date"


def test_a_parameter_and_a_boolean(odbc: pyodbc.Connection) -> None:
    query = "select is_closed from bi.month where period = ?"
    assert [tuple(row) for row in odbc.execute(query, JUNE)] == [(True,)]


def test_it_only_reads(odbc: pyodbc.Connection) -> None:
    with pytest.raises(pyodbc.Error, match="permission denied"):
        odbc.execute("delete from bi.site")
