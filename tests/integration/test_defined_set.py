"""Every metric of the defined set on a real warehouse: the measures it names are made, and the figures are right.

1. Two simulated sites push ten files each: whatever a metric names is measured.
2. Two sites push a few rows by hand; the figures of the month are reckoned here, from the rows.
"""

from collections.abc import Iterator
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
from desk import Desk, file_of, list_file
from input_cases import fresh_desk

from pch.registry import BANDS, feeds, metrics
from pch.settings import Settings
from pch.simulate import Programme
from pch.warehouse.calendar import parse_period

PERIOD = "2024-03"  # ten feeds are due; of 2023/24, so that money of the month is not that of the base year
REAL = 100 / 96.085  # pounds of 2024/25 for one of 2023/24
ONE, TWO = "A10001", "B10001"
PATIENTS = 38 * 1000
Z, T11 = 1.959963984540054, 2.200985160082949  # normal; Student, 11 degrees of freedom


def test_whatever_a_metric_names_is_measured(desk: Desk) -> None:
    """A misspelt code would be a figure of nothing."""
    programme = Programme.create(sites=2, end=parse_period(PERIOD), months=1, formulary=0.05)
    files = list(programme.files(parse_period(PERIOD)))
    lists = {f.site_code: f.content.decode().splitlines()[1:] for f in files if f.feed == "registered_list"}
    desk.register({site: sorted({row.split(",")[0] for row in rows}) for site, rows in lists.items()}, "2023-01-01")
    for file in files:
        desk.push(file.site_code, file.feed, PERIOD, file.content, name=file.file_name)
    assert {file.feed for file in files} == set(feeds())
    desk.collect()
    desk.build()
    made = {code for (code,) in desk.rows("select distinct measure_code from int.int_measure__cells")}
    named = {
        code: {m.numerator, m.denominator, m.squares, m.nominal, m.volume} - {None} for code, m in metrics().items()
    }
    assert {code: measures - made for code, measures in named.items() if measures - made} == {}
    empty = """select distinct metric_code from mart.fct_metric_value
               where period_window = 'month' and period = %s and value is null"""
    #  Not in every month was a community nurse's post advertised 90 days ago.
    assert {code for (code,) in desk.rows(empty, parse_period(PERIOD))} <= {"WF06"}


def spells(practice: str, moderate: int, severe: int) -> list[str]:
    """Two emergency spells of two days each in every cell, and those of frail men of 80, of two days each."""
    cells = [f"{practice},{sex},{band},em,other,none,2,4,,," for sex in ("female", "male") for band in BANDS]
    frail = [("moderate", moderate), ("severe", severe)]
    return cells + [f"{practice},male,80-84,em,falls,{frailty},{n},{2 * n},,," for frailty, n in frail]


FILES = {
    "registered_list": list_file([ONE], lambda *_: 1000),
    "hospital_activity": file_of(
        "hospital_activity",
        *spells(ONE, 6, 4),
        f"{ONE},female,20-24,el,other,none,100,,100,10,",
        f"{ONE},male,80-84,el,other,none,50,,50,10,",
    ),
    "gp_appointments": file_of(
        "gp_appointments",
        f"{ONE},2024-03-04,gp,face_to_face,attended,8_to_14_days,routine,10,100,1040,95",
        f"{ONE},2024-03-04,gp,telephone,dna,22_to_28_days,routine,2,50,1258,",
        f"{ONE},2024-03-04,nurse,telephone,unknown,unknown,planned_clinic,20,,,",
        f"{ONE},2024-03-04,other,face_to_face,attended,same_day,acute,8,,,70",
    ),
    "clinical_indicators": file_of(
        "clinical_indicators",
        f"{ONE},HYP008,all,60,80,5",
        f"{ONE},FRAIL_REGISTER,frail_moderate,100,9000,",
        f"{ONE},FRAIL_REGISTER,frail_severe,20,9000,",
    ),
    "prescribing": file_of(
        "prescribing",
        f"{ONE},0501013B0AAAAAA,30,600,40.00,36.10",
        f"{ONE},0501013K0AAAJAJ,5,70,20.00,18.00",
        f"{ONE},0501030P0AAAAAA,2,56,10.00,9.25",
        f"{ONE},0601023A0AAAAAA,20,560,110.00,100.00",
    ),
    "workforce": file_of(
        "workforce",
        f"{ONE},gp,gp_partner,practice,3.8,5,0.2,0,0.1,,,4,100",
        f"{ONE},gp,gp_trainee,practice,1,1,,,,,,,",
        ",community,community_nurse,trust,7.6,9,,0,,4,3,,",
    ),
    "staff_survey": file_of(
        "staff_survey",
        ",2024-Q1,gp,RECOMMEND_WORK,5,20",
        ",2024-Q1,gp,RECOMMEND_WORK,4,10",
        ",2024-Q1,nurse,RECOMMEND_WORK,3,10",
        ",2024-Q1,gp,JOB_SATISFACTION,5,4",
        ",2024-Q1,gp,JOB_SATISFACTION,7,2",
    ),
    "patient_experience": file_of(
        "patient_experience",
        f"{ONE},gpps,OVERALL,very_good,50,40,,",
        f"{ONE},gpps,OVERALL,fairly_good,30,30,,",
        f"{ONE},gpps,OVERALL,very_poor,20,30,,",
        f"{ONE},fft,RECOMMEND,very_good,9,,,",
        f"{ONE},fft,RECOMMEND,neither,1,,,",
        f"{ONE},pam,ACTIVATION,scored,4,,240,14500",
    ),
    "programme_inputs": file_of(
        "programme_inputs",
        ",1,2024-03-04,Frailty,it,own,,,100,actual,",
        ",2,2024-03-05,Frailty,staff,in_kind,,3,60,actual,",
    ),
    "interventions": file_of("interventions", ",frailty_team,frail,2023-04-01,55,12,9,120,14,11,30"),
}
#  The other site sends what indirect standardisation compares with, and no more.
OTHER = {
    "registered_list": list_file([TWO], lambda *_: 1000),
    "hospital_activity": file_of(
        "hospital_activity",
        *spells(TWO, 10, 20),
        f"{TWO},female,20-24,el,other,none,100,,100,5,",
        f"{TWO},male,80-84,el,other,none,150,,150,45,",
    ),
    "clinical_indicators": file_of(
        "clinical_indicators",
        f"{TWO},FRAIL_REGISTER,frail_moderate,300,9000,",
        f"{TWO},FRAIL_REGISTER,frail_severe,80,9000,",
    ),
}

EMERGENCY = 86 * 2595.43  # 2 in each of 38 cells and 10 of frail people
PLANNED = 150 * 6214.17
#  Prices of 2024/25 in money of 2023/24.
GENERAL_PRACTICE = (10 * 42 + 20 * 14 + 8 * 17) / REAL
PRESCRIBED, CONTACTS, PAID_IN = 163.35, 120 * 86.32, 160
TOTAL = EMERGENCY + PLANNED + GENERAL_PRACTICE + PRESCRIBED + CONTACTS + PAID_IN
UNITS = 1000 * (  # ASTRO-PU of a thousand people in each cell
    1 + 2 * (0.8717 + 1.2259 + 1.2543 + 1.8167 + 3.0897 + 5.2828 + 8.7419) + 4 * 11.3431
    + 0.8748 + 2 * (0.7368 + 1.4490 + 1.8419 + 2.5723 + 3.7249 + 5.4424 + 7.6408) + 4 * 9.8894
)  # fmt: skip

GOLDEN = {
    #  2 in 1,000 everywhere; 10 more of men of 80 to 84, who are 2,500 of 200,000 in the standard.
    "PH01": 12000 * (2 / 1000 + 10 / 1000 * 2500 / 200_000),
    #  Expected at the rates of both sites, 16 of 400 and 24 of 100: 4 + 4.8. All together 40 of 500.
    "PH05": 12000 * 40 / 500 * 10 / 8.8,
    #  15 of 200 and 55 of 200: 7.5 + 13.75; all together 70 of 400.
    "PH06": 100 * 70 / 400 * 20 / 21.25,
    #  From 65 on, where the standard has 39,000: 4 days in 1,000, and 20 days more.
    "PH07": 12000 * (4 / 1000 + 20 / 1000 * 2500 / 39_000),
    "PH08": 1_200_000 * 10 / 1000 * 2500 / 39_000,
    "PH09": 75,
    "AC01": 1000 * 38 / PATIENTS,
    "AC02": 90,
    "AC03": 150 / 12,
    "AC04": 10,
    "AC05": 30 * 10 / 60 / PATIENTS * 1000,
    "PX01": 70,
    "PX03": 90,
    "PX05": 60,
    "WF01": 1,
    "WF03": 2,
    "WF04": 5,
    "WF05": 1200 * 0.1 / 3.8,
    "WF06": 75,
    "WF07": 4,
    "WF08": 75,
    "WF09": 34 / 6,
    "CO01": REAL * TOTAL / PATIENTS,
    "CO02": REAL * EMERGENCY / PATIENTS,
    "CO03": REAL * PRESCRIBED / UNITS,
    "CO04": REAL * 9.25 / PATIENTS * 1000,
    "CO05": 100 * 5 / 37,
    "IN01": REAL * PAID_IN / PATIENTS,
    "IN02": 1000 * 3 / PATIENTS,
    "IN03": 100 * 60 / 160,
    "DQ03": 100,
}
NOMINAL = {
    "CO01": TOTAL / PATIENTS, "CO02": EMERGENCY / PATIENTS, "CO03": PRESCRIBED / UNITS,
    "CO04": 9.25 / PATIENTS * 1000, "IN01": PAID_IN / PATIENTS,
}  # fmt: skip


@pytest.fixture(scope="module")
def month(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with fresh_desk(server, Path(tmp_path_factory.mktemp("defined_set"))) as desk:
        desk.register({"AAA": [ONE], "BBB": [TWO]}, "2023-01-01")
        receipts = [desk.push("AAA", feed, PERIOD, content) for feed, content in FILES.items()]
        receipts += [desk.push("BBB", feed, PERIOD, content) for feed, content in OTHER.items()]
        desk.collect()
        assert "rejected" not in [desk.verdict(receipt) for receipt in receipts]
        desk.build()
        yield desk


def figures(desk: Desk, column: str, site: str = "AAA") -> dict[str, Any]:
    """A column of the month's cells, by metric."""
    query = f"""select metric_code, {column} from mart.fct_metric_value
                where site_code = %s and period = %s and period_window = 'month'"""
    return dict(desk.rows(query, site, parse_period(PERIOD)))


def test_figures_of_every_method(month: Desk) -> None:
    assert {metrics()[code].method for code in GOLDEN} == {m.method for m in metrics().values()}
    values = figures(month, "value")
    assert {code: values[code] for code in GOLDEN} == pytest.approx(GOLDEN, rel=1e-9)


def test_money_of_the_time_stands_beside_the_real(month: Desk) -> None:
    assert {code for code, m in metrics().items() if m.nominal} == set(NOMINAL)
    nominal = figures(month, "nominal_value")
    assert {code: nominal[code] for code in NOMINAL} == pytest.approx(NOMINAL, rel=1e-9)
    assert {code for code, value in nominal.items() if value is not None} == set(NOMINAL)


def test_squares_make_the_intervals(month: Desk) -> None:
    """Bed days by Dobson with the squares of the stays, a mean by Student, weighted answers by Wilson on Kish's number."""
    lower, upper = figures(month, "lower_95"), figures(month, "upper_95")
    days, squares = 12 * 4 + 20, [(8, w) for w in (5500, 5000, 4000, 2500, 1500, 1000) * 2] + [(24 + 16, 2500)]
    error = sqrt(sum(q * (w / 1000 / 39_000) ** 2 for q, w in squares) / days)
    least = days * (1 - 1 / (9 * days) - Z / (3 * sqrt(days))) ** 3
    most = (days + 1) * (1 - 1 / (9 * (days + 1)) + Z / (3 * sqrt(days + 1))) ** 3
    assert lower["PH07"] == pytest.approx(GOLDEN["PH07"] + 12000 * error * (least - days), rel=1e-9)
    assert upper["PH07"] == pytest.approx(GOLDEN["PH07"] + 12000 * error * (most - days), rel=1e-9)

    half = T11 * sqrt((1040 + 1258 - 150**2 / 12) / 11) / sqrt(12)
    assert (lower["AC03"], upper["AC03"]) == pytest.approx((12.5 - half, 12.5 + half), rel=1e-9)

    n = 100**2 / (40**2 / 50 + 30**2 / 30 + 30**2 / 20)
    centre, half = n * 0.7 + Z**2 / 2, Z * sqrt(n * 0.7 * 0.3 + Z**2 / 4)
    wilson = [100 * (centre + side * half) / (n + Z**2) for side in (-1, 1)]
    assert [lower["PX01"], upper["PX01"]] == pytest.approx(wilson, rel=1e-9)


def test_a_missing_part_makes_no_total(month: Desk) -> None:
    """The other site sent no prescribing: its hospital cost stands, its total cost does not."""
    assert figures(month, "state", "BBB")["CO01"] == "missing"
    assert figures(month, "value", "BBB")["CO01"] is None
    assert figures(month, "value", "BBB")["CO02"] == pytest.approx(REAL * 106 * 2595.43 / PATIENTS)
