"""Unified, capitated budgets: what a site may spend for a patient of average need and month, and who bears the rest.

Budget -> ops.budget (appended, signed) -> ops.current_budget -> mart.fct_budget
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from math import isfinite

from pch.warehouse.db import Connection
from pch.warehouse.programme.rows import (
    Declared,
    Row,
    declare,
    in_force,
    no_site,
    one_at_a_time,
    refuse_any,
    sites_of,
    wrong_with_sentence,
)

SHARES = {
    "gain_share_pct": "gain share",
    "loss_share_pct": "loss share",
    "corridor_pct": "corridor",
    "cap_pct": "cap",
    "collar_pct": "collar",
}


@dataclass(frozen=True)
class Budget:
    """Nominal pounds for a need-weighted patient and month, from ``from_period`` until the next one begins.
    ``site_code`` None: of every site without one of its own. Differences up to ``corridor_pct`` of the budget stay with
    the commissioner; of what is beyond, the site keeps or bears its share, at most ``cap_pct`` or ``collar_pct``."""

    site_code: str | None
    from_period: date
    gbp_per_weighted_person_month: float
    gain_share_pct: float
    loss_share_pct: float
    corridor_pct: float
    cap_pct: float
    collar_pct: float
    because: str

    @property
    def key(self) -> tuple[object, ...]:
        return self.site_code, self.from_period


def set_budgets(conn: Connection, budgets: Sequence[Budget], by: str) -> Declared:
    """Sets each; Refused, with the first sentence that is wrong, where one cannot be. One that begins with the same
    month stands for it. The months from then on are put down for building."""
    one_at_a_time(conn)
    sites = sites_of(conn)
    for budget in budgets:
        refuse_any(wrong_with_budget(budget, sites))
    rows = [_row(budget) for budget in budgets]
    warnings = [warning for budget in budgets for warning in _warnings(budget)]
    return declare(conn, "budget", rows, by, min(budget.from_period for budget in budgets), warnings)


def wrong_with_budget(budget: Budget, sites: Collection[str]) -> Iterator[str]:
    """Sentences, each a reason why it cannot be set."""
    if budget.site_code is not None and budget.site_code not in sites:
        yield no_site(budget.site_code)
    rate = budget.gbp_per_weighted_person_month
    if not (isfinite(rate) and 0.0001 <= rate < 1e6):
        yield f"{rate:g} pounds are no budget for a patient and month: an amount above 0 is needed, like 92.50."
    for name, what in SHARES.items():
        value = getattr(budget, name)
        if not (isfinite(value) and 0 <= value <= 100):
            yield f"The {what} is a share in percent, and {value:g} is not between 0 and 100."
    yield from wrong_with_sentence(budget.because, "A budget")


def current_budgets(conn: Connection, site: str | None) -> list[Row]:
    """Those in force, by site (None, every other, first) and month; ``site`` given, its own and that of all."""
    found = [row for row in in_force(conn, "budget", {}) if site is None or row["site_code"] in (None, site)]
    return sorted(found, key=lambda row: (row["site_code"] or "", row["from_period"]))


def _row(budget: Budget) -> Row:
    """As the table keeps it: the rate to four decimals, so that the same budget said again is known for the same."""
    rate = round(Decimal(str(budget.gbp_per_weighted_person_month)), 4)
    return asdict(budget) | {"gbp_per_weighted_person_month": rate, "because": budget.because.strip()}


def _warnings(budget: Budget) -> Iterator[str]:
    """What would be odd: a rule by which nothing is ever shared."""
    if budget.corridor_pct == 100 or not any((budget.gain_share_pct, budget.loss_share_pct)):
        yield "By this rule the site never keeps or bears anything."
    if (budget.gain_share_pct and not budget.cap_pct) or (budget.loss_share_pct and not budget.collar_pct):
        yield "A cap or collar of 0 leaves nothing of the share."
