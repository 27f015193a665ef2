"""Cases 10 and 12: what a warehouse holds depends on what was sent, never on the order in which it was read.

One story of four months, told in four ways; its figures, too, are what a reader of the files would reckon.
"""

import random
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from desk import Desk, activity_file, inputs_file, list_file
from pictures import Picture, assert_same, loaded, marts
from workers import Job, build_once, load_once

from pch.pipeline.batches import Batch, plan
from pch.pipeline.collect import load
from pch.warehouse.db import connect
from pch.warehouse.ledger import mark_changed
from pch.warehouse.rebuild import forget

ONE, TWO = ["A10001", "A10002"], ["B10001"]
Event = tuple[str, str, str, str, str | None]  # site, feed, period, content, reason of a nil return


def line(n: int, month: str, gbp: str) -> str:
    return f",{month}-{n},{month}-0{n},hub,staff,own,,,{gbp},actual,"


def story() -> list[Event]:
    """In the order of its months; what one month says is judged by the month before it."""
    said: list[Event] = []

    def say(site: str, feed: str, period: str, content: str, nil: str | None = None) -> None:
        said.append((site, feed, period, content, nil))

    months = ["2025-03", "2025-04", "2025-05", "2025-06"]
    for n, month in enumerate(months):
        if month != "2025-05":  # a list that never came: April's stands for its size
            say("AAA01", "registered_list", month, list_file(ONE, lambda p, *_, n=n: 10 + n))
        say("AAA01", "hospital_activity", month, activity_file(ONE, lambda *_, n=n: 2 + n % 2))
        if n == 3:
            say("AAA01", "programme_inputs", month, "", "Nothing was spent.")
        else:
            say("AAA01", "programme_inputs", month, inputs_file(line(1, month, "100.10"), line(2, month, f"{n}.33")))
    march = list_file(TWO, lambda *_: 40)
    say("BBB01", "registered_list", "2025-03", march)
    say("BBB01", "registered_list", "2025-04", march.replace("B10001", "B10009"))  # refused: not its practice
    say("BBB01", "registered_list", "2025-04", march)  # March's file sent again: a copy, until it is corrected
    say("BBB01", "registered_list", "2025-05", list_file(TWO, lambda *_: 400))  # a factor of ten
    say("BBB01", "registered_list", "2025-05", list_file(TWO, lambda *_: 41))
    say("BBB01", "registered_list", "2025-06", list_file(["A10001", *TWO], lambda *_: 41))  # a stranger in it
    say("BBB01", "hospital_activity", "2025-06", activity_file(TWO))
    say(
        "BBB01", "hospital_activity", "2025-06", activity_file(TWO).replace(",em,", ",??,")
    )  # refused: the last good stays
    return said


def tell(desk: Desk, events: Iterable[Event]) -> None:
    """Pushes as at the time of each event, whatever order they are pushed in."""
    everything = story()
    for event in events:
        at = datetime(2025, 4, 1, 9, tzinfo=UTC) + timedelta(days=everything.index(event))
        site, feed, period, content, nil = event
        desk.push(site, feed, period, content, at=at, nil=nil)


def end(desk: Desk) -> tuple[Picture, Picture]:
    desk.collect()
    desk.build_figures()
    return loaded(desk.owner), marts(desk.owner)


@pytest.fixture
def sites(desk: Desk) -> Desk:
    desk.register({"AAA01": ONE, "BBB01": TWO})
    return desk


def in_order(desk: Desk) -> tuple[Picture, Picture]:
    """Each month collected and built before the next is sent."""
    for month in ("2025-03", "2025-04", "2025-05"):
        tell(desk, [e for e in story() if e[2] == month])
        end(desk)
    tell(desk, [e for e in story() if e[2] == "2025-06"])
    return end(desk)


def test_cases_10_and_12_any_order_ends_in_the_same_tables(sites: Desk) -> None:
    raw, mart = in_order(sites)
    #  What the story must come to, reckoned by hand: the patients of each month and site
    counted = sites.rows(
        """select to_char(period, 'MM'), site_code, sum(registered_count)::int
           from mart.fct_population group by 1, 2 order by 1, 2"""
    )
    assert counted == [
        ("03", "AAA01", 760), ("03", "BBB01", 1520), ("04", "AAA01", 836), ("04", "BBB01", 1520),
        ("05", "BBB01", 1558), ("06", "AAA01", 988), ("06", "BBB01", 1558),
    ]  # fmt: skip
    found = sites.rows(
        """select s.site_code, to_char(period, 'MM'), attempt, array_agg(rule order by rule)
           from ops.current_finding inner join ops.submission as s using (submission_id)
           where feed = 'registered_list' and rule not in ('practice_without_rows', 'after_primary_close') group by 1, 2, 3 order by 1, 2, 3"""
    )
    assert found == [
        ("BBB01", "04", 1, ["no_practice_of_site"]),
        ("BBB01", "04", 2, ["copy_of_last_month"]),
        ("BBB01", "05", 1, ["tenfold_total"]),
        ("BBB01", "06", 1, ["practice_not_of_site"]),
    ]

    #  The whole warehouse made again from the bytes: four months at once, then in batches nobody would choose
    for read_again in (lambda: None, lambda: shuffled(sites, random.Random(1))):
        with connect(sites.settings, "owner") as conn:
            assert forget(conn) == len(story())
        assert not any(loaded(sites.owner).values()) and not any(marts(sites.owner).values())
        read_again()
        for one, other in zip((raw, mart), end(sites), strict=True):
            assert_same(one, other)


def shuffled(desk: Desk, dice: random.Random) -> None:
    """Loads everything in small batches, attempts and months in no order, some in the middle of a build."""
    waiting = desk.rows(
        "select submission_id, feed, period from ops.queue inner join ops.submission using (submission_id)"
    )
    dice.shuffle(waiting)
    for n, (submission_id, feed, period) in enumerate(waiting):
        load(desk.settings, Batch(feed, f"{period:%Y-%m}", [submission_id], "one"))
        if n == len(waiting) // 2:
            desk.build_figures()


def test_case_12_later_months_first(sites: Desk) -> None:
    """April arrives before March, with everything made in between."""
    for month in ("2025-06", "2025-04", "2025-05"):
        tell(sites, [e for e in story() if e[2] == month])
        end(sites)
    assert sites.value("select min(period) from mart.dim_period") == date(2025, 4, 1)
    tell(sites, [e for e in story() if e[2] == "2025-03"])
    backwards = end(sites)
    with connect(sites.settings, "owner") as conn:
        forget(conn)
    forwards = end(sites)
    for one, other in zip(backwards, forwards, strict=True):
        assert_same(one, other)


def test_no_change_is_lost_to_a_build_that_could_not_see_it(sites: Desk) -> None:
    """A build covers all changes up to a number, so numbers become visible in order: a load that ends after
    another one is not overtaken by it, and a build waits for both."""
    sites.push("AAA01", "registered_list", "2025-03", list_file(ONE))
    sites.collect()
    sites.build()
    sites.push("AAA01", "hospital_activity", "2025-03", activity_file(ONE))
    (batch,) = plan(sites.settings)
    with connect(sites.settings, "loader") as first:
        mark_changed(first, [date(2025, 3, 1)], "first")
        second = Job(load_once, sites.settings, batch)
        building = Job(build_once, sites.settings)
        waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        deadline = time.monotonic() + 30
        while sites.value(waiting) < 2:
            assert time.monotonic() < deadline, "both wait for the first"
            time.sleep(0.02)
        assert sites.rows("table ops.month_pending") == []
    second.result()
    periods = building.result().periods + sites.build()
    assert set(periods) == {date(2025, 3, 1)}
    assert sites.rows("table ops.month_pending") == []
    assert (
        sites.value(
            "select numerator from mart.fct_metric_value where metric_code = 'PH01'"
            " and period_window = 'month' and period = '2025-03-01' and site_code = 'AAA01'"
        )
        == 152
    )
