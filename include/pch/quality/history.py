"""Submission layer, totals: is each total what it usually is?

ops.submission_total of a month and of the twelve before -> ratios to each -> median and MAD -> suite ``history``

A total is set beside the same site's months twice: as a whole, and like for like (only practices that have rows
in both months), and the kinder of the two counts: a practice that joins moves the first, one that takes over
another's patients the second, and neither is odd. What is usual is the median of the earlier months; how far
from it is unremarkable, the larger of ``DEVIATIONS`` robust standard deviations (1.4826 x the median absolute
deviation; it is 0 where the months agree) and the total's own ``least_change_pct``.
"""

from datetime import date

import numpy as np
import pandas as pd

from pch.quality.totals import Total, totals_of
from pch.quality.whole import Judged, judge
from pch.registry import feeds
from pch.warehouse.db import Connection

DEVIATIONS = 6.0
MAD_TO_SD = 1.4826  # of a normal distribution
MONTHS = 12
TENFOLD = (8.0, 12.5)  # a ratio in here, or its reciprocal, looks like a slipped decimal point


def history_findings(conn: Connection, period: date) -> Judged:
    """Of every accepted submission of the month."""
    watched = {(feed, t.name): t for feed in feeds() for t in totals_of(feed) if t.least_change_pct is not None}
    _pair_totals(conn, period, list(watched))
    frame = _frame(conn, watched)
    if frame.empty:
        return [], []
    return judge("history", "submission", frame, period)


def _pair_totals(conn: Connection, period: date, watched: list[tuple[str, str]]) -> None:
    """Temporary table ``paired``: submission x total x practice x earlier month, with both quantities. A practice
    counts where it belonged to the site at the time; either quantity is null where the practice had no rows.

    Analysed on the way: planned blindly, the joins of a year take minutes.
    """
    conn.execute(
        """create temporary table seen on commit drop as
           select c.submission_id, c.site_code, c.feed, c.period, c.is_current, t.total, t.practice_code, t.quantity
           from ops.publication as c
           inner join ops.submission_total as t on t.submission_id = c.submission_id
           inner join unnest(%(feeds)s::text[], %(totals)s::text[]) as w (feed, total)
           on (w.feed, w.total) = (c.feed, t.total)
           left join ref.membership as m
           on (m.site_code, m.practice_code) = (c.site_code, t.practice_code)
           and c.period >= m.valid_from and (m.valid_to is null or c.period < m.valid_to)
           where c.period between %(period)s - make_interval(months => %(months)s) and %(period)s
           and (c.is_current or c.period = %(period)s) and (t.practice_code = '' or m.site_code is not null)""",
        {"feeds": [f for f, _ in watched], "totals": [t for _, t in watched], "period": period, "months": MONTHS},
    )
    conn.execute("analyze seen")
    conn.execute(
        """create temporary table paired on commit drop as
           with now_ as (select * from seen where period = %(period)s),
           before as (select * from seen where period < %(period)s),
           month as (
             select n.submission_id, b.site_code, b.feed, b.period
             from (select distinct submission_id, site_code, feed from now_) as n
             inner join (select distinct site_code, feed, period from before) as b using (site_code, feed)
           ),
           both_ as (
             select m.submission_id, m.feed, m.period, n.total, n.practice_code, n.quantity as now_quantity,
               null::float8 as then_quantity
             from month as m inner join now_ as n on n.submission_id = m.submission_id
             union all
             select m.submission_id, m.feed, m.period, b.total, b.practice_code, null, b.quantity
             from month as m
             inner join before as b on (b.site_code, b.feed, b.period) = (m.site_code, m.feed, m.period)
           )
           select submission_id, total, practice_code, feed, period, max(now_quantity) as now_quantity,
             max(then_quantity) as then_quantity
           from both_ group by submission_id, total, practice_code, feed, period""",
        {"period": period},
    )


def _frame(conn: Connection, watched: dict[tuple[str, str], Total]) -> pd.DataFrame:
    """One row a submission and watched total that has a history. A month in which the total was not known, and a
    submission of which it is not, are no part of it."""
    rows = conn.execute(
        """select submission_id, feed, total, sum(now_quantity), sum(then_quantity),
             coalesce(sum(now_quantity) filter (where then_quantity is not null), 0),
             coalesce(sum(then_quantity) filter (where now_quantity is not null), 0)
           from paired group by submission_id, feed, total, period"""
    ).fetchall()
    names = ["submission_id", "feed", "subject", "quantity", "before", "like_now", "like_before"]
    months = pd.DataFrame(rows, columns=names).astype(dict.fromkeys(names[3:], float))
    if months.empty:
        return months
    months["whole"] = _ratio(months["quantity"], months["before"])
    months["like"] = _ratio(months["like_now"], months["like_before"])
    key = ["submission_id", "feed", "subject"]
    grouped = months.groupby(key, sort=True)
    frame = grouped.agg(quantity=("quantity", "max"), usual=("before", "median"), months_count=("before", "count"))
    for way in ("whole", "like"):
        frame[way] = grouped[way].median()
        deviation = (months[way] - months[key].merge(frame[way].reset_index(), on=key)[way].to_numpy()).abs()
        frame[f"{way}_mad"] = deviation.groupby([months[k] for k in key]).median()
    frame = frame.reset_index()
    total = [watched[feed, subject] for feed, subject in zip(frame["feed"], frame["subject"], strict=True)]
    is_large = np.maximum(frame["usual"], frame["quantity"]) >= [t.least_total for t in total]
    kinder = np.abs(np.log(frame["whole"].clip(lower=1e-9))) <= np.abs(np.log(frame["like"].clip(lower=1e-9)))
    ratio = frame["whole"].where(kinder | frame["like"].isna(), frame["like"])
    mad = frame["whole_mad"].where(kinder | frame["like"].isna(), frame["like_mad"])
    frame["usual"] = (frame["quantity"] / ratio).where(ratio > 0, frame["usual"])  # what the change is said from
    is_tenfold = _is_tenfold(ratio)
    frame["label"] = [t.label for t in total]
    frame["is_tenfold"] = is_tenfold.where(is_large & ratio.notna(), None)
    frame["change_pct"] = (100 * (ratio - 1)).where(is_large & ~is_tenfold)
    frame["size_of_change_pct"] = frame["change_pct"].abs()
    #  Ratios spread in proportion to themselves: five times too many must not make its own limit five times wider.
    spread = mad / ratio.clip(lower=1)
    frame["limit_pct"] = np.maximum([t.least_change_pct or 0 for t in total], 100 * DEVIATIONS * MAD_TO_SD * spread)
    return _with_practices(conn, frame, watched)


def _ratio(now: pd.Series, before: pd.Series) -> pd.Series:
    return (now / before).where(before > 0)


def _is_tenfold(ratio: pd.Series) -> pd.Series:
    return ratio.between(*TENFOLD) | ratio.between(1 / TENFOLD[1], 1 / TENFOLD[0])


def _with_practices(conn: Connection, frame: pd.DataFrame, watched: dict[tuple[str, str], Total]) -> pd.DataFrame:
    """The practices of which a total alone looks slipped; none are named where the whole does."""
    low, high = TENFOLD
    slipped = conn.execute(
        """select submission_id, total, array_agg(practice_code order by practice_code)
           from (
             select submission_id, feed, total, practice_code, max(now_quantity) as now_quantity,
               percentile_cont(0.5) within group (order by then_quantity) as usual
             from paired where practice_code <> '' and now_quantity is not null and then_quantity is not null
             group by submission_id, feed, total, practice_code
           ) as p
           inner join unnest(%s::text[], %s::text[], %s::float8[]) as w (feed, total, least_total) using (feed, total)
           where usual > 0 and greatest(usual, now_quantity) >= least_total
           and (now_quantity / usual between %s and %s or usual / nullif(now_quantity, 0) between %s and %s)
           group by submission_id, total""",
        (
            [f for f, _ in watched], [t for _, t in watched], [t.least_total for t in watched.values()],
            low, high, low, high,
        ),
    ).fetchall()  # fmt: skip
    named = {(submission, total): codes for submission, total, codes in slipped}
    codes = [named.get(key, []) for key in zip(frame["submission_id"], frame["subject"], strict=True)]
    frame["slipped_practices"] = [", ".join(c) for c in codes]
    frame["slipped_practices_count"] = pd.Series([len(c) for c in codes], dtype=float).where(
        frame["is_tenfold"].ne(True)
    )
    return frame
