"""What stands beside a figure: its edition, its worst open finding, the reasons given, and how far it may be off.

Lists and emergencies are the same in every stratum, so a standardised rate is the crude one and every figure here can
be made by hand: a practice with 1,000 patients and 10 emergencies a stratum has 12,000 x 10 / 1,000 = 120 a year.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from desk import Desk, activity_file, list_file
from input_cases import fresh_desk
from terminal import Terminal

from pch.settings import Settings
from pch.warehouse import answers
from pch.warehouse.calendar import closes
from pch.warehouse.db import connect

LIST, ACTIVITY = "registered_list", "hospital_activity"
YEAR = [f"2025-{m:02}" for m in range(5, 13)] + [f"2026-{m:02}" for m in range(1, 5)]
APRIL = "2026-04"


def in_time(period: str) -> datetime:
    return closes(date.fromisoformat(f"{period}-01")).primary - timedelta(days=1)


def send(desk: Desk, site: str, period: str, patients: Mapping[str, int], emergencies: Mapping[str, int]) -> None:
    """List and activity in time: by practice, how many in each stratum. Deprivation and frailty, which no figure here
    looks at, tell a month from the one before."""
    is_odd = int(period[-2:]) % 2
    lists = list_file(list(patients), lambda practice, *_: patients[practice])
    lists = lists.replace("\n", f",{1 + is_odd}\n").replace(f",{1 + is_odd}\n", ",imd_quintile\n", 1)
    activity = activity_file(list(emergencies), lambda practice, *_: emergencies[practice])
    desk.push(site, LIST, period, lists, at=in_time(period))
    desk.push(site, ACTIVITY, period, activity.replace("none", "mild") if is_odd else activity, at=in_time(period))


def beside(desk: Desk, site: str, window: str, *columns: str, period: str = APRIL) -> tuple[Any, ...]:
    """``columns`` of PH01."""
    (row,) = desk.rows(
        f"""select {", ".join(columns)} from mart.fct_metric_value
            where (metric_code, site_code, period_window) = ('PH01', %s, %s) and period = %s""",
        site, window, date.fromisoformat(f"{period}-01"),
    )  # fmt: skip
    return row


BAND = ("value", "sensitivity_lower", "sensitivity_upper")
WORST = ("worst_finding_severity", "worst_finding", "open_questions_count")


def sound(value: float) -> tuple[Any, ...]:
    """``BAND`` and ``WORST`` of a figure that nothing stands against."""
    return (pytest.approx(value), None, None, None, None, 0)


@pytest.fixture(scope="module")
def year(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Twelve months: SOUND as ever; ASKED and TOLD with two and a half times their emergencies in April; GAP without
    its third practice in April's activity; ONLY without the second of its two."""
    sites = {
        "SOUND": {"A10001": (1000, 10)},
        "ASKED": {"B10001": (1000, 10), "B10002": (1000, 10)},
        "TOLD": {"E10001": (1000, 10), "E10002": (1000, 10)},
        "GAP": {"C10001": (1000, 10), "C10002": (1000, 20), "C10003": (500, 15)},
        "ONLY": {"D10001": (1000, 10), "D10002": (200, 2)},
    }
    with fresh_desk(server, tmp_path_factory.mktemp("year")) as desk:
        desk.register({site: list(practices) for site, practices in sites.items()})
        for period in YEAR:
            for site, practices in sites.items():
                patients = {practice: count for practice, (count, _) in practices.items()}
                emergencies = {practice: count for practice, (_, count) in practices.items()}
                if period == APRIL and site in ("ASKED", "TOLD"):
                    emergencies = dict.fromkeys(emergencies, 25)
                elif period == APRIL and site in ("GAP", "ONLY"):
                    emergencies.popitem()
                send(desk, site, period, patients, emergencies)
        desk.collect()
        desk.build_figures()
        yield desk


def test_a_sound_figure_has_nothing_beside_it(year: Desk) -> None:
    for window in ("month", "r12"):
        assert beside(year, "SOUND", window, *BAND, *WORST, "explanations", "edition", "coverage_pct") == (
            *sound(120), None, "primary", 100,
        )  # fmt: skip


def test_an_open_question_stands_beside_the_figure_with_what_it_may_be(year: Desk) -> None:
    """April is 12,000 x 25 / 1,000 = 300; the other eleven months are 120, and so the year is 135."""
    assert beside(year, "ASKED", "month", *BAND) == pytest.approx((300, 120, 300))
    assert beside(year, "ASKED", "r12", *BAND) == pytest.approx((135, 120, 135))
    #  all events, emergencies and bed days are each unlike the year; of equals the one that comes last by name
    for window in ("month", "r12"):
        assert beside(year, "ASKED", window, *WORST) == ("warning", "unusual_total", 3)
        (message,) = beside(year, "ASKED", window, "worst_finding_message")
        assert message.startswith("hospital_activity 2026-04: The total of hospital events is 1,900; usual is 760")
    #  March is not in question, nor is what does not rest on the feed
    assert beside(year, "ASKED", "month", *BAND, *WORST, period="2026-03") == sound(120)
    assert year.rows("select distinct worst_finding from mart.fct_metric_value where metric_code = 'IN01'") == [(None,)]
    said = Terminal(year.settings).says("explain", "PH01", "--site", "ASKED", "--period", APRIL)
    assert "120.0000 to 300.0000 if what is absent or in question were like the rest" in said
    assert "worst open finding: warning hospital_activity 2026-04: The total of" in said
    assert "3 question(s) about it wait for a reason" in said
    assert "primary: nothing behind it came after the primary close" in said


def explain_away(desk: Desk, site: str, rule: str, code: str, because: str) -> None:
    """The site answers everything that the rule asks of April's activity, and the centre accepts."""
    asked = desk.rows(
        "select submission_id, subject from mart.fct_finding where (site_code, rule) = (%s, %s) and is_question",
        site, rule,
    )  # fmt: skip
    for submission_id, subject in asked:
        with connect(desk.settings, "intake") as conn:
            reply_id = answers.reply(conn, submission_id, rule, subject, code, because, "Jo Manager")
        with connect(desk.settings, "owner") as conn:
            answers.decide(conn, reply_id, True, date(2026, 4, 1), "", "Ann Centre")
    desk.collect()
    desk.build_figures()


def test_an_accepted_reason_stands_beside_the_figure(year: Desk) -> None:
    because = "Short stays are admissions now."
    explain_away(year, "TOLD", "unusual_total", "recording_change", because)
    for window, value in (("month", 300), ("r12", 135)):
        assert beside(year, "TOLD", window, *BAND, *WORST) == sound(value)
    assert year.rows(
        """select subject, severity, is_open, is_question, course from mart.fct_finding
           where site_code = 'TOLD' order by 1"""
    ) == [(of, "information", False, False, "new") for of in ("bed_days", "emergency_events", "events_count")]
    for window in ("month", "r12"):
        (reasons,) = beside(year, "TOLD", window, "explanations")
        assert len(reasons) == 1
        assert reasons[0].startswith("hospital_activity 2026-04: ") and because in reasons[0]
    said = Terminal(year.settings).says("explain", "PH01", "--site", "TOLD", "--period", APRIL)
    assert f"explained: {reasons[0]}" in said
    assert "wait for a reason" not in said


def test_a_practice_that_is_missing_leaves_a_band(year: Desk) -> None:
    """Of 2,500 patients a stratum 500 are absent; rates of 10 and 20 a thousand are included, 30 is what the third
    practice had. April: 30 / 2,000 = 15. The year: 11 months of 45 / 2,500 and April, 525 / 29,500."""
    coverage, counted = 29_500 / 30_000, 525 / 29_500
    as_lowest = 12_000 * (coverage * counted + (1 - coverage) * 0.010)
    as_highest = 12_000 * (coverage * counted + (1 - coverage) * 0.030)
    #  In question as well, since the practice had rows in March: the other months, 18 a thousand, make 216
    question = ("warning", "practice_vanished", 1)
    assert beside(year, "GAP", "month", "coverage_pct", *BAND) == pytest.approx((80, 180, 168, 216))
    assert beside(year, "GAP", "r12", "coverage_pct", *BAND) == pytest.approx(
        (100 * coverage, 12_000 * counted, as_lowest, as_highest)
    )
    assert as_highest == pytest.approx(216)  # the third practice as it was: so are the other months
    assert beside(year, "GAP", "month", *WORST) == beside(year, "GAP", "r12", *WORST) == question
    #  One practice included: there is nothing to set the absent one beside
    assert beside(year, "ONLY", "month", "coverage_pct", *BAND) == (
        pytest.approx(100 * 1000 / 1200),
        pytest.approx(120),
        None,
        None,
    )
    said = Terminal(year.settings).says("explain", "PH01", "--site", "ONLY", "--period", APRIL)
    assert "how far it rests on what is absent or in question cannot be told" in said

    explain_away(year, "GAP", "practice_vanished", "system_change", "Its new system has no extract yet.")
    assert beside(year, "GAP", "month", *BAND) == pytest.approx((180, 168, 192))
    assert beside(year, "GAP", "month", *WORST) == (None, None, 0)


def test_a_figure_says_of_which_edition_it_is(desk: Desk) -> None:
    """The closes of March 2026 are moved to now, so that they pass while the test looks on."""
    edition = ("edition", "value")
    desk.register({"AAA": ["A10001"]}, start="2026-03-01")
    desk.owner.execute("insert into ref.period values ('2026-03-01', '2025/26', now() + '1 hour', now() + '2 hours')")
    desk.push("AAA", LIST, "2026-03", list_file(["A10001"]))
    desk.push("AAA", ACTIVITY, "2026-03", activity_file(["A10001"]))
    desk.collect()
    desk.build_figures()
    assert beside(desk, "AAA", "month", *edition, period="2026-03") == ("provisional", pytest.approx(2400))

    desk.owner.execute("update ref.period set primary_close_at = clock_timestamp() where period = '2026-03-01'")
    assert date(2026, 3, 1) in desk.build_figures()
    assert beside(desk, "AAA", "month", *edition, period="2026-03") == ("primary", pytest.approx(2400))

    #  What is refused changes nothing; a correction that is accepted does
    desk.push("AAA", ACTIVITY, "2026-03", "no table")
    desk.collect()
    desk.build_figures()
    assert beside(desk, "AAA", "month", *edition, period="2026-03") == ("primary", pytest.approx(2400))
    desk.push("AAA", ACTIVITY, "2026-03", activity_file(["A10001"], lambda *_: 3))
    desk.collect()
    desk.build_figures()
    assert beside(desk, "AAA", "month", *edition, period="2026-03") == ("refresh", pytest.approx(3600))
    editions = dict(desk.rows("select metric_code, edition from mart.fct_metric_value where period = '2026-03-01'"))
    assert (editions["PH01"], editions["IN03"]) == ("refresh", "primary")  # the one rests on activity, the other not
