"""A table or view that an earlier version of its model made is brought up to date where it stands."""

from typing import Any

import pytest
from desk import Desk, activity_file, list_file

from pch.warehouse.db import connect

COMMENTS = """select classoid::regclass::text, objoid::regclass::text, coalesce(attname, ''), description
    from pg_description left join pg_attribute on attrelid = objoid and attnum = objsubid and objsubid > 0
    where classoid = 'pg_class'::regclass and objoid::regclass::text like 'mart.%%' order by 2, 3"""
COLUMNS = """select table_schema, table_name, column_name, data_type from information_schema.columns
    where table_schema in ('stg', 'int', 'mart') order by 1, 2, 3"""
EARLIER = """
    comment on table mart.fct_return is 'What it was once.';
    comment on column mart.fct_return.state is 'Said so, o''er and o''er.';
    comment on column mart.fct_return.period is null;
    alter table mart.fct_return drop column submission_id;
    drop view stg.stg_return cascade;
    create view stg.stg_return as select 1 as once;
"""


@pytest.fixture
def built(desk: Desk) -> Desk:
    desk.register({"AAA01": ["A10001"]})
    month(desk, "2025-04")
    return desk


def month(desk: Desk, period: str) -> None:
    desk.push("AAA01", "registered_list", period, list_file(["A10001"]))
    desk.push("AAA01", "hospital_activity", period, activity_file(["A10001"]))
    desk.collect()
    desk.build_figures()


def views(desk: Desk) -> dict[str, Any]:
    return dict(
        desk.rows("select oid::regclass::text, oid from pg_class where relkind = 'v' and relowner = 'dbt'::regrole")
    )


def test_what_an_earlier_version_left_is_brought_up_to_date(built: Desk) -> None:
    comments, columns, before = built.rows(COMMENTS), built.rows(COLUMNS), views(built)
    assert len(comments) > 100
    with connect(built.settings, "dbt") as conn:
        conn.execute(EARLIER)
    assert built.rows(COMMENTS) != comments

    month(built, "2025-05")
    assert built.rows(COLUMNS) == columns
    again = built.rows(COMMENTS)
    assert [row for row in again if row[2] != "submission_id"] == [row for row in comments if row[2] != "submission_id"]
    assert again == comments
    # the column that came is filled for the months that were made, and those alone
    told = "select array_agg(distinct period::text) from mart.fct_return where submission_id is not null"
    assert built.value(told) == ["2025-05-01"]
    # a view that is as it was has been replaced, not made again: whoever was reading it never found it gone
    after = views(built)
    assert set(after) == set(before)
    assert {name for name in after if after[name] == before[name]} >= {"stg.stg_site", "stg.stg_registered_list"}
    assert after["stg.stg_return"] != before["stg.stg_return"]


def test_nothing_is_written_where_nothing_changed(built: Desk) -> None:
    """A comment written anew is a row of another version in the catalogue: there is none after a second build."""
    incremental = """select objoid::regclass::text, objsubid, xmin::text from pg_description
        where classoid = 'pg_class'::regclass and objoid = 'mart.fct_return'::regclass order by 1, 2"""
    before = built.rows(incremental)
    assert len(before) > 5
    month(built, "2025-05")
    assert built.rows(incremental) == before
