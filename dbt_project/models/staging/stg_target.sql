-- Grain: metric x site (null: the programme) x from_period: what is aimed at, up to, not including, effective_to.
select
    metric_code,
    site_code,
    from_period,
    value,
    to_period,
    to_value,
    effective_to
from {{ source('ops', 'current_target') }}
