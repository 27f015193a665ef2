"""Two months in which each site sends one thing that is odd but readable; what the marts say of a site.

odd(number) -> the files of a site -> run_figures: all pushed, one collect, one build

Every site sends list, activity and inputs; of the other feeds a site sends only what is odd.
"""

from typing import Any

from desk import Desk, activity_file, file_of, inputs_file, list_file
from input_cases import ACTIVITY, INPUTS, LIST, good, practices, workbook

from pch.intake.receive import Receipt

BEFORE, NOW = "2026-02", "2026-03"
APPOINTMENTS, PRESCRIBING, WORKFORCE = "gp_appointments", "prescribing", "workforce"
CODES = [
    "007", "7", "1e3", "01E00", "1.0", "1.", "+5", "0x1F", "TRUE", "1-2", "12345678901234567890", "00", "3/4", "=1+1",
]  # fmt: skip
BNF_CODES = ["00000000007", "0501013E005", "21010900738", "1900000E0000000"]
TOTALS = "{p},ALL,ALL,380\n{p},female,ALL,190\n{p},ALL,0-4,20\n"
ODD_EVENTS = "{p},female,0-4,{pod},other,none,2,{days},2,0\n"

Files = dict[str, str | bytes]


def nurses(one: str, two: str, fte: object) -> str:
    return file_of(WORKFORCE, *(f"{p},nurse,practice_nurse,practice,{fte},{fte},,,,,,," for p in (one, two)))


def site(number: int) -> str:
    return f"S{number:03}"


def odd(number: int) -> Files:
    """What the site sends for the month, by feed, where it is not the good file."""
    one, two = practices(number)
    lists, activity = good(LIST, one, two), good(ACTIVITY, one, two)
    return {
        0: {},
        1: {INPUTS: inputs_file(*(f",{code},2026-03-04,x,it,own,,,1,actual," for code in CODES)),
            PRESCRIBING: file_of(PRESCRIBING, *(f"{p},{code},1,28,2.50,2.32" for p in (one, two) for code in BNF_CODES))},
        2: {LIST: lists.replace(",10\n", ",*\n", 1)},
        3: {ACTIVITY: activity.replace(",none,2,", ",none,*,", 1)},
        4: {INPUTS: inputs_file(",1,2026-03-04,x,staff,own,gp,*,,actual,", ",2,2026-03-04,x,it,own,,,50,actual,")},
        5: {INPUTS: inputs_file(",1,2026-03-04,x,staff,own,gp,10,*,actual,", ",2,2026-03-04,x,it,own,,,50,actual,")},
        6: {ACTIVITY: activity + "".join(ODD_EVENTS.format(p=one, pod=pod, days=days) for pod, days in
                                         (("el", ""), ("dc", "-"), ("opf", "NULL"), ("ae1", " * "), ("ae3", "N/A")))},
        7: {LIST: lists + TOTALS.format(p=one)},
        8: {LIST: lists + TOTALS.format(p=one).replace("380", "381"),
            WORKFORCE: nurses(one, two, 3) + f"{one},all,all,practice,3,4,,,,,,,\n"},
        9: {ACTIVITY: activity + f"{one},ALL,ALL,em,all,all,76,152,76,0\n",
            APPOINTMENTS: file_of(
                APPOINTMENTS, *(f"{p},2026-03-02,{who},telephone,attended,same_day,acute,{n},0,0,{10 * n}"
                                for p, who, n in ((one, "gp", 30), (one, "nurse", 20), (one, "all", 50), (two, "gp", 7))))},
        10: {INPUTS: inputs_file(",1,2026-03-04,x,it,own,,,1000,actual,", ",2,2026-03-05,x,it,own,,,(240.50),actual,1"),
             PRESCRIBING: file_of(PRESCRIBING, f"{one},0501013B0AAAAAA,30,600,40.00,36.10",
                                  f"{one},0501013K0AAAJAJ,-3,-84,-9.25,-8.59", f"{two},0501013B0AAAAAA,1,21,1.40,1.26")},
        11: {LIST: f"practice_code,sex,age_band,registered_count\n{one},female,30-34,1\n"},
        12: {LIST: list_file([one], lambda p, s, b: 89_786 - 37 * 2_363 if (s, b) == ("male", "90+") else 2_363),
             ACTIVITY: activity_file([one], lambda p, s, b: 19)},
        13: {ACTIVITY: activity_file([one, two], lambda p, s, b: 25)},
        14: {LIST: list_file([one, two], lambda p, s, b: 100), WORKFORCE: nurses(one, two, "*")},
        15: {ACTIVITY: activity_file([one, two], lambda p, s, b: 20), WORKFORCE: nurses(one, two, 120)},
        16: {LIST: good(LIST, one, two), ACTIVITY: good(ACTIVITY, one, two), INPUTS: good(INPUTS, one, two)},
        17: {LIST: list_file([one, two], lambda p, s, b: 0)},
        18: {LIST: lists.replace(",10\n", ",*\n")},
        19: {INPUTS: inputs_file(",1,2026-03-04,x,staff,own,gp,-10,,actual,")},
        20: {LIST: lists.replace(f"{one},female,90+,10\n", f"{one},female,90-94,7\n{one},female,95+,3\n")},
        21: {INPUTS: workbook(inputs_file(",7,2026-03-04,x,it,own,,,12,actual,", ",007,2026-03-04,x,it,own,,,13,actual,"))},
        22: {ACTIVITY: activity.replace(",none,2,4,2,0", ",none,2,4,2,3", 1)},
    }[number]  # fmt: skip


SITES = range(23)
ALONE = (11, 12)  # of one practice
LAST_MONTH_TOO = (14, 15, 16)


def run_figures(desk: Desk) -> dict[tuple[int, str], Receipt]:
    """The receipts of this month, by site and feed."""
    members = {n: practices(n)[: 1 if n in ALONE else 2] for n in SITES}
    desk.register({site(n): list(members[n]) for n in SITES})
    receipts = {}
    for n in SITES:
        usual: Files = {feed: good(feed, *practices(n)) for feed in (LIST, ACTIVITY, INPUTS)}
        if n in ALONE:
            usual[ACTIVITY] = activity_file(list(members[n]))
        for feed, content in (usual | odd(n)).items():
            receipts[n, feed] = desk.push(site(n), feed, NOW, content)
        if n in LAST_MONTH_TOO:
            for feed, content in (usual | {WORKFORCE: nurses(*practices(n), 12)}).items():
                desk.push(site(n), feed, BEFORE, content)
    desk.collect()
    desk.build_figures()
    return receipts


Built = tuple[Desk, dict[tuple[int, str], Receipt]]


def metric(desk: Desk, number: int, code: str) -> dict[str, Any]:
    names = ("state", "state_reason", "numerator", "denominator", "value")
    (row,) = desk.rows(
        f"""select {", ".join(names)} from mart.fct_metric_value where site_code = %s and metric_code = %s
            and period = '2026-03-01' and period_window = 'month'""",
        site(number), code,
    )  # fmt: skip
    return dict(zip(names, row, strict=True))


def measured(desk: Desk, number: int, measure: str) -> float:
    """Of all practices of the site, in March."""
    return float(
        desk.value(
            """select sum(quantity) from int.int_measure__cells
               where (site_code, measure_code) = (%s, %s) and period = '2026-03-01'""",
            site(number), measure,
        )
    )  # fmt: skip


def real(desk: Desk, nominal: float) -> float:
    """Pounds of March 2026 in pounds of the deflator's base year; the last published year stands for later ones."""
    index = desk.value(
        "select deflator_index from ref.deflator where financial_year <= '2025/26' order by financial_year desc limit 1"
    )
    return nominal * 100 / float(index)
