"""A claimed change ("waits from 14 to 8 days") held against the published figures of the version it is bound to.

A change is not yet an effect: what would have happened anyway is in it, and the finding says so.
"""

from datetime import date
from typing import TYPE_CHECKING

from pch.evaluation.results import Interval
from pch.evaluation.words import month, significant
from pch.registry import definitions
from pch.warehouse.db import Connection

if TYPE_CHECKING:
    from pch.evaluation.claims import Claim

METHOD = "published_figures"

#  The series in force, and versions that are not; of the programme, whose code there is PCH, the series in force.
_FIGURE = """
    select state, state_reason, value, lower_95, upper_95,
      stat.is_disclosive(numerator) or stat.is_disclosive(denominator) as is_small
    from (
      select 'site' as area_type, site_code as area_code, metric_code, definition_version, period, period_window,
        state, state_reason, numerator, denominator, value, lower_95, upper_95 from mart.fct_metric_value
      union all
      select 'site', site_code, metric_code, definition_version, period, period_window,
        state, state_reason, numerator, denominator, value, lower_95, upper_95 from mart.fct_metric_version
      union all
      select area_type, 'all', metric_code, definition_version, period, period_window,
        state, state_reason, numerator, denominator, value, lower_95, upper_95 from mart.fct_area_value
      where area_type = 'programme') as figure
    where (area_type, area_code, metric_code, definition_version, period, period_window) = (%s, %s, %s, %s, %s, %s)"""


def change_of(conn: Connection, claim: "Claim") -> tuple[Interval | None, str | None, str]:
    """How far the figure moved in the direction claimed, with its interval; None and why, where it cannot be told."""
    assert claim.claimed_before is not None
    ends = [_figure(conn, claim, period) for period in (claim.first_period, claim.last_period)]
    for end in ends:
        if isinstance(end, str):
            return None, None, end
    first, last = (end for end in ends if not isinstance(end, str))
    row = conn.execute(
        "select value, lower, upper from stat.difference(%s, %s, %s, %s, %s, %s)",
        (first.value, first.lower_95, first.upper_95, last.value, last.lower_95, last.upper_95),
    ).fetchone()
    assert row is not None
    sign = 1 if claim.claimed > claim.claimed_before else -1
    value, *limits = (sign * x for x in row)
    said = (
        f"{claim.metric_code} was {significant(first.value):g} in {month(claim.first_period)} and "
        f"{significant(last.value):g} in {month(claim.last_period)}. Part of it may have happened anyway."
    )
    return Interval(value, min(limits), max(limits)), METHOD, said


def _figure(conn: Connection, claim: "Claim", period: date) -> Interval | str:
    """The figure of one month, or why there is none. A figure of complete counts is its own interval."""
    version = next(m for m in definitions()[claim.metric_code] if m.version == claim.definition_version)
    window = "month" if "month" in version.windows else version.windows[0]
    area = claim.area
    key = (area.area_type, area.area_code, claim.metric_code, claim.definition_version, period, window)
    row = conn.execute(_FIGURE, key).fetchone()
    where = f"{claim.metric_code} version {claim.definition_version} in {month(period)}"
    if row is None:
        return f"There is no figure of {where}."
    state, reason, value, lower, upper, is_small = row
    if value is None:
        return f"There is no figure of {where}: {reason or state.replace('_', ' ')}."
    if is_small:
        return f"The numbers behind {where} are too small to be shown."
    return Interval(value, value if lower is None else lower, value if upper is None else upper)
