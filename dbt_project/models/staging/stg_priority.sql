-- Grain: site x metric x from_period: what a site chose to be shown first, up to and including to_period (null: open).
select
    site_code,
    metric_code,
    from_period,
    to_period,
    rank,
    because,
    set_by,
    set_at
from {{ source('ops', 'current_priority') }}
