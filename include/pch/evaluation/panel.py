"""The panel: one outcome, every site, every month, with when each site's programme went live.

The estimators work on log(observed / expected), where expected is what the site's people would have at the rates of the
whole panel by sex and age: so that what they see is not the mix of patients.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

COLUMNS = ("site_code", "region", "wave", "period", "observed", "expected", "person_months", "went_live")


@dataclass(frozen=True, eq=False)
class Panel:
    """``frame``: one row a site x month with a usable figure. site_code, region, wave (text); period, went_live
    (datetime64, first of the month; NaT: has not gone live); observed (events or pounds), expected (the same, at the
    rates of the whole panel), person_months (float). Rows with nothing observed or expected are not usable."""

    outcome: str
    frame: pd.DataFrame

    def __post_init__(self) -> None:
        missing = [name for name in COLUMNS if name not in self.frame.columns]
        if missing:
            raise ValueError(f"The panel lacks {', '.join(missing)}.")

    @property
    def sites(self) -> list[str]:
        return sorted(self.frame["site_code"].unique())

    def of_sites(self, sites: list[str]) -> "Panel":
        return Panel(self.outcome, self.frame[self.frame["site_code"].isin(sites)])


def log_ratio(frame: pd.DataFrame) -> NDArray[np.float64]:
    """log(observed / expected) of each row."""
    ratio: NDArray[np.float64] = np.log(frame["observed"].to_numpy(float) / frame["expected"].to_numpy(float))
    return ratio


def months_since(frame: pd.DataFrame) -> NDArray[np.float64]:
    """Months from going live to each row's month: 0 in the month of going live, negative before, NaN where never."""
    since: NDArray[np.float64] = np.asarray(ordinals(frame["period"]) - ordinals(frame["went_live"]), dtype=np.float64)
    return since


def ordinals(months: "pd.Series[pd.Timestamp]") -> "pd.Series[float]":
    """One more a month; NaN where there is no month."""
    return (months.dt.year * 12 + months.dt.month - 1).astype(float)


def month_of(ordinal: int) -> date:
    """The first of the month with this ordinal."""
    return date(ordinal // 12, ordinal % 12 + 1, 1)
