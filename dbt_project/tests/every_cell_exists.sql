-- Grain: a cell of fct_metric_value that should exist and does not, or exists and should not. A missing row
-- would read as "nothing to say", and absence has to be said.
with expected as (
    select
        m.metric_code,
        s.site_code,
        p.period,
        w.period_window
    from {{ ref('dim_metric') }} as m
    cross join unnest(m.period_windows) as w (period_window)
    cross join {{ ref('dim_site') }} as s
    inner join {{ ref('dim_period') }} as p
        on p.period >= date_trunc('month', s.start_date) and (s.end_date is null or s.end_date > p.period)
    where {{ in_months('p.period', 'window_months') }}
),

actual as (
    select
        metric_code,
        site_code,
        period,
        period_window
    from {{ ref('fct_metric_value') }}
    where {{ in_months('period', 'window_months') }}
)

(
    select
        metric_code,
        site_code,
        period,
        period_window
    from expected
    except
    select
        metric_code,
        site_code,
        period,
        period_window
    from actual
)
union all
(
    select
        metric_code,
        site_code,
        period,
        period_window
    from actual
    except
    select
        metric_code,
        site_code,
        period,
        period_window
    from expected
)
