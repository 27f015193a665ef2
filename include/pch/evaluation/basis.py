"""What an estimate of an area speaks of: its person-years, and what was put in for them.

An estimate compares part of the months with effect only; the same part of person-years and inputs is taken, so that
both sides are of the same size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from pch.evaluation.panel import Panel, log_ratio, months_since
from pch.evaluation.reading import Evidence
from pch.evaluation.results import Area, Estimate, Found
from pch.registry.evaluation import Evaluation

ADMISSIONS, FRAIL, COST = "emergency_admissions", "emergency_admissions_frail", "valued_cost"


@dataclass(frozen=True, eq=False)
class Basis:
    """``ledger``: the months of the sites with effect, from their first to the last evaluated; ``months_count``: months
    with effect, of which ``share`` was compared. person_years and inputs_gbp (real) are of that part."""

    ledger: pd.DataFrame
    months_count: int
    share: float
    person_years: float

    @property
    def inputs_complete_pct(self) -> float:
        return 100 * float(self.ledger["is_complete"].mean()) if len(self.ledger) else 0.0

    @property
    def inputs_gbp(self) -> float:
        """Months that are not complete count as much as the others."""
        known = self.ledger.loc[self.ledger["is_complete"], "charged_real_gbp"]
        return self.share * len(self.ledger) * float(known.mean()) if len(known) else float("nan")

    def assumptions(self) -> dict[str, Any]:
        return {
            "person_years": round(self.person_years), "inputs_complete_pct": round(self.inputs_complete_pct, 1),
            "compared_share_pct": round(100 * self.share, 1),
            "inputs_real_gbp": round(self.inputs_gbp) if self.ledger["is_complete"].any() else None,
            "inputs": "every month from the site's first to the last evaluated, settling included; months that are not "
                      "complete count as much as the others",
        }  # fmt: skip


def in_area(frame: pd.DataFrame, area: Area) -> pd.DataFrame:
    if area.area_type == "programme":
        return frame
    column = "site_code" if area.area_type == "site" else area.area_type
    return frame[frame[column] == area.area_code]


@lru_cache(maxsize=8)
def with_effect(panel: Panel, settling_months: int) -> pd.DataFrame:
    """The months after settling. Asked once an area, of a few hundred."""
    return panel.frame[months_since(panel.frame) >= settling_months]


def pick(found: Sequence[Found], outcome: str, area: Area) -> Estimate | None:
    """The estimate that counts: the staggered one, whose intervals hold the truth as often as they say (proof in
    docs/evaluation.md). A site's synthetic control and interrupted series stand beside it."""
    for each in found:
        if (each.estimate.outcome, each.estimate.area, each.estimate.method) == (outcome, area, "staggered"):
            return each.estimate
    return None


def basis(estimate: Estimate | None, evidence: Evidence, settings: Evaluation) -> Basis | None:
    """None where nothing was compared."""
    if estimate is None or not estimate.site_months_count or estimate.outcome not in evidence.panels:
        return None
    made = whole(estimate.outcome, estimate.area, evidence, settings)
    if made is None:
        return None
    share = min(1.0, estimate.site_months_count / made.months_count)
    return replace(made, share=share, person_years=share * made.person_years)


def whole(outcome: str, area: Area, evidence: Evidence, settings: Evaluation) -> Basis | None:
    """All the months with effect of an area, compared or not; None where there are none."""
    if outcome not in evidence.panels:
        return None
    frame = in_area(with_effect(evidence.panels[outcome], settings.settling_months), area)
    if frame.empty:
        return None
    inputs = evidence.inputs
    ledger = inputs[inputs["site_code"].isin(frame["site_code"].unique()) & (inputs["period"] <= frame["period"].max())]
    return Basis(ledger, len(frame), 1.0, float(frame["person_months"].sum()) / 12)


def hours_of(on: Basis, evidence: Evidence) -> tuple[float, float]:
    """Inputs and GP hours freed, of the months in which both are known."""
    both = on.ledger[on.ledger["is_complete"]].merge(evidence.hours, on=["site_code", "period"])
    return float(both["charged_real_gbp"].sum()), float(both["hours"].sum())


def correlation(panels: Mapping[str, Panel]) -> float:
    """Of the chance errors of admissions and cost: of their monthly log ratios before going live, each site's and each
    region's month's mean taken off. 0 where they cannot be compared."""
    if not {ADMISSIONS, COST} <= set(panels):
        return 0.0
    sides = []
    for outcome in (ADMISSIONS, COST):
        frame = panels[outcome].frame
        kept = ["site_code", "region", "period"]
        sides.append(frame[kept].assign(y=log_ratio(frame))[~(months_since(frame) >= 0)])
    both = sides[0].merge(sides[1], on=["site_code", "region", "period"], suffixes=("", "_cost"))
    if len(both) < 24:
        return 0.0
    for column in ("y", "y_cost"):
        for keys in (["site_code"], ["region", "period"]):
            both[column] -= both.groupby(keys)[column].transform("mean")
    if both["y"].std() < 1e-12 or both["y_cost"].std() < 1e-12:
        return 0.0
    return float(np.corrcoef(both["y"], both["y_cost"])[0, 1])
