-- Grain: a calendar month the programme collects. The newest closed month is the one to look at first: what came by
-- its primary close is in its figures.
with closed as (
    select max(period) as newest
    from {{ ref('dim_period') }}
    where primary_close_at <= now()
)

select
    p.period::date as period,
    p.period_label::text as period_label,
    p.financial_year::text as financial_year,
    p.primary_close_at::timestamptz as primary_close_at,
    p.refresh_close_at::timestamptz as refresh_close_at,
    to_char(p.period, 'FMMonth YYYY')::text as month_name,
    ('Q' || to_char(p.period - interval '3 months', 'Q'))::text as financial_quarter,
    (p.primary_close_at <= now())::boolean as is_closed,
    coalesce(p.period = c.newest, false)::boolean as is_newest_closed
from {{ ref('dim_period') }} as p
cross join closed as c
