"""A small world for the progress pages, as the warehouse would give it: two sites, of which AAA02 has no figures yet.

AAA01 in March 2026, its names and sentences written to break out of HTML:

    PH01   a priority: improved, with a target of its own, a chart with a gap and a new definition
    AC01   changed (neutral), without a target, peers or parts
    CO01   money, no settled baseline
    PH05   no figure at all
    WF01   a complete count, a later priority, the programme's target
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from pages_world import HOSTILE

from pch.reports.declared import Characteristic, Priority, Rebase, Target
from pch.reports.pages.progress_facts import Facts, Funnel, Judged, Part, Peer, Peers, Stretch, Switch
from pch.warehouse.calendar import add_months

MARCH = date(2026, 3, 1)
LAST_OF_BASELINE = date(2025, 2, 1)
AT = datetime(2026, 4, 2, 9, tzinfo=UTC)
SITES = {"AAA01": HOSTILE, "AAA02": "Second"}

PH01 = Judged(
    priority_rank=1, metric_code="PH01", metric_name="Emergency admissions", aim="Population health",
    unit="per_1000_person_years", period_window="r12", verdict="improved", verdict_text=f"It has improved. {HOSTILE}",
    baseline_value=100, baseline_first_period=date(2024, 3, 1), baseline_last_period=LAST_OF_BASELINE, value=90.04,
    lower_95=87, upper_95=93.1, change=-9.96, change_lower_95=-14.1, change_upper_95=-5.8, change_pct=-9.96,
    target_value=91, is_target_met=True, variation_icon="improvement_low", assurance_icon="inconsistent",
    minimum_detectable_change_pct_50=4.13, minimum_detectable_change_pct_80=5.94, months_to_show_worthwhile_change=29,
    site_code="AAA01", period=MARCH, polarity="lower_is_better", method="dsr", baseline_lower_95=97,
    baseline_upper_95=103.1, baseline_because="The first twelve settled months.", baseline_frozen_by="pipeline",
    baseline_frozen_at=AT, definition_change=0, worthwhile_change_pct=5, state="received", state_reason=None,
    coverage_pct=92.3, edition="provisional", open_questions_count=2, worst_finding_message=f"Odd. {HOSTILE}",
    sensitivity_lower=86.2, sensitivity_upper=95, nominal_value=None,
)  # fmt: skip
NOTHING_BESIDE: dict[str, Any] = {
    "target_value": None, "is_target_met": None, "assurance_icon": None, "coverage_pct": 100, "edition": "primary",
    "open_questions_count": 0, "worst_finding_message": None, "sensitivity_lower": None, "sensitivity_upper": None,
    "priority_rank": None,
}  # fmt: skip
NO_BASELINE: dict[str, Any] = {
    "baseline_value": None, "baseline_first_period": None, "baseline_last_period": None, "baseline_lower_95": None,
    "baseline_upper_95": None, "baseline_frozen_at": None, "change": None, "change_lower_95": None,
    "change_upper_95": None, "change_pct": None, "minimum_detectable_change_pct_50": None,
    "minimum_detectable_change_pct_80": None, "months_to_show_worthwhile_change": None,
}  # fmt: skip
NO_FIGURE: dict[str, Any] = {
    "value": None, "lower_95": None, "upper_95": None, "variation_icon": None, "state": "missing",
    "state_reason": f"no file came {HOSTILE}", "verdict": "cannot_say", "verdict_text": "Frail people: cannot say.",
}  # fmt: skip
AC01 = replace(
    PH01, metric_code="AC01", metric_name="Appointments", aim="Access", unit="pct", polarity="neutral", method="proportion",
    verdict="changed", verdict_text="Appointments have changed.", variation_icon="neutral_high", value=62.5, change=-37.5,
    months_to_show_worthwhile_change=None, **NOTHING_BESIDE,
)  # fmt: skip
CO01 = replace(
    PH01, metric_code="CO01", metric_name="Total cost", aim="Per-capita cost", unit="gbp_per_person_month", value=1085.5,
    lower_95=1080, upper_95=1091, nominal_value=1100, method="ratio", verdict="cannot_say",
    verdict_text="Total cost: cannot say, there is no settled baseline yet.", variation_icon="common_cause",
    **NOTHING_BESIDE | NO_BASELINE,
)  # fmt: skip
PH05 = replace(PH01, metric_code="PH05", metric_name="Frail people", **NOTHING_BESIDE | NO_BASELINE | NO_FIGURE)
WF01 = replace(
    PH01, metric_code="WF01", metric_name="Doctors", aim="Workforce", unit="per_10000_persons", method="quotient",
    polarity="higher_is_better", verdict="no_detectable_change", verdict_text="Doctors: no detectable change.", value=4.6,
    lower_95=None, upper_95=None, change=0.0293, change_lower_95=None, change_upper_95=None,
    variation_icon="common_cause", **NOTHING_BESIDE | {"target_value": 5, "is_target_met": False},
)  # fmt: skip


def stretch(code: str, first: date, values: list[float | None], **signals: tuple[str, str]) -> Stretch:
    """A month a value from ``first`` on, None a gap; ``signals``: kind and cause of a month, by ``m<month>``."""
    months = {add_months(first, n): v for n, v in enumerate(values) if v is not None}
    marked = [signals.get(f"m{p.month}", ("common_cause", "Common Cause")) for p in months]
    mean = sum(months.values()) / len(months)
    return Stretch(
        "AAA01", code, list(months), list(months.values()), [91.0 if code == "PH01" and p >= date(2026, 1, 1) else None for p in months],
        [cause for _, cause in marked], [kind for kind, _ in marked], mean, mean - 12, mean + 12,
    )  # fmt: skip


BETTER, WORSE = "special_cause_improvement", "special_cause_concern"
STRETCHES = [
    stretch("PH01", date(2024, 3, 1), [100.0, 96, 104, None, 99, 101, 120, 98, 100, 102, 97, 103],
            m9=(WORSE, "Above UCL")),
    stretch("PH01", date(2025, 4, 1), [88.0, 90, 92, 89, 91, 90, 88, None, 76, 86, 85, 84],
            m12=(BETTER, "Below LCL"), m1=(BETTER, "7 Points Below CL"), m2=(BETTER, "7 Points Below CL"),
            m3=(BETTER, "7 Points Below CL")),
]  # fmt: skip


def world() -> Facts:
    own = {"because": f"Our people ask for it. {HOSTILE}", "set_by": "Ann", "set_at": AT}
    seen = {"recorded_by": "Bob", "recorded_at": AT}
    return Facts(
        as_of=datetime(2026, 4, 20, 11, 30, tzinfo=UTC), built_at=AT, awaiting=[MARCH, add_months(MARCH, 1)],
        shown={"AAA01": MARCH}, judged=[AC01, CO01, PH01, PH05, WF01],
        stretches=[*STRETCHES, stretch("CO01", date(2026, 3, 1), [1085.5])],
        parts=[
            *(Part("AAA01", "PH01", *p) for p in (("definition", 1e-14), ("roster", -2), ("performance", -7.96))),
        ],
        peers_of_metric=[Peers("AAA01", "PH01", 7, 95.2, 91, 99.4, 2), Peers("AAA01", "WF01", 2, 4.1, 4, 4.2, 1)],
        peers=[Peer("AAA01", "AAA02", 1)],
        funnels=[
            Funnel("AAA01", "PH01", "Low (0.025)", None, True, False, False, 1, 40),
            Funnel("AAA01", "WF01", None, "its spread by chance is not known", False, False, None, None, 7),
        ],
        priorities=[
            Priority("AAA01", "WF01", date(2026, 5, 1), None, 1, **own),
            Priority("AAA01", "PH01", date(2025, 4, 1), date(2026, 12, 1), 2, **own),
            Priority("AAA01", "AC01", date(2024, 4, 1), date(2025, 3, 1), 1, **own),
        ],
        characteristics=[
            Characteristic("AAA01", "integrated_workforce", "partly", date(2024, 4, 1), date(2025, 9, 1), "Said so.", **seen),
            Characteristic("AAA01", "integrated_workforce", "in_place", date(2025, 9, 1), None, f"Seen. {HOSTILE}", **seen),
            Characteristic("AAA02", "integrated_workforce", "not_started", date(2025, 9, 1), None, "A letter.", **seen),
        ],
        targets=[
            Target("PH01", None, date(2024, 3, 1), 95, None, None, None, because="Of all.", set_by="Bob", set_at=AT),
            Target("PH01", "AAA01", date(2025, 9, 1), 94, date(2026, 9, 1), 88, None, **own),
            Target("WF01", None, date(2024, 3, 1), 5, None, None, None, because="Of all.", set_by="Bob", set_at=AT),
        ],
        rebases=[Rebase("PH01", None, date(2025, 4, 1), "Another building.", "Bob", AT)],
        switches=[Switch("PH01", 2, date(2025, 3, 1))],
    )  # fmt: skip
