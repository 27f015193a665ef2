-- Grain: metric x site that has a baseline.
select
    metric_code::text as metric_code,
    site_code::text as site_code,
    definition_version::integer as definition_version,
    period_window::text as period_window,
    first_period::date as first_period,
    last_period::date as last_period,
    value::double precision as value,
    lower_95::double precision as lower_95,
    upper_95::double precision as upper_95,
    numerator::double precision as numerator,
    denominator::double precision as denominator,
    coverage_pct::double precision as coverage_pct,
    practices::text[] as practices,
    because::text as because,
    frozen_by::text as frozen_by,
    frozen_at::timestamptz as frozen_at,
    is_new::boolean as is_new
from {{ ref('int_progress__baseline') }}
