"""The grants of a simulated programme, beside what its ledgers spend of them.

start-up grant + months (how many patients each practice has) -> one row a grant, as ``pch grants import`` reads it
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from pch.simulate.feeds import Month
from pch.simulate.feeds.programme_inputs import GRANT_MONTHS, START_UP_GRANT_PENCE, pence_for
from pch.simulate.months import first_day, shift
from pch.simulate.places import Places

OVERSPENDS_EVERY, OVERSPENDS_FROM = 20, 1
"""Every twentieth site, the second first, was given a tenth less for its patients than it spends."""


@dataclass(frozen=True)
class Grant:
    """Before corrections, the ledgers of the site spend it to the penny, if they reach over all its months."""

    site_code: str
    funding_source: str
    awarded_on: date
    amount_gbp: str
    from_period: date
    to_period: date
    because: str

    @property
    def cells(self) -> tuple[str, ...]:
        months = (f"{self.from_period:%Y-%m}", f"{self.to_period:%Y-%m}")
        return (
            self.site_code, self.funding_source, self.awarded_on.isoformat(), self.amount_gbp, *months, self.because,
        )  # fmt: skip


def grants(places: Places, periods: list[date], months: Iterable[Month]) -> Iterator[Grant]:
    """Two a site: 40,000 pounds to start with, over 24 months, and a pound a patient and year for ``periods``."""
    for_patients: Counter[int] = Counter()
    for month in months:
        for site, patients in zip(month.site.tolist(), month.patients.astype(int).tolist(), strict=True):
            for_patients[site] += pence_for(patients)
    for i, site in enumerate(places.sites):
        began = first_day(site.start_date)
        yield Grant(
            site.site_code, "start_up_grant", site.start_date, _pounds(START_UP_GRANT_PENCE), began,
            shift(began, GRANT_MONTHS - 1), "To start the programme of the site.",
        )  # fmt: skip
        spent = for_patients[i]
        given = round(spent * 0.9) if i % OVERSPENDS_EVERY == OVERSPENDS_FROM else spent
        yield Grant(
            site.site_code, "per_patient_grant", periods[0], _pounds(given), periods[0], periods[-1],
            "A pound for each registered patient and year.",
        )  # fmt: skip


def _pounds(pence: int) -> str:
    return f"{pence / 100:.2f}"
