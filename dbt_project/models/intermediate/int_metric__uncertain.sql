-- Grain: metric x site x period x window, of the figures that rest on an open question or lack a practice: those that
-- get a sensitivity band. Counts of returns get none: they are of everything, and no number in a file moves them.
{{ config(months_var='window_months') }}
with reported_whole as (
    select distinct m.metric_code
    from {{ ref('int_return__state') }} as r
    inner join {{ ref('stg_metric') }} as m on r.feed = any(m.feeds)
    where not r.names_practices and {{ in_months('r.period', 'window_months') }}
)

select
    w.metric_code,
    w.site_code,
    w.period,
    w.period_window,
    w.first_period,
    w.coverage_pct,
    (w.period - interval '11 months')::date as first_of_twelve,
    q.open_questions_count > 0 as is_questioned,
    r.metric_code is null as is_by_practice
from {{ ref('int_metric__window') }} as w
inner join {{ ref('stg_metric') }} as m on w.metric_code = m.metric_code
inner join {{ ref('int_metric__quality') }} as q
    on
        (w.metric_code, w.site_code, w.period, w.period_window)
        = (q.metric_code, q.site_code, q.period, q.period_window)
left join reported_whole as r on w.metric_code = r.metric_code
where
    w.is_complete
    and m.method <> 'count_share'
    and w.coverage_pct > 0
    and w.coverage_pct >= m.minimum_coverage_pct
    and (w.coverage_pct < 100 or q.open_questions_count > 0)
    and {{ in_months('w.period', 'window_months') }}
    and {{ in_months('q.period', 'window_months') }}
