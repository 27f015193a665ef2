"""Case 15: practices move, close and merge; what they did before stays where they were, and nobody counts twice."""

from datetime import date
from pathlib import Path

import pytest
from desk import Desk, activity_file, file_of, list_file
from pictures import assert_same, loaded, marts

from pch.pipeline.batches import Batch
from pch.pipeline.collect import load
from pch.warehouse.db import connect
from pch.warehouse.rebuild import forget
from pch.warehouse.register import Imported, import_sites, read_register

HEADER = "site_code,site_name,practice_code,valid_from,valid_to\n"
BEGINNING = """AAA01,Alder,A10001,2025-01-01,
AAA01,Alder,A10002,2025-01-01,
BBB01,Birch,B10001,2025-01-01,
CCC01,Cedar,C10001,2025-01-01,
CCC01,Cedar,C10002,2025-01-01,
"""
#  In June A10002 moves to Birch, and C10002 closes: its patients go to C10001
JUNE = """AAA01,Alder,A10001,2025-01-01,
AAA01,Alder,A10002,2025-01-01,2025-06-01
BBB01,Birch,A10002,2025-06-01,
BBB01,Birch,B10001,2025-01-01,
CCC01,Cedar,C10001,2025-01-01,
CCC01,Cedar,C10002,2025-01-01,2025-06-01
"""
#  In July Cedar merges into Birch
JULY = JUNE.replace("C10001,2025-01-01,", "C10001,2025-01-01,2025-07-01") + "BBB01,Birch,C10001,2025-07-01,\n"

SIZE = {"A10001": 10, "A10002": 20, "B10001": 30, "C10001": 40, "C10002": 50}  # patients a cell; 38 cells
TEAM = {"AAA01": 1, "BBB01": 2, "CCC01": 3}  # full-time equivalents of the whole site; a practice has one per 10 a cell
PATIENTS, SPELLS, STAFF = 38 * 150, 38 * 15, 15 + 6
FIGURES = """select site_code, practice_code, sum(registered_count)::int from mart.fct_population
             where period = %s group by 1, 2 order by 1, 2"""
POSTS = """select site_code, practice_code, quantity from int.int_measure__cells
           where measure_code = 'fte' and period = %s order by 1, 2"""


@pytest.fixture
def register(desk: Desk, tmp_path: Path) -> "Register":
    return Register(desk, tmp_path / "sites.csv")


class Register:
    """Imports register files, and sends list, activity and workforce of a month for the practices named."""

    def __init__(self, desk: Desk, file: Path) -> None:
        self.desk, self.file = desk, file

    def is_now(self, lines: str) -> Imported:
        self.file.write_text(HEADER + lines)
        with connect(self.desk.settings, "owner") as conn:
            return import_sites(conn, read_register(self.file), date.today())

    def send(self, site: str, period: str, size: dict[str, int], team: int | None = None) -> None:
        practices = list(size)
        self.desk.push(site, "registered_list", period, list_file(practices, lambda p, *_: size[p]))
        self.desk.push(site, "hospital_activity", period, activity_file(practices, lambda p, *_: size[p] // 10))
        posts = [(p, "nurse,practice_nurse,practice", size[p] // 10) for p in practices]
        posts.append(("", "community,community_nurse,trust", team or TEAM[site]))
        self.desk.push(
            site, "workforce", period, file_of("workforce", *(f"{p},{who},{n},{n},,,,,,," for p, who, n in posts))
        )


def assert_conserved(desk: Desk) -> None:
    """Each month, all sites together: every patient, spell and post once, whoever sent them."""
    totals = "select distinct sum(registered_count)::int from mart.fct_population group by period"
    assert desk.rows(totals) == [(PATIENTS,)]
    rates = """select distinct sum(denominator)::int, sum(numerator)::int from mart.fct_metric_value
               where (metric_code, period_window, state) = ('PH01', 'month', 'received') group by period"""
    assert desk.rows(rates) == [(PATIENTS, SPELLS)]
    posts = "select distinct sum(quantity) from int.int_measure__cells where measure_code = 'fte' group by period"
    assert desk.rows(posts) == [(STAFF,)]


def of(*practices: str, **other: int) -> dict[str, int]:
    return {p: SIZE[p] for p in practices} | other


def test_case_15_a_practice_moves_one_closes_and_two_sites_merge(register: Register) -> None:
    desk = register.desk
    register.is_now(BEGINNING)
    register.send("AAA01", "2025-05", of("A10001", "A10002"))
    register.send("BBB01", "2025-05", of("B10001"))
    register.send("CCC01", "2025-05", of("C10001", "C10002"))
    #  June as it truly was, before the register knows of it; Alder's system still has the practice that left
    register.send("AAA01", "2025-06", of("A10001", "A10002"))
    register.send("BBB01", "2025-06", of("B10001", "A10002"))
    register.send("CCC01", "2025-06", of(C10001=90))
    desk.collect()
    desk.build_figures()
    may, june, july = date(2025, 5, 1), date(2025, 6, 1), date(2025, 7, 1)
    history = [
        ("AAA01", "A10001", 380), ("AAA01", "A10002", 760), ("BBB01", "B10001", 1140),
        ("CCC01", "C10001", 1520), ("CCC01", "C10002", 1900),
    ]  # fmt: skip
    assert desk.rows(FIGURES, may) == history
    assert desk.rows(FIGURES, june) == [*history[:3], ("CCC01", "C10001", 3420)]
    aside = """select site_code, rows_set_aside from mart.fct_return
               where feed = 'registered_list' and period = %s order by 1"""
    assert desk.rows(aside, june) == [("AAA01", 0), ("BBB01", 38), ("CCC01", 0)]

    assert register.is_now(JUNE).replayed > 0
    desk.collect()
    assert may not in desk.build_figures()
    assert desk.rows(FIGURES, may) == history
    assert desk.rows(FIGURES, june) == [
        ("AAA01", "A10001", 380), ("BBB01", "A10002", 760), ("BBB01", "B10001", 1140), ("CCC01", "C10001", 3420),
    ]  # fmt: skip
    assert desk.rows(aside, june) == [("AAA01", 38), ("BBB01", 0), ("CCC01", 0)]
    #  The staff of a practice go with it; the team of a site is of no practice, and stays
    assert desk.rows(POSTS, june) == [
        ("AAA01", "", 1), ("AAA01", "A10001", 1), ("BBB01", "", 2), ("BBB01", "A10002", 2), ("BBB01", "B10001", 3),
        ("CCC01", "", 3), ("CCC01", "C10001", 9),
    ]  # fmt: skip
    said = """select site_code, message from ops.current_finding inner join ops.submission using (submission_id)
              where rule = 'practice_not_of_site' and feed = 'registered_list'"""
    (finding,) = desk.rows(said)
    assert finding[0] == "AAA01" and "A10002 (of BBB01)" in finding[1]
    assert_conserved(desk)

    register.is_now(JULY)
    register.send("AAA01", "2025-07", of("A10001"))
    register.send("BBB01", "2025-07", of("A10002", "B10001", C10001=90), team=5)
    desk.collect()
    desk.build_figures()
    assert desk.rows(FIGURES, may) == history
    assert desk.rows(FIGURES, july) == [
        ("AAA01", "A10001", 380), ("BBB01", "A10002", 760), ("BBB01", "B10001", 1140), ("BBB01", "C10001", 3420),
    ]  # fmt: skip
    assert_conserved(desk)
    #  Cedar is no more: from July on it owes nothing, and so misses nothing
    assert desk.value("select end_date from mart.dim_site where site_code = 'CCC01'") == july
    assert desk.value("select max(period) from mart.fct_return where site_code = 'CCC01'") == june
    assert desk.value("select max(period) from mart.fct_metric_value where site_code = 'CCC01'") == june
    homes = "select site_code, valid_from, valid_to from mart.dim_practice where practice_code = 'A10002' order by 2"
    assert desk.rows(homes) == [("AAA01", date(2025, 1, 1), june), ("BBB01", june, None)]

    #  What was loaded under three registers is what the last one alone would have made of it
    raw, mart = loaded(desk.owner), marts(desk.owner)
    with connect(desk.settings, "owner") as conn:
        forget(conn)
    desk.collect()
    desk.build_figures()
    assert_same(raw, loaded(desk.owner))
    assert_same(mart, marts(desk.owner))


@pytest.mark.parametrize("apart", [False, True], ids=["together", "one by one"])
def test_case_15_a_file_the_register_no_longer_bears_gives_way_to_the_last_good_one(
    register: Register, apart: bool
) -> None:
    desk = register.desk
    register.is_now(BEGINNING)
    first = desk.push("AAA01", "registered_list", "2025-05", list_file(["A10001", "A10002"], lambda *_: 10))
    second = desk.push("AAA01", "registered_list", "2025-05", list_file(["A10002"], lambda *_: 25))
    desk.collect()
    assert desk.value("select sum(registered_count) from raw.registered_list") == 950

    register.is_now(JUNE.replace("2025-06-01", "2025-05-01"))  # A10002 had left before May
    waiting = [row[0] for row in desk.rows("select submission_id from ops.queue order by 1")]
    assert waiting == [first.submission_id, second.submission_id]
    if apart:
        for submission_id in waiting:
            load(desk.settings, Batch("registered_list", "2025-05", [submission_id], "one"))
    desk.collect()
    assert (desk.verdict(first), desk.verdict(second)) == ("accepted_with_warnings", "rejected")
    assert desk.rows("select submission_id from ops.publication where is_current") == [(first.submission_id,)]
    desk.build_figures()
    assert desk.rows(FIGURES, date(2025, 5, 1)) == [("AAA01", "A10001", 380)]
    assert desk.value("select count(*) from ops.queue") == 0
