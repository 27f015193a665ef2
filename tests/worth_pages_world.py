"""A small world for the cost and value pages, as the warehouse would give it; names and sentences break out of HTML.

programme   36 months, an estimate that stands, all charts; it pays for itself, and nearly surely
AAA01       a twin's estimate that concludes nothing of money; a budget overspent as chance makes it; claims
AAA02       nothing but costs, and those of no month in full
"""

from datetime import UTC, date, datetime
from math import cos, pi, sin
from typing import Any

import numpy as np
from pages_world import HOSTILE

from pch.reports.pages.worth_facts import (
    PROGRAMME,
    Acceptability,
    Area,
    Budget,
    Claim,
    Completeness,
    Cost,
    CoursePoint,
    Diagnostic,
    Draw,
    Effect,
    Evaluated,
    Event,
    Facts,
    Grant,
    Input,
    Worth,
)
from pch.reports.pages.worth_words import SERVICES, SOURCES
from pch.warehouse.calendar import months_between

FIRST, LAST = date(2023, 4, 1), date(2026, 3, 1)
MONTHS = list(months_between(FIRST, LAST))
GAP, EFFECT = date(2024, 6, 1), date(2024, 6, 1)
SITES = {"AAA01": HOSTILE, "AAA02": "Second"}
AT = datetime(2026, 4, 20, 11, 30, tzinfo=UTC)
FIRST_SITE: Area = ("site", "AAA01")
PRICES = dict(zip(SERVICES, (21.4, 17.2, 14.1, 6.3, 15.8, 1.4), strict=True))
SHARES = dict(zip(SOURCES, (9000.0, 14000.0, 6000.0, 2500.0, 1800.0), strict=True))
WHY_NOT = f"What was put in is known for 40% of the site-months only; 75% are needed. {HOSTILE}"


def costs(area: Area, *, known: bool = True) -> list[Cost]:
    found = []
    for n, period in enumerate(MONTHS):
        is_known = known and period != GAP
        reason = None if is_known else "No file of prescribing came."
        each = {s: round(p * (1 + 0.04 * cos(pi * n / 6)) - 0.02 * n, 4) for s, p in PRICES.items()}
        each["total"] = sum(each.values())
        found += [
            Cost(*area, period, s, v if is_known else None, "received" if is_known else "missing", reason)
            for s, v in each.items()
        ]
    return found


def inputs(area: Area, share: float) -> list[Input]:
    return [
        Input(*area, p, source, share * v * (1 + 0.3 * sin(n)) if source != "start_up_grant" or n < 24 else 0.0)
        for n, p in enumerate(MONTHS)
        for source, v in SHARES.items()
    ] + ([Input(*area, GAP, "own", -900.0)] if area == FIRST_SITE else [])


def effect(area: Area, method: str, value: float | None, half: float, verdict: str, **others: Any) -> Effect:
    known: dict[str, Any] = {
        "outcome": "emergency_admissions", "first_period": EFFECT, "last_period": LAST, "sites_count": 1,
        "site_months_count": 18, "covered_pct": 96.4, "detectable_effect_pct": 1.4 * half, "reason": None,
    }  # fmt: skip
    limits: dict[str, Any] = dict.fromkeys(
        ("effect_pct", "effect_lower_95", "effect_upper_95", "avoided", "avoided_lower_95", "avoided_upper_95")
    )
    if value is not None:
        size = 31_000 if area == PROGRAMME else 900
        limits = {"effect_pct": value, "effect_lower_95": value - half, "effect_upper_95": value + half,
                  "avoided": -value * size / 100, "avoided_lower_95": -(value + half) * size / 100,
                  "avoided_upper_95": -(value - half) * size / 100}  # fmt: skip
    return Effect(*area, method=method, verdict=verdict, **{**known, **limits, **others})


def course(area: Area, method: str, size: float) -> list[CoursePoint]:
    found = []
    for n, p in enumerate(MONTHS):
        expected = size * (1 + 0.06 * cos(pi * n / 6))
        observed = expected * (0.96 if n >= 14 else 1.0) * (1 + 0.012 * sin(5 * n))
        found.append(
            CoursePoint(
                *area, "emergency_admissions", method, p, observed, expected, 0.975 * expected, 1.025 * expected
            )
        )
    return found


def events() -> list[Event]:
    return [
        Event(*PROGRAMME, "emergency_admissions", n, 120 - 2 * abs(n), value, value - 2.2, value + 2.2)
        for n in range(-18, 19)
        for value in [(0.8 * sin(3 * n)) if n < 0 else -4 + 3.5 * 0.7**n + 0.5 * sin(3 * n)]
    ]


def draws() -> list[Draw]:
    random = np.random.default_rng(1)
    avoided, noise = random.normal(4.1, 0.9, 500), random.normal(0, 900, 500)
    return [
        Draw(*PROGRAMME, n, float(3800 - 1500 * a + e), float(a))
        for n, (a, e) in enumerate(zip(avoided, noise, strict=True))
    ]


def budgets() -> list[Budget]:
    found = []
    for n, p in enumerate(months_between(date(2025, 4, 1), LAST), start=1):
        budget = n * 3.3e6
        surplus, sd = -0.011 * budget, 42_000 * n**0.5
        found.append(Budget("AAA01", p, budget, budget - surplus, surplus, -1.1, 0.0, sd, 0.31, "received",
                            f"A deficit of 1.1%: of 100 sites of this size on budget, 31 would show one as large by chance. {HOSTILE}"))  # fmt: skip
    found += [
        Budget(
            f"BBB{n:02}", LAST, 3.9e7, 3.9e7 * (1 - s / 100), 3.9e5 * s, s, 0.0, 2.6e5, 0.04, "received", "A surplus."
        )
        for n, s in enumerate((2.4, 1.1, 0.3, -0.2, -1.0, -2.7, 0.9, 1.6, 3.1, -0.6))
    ]
    return found


CE02 = Worth(
    *PROGRAMME, "CE02", "all", 3.1, 0.4, 5.9, "gbp_per_patient_year", 930_000, 300_000, "worth_it", None,
    {"inputs_real_gbp": 1_212_000, "base_year": "2026/27", "discounting": "none"},
)  # fmt: skip


def world() -> Facts:
    checks = [
        ("pre_trend", True, "The months before going live show no difference (p = 0.41)."),
        ("placebo_date", True, "A start a year too early shows −0.2% (−1.4% to +1.0%)."),
        ("placebo_outcome", None, f"Planned admissions are missing in too many months. {HOSTILE}"),
        ("leave_one_out", True, "Without any one region it stays between −4.6% and −3.5%."),
        ("power", True, "An effect of 2.1% would have been seen."),
    ]
    return Facts(
        as_of=AT, built_at=AT, evaluated=Evaluated(FIRST, LAST, AT),
        costs=[*costs(PROGRAMME), *costs(FIRST_SITE), *costs(("site", "AAA02"), known=False)],
        inputs=[*inputs(PROGRAMME, 1), *inputs(FIRST_SITE, 0.06)],
        completeness=[Completeness(*PROGRAMME, 6212, 6660, f"AAA02: no file of inputs came. {HOSTILE}"), Completeness(*FIRST_SITE, 36, 36, None)],
        grants=[
            Grant("AAA01", "start_up_grant", 40_000, 38_200.5, 1_799.5, "within", "£1,799.50 is left."),
            Grant("AAA01", "per_patient_grant", 43_000, 51_000, -8_000, "overspent", "£8,000 more than awarded was booked to it."),
        ],
        budgets=budgets(),
        effects=[
            effect(PROGRAMME, "staggered", -4.0, 1.5, "lower", sites_count=132, site_months_count=2210),
            effect(PROGRAMME, "before_after", -9.3, 0.9, "lower", sites_count=132, site_months_count=2210),
            effect(FIRST_SITE, "staggered", -2.1, 6.2, "cannot_conclude", reason="An effect of less than 8.9% could not have been seen at this size."),
            effect(FIRST_SITE, "before_after", -11.0, 4.1, "lower"),
        ],
        diagnostics=[Diagnostic(*PROGRAMME, "emergency_admissions", "staggered", *c) for c in checks]
        + [Diagnostic(*FIRST_SITE, "emergency_admissions", "staggered", "power", False, "Only 8.9% or more could have been seen.")],
        events=events(), course=[*course(PROGRAMME, "staggered", 1410), *course(FIRST_SITE, "staggered", 41)],
        worth=[
            Worth(*PROGRAMME, "CE01", "all", 1240, 775, 1705, "admissions", 1240, None, "worth_it", None, {}),
            CE02,
            Worth(*PROGRAMME, "CE03", "admission", None, None, None, "gbp_per_admission", None, None, "worth_it",
                  "Cheaper and fewer admissions: dominant, so a price per admission would say nothing.", {}),
            Worth(*FIRST_SITE, "CE02", "all", None, None, None, "gbp_per_patient_year", None, None, "cannot_conclude", WHY_NOT, {}),
        ],
        draws=draws(),
        acceptability=[Acceptability(*PROGRAMME, 250.0 * n, 1 - 0.055 * 0.93**n) for n in range(41)],
        claims=[
            Claim(*FIRST_SITE, "RUG-2025", f"£270,000 saved in a year. {HOSTILE}", "Annual report 2025", date(2025, 9, 1), "not_supported",
                  "The estimate allows for at most £190,000."),
            Claim(*PROGRAMME, "ALL-1", "Fewer people go to hospital in an emergency.", "Press release", date(2026, 1, 15), "supported",
                  "4.0% fewer (2.5% to 5.5%)."),
        ],
    )  # fmt: skip


def unknown() -> Facts:
    """Built, and nothing pushed or evaluated."""
    empty: dict[str, Any] = {name: [] for name in Facts.__dataclass_fields__}
    return Facts(**{**empty, "as_of": AT, "built_at": AT, "evaluated": None})
