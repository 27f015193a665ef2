"""Cases 11 and 13: the last microsecond of a window, and months in which nothing arrived."""

from datetime import UTC, date, datetime, timedelta

import pytest
from desk import Desk, activity_file, list_file

from pch.registry import feeds
from pch.warehouse.calendar import closes

A_MICROSECOND = timedelta(microseconds=1)

#  Tenth working days, counted by hand with England's bank holidays; London is at UTC in winter, an hour ahead in summer
WINTER = ("2025-12", datetime(2026, 1, 15, 23, 59, 59, 999999, UTC), datetime(2026, 2, 13, 23, 59, 59, 999999, UTC))
SUMMER = ("2026-05", datetime(2026, 6, 12, 22, 59, 59, 999999, UTC), datetime(2026, 7, 14, 22, 59, 59, 999999, UTC))


def patients(practice: str, count: int) -> str:
    return list_file([practice], lambda *_: count)


@pytest.mark.parametrize(("period", "primary", "refresh"), [WINTER, SUMMER], ids=["winter", "summer"])
def test_case_11_the_last_microsecond_of_a_window_counts(
    desk: Desk, period: str, primary: datetime, refresh: datetime
) -> None:
    sites = ("INTIME", "LATE01", "BETTER", "MENDED", "GONE01")
    practice = {site: f"A1000{n}" for n, site in enumerate(sites)}
    desk.register({site: [practice[site]] for site in sites})
    arrived = [
        ("INTIME", 10, primary),
        ("LATE01", 10, primary + A_MICROSECOND),
        ("BETTER", 10, primary),  # in time, and corrected too late for the primary
        ("BETTER", 11, primary + A_MICROSECOND),
        ("MENDED", -1, primary),  # in time but refused; the good one came at the very end of the refresh
        ("MENDED", 10, refresh),
        ("GONE01", 10, refresh + A_MICROSECOND),
    ]
    for site, count, at in arrived:
        desk.push(site, "registered_list", period, patients(practice[site], count), at=at)
    desk.collect()
    desk.build_figures()
    month = date.fromisoformat(f"{period}-01")
    assert desk.rows("select primary_close_at, refresh_close_at from mart.dim_period where period = %s", month) == [
        (primary, refresh)
    ]
    assert desk.rows(
        """select site_code, state, attempts_count, attempt, is_accepted_by_primary_close, is_accepted_by_refresh_close
           from mart.fct_return where feed = 'registered_list' and period = %s order by site_code""",
        month,
    ) == [
        ("BETTER", "received", 2, 2, True, True),
        ("GONE01", "received", 1, 1, False, False),
        ("INTIME", "received", 1, 1, True, True),
        ("LATE01", "received", 1, 1, False, True),
        ("MENDED", "received", 2, 2, False, True),
    ]
    #  Of the returns expected of each site (the staff survey is due in a quarter's last month), in per cent: by the primary close (DQ02), by the refresh close (DQ01)
    due = sum(month.month in f.due_months for f in feeds().values())
    one = pytest.approx(100 / due)
    shares = desk.rows(
        """select site_code, max(value) filter (where metric_code = 'DQ02'), max(value) filter (where metric_code = 'DQ01')
           from mart.fct_metric_value where period_window = 'month' and period = %s group by 1 order by 1""",
        month,
    )
    assert shares == [
        ("BETTER", one, one), ("GONE01", 0, 0), ("INTIME", one, one), ("LATE01", 0, one), ("MENDED", 0, one),
    ]  # fmt: skip


YEAR = [f"2025-{m:02}" for m in range(3, 13)] + ["2026-01", "2026-02"]


@pytest.fixture
def quiet(desk: Desk) -> Desk:
    """A year of lists and hospital activity: AAA01 misses one month of activity, BBB01 four, CCC01 sends
    nothing at all. Nobody sends inputs, but AAA01 says once that it has none."""
    desk.register({"AAA01": ["A10001"], "BBB01": ["B10001"], "CCC01": ["C10001"]})
    for n, month in enumerate(YEAR):
        for site, practice in (("AAA01", "A10001"), ("BBB01", "B10001")):
            desk.push(site, "registered_list", month, patients(practice, 10))
            if not (month == "2025-07" if site == "AAA01" else n % 3 == 0):
                desk.push(site, "hospital_activity", month, activity_file([practice]))
    desk.push("AAA01", "programme_inputs", "2025-03", "", nil="The ledger is empty this month.")
    desk.collect()
    desk.build_figures()
    return desk


def test_case_13_nothing_arrived_is_a_state_and_never_a_zero(quiet: Desk) -> None:
    figure = """select state, value, numerator, denominator, lower_95, round(coverage_pct::numeric, 4)
                from mart.fct_metric_value
                where (metric_code, site_code, period_window) = (%s, %s, %s) and period = %s"""
    july, february = date(2025, 7, 1), date(2026, 2, 1)
    nothing = (None, None, None, None)
    assert quiet.rows(figure, "PH01", "AAA01", "month", july) == [("missing", *nothing, 0)]
    assert quiet.rows(figure, "PH01", "CCC01", "month", july) == [("missing", *nothing, 0)]
    assert quiet.rows(figure, "IN02", "AAA01", "month", july) == [("missing", *nothing, 0)]
    assert quiet.rows(figure, "IN02", "AAA01", "month", date(2025, 3, 1)) == [("nil_return", 0, 0, 380, 0, 100)]

    #  The rolling twelve speak of the months there are, of events and people alike, and say how many
    (row,) = quiet.rows(figure, "PH01", "AAA01", "r12", february)
    assert (row[0], row[2], row[3], float(row[5])) == ("received", 11 * 76, 11 * 380, 91.6667)
    assert row[1] == pytest.approx(12_000 * 76 / 380)  # the same rate in every band
    (row,) = quiet.rows(figure, "PH01", "BBB01", "r12", february)
    assert row[:5] == ("below_minimum", *nothing) and float(row[5]) == 66.6667
    assert quiet.rows(figure, "PH01", "CCC01", "r12", february) == [("missing", *nothing, 0)]

    #  Every cell exists, and one without accepted data has no figure in it
    cells, expected = quiet.rows(
        """select (select count(*) from mart.fct_metric_value),
             (select sum(cardinality(period_windows)) * 3 * (select count(*) from mart.dim_period) from mart.dim_metric)"""
    )[0]
    assert cells == expected
    absent = """state not in ('received', 'nil_return') and num_nonnulls(value, lower_95, upper_95, lower_998) > 0
                or state not in ('received', 'nil_return', 'below_minimum') and num_nonnulls(numerator, denominator) > 0"""
    assert quiet.value(f"select count(*) from mart.fct_metric_value where {absent}") == 0
    zero = "value = 0 and metric_code not like 'DQ%%' and state <> 'nil_return'"
    assert quiet.rows(f"select * from mart.fct_metric_value where {zero}") == []
    assert quiet.value("select count(*) from mart.fct_population where site_code = 'CCC01'") == 0

    #  What is missing today was due, then late, before; what a month does not ask for is never missing
    states = quiet.rows("select feed, period, state from mart.fct_return where site_code = 'CCC01'")
    now = quiet.value("select max(as_of) from mart.fct_return")
    for feed, period, state in states:
        ends = closes(period)
        over = "due" if now <= ends.primary else "late" if now <= ends.refresh else "missing"
        assert state == (over if period.month in feeds()[feed].due_months else "not_due"), (feed, period)
    assert len(states) == len(feeds()) * quiet.value("select count(*) from ref.period")
    seen = {(feed, state) for feed, _, state in states}
    assert {("staff_survey", "not_due"), ("staff_survey", "missing"), ("workforce", "missing")} <= seen
    assert ("workforce", "not_due") not in seen
    assert quiet.value("select count(*) from mart.fct_return where attempts_count = 0 and verdict is not null") == 0
