"""Two sites and the money they cost, reckoned from their files and the reference tables without the warehouse.

AAA sends January to September of two years; in the second its patients are older, are admitted more often, and an item
costs more. BBB sends seven months, of which one lacks its appointments, one a practice in its hospitals, one withholds
money, and one is of few planned attendances.
"""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from desk import Desk, file_of, list_file
from input_cases import fresh_desk

from pch.pipeline.build import build
from pch.registry import BANDS, REFERENCE
from pch.settings import Settings
from pch.warehouse.calendar import months_between
from pch.warehouse.db import connect
from pch.warehouse.programme.budgets import Budget, set_budgets
from pch.warehouse.register import Line, import_sites

FIRST, SECOND, BEGUN, LAST = date(2025, 1, 1), date(2026, 1, 1), date(2026, 3, 1), date(2026, 9, 1)
MAY, JUNE, JULY, AUGUST = (date(2026, month, 1) for month in (5, 6, 7, 8))
INFLATION = 1.04
"""From 2024/25, the base year, to 2025/26, which is the last that the world knows of."""
MODELS = tuple(f"+{model}" for model in ("cost", "cost_change", "budget", "fct_metric_value", "dim_metric"))
PRACTICES = {"AAA": ["A10001", "A10002"], "BBB": ["B10001", "B10002"]}
SEXES = ("female", "male")
OLD = BANDS.index("75-79")


def patients(site: str, practice: str, month: date, band: str) -> int:
    """Of each sex. AAA's oldest become more in its second year; B10002 is a quarter of B10001."""
    if site == "BBB":
        return 40 if practice == "B10001" else 10
    return 30 if month >= SECOND and BANDS.index(band) >= OLD else 20


def emergencies(site: str, month: date) -> int:
    """Of each practice, all of them severely frail women of 80 to 84."""
    if site == "BBB":
        return 12
    return (40 if month >= SECOND else 30) + (3 if month.month % 2 else -3)


def outpatients(site: str, month: date) -> int:
    """Of each practice, men of 30; one of them is moderately frail."""
    return 2 if (site, month) == ("BBB", MAY) else 9


def _files(site: str, month: date) -> Iterator[tuple[str, str]]:
    both = PRACTICES[site]
    later = month >= SECOND
    yield "registered_list", list_file(both, lambda p, s, b: patients(site, p, month, b))
    hospital = [p for p in both if (p, month) != ("B10002", JULY)]
    lines = [
        line
        for p in hospital
        for line in (
            f"{p},female,80-84,em,other,severe,{emergencies(site, month)},0,0,0,",
            f"{p},male,5-9,ae1,other,none,50,,,,",
            f"{p},male,30-34,opf,other,none,{outpatients(site, month) - 1},,,,",
            f"{p},male,30-34,opf,other,moderate,1,,,,",
        )
    ]
    yield "hospital_activity", file_of("hospital_activity", *lines)
    if (site, month) != ("BBB", AUGUST):
        week = f"{month:%Y-%m-0}{1 + -month.weekday() % 7}"
        appointments = [f"{p},{week},gp,face_to_face,attended,same_day,acute,100,,," for p in both]
        yield "gp_appointments", file_of("gp_appointments", *appointments)
    items = 600 if later else 500
    cost = "*" if (site, month) == ("BBB", JUNE) else f"{10 * items if later else 9 * items}"
    yield (
        "prescribing",
        file_of("prescribing", *(f"{p},0212000B0AAAAAA,{items},{items},{12 * items},{cost}" for p in both)),
    )
    yield "programme_inputs", file_of("programme_inputs", f",L1,{month},Frailty,staff,commissioner,,,2000,actual,")
    yield "interventions", file_of("interventions", f"{both[0]},frailty_team,frail,,60,5,3,25,2,1,0")
    if month < JULY:
        return
    frail = [f"{both[0]},FRAIL_REGISTER,frail_severe,20,300,", f"{both[1]},FRAIL_REGISTER,frail_moderate,40,300,"]
    yield "clinical_indicators", file_of("clinical_indicators", *frail)


WHY = "Agreed with the commissioner in March."
BUDGETS = [
    Budget(None, date(2026, 4, 1), 100, 50, 30, 1, 5, 3, WHY),
    Budget("AAA", JULY, 250, 40, 20, 2, 10, 10, WHY),
]


@contextmanager
def costs_world(server: Settings, folder: Path) -> Iterator[Desk]:
    with fresh_desk(server, folder) as desk:
        since = {"AAA": FIRST, "BBB": BEGUN}
        lines = [Line(0, s, s, p, since[s], None, "North", since[s], None) for s, ps in PRACTICES.items() for p in ps]
        with connect(desk.settings, "owner") as conn:
            import_sites(conn, lines, date.today())
            conn.execute(
                "insert into ref.deflator (financial_year, deflator_index) values ('2025/26', %s)", (100 * INFLATION,)
            )
        for site, first in since.items():
            for month in months_between(first, LAST):
                if site == "AAA" and month.month > LAST.month:
                    continue
                for feed, content in _files(site, month):
                    desk.push(site, feed, f"{month:%Y-%m}", content)
        desk.collect()
        with connect(desk.settings, "owner") as conn:
            set_budgets(conn, BUDGETS, "Ann")
        build(desk.settings, models=MODELS)
        yield desk


def table(name: str) -> list[dict[str, str]]:
    """A reference table as it stands in the registry."""
    with (REFERENCE / name).open() as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def price(measure: str) -> float:
    """Pounds of the base year that one event costs."""
    index = {row["financial_year"]: float(row["deflator_index"]) for row in table("deflators.csv")}
    (row,) = (row for row in table("unit_costs.csv") if row["measure_code"] == measure)
    set_in = int(row["valid_from"][:4])
    return 100 * float(row["gbp"]) / index[f"{set_in}/{(set_in + 1) % 100}"]


def inflated(month: date) -> float:
    """What a pound of the base year is in the month."""
    return INFLATION if month >= date(2025, 4, 1) else 1


def need(site: str, practices: list[str], month: date) -> float:
    """Patients of the month, weighted so that in the standard population there are as many as without weights."""
    weight = {(row["sex"], row["age_band"]): float(row["weight"]) for row in table("astro_pu.csv")}
    standard = {row["age_band"]: float(row["standard_population"]) for row in table("esp2013.csv")}
    mean = sum(weight[sex, band] * n / 2 for band, n in standard.items() for sex in SEXES) / sum(standard.values())
    return sum(weight[s, b] * patients(site, p, month, b) for p in practices for s in SEXES for b in BANDS) / mean


def costs(site: str, practices: list[str], month: date) -> dict[str, float]:
    """Pounds of the base year by service. Of a site, what is reported without a practice is in both."""
    n, items = len(practices), 600 if month >= SECOND else 500
    paid = items * (10 if month >= SECOND else 9) / inflated(month)
    return {
        "emergency_hospital": n
        * (emergencies(site, month) * price("emergency_spells") + 50 * price("ae_attendances_type_1_2")),
        "planned_hospital": n * outpatients(site, month) * price("first_outpatient_attendances"),
        "general_practice": n * 100 * price("gp_appointments"),
        "community": 25 * price("intervention_contacts"),
        "prescribing": n * paid,
        "programme_inputs": 2000 / inflated(month),
    }
