-- Grain: metric x site that has a frozen baseline.
select
    metric_code,
    site_code,
    definition_version,
    period_window,
    first_period,
    last_period,
    value,
    lower_95,
    upper_95,
    numerator,
    denominator,
    coverage_pct,
    practices,
    because,
    frozen_by,
    frozen_at
from {{ source('ops', 'current_baseline') }}
