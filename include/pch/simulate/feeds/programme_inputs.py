"""The ledger of what a site puts into the programme in a month: money, staff time, and corrections.

grant schedule + registered list + chance -> ledger lines. Over a site's first 24 months the lines of the
start-up grant add up to 40,000 pounds exactly (before corrections).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from pch.simulate.feeds.month import Month, Table
from pch.simulate.months import Stream, days_in, ordinal, random

START_UP_GRANT_PENCE = 4_000_000  # GBP 40,000, once
GRANT_MONTHS = 24
PENCE_PER_PATIENT_YEAR = 100  # GBP 1

COLUMNS = (
    "practice_code", "line_id", "date", "workstream", "cost_category", "funding_source", "staff_role",
    "hours", "amount_gbp", "basis", "correction_of",
)  # fmt: skip
WORKSTREAMS = (
    "Care home round", "Frailty team", "Same-day access hub", "Social prescribing", "Programme office",
)  # fmt: skip
GRANT_SPLIT = (("staff", 0.55), ("it", 0.2), ("training", 0.15), ("equipment", 0.1))
#  Pounds an hour that sites book paid time at, and how often a role turns up.
ROLES = {
    "gp": (95, 0.24),
    "nurse": (38, 0.20),
    "pharmacist": (42, 0.12),
    "therapist": (35, 0.08),
    "social_prescriber": (24, 0.10),
    "manager": (40, 0.16),
    "administrator": (19, 0.10),
}


@dataclass(frozen=True)
class Bearer:
    """A site in a month: who its practices are and how many patients each has."""

    site_code: str
    number: int
    start_date: date
    practices: list[tuple[str, int]]


Line = tuple[str, ...]  # cells as they stand in the file, in the order of COLUMNS


def ledgers(month: Month) -> Table:
    """The files of a month; a few thousand lines, made one by one."""
    patients = month.patients.astype(int).tolist()
    codes = month.practice_codes(month.members).to_pylist()
    lines: list[Line] = []
    counts = []
    for i, site in enumerate(month.places.sites):
        practices = [(codes[m], patients[m]) for m in np.flatnonzero(month.site == i).tolist()]
        made = _ledger(Bearer(site.site_code, i, site.start_date, practices), month.period, month.seed)
        counts.append(len(made))
        lines += made
    columns = {name: pa.array([line[i] for line in lines], pa.string()) for i, name in enumerate(COLUMNS)}
    return columns, np.repeat(np.arange(len(counts)), counts)


def _ledger(site: Bearer, period: date, seed: int) -> list[Line]:
    rng = random(seed, Stream.INPUTS, site.number, ordinal(period))
    entries = _grant(site, period, seed, rng) + _per_patient(site) + _local_money(site, rng) + _in_kind(site, rng)
    lines = [_line(site, period, f"{number:03d}", entry, rng) for number, entry in enumerate(entries, start=1)]
    if rng.random() < 0.25:
        lines.append(_correction(site, period, entries, rng))
    return lines


@dataclass(frozen=True)
class _Entry:
    practice_code: str
    workstream: str
    category: str
    funding: str
    role: str = ""
    hours: float | None = None
    pence: int | None = None


def _grant(site: Bearer, period: date, seed: int, rng: np.random.Generator) -> list[_Entry]:
    month = ordinal(period) - ordinal(site.start_date)
    if not 0 <= month < GRANT_MONTHS:
        return []
    habit = random(seed, Stream.GRANT, site.number).uniform(0.5, 1.5, GRANT_MONTHS)
    pull = habit * 0.92 ** np.arange(GRANT_MONTHS)  # less every month
    spent = np.rint(START_UP_GRANT_PENCE * np.concatenate([[0], pull.cumsum() / pull.sum()])).astype(int)
    instalment = int(spent[month + 1] - spent[month])
    parts = [int(instalment * share) for _, share in GRANT_SPLIT[1:]]
    return [
        _Entry("", _any(rng, WORKSTREAMS), category, "start_up_grant", pence=pence)
        for (category, _), pence in zip(GRANT_SPLIT, [instalment - sum(parts), *parts], strict=True)
    ]


def _per_patient(site: Bearer) -> list[_Entry]:
    office = WORKSTREAMS[-1]
    return [
        _Entry(code, office, "staff", "per_patient_grant", pence=pence_for(patients))
        for code, patients in site.practices
    ]


def pence_for(patients: int) -> int:
    """What a practice gets for its patients in a month."""
    return round(patients * PENCE_PER_PATIENT_YEAR / 12)


def _local_money(site: Bearer, rng: np.random.Generator) -> list[_Entry]:
    """Commissioner and own money: paid staff time (with its hours) or things."""
    entries = []
    for funding in ["commissioner"] * int(rng.integers(2, 5)) + ["own"] * int(rng.integers(1, 4)):
        code = _any(rng, [c for c, _ in site.practices]) if funding == "own" and site.practices else ""
        if rng.random() < 0.6:
            role = _any(rng, list(ROLES), [share for _, share in ROLES.values()])
            hours = _quarters(rng.gamma(4, 6))
            pence = round(hours * ROLES[role][0] * 100 * rng.uniform(0.9, 1.15))
            entries.append(_Entry(code, _any(rng, WORKSTREAMS), "staff", funding, role, hours, pence))
        else:
            category = _any(rng, ("training", "it", "estates", "equipment", "other"))
            pence = round(100 * rng.gamma(2, 300)) + 1
            entries.append(_Entry(code, _any(rng, WORKSTREAMS), category, funding, pence=pence))
    return entries


def _in_kind(site: Bearer, rng: np.random.Generator) -> list[_Entry]:
    """Unpaid time: hours by role, no amount."""
    entries = []
    for code, patients in site.practices:
        shares = [share for _, share in ROLES.values()]
        for role in rng.choice(list(ROLES), int(rng.integers(1, 4)), replace=False, p=shares).tolist():
            hours = _quarters(rng.gamma(3, patients / 4_000))
            entries.append(_Entry(code, _any(rng, WORKSTREAMS), "staff", "in_kind", role, hours))
    return entries


def _line(site: Bearer, period: date, number: str, entry: _Entry, rng: np.random.Generator, corrects: str = "") -> Line:
    day = period.replace(day=int(rng.integers(1, days_in(period) + 1)))
    return (
        entry.practice_code,
        _line_id(site, period, number),
        day.isoformat(),
        entry.workstream,
        entry.category,
        entry.funding,
        entry.role,
        "" if entry.hours is None else f"{entry.hours:g}",
        "" if entry.pence is None else f"{entry.pence / 100:.2f}",
        "estimate" if rng.random() < 0.15 else "actual",
        corrects,
    )


def _correction(site: Bearer, period: date, entries: list[_Entry], rng: np.random.Generator) -> Line:
    """A money line of this month was booked too high: part of it is taken back, as an amount alone."""
    number = int(rng.choice([i for i, e in enumerate(entries, start=1) if e.pence]))
    wrong = entries[number - 1]
    back = _Entry(
        wrong.practice_code, wrong.workstream, wrong.category, wrong.funding,
        pence=-max(1, int((wrong.pence or 0) * rng.uniform(0.1, 0.9))),
    )  # fmt: skip
    return _line(site, period, "C01", back, rng, corrects=_line_id(site, period, f"{number:03d}"))


def _line_id(site: Bearer, period: date, number: str) -> str:
    return f"{site.site_code}-{period:%Y%m}-{number}"


def _quarters(hours: float) -> float:
    return max(1, round(hours * 4)) / 4


def _any(rng: np.random.Generator, of: Sequence[str], weights: Sequence[float] | None = None) -> str:
    return of[int(rng.choice(len(of), p=weights))]
