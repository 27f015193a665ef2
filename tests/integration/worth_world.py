"""A programme of four sites of which everything is known: what the evaluation makes of it can be worked out.

Ten months of one region. AAA01 goes live in May, BBB01 in June; CCC01 and DDD01 have not. DDD01 has twice as many people
from 75 on. Spells a month, by site, sex and age band, are in ``spells``. AAA01 keeps a whole ledger, the others none but
for nil returns; BBB01 not even that from April on, so that its costs are not known there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
from desk import Desk, activity_file, file_of, inputs_file, list_file
from fresh import fresh_warehouse

from pch.registry import BANDS
from pch.registry.evaluation import Evaluation, evaluation
from pch.settings import Settings
from pch.warehouse.calendar import closes, months_between
from pch.warehouse.db import connect
from pch.warehouse.register import Line, import_sites

FIRST, LAST = date(2026, 1, 1), date(2026, 10, 1)
MONTHS = list(months_between(FIRST, LAST))
LIVE = {"AAA01": date(2026, 5, 12), "BBB01": date(2026, 6, 1), "CCC01": None, "DDD01": None}
PRACTICE = {site: f"{site[0]}10001" for site in LIVE}
SEXES = ("female", "male")
SPENT = 1000.0  # pounds of the month, by AAA01
HOURS = 10.0  # of a nurse, beside it
FREED = 60  # contacts redirected from a GP a month, by AAA01: 10 hours
NIL = "Nothing to report."


def small(**other: object) -> Evaluation:
    """An evaluation that concludes from as few sites and months as there are here."""
    few = {
        "settling_months": 1, "least_months_before": 2, "least_controls": 1, "least_sites": 1,
        "detectable_effect_pct": 100.0,
    }  # fmt: skip
    return evaluation().model_copy(update=few | other)


def people(site: str, band: str) -> int:
    return 200 if site == "DDD01" and band in ("75-79", "80-84", "85-89", "90+") else 100


def spells() -> dict[tuple[str, date], dict[tuple[str, str], int]]:
    """About 2 of every sex and band; half as many at AAA01 from June on."""
    random = np.random.default_rng(6)
    made = {}
    for site in LIVE:
        for month in MONTHS:
            mean = 1.0 if site == "AAA01" and month >= date(2026, 6, 1) else 2.0
            made[site, month] = {
                (sex, band): int(random.poisson(mean * people(site, band) / 100)) for sex in SEXES for band in BANDS
            }
    return made


def push(desk: Desk, site: str, month: date) -> None:
    """Every return of a month, in time."""
    at, practice, counts = closes(month).primary, PRACTICE[site], spells()[site, month]
    period = f"{month:%Y-%m}"
    desk.push(site, "registered_list", period, list_file([practice], lambda _, __, band: people(site, band)), at=at)
    content = activity_file([practice], lambda _, sex, band: counts[sex, band])
    desk.push(site, "hospital_activity", period, content, at=at)
    desk.push(
        site, "prescribing", period, file_of("prescribing", f"{practice},0501013K0AAAJAJ,100,2100,900,{800}"), at=at
    )
    if site == "AAA01":
        lines = (f",{month:%m}-1,{month},hub,staff,own,,,{SPENT},actual,", f",{month:%m}-2,{month},hub,staff,in_kind,nurse,{HOURS},,actual,")  # fmt: skip
        desk.push(site, "programme_inputs", period, inputs_file(*lines), at=at)
        contacts = f"{practice},social_prescribing,all,{month},0,,,{FREED},,,{FREED}"
        desk.push(site, "interventions", period, file_of("interventions", contacts), at=at)
    else:
        if site != "BBB01" or month < date(2026, 4, 1):
            desk.push(site, "programme_inputs", period, "", at=at, nil=NIL)
        desk.push(site, "interventions", period, "", at=at, nil=NIL)
    desk.push(site, "gp_appointments", period, "", at=at, nil=NIL)


def register(settings: Settings) -> None:
    lines = [
        Line(n, site, f"Site {site}", practice, FIRST, None, "North", FIRST, "1", went_live=LIVE[site])
        for n, (site, practice) in enumerate(PRACTICE.items())
    ]
    with connect(settings, "owner") as conn:
        import_sites(conn, lines, date.today())


@contextmanager
def world(server: Settings, folder: Path) -> Iterator[Desk]:
    """Built, and not yet evaluated."""
    with fresh_warehouse(server, folder) as settings, connect(settings, "owner", autocommit=True) as owner:
        register(settings)
        desk = Desk(settings, owner)
        for site in LIVE:
            for month in MONTHS:
                push(desk, site, month)
        desk.collect()
        desk.build()
        yield desk
