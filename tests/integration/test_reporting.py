"""How many returns arrived of those due, by programme, region, feed and site: ``mart.fct_reporting``."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from desk import Desk, list_file
from input_cases import fresh_desk

from pch.registry import feeds
from pch.settings import Settings
from pch.warehouse.calendar import closes
from pch.warehouse.db import connect
from pch.warehouse.register import Line, import_sites

LIST, SURVEY = "registered_list", "staff_survey"
JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
DUE = [feed for feed in feeds() if feed != SURVEY]  # in January and February; the survey is due in March
A_DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def quarter(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """NORTH1 and NORTH2 in a region, SOUTH1 in another, JOINED in none, in the programme since February 2026; SOUTH1
    leaves with February. NORTH1 sends everything, and a survey in January that is not due; NORTH2 all that is due in
    January, late; SOUTH1 its list in January, refused at first and mended after the primary close, and in February a
    list that is refused; JOINED its list of February."""
    sites = [
        ("NORTH1", "A10001", date(2025, 6, 1), None, "North"),
        ("NORTH2", "B10001", date(2025, 6, 1), None, "North"),
        ("SOUTH1", "C10001", date(2025, 6, 1), MARCH, "South"),
        ("JOINED", "D10001", FEBRUARY, None, None),
    ]
    with fresh_desk(server, tmp_path_factory.mktemp("quarter")) as desk:
        lines = [
            Line(n, site, f"Site {site}", practice, since, until, region, since)
            for n, (site, practice, since, until, region) in enumerate(sites)
        ]
        with connect(desk.settings, "owner") as conn:
            import_sites(conn, lines, date.today())
        for period in (JANUARY, FEBRUARY, MARCH):
            for feed in feeds():
                if feed in DUE or period in (JANUARY, MARCH):
                    nil(desk, "NORTH1", feed, period)
        for feed in DUE:
            nil(desk, "NORTH2", feed, JANUARY, late=True)
        negative, good = (list_file(["C10001"], lambda *_, n=n: n) for n in (-1, 10))
        close = closes(JANUARY).primary
        desk.push("SOUTH1", LIST, "2026-01", negative, at=close - A_DAY)
        desk.push("SOUTH1", LIST, "2026-01", good, at=close + A_DAY)
        desk.push("SOUTH1", LIST, "2026-02", negative, at=closes(FEBRUARY).primary - A_DAY)
        nil(desk, "JOINED", LIST, FEBRUARY)
        desk.collect()
        desk.build_figures()
        yield desk


def nil(desk: Desk, site: str, feed: str, period: date, *, late: bool = False) -> None:
    at = closes(period).primary + (A_DAY if late else -A_DAY)
    desk.push(site, feed, f"{period:%Y-%m}", "", nil=f"Nothing of {feed} to report.", at=at)


COUNTS = "expected_count, received_count, on_time_count, reporting_rate_pct, timeliness_pct"


def by(desk: Desk, level: str, member: str, period: date) -> dict[str, tuple[float | None, ...]]:
    rows = desk.rows(
        f"select {member}, {COUNTS} from mart.fct_reporting where (level, period) = (%s, %s)", level, period
    )
    return {row[0]: row[1:] for row in rows}


def test_what_arrives_undue_lifts_the_rate_over_a_hundred(quarter: Desk) -> None:
    assert by(quarter, "site", "site_code", JANUARY) == {
        "NORTH1": (9, 10, 10, pytest.approx(1000 / 9), pytest.approx(1000 / 9)),
        "NORTH2": (9, 9, 0, 100, 0),
        "SOUTH1": (9, 1, 0, pytest.approx(100 / 9), 0),
    }
    #  Due in no site: a count, and nothing to divide it by
    assert by(quarter, "feed", "feed", JANUARY)[SURVEY] == (0, 1, 1, None, None)
    assert by(quarter, "feed", "feed", MARCH)[SURVEY] == (3, 1, 1, pytest.approx(100 / 3), pytest.approx(100 / 3))
    assert by(quarter, "feed", "feed", JANUARY)[LIST] == (3, 3, 1, 100, pytest.approx(100 / 3))
    returns = "select is_due, state from mart.fct_return where (site_code, feed) = (%s, %s) and period = %s"
    assert quarter.rows(returns, "NORTH1", SURVEY, JANUARY) == [(False, "nil_return")]
    assert quarter.rows(returns, "NORTH2", SURVEY, JANUARY) == [(False, "not_due")]
    assert quarter.rows(returns, "NORTH2", SURVEY, MARCH) == [(True, "missing")]


def test_sites_count_in_the_months_they_belong_to_the_programme(quarter: Desk) -> None:
    assert by(quarter, "site", "site_code", FEBRUARY) == {
        "NORTH1": (9, 9, 9, 100, 100),
        "NORTH2": (9, 0, 0, 0, 0),
        "SOUTH1": (9, 0, 0, 0, 0),  # refused is not received
        "JOINED": (9, 1, 1, pytest.approx(100 / 9), pytest.approx(100 / 9)),
    }
    assert by(quarter, "site", "site_code", MARCH).keys() == {"NORTH1", "NORTH2", "JOINED"}
    assert by(quarter, "programme", "level", MARCH) == {
        "programme": (30, 10, 10, pytest.approx(100 / 3), pytest.approx(100 / 3))
    }
    months = quarter.rows(
        """select site_code, min(period), max(period), sum(expected_count)::integer from mart.fct_reporting
           where level = 'site' and period <= '2026-03-01' group by 1 order by 1"""
    )
    assert months == [
        ("JOINED", FEBRUARY, MARCH, 9 + 10), ("NORTH1", JANUARY, MARCH, 9 + 9 + 10),
        ("NORTH2", JANUARY, MARCH, 9 + 9 + 10), ("SOUTH1", JANUARY, FEBRUARY, 9 + 9),
    ]  # fmt: skip


def test_regions_are_the_sums_of_their_sites(quarter: Desk) -> None:
    assert by(quarter, "region", "region", JANUARY) == {
        "North": (18, 19, 10, pytest.approx(1900 / 18), pytest.approx(1000 / 18)),
        "South": (9, 1, 0, pytest.approx(100 / 9), 0),
    }
    assert by(quarter, "region", "region", FEBRUARY) == {
        "North": (18, 9, 9, 50, 50),
        "South": (9, 0, 0, 0, 0),
        "not known": (9, 1, 1, pytest.approx(100 / 9), pytest.approx(100 / 9)),
    }
    assert by(quarter, "programme", "level", JANUARY) == {
        "programme": (27, 20, 10, pytest.approx(2000 / 27), pytest.approx(1000 / 27))
    }
    #  Each level counts every return of the month once
    totals = quarter.rows(
        """select period, level, sum(expected_count), sum(received_count), sum(on_time_count), count(*)
           from mart.fct_reporting group by 1, 2"""
    )
    assert {(period, *sums) for period, level, *sums, _ in totals if level != "programme"} == {
        (period, *sums) for period, level, *sums, _ in totals if level == "programme"
    }
    assert {members for _, level, *_, members in totals if level == "feed"} == {len(feeds())}


def test_timeliness_waits_for_the_close_and_the_rate_does_not(quarter: Desk) -> None:
    """The primary close of March 2026 is moved into the future and back."""
    north = (
        "select reporting_rate_pct, timeliness_pct from mart.fct_reporting where (site_code, period) = ('NORTH1', %s)"
    )
    assert quarter.rows(north, MARCH) == [(100, 100)]
    move = "update ref.period set primary_close_at = clock_timestamp() + %s where period = '2026-03-01'"
    change = "insert into ops.month_change (period, reason) values ('2026-03-01', 'closes')"
    for hours, expected in ((1, (100, None)), (0, (100, 100))):
        quarter.owner.execute(move, (timedelta(hours=hours),))
        quarter.owner.execute(change)
        quarter.build()
        assert quarter.rows(north, MARCH) == [expected]
