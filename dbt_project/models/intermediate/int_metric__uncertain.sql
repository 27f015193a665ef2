-- Grain: version of a metric x site x period x window, of the figures that rest on an open question or lack a practice:
-- those that get a sensitivity band. Counts of returns get none: they are of everything, and no number in a file moves
-- them.
{{ config(months_var='window_months') }}
with reported_whole as (
    select distinct m.definition_id
    from {{ ref('int_return__state') }} as r
    inner join {{ ref('stg_metric') }} as m on r.feed = any(m.feeds)
    where not r.names_practices and {{ in_months('r.period', 'window_months') }}
)

select
    w.definition_id,
    w.site_code,
    w.period,
    w.period_window,
    w.first_period,
    w.coverage_pct,
    (w.period - interval '11 months')::date as first_of_twelve,
    q.open_questions_count > 0 as is_questioned,
    r.definition_id is null as is_by_practice
from {{ ref('int_metric__window') }} as w
inner join {{ ref('stg_metric') }} as m on w.definition_id = m.definition_id
inner join {{ ref('int_metric__quality') }} as q
    on
        (w.definition_id, w.site_code, w.period, w.period_window)
        = (q.definition_id, q.site_code, q.period, q.period_window)
left join reported_whole as r on w.definition_id = r.definition_id
where
    w.is_complete
    and m.method <> 'count_share'
    and w.coverage_pct > 0
    and w.coverage_pct >= m.minimum_coverage_pct
    and (w.coverage_pct < 100 or q.open_questions_count > 0)
    and {{ in_months('w.period', 'window_months') }}
    and {{ in_months('q.period', 'window_months') }}
