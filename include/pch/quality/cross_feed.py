"""Cross-feed layer: do the feeds of a site agree with one another?

ops.submission_total of a month, of all sites -> ratios of one feed's total to another's -> suite ``cross_feed``

The suite declares the ratios (``meta.ratios``), each with the range that is plausible at all, and a finding is of
the submission above the line. A ratio is also set beside those of the other sites in the same month: its
logarithm's distance from their median, in robust standard deviations (1.4826 x the median absolute deviation,
never less than ``LEAST_SPREAD``). Where either total is in question already, the ratio is not judged: one slip is
one question, and other feeds are not blamed for it, nor for rows of another feed that were themselves found odd.
"""

from collections.abc import Collection
from datetime import date

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from pch.quality.history import DEVIATIONS, MAD_TO_SD
from pch.quality.suites import declared
from pch.quality.totals import totals_of
from pch.quality.whole import Judged, judge
from pch.warehouse.db import Connection

LEAST_SPREAD = 0.05  # of the logarithm: sites never agree to better than 5%
LEAST_SITES = 10  # fewer tell nothing of what is usual


class Term(BaseModel):
    """A total of a feed; feed ``register``: the practices that belong to the site."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    feed: str
    total: str


class Ratio(BaseModel):
    """``multiplier`` x above / below, between ``low`` and ``high`` wherever both are right. Not judged where what is
    below the line is less than ``least_below``: chance moves small figures. ``is_alike``: sites differ so little that
    one unlike the others is asked about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    label: str
    above: Term
    below: Term
    multiplier: float = 1
    low: float
    high: float
    least_below: float
    is_alike: bool = True
    reason: str


def ratios() -> list[Ratio]:
    """Those that ``expectations/cross_feed.json`` declares."""
    return [Ratio(**r) for r in declared("cross_feed")["meta"]["ratios"]]


def cross_feed_findings(conn: Connection, period: date, in_question: Collection[tuple[int, str]]) -> Judged:
    """Of every accepted submission of the month. ``in_question``: submissions and totals of theirs that are
    unlike their own history."""
    doubtful = {*in_question, *_with_odd_rows(conn, period)}
    frames = [_values(conn, period, r, in_question, doubtful) for r in ratios()]
    frame = pd.concat([f for f in frames if not f.empty]) if any(not f.empty for f in frames) else pd.DataFrame()
    if frame.empty:
        return [], []
    return judge("cross_feed", "cross_feed", frame.reset_index(drop=True), period)


def _with_odd_rows(conn: Connection, period: date) -> set[tuple[int, str]]:
    """Submissions and totals of theirs that add up a row which a rule of its own asks about."""
    found = conn.execute(
        """select p.submission_id, p.feed, f.column_name
           from ops.publication as p inner join ops.current_finding as f on f.submission_id = p.submission_id
           where p.period = %s and f.layer = 'row' and f.severity = 'warning'""",
        (period,),
    ).fetchall()
    return {(i, t.name) for i, feed, column in found for t in totals_of(feed) if t.column == column}


def _values(
    conn: Connection,
    period: date,
    ratio: Ratio,
    above_in_question: Collection[tuple[int, str]],
    below_in_question: Collection[tuple[int, str]],
) -> pd.DataFrame:
    """One row an accepted submission of the feed above: the ratio over the practices that both totals speak of
    (the whole site, where one of the two feeds does not name practices)."""
    rows = conn.execute(
        """with total as (
             select c.submission_id, c.site_code, c.feed, c.is_current, t.practice_code, t.quantity
             from ops.publication as c
             inner join ops.submission_total as t on t.submission_id = c.submission_id
             where c.period = %(period)s
             and (c.feed, t.total) in ((%(above)s, %(above_total)s), (%(below)s, %(below_total)s))
             and (t.practice_code = '' or exists (
               select from ref.membership as m where (m.site_code, m.practice_code) = (c.site_code, t.practice_code)
               and c.period >= m.valid_from and (m.valid_to is null or c.period < m.valid_to)))
             union all
             select null, site_code, 'register', true, practice_code, 1 from ref.membership
             where %(below)s = 'register' and %(period)s >= valid_from and (valid_to is null or %(period)s < valid_to)
           ),
           by_practice as (
             select coalesce(bool_and(f.names_practices), true) as yes
             from (values (%(above)s), (%(below)s)) as t (feed) left join ref.feed as f on f.feed = t.feed
           ),
           above as (
             select submission_id, site_code, case when b.yes then practice_code end as practice,
               sum(quantity) as quantity
             from total cross join by_practice as b where feed = %(above)s group by 1, 2, 3
           ),
           below as (
             select submission_id, site_code, case when b.yes then practice_code end as practice,
               sum(quantity) as quantity
             from total cross join by_practice as b where feed = %(below)s and is_current group by 1, 2, 3
           )
           select a.submission_id, sum(a.quantity), sum(b.quantity), max(b.submission_id)
           from above as a inner join below as b
           on a.site_code = b.site_code and a.practice is not distinct from b.practice
           group by a.submission_id""",
        {"period": period, "above": ratio.above.feed, "above_total": ratio.above.total,
         "below": ratio.below.feed, "below_total": ratio.below.total},
    ).fetchall()  # fmt: skip
    frame = pd.DataFrame(rows, columns=["submission_id", "above", "below", "below_submission_id"])
    if frame.empty:
        return frame
    asked = frame["below"].ge(ratio.least_below)
    for which, term, in_question in (
        ("submission_id", ratio.above, above_in_question), ("below_submission_id", ratio.below, below_in_question),
    ):  # fmt: skip
        asked &= np.array([(i, term.total) not in in_question for i in frame[which]])
    frame["value"] = (ratio.multiplier * frame["above"] / frame["below"]).where(asked)
    logarithm = np.log(frame["value"].where(frame["value"] > 0))
    centre = logarithm.median()
    spread = max(MAD_TO_SD * (logarithm - centre).abs().median(), LEAST_SPREAD)
    enough = ratio.is_alike and logarithm.notna().sum() >= LEAST_SITES
    is_plausible = frame["value"].between(ratio.low, ratio.high)
    frame["deviations"] = ((logarithm - centre).abs() / spread).where(enough & is_plausible)
    return frame.assign(
        feed=ratio.above.feed, subject=ratio.name, label=ratio.label, low=ratio.low, high=ratio.high,
        usual=np.exp(centre), most_deviations=DEVIATIONS, other_feed=ratio.below.feed,
    )  # fmt: skip
