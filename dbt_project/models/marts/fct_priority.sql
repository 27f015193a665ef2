-- Grain: site x metric x first month: a metric of the set that the site chose to be shown first.
select
    site_code::text as site_code,
    metric_code::text as metric_code,
    from_period::date as from_period,
    to_period::date as to_period,
    rank::integer as priority_rank,
    because::text as because,
    set_by::text as set_by,
    set_at::timestamptz as set_at,
    (
        from_period <= date_trunc('month', current_date)
        and (to_period is null or to_period >= date_trunc('month', current_date))
    )::boolean as is_current
from {{ ref('stg_priority') }}
