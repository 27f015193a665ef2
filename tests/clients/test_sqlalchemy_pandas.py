"""pandas through SQLAlchemy, with both drivers of Python."""

import pandas as pd
import pytest
from reading import ANSWER, QUERY, ROLE, TABLES
from sqlalchemy import Engine, create_engine, inspect

from pch.settings import Settings


@pytest.fixture(params=["psycopg", "psycopg2"])
def engine(request: pytest.FixtureRequest, programme: Settings) -> Engine:
    return create_engine(programme.dsn(ROLE, driver=f"postgresql+{request.param}"))


def test_a_frame(engine: Engine) -> None:
    frame = pd.read_sql(QUERY, engine, parse_dates=["period"])
    expected = pd.DataFrame(ANSWER, columns=["site_name", "period", "value", "state"])
    expected["period"] = pd.to_datetime(expected["period"])
    pd.testing.assert_frame_equal(frame, expected, check_dtype=False)
    assert frame["value"].dtype == "float64" and frame["value"].isna().sum() == 2


def test_what_the_columns_mean(engine: Engine) -> None:
    seen = inspect(engine)
    assert {*seen.get_table_names("bi"), *seen.get_view_names("bi")} >= TABLES
    for table in TABLES:
        assert seen.get_table_comment(table, "bi")["text"]
        assert all(column["comment"] for column in seen.get_columns(table, "bi"))
