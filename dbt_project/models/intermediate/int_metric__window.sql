-- Grain: version of a metric x site x period x window: every cell that must exist, whatever arrived. coverage_pct:
-- share of the site's registered person-months whose practices the figure includes (of practices, where no list holds
-- anybody).
{{ config(months_var='window_months') }}
with cell as (
    select
        m.definition_id,
        m.method,
        m.feeds,
        s.site_code,
        p.period,
        w.period_window,
        m.metric_code,
        case w.period_window
            when 'month' then p.period
            when 'r12' then (p.period - interval '11 months')::date
            when 'fytd' then (date_trunc('year', p.period - interval '3 months') + interval '3 months')::date
        end as first_period,
        greatest(date_trunc('month', s.start_date)::date, (select min(x.period) from {{ ref('stg_period') }} as x))
            as since
    from {{ ref('stg_site') }} as s
    inner join {{ ref('stg_period') }} as p
        on p.period >= date_trunc('month', s.start_date) and (s.end_date is null or s.end_date > p.period)
    cross join {{ ref('stg_metric') }} as m
    cross join unnest(m.period_windows) as w (period_window)
    where {{ in_months('p.period', 'window_months') }}
),

--  Practices added up by month first: a month is part of many windows
month as (
    select
        definition_id,
        site_code,
        period,
        count(*) as practices_count,
        count(*) filter (where is_included) as included_count,
        sum(size) as size,
        sum(size) filter (where is_included) as included_size
    from {{ ref('int_metric__inclusion') }}
    where practice_code <> '' and {{ in_reach() }}
    group by definition_id, site_code, period
),

coverage as (
    select
        c.definition_id,
        c.site_code,
        c.period,
        c.period_window,
        case
            when sum(i.included_count) = sum(i.practices_count) then 100
            else coalesce(
                100 * sum(i.included_size) / nullif(sum(i.size), 0),
                100.0 * sum(i.included_count) / sum(i.practices_count)
            )
        end as coverage_pct
    from cell as c
    inner join month as i
        on
            (i.definition_id, i.site_code) = (c.definition_id, c.site_code)
            and i.period between c.first_period and c.period
    where c.first_period >= c.since
    group by c.definition_id, c.site_code, c.period, c.period_window
),

worst as (
    select
        c.definition_id,
        c.site_code,
        c.period,
        (array_agg(
            r.state
            order by
                array_position(
                    array['rejected', 'missing', 'late', 'due', 'not_due', 'nil_return', 'received'], r.state
                )
        ))[1] as worst_state,
        string_agg(r.feed || ' ' || r.state, ', ' order by r.feed)
        filter (where r.state not in ('received', 'nil_return')) as absent_feeds
    from cell as c
    inner join {{ ref('int_return__state') }} as r
        on (r.site_code, r.period) = (c.site_code, c.period) and r.feed = any(c.feeds)
    where c.period_window = 'month' and {{ in_months('r.period', 'window_months') }}
    group by c.definition_id, c.site_code, c.period
)

select
    c.definition_id,
    c.site_code,
    c.period,
    c.period_window,
    c.metric_code,
    c.method,
    c.first_period,
    w.worst_state,
    w.absent_feeds,
    c.first_period >= c.since as is_complete,
    coalesce(v.coverage_pct, 0) as coverage_pct
from cell as c
left join coverage as v
    on
        (c.definition_id, c.site_code, c.period, c.period_window)
        = (v.definition_id, v.site_code, v.period, v.period_window)
left join worst as w on (c.definition_id, c.site_code, c.period) = (w.definition_id, w.site_code, w.period)
